"""A function of the responses to some of the conditions that a measure looks at."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.metrics.difference import ResponseFunction
from bioann.metrics.parametric import ParametricMetric, list_measure_options
from bioann.metrics.selection import LevelSelection, check_levels, conditions_at


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AtLevels(ParametricMetric):
    """A function of the responses to some conditions, to relate it to one of other conditions.

    For a measure that looks at the same conditions throughout,
    `bioann.claims.measure.Measure.at_levels` selects them.

    Parameters
    ----------
    function : callable
        Measure ``function(response, stimulus)`` that reads the chosen conditions.
    levels : mapping of str to float, or to tuple of float
        Levels of channels, or of coordinates of the conditions, or two between which they lie.
    """

    function: ResponseFunction
    levels: LevelSelection

    def check(self) -> None:
        """Raise `DescriptionError` unless the levels are numbers."""
        check_levels(self.levels, "AtLevels")

    def measure_options(self) -> dict[str, Any]:
        """Return the options that the function declares."""
        return list_measure_options(self.function)

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the value; NaN where there is no such condition."""
        conditions = np.flatnonzero(conditions_at(stimulus, self.levels))
        if not len(conditions):
            return self.function(response * np.nan, stimulus)
        return self.function(
            response.isel(condition=conditions), stimulus.isel(condition=conditions)
        )
