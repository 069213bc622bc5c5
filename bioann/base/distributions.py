"""Distributions from which the values of single neurons or synapses are drawn."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC
from typing import Any

import numpy as np

from bioann.base.description import Description
from bioann.base.errors import DescriptionError, DimensionError
from bioann.base.heterogeneity import Distribution
from bioann.base.text import format_setting
from bioann.base.units import SI, find_unit, in_unit, quantity

#: Smallest share of a normal distribution that lies between its ends: on average, values are drawn
#: at most a hundred times.
MIN_SHARE = 0.01


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class QuantityDistribution(Description, Distribution, ABC):
    """Base of the distributions, whose numbers are quantities of one dimension."""

    @property
    def unit(self) -> str:
        """Display unit of the values."""
        values = [getattr(self, f.name) for f in dataclasses.fields(self)]
        unit = next(filter(None, map(find_unit, values)), None)
        if unit is None:
            name = type(self).__name__
            raise DimensionError(
                name,
                "quantities with a unit of bioann",
                ", ".join(repr(value) for value in values if value is not None),
                f"Write them with their unit, such as {name}(200 * pF, 220 * pF).",
            )
        return unit

    def unit_of(self, f: dataclasses.Field[Any]) -> str:
        """Return the unit that the values have, for every field."""
        return self.unit


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Normal(QuantityDistribution):
    r"""Normal distribution, truncated at `minimum` and `maximum`.

    .. math:: p(x) \propto e^{-(x - \mu)^2 / 2 \sigma^2}, \quad x_{min} < x < x_{max}

    A value outside is drawn again, not moved to the end. Without truncation :math:`\mu` and
    :math:`\sigma` are the mean and the standard deviation of the values; a truncated distribution
    has the mean

    .. math:: \mu + \sigma \frac{\varphi(a) - \varphi(b)}{\Phi(b) - \Phi(a)}, \quad
              a = \frac{x_{min} - \mu}{\sigma}, \; b = \frac{x_{max} - \mu}{\sigma}

    Parameters
    ----------
    mean, std : quantity
        Mean and standard deviation before truncation; the standard deviation is above 0.
    minimum, maximum : quantity, optional
        Ends of the range of values, in the unit of the mean; unbounded unless given.

    Raises
    ------
    DimensionError
        If the quantities differ in dimension or have none.
    DescriptionError
        If less than 1% of the distribution lies between the ends.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import mV
    >>> ba.Normal(-50 * mV, 2 * mV, minimum=-58 * mV)
    Normal(mean=-50.0 * mV, std=2.0 * mV, minimum=-58.0 * mV, maximum=None)
    """

    mean: SI = quantity("nS")
    std: SI = quantity("nS", above=0)
    minimum: SI | None = quantity("nS", optional=True)
    maximum: SI | None = quantity("nS", optional=True)

    def check(self) -> None:
        """Check that the distribution lies between its ends with a probability of 1% or more."""
        share = self._share_below(1) - self._share_below(0)
        if share < MIN_SHARE:
            raise DescriptionError(
                "Normal",
                f"ends between which at least {MIN_SHARE:.0%} of the distribution lies",
                f"{max(share, 0.0):.2g} of it in {self!r}",
                "Move minimum or maximum, or use Uniform(low, high).",
            )

    @property
    def support(self) -> tuple[float, float]:
        """`minimum` and `maximum`, infinite where there is none."""
        low = -math.inf if self.minimum is None else float(self.minimum)
        return low, math.inf if self.maximum is None else float(self.maximum)

    def _standardise(self, end: int) -> float:
        """Return an end of the support in standard deviations from the mean."""
        return float((self.support[end] - self.mean) / self.std)

    def _share_below(self, end: int) -> float:
        """Return the probability of a value below an end of the support, before truncation."""
        return 0.5 * math.erfc(-self._standardise(end) / math.sqrt(2))

    @property
    def expected_value(self) -> float:
        """Mean of the truncated distribution in SI units."""
        low, high = (math.exp(-(self._standardise(end) ** 2) / 2) for end in (0, 1))
        share = self._share_below(1) - self._share_below(0)
        return float(self.mean + self.std * (low - high) / math.sqrt(2 * math.pi) / share)

    def draw(self, shape: int | tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw values in SI units; those outside the ends again until none is left."""
        values = np.asarray(rng.normal(self.mean, self.std, shape))
        low, high = self.support
        while (outside := (values <= low) | (values >= high)).any():
            values[outside] = rng.normal(self.mean, self.std, np.count_nonzero(outside))
        return values

    def describe(self, unit: str) -> str:
        """Return mean and standard deviation before truncation, and the ends."""
        text = f"normal, {_write_number(self.mean, unit)} ± {_write_number(self.std, unit)}"
        for name, value in (("above", self.minimum), ("below", self.maximum)):
            text += f", {name} {_write_number(value, unit)}" if value is not None else ""
        return text


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LogNormal(QuantityDistribution):
    r"""Log-normal distribution of positive values.

    .. math:: \ln x \sim N(\ln \mu - s^2 / 2, \; s^2), \quad s^2 = \ln(1 + \sigma^2 / \mu^2)

    so that :math:`\mu` and :math:`\sigma` are the arithmetic mean and the standard deviation of the
    variable itself, not those of its logarithm.

    Parameters
    ----------
    mean, std : quantity
        Arithmetic mean and standard deviation of the values, both above 0.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS
    >>> ba.LogNormal(0.2 * nS, 0.1 * nS)
    LogNormal(mean=0.2 * nS, std=0.1 * nS)
    """

    mean: SI = quantity("nS", above=0)
    std: SI = quantity("nS", above=0)

    @property
    def support(self) -> tuple[float, float]:
        """All values above zero."""
        return 0.0, math.inf

    @property
    def expected_value(self) -> float:
        """The arithmetic mean in SI units."""
        return float(self.mean)

    def draw(self, shape: int | tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw values in SI units."""
        variance = math.log1p((self.std / self.mean) ** 2)
        location = math.log(self.mean) - variance / 2
        return np.asarray(rng.lognormal(location, math.sqrt(variance), shape))

    def describe(self, unit: str) -> str:
        """Return arithmetic mean and standard deviation."""
        return f"log-normal, {_write_number(self.mean, unit)} ± {_write_number(self.std, unit)}"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Uniform(QuantityDistribution):
    """Uniform distribution between two values.

    Parameters
    ----------
    low, high : quantity
        Ends of the range: all values above `low`, up to `high`, are equally likely.

    Raises
    ------
    DescriptionError
        If `low` is not below `high`.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import ms
    >>> ba.Uniform(1 * ms, 3 * ms)
    Uniform(low=1.0 * ms, high=3.0 * ms)
    """

    low: SI = quantity("nS")
    high: SI = quantity("nS")

    def check(self) -> None:
        """Check the order of the ends."""
        if not self.low < self.high:
            raise DescriptionError(
                "Uniform", "a low below high", repr(self), "Swap them, or pass one value."
            )

    @property
    def support(self) -> tuple[float, float]:
        """`low` and `high`."""
        return float(self.low), float(self.high)

    @property
    def expected_value(self) -> float:
        """The value in the middle, in SI units."""
        return float(self.low + self.high) / 2

    def draw(self, shape: int | tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw values in SI units, above `low` up to and including `high`."""
        return np.asarray(self.high - (self.high - self.low) * rng.random(shape))

    def describe(self, unit: str) -> str:
        """Return the two ends."""
        return f"uniform, {_write_number(self.low, unit)} to {_write_number(self.high, unit)}"


def _write_number(value: float, unit: str) -> str:
    """Write an SI float in a display unit, with a true minus."""
    return format_setting(in_unit(value, unit))
