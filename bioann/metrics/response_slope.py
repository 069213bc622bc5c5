"""The gain of a response: its slope on the level of an input."""

from __future__ import annotations

import dataclasses

import xarray as xr

from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.selection import condition_levels


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ResponseSlope(ParametricMetric):
    r"""Slope of the least-squares line of a response on the levels of one input.

    .. math:: \sum_i (x_i - \bar x) \, r_i \Big/ \sum_i (x_i - \bar x)^2

    For `bioann.measure`, over conditions in which the other inputs are equal. Of a threshold-linear
    unit above its threshold it is the weight of the input.

    Parameters
    ----------
    along : str
        A channel, or a numeric coordinate of the conditions.
    """

    along: str

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the slope; NaN where all levels are equal."""
        levels = xr.DataArray(condition_levels(stimulus, self.along), dims="condition")
        deviation = levels - levels.mean()
        spread = (deviation**2).sum()
        response = response.drop_vars("condition", errors="ignore")
        return xr.dot(deviation, response, dim="condition") / spread.where(spread > 0)
