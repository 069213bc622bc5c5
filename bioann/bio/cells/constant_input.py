"""Constant current and conductances into a cell, converted to three SI arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import brian2.units.allunits as allunits
import numpy as np
from brian2 import Quantity
from brian2.units.fundamentalunits import get_dimensions

from bioann.base.annotations import is_ordered
from bioann.base.errors import DescriptionError, DimensionError
from bioann.base.text import join_names, shorten_repr

_EXAMPLES = {
    "amp": ("a current", "200 * pA"),
    "siemens": ("a conductance", "3 * nS"),
    "volt": ("a potential", "-80 * mV"),
    "second": ("a time", "5 * ms"),
    "hertz": ("a rate", "100 * Hz"),
}


def to_si_array(value: Any, base: str, obj: str) -> np.ndarray:
    """Convert a quantity of any shape to SI floats.

    Parameters
    ----------
    value : brian2.Quantity
        Scalar or array; a bare number passes only if it is zero.
    base : {'amp', 'siemens', 'volt', 'second', 'hertz'}
        SI unit with the required dimension.
    obj : str
        Object and field that the quantity belongs to, for the error message.

    Returns
    -------
    numpy.ndarray
        Values in SI units, of the shape of `value`.

    Raises
    ------
    DimensionError
        If the dimension differs, or there is none.
    DescriptionError
        If a value is not finite.
    """
    kind, example = _EXAMPLES[base]
    is_number = isinstance(value, (int, float, np.number, np.ndarray, list, tuple))
    try:
        numbers = np.asarray(value if is_number else [], dtype=float)
        dimension = get_dimensions(value) if numbers.size else None
    except (TypeError, ValueError, OverflowError):
        numbers, dimension = np.zeros(0), None
    is_complex = isinstance(value, (complex, np.ndarray)) and np.iscomplexobj(value)
    if is_complex or (isinstance(value, np.ndarray) and np.ma.is_masked(value)):
        raise DescriptionError(obj, "real numbers", "masked or complex ones", "Pass real numbers.")
    if not numbers.size:
        got = shorten_repr(value)
        raise DimensionError(obj, f"{kind} in {base}", got, f"Write it as {example}.")
    has_dimension = dimension == getattr(allunits, base).dim
    if not has_dimension and not (not isinstance(value, Quantity) and not numbers.any()):
        got = _format_first(value, np.ones_like(numbers))
        raise DimensionError(obj, f"{kind} in {base}", got, f"Write it as {example}.")
    if not np.isfinite(numbers).all():
        got = _format_first(value, ~np.isfinite(numbers))
        raise DescriptionError(obj, "finite numbers", got, "Give finite values.")
    return numbers


def _format_first(value: Any, invalid: np.ndarray) -> str:
    """Format a quantity, or the first invalid one of an array with its position."""
    if not invalid.ndim or not invalid.size:
        return repr(value)
    index = int(invalid.argmax())
    return f"{np.asanyarray(value).reshape(-1)[index]} (value {index + 1} of {invalid.size})"


def sum_constant_input(
    current: Any, conductances: Sequence[tuple[Any, Any]], obj: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum the constant current and conductances into a cell.

    Parameters
    ----------
    current : quantity
        Injected current, scalar or array.
    conductances : sequence of (conductance, reversal potential)
        Constant conductances, at least 0; quantities that broadcast against `current`.
    obj : str
        Name of the caller, for the error message.

    Returns
    -------
    current, conductance, reversal_current : numpy.ndarray
        In ampere, siemens and ampere (conductance times reversal potential), of one shape.

    Raises
    ------
    DescriptionError
        If a conductance is below zero, a part is not a pair, or shapes do not broadcast.
    """
    if not is_ordered(conductances):
        raise _pair_error(obj, conductances)
    injected = to_si_array(current, "amp", f"{obj}, current")
    conductance = np.zeros(())
    reversal_current = np.zeros(())
    for pair in conductances:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise _pair_error(obj, pair)
        g = to_si_array(pair[0], "siemens", f"{obj}, conductances")
        if (g < 0).any():
            raise DescriptionError(
                f"{obj}, conductances",
                "conductances >= 0",
                f"{g.min() * 1e9:g} nS",
                "Sign belongs to the reversal potential: to inhibit, give one below threshold.",
            )
        reversal = to_si_array(pair[1], "volt", f"{obj}, conductances")
        shapes = [injected.shape, conductance.shape, g.shape, reversal.shape]
        try:
            np.broadcast_shapes(*shapes)
        except ValueError as error:
            expected, remedy = "shapes that broadcast", "Give arrays of one shape, or scalars."
            raise DescriptionError(obj, expected, join_names(shapes), remedy) from error
        conductance, reversal_current = conductance + g, reversal_current + g * reversal
    injected, conductance, reversal_current = np.broadcast_arrays(
        injected, conductance, reversal_current
    )
    return injected, conductance, reversal_current


def _pair_error(obj: str, value: Any) -> DescriptionError:
    """Build the error for conductances that are not pairs with a reversal potential."""
    expected, remedy = "pairs (conductance, reversal potential)", "Write [(3 * nS, -80 * mV)]."
    return DescriptionError(f"{obj}, conductances", expected, shorten_repr(value), remedy)
