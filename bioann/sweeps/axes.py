"""Axes of a sweep: one parameter with its values, or with the range that they are drawn from."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import Quantity

from bioann.base.annotations import is_real_number
from bioann.base.errors import DescriptionError, DimensionError
from bioann.base.text import shorten_repr
from bioann.base.units import UNIT_SCALES, brian_quantity, find_unit, in_unit


@dataclasses.dataclass(frozen=True)
class ParameterAxis:
    """A parameter that a sweep varies.

    Parameters
    ----------
    address : str
        Address of the parameter, or the argument of the function that makes the pairs.
    values : tuple of float
        Its values in SI units. Of an axis that is sampled, the two ends of its range.
    unit : str, optional
        Display unit of a physical parameter, such as ``"nS"``; empty if it is dimensionless.
    is_range : bool, optional
        Whether `values` are the ends of a range that a design draws from.
    is_logarithmic : bool, optional
        Whether a design draws the logarithm of the parameter evenly.
    """

    address: str
    values: tuple[float, ...]
    unit: str = ""
    is_range: bool = False
    is_logarithmic: bool = False

    def __post_init__(self) -> None:
        """Check that there are values, that all are finite, and that a range is one."""
        obj, remedy = f"sweep, {self.address!r}", "Write it like 0.1..1nS:20 or 0.1,0.5,1nS."
        if not self.values or not np.isfinite(self.values).all():
            got = "none" if not self.values else str(self.values)
            raise DescriptionError(obj, "at least one finite value", got, remedy)
        if self.is_range and not (len(self.values) == 2 and self.values[0] < self.values[1]):
            raise DescriptionError(
                obj, "a range, the smaller end first", f"{self.describe()}", remedy
            )
        if self.is_logarithmic and min(self.values) <= 0:
            expected = "values above 0 for a logarithmic axis"
            raise DescriptionError(obj, expected, self.describe(), remedy)
        if len(set(self.values)) < len(self.values):
            got = f"{len(self.values) - len(set(self.values))} of {len(self.values)} repeated"
            raise DescriptionError(obj, "each value once", got, "Leave the repeated ones out.")

    def in_display_unit(self, value: float) -> float:
        """Return an SI value in the display unit."""
        return in_unit(value, self.unit) if self.unit else value

    @property
    def si_scale(self) -> float:
        """The SI value of the display unit; 1 if the parameter is dimensionless."""
        return UNIT_SCALES[self.unit] if self.unit else 1.0

    def to_quantity(self, value: float) -> Any:
        """Return an SI value as users write it: a quantity, or a plain number."""
        return brian_quantity(value, self.unit) if self.unit else value

    def scale_unit_interval(self, share: np.ndarray) -> np.ndarray:
        """Map numbers between 0 and 1 to values of the range."""
        low, high = self.values
        if self.is_logarithmic:
            scaled: np.ndarray = low * (high / low) ** share
            return scaled
        linear: np.ndarray = low + (high - low) * share
        return linear

    def describe(self) -> str:
        """Return the values in words: ``"0.1 to 1 nS"`` or ``"3 values from 1 to 5"``."""
        limits = [f"{self.in_display_unit(v):g}" for v in (self.values[0], self.values[-1])]
        unit = f" {self.unit}" if self.unit else ""
        if len(self.values) == 1:
            return f"{limits[0]}{unit}"
        count = "" if self.is_range else f"{len(self.values)} values from "
        return f"{count}{' to '.join(limits)}{unit}"


def make_axis(address: str, values: Any, *, is_range: bool = False) -> ParameterAxis:
    """Make an axis from what a user wrote: an axis, quantities, or numbers.

    Parameters
    ----------
    address : str
        Address of the parameter.
    values : ParameterAxis, sequence of quantity or float, or quantity array
        Values of the parameter, or the two ends of its range.
    is_range : bool, optional
        Whether they are the ends of a range.

    Returns
    -------
    ParameterAxis
        With values in SI units.

    Raises
    ------
    DescriptionError
        If there are no values, or some are no numbers.
    DimensionError
        If the values have different dimensions.
    """
    if isinstance(values, ParameterAxis):
        return dataclasses.replace(values, address=address)
    is_array = isinstance(values, np.ndarray) and values.ndim == 1
    if not is_array and not (isinstance(values, Sequence) and not isinstance(values, str)):
        raise DescriptionError(
            f"sweep, {address!r}",
            "several values",
            shorten_repr(values),
            "Write them like [0.1, 0.5, 1] * nS, or [0, 1].",
        )
    items = list(values)
    units = {find_unit(item) if isinstance(item, Quantity) else "" for item in items}
    if len(units) > 1 or None in units:
        expected, got = "values of one dimension, with units that bioann knows", shorten_repr(items)
        remedy = f"Give all of them one of the units {', '.join(UNIT_SCALES)}."
        raise DimensionError(f"sweep, {address!r}", expected, got, remedy)
    if not all(isinstance(item, Quantity) or is_real_number(item) for item in items):
        raise DescriptionError(
            f"sweep, {address!r}", "numbers or quantities", shorten_repr(items), "Write numbers."
        )
    unit = next(iter(units), "") or ""
    numbers = tuple(float(np.asarray(item)) for item in items)
    return ParameterAxis(address, numbers, unit, is_range)
