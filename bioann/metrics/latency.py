"""How late what an input does comes after it."""

from __future__ import annotations

import dataclasses

import numpy as np
import xarray as xr

from bioann.base.units import Description
from bioann.metrics.input_effects import effect_of_level


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Latency(Description):
    """Mean delay in ms of the effect of one level of a channel that excites.

    For `bioann.measure`, over time courses. It is the area between the effect
    and a step at the onset, as a share of the steady effect, which does not depend on the bins.

    Parameters
    ----------
    channel : str
        Which channel.
    level : float
        Its level, negative for an output below zero.
    onset : float
        When it begins, in seconds.
    settle : float, optional
        How many seconds later its effect is steady.
    min_effect : float, optional
        The smallest steady effect that has a latency, in activation.
    """

    channel: str
    level: float
    onset: float
    settle: float = 0.1
    min_effect: float = 0.1

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the delay; NaN without an effect of the right sign."""
        course = effect_of_level(response, stimulus, self.channel, self.level)
        delay = course.time.values - self.onset
        steady = course.isel(time=np.flatnonzero(delay > self.settle)).mean("time")
        transient = course.isel(time=np.flatnonzero((delay > 0) & (delay < self.settle)))
        share = transient / steady.where(steady * np.sign(self.level) > self.min_effect)
        return (1 - share).sum("time", skipna=False) * (delay[1] - delay[0]) * 1e3
