"""Write the beginning of somebody's own pair: a file that works, and its test."""

from __future__ import annotations

import keyword
import re
import sys
from importlib import resources
from pathlib import Path
from string import Template

from bioann.base.errors import DescriptionError, OutputError
from bioann.base.files import write_atomically

#: Names that a file may not take from the packages that it imports.
_RESERVED_NAMES = {
    "bioann",
    "brian2",
    "matplotlib",
    "numpy",
    "pandas",
    "pytest",
    "scipy",
    "test",
    "xarray",
}


def write_new_pair(name: str, folder: str | Path = ".") -> tuple[Path, Path]:
    """Write ``NAME.py``, a small pair that runs, and ``test_NAME.py``.

    Parameters
    ----------
    name : str
        Name of the pair and its file.
    folder : str or pathlib.Path, optional
        Where to; made if it is not there.

    Returns
    -------
    tuple of pathlib.Path
        The pair file and the test file.

    Raises
    ------
    DescriptionError
        If a Python module cannot have this name, or had better not.
    OutputError
        If one of the files is there already, or cannot be written.
    """
    problem = "" if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) else repr(name)
    if keyword.iskeyword(name):
        problem = "a word that Python keeps for itself"
    elif name in _RESERVED_NAMES or name in sys.stdlib_module_names:
        problem = "the name of a module that would be hidden"
    if problem:
        raise DescriptionError(
            f"new pair {name!r}",
            "letters, digits and underscores that begin with a letter, a name of its own",
            problem,
            "Try 'my_inverter'.",
        )
    files = Path(folder) / f"{name}.py", Path(folder) / f"test_{name}.py"
    for file in files:
        if file.exists():
            raise OutputError(
                f"new pair {name!r}",
                "a name that is free",
                f"{file}, which is there",
                "Choose another name or folder; nothing is overwritten.",
            )
    values = {"name": name, "title": name.replace("_", " ").strip().capitalize()}
    with write_atomically(*files) as temporary:
        for path, template in zip(temporary, ("pair.tmpl", "test_pair.tmpl"), strict=True):
            text = (resources.files("bioann.pair_files") / "templates" / template).read_text(
                "utf-8"
            )
            path.write_text(Template(text).substitute(values), encoding="utf-8")
    return files
