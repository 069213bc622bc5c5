"""How much two competing responses exaggerate the contrast of their inputs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.metrics.contrast import mean_at_levels
from bioann.metrics.parametric import ParametricMetric, TrialQuantity


@name_argument_errors
def response_contrast(response: xr.DataArray, first: str, second: str) -> xr.DataArray:
    r"""Return the contrast of two responses, :math:`(r_1 - r_2) / (r_1 + r_2)`.

    Parameters
    ----------
    response : xarray.DataArray
        With the dimension ``match``.
    first, second : str
        Names of the two matches.

    Returns
    -------
    xarray.DataArray
        Without ``match``, from -1 to 1; 0 where neither responds.
    """
    one, other = (response.sel(match=name, drop=True) for name in (first, second))
    total = one + other
    return ((one - other) / total.where(total > 0)).fillna(0.0).where(total.notnull())


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ResponseContrast(ParametricMetric):
    """Contrast of two responses, as `response_contrast` has it, in some conditions.

    Parameters
    ----------
    first, second : str
        Names of the two matches.
    where : mapping of str to float
        Levels of coordinates of the conditions that are averaged.
    """

    first: str
    second: str
    where: Mapping[str, float]

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the contrast of the responses, averaged over the conditions."""
        return response_contrast(mean_at_levels(response, self.where), self.first, self.second)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ContrastGain(ParametricMetric):
    r"""Contrast of two responses per contrast of their inputs.

    For `bioann.measure`: the slope through 0, :math:`\sum_i d_i C_i / \sum_i d_i^2`, of the
    contrast `C` of the responses on that of the inputs, `d`. Two linear units that inhibit each
    other with the weight `w` < 1 have the gain :math:`(1 + w) / (1 - w)`; without inhibition it
    is 1, and above 1 where a threshold lies below the inputs.

    Parameters
    ----------
    first, second : str
        Names of the two matches.
    along : str
        Coordinate of the conditions with the contrast of the inputs of `first` and `second`.
    """

    first: str
    second: str
    along: str

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the gain; NaN where no condition has a contrast."""
        contrast = response_contrast(response, self.first, self.second)
        d = xr.DataArray(response[self.along].values, dims="condition")
        power = float((d**2).sum())
        slope: xr.DataArray = xr.dot(d, contrast.drop_vars("condition", errors="ignore"))
        return slope / power if power else slope * float("nan")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class UnsignedContrast(TrialQuantity):
    """Size of the contrast of two responses in each trial, whichever is larger.

    For ``MeanResponse(of=...)``, to measure competition that breaks a symmetry: at equal
    inputs the mean contrast is 0, while in each trial one of the two wins. Noise alone makes it
    larger than 0, so that it needs a control without competition.

    Parameters
    ----------
    first, second : str
        Names of the two matches.
    """

    first: str
    second: str

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair"}

    def __call__(self, responses: xr.DataArray) -> xr.DataArray:
        """Return it, from 0 to 1, without the dimension ``match``."""
        return abs(response_contrast(responses, self.first, self.second))
