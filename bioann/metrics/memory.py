"""How long what an input has done lasts: the response that a probe loses after it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.metrics.contrast import mean_at_levels
from bioann.metrics.parametric import ParametricMetric

#: Time constants in ms that are tried, and the largest loss of activation that is rounding.
TAU_GRID, ROUNDING = np.arange(5.0, 60.0, 0.1), 1e-6


@name_argument_errors
def response_loss(response: xr.DataArray, size: str, strength: float, delay: float) -> xr.DataArray:
    """Return how much lower the mean response to the probes is than without input before them.

    Parameters
    ----------
    response : xarray.DataArray
        With the dimension ``condition``, and along it the coordinates `size`, of the input, which
        is 0 where there is none, and ``delay``, from its end to the probe.
    size : str
        Name of the coordinate.
    strength, delay : float
        Which input, how long ago.

    Returns
    -------
    xarray.DataArray
        Without ``condition``.
    """
    return mean_at_levels(response, {size: 0.0}) - mean_at_levels(
        response, {size: strength, "delay": delay}
    )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class MemoryTimeConstant(ParametricMetric):
    r"""Time constant in ms with which an input is forgotten.

    For `bioann.measure`: that of the best fit, from 5 to 60 ms, of :math:`c
    \cdot \text{size} \cdot e^{-\text{delay} / \tau}` to what probes lose (see `response_loss`).

    Parameters
    ----------
    size : str
        Name of the coordinate that has the size of the input; 0 where there is none.
    match : str, optional
        Name of the match that is measured, for a metric of the whole pair.
    """

    size: str
    match: str = ""

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        per = "pair" if self.match else "match"
        return {"per": per, "unit": "ms", "estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the time constant; NaN where nothing is lost."""
        if self.match:
            response = response.sel(match=self.match, drop=True)
        pairs = zip(response[self.size].values, response["delay"].values, strict=True)
        points = sorted({(float(s), float(d)) for s, d in pairs if s})
        losses = xr.concat([response_loss(response, self.size, s, d) for s, d in points], "point")
        strength, delay = np.array(points).T
        decays = strength * np.exp(-delay / TAU_GRID[:, None])
        decays /= np.linalg.norm(decays, axis=1, keepdims=True)
        explained = xr.dot(xr.DataArray(decays, dims=("tau", "point")), losses, dim="point") ** 2
        tau = explained.assign_coords(tau=TAU_GRID).idxmax("tau")
        return tau.where(abs(losses).max("point") > ROUNDING)
