"""Means, correlations and regressions along one dimension, computed by NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr


def apply_along(
    function: Callable[[np.ndarray, np.ndarray], np.ndarray],
    a: xr.DataArray,
    b: xr.DataArray,
    dim: str,
) -> xr.DataArray:
    """Apply a function that reduces the last axis of two arrays.

    It takes as long as one operation of xarray, of which a correlation would need ten.

    Parameters
    ----------
    function : callable
        ``function(a, b)`` of NumPy arrays whose last axis is `dim`.
    a, b : xarray.DataArray
        Values with the dimension `dim` and any others.
    dim : str
        Dimension that the function reduces.

    Returns
    -------
    xarray.DataArray
        The result, without `dim`.
    """
    result: xr.DataArray = xr.apply_ufunc(
        function,
        a,
        b,
        input_core_dims=[[dim], [dim]],
        join=xr.get_options()["arithmetic_join"],
    )
    return result


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean along the last axis over values that are not NaN, as xarray does."""
    n_missing = np.isnan(values).sum(axis=-1)
    if not n_missing.any():
        return np.asarray(values.mean(axis=-1))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(values, axis=-1) / (values.shape[-1] - n_missing))


def _center(values: np.ndarray) -> np.ndarray:
    return np.asarray(values - _mean(values)[..., None])


def correlate_last_axis(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the Pearson correlation along the last axis; NaN where either is constant."""
    a, b = _center(a), _center(b)
    norm = np.sqrt(_mean(a**2) * _mean(b**2))
    # Rounding errors of constant values do not count as variation.
    is_defined = (norm > 1e-12) & (a.shape[-1] > 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(is_defined, _mean(a * b) / norm, np.nan)


def find_slope(bio: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the slope of `bio` regressed on `other` along the last axis."""
    centred = _center(other)
    variance = _mean(centred**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = _mean(_center(bio) * centred) / variance
    return np.where(variance > 1e-12, slope, np.nan)


def find_intercept(bio: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the intercept that belongs to `find_slope`."""
    return np.asarray(_mean(bio) - find_slope(bio, other) * _mean(other))
