"""Checks of values against the types that parameters and fields are annotated with.

Numbers, text, truth values, classes, callables, mappings and sequences are checked, also what a
list or tuple contains. Any other annotation, such as `Any`, accepts every value here.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import functools
import inspect
import numbers
import os
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

#: What a type is called in errors.
_TYPE_TITLES: dict[Any, str] = {
    float: "a real number",
    int: "a whole number",
    bool: "True or False",
    str: "text",
    Path: "a path",
    collections.abc.Callable: "a function",
    collections.abc.Mapping: "a mapping",
    collections.abc.Sequence: "a sequence",
    collections.abc.Collection: "a sequence",
    tuple: "a sequence",
    list: "a sequence",
    types.NoneType: "None",
}
#: Types whose annotation asks for several values in an order.
_SEQUENCES = (tuple, list, collections.abc.Sequence, collections.abc.Collection)


@dataclasses.dataclass(frozen=True)
class AllowedType:
    """A type that an annotation allows.

    Parameters
    ----------
    base : type
        Class of the value; `tuple` and `collections.abc.Sequence` stand for anything with an order.
    items : tuple of AllowedType, optional
        Types of the items of a sequence or the keys of a mapping; empty if any is allowed.
    values : tuple of AllowedType, optional
        Types of the values of a mapping; empty if any is allowed.
    length : int or None, optional
        Number of items of a sequence; None for any number.
    """

    base: Any
    items: tuple[AllowedType, ...] = ()
    values: tuple[AllowedType, ...] = ()
    length: int | None = None

    @property
    def is_sequence(self) -> bool:
        """Whether the annotation asks for several values in an order."""
        return self.base in _SEQUENCES

    def matches(self, value: Any) -> bool:
        """Return whether a value has this type, in the sense of an annotation."""
        if self.base is float:
            return is_real_number(value)
        if self.base is int:
            return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if self.base is bool:
            return isinstance(value, (bool, np.bool_))
        if self.base is Path:
            return isinstance(value, os.PathLike)
        if self.is_sequence:
            return self._matches_sequence(value)
        if isinstance(value, Mapping) and self.base is collections.abc.Mapping:
            return matches_all(self.items, value) and matches_all(self.values, value.values())
        return isinstance(value, self.base)

    def _matches_sequence(self, value: Any) -> bool:
        """Return whether a value has several items in an order, each of an allowed type."""
        is_unordered = isinstance(value, (collections.abc.Set, Mapping))
        if self.base is collections.abc.Collection and is_unordered:
            return matches_all(self.items, value)
        if not is_ordered(value):
            return False
        if hasattr(value, "__array__") and not isinstance(value, np.ndarray):
            value = np.asarray(value)  # a labelled array, whose items carry labels
        n_dimensions = value.ndim if isinstance(value, np.ndarray) else 1
        if n_dimensions > 1 and self.items:
            return any(one.is_sequence for one in self.items)
        if n_dimensions != 1 or not isinstance(value, (tuple, list, np.ndarray)):
            return True
        return self.length in (None, len(value)) and matches_all(self.items, value)

    def __str__(self) -> str:
        """Return the words for this type in an error."""
        name = getattr(self.base, "__name__", "")
        count = "" if self.length is None else f"{self.length} "
        title = _TYPE_TITLES.get(self.base, f"{'an' if name[:1] in 'AEIOU' else 'a'} {name}")
        if not self.items:
            return title
        relation = "from" if self.base is collections.abc.Mapping else "of"
        texts = [f"{title} {relation} {count}{_join_types(self.items)}"]
        texts += [f"to {_join_types(self.values)}"] if self.values else []
        return " ".join(texts)


def matches_all(allowed: tuple[AllowedType, ...], values: Iterable[Any]) -> bool:
    """Return whether each value has one of some types; any value does if there are none.

    Among several numbers a truth value is one: conditions are labelled by it.
    """
    truth = (AllowedType(bool),) if any(one.base is float for one in allowed) else ()
    candidates = (*allowed, *truth)
    return not allowed or all(any(one.matches(value) for one in candidates) for value in values)


def is_real_number(value: Any) -> bool:
    """Return whether a value is a real number in the range of floats; NaN is one, True is not."""
    if isinstance(value, bool) or not isinstance(value, (float, numbers.Integral, np.floating)):
        return False
    try:
        float(value)
    except OverflowError:
        return False
    return True


def is_ordered(value: Any) -> TypeGuard[Iterable[Any]]:
    """Return whether a value contains several in an order: text, mappings and sets do not."""
    if isinstance(value, (str, bytes, Mapping, collections.abc.Set)):
        return False
    try:
        iter(value)
    except Exception:  # also what an object of the user's raises
        return False
    return True


@functools.cache
def list_allowed_types(owner: Callable[..., Any]) -> Mapping[str, tuple[AllowedType, ...]]:
    """Return the types of the parameters of a function, or of the fields of a class, by name.

    Parameters
    ----------
    owner : callable
        A function, or a class whose annotations are those of its fields.

    Returns
    -------
    mapping of str to tuple of AllowedType
        The types that a value may have; names whose annotation allows any value are left out.
    """
    owners = reversed(owner.__mro__) if isinstance(owner, type) else (owner,)
    types_by_name: dict[str, tuple[AllowedType, ...]] = {}
    for one in owners:
        module = inspect.getmodule(one)
        for name, annotation in inspect.get_annotations(one).items():
            types_by_name[name] = _resolve_annotation(annotation, vars(module) if module else {})
    return {name: allowed for name, allowed in types_by_name.items() if allowed}


def _join_types(allowed: tuple[AllowedType, ...]) -> str:
    """Return the words for the types of items, without their articles."""
    return " or ".join(str(one).removeprefix("a ").removeprefix("an ") for one in allowed)


def _resolve_annotation(annotation: Any, namespace: dict[str, Any]) -> tuple[AllowedType, ...]:
    """Return the types of an annotation; empty if one of them allows any value."""
    holder = types.SimpleNamespace(__annotations__={"value": annotation})
    try:
        hint = typing.get_type_hints(holder, globalns=namespace)["value"]
    except (NameError, TypeError, AttributeError, SyntaxError):  # a name for type checkers only
        return ()
    return _list_types(hint)


def _list_types(hint: Any) -> tuple[AllowedType, ...]:
    is_union = isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
    allowed = [
        _find_type(alternative) for alternative in (typing.get_args(hint) if is_union else (hint,))
    ]
    return tuple(one for one in allowed if one) if all(allowed) else ()


def _find_type(hint: Any) -> AllowedType | None:
    """Return the type of an annotation that is no union; None if it allows any value."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in _SEQUENCES:
        length = None if Ellipsis in arguments or origin is not tuple else len(arguments)
        return AllowedType(origin, _list_items(arguments), length=length)
    if origin is collections.abc.Mapping:
        return AllowedType(origin, _list_types(arguments[0]), _list_types(arguments[1]))
    if origin is not None:
        is_own = isinstance(origin, type) and origin.__module__.startswith("bioann.")
        return AllowedType(origin) if is_own or origin is collections.abc.Callable else None
    is_class = isinstance(hint, type) and hint not in (Any, object, tuple, list, dict)
    return AllowedType(hint) if is_class and not getattr(hint, "_is_protocol", False) else None


def _list_items(arguments: tuple[Any, ...]) -> tuple[AllowedType, ...]:
    """Return the types of the items of a sequence, if they are the same for all."""
    different = {argument for argument in arguments if argument is not Ellipsis}
    return _list_types(different.pop()) if len(different) == 1 else ()
