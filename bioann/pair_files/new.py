"""Write a small working pair or study and its test, as a starting point."""

from __future__ import annotations

import keyword
import os
import re
import sys
from importlib import resources
from pathlib import Path
from string import Template

from bioann.base.errors import DescriptionError, OutputError
from bioann.base.files import write_atomically
from bioann.pair_files.find import check_study_name

#: Names of packages that pair files and tests import; a file of that name would shadow them.
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
        Name of the pair and its file: letters, digits and underscores.
    folder : str or pathlib.Path, optional
        Folder for both files; it is created if it does not exist.

    Returns
    -------
    tuple of pathlib.Path
        The pair file and the test file.

    Raises
    ------
    DescriptionError
        If the name is not valid for a Python module, or would shadow another module.
    OutputError
        If one of the files exists already or cannot be written.
    """
    return _write_new_files(name, folder, ("pair.tmpl", "test_pair.tmpl"))


def write_new_study(name: str, folder: str | Path = ".") -> tuple[Path, Path]:
    """Write ``NAME.py``, a small study that runs, and ``test_NAME.py``; see `write_new_pair`.

    Parameters
    ----------
    name : str
        Name of the study and its file: letters, digits and underscores.
    folder : str or pathlib.Path, optional
        Folder for both files; it is created if it does not exist.

    Returns
    -------
    tuple of pathlib.Path
        The file of the study and the test file.

    Raises
    ------
    DescriptionError, OutputError
        As for a pair.
    StudyError
        If a pair has the name.
    """
    check_study_name(name, Path(folder) / f"{name}.py")
    return _write_new_files(name, folder, ("study.tmpl", "test_study.tmpl"))


def _write_new_files(
    name: str, folder: str | Path, templates: tuple[str, str]
) -> tuple[Path, Path]:
    problem = "" if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) else repr(name)
    if keyword.iskeyword(name):
        problem = "a Python keyword"
    elif name in _RESERVED_NAMES or name in sys.stdlib_module_names:
        problem = "the name of another module, which the file would shadow"
    if problem:
        raise DescriptionError(
            f"new pair {name!r}",
            "a new name of letters, digits and underscores that begins with a letter",
            problem,
            "Try 'my_inverter'.",
        )
    files = Path(folder) / f"{name}.py", Path(folder) / f"test_{name}.py"
    for file in files:
        if os.path.lexists(file):  # no error for a path that is too long for the file system
            raise OutputError(
                f"new pair {name!r}",
                "the name of a new file",
                f"{file}, which exists",
                "Choose another name or folder; nothing is overwritten.",
            )
    values = {"name": name, "title": name.replace("_", " ").strip().capitalize()}
    with write_atomically(*files) as temporary:
        for path, template in zip(temporary, templates, strict=True):
            text = (resources.files("bioann.pair_files") / "templates" / template).read_text(
                "utf-8"
            )
            path.write_text(Template(text).substitute(values), encoding="utf-8")
    return files
