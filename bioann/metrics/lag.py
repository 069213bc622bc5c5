"""The time by which one response follows another, from their cross-correlation."""

from __future__ import annotations

import numpy as np
import xarray as xr

#: Longest lag that is looked for, in seconds.
MAX_LAG = 0.1


def response_lag(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Time by which biology follows the other, from the peak of their cross-correlation, in ms.

    Looked for up to 100 ms either way, as if each response stayed as it is before its first and
    after its last bin; a parabola through the peak and its neighbours resolves less than a bin.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Time courses in activation, with the dimensions ``condition`` and ``time`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Not used.

    Returns
    -------
    xarray.DataArray
        In ms, without ``condition`` and ``time``; NaN where nothing varies in time, or where the
        peak is at the end of the range.
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
    """Give the lag in bins of arrays of shape (..., condition, time)."""
    # Either may be moved; the mean of both makes the lag change its sign with the roles.
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
    """Correlate a course that is moved earlier by -max_lag to max_lag bins with one that stays.

    Both are held at their ends, brought to mean 0 per condition and to length 1 over all of them;
    NaN where either is flat. The lags are the first axis of what is returned.
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
        # So many bins hold the first and the last value; the bins in between sum to 0.
        before = 2 * max_lag - after
        total = before * first + after * last
        centred = square + before * first**2 + after * last**2 - total**2 / n_bins
        norm = np.sqrt(np.maximum(centred.sum(axis=-1), 0.0))
        # What stays has mean 0, so the mean of what moves drops out of the product.
        segment = moving[..., after : after + n_bins]
        product = np.einsum("...ct,...ct->...", segment, fixed)
        flat = (norm < 1e-9) | (fixed_norm < 1e-9)
        correlations.append(product / np.where(flat, np.nan, norm * fixed_norm))
    return np.stack(correlations)
