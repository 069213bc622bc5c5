"""Texts of the values in a content list."""

from __future__ import annotations

import types
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from bioann.base.content.bytecode import digest_text
from bioann.base.units import format_quantity

#: Longest text that is listed in full, in characters; a digest stands for what is longer.
MAX_TEXT = 60
#: Largest array whose numbers are listed, in elements.
MAX_ELEMENTS = 4
_SCALARS = (type(None), bool, int, float, complex, str, bytes, types.EllipsisType, np.generic)
_SEQUENCES = (tuple, list, set, frozenset)
#: Types whose ``repr`` is the text: most values, recognised at once.
_PLAIN = frozenset((type(None), bool, int, float, str))


def is_value(value: Any, depth: int = 4) -> bool:
    """Whether a value is a number, a text, a path, or a sequence of them: listed as one text.

    Sequences inside one another count to a `depth`, because one may contain itself.
    """
    if type(value) in _PLAIN:
        return True
    if isinstance(value, _SEQUENCES):
        return depth > 0 and all(is_value(item, depth - 1) for item in value)
    return isinstance(value, (*_SCALARS, range, PurePath))


def describe_value(value: Any) -> str:
    """Return the text of a value; of a long one its length and a digest."""
    text = _write_value(value)
    if len(text) <= MAX_TEXT:
        return text
    if isinstance(value, _SEQUENCES):
        return f"{len(value)} values {digest_text(text)}"
    return f"{text[: MAX_TEXT // 2]}... {digest_text(text)}"


def _write_value(value: Any) -> str:
    """Return a text that differs for different values and is the same in every process."""
    if isinstance(value, np.generic):
        value = value.item()
    if type(value) in _PLAIN:
        return repr(value)
    if isinstance(value, (set, frozenset)):  # its order depends on PYTHONHASHSEED
        return f"{{{', '.join(sorted(map(_write_value, value)))}}}"
    if isinstance(value, (tuple, list)):
        brackets = "[]" if isinstance(value, list) else "()"
        return f"{brackets[0]}{', '.join(map(_write_value, value))}{brackets[1]}"
    if isinstance(value, PurePath):
        return f"path {value.as_posix()!r}"
    for kind in (bool, int, float, str):  # the repr of a subclass may say something else
        if isinstance(value, kind):
            return repr(kind(value))
    return repr(value)


def describe_array(array: np.ndarray) -> str:
    """Return shape, type and digest of an array without objects; the numbers of a small one."""
    contents = np.asarray(array)
    text = f"{contents.shape} {contents.dtype.str[1:]}"
    if (dimension := getattr(array, "dim", None)) is not None:  # a Brian2 quantity
        text += f" {dimension}"
    if contents.size <= MAX_ELEMENTS and contents.dtype.kind in "biuf":
        return f"array {text} {contents.tolist()!r}"
    if contents.dtype.kind not in "SUV":
        contents = contents.astype(contents.dtype.newbyteorder("<"), copy=False)
    return f"array {text} {digest_text(contents.tobytes())}"


def describe_quantity(value: float, unit: str) -> str:
    """Return a physical quantity in its display unit, such as ``2.5 nS``, without rounding."""
    number, _, unit_name = format_quantity(value, unit).partition(" * ")
    return f"{number.removesuffix('.0')} {unit_name}"


def hash_values(values: Mapping[str, str]) -> str:
    """Return 16 hexadecimal digits of a hash of values and their paths."""
    return digest_text("\n".join(f"{path}: {values[path]}" for path in sorted(values)))
