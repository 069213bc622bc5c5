"""Load a pair from its file."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from bioann.base.errors import BioannError, PairError
from bioann.pair import Pair
from bioann.pair_files.find import find_pair_file


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
    path = find_pair_file(name)
    module = _call_user_code(path, "a file that runs", lambda: _execute_file(path))
    make_pair = getattr(module, "pair", None)
    if not callable(make_pair):
        raise PairError(
            f"pair file {path}",
            "a function pair() that returns a bioann.Pair",
            "no such function" if make_pair is None else repr(make_pair),
            "Run 'bioann new NAME' for a file that works, and start from there.",
        )
    pair = _call_user_code(path, "a function pair() that runs", make_pair)
    if not isinstance(pair, Pair):
        raise PairError(
            f"pair file {path}, pair()",
            "a bioann.Pair",
            type(pair).__name__,
            "Return Pair(name, bio, ann, correspondence, ...).",
        )
    return pair


def _execute_file(path: Path) -> ModuleType:
    """Run a file as a module of its own, under a name that nothing else imports."""
    spec = importlib.util.spec_from_file_location(f"bioann_pair_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and pickled workers look their module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _call_user_code(path: Path, expected: str, action: Callable[[], object]) -> object:
    """Call something that runs a user's code, and blame its file if it raises or exits."""
    try:
        return action()
    except (Exception, SystemExit) as error:
        raise error_in_pair_file(path, expected, error) from error


def error_in_pair_file(path: Path, expected: str, error: BaseException) -> PairError:
    """Make the error for a pair file whose code raised something.

    Parameters
    ----------
    path : pathlib.Path
        The pair file.
    expected : str
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
    lines = [f.lineno for f in frames if Path(f.filename) == path.absolute()]
    message = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError):  # found before any line of the file has run
        lines, message = [error.lineno], f"{type(error).__name__}: {error.msg}"
    where, remedy = f"line {lines[-1]}: " if lines else "", "Mend that line."
    if isinstance(error, BioannError):
        message, remedy = f"{error.obj}: wanted {error.expected}, got {error.got}", error.remedy
    elif not lines and frames:
        message += f" (in {Path(frames[-1].filename).name}, line {frames[-1].lineno})"
        remedy = "Call it in Python to see the whole traceback."
    return PairError(f"pair file {path}", expected, f"{where}{message}", remedy)
