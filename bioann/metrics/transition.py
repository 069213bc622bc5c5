"""How a response falls along a coordinate of the conditions: how far, how steeply, and where.

All of them average over the conditions that share a value of the coordinate, and are measures for
`bioann.measure`.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.metrics.crossing import find_first_below
from bioann.metrics.parametric import ParametricMetric


@name_argument_errors
def mean_by_coordinate(response: xr.DataArray, along: str) -> xr.DataArray:
    """Average a response over the conditions that share a value of a coordinate.

    Parameters
    ----------
    response : xarray.DataArray
        With the dimension ``condition``.
    along : str
        A numeric coordinate along ``condition``.

    Returns
    -------
    xarray.DataArray
        With `along`, ascending, in place of ``condition``.
    """
    if not response[along].to_index().is_unique:
        return response.groupby(along).mean("condition")
    # Nothing to average, which goes many times faster.
    others = [n for n, c in response.coords.items() if "condition" in c.dims and n != along]
    return response.drop_vars(others).swap_dims(condition=along).sortby(along)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TransitionHeight(ParametricMetric):
    """How much lower the response is at the end of a coordinate than at its start.

    Parameters
    ----------
    along : str
        Name of a numeric coordinate of the conditions.
    relative : bool, optional
        As a share of the response at the start.
    """

    along: str
    relative: bool = False

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {} if self.relative else {"unit": "activation"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the fall, in activation or as a share."""
        curve = mean_by_coordinate(response, self.along)
        first, last = (curve.isel({self.along: k}, drop=True) for k in (0, -1))
        return 1 - last / first if self.relative else first - last


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TransitionWidth(ParametricMetric):
    """How far along a coordinate a response takes to fall from one share of its start to another.

    Parameters
    ----------
    along : str
        Name of a numeric coordinate of the conditions.
    high, low : float, optional
        The two shares of the response at the start.
    """

    along: str
    high: float = 0.9
    low: float = 0.1

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the width, in units of the coordinate; NaN where it does not fall so far."""
        curve = mean_by_coordinate(response, self.along)
        share = curve / curve.isel({self.along: 0}, drop=True)
        levels = [find_first_below(share, self.along, level) for level in (self.low, self.high)]
        return (levels[0] - levels[1]).where((share < self.low).any(self.along))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TransitionMidpoint(ParametricMetric):
    """Where along a coordinate half of the fall from its start to its end is reached.

    Parameters
    ----------
    along : str
        Name of a numeric coordinate of the conditions.
    """

    along: str

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the place, in units of the coordinate."""
        curve = mean_by_coordinate(response, self.along)
        first, last = (curve.isel({self.along: k}, drop=True) for k in (0, -1))
        return find_first_below(curve - (first + last) / 2, self.along)
