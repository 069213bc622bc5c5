"""Find pair files: those that ship with bioann or with other packages, and any other file.

Listing the pairs parses their docstrings, and neither runs a pair nor imports Brian2.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from bioann.base.errors import PairError, unknown_name_error

GROUP = "bioann.models"


def list_pairs() -> dict[str, Path]:
    """Return all pairs that can be loaded by name.

    Returns
    -------
    dict of str to pathlib.Path
        File of each pair by its name, in alphabetical order.
    """
    spec = importlib.util.find_spec(GROUP)
    folders = [Path(p) for p in (spec.submodule_search_locations or [])] if spec else []
    files = {f.stem: f for folder in folders for f in folder.glob("*.py")}
    for entry in metadata.entry_points(group=GROUP):
        path = find_entry_file(entry)
        if path is not None:
            files[entry.name] = path
    return {name: files[name] for name in sorted(files) if not name.startswith("_")}


@functools.cache
def find_entry_file(entry: metadata.EntryPoint) -> Path | None:
    """Return the file of a pair of another package; None, with a warning, if it is broken.

    The packages above the pair's module are imported, and may raise anything, or exit.
    """
    try:
        spec = importlib.util.find_spec(entry.value.partition(":")[0])
        problem = "" if spec and spec.origin else "there is no such module"
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        spec, problem = None, f"{type(error).__name__}: {error}"
    if spec and spec.origin and not problem:
        return Path(spec.origin)
    package = entry.dist.name if entry.dist is not None else entry.value
    warnings.warn(
        f"bioann leaves out pair {entry.name!r} of the installed package {package!r}: {problem}. "
        "Reinstall or remove that package.",
        stacklevel=2,
    )
    return None


def _is_true(check: Callable[[], bool]) -> bool:
    """Return the result of a check of a path; a path that is too long, or holds NUL, is nothing."""
    try:
        return check()
    except (OSError, ValueError):
        return False


def read_summary(path: Path) -> str:
    """Return the first line of a file's docstring without running it; empty if it has none."""
    try:
        text = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    except (SyntaxError, ValueError):  # `load` reports the error in such a file
        return ""
    return text.partition("\n")[0]


def find_pair_file(name: str | Path) -> Path:
    """Return the file of a pair.

    Parameters
    ----------
    name : str or pathlib.Path
        A name that `list_pairs` lists, or the path of a Python file.

    Returns
    -------
    pathlib.Path
        An existing file.

    Raises
    ------
    UnknownNameError
        If the name does not exist; the message suggests similar names.
    PairError
        If the file does not exist.
    """
    known_pairs = list_pairs()
    path = Path(name)
    if str(name) in known_pairs:
        path = known_pairs[str(name)]
    elif path.suffix == ".py" and not _is_true(path.is_file):
        raise PairError(
            f"pair file {path}",
            "a Python file",
            "a folder" if _is_true(path.is_dir) else "no such file",
            "Pass the path of a file with a function pair(), or a name that 'bioann list' shows.",
        )
    elif path.suffix != ".py":
        nearby_files = [str(f) for f in (Path(f"{name}.py"),) if _is_true(f.is_file)]
        kind = "pair, or the path of a .py file"
        raise unknown_name_error(f"pair {str(name)!r}", kind, name, [*nearby_files, *known_pairs])
    return path
