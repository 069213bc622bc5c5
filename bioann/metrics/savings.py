"""Savings: how much faster something is learned for the second time."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.errors import DescriptionError
from bioann.metrics.crossing import find_first_below
from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.response_between import ResponseBetween


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Savings(ParametricMetric):
    r"""Share of the time to a criterion that a second learning saves, :math:`1 - t_2 / t_1`.

    A measure of time courses for `bioann.measure` (Ebbinghaus 1885). The criterion is a share of
    what the first learning reached in its last time bin; all responses are measured from the mean
    before it. Where both start from the same response, what is saved is not what was retained.

    Parameters
    ----------
    first, second : float
        Start of the two times of learning, in seconds, the first above 0.
    duration : float
        Duration of each, in seconds.
    criterion : float, optional
        Share of the first learning that has to be reached, between 0 and 1.
    """

    first: float
    second: float
    duration: float
    criterion: float = 0.5

    def check(self) -> None:
        """Raise `DescriptionError` for times that overlap, or a criterion that is no share."""
        if not (self.first > 0 < self.duration and self.first + self.duration <= self.second):
            raise DescriptionError(
                "Savings",
                "a first learning after 0 s that ends before the second one",
                f"first {self.first:g} s, second {self.second:g} s, duration {self.duration:g} s",
                "Change the times.",
            )
        if not 0 < self.criterion < 1:
            raise DescriptionError(
                "Savings, criterion", "between 0 and 1", f"{self.criterion:g}", "Try 0.5."
            )

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"over": "time", "estimator": "resampled", "note": "needs a response that learns"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the share of the mean course; a criterion that is not reached takes all time."""
        course = response.mean("condition")
        end = float(course.time[-1])
        if not end > self.second:
            raise DescriptionError(
                "Savings",
                f"a response beyond the start of the second learning, {self.second:g} s",
                f"one whose last bin is at {end:g} s",
                "Lengthen the stimulus, or change the times.",
            )
        before = ResponseBetween(0.0, self.first)(response, stimulus)
        is_learning = (course.time > self.first) & (course.time < self.first + self.duration)
        last = course.isel(time=np.flatnonzero(is_learning)[-1], drop=True)
        times = []
        for start in (self.first, self.second):
            inside = (course.time > start) & (course.time < start + self.duration)
            learning = course.isel(time=np.flatnonzero(inside))
            learning = learning.assign_coords(time=learning.time - start)
            missing = before + self.criterion * (last - before) - learning
            times.append(find_first_below(missing, "time"))
        return 1 - times[1] / times[0]
