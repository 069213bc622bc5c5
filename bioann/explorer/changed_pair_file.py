"""Pair files of experiments: a pair by its name or file, with other parameters."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from bioann.base.as_code import write_docstring_line
from bioann.base.errors import OutputError
from bioann.base.files import check_writable, write_atomically
from bioann.base.units import format_quantity
from bioann.explorer.experiment import Experiment
from bioann.pair import Pair
from bioann.parameters.addresses import get_parameter

#: Files of one name that are numbered, at most.
MAX_NUMBER = 999


def write_changed_pair(experiment: Experiment, origin: str, folder: str | Path) -> Path:
    """Write an experiment as a pair file that `bioann.load` and ``bioann run`` read.

    Parameters
    ----------
    experiment : Experiment
        The pair and its settings.
    origin : str
        Name or file that the pair was loaded from.
    folder : str or pathlib.Path
        Folder of the new file; it is created if it does not exist.

    Returns
    -------
    pathlib.Path
        The new file; an existing one is never replaced.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    check_writable(folder)
    path = choose_new_path(experiment.base.name, Path(folder))
    text = format_changed_pair(experiment, origin, path)
    with write_atomically(path) as (temporary,):
        temporary.write_text(text, encoding="utf-8")
    return path


def choose_new_path(name: str, folder: Path) -> Path:
    """Return the path of a file that does not exist: ``NAME_changed.py``, ``NAME_changed_2.py``."""
    stem = f"{re.sub(r'[^A-Za-z0-9_]', '_', name)}_changed"
    for number in range(1, MAX_NUMBER + 1):
        path = folder / (f"{stem}.py" if number == 1 else f"{stem}_{number}.py")
        if not os.path.lexists(path):
            return path
    raise OutputError(
        f"pair file {stem}.py",
        f"at most {MAX_NUMBER} files of that name in {folder}",
        "more of them",
        "Move some to another folder.",
    )


def format_changed_pair(experiment: Experiment, origin: str, path: Path) -> str:
    """Return the text of the pair file of an experiment."""
    base = experiment.base
    codes = {address: format_value(base, address, v) for address, v in experiment.values.items()}
    units = {code.rpartition(" * ")[2] for code in codes.values() if " * " in code}
    gains = experiment.stimulus_values
    is_file = Path(origin).suffix == ".py"
    arguments = ["changed", f'name="{path.stem}"']
    stimulus = ""
    if gains:
        arguments.append("stimulus=scale_stimulus(base.stimulus, STIMULUS)")
        items = "".join(f"    {address!r}: {value!r},\n" for address, value in gains.items())
        stimulus = f"#: Gains and offsets of stimulus channels.\nSTIMULUS = {{\n{items}}}\n"
    location = f"Path(__file__).parent / {os.path.relpath(origin, path.parent)!r}"
    template = resources.files("bioann.explorer") / "templates" / "changed_pair.tmpl"
    return Template(template.read_text("utf-8")).substitute(
        title=write_docstring_line(f"{base.name} with other parameters. {base.question}"),
        imports=format_imports(is_file, bool(gains), sorted(units)),
        values="".join(f"    {address!r}: {code},\n" for address, code in codes.items()),
        stimulus=stimulus,
        origin=location if is_file else repr(base.name),
        arguments="".join(f"        {argument},\n" for argument in arguments),
    )


def format_value(pair: Pair, address: str, value: Any) -> str:
    """Return a parameter as Python code in its display unit."""
    unit = get_parameter(pair, address).unit
    return format_quantity(float(value), unit) if unit else repr(value)


def format_imports(is_file: bool, has_stimulus: bool, units: Sequence[str]) -> str:
    """Return the import statements of a pair file."""
    lines = ["import dataclasses"]
    lines += ["from pathlib import Path"] if is_file else []
    lines += ["", f"from brian2 import {', '.join(units)}"] if units else []
    lines += ["", "import bioann as ba"]
    lines += ["from bioann.explorer.experiment import scale_stimulus"] if has_stimulus else []
    return "\n".join([*lines, "from bioann.sweeps.change_pair import change_pair", ""])
