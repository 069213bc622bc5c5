"""Averages over some of the conditions of a run."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.units import Description


def mean_where(response: xr.DataArray, kept: Any) -> xr.DataArray:
    """Average a response over chosen conditions.

    Parameters
    ----------
    response : xarray.DataArray
        With the dimension ``condition``.
    kept : array_like of bool, shape (condition,)
        Which conditions.

    Returns
    -------
    xarray.DataArray
        Without ``condition``; NaN where none was chosen, as in a part of the stimulus.
    """
    chosen = np.flatnonzero(np.asarray(kept))
    if not len(chosen):
        return response.isel(condition=0, drop=True) * np.nan
    return response.isel(condition=chosen).mean("condition")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class MeanBetween(Description):
    """The average of a response over the bins whose middle lies between two times.

    Parameters
    ----------
    start, stop : float
        In seconds; both excluded.
    """

    start: float
    stop: float

    def __call__(self, response: xr.DataArray) -> xr.DataArray:
        """Return it, without the dimension ``time``."""
        inside = (response.time > self.start) & (response.time < self.stop)
        return response.isel(time=np.flatnonzero(inside)).mean("time")
