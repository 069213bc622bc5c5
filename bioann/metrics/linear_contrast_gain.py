"""The contrast gain of a linear circuit with the slopes of a measured one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import xarray as xr

from bioann.metrics.cross_slope import CrossSlope
from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.signs import estimate_input_slopes


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LinearContrastGain(ParametricMetric):
    r"""Contrast gain :math:`(1 + w) / (1 - w)` that the Jacobian of two responses predicts.

    For `bioann.measure`: `w` is minus the mean slope of a response on the input of the other, over
    that on its own input. Two linear units that inhibit each other with the weight `w` have it, and
    `bioann.metrics.ContrastGain` measures how far two responses are from them.

    Parameters
    ----------
    channels : mapping of str to str
        The own input of each of the two matches.
    """

    channels: Mapping[str, str]

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair", "note": "needs conditions that differ in one channel alone"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the gain; NaN where no two conditions differ in one of the channels alone."""
        slopes = estimate_input_slopes(response, stimulus)
        own_slopes = [slopes.sel(match=m, channel=c, drop=True) for m, c in self.channels.items()]
        own_slope = xr.concat(own_slopes, "slope").mean("slope", skipna=False)
        cross_slope = CrossSlope(self.channels)(response, stimulus)
        return (own_slope - cross_slope) / (own_slope + cross_slope)
