"""By how much the response to some conditions is larger than that to others."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.selection import mean_over_conditions


@name_argument_errors
def mean_at_levels(response: xr.DataArray, levels: Mapping[str, float]) -> xr.DataArray:
    """Average a response over the conditions whose coordinates have these levels.

    Parameters
    ----------
    response : xarray.DataArray
        With the dimension ``condition`` and, along it, the coordinates that `levels` names.
    levels : mapping of str to float
        A value for each of some coordinates.

    Returns
    -------
    xarray.DataArray
        Without ``condition``; NaN where there is no such condition.
    """
    mask = np.ones(response.sizes["condition"], bool)
    for name, level in levels.items():
        mask &= np.isclose(response[name].values, level)
    return mean_over_conditions(response, mask)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Contrast(ParametricMetric):
    """Mean response to some conditions, minus that to others.

    For `bioann.measure`.

    Parameters
    ----------
    at : mapping of str to float
        Levels of the coordinates that select the conditions.
    minus : mapping of str to float, optional
        Levels that select the conditions that are subtracted; none unless given.
    match : str, optional
        Name of the match that is measured, for a metric of the whole pair.
    relative : bool, optional
        Divide by the mean response at `at`, so that no gain counts.
    """

    at: Mapping[str, float]
    minus: Mapping[str, float] = dataclasses.field(default_factory=dict)
    match: str = ""
    relative: bool = False

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair"} if self.match else {}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the difference."""
        if self.match:
            response = response.sel(match=self.match, drop=True)
        mean = mean_at_levels(response, self.at)
        difference = mean - mean_at_levels(response, self.minus) if self.minus else mean
        return difference / mean if self.relative else difference
