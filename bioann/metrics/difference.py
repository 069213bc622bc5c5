"""The difference of two measures of one response."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

import xarray as xr

from bioann.metrics.parametric import ParametricMetric, list_measure_options

#: ``function(response, stimulus) -> value``, with the arrays of `bioann.metrics.metric.Metric`.
ResponseFunction: TypeAlias = Callable[[xr.DataArray, xr.DataArray], xr.DataArray]


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
        """Return the estimator: that of the function which is less smooth."""
        options = (list_measure_options(function) for function in (self.function, self.minus))
        estimators = {option.get("estimator", "plug-in") for option in options}
        return {"estimator": "resampled" if "resampled" in estimators else "plug-in"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the difference."""
        return self.function(response, stimulus) - self.minus(response, stimulus)
