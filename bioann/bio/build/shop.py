"""What every part of a build needs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import brian2 as b2
import numpy as np
import xarray as xr

from bioann.bio.draw import Lanes

if TYPE_CHECKING:
    from bioann.bio.network import SpikingNetwork


@dataclasses.dataclass(frozen=True)
class Workshop:
    """What every part of a build needs: the description, the lanes, the stimulus, one clock."""

    described: SpikingNetwork
    lanes: Lanes
    stimulus: xr.DataArray
    clock: b2.Clock

    @property
    def duration(self) -> float:
        """Length of the stimulus in seconds."""
        return float(self.stimulus.sizes["time"] * self.stimulus.attrs["dt"])

    def activation(self, channel: str) -> np.ndarray:
        """Give a channel's activation, shape ``(condition, time)``."""
        values: np.ndarray = self.stimulus.sel(channel=channel).values
        return values
