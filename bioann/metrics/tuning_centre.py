"""The centre of a tuning curve."""

from __future__ import annotations

import dataclasses
from typing import Any

import xarray as xr

from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.selection import condition_levels


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TuningCentre(ParametricMetric):
    r"""Mean level of an input, weighted by the response: :math:`\sum_i x_i r_i / \sum_i r_i`.

    For `bioann.measure`. Of a tuning curve that is symmetric and lies inside the range of levels it
    is the preferred level; unlike the level of the highest response it changes smoothly.

    Parameters
    ----------
    along : str
        A channel, or a numeric coordinate of the conditions, whose levels are evenly spaced.
    """

    along: str

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"note": "needs a response to some condition"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the level; NaN where the responses sum to 0."""
        levels = xr.DataArray(condition_levels(stimulus, self.along), dims="condition")
        total = response.sum("condition", skipna=False)
        return (levels * response).sum("condition", skipna=False) / total.where(total != 0)
