"""Quantities that differ between neurons or synapses: an array of values, or a distribution.

Such a quantity is stored as a float, its mean, which carries the values or the distribution. The
builder gives each neuron or synapse its own value; what describes a population by one number, such
as a theory of its firing rate, takes the mean.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import Quantity, get_dimensions

from bioann.base.errors import DescriptionError, DimensionError
from bioann.base.text import format_setting
from bioann.base.units import CheckedQuantity, base_unit_of, format_quantity, in_unit, to_si

#: By what has one value: dimensions of an array of values, its shape in words, an example.
_SHAPES = {
    "neuron": (1, "one value per neuron, shape (n,)", "[1, 2]"),
    "synapse": (2, "one value per pair of neurons, shape (n_post, n_pre)", "[[1, 2], [3, 4]]"),
}


class Distribution(ABC):
    """Interface of the distributions of `bioann.base.distributions`; numbers are in SI units."""

    @property
    @abstractmethod
    def unit(self) -> str:
        """Display unit of the values."""

    @property
    @abstractmethod
    def expected_value(self) -> float:
        """Mean of the values that are drawn."""

    @property
    @abstractmethod
    def support(self) -> tuple[float, float]:
        """Ends of the range of values, infinite where it is unbounded; no value is its low end."""

    @abstractmethod
    def draw(self, shape: int | tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw independent values, an array of a shape."""

    @abstractmethod
    def describe(self, unit: str) -> str:
        """Return the distribution in words, with numbers in a display unit."""


class HeterogeneousQuantity(CheckedQuantity):
    """A physical field that has one value per neuron or synapse; as a float it is their mean.

    Attributes
    ----------
    unit : str
        Display unit of the field.
    values : numpy.ndarray or None, shape (n,) or (n_post, n_pre)
        The values in SI units, read-only; None if they are drawn.
    distribution : Distribution or None
        The distribution from which they are drawn; None if they are not.
    """

    values: np.ndarray | None = None
    distribution: Distribution | None = None

    def __bool__(self) -> bool:
        """Return True: values whose mean is zero still have an effect."""
        return True

    @property
    def source(self) -> np.ndarray | Distribution:
        """The values or the distribution, whichever was stated."""
        source = self.distribution if self.values is None else self.values
        assert source is not None
        return source

    @property
    def support(self) -> tuple[float, float]:
        """The lowest and the highest value; infinite if a distribution is unbounded there."""
        if self.distribution is not None:
            return self.distribution.support
        assert self.values is not None
        return float(self.values.min()), float(self.values.max())

    def draw(self, shape: int | tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return the values, drawn if they have a distribution, in SI units."""
        if self.distribution is not None:
            return self.distribution.draw(shape, rng)
        assert self.values is not None
        return self.values

    def check_shape(self, shape: tuple[int, ...], obj: str) -> None:
        """Raise `DescriptionError` unless an array of values has a shape; anything drawn has."""
        if self.values is not None and self.values.shape != shape:
            names = "(n,)" if len(shape) == 1 else "(n_post, n_pre)"
            raise DescriptionError(
                obj,
                f"values of shape {names} = {shape}",
                f"shape {self.values.shape}",
                "Pass one value for all, or an array of that shape.",
            )


def is_heterogeneous(value: Any) -> bool:
    """Return whether what a user wrote stands for several values: an array or a distribution."""
    is_array = isinstance(value, np.ndarray) and value.size != 1
    return is_array or isinstance(value, (HeterogeneousQuantity, Distribution))


def to_heterogeneous(value: Any, unit: str, one_per: str, obj: str) -> HeterogeneousQuantity:
    """Convert an array of Brian2 quantities, or a distribution, to a quantity with several values.

    Parameters
    ----------
    value : brian2.Quantity, Distribution or HeterogeneousQuantity
        What the user wrote.
    unit : str
        Unit of the field, as for `bioann.base.units.to_si`.
    one_per : {'neuron', 'synapse'}
        What has one value.
    obj : str
        Object and field, for errors.

    Returns
    -------
    HeterogeneousQuantity
        The values in SI units, or the distribution, with the mean as a float.

    Raises
    ------
    DimensionError
        If the value has another dimension or no unit.
    DescriptionError
        If an array has another number of dimensions, or not only finite real numbers.
    """
    if isinstance(value, HeterogeneousQuantity):
        if value.unit != unit:
            remedy = "State them in the unit of the field."
            raise DimensionError(obj, f"values in {unit}", f"values in {value.unit}", remedy)
        return value
    if isinstance(value, Distribution):
        check_unit(value, unit, obj)
        quantity = HeterogeneousQuantity(value.expected_value)
        quantity.distribution = value
    else:
        return from_si_values(_to_si_values(value, unit, one_per, obj), unit)
    quantity.unit = unit
    return quantity


def from_si_values(values: np.ndarray, unit: str) -> HeterogeneousQuantity:
    """Return the quantity that has these values in SI units, and this display unit."""
    quantity = HeterogeneousQuantity(values.mean())
    quantity.values, quantity.unit = values, unit
    quantity.values.setflags(write=False)
    return quantity


def check_unit(distribution: Distribution, unit: str, obj: str) -> None:
    """Raise `DimensionError` unless a distribution has the dimension of a unit."""
    units = {distribution.unit, unit}
    if len(units) > 1 and not units <= {"mM", "uM"}:
        remedy = f"Write it as Normal(3 * {unit}, 1 * {unit})."
        raise DimensionError(obj, f"a distribution of values in {unit}", repr(distribution), remedy)


def _to_si_values(value: Any, unit: str, one_per: str, obj: str) -> np.ndarray:
    """Return the values of an array of quantities in SI units, read-only."""
    array, (ndim, expected, example) = np.asarray(value), _SHAPES[one_per]
    if array.ndim != ndim or not array.size:
        remedy = f"Write {example} * {unit}, or pass one value for all."
        raise DescriptionError(obj, expected, f"shape {array.shape}", remedy)
    if np.ma.is_masked(value) or array.dtype.kind not in "fiu":
        kind = "masked values" if np.ma.is_masked(value) else f"an array of {array.dtype}"
        raise DescriptionError(obj, "real numbers", kind, "Pass an array of finite numbers.")
    values = np.array(array, dtype=float)
    for index in np.argwhere(~np.isfinite(values)):
        got = f"{values[tuple(index)]} at index {index.tolist()}"
        raise DescriptionError(obj, "finite numbers", got, "Give finite values.")
    # All values of an array have one unit: one of them is checked.
    to_si(Quantity(values.max(), dim=get_dimensions(value)), unit, obj)
    return values


def values_to_code(quantity: HeterogeneousQuantity) -> str:
    """Return the Python code that makes a quantity again, to exactly the same SI floats."""
    if quantity.values is None:
        return repr(quantity.distribution)
    if quantity.unit == "1":
        return f"np.array({quantity.values.tolist()!r})"
    texts = [format_quantity(value, quantity.unit) for value in quantity.values.ravel().tolist()]
    numbers, units = zip(*(text.split(" * ") for text in texts), strict=True)
    values, unit = np.array(numbers, dtype=float), quantity.unit
    if set(units) != {unit}:  # some would be rounded in the display unit
        values, unit = quantity.values, base_unit_of(quantity.unit)
    return f"{values.reshape(quantity.values.shape).tolist()!r} * {unit}"


def format_values(value: float, unit: str, digits: int = 6) -> str:
    """Write a physical field in a display unit, without the unit.

    Parameters
    ----------
    value : float or HeterogeneousQuantity
        The field in SI units.
    unit : str
        Unit in which the values are displayed, such as ``"mV"``.
    digits : int, optional
        Significant digits of a single value at most.

    Returns
    -------
    str
        ``"200"``; for several values ``"normal, 200 ± 20"`` or ``"180 to 220, mean 200"``.
    """
    if not isinstance(value, HeterogeneousQuantity):
        return format_setting(in_unit(value, unit), digits=digits)
    if value.distribution is not None:
        return value.distribution.describe(unit)
    low, high, mean = (format_setting(in_unit(x, unit), digits=4) for x in (*value.support, value))
    return f"{low} to {high}, mean {mean}"


def is_above(quantity: CheckedQuantity, bound: float, excludes: bool) -> bool:
    """Return whether no value lies below a bound, or at it if it is excluded."""
    if not isinstance(quantity, HeterogeneousQuantity):
        return quantity > bound if excludes else quantity >= bound
    lowest = quantity.support[0]
    # A distribution has no value at its low end.
    return lowest > bound if excludes and quantity.distribution is None else lowest >= bound


def bound_error(obj: str, quantity: HeterogeneousQuantity, bound_text: str) -> DescriptionError:
    """Return the error of a distribution that reaches below the bound of its field."""
    return DescriptionError(
        obj,
        f"a distribution of values that are {bound_text}",
        f"{quantity.distribution!r}, which reaches below",
        "Draw values below again with Normal(..., minimum=...), or use LogNormal or Uniform.",
    )
