"""The Jacobian of steady responses: whether a response depends on the inputs of others."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import xarray as xr

from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.signs import estimate_input_slopes


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CrossSlope(ParametricMetric):
    r"""Slope of the responses on the inputs of the other matches: the Jacobian off its diagonal.

    For `bioann.measure`. With the response :math:`r_i` of a match and the channel :math:`x_j` of
    another, it is the mean of :math:`\partial r_i / \partial x_j` over all :math:`j \ne i`, as
    `bioann.metrics.estimate_input_slopes` estimates it from conditions that differ in one channel
    alone: the smaller their difference, the closer it is to the derivative. Units that do not
    inhibit each other, and share no input, have 0 exactly.

    Parameters
    ----------
    channels : mapping of str to str
        The channel of each match: its own input, which does not count.
    largest : bool, optional
        The slope with the largest magnitude instead of the mean.
    """

    channels: Mapping[str, str]
    largest: bool = False

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {
            "per": "pair",
            "unit": "activation per activation",
            "estimator": "resampled" if self.largest else "plug-in",
            "note": "needs conditions that differ in one channel alone",
        }

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the slope; NaN where no two conditions differ in one of the channels alone."""
        slopes = estimate_input_slopes(response, stimulus)
        others = [
            slopes.sel(match=match, channel=channel, drop=True)
            for match in self.channels
            for name, channel in self.channels.items()
            if name != match
        ]
        slope = xr.concat(others, "slope")
        if not self.largest:
            return slope.mean("slope", skipna=False)
        low, high = slope.min("slope", skipna=False), slope.max("slope", skipna=False)
        return xr.where(-low > high, low, high)
