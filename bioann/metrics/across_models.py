"""One function of the responses of two models: its difference, or its ratio."""

from __future__ import annotations

import dataclasses
from typing import Any

import xarray as xr

from bioann.metrics.difference import ResponseFunction, combine_measure_options
from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ModelDifference(ParametricMetric):
    """What a function is of the responses of one model, minus what it is of those of another.

    ``bioann.measure(ModelDifference(latency), "delay").of("bio", "control")`` is by how much later
    the spiking model responds than its control.

    Parameters
    ----------
    function : callable
        Measure ``function(response, stimulus)`` that reads each of the two models.
    from_first : bool, optional
        Subtract the value of the first model from that of the second instead: the change from the
        spiking model to its control.
    """

    function: ResponseFunction
    from_first: bool = False

    def measure_options(self) -> dict[str, Any]:
        """Return the options that the function declares."""
        return combine_measure_options(self.function)

    def __call__(
        self, response: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Return the difference."""
        value, other_value = (self.function(r, stimulus) for r in (response, other))
        return other_value - value if self.from_first else value - other_value


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ModelRatio(ParametricMetric):
    """What a function is of the responses of one model, over what it is of those of another.

    ``bioann.measure(ModelRatio(ResponseSlope("x")), "gain").of("bio", "control")`` is the gain of
    the spiking model relative to that of its control.

    Parameters
    ----------
    function : callable
        Measure ``function(response, stimulus)`` that reads each of the two models.
    """

    function: ResponseFunction

    def measure_options(self) -> dict[str, Any]:
        """Return the options that the function declares, without its unit."""
        options = combine_measure_options(self.function)
        return {name: option for name, option in options.items() if name != "unit"}

    def __call__(
        self, response: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Return the ratio."""
        return self.function(response, stimulus) / self.function(other, stimulus)
