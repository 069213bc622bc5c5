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

import bioann as ba  # lazy: names and summaries must not cost the import of Brian2
from bioann.base.errors import BioannError, PairError, unknown

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


def locate(name: str | Path) -> Path:
    """Give the file of a pair.

    Parameters
    ----------
    name : str or pathlib.Path
        A name that `names` lists, or the path of a Python file.

    Returns
    -------
    pathlib.Path
        A file that is there.

    Raises
    ------
    UnknownNameError
        If there is no such name; the message offers the nearest.
    PairError
        If there is no such file.
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
        here = [str(f) for f in (Path(f"{name}.py"),) if f.is_file()]
        kind = "pair, or the path of a .py file"
        raise unknown(f"pair {str(name)!r}", kind, name, [*here, *known])
    return path


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
    path = locate(name)
    module = _guarded(path, "a file that runs", lambda: _execute(path))
    make = getattr(module, "pair", None)
    if not callable(make):
        raise PairError(
            f"pair file {path}",
            "a function pair() that returns a bioann.Pair",
            "no such function" if make is None else repr(make),
            "Run 'bioann new NAME' for a file that works, and start from there.",
        )
    made = _guarded(path, "a function pair() that runs", make)
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
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and pickled workers look their module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _guarded(path: Path, wanted: str, action: Callable[[], object]) -> object:
    """Call something that runs a user's code, and blame its file if it raises or exits."""
    try:
        return action()
    except (Exception, SystemExit) as error:
        raise blamed(path, wanted, error) from error


def blamed(path: Path, wanted: str, error: BaseException) -> PairError:
    """Make the error for a pair file whose code raised something.

    Parameters
    ----------
    path : pathlib.Path
        The pair file.
    wanted : str
        What the code should have been.
    error : BaseException
        What it raised.

    Returns
    -------
    PairError
        Says in which line of the file it came up, or else where; to be raised by the caller.
    """
    frames = traceback.extract_tb(error.__traceback__)
    # Python compiles a file under its absolute path, however the user wrote it.
    own = [f.lineno for f in frames if Path(f.filename) == path.absolute()]
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError):  # found before any line of the file has run
        own, said = [error.lineno], f"{type(error).__name__}: {error.msg}"
    at, do = f"line {own[-1]}: " if own else "", "Mend that line."
    if isinstance(error, BioannError):
        said, do = f"{error.obj}: wanted {error.wanted}, got {error.got}", error.do
    elif not own and frames:
        said += f" (in {Path(frames[-1].filename).name}, line {frames[-1].lineno})"
        do = "Call it in Python to see the whole traceback."
    return PairError(f"pair file {path}", wanted, f"{at}{said}", do)
