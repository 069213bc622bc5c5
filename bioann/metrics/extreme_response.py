"""The highest and the lowest response to a condition."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any

import xarray as xr

from bioann.metrics.contrast import mean_at_levels
from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ExtremeResponse(ParametricMetric, abc.ABC):
    """The highest or the lowest mean response to a condition.

    Parameters
    ----------
    scale : float, optional
        The value of activation 1 in the unit of the measure, such as its rate in Hz.
    minus : mapping of str to float, optional
        Levels of the conditions whose mean response is subtracted; none unless given.
    """

    scale: float = 1.0
    minus: Mapping[str, float] = dataclasses.field(default_factory=dict)

    @staticmethod
    @abc.abstractmethod
    def select_extreme(response: xr.DataArray) -> xr.DataArray:
        """Return the extreme response to a condition."""

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the extreme response in the unit of the measure."""
        return self.select_extreme(subtract_levels(response, self.minus)) * self.scale


class PeakResponse(ExtremeResponse):
    """The highest mean response to a condition, for `bioann.measure`."""

    @staticmethod
    def select_extreme(response: xr.DataArray) -> xr.DataArray:
        """Return the highest response to a condition."""
        return response.max("condition")


class LowestResponse(ExtremeResponse):
    """The lowest mean response to a condition, for `bioann.measure`."""

    @staticmethod
    def select_extreme(response: xr.DataArray) -> xr.DataArray:
        """Return the lowest response to a condition."""
        return response.min("condition")


def subtract_levels(response: xr.DataArray, levels: Mapping[str, float]) -> xr.DataArray:
    """Subtract the mean response to the conditions at these levels, if there are any levels."""
    return response - mean_at_levels(response, levels) if levels else response
