"""Amplitude and area of a response that decays along a coordinate of the conditions."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.errors import DescriptionError
from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.transition import mean_by_coordinate


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ExponentialLobe(ParametricMetric):
    r"""Amplitude :math:`A`, or area :math:`A \tau`, of :math:`A e^{-|c| / \tau}` along c.

    A measure for `bioann.measure`, by a straight line through the logarithm of the response to the
    conditions on one side of zero, such as one lobe of the window of spike-timing-dependent
    plasticity. The amplitude has the sign of the response.

    Parameters
    ----------
    along : str
        Name of a numeric coordinate of the conditions.
    side : {'above', 'below'}
        Side of zero of the conditions that count; at least two levels of the coordinate.
    is_area : bool, optional
        The area in activation times the unit of the coordinate, instead of the amplitude.
    """

    along: str
    side: str
    is_area: bool = False

    def check(self) -> None:
        """Raise `DescriptionError` for an unknown side."""
        if self.side not in ("above", "below"):
            raise DescriptionError(
                "ExponentialLobe, side", "'above' or 'below'", repr(self.side), "Choose one."
            )

    def measure_options(self) -> dict[str, Any]:
        """Return the note of `bioann.measure`."""
        return {"note": "needs a response of one sign that decays"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return amplitude or area; NaN where the response changes its sign or does not decay."""
        curve = mean_by_coordinate(response, self.along)
        levels = curve[self.along].values
        lobe = curve.isel({self.along: (levels > 0) == (self.side == "above")})
        distance = xr.DataArray(np.abs(lobe[self.along].values), dims=self.along)
        lobe = lobe.drop_vars(self.along)
        sign = np.sign(lobe.mean(self.along))
        magnitude = (lobe * sign).where(lobe * sign > 0)
        log = magnitude.copy(data=np.log(magnitude.values))
        centred = distance - distance.mean()
        slope = xr.dot(centred, log, dim=self.along) / float((centred**2).sum())
        amplitude = sign * np.exp(log.mean(self.along) - slope * float(distance.mean()))
        tau = -1 / slope.where(slope < 0)
        has_sign = (lobe * sign > 0).all(self.along) & (slope < 0)
        return (amplitude * tau if self.is_area else amplitude).where(has_sign)
