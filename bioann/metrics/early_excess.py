"""How much higher a response is soon after the onset of an input than later."""

from __future__ import annotations

import dataclasses
from typing import Any

import xarray as xr

from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.selection import MeanBetween


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class EarlyExcess(ParametricMetric):
    """Mean response in an early window relative to that in a late one, minus 1.

    A measure of time courses for `bioann.measure`: 0 without adaptation, above 0 where the response
    falls, below 0 where it still rises. The windows are those of `bioann.metrics.MeanBetween`.

    Parameters
    ----------
    early, late : tuple of float
        Start and end of each window in seconds; bins whose middle lies between them count.
    """

    early: tuple[float, float]
    late: tuple[float, float]

    def check(self) -> None:
        """Raise `DescriptionError` if no time lies in one of the windows."""
        for window in (self.early, self.late):
            MeanBetween(*window)

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"over": "time", "note": "needs a response in the late window"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the excess; NaN without a response in the late window."""
        early, late = (
            MeanBetween(*window)(response).mean("condition") for window in (self.early, self.late)
        )
        return early / late.where(late > 0) - 1
