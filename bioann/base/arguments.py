"""Checks of arguments that many functions have in common: numbers, arrays, and their types."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

import numpy as np

from bioann.base.annotations import list_allowed_types
from bioann.base.content.libraries import is_library
from bioann.base.errors import BioannError, DescriptionError, unknown_name_error
from bioann.base.text import shorten_repr
from bioann.base.type_checks import check_type, is_convertible

P = ParamSpec("P")
T = TypeVar("T")

#: Exceptions that no argument causes: errors of bioann, warnings as errors, and failed assertions.
OTHER_ERRORS = (BioannError, Warning, AssertionError)
#: Longest text of a call in an error.
MAX_CALL_LENGTH = 300


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
        Number that is checked.
    obj : str
        The object that it belongs to.
    minimum : int, optional
        Smallest number that is allowed.
    error : type of BioannError, optional
        Class of the error.
    """
    if not is_whole_number(value, minimum):
        raise error(
            obj, f"a whole number >= {minimum}", shorten_repr(value), f"Try {max(minimum, 1)}."
        )
    return int(value)


def check_minimum(owner: str, minimum: float, **numbers: float) -> None:
    """Raise `DescriptionError` for the first number that is below a minimum.

    Parameters
    ----------
    owner : str
        Function or class that has the numbers, for the error.
    minimum : float
        Smallest number that is allowed.
    **numbers : float
        The numbers, by the name of their parameter or field.
    """
    for name, number in numbers.items():
        if not number >= minimum:
            obj, remedy = f"{owner}, {name}", f"Change {name}, or leave it out for its default."
            raise DescriptionError(obj, f"a number >= {minimum:g}", shorten_repr(number), remedy)


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
    remedy = f"Compare {call} with its documentation; if it agrees, this is a bug of bioann."
    return DescriptionError(name, "arguments of the documented types", got, remedy)


def name_argument_errors(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a public function: arguments of wrong types become errors with its name.

    Arguments are compared with their annotations first. What a value that passes raises inside
    becomes an error, too, unless no argument can be its cause; errors of bioann pass. The original
    exception is the ``__cause__`` of the new one.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        check_arguments(function, signature, args, kwargs, convertible=False)
        try:
            return function(*args, **kwargs)
        except OTHER_ERRORS:
            raise
        except Exception as error:
            check_arguments(function, signature, args, kwargs, convertible=True)
            raise _call_error(function, args, kwargs, error) from error

    return call


def name_method_errors(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a method: what it raises for arguments of a caller outside bioann gets its name.

    Nothing is compared before the call, so that it costs hardly anything: methods of layers and
    cells are called in every step of a training or of an integral. Callers inside bioann get the
    exception unchanged, as they may expect it.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except OTHER_ERRORS:
            raise
        except Exception as error:
            if is_library(sys._getframe(1).f_globals.get("__name__", "")):
                raise
            signature = inspect.signature(function)
            check_arguments(function, signature, args, kwargs, convertible=True)
            raise _call_error(function, args, kwargs, error) from error

    return call


def _call_error(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], error: Exception
) -> DescriptionError:
    """Build the error for what a call raised although the types of its arguments are right."""
    is_method = _owner_of(function, args) is not None
    texts = [shorten_repr(value) for value in args[is_method:]]
    texts += [f"{name}={shorten_repr(value)}" for name, value in kwargs.items()]
    return argument_error(_name_of(function, args), texts, error)


def _name_of(function: Callable[..., Any], args: Sequence[Any]) -> str:
    """Return the name of a function in errors; a method's is that of the object: ``"LIF.rate"``."""
    name, owner = function.__qualname__.rpartition("<locals>.")[2], _owner_of(function, args)
    return name if owner is None else f"{owner.__name__}.{function.__name__}"


def _owner_of(function: Callable[..., Any], args: Sequence[Any]) -> type | None:
    """Return the class of the object whose method was called; None for a function."""
    name = function.__qualname__.rpartition("<locals>.")[2].rpartition(".")[0]
    kind = args[0] if args and isinstance(args[0], type) else type(args[0] if args else None)
    return kind if any(name == base.__name__ for base in kind.__mro__) else None


def bind_arguments(
    name: str, signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> inspect.BoundArguments:
    """Return the arguments of a call by parameter.

    Parameters
    ----------
    name : str
        Name of the function or class, for errors.
    signature : inspect.Signature
        Signature of the function that is called.
    args : sequence of object
        Positional arguments of the call.
    kwargs : mapping of str to object
        Keyword arguments of the call.

    Raises
    ------
    UnknownNameError
        If there is no parameter with the name of a keyword.
    DescriptionError
        If an argument is missing, or given twice.
    """
    unknown = [k for k in kwargs if k not in signature.parameters]
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    names = [p for p in signature.parameters if p not in ("self", "cls")]
    if unknown and inspect.Parameter.VAR_KEYWORD not in kinds:
        raise unknown_name_error(name, "argument", unknown[0], names)
    try:
        return signature.bind(*args, **kwargs)
    except TypeError as error:
        raise DescriptionError(
            name,
            "each required argument once",
            str(error),
            f"Its arguments are {', '.join(names)}.",
        ) from error


def check_arguments(
    function: Callable[..., Any],
    signature: inspect.Signature,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    convertible: bool,
) -> None:
    """Raise `DescriptionError` for missing and unknown arguments, and for those of wrong types.

    Parameters
    ----------
    function : callable
        A public function, whose annotations say which types its parameters have.
    signature : inspect.Signature
        Signature of the function that is called.
    args : sequence of object
        Positional arguments of the call.
    kwargs : mapping of str to object
        Keyword arguments of the call.
    convertible : bool
        Whether arguments are checked, too, that the function may convert (`is_convertible`).
    """
    name = _name_of(function, args)
    bound = bind_arguments(name, signature, args, kwargs)
    for parameter, allowed in list_allowed_types(function).items():
        if parameter in bound.arguments and (convertible or not is_convertible(allowed)):
            value, declared = bound.arguments[parameter], signature.parameters[parameter]
            values = (value,)
            if declared.kind is inspect.Parameter.VAR_POSITIONAL:
                values = value
            if declared.kind is not inspect.Parameter.VAR_KEYWORD:
                for one in values:
                    check_type(one, allowed, name, parameter, declared.default)
