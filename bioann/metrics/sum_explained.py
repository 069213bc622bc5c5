"""How well one weighted sum of inputs explains a response."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import xarray as xr

from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.selection import condition_levels
from bioann.metrics.single_index import monotone_r2


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SumExplained(ParametricMetric):
    """Explained variance (R2) of the best non-decreasing function of one weighted sum of inputs.

    For `bioann.measure`: below 1 the response depends on how the sum comes about. Conditions with
    equal sums share one value of the function, so that weights which make every sum a different one
    leave it more freedom.

    Parameters
    ----------
    weights : mapping of str to float
        Weight of each channel, or coordinate of the conditions, in the sum.
    """

    weights: Mapping[str, float]

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"estimator": "unbiased", "limits": (0.0, 1.0)}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return R2, at most 1; NaN for a response that does not vary."""
        terms = [w * condition_levels(stimulus, name) for name, w in self.weights.items()]
        return monotone_r2(response, xr.DataArray(sum(terms), dims="condition"), stimulus)
