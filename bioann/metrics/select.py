"""Averages over some of the conditions of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr


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
