"""Checks of arguments that many functions have in common: numbers, arrays, and their types."""

from __future__ import annotations

import functools
import reprlib
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

import numpy as np

from bioann.base.errors import BioannError, DescriptionError

P = ParamSpec("P")
T = TypeVar("T")

#: Longest text of a call in an error.
MAX_CALL_LENGTH = 300
_short_repr = reprlib.Repr()
_short_repr.maxstring = _short_repr.maxother = 80


def is_whole_number(value: Any, minimum: int) -> bool:
    """Return whether a value is a whole number of at least `minimum`; a truth value is not one."""
    is_integer = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return is_integer and value >= minimum


def check_whole_number(
    value: Any, obj: str, minimum: int = 1, error: type[BioannError] = DescriptionError
) -> int:
    """Return a whole number as an int, or raise an error that names the object.

    Parameters
    ----------
    value : int
        The number.
    obj : str
        The object that it belongs to.
    minimum : int, optional
        Its lower bound.
    error : type of BioannError, optional
        Class of the error.
    """
    if not is_whole_number(value, minimum):
        raise error(
            obj, f"a whole number >= {minimum}", shorten_repr(value), f"Try {max(minimum, 1)}."
        )
    return int(value)


def shorten_repr(value: Any) -> str:
    """Return the ``repr`` of a value, shortened in the middle if it is long."""
    try:
        return " ".join(_short_repr.repr(value).split())
    except Exception:  # a repr of the user's that raises
        return f"an object of type {type(value).__name__}"


def argument_error(name: str, arguments: Iterable[str], error: Exception) -> DescriptionError:
    """Build the error for a value of a type that the code which used it cannot handle.

    Parameters
    ----------
    name : str
        Name of the function or class.
    arguments : iterable of str
        Its arguments, each as Python code.
    error : Exception
        What the code raised.
    """
    call = f"{name}({', '.join(arguments)})"
    if len(call) > MAX_CALL_LENGTH:
        call = f"{call[: MAX_CALL_LENGTH - 4]}...)"
    got = f"{type(error).__name__}: {error}".removesuffix(": ")
    remedy = f"Compare {call} with its documentation."
    return DescriptionError(name, "arguments of the documented types", got, remedy)


def name_argument_errors(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a public function: what wrong types raise inside becomes an error with its name.

    Errors of bioann pass. The original exception is the ``__cause__`` of the new one.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except (BioannError, Warning):
            raise
        except Exception as error:
            texts = [shorten_repr(value) for value in args]
            texts += [f"{name}={shorten_repr(value)}" for name, value in kwargs.items()]
            raise argument_error(function.__name__, texts, error) from error

    return call
