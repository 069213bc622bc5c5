"""Load a pair or a study from its file, and report errors in the file by line."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import BioannError, PairError, StudyError, UserCodeError
from bioann.pair import Pair
from bioann.pair_files.find import check_study_name, find_subject_file, is_study_file
from bioann.studies.study import Study


@name_argument_errors
def load(name: str | Path) -> Pair:
    """Load a pair by name or from a file.

    Parameters
    ----------
    name : str or pathlib.Path
        A name that `list_pairs` returns, or the path of a Python file with a function ``pair()``.

    Returns
    -------
    Pair
        The pair that the function ``pair()`` returns.

    Raises
    ------
    UnknownNameError
        If the name does not exist.
    PairError
        If the file does not exist, raises an exception, or has no ``pair()`` that returns a pair.

    Examples
    --------
    >>> import bioann as ba
    >>> ba.load("inverter").question
    'Does an inverter need a negative weight, or an inhibitory synapse?'
    """
    path = find_subject_file(name)
    if is_study_file(path):
        raise PairError(
            f"file {path}",
            "a pair",
            "a study, which has neither models nor trials",
            "Use bioann.load_study or 'bioann run', which also states the number of seeds that "
            "would decide a claim.",
        )
    module = _call_user_code(path, "a file that runs", lambda: _execute_file(path))
    make_pair = getattr(module, "pair", None)
    if not callable(make_pair):
        raise PairError(
            f"pair file {path}",
            "a function pair() that returns a bioann.Pair",
            "no such function" if make_pair is None else repr(make_pair),
            "Start from a working file, which 'bioann new NAME' writes.",
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


@name_argument_errors
def load_study(name: str | Path) -> Study:
    """Load a study by name or from a file.

    Parameters
    ----------
    name : str or pathlib.Path
        A name that ``bioann list`` shows, or the path of a Python file with a function ``study()``.

    Returns
    -------
    Study
        The study that the function ``study()`` returns.

    Raises
    ------
    UnknownNameError
        If the name does not exist.
    StudyError
        If the file raises an exception, has no ``study()`` that returns a study, or a pair has the
        name of the study.

    Examples
    --------
    >>> import bioann as ba
    >>> ba.load_study("sign_capacity").name
    'sign_capacity'
    """
    path = find_subject_file(name)
    module = _call_user_code(path, "a file that runs", lambda: _execute_file(path))
    make_study = getattr(module, "study", None)
    study = callable(make_study) and _call_user_code(
        path, "a function study() that runs", make_study
    )
    if not isinstance(study, Study):
        raise StudyError(
            f"study file {path}",
            "a function study() that returns a bioann.Study",
            "no such function" if make_study is None else type(study).__name__,
            "Start from a working file, which 'bioann new NAME --study' writes.",
        )
    check_study_name(study.name, path)
    return study


def load_subject(name: str | Path) -> Pair | Study:
    """Load a pair or a study, whichever the file defines."""
    return load_study(name) if is_study_file(find_subject_file(name)) else load(name)


def _execute_file(path: Path) -> ModuleType:
    """Run a file as a module, under a name that no other module uses."""
    spec = importlib.util.spec_from_file_location(f"bioann_pair_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and pickle look up the module of a class by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _call_user_code(path: Path, expected: str, action: Callable[[], object]) -> object:
    """Run a user's code, and convert exceptions and exits to errors that name its file."""
    try:
        return action()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # an exit, too: it must not look like success
        raise error_in_pair_file(path, expected, error) from error


def error_in_pair_file(path: Path, expected: str, error: BaseException) -> PairError | StudyError:
    """Build the error for the file of a pair or study whose code raised an exception.

    Parameters
    ----------
    path : pathlib.Path
        Path of the file, as the user wrote it.
    expected : str
        What bioann expected of the code, as a noun phrase (``"a file that runs"``).
    error : BaseException
        The exception that the code raised.

    Returns
    -------
    PairError or StudyError
        Names the line of the file, or else the innermost frame; for the caller to raise.
    """
    if isinstance(error, UserCodeError) and error.__cause__ is not None:
        error = error.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    # Tracebacks contain absolute paths.
    lines = [f.lineno for f in frames if Path(f.filename) == path.absolute()]
    message = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError):  # raised before any line of the file runs
        lines, message = [error.lineno], f"{type(error).__name__}: {error.msg}"
    where, remedy = f"line {lines[-1]}: " if lines else "", "Fix that line."
    if isinstance(error, BioannError):
        message, remedy = f"{error.obj}: wanted {error.expected}, got {error.got}", error.remedy
    elif not lines and frames:
        message += f" (in {Path(frames[-1].filename).name}, line {frames[-1].lineno})"
        remedy = "Call its function in Python to see the whole traceback."
    if is_study_file(path):
        return StudyError(f"study file {path}", expected, f"{where}{message}", remedy)
    return PairError(f"pair file {path}", expected, f"{where}{message}", remedy)
