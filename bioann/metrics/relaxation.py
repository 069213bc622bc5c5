"""Time constant with which a response approaches another level."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.errors import DescriptionError
from bioann.metrics.parametric import ParametricMetric

#: Number of time constants that are tried, and the smallest change of activation that has one.
N_TRIED, MIN_CHANGE = 400, 1e-6


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RelaxationTime(ParametricMetric):
    r"""Time constant in ms of the best fit of :math:`A + B e^{-t / \tau}` to a time course.

    A measure of time courses for `bioann.measure`, by least squares over all bins between `start`
    and `stop`. Time constants from one bin to twice the duration of the fit are tried.

    Parameters
    ----------
    start, stop : float
        Bounds of the fit in seconds; bins whose middle lies between them count.
    """

    start: float
    stop: float

    def check(self) -> None:
        """Raise `DescriptionError` if no time lies between the bounds."""
        if not self.start < self.stop:
            raise DescriptionError(
                "RelaxationTime",
                "a start before the stop",
                f"start {self.start:g} s, stop {self.stop:g} s",
                "Exchange them, or move one.",
            )

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"over": "time", "unit": "ms", "estimator": "resampled", "note": "needs a change"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the time constant of the mean over conditions; NaN where nothing changes."""
        inside = (response.time > self.start) & (response.time < self.stop)
        course = response.isel(time=np.flatnonzero(inside)).mean("condition")
        time = course.time.values - self.start
        if len(time) < 3:  # a part of the stimulus
            return course.mean("time") * np.nan
        taus = np.geomspace(time[1] - time[0], 2 * (self.stop - self.start), N_TRIED)
        decays = np.exp(-time / taus[:, None])
        decays -= decays.mean(axis=1, keepdims=True)
        decays /= np.linalg.norm(decays, axis=1, keepdims=True)
        course = course.drop_vars("time")
        explained = xr.dot(xr.DataArray(decays, dims=("tau", "time")), course, dim="time") ** 2
        change = course.max("time") - course.min("time")
        return 1e3 * explained.assign_coords(tau=taus).idxmax("tau").where(change > MIN_CHANGE)
