"""Metrics of one model by itself, and of a number that was computed beside the run.

What is measured of a response, ``measure(response, stimulus)``, is written once, and
`OfSpikingModel` or `OfOtherModel` says whose response it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TypeAlias

import xarray as xr

from bioann.base.units import Description

Measure: TypeAlias = Callable[[xr.DataArray, xr.DataArray], xr.DataArray]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class OfSpikingModel(Description):
    """A measure of biology's response, for a metric that is ``alone``.

    Parameters
    ----------
    measure : callable
        ``measure(response, stimulus)``, with the arrays that `bioann.metrics.metric.Metric` hands
        to its function.
    """

    measure: Measure

    def __call__(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Return the measure of biology; `other` is not used."""
        return self.measure(bio, stimulus)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class OfOtherModel(Description):
    """A measure of what biology is compared with: the rate model, or a control.

    Parameters
    ----------
    measure : callable
        As for `OfSpikingModel`.
    """

    measure: Measure

    def __call__(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Return the measure of the other; biology is not used."""
        return self.measure(other, stimulus)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Difference(Description):
    """One measure minus another, as a measure.

    Parameters
    ----------
    measure, minus : callable
        As for `OfSpikingModel`.
    """

    measure: Measure
    minus: Measure

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the difference."""
        return self.measure(response, stimulus) - self.minus(response, stimulus)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ComputedNumber(Description):
    """A number that has nothing to do with the responses, such as a trained weight.

    Parameters
    ----------
    number : callable
        ``number() -> float``, called for every score: keep what is expensive in a cache.
    """

    number: Callable[[], float]

    def __call__(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Return the number; no response is used."""
        return xr.DataArray(self.number())
