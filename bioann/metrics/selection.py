"""Averages over some of the conditions of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError
from bioann.metrics.parametric import ParametricMetric, TrialQuantity, list_measure_options

#: Levels by channel, or by coordinate of the conditions: a number, or two between which it lies.
LevelSelection: TypeAlias = Mapping[str, float | tuple[float, float]]


def check_levels(levels: LevelSelection, obj: str) -> None:
    """Raise `DescriptionError` unless every level is a number, or two in ascending order."""
    for name, level in levels.items():
        numbers = level if isinstance(level, tuple) else (level, level)
        are_real = all(isinstance(x, (int, float, np.number)) for x in numbers)
        if len(numbers) != 2 or not are_real or not numbers[0] <= numbers[1]:
            raise DescriptionError(
                f"{obj}, level of {name!r}",
                "a number, or two between which the level lies",
                repr(level),
                f"Write at_levels({name}=0.5) or at_levels({name}=(0.2, 0.8)).",
            )


@name_argument_errors
def conditions_at(stimulus: xr.DataArray, levels: LevelSelection) -> np.ndarray:
    """Mark the conditions in which channels, or coordinates, have given levels.

    Parameters
    ----------
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Level of every channel; conditions may have coordinates.
    levels : mapping of str to float, or to tuple of float
        The level of a channel or coordinate, or the two between which it lies; others may have any.

    Returns
    -------
    numpy.ndarray of bool, shape (condition,)
        Levels that differ by rounding alone are equal.
    """
    mask = np.ones(stimulus.sizes["condition"], bool)
    for channel, level in levels.items():
        low, high = level if isinstance(level, tuple) else (level, level)
        values = condition_levels(stimulus, channel)
        mask &= (values > low - 1e-9) & (values < high + 1e-9)
    return mask


@name_argument_errors
def condition_levels(stimulus: xr.DataArray, name: str) -> np.ndarray:
    """Return the level of a coordinate of the conditions, or else of a channel.

    Parameters
    ----------
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Level of every channel; conditions may have coordinates.
    name : str
        A coordinate, or a channel.

    Returns
    -------
    numpy.ndarray, shape (condition,)
        For a channel in activation, for a coordinate in its own unit.
    """
    return (stimulus[name] if name in stimulus.coords else stimulus.sel(channel=name)).values


@name_argument_errors
def mean_over_conditions(response: xr.DataArray, mask: Any) -> xr.DataArray:
    """Average a response over chosen conditions.

    Parameters
    ----------
    response : xarray.DataArray
        With the dimension ``condition``.
    mask : array_like of bool, shape (condition,)
        True for the conditions that are averaged.

    Returns
    -------
    xarray.DataArray
        Without ``condition``; NaN where none was chosen, as in a part of the stimulus.
    """
    conditions = np.flatnonzero(np.asarray(mask))
    if not len(conditions):
        return response.isel(condition=0, drop=True) * np.nan
    return response.isel(condition=conditions).mean("condition")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RatioOfMatches(ParametricMetric):
    """The mean response of one match over that of another.

    For `bioann.measure`, of a whole pair.

    Parameters
    ----------
    numerator, denominator : str
        Names of the two matches.
    """

    numerator: str
    denominator: str

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the ratio."""
        mean = response.mean("condition")
        return mean.sel(match=self.numerator) / mean.sel(match=self.denominator)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DifferenceOfMatches(ParametricMetric):
    """The mean response of one match minus that of another.

    For `bioann.measure`, of a whole pair.

    Parameters
    ----------
    minuend, subtrahend : str
        Names of the two matches.
    """

    minuend: str
    subtrahend: str

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair", "unit": "activation"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the difference."""
        mean = response.mean("condition")
        return mean.sel(match=self.minuend, drop=True) - mean.sel(match=self.subtrahend, drop=True)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class MeanResponse(ParametricMetric):
    """The mean response over the conditions that count.

    For `bioann.measure`; `bioann.claims.measure.Measure.at_levels` says which conditions count.

    Parameters
    ----------
    scale : float, optional
        The value of activation 1 in the unit of the measure, such as its rate in Hz.
    of : TrialQuantity, optional
        What is averaged instead of the response, such as `UnsignedContrast`.

    Examples
    --------
    >>> import bioann as ba
    >>> winners = ba.metrics.MeanResponse(of=ba.metrics.InEachTrial(ba.metrics.WinnerShare()))
    >>> ba.measure(winners, "share of units that win").metric.limits
    (0.0, 1.0)
    """

    scale: float = 1.0
    of: TrialQuantity | None = None

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {} if self.of is None else {"prepare": self.of, **list_measure_options(self.of)}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return it."""
        return response.mean("condition") * self.scale


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class MeanBetween(TrialQuantity):
    """The average of a response over the bins whose middle lies between two times.

    Parameters
    ----------
    start, stop : float
        In seconds; both excluded.
    """

    start: float
    stop: float

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"over": "time"}

    def check(self) -> None:
        """Raise `DescriptionError` if no time lies between the two."""
        if not self.start < self.stop:
            raise DescriptionError(
                "MeanBetween",
                "a start before the stop",
                f"start {self.start:g} s, stop {self.stop:g} s",
                "Exchange them, or move one.",
            )

    def __call__(self, response: xr.DataArray) -> xr.DataArray:
        """Return it, without the dimension ``time``."""
        inside = (response.time > self.start) & (response.time < self.stop)
        return response.isel(time=np.flatnonzero(inside)).mean("time")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TaperedMean(TrialQuantity):
    """The average of a response over time, with weights that rise and fall (a Hann window).

    A plain count of regular spikes is off by up to one spike, by the phase of the train; no spike
    at an edge can move this one.

    Parameters
    ----------
    start : float
        In seconds; bins whose middle comes later are averaged.
    """

    start: float

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"over": "time"}

    def __call__(self, response: xr.DataArray) -> xr.DataArray:
        """Return it, without the dimension ``time``."""
        late = response.isel(time=np.flatnonzero(response.time > self.start))
        n = late.sizes["time"]
        weight = xr.DataArray(np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2, dims="time")
        return xr.dot(late, weight / weight.sum(), dim="time")
