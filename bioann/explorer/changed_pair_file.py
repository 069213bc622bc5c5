"""Pair files of experiments: a pair by its name or file, with other parameters."""

from __future__ import annotations

import os
import re
from pathlib import Path

from bioann.base.as_code import write_docstring_line
from bioann.base.errors import OutputError
from bioann.base.files import check_writable, write_atomically
from bioann.base.units import format_quantity
from bioann.explorer.experiment import Experiment
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
    base, units, lines = experiment.base, set(), []
    for address, value in experiment.values.items():
        unit = get_parameter(base, address).unit
        code = format_quantity(float(value), unit) if unit else repr(value)
        units |= {code.rpartition(" * ")[2]} if " * " in code else set()
        lines.append(f"    {address!r}: {code},\n")
    is_file = Path(origin).suffix == ".py"
    loaded = repr(base.name)
    if is_file:
        loaded = f"Path(__file__).parent / {os.path.relpath(origin, path.parent)!r}"
    has_stimulus = bool(experiment.stimulus_values)
    imports = [
        "import dataclasses\n",
        "from pathlib import Path\n" if is_file else "",
        "\n",
        f"from brian2 import {', '.join(sorted(units))}\n\n" if units else "",
        "import bioann as ba\n",
        "from bioann.explorer.experiment import scale_stimulus\n" if has_stimulus else "",
        "from bioann.sweeps.change_pair import change_pair\n\n",
    ]
    title = write_docstring_line(f"{base.name} with other parameters. {base.question}")
    stimulus = ""
    if has_stimulus:
        gains = "".join(f"    {k!r}: {v!r},\n" for k, v in experiment.stimulus_values.items())
        stimulus = f"#: Gains and offsets of stimulus channels.\nSTIMULUS = {{\n{gains}}}\n"
    arguments = f'name="{path.stem}", trials={base.trials}'
    if has_stimulus:
        arguments += ", stimulus=scale_stimulus(base.stimulus, STIMULUS)"
    return (
        f'"""{title}"""\n\n{"".join(imports)}'
        f"#: Parameters that differ from the pair's own, by address.\nVALUES = {{\n{''.join(lines)}}}"
        f"\n{stimulus}\n\ndef pair() -> ba.Pair:\n    base = ba.load({loaded})\n"
        f"    changed = change_pair(base, VALUES)\n"
        f"    return dataclasses.replace(changed, {arguments})\n"
    )

