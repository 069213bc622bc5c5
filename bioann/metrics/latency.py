"""Latency of the effect of an input."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.errors import DescriptionError
from bioann.metrics.input_effects import effect_of_level
from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Latency(ParametricMetric):
    """Mean delay in ms of the effect of one level of a channel.

    A measure of time courses for `bioann.measure`. It is the area between the effect and a step at
    the onset, divided by the steady effect; unlike a threshold crossing, it does not depend on the
    bin width.

    Parameters
    ----------
    channel : str
        Name of the stimulus channel whose effect is timed.
    level : float
        Activation of the channel; negative if it lowers the response.
    onset : float
        Stimulus onset in seconds.
    settle : float, optional
        Time after the onset, in seconds, from which the effect is taken as steady.
    min_effect : float, optional
        Smallest steady effect, in activation, for which a latency is defined.
    is_inhibitory : bool, optional
        Whether a positive level of the channel lowers the response.
    """

    channel: str
    level: float
    onset: float
    settle: float = 0.1
    min_effect: float = 0.1
    is_inhibitory: bool = False

    def check(self) -> None:
        """Raise `DescriptionError` for a level without effect, or times before the stimulus."""
        numbers = {"settle": self.settle, "onset": self.onset, "min_effect": self.min_effect}
        for name, value in numbers.items():
            if value < 0:
                raise DescriptionError(
                    f"Latency, {name}", "a number >= 0", f"{value:g}", f"Change {name}."
                )
        if self.level == 0:
            raise DescriptionError(
                "Latency, level",
                "a level other than 0",
                "0",
                "0 has no effect to be timed.",
            )

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"over": "time", "unit": "ms", "note": f"needs an effect of {self.channel}"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the delay in ms; NaN unless the effect has the sign that the level causes."""
        course = effect_of_level(response, stimulus, self.channel, self.level)
        delay = course.time.values - self.onset
        steady = course.isel(time=np.flatnonzero(delay > self.settle)).mean("time")
        transient = course.isel(time=np.flatnonzero((delay > 0) & (delay < self.settle)))
        sign = np.sign(self.level) * (-1 if self.is_inhibitory else 1)
        share = transient / steady.where(steady * sign > self.min_effect)
        return (1 - share).sum("time", skipna=False) * (delay[1] - delay[0]) * 1e3
