"""Checks of the values of parameters and fields against the types that annotations allow."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from bioann.base.annotations import AllowedType, is_ordered, is_real_number, list_allowed_types
from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr


def as_tuple(value: Any, allowed: tuple[AllowedType, ...]) -> Any:
    """Return a sequence, or a single item, as a tuple if its annotation asks for a tuple.

    Parameters
    ----------
    value : object
        Value of a field.
    allowed : tuple of AllowedType
        Types of the field.

    Returns
    -------
    object
        A tuple, with numbers and text of Python for those of NumPy; text of Python for text of
        NumPy; other values unchanged.
    """
    if isinstance(value, np.str_):
        return str(value)
    others = [one for one in allowed if one.base is not tuple]
    tuples = [one for one in allowed if one.base is tuple and one.length is None]
    items = tuple(item for one in tuples for item in one.items)
    if len(others) == len(allowed) or any(one.matches(value) for one in others):
        return value
    if is_ordered(value):
        return tuple(one.item() if isinstance(one, np.generic) else one for one in value)
    return (value,) if any(item.matches(value) for item in items) else value


def is_convertible(allowed: tuple[AllowedType, ...]) -> bool:
    """Return whether some type is another library's: code may convert what is similar to it."""
    modules = (one.base.__module__.partition(".")[0] for one in allowed)
    return any(module in ("xarray", "numpy", "pandas") for module in modules)


def check_type(
    value: Any,
    allowed: tuple[AllowedType, ...],
    owner: str,
    name: str,
    default: Any = None,
    single: bool = False,
) -> None:
    """Raise `DescriptionError` for a value that has none of the types of its annotation.

    Comparisons with NaN are false, so that most checks would let it through. It is allowed where it
    is the default, and infinity where the default is not a finite number.

    Parameters
    ----------
    value : object
        Value of a parameter or field.
    allowed : tuple of AllowedType
        Its types, from `list_allowed_types`.
    owner : str
        What has the parameter or field, for the error.
    name : str
        Name of the parameter or field.
    default : object, optional
        Its default, if it has one.
    single : bool, optional
        Whether one item may stand for a sequence of one.
    """
    if isinstance(value, float) and any(one.base is float for one in allowed):
        default_number = float(default) if is_real_number(default) else math.inf
        if math.isnan(value) and not math.isnan(default_number):
            raise DescriptionError(f"{owner}, {name}", "a real number", "nan", f"Change {name}.")
        if math.isinf(value) and math.isfinite(default_number):
            raise DescriptionError(f"{owner}, {name}", "a finite number", "inf", f"Change {name}.")
        return
    sequences = [one for one in allowed if one.is_sequence]
    sequences = [one for one in sequences if one.length is None]
    is_item = any(item.matches(value) for one in sequences for item in one.items)
    has_any_items = any(not one.items for one in sequences)
    if single and (is_item or has_any_items):
        return
    if not any(one.matches(value) for one in allowed):
        expected = " or ".join(map(str, allowed))
        text = shorten_repr(value)
        remedy = f"Try {name}=({text},)." if is_item else f"Change {name}."
        raise DescriptionError(f"{owner}, {name}", expected, text, remedy)


def is_list_of_numbers(value: Any) -> bool:
    """Return whether a value is a list or tuple, also a nested one, that NumPy reads as numbers."""
    if not isinstance(value, (list, tuple)):
        return False
    try:
        return np.asarray(value).dtype.kind in "biuf"
    except ValueError:  # ragged
        return False


def check_field_types(
    fields: Iterable[dataclasses.Field[Any]], values: Mapping[str, Any], owner: type, title: str
) -> None:
    """Raise `DescriptionError` for a field of another type than it is annotated with.

    Parameters
    ----------
    fields : iterable of dataclasses.Field
        Fields of the dataclass whose types are checked.
    values : mapping of str to object
        Their values, by name.
    owner : type
        Dataclass that has the fields.
    title : str
        The object, for the error.
    """
    allowed_types = list_allowed_types(owner)
    for field in fields:
        if field.name in allowed_types:
            allowed = allowed_types[field.name]
            takes_array = any(one.base is np.ndarray for one in allowed)
            if takes_array and is_list_of_numbers(values[field.name]):
                continue
            check_type(values[field.name], allowed, title, field.name, field.default, single=True)
