"""Find pairs: those that ship with bioann, those that other packages offer, and any file.

Names are listed by reading docstrings, without running a pair or waiting for Brian2.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
import traceback
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import bioann as ba  # lazy: names and summaries must not cost the import of Brian2
from bioann.errors import BioannError, PairError, unknown

GROUP = "bioann.models"

T = TypeVar("T")


def names() -> dict[str, Path]:
    """List every pair that can be loaded by name.

    Returns
    -------
    dict of str to pathlib.Path
        Name to the file that describes it, in alphabetical order.
    """
    spec = importlib.util.find_spec(GROUP)
    folders = [Path(p) for p in (spec.submodule_search_locations or [])] if spec else []
    found = {f.stem: f for folder in folders for f in folder.glob("*.py")}
    for entry in metadata.entry_points(group=GROUP):
        try:
            offered = importlib.util.find_spec(entry.value.partition(":")[0])
        except ImportError:  # a package that is broken must not hide the others
            continue
        if offered and offered.origin:
            found[entry.name] = Path(offered.origin)
    return {name: found[name] for name in sorted(found) if not name.startswith("_")}


def summary(path: Path) -> str:
    """Give the first line of a pair file's docstring, without running it; empty if it has none."""
    try:
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    except (SyntaxError, ValueError):  # `load` says what is wrong with such a file
        return ""
    return text.partition("\n")[0]


def load(name: str | Path) -> ba.Pair:
    """Load a pair by name or from a file.

    Parameters
    ----------
    name : str or pathlib.Path
        A name that `names` lists, or the path of a Python file with a function ``pair()``.

    Returns
    -------
    Pair
        What ``pair()`` returned.

    Raises
    ------
    UnknownNameError
        If there is no such name or file.
    PairError
        If the file raises, has no ``pair()``, or ``pair()`` returns something else.
    """
    known = names()
    path = Path(name)
    if str(name) in known:
        path = known[str(name)]
    elif path.suffix == ".py" and not path.is_file():
        raise PairError(
            f"pair file {path}",
            "a Python file",
            "a folder" if path.is_dir() else "no such file",
            "Give the path of a file with a function pair(), or a name that 'bioann list' shows.",
        )
    elif path.suffix != ".py":
        raise unknown(f"pair {str(name)!r}", "pair, or the path of a .py file", name, known)
    module = guarded(path, "a file that runs", lambda: _execute(path))
    make = getattr(module, "pair", None)
    if not callable(make):
        raise PairError(
            f"pair file {path}",
            "a function pair() that returns a bioann.Pair",
            "no such function" if make is None else repr(make),
            "Run 'bioann new NAME' for a file that works, and start from there.",
        )
    made = guarded(path, "a function pair() that runs", make)
    if not isinstance(made, ba.Pair):
        raise PairError(
            f"pair file {path}, pair()",
            "a bioann.Pair",
            type(made).__name__,
            "Return Pair(name, bio, ann, correspondence, ...).",
        )
    return made


def _execute(path: Path) -> ModuleType:
    """Run a file as a module of its own, under a name that nothing else imports."""
    spec = importlib.util.spec_from_file_location(f"bioann_pair_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and pickled workers look their module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def guarded(path: Path, wanted: str, action: Callable[[], T]) -> T:
    """Call something that runs a user's code; say where it went wrong, in the user's file.

    Parameters
    ----------
    path : pathlib.Path
        The pair file.
    wanted : str
        What the code should have been, for the error.
    action : callable
        Called without arguments.

    Returns
    -------
    object
        What `action` returned.

    Raises
    ------
    PairError
        If it raised anything, or asked Python to exit.
    """
    try:
        return action()
    except (Exception, SystemExit) as error:
        # Python compiles a file under its absolute path, however the user wrote it.
        frames = traceback.extract_tb(error.__traceback__)
        lines = [f.lineno for f in frames if Path(f.filename) == path.absolute()]
        if isinstance(error, SyntaxError):
            lines = [error.lineno]
        at = f"line {lines[-1]}: " if lines else ""
        said, do = f"{type(error).__name__}: {error}", "Mend that line."
        if isinstance(error, BioannError):
            said, do = f"{error.obj}: wanted {error.wanted}, got {error.got}", error.do
        raise PairError(f"pair file {path}", wanted, f"{at}{said}", do) from error
