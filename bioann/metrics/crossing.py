"""Where a quantity that was measured at several levels crosses a bound."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.metrics.difference import ResponseFunction
from bioann.metrics.parametric import ParametricMetric, list_measure_options


@name_argument_errors
def find_crossing(
    values: xr.DataArray, levels: Sequence[float] | np.ndarray, dim: str, bound: float = 0.0
) -> xr.DataArray:
    """Find the level at which values pass a bound, by linear interpolation.

    Parameters
    ----------
    values : xarray.DataArray
        With the dimension `dim`, one entry per level.
    levels : sequence of float
        The levels, ascending, as many as `dim` is long.
    dim : str
        The dimension of the levels.
    bound : float, optional
        The value that is crossed, in the unit of the values.

    Returns
    -------
    xarray.DataArray
        Without `dim`: the first crossing. Where there is none, the end of the range on whose
        side it must lie, judged by the trend: the last level if the values move towards the bound,
        else the first. NaN where a value is.
    """
    level = np.asarray(levels, dtype=float)

    def first_crossing(y: np.ndarray) -> float:
        if np.isnan(y).any():
            return np.nan
        excess = y - bound
        crossings = np.flatnonzero(excess[:-1] * excess[1:] <= 0)
        if not len(crossings):
            return float(level[-1] if abs(excess[-1]) <= abs(excess[0]) else level[0])
        k = int(crossings[0])
        rise = excess[k + 1] - excess[k]
        return float(level[k] - excess[k] / rise * (level[k + 1] - level[k]) if rise else level[k])

    return xr.apply_ufunc(first_crossing, values, input_core_dims=[[dim]], vectorize=True)


@name_argument_errors
def find_first_below(values: xr.DataArray, dim: str, bound: float = 0.0) -> xr.DataArray:
    """Find the level at which values first fall below a bound, by linear interpolation.

    Parameters
    ----------
    values : xarray.DataArray
        With the dimension `dim`, whose coordinate holds the levels, ascending.
    dim : str
        The dimension of the levels.
    bound : float, optional
        The value below which they fall, in the unit of the values.

    Returns
    -------
    xarray.DataArray
        Without `dim`. The first level where values start below the bound, the last where they never
        get there; NaN where a value is.
    """
    level = values[dim].values

    def first_below(y: np.ndarray) -> np.ndarray:
        excess = y - bound
        is_below = excess < 0
        after = is_below.argmax(axis=-1).clip(min(1, len(level) - 1))
        before = (after - 1).clip(0)
        a, b = (np.take_along_axis(excess, k[..., None], -1)[..., 0] for k in (before, after))
        with np.errstate(invalid="ignore", divide="ignore"):
            crossing = level[before] + (level[after] - level[before]) * a / (a - b)
        crossing = np.where(is_below[..., 0], level[0], crossing)
        crossing = np.where(is_below.any(axis=-1), crossing, level[-1])
        return np.where(np.isnan(y).any(axis=-1), np.nan, crossing)

    result: xr.DataArray = xr.apply_ufunc(first_below, values, input_core_dims=[[dim]])
    return result


@name_argument_errors
def fit_zero_crossing(
    values: xr.DataArray, levels: Sequence[float] | np.ndarray, dim: str
) -> xr.DataArray:
    """Find the level at which the least-squares line through values is zero.

    Parameters
    ----------
    values : xarray.DataArray
        With the dimension `dim`, one entry per level.
    levels : sequence of float
        Two or more that differ.
    dim : str
        The dimension of the levels.

    Returns
    -------
    xarray.DataArray
        Without `dim`; it may lie outside the levels.
    """
    level = xr.DataArray(np.asarray(levels, dtype=float), dims=dim)
    centred_level = level - level.mean()
    covariation = xr.dot(centred_level, values.drop_vars(dim, errors="ignore"), dim=dim)
    slope = covariation / float((centred_level**2).sum())
    result: xr.DataArray = float(level.mean()) - values.mean(dim) / slope
    return result


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CrossingLevel(ParametricMetric):
    """The level at which a quantity that is measured at several levels crosses a bound.

    Parameters
    ----------
    functions : mapping of float to callable
        For each level, ascending, ``function(response, stimulus)``.
    bound : float, optional
        The value that is crossed, in the unit of the functions.
    """

    functions: Mapping[float, ResponseFunction]
    bound: float = 0.0

    def measure_options(self) -> dict[str, Any]:
        """Return whether it is of a match or of the pair: as the functions are."""
        options = list_measure_options(next(iter(self.functions.values())))
        of_pair = {name: option for name, option in options.items() if name == "per"}
        return {"estimator": "resampled"} | of_pair

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the level, as `find_crossing` finds it."""
        values = [function(response, stimulus) for function in self.functions.values()]
        return find_crossing(xr.concat(values, "level"), list(self.functions), "level", self.bound)
