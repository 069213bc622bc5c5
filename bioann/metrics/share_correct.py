"""How many conditions a response is right about, as of a truth table."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.selection import LevelSelection, conditions_at


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ShareCorrect(ParametricMetric):
    """The share of conditions in which a response is above one half if and only if it should be.

    For `bioann.measure`.

    Parameters
    ----------
    active : tuple of mapping of str to float
        Levels of the conditions in which the response should be above one half; in all others it
        should not.
    """

    active: tuple[LevelSelection, ...]

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"best": 1.0, "estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the share, from 0 to 1."""
        should_be_active = np.any([conditions_at(stimulus, at) for at in self.active], axis=0)
        is_correct = (response > 0.5) == xr.DataArray(should_be_active, dims="condition")
        return is_correct.mean("condition")
