"""Calls of a user's code: what it raises, and its attempts to exit, become errors with a name."""

from __future__ import annotations

import contextlib
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path

from bioann.base.errors import BioannError, UserCodeError

_PACKAGE = Path(__file__).parent.parent
#: Folders whose files did not come from the user: Python, installed packages, this package.
_LIBRARIES = tuple(str(Path(sysconfig.get_path(k))) for k in ("stdlib", "purelib", "platlib"))


@contextlib.contextmanager
def name_user_errors(obj: str, expected: str = "code that runs") -> Iterator[None]:
    """Convert whatever a user's code raises to an error that names the object.

    Parameters
    ----------
    obj : str
        The object that the code belongs to (``"metric 'gain'"``).
    expected : str, optional
        What bioann expected of the code, as a noun phrase.

    Raises
    ------
    UserCodeError
        For any exception but Ctrl-C and errors of bioann: an exit in a function must not end a run
        as if it had succeeded.
    """
    try:
        yield
    except (BioannError, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        raise user_code_error(obj, expected, error) from error


def user_code_error(obj: str, expected: str, error: BaseException) -> UserCodeError:
    """Build the error for an exception of a user's code, with the line that raised it."""
    remedy = "Fix that line."
    if not isinstance(error, Exception):
        remedy = "Raise an error there instead of an exit."
    return UserCodeError(obj, expected, describe_exception(error), remedy)


def describe_exception(error: BaseException) -> str:
    """Return type, message and origin of an exception: the innermost line that a user wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    own_frames = [frame for frame in frames if not _is_library(frame.filename)]
    message = f"{type(error).__name__}: {error}".removesuffix(": ")
    if not frames:
        return message
    frame = (own_frames or frames)[-1]
    return f"{message} (in {Path(frame.filename).name}, line {frame.lineno})"


def _is_library(filename: str) -> bool:
    path = Path(filename)
    if path.is_relative_to(_PACKAGE):
        return path.relative_to(_PACKAGE).parts[0] not in ("models", "analyses")
    return filename.startswith((*_LIBRARIES, "<frozen"))
