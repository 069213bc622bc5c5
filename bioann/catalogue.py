"""Find pairs: those that ship with bioann, those that other packages offer, and any file.

Names are listed by reading docstrings, without importing anything.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
import traceback
from importlib import metadata
from pathlib import Path
from types import ModuleType

from bioann.errors import PairError, unknown
from bioann.pair import Pair

GROUP = "bioann.models"


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
        offered = importlib.util.find_spec(entry.value.partition(":")[0])
        if offered and offered.origin:
            found[entry.name] = Path(offered.origin)
    return {name: found[name] for name in sorted(found) if not name.startswith("_")}


def summary(path: Path) -> str:
    """Give the first line of a pair file's docstring, without running it."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


def load(name: str | Path) -> Pair:
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
    elif path.suffix != ".py" or not path.is_file():
        raise unknown("load", "pair, or the path of a .py file", str(name), known)
    module = _execute(path)
    make = getattr(module, "pair", None)
    if not callable(make):
        raise PairError(
            f"pair file {path}",
            "a function pair() that returns a bioann.Pair",
            "no such function" if make is None else repr(make),
            "Run 'bioann new NAME' for a file that works, and start from there.",
        )
    made = _guarded(path, make)
    if not isinstance(made, Pair):
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
    _guarded(path, lambda: spec.loader.exec_module(module))  # type: ignore[union-attr]
    module.__file__ = str(path)
    return module


def _guarded(path: Path, action: object) -> object:
    """Call something that runs a user's code; say where it went wrong, in the user's file."""
    assert callable(action)
    try:
        return action()
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [f.lineno for f in frames if Path(f.filename) == path]
        at = f"line {lines[-1]}: " if lines else ""
        if isinstance(error, SyntaxError):
            at = f"line {error.lineno}: "
        raise PairError(
            f"pair file {path}",
            "a file that runs",
            f"{at}{type(error).__name__}: {error}",
            "Mend that line.",
        ) from error
