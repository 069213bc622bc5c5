"""Where a rate model fails: where it misses the spiking model by more than is tolerated."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import check_minimum, name_argument_errors
from bioann.metrics.parametric import ParametricMetric


@name_argument_errors
def mark_failures(bio: xr.DataArray, other: xr.DataArray, tolerance: float) -> xr.DataArray:
    """Mark the conditions in which two responses differ by more than is tolerated.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses of the spiking and of the other model, in activation, with the dimension
        ``condition`` and any others.
    tolerance : float
        Largest difference that is tolerated, as a share of the spiking model's largest response.

    Returns
    -------
    xarray.DataArray of bool
        With the dimensions of the responses.
    """
    return abs(bio - other) > tolerance * bio.max("condition")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LowestFailingInput(ParametricMetric):
    """The lowest level of a channel at which the other model fails.

    For `bioann.measure`, of the spiking and another model.

    Parameters
    ----------
    channel : str
        The channel; it fails at a level if it does so at any level of the others.
    tolerance : float
        Share of the largest response beyond which a difference counts as failure.
    scale : float, optional
        Size of the input at activation 1, such as its rate in Hz.
    """

    channel: str
    tolerance: float
    scale: float = 1.0

    def check(self) -> None:
        """Check that the tolerance is a share."""
        check_minimum(type(self).__name__, 0, tolerance=self.tolerance)

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"estimator": "resampled", "limits": (0.0, np.inf)}

    def __call__(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Return the level, times the scale; the highest of all where it never fails."""
        level = stimulus.sel(channel=self.channel, drop=True).drop_vars("condition")
        fails = mark_failures(bio, other, self.tolerance)
        return level.where(fails, level.max()).min("condition") * self.scale


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class HighestFailingResponse(ParametricMetric):
    """The highest response of the other model at which it fails.

    For `bioann.measure`, of the spiking and another model.

    Parameters
    ----------
    tolerance : float
        Share of the largest response beyond which a difference counts as failure.
    scale : float, optional
        Size of the response at activation 1, such as its rate in Hz.
    """

    tolerance: float
    scale: float = 1.0

    def check(self) -> None:
        """Check that the tolerance is a share."""
        check_minimum(type(self).__name__, 0, tolerance=self.tolerance)

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"estimator": "resampled", "limits": (0.0, np.inf)}

    def __call__(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Return the response, times the scale; zero where it never fails."""
        fails = mark_failures(bio, other, self.tolerance)
        return (other * fails).max("condition") * self.scale
