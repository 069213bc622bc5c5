"""Arrays that a user passes, as plain real numbers: nothing hidden in them is dropped or read."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import Quantity, get_dimensions

from bioann.base.errors import BioannError, DescriptionError


def to_floats(value: Any, obj: str, error: type[BioannError] = DescriptionError) -> np.ndarray:
    """Convert numbers without a unit to a new array of floats.

    NumPy would drop imaginary parts, masks and units, and read text as numbers.

    Parameters
    ----------
    value : array_like
        Real numbers, of any shape; NaN and infinity pass.
    obj : str
        What they are, for the error.
    error : type of BioannError, optional
        Class of the error.

    Returns
    -------
    numpy.ndarray
        Floats of the same shape, which share no memory with `value`.

    Raises
    ------
    BioannError
        `error`, if values are masked, complex, text, objects or quantities with a unit, or if
        nested sequences differ in length.
    """
    problem = _find_problem(value)
    if problem is None:
        try:
            array = np.array(value)
            if array.dtype.kind == "O" and all(isinstance(x, numbers.Real) for x in array.flat):
                array = array.astype(float)
        except (TypeError, ValueError, OverflowError) as cause:
            got = f"a {type(value).__name__} that is no array ({cause})"
            problem = got, "Use one length per axis."
        else:
            problem = _find_type_problem(array)
    if problem is not None:
        raise error(obj, "real numbers", *problem)
    return array.astype(float, copy=False)


def _find_problem(value: Any) -> tuple[str, str] | None:
    """Return what NumPy would drop from a value, also inside sequences, and what to do."""
    if isinstance(value, (list, tuple)):
        return next(filter(None, map(_find_problem, value)), None)
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        n = int(np.ma.count_masked(value))
        return f"{n} masked value(s)", "Fill them, or leave their rows out: a mask would be lost."
    if isinstance(value, Quantity) and not get_dimensions(value).is_dimensionless:
        return f"numbers with a unit, {value!r}", "Pass plain numbers."
    return None


def _find_type_problem(array: np.ndarray) -> tuple[str, str] | None:
    if array.dtype.kind in "biuf":
        return None
    if array.dtype.kind == "c":
        return "complex numbers", "Pass the real part, or the magnitude: numpy.real(...)."
    kind = {"U": "text", "S": "text", "O": "objects that are no numbers"}.get(array.dtype.kind)
    first = f", such as {array.flat[0]!r}" if array.size else ""
    return f"{kind or f'type {array.dtype}'}{first}"[:120], "Convert them to numbers first."
