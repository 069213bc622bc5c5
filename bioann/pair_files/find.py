"""Find the files of pairs and studies: those of bioann or of other packages, and any other file.

Listing them reads the files, and neither runs one nor imports Brian2.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from bioann.base.errors import PairError, StudyError, unknown_name_error
from bioann.pair_files.scan_file import defines_function, find_summary, read_source

#: Packages of bioann, and groups of entry points of others, with files of pairs and of studies.
GROUP, STUDY_GROUP = "bioann.models", "bioann.analyses"


def list_pairs() -> dict[str, Path]:
    """Return all pairs that can be loaded by name.

    Returns
    -------
    dict of str to pathlib.Path
        File of each pair by its name, in alphabetical order.
    """
    return _list_files(GROUP)


def list_studies() -> dict[str, Path]:
    """Return all studies that can be loaded by name.

    Returns
    -------
    dict of str to pathlib.Path
        File of each study by its name, in alphabetical order; other files in the folder of the
        studies have no function ``study()``.
    """
    return {name: path for name, path in _list_files(STUDY_GROUP).items() if is_study_file(path)}


def list_subjects() -> dict[str, Path]:
    """Return the files of all pairs and studies that can be loaded by name, pairs first."""
    pairs = list_pairs()
    return pairs | {name: path for name, path in list_studies().items() if name not in pairs}


def _list_files(group: str) -> dict[str, Path]:
    spec = importlib.util.find_spec(group)
    folders = [Path(p) for p in (spec.submodule_search_locations or [])] if spec else []
    files = {f.stem: f for folder in folders for f in folder.glob("*.py")}
    for entry in _list_entries(metadata.entry_points, group, tuple(sys.path)):
        path = find_entry_file(entry)
        if path is not None:
            files[entry.name] = path
    return {name: files[name] for name in sorted(files) if not name.startswith("_")}


@functools.lru_cache(maxsize=8)
def _list_entries(
    read_entries: Callable[..., metadata.EntryPoints], group: str, path: tuple[str, ...]
) -> metadata.EntryPoints:
    """Return the entry points of a group; `path`, where Python looks, tells environments apart."""
    return read_entries(group=group)


def is_study_file(path: Path) -> bool:
    """Whether a file defines a function ``study()``, without running it."""
    try:
        return _defines_study(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):  # `load` reports the error in such a file
        return False


@functools.lru_cache(maxsize=512)
def _defines_study(path: Path, modified: int) -> bool:
    """Return whether a file defines ``study()``; `modified`, its time, tells versions apart."""
    try:
        return defines_function(read_source(path), "study")
    except (SyntaxError, ValueError):  # `load` reports the error in such a file
        return False


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
        return find_summary(read_source(path))
    except (SyntaxError, ValueError):  # `load` reports the error in such a file
        return ""


def find_subject_file(name: str | Path) -> Path:
    """Return the file of a pair or of a study.

    Parameters
    ----------
    name : str or pathlib.Path
        A name that `list_pairs` or `list_studies` lists, or the path of a Python file.

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
    StudyError
        If a pair and a study have the name.
    """
    known_files = list_subjects()
    path = Path(name)
    if str(name) in known_files:
        path = known_files[str(name)]
        check_study_name(str(name), list_studies().get(str(name)))
    elif path.suffix == ".py" and not _is_true(path.is_file):
        raise PairError(
            f"pair file {path}",
            "a Python file",
            "a folder" if _is_true(path.is_dir) else "no such file",
            "Pass the path of a file with a function pair() or study(), or a name that 'bioann "
            "list' shows.",
        )
    elif path.suffix != ".py":
        nearby_files = [str(f) for f in (Path(f"{name}.py"),) if _is_true(f.is_file)]
        kind = "pair or study, or the path of a .py file"
        raise unknown_name_error(f"pair {str(name)!r}", kind, name, [*nearby_files, *known_files])
    return path


def check_study_name(name: str, path: Path | None) -> None:
    """Raise `StudyError` if a study, in the file `path`, has the name of a pair."""
    pairs = list_pairs()
    if path is not None and name in pairs:
        raise StudyError(
            f"study {name!r} in {path}",
            "a name that no pair has, because it names report and verdicts",
            f"that of the pair in {pairs[name]}",
            "Rename the study and its file.",
        )
