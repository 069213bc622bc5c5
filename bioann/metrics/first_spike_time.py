"""When the cells of a population fire first."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.metrics.crossing import find_first_below
from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class FirstSpikeTime(ParametricMetric):
    """Time after an onset, in ms, at which a cell has fired half a spike on average.

    A measure of time courses for `bioann.measure`. Where no cell has fired twice yet it is the
    median time of the first spike: half of the cells have fired. A unit with the activation `r` has
    it after ``0.5 / (scale r)``. Between the ends of response bins it is interpolated.

    Parameters
    ----------
    onset : float
        Onset of the input in seconds, at an edge of the response bins.
    scale : float
        Firing rate at activation 1, in Hz.
    """

    onset: float
    scale: float

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"over": "time", "unit": "ms", "estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the time of the mean over conditions; the last one where it is never reached."""
        course = response.mean("condition")
        course = course.isel(time=np.flatnonzero(course.time.values > self.onset))
        bin_width = float(course.time[1] - course.time[0])
        bin_ends = course.time.values + bin_width / 2 - self.onset
        spikes = course.cumsum("time").assign_coords(time=bin_ends) * bin_width * self.scale
        return find_first_below(0.5 - spikes, "time") * 1e3
