r"""How a response depends on the size of a stimulus: preferred size, and suppression beyond it.

A disc of radius `r` on a receptive field that is a difference of Gaussians, with volumes
:math:`K_c, K_s` and radii :math:`r_c, r_s` of centre and surround, has the response

.. math:: R(r) = K_c (1 - e^{-r^2 / r_c^2}) - K_s (1 - e^{-r^2 / r_s^2}),

which is largest at :math:`r^2 = \ln(K_c r_s^2 / K_s r_c^2) / (1 / r_c^2 - 1 / r_s^2)` (Rodieck
1965).
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.transition import mean_by_coordinate


@name_argument_errors
def predict_preferred_radius(ratio: float, centre: float, surround: float) -> float:
    """Return the radius of the disc with the largest response of a difference of Gaussians.

    Parameters
    ----------
    ratio : float
        Volume of the surround over that of the centre, :math:`K_s / K_c`, above 0.
    centre, surround : float
        Radii :math:`r_c < r_s`, in one unit.

    Returns
    -------
    float
        In the unit of the radii; NaN where the surround is so strong that every disc suppresses.
    """
    square = np.log(surround**2 / (ratio * centre**2)) / (centre**-2 - surround**-2)
    return float(np.sqrt(square)) if square >= 0 else np.nan


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PreferredSize(ParametricMetric):
    """The value of a coordinate at which the response is largest.

    For `bioann.measure`: the vertex of the parabola through the largest mean response and its two
    neighbours.

    Parameters
    ----------
    along : str
        Name of a numeric coordinate of the conditions, such as the radius of a disc.
    """

    along: str

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the value, in units of the coordinate; one of its ends if that is the peak."""
        curve = mean_by_coordinate(response, self.along)
        x = curve[self.along].values

        def vertex(y: np.ndarray) -> np.ndarray:
            peak = y.argmax(axis=-1)
            k = peak.clip(1, len(x) - 2)
            before, at, after = (
                np.take_along_axis(y, (k + step)[..., None], -1)[..., 0] for step in (-1, 0, 1)
            )
            left, right = x[k] - x[k - 1], x[k] - x[k + 1]
            curvature = left * (at - after) - right * (at - before)
            with np.errstate(divide="ignore", invalid="ignore"):
                shift = (left**2 * (at - after) - right**2 * (at - before)) / (2 * curvature)
            return np.where((peak == k) & (curvature > 0), x[k] - shift, x[peak])

        if len(x) < 3:
            return curve.idxmax(self.along)
        result: xr.DataArray = xr.apply_ufunc(vertex, curve, input_core_dims=[[self.along]])
        return result.where(curve.notnull().all(self.along))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SuppressionIndex(ParametricMetric):
    """The share of the largest response that is lost at the end of a coordinate.

    For `bioann.measure`: 1 minus the response to the largest stimulus over the largest response; 0
    without suppression, 1 where the largest stimulus has no response.

    Parameters
    ----------
    along : str
        Name of a numeric coordinate of the conditions, such as the radius of a disc.
    """

    along: str

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the share; NaN without any response."""
        curve = mean_by_coordinate(response, self.along)
        peak = curve.max(self.along)
        return 1 - curve.isel({self.along: -1}, drop=True) / peak.where(peak > 0)
