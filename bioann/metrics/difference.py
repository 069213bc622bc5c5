"""The difference and the ratio of two measures of one response."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

import xarray as xr

from bioann.metrics.parametric import ParametricMetric, list_measure_options

#: ``function(response, stimulus) -> value``, with the arrays of `bioann.metrics.metric.Metric`.
ResponseFunction: TypeAlias = Callable[[xr.DataArray, xr.DataArray], xr.DataArray]


def _join_options(*functions: ResponseFunction) -> dict[str, Any]:
    """Return the estimator of the function that is less smooth, and what a value belongs to."""
    options = [list_measure_options(function) for function in functions]
    estimators = {option.get("estimator", "plug-in") for option in options}
    joined = {name: option[name] for option in options for name in ("per",) if name in option}
    return joined | {"estimator": "resampled" if "resampled" in estimators else "plug-in"}


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
        """Return the estimator, that of the function which is less smooth."""
        return _join_options(self.function, self.minus)

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
        """Return the estimator, that of the function which is less smooth."""
        return _join_options(self.function, self.over)

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the ratio; NaN where both are zero."""
        return self.function(response, stimulus) / self.over(response, stimulus)
