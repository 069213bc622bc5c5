"""The highest and the lowest response to a condition."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import xarray as xr

from bioann.metrics.contrast import mean_at_levels
from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PeakResponse(ParametricMetric):
    """The highest mean response to a condition.

    For `bioann.measure`.

    Parameters
    ----------
    scale : float, optional
        The value of activation 1 in the unit of the measure, such as its rate in Hz.
    minus : mapping of str to float, optional
        Levels of the conditions whose mean response is subtracted; none unless given.
    """

    scale: float = 1.0
    minus: Mapping[str, float] = dataclasses.field(default_factory=dict)

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return it."""
        return subtract_levels(response, self.minus).max("condition") * self.scale


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LowestResponse(ParametricMetric):
    """The lowest mean response to a condition.

    For `bioann.measure`.

    Parameters
    ----------
    scale : float, optional
        The value of activation 1 in the unit of the measure, such as its rate in Hz.
    minus : mapping of str to float, optional
        Levels of the conditions whose mean response is subtracted; none unless given.
    """

    scale: float = 1.0
    minus: Mapping[str, float] = dataclasses.field(default_factory=dict)

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return it."""
        return subtract_levels(response, self.minus).min("condition") * self.scale


def subtract_levels(response: xr.DataArray, levels: Mapping[str, float]) -> xr.DataArray:
    """Subtract the mean response to the conditions at these levels, if there are any levels."""
    return response - mean_at_levels(response, levels) if levels else response
