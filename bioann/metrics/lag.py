"""Lag between two responses, from the peak of their cross-correlation."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.metrics.parametric import declare_measure

#: Longest lag that is searched, in seconds.
MAX_LAG = 0.1


@declare_measure(best=0.0, over="time", unit="ms")
@name_argument_errors
def response_lag(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the lag in ms of the spiking model behind the other.

    It is the peak of the cross-correlation within 100 ms, with each response extended by its first
    and last value. A parabola through the peak and its neighbours gives sub-bin resolution.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Time courses of the spiking and of the other model, in activation, with the dimensions
        ``condition`` and ``time`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Ignored; every metric takes it.

    Returns
    -------
    xarray.DataArray
        Lag in ms, positive if the spiking model is later, without ``condition`` and ``time``; NaN
        if a response is constant in time, or the peak is at the end of the range.
    """
    if bio.sizes["time"] < 4:
        return (bio - other).mean(["condition", "time"]) * np.nan
    bin_width = float(bio.time[1] - bio.time[0])
    max_lag = min(round(MAX_LAG / bin_width), bio.sizes["time"] // 2)
    dims = [["condition", "time"]] * 2
    lag_in_bins = xr.apply_ufunc(
        _lag_in_bins, bio, other, input_core_dims=dims, kwargs={"max_lag": max_lag}
    )
    result: xr.DataArray = lag_in_bins * bin_width * 1e3
    return result


def _lag_in_bins(bio: np.ndarray, other: np.ndarray, max_lag: int) -> np.ndarray:
    """Return the lag in bins of arrays of shape (..., condition, time)."""
    # The sum over shifts of either response makes the lag antisymmetric in the two responses.
    correlation = (
        _cross_correlation(bio, other, max_lag) + _cross_correlation(other, bio, max_lag)[::-1]
    )
    correlation = np.nan_to_num(correlation, nan=-1.0)
    peak = correlation.argmax(axis=0)
    inside = (peak > 0) & (peak < 2 * max_lag) & (correlation.max(axis=0) > 0)
    middle = peak.clip(1, max(2 * max_lag - 1, 1))[None]
    before, at, after = (np.take_along_axis(correlation, middle + k, 0)[0] for k in (-1, 0, 1))
    curvature = before - 2 * at + after
    shift = np.where(
        curvature < 0, 0.5 * (before - after) / np.where(curvature < 0, curvature, -1.0), 0.0
    )
    return np.where(inside, middle[0] - max_lag + shift, np.nan)


def _cross_correlation(moving: np.ndarray, fixed: np.ndarray, max_lag: int) -> np.ndarray:
    """Return the correlation of `fixed` with `moving` advanced by -max_lag to max_lag bins.

    Both are extended by their first and last values, centred per condition and normalised over all
    conditions. The first axis of the result is the lag; NaN where either is constant.
    """
    n = moving.shape[-1]
    n_bins = n + 2 * max_lag
    moving = moving - moving.mean(axis=-1, keepdims=True)
    first, last, square = moving[..., 0], moving[..., -1], (moving**2).sum(axis=-1)
    moving = moving[..., np.clip(np.arange(-2 * max_lag, n + 2 * max_lag), 0, n - 1)]
    fixed = fixed[..., np.clip(np.arange(-max_lag, n + max_lag), 0, n - 1)]
    fixed = fixed - fixed.mean(axis=-1, keepdims=True)
    fixed_norm = np.sqrt((fixed**2).sum(axis=(-2, -1)))
    correlations = []
    for after in range(2 * max_lag + 1):
        # Number of bins with the first and with the last value; the bins in between sum to 0.
        before = 2 * max_lag - after
        total = before * first + after * last
        centred = square + before * first**2 + after * last**2 - total**2 / n_bins
        norm = np.sqrt(np.maximum(centred.sum(axis=-1), 0.0))
        # `fixed` has mean 0, so the mean of `moving` drops out of the product.
        segment = moving[..., after : after + n_bins]
        product = np.einsum("...ct,...ct->...", segment, fixed)
        flat = (norm < 1e-9) | (fixed_norm < 1e-9)
        correlations.append(product / np.where(flat, np.nan, norm * fixed_norm))
    return np.stack(correlations)
