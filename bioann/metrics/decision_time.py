"""When a decision between two responses is made."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import check_minimum, name_argument_errors
from bioann.metrics.crossing import find_first_below
from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.transition import mean_by_coordinate


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DecisionTime(ParametricMetric):
    """Mean time from the onset until two responses differ by a bound.

    For `bioann.measure`. In each trial it is the first time at which the running mean of the
    difference exceeds the bound on either side, interpolated between bins; a trial without a
    decision counts with the time until the end, so that the mean is a lower bound there.
    ``measure.at_levels(contrast=0.1)`` is one point of the chronometric curve.

    Parameters
    ----------
    first, second : str
        Names of the two matches.
    bound : float
        Difference in activation at which the decision is made, above 0.
    onset : float
        Onset of the evidence, in seconds.
    window : float, optional
        Duration in seconds of the running mean, which ends at the time it counts for. Rates of few
        neurons in short bins differ by noise alone.
    """

    first: str
    second: str
    bound: float
    onset: float = 0.0
    window: float = 0.05

    def check(self) -> None:
        """Raise `DescriptionError` for a bound or a time that is negative."""
        check_minimum("DecisionTime", 1e-12, bound=self.bound)
        check_minimum("DecisionTime", 0, onset=self.onset, window=self.window)

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair", "over": "time", "prepare": self.find_times, "unit": "ms"}

    def find_times(self, responses: xr.DataArray) -> xr.DataArray:
        """Find the decision time of every trial.

        Parameters
        ----------
        responses : xarray.DataArray
            Time courses, with the dimensions ``time``, ``match`` and any others.

        Returns
        -------
        xarray.DataArray
            Time from the onset in ms, without ``time`` and ``match``.
        """
        return self._find_crossing(abs(self._average_difference(responses)))

    def find_choices(self, responses: xr.DataArray) -> xr.DataArray:
        """Find the choice of every trial.

        Parameters
        ----------
        responses : xarray.DataArray
            Time courses, with the dimensions ``time``, ``match`` and any others.

        Returns
        -------
        xarray.DataArray
            1 where the first response was ahead by the bound before the second was, 0 where the
            second was, and one half without a decision; without ``time`` and ``match``.
        """
        difference = self._average_difference(responses)
        first, second = (self._find_crossing(sign * difference) for sign in (1, -1))
        later = second - first
        return 0.5 + 0.5 * ((later > 0) * 1.0 - (later < 0) * 1.0)

    def _average_difference(self, responses: xr.DataArray) -> xr.DataArray:
        """Return the running mean of the difference, by the time in ms at which its window ends."""
        one, other = (responses.sel(match=name, drop=True) for name in (self.first, self.second))
        bin_width = float(responses.time[1] - responses.time[0])
        n_bins = max(1, round(self.window / bin_width))
        means = (one - other).rolling(time=n_bins).mean().isel(time=slice(n_bins - 1, None))
        end = means.time.values + bin_width / 2 - self.onset
        return means.assign_coords(time=end * 1e3).isel(time=np.flatnonzero(end > 1e-9))

    def _find_crossing(self, difference: xr.DataArray) -> xr.DataArray:
        return find_first_below(-difference, "time", -self.bound)

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the mean over conditions of what `find_times` found, in ms."""
        return response.mean("condition")


@name_argument_errors
def chronometric_curve(times: xr.DataArray, coordinate: str) -> xr.DataArray:
    """Return the mean decision time as a function of a coordinate of the stimulus.

    Parameters
    ----------
    times : xarray.DataArray
        From `DecisionTime.find_times`, averaged over trials, with the dimension ``condition``.
    coordinate : str
        A numeric coordinate along ``condition``, such as the contrast.

    Returns
    -------
    xarray.DataArray
        With `coordinate` in place of ``condition``, in ms.
    """
    return mean_by_coordinate(times, coordinate)
