"""Which match responds most: how orderly the winners of neighbouring stimuli are, and how many."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class WinnerJumps(ParametricMetric):
    """Share of neighbouring stimuli whose winners are neither equal nor neighbours.

    For `bioann.measure`. The winner of a stimulus is the match with the largest response; the
    matches of the pair are places in their order, and so are the stimuli. In a map it is near 0;
    among `n` places on a ring without order it is 1 - 3 / n.

    Parameters
    ----------
    on_ring : bool, optional
        Whether the last place is a neighbour of the first, and the last stimulus of the first.
    """

    on_ring: bool = False

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair", "limits": (0.0, 1.0), "estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the share."""
        winners = response.argmax("match").drop_vars("condition", errors="ignore")
        step = abs(winners - winners.roll(condition=1))
        if not self.on_ring:
            return (step.isel(condition=slice(1, None)) > 1).mean("condition")
        return ((step > 1) & (step < response.sizes["match"] - 1)).mean("condition")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class WinnerShare(ParametricMetric):
    """Share of the matches that respond most to some stimulus.

    For `bioann.measure`. In a map it is near 1; one bump at the same place for all stimuli, which
    has no jumps either, makes it 1 / n.
    """

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair", "limits": (0.0, 1.0), "estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the share."""
        winners = response.argmax("match")
        has_won = [
            (winners == match).any("condition") for match in np.arange(response.sizes["match"])
        ]
        return xr.concat(has_won, "match").mean("match")
