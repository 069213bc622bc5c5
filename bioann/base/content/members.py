"""The members of objects in a content list: fields, items, and what wrappers and pickles hold."""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.content.text import describe_value, is_value


@functools.lru_cache(maxsize=1000)
def list_fields(kind: Any) -> tuple[tuple[dataclasses.Field[Any], Any], ...]:
    """Return the fields of a dataclass with their defaults; ``MISSING`` where there is none."""
    fields = []
    for field in dataclasses.fields(kind):
        default = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        if "unit" in field.metadata and isinstance(default, np.ndarray):  # a Brian2 quantity
            default = float(np.asarray(default))
        fields.append((field, default))
    return tuple(fields)


def is_default(value: Any, default: Any) -> bool:
    """Whether the value of a field is its default: the same object, or an equal number or text."""
    if value is default:
        return True
    if isinstance(default, dict):
        return isinstance(value, dict) and not value and not default
    return (
        is_value(default) and is_value(value) and describe_value(value) == describe_value(default)
    )


def list_items(container: tuple[Any, ...] | list[Any] | Mapping[Any, Any]) -> dict[str, Any]:
    """Return the items of a container by the continuation of its path, such as ``[0]``."""
    if not isinstance(container, Mapping):
        return {f"[{k}]": item for k, item in enumerate(container)}
    named = {f"[{describe_value(key)}]": container[key] for key in container if is_value(key)}
    others = [(key, container[key]) for key in container if not is_value(key)]
    return named | {f"[key {k}]": item for k, item in enumerate(others)}


def list_members(value: Any) -> dict[str, Any] | None:
    """Return what a wrapper, a mapping or a labelled array consists of; None for other objects.

    Parameters
    ----------
    value : object
        A partial function, method, property, cached or compiled function, mapping or xarray object.

    Returns
    -------
    dict of str to object, or None
        By the continuation of the path: ``.name`` for an attribute, and an empty text for the
        function or object that a wrapper stands for.
    """
    if isinstance(value, Mapping) and not isinstance(value, xr.Dataset):
        return list_items(value)
    if isinstance(value, functools.partial):
        return {"": value.func, ".args": value.args, ".keywords": value.keywords}
    if isinstance(value, types.MethodType):
        return {"": value.__self__, f".{value.__name__}()": value.__func__}
    if isinstance(value, property):
        return {"": value.fget, ".setter": value.fset, ".deleter": value.fdel}
    if isinstance(value, functools.cached_property):
        return {"": value.func}
    if isinstance(value, (xr.DataArray, xr.Dataset)):
        return _list_labelled(value)
    wrapped = getattr(value, "__wrapped__", None) or getattr(value, "__func__", None)
    if wrapped is not None:
        return {"": wrapped}
    if isinstance(value, types.BuiltinFunctionType):  # a method of an object that is not a module
        owner = value.__self__
        if not isinstance(owner, (types.ModuleType, type(None))):
            return {"": owner, ".method": value.__name__}
    return None


def _list_labelled(array: xr.DataArray | xr.Dataset) -> dict[str, Any]:
    """Return values, coordinates and attributes of a labelled array or dataset."""
    members: dict[str, Any] = {".attrs": array.attrs}
    variables = dict(array.coords)
    if isinstance(array, xr.DataArray):
        members |= {".dims": array.dims, ".values": array.to_numpy()}
    else:
        variables |= dict(array.data_vars)
    for name, variable in variables.items():
        values = variable.to_numpy()
        members[f"[{name!r}]"] = values.tolist() if values.dtype.hasobject else values
        members[f"[{name!r}].dims"] = variable.dims
    return members


def list_state(value: Any) -> dict[str, Any] | None:
    """Return what the pickle of an object would hold, by attribute; None if it has no pickle."""
    try:
        reduced = value.__reduce_ex__(2)
    except Exception:  # whatever a foreign class raises
        return None
    if not isinstance(reduced, tuple):
        return None
    _, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
    # Attributes, or attributes and slots; a class with a pickle of its own may hold anything.
    states = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    members: dict[str, Any] = {}
    if all(isinstance(attributes, dict | None) for attributes in states):
        for attributes in states:
            members |= {f".{name}": member for name, member in (attributes or {}).items()}
    else:
        members[".state"] = state
    others = [argument for argument in arguments if argument is not type(value)]
    if others:
        members[".arguments"] = others
    if items is not None:
        members[".items"] = list(items)
    if pairs is not None:
        members[".pairs"] = dict(pairs)
    return members
