"""The mean response between two times, in some of the conditions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import xarray as xr

from bioann.metrics.contrast import mean_at_levels
from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.selection import MeanBetween


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ResponseBetween(ParametricMetric):
    """The mean response between two times, in the conditions at some levels.

    A measure of time courses for `bioann.measure`, such as the response to one pulse of a train, or
    to a test after what the conditions differ in. With `Ratio` and `Difference` it compares two.

    Parameters
    ----------
    start, stop : float
        Bounds in seconds: bins whose middle lies between them count.
    at : mapping of str to float, optional
        Levels of the coordinates that select the conditions; all conditions unless given.
    """

    start: float
    stop: float
    at: Mapping[str, float] = dataclasses.field(default_factory=dict)

    def check(self) -> None:
        """Raise `DescriptionError` if no time lies between the bounds."""
        MeanBetween(self.start, self.stop)

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"over": "time"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the mean; NaN where there is no such condition."""
        return MeanBetween(self.start, self.stop)(mean_at_levels(response, self.at))
