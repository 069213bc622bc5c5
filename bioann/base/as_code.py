"""Values and texts as Python code, and the hash of a description."""

from __future__ import annotations

import functools
import hashlib
import math
import types
from typing import Any

import numpy as np
import xarray as xr
from brian2 import get_unit
from brian2.units.fundamentalunits import Quantity


def to_code(value: Any) -> str:
    """Return a value as Python code: arrays as lists, functions by their dotted name."""
    if isinstance(value, Quantity):  # its own repr has eight digits
        return f"{np.asarray(value).tolist()!r} * {get_unit(value.dim)!r}"
    if isinstance(value, np.ndarray):
        return repr(value.tolist())
    if isinstance(value, xr.DataArray):  # its labels are part of its value
        labels = {name: coordinate.values.tolist() for name, coordinate in value.coords.items()}
        contents = value.to_numpy().tobytes() + repr((labels, value.attrs)).encode()
        content = hashlib.blake2b(contents, digest_size=8).hexdigest()
        return f"stimulus({dict(value.sizes)!r}, content={content!r})"
    if isinstance(value, xr.Dataset):
        arrays = {str(name): to_code(array) for name, array in value.data_vars.items()}
        digest = hashlib.blake2b(repr((arrays, value.attrs)).encode(), digest_size=8).hexdigest()
        return f"recording({dict(value.sizes)!r}, content={digest!r})"
    if isinstance(value, tuple):
        return f"({', '.join(map(to_code, value))}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{to_code(k)}: {to_code(v)}" for k, v in value.items()) + "}"
    if isinstance(value, functools.partial):  # its repr contains a memory address
        arguments = [
            *map(to_code, value.args),
            *(f"{k}={to_code(v)}" for k, v in value.keywords.items()),
        ]
        return f"functools.partial({', '.join([to_code(value.func), *arguments])})"
    if isinstance(value, types.MethodType):  # its object is part of its value
        return f"{to_code(value.__self__)}.{value.__name__}"
    if isinstance(value, float) and not math.isfinite(value):  # its repr is a name
        return f'float("{value}")'
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return repr(value)


def hash_description(description: object) -> str:
    """Compute a hash that is equal for equal descriptions, in any process.

    Parameters
    ----------
    description : object
        A `Description`, or any object whose ``repr`` determines its value.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    return hashlib.blake2b(to_code(description).encode(), digest_size=8).hexdigest()


def write_docstring_line(text: str) -> str:
    """Return text as one line that cannot end a docstring: double quotes become single ones."""
    return " ".join(text.split()).replace("\\", "\\\\").replace('"', "'")
