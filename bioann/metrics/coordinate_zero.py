"""Where along a coordinate of the conditions a response changes its sign."""

from __future__ import annotations

import dataclasses

import xarray as xr

from bioann.metrics.crossing import fit_zero_crossing
from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.transition import mean_by_coordinate


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CoordinateZero(ParametricMetric):
    """The level of a coordinate at which the straight line through the responses is zero.

    A measure for `bioann.measure`. Responses to conditions that share a level are averaged.

    Parameters
    ----------
    along : str
        Name of a numeric coordinate of the conditions, with at least two levels.
    """

    along: str

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the level, in units of the coordinate; it may lie outside the levels."""
        curve = mean_by_coordinate(response, self.along)
        return fit_zero_crossing(curve, curve[self.along].values, self.along)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CoordinateSlope(ParametricMetric):
    """The slope of the straight line through the responses against a coordinate.

    A measure for `bioann.measure`, in activation per unit of the coordinate.

    Parameters
    ----------
    along : str
        Name of a numeric coordinate of the conditions, with at least two levels.
    """

    along: str

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the slope."""
        level = response[self.along] - float(response[self.along].mean())
        level, values = (x.drop_vars("condition", errors="ignore") for x in (level, response))
        level = xr.DataArray(level.values, dims="condition")
        slope: xr.DataArray = xr.dot(level, values, dim="condition") / float((level**2).sum())
        return slope
