"""The ratio of two measures of one response."""

from __future__ import annotations

import dataclasses
from typing import Any

import xarray as xr

from bioann.metrics.difference import ResponseFunction
from bioann.metrics.parametric import ParametricMetric, list_measure_options


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Ratio(ParametricMetric):
    """One function of a response over another.

    Parameters
    ----------
    numerator, denominator : callable
        ``function(response, stimulus)``, both in the same unit.
    """

    numerator: ResponseFunction
    denominator: ResponseFunction

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`: those of the denominator, without its unit."""
        options = dict(list_measure_options(self.denominator))
        options.pop("unit", None)
        return options | {"note": "needs a denominator other than 0"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the ratio; NaN where the denominator is 0."""
        denominator = self.denominator(response, stimulus)
        return self.numerator(response, stimulus) / denominator.where(denominator != 0)
