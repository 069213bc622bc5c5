"""The difference and the ratio of two measures of one response."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

import xarray as xr

from bioann.metrics.parametric import ParametricMetric, list_measure_options

#: ``function(response, stimulus) -> value``, with the arrays of `bioann.metrics.metric.Metric`.
ResponseFunction: TypeAlias = Callable[[xr.DataArray, xr.DataArray], xr.DataArray]


def combine_measure_options(*functions: ResponseFunction) -> dict[str, Any]:
    """Return the options of a measure that is computed from several functions of a response.

    Parameters
    ----------
    *functions : callable
        ``function(response, stimulus)``, of the same kind: both per match or both per pair, both
        of time courses or both of steady responses.

    Returns
    -------
    dict
        The estimator of the function that is least smooth, and ``per``, ``over``, ``unit`` and
        ``note`` where all functions that declare them agree.
    """
    declared = [list_measure_options(function) for function in functions]
    estimators = {options.get("estimator", "plug-in") for options in declared}
    combined = {"estimator": "resampled" if "resampled" in estimators else "plug-in"}
    for name in ("per", "over", "unit", "note"):
        values = {options[name] for options in declared if name in options}
        if len(values) == 1:
            combined[name] = values.pop()
    return combined


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Difference(ParametricMetric):
    """One function of a response minus another.

    Parameters
    ----------
    function, minus : callable
        ``function(response, stimulus)``, both in the same unit.
    """

    function: ResponseFunction
    minus: ResponseFunction

    def measure_options(self) -> dict[str, Any]:
        """Return the options that both functions declare."""
        return combine_measure_options(self.function, self.minus)

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the difference."""
        return self.function(response, stimulus) - self.minus(response, stimulus)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Ratio(ParametricMetric):
    """One function of a response over another.

    Parameters
    ----------
    function, over : callable
        ``function(response, stimulus)``, both in the same unit.
    """

    function: ResponseFunction
    over: ResponseFunction

    def measure_options(self) -> dict[str, Any]:
        """Return the options that both functions declare, without their unit."""
        options = combine_measure_options(self.function, self.over)
        return {name: option for name, option in options.items() if name != "unit"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the ratio; NaN where both are zero."""
        return self.function(response, stimulus) / self.over(response, stimulus)
