"""How far two sets of responses are the same: size, shape over conditions, course in time."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bioann.metrics.metric import Metric


def rmse(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    r"""Root mean square difference over conditions, :math:`\sqrt{\overline{(b - a)^2}}`.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses in activation, with the dimension ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Not used.

    Returns
    -------
    xarray.DataArray
        In activation, without ``condition``.
    """
    return ((bio - other) ** 2).mean("condition") ** 0.5


def relative_rmse(
    bio: xr.DataArray,
    other: xr.DataArray,
    stimulus: xr.DataArray,
    over: tuple[str, ...] = ("condition",),
) -> xr.DataArray:
    """Root mean square difference over conditions, over the root mean square of biology.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses in activation, with the dimensions of `over` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Not used.
    over : tuple of str, optional
        Dimensions that are averaged over.

    Returns
    -------
    xarray.DataArray
        A share of the response, without the dimensions of `over`.
    """
    return (((bio - other) ** 2).mean(over) / (bio**2).mean(over)) ** 0.5


def relative_rmse_percent(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Root mean square difference over biology's root mean square response, in percent.

    Over conditions and matches, for a metric of a whole pair.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses in activation, with the dimensions ``condition`` and ``match`` and any
        others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Not used.

    Returns
    -------
    xarray.DataArray
        In percent, without ``condition`` and ``match``.
    """
    return 100 * relative_rmse(bio, other, stimulus, over=("condition", "match"))


def max_difference_percent(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Return the largest difference over conditions, in percent of the other's highest response.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses in activation, with the dimension ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Not used.

    Returns
    -------
    xarray.DataArray
        In percent, without ``condition``.
    """
    return 100 * abs(bio - other).max("condition") / other.max("condition")


def mean_bias(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Mean difference over conditions, biology minus the other.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses in activation, with the dimension ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Not used.

    Returns
    -------
    xarray.DataArray
        In activation, without ``condition``.
    """
    return (bio - other).mean("condition")


def pearson_correlation(a: xr.DataArray, b: xr.DataArray, dim: str) -> xr.DataArray:
    """Pearson correlation along one dimension.

    Parameters
    ----------
    a, b : xarray.DataArray
        With the dimension `dim` and any others.
    dim : str
        The dimension along which they are correlated.

    Returns
    -------
    xarray.DataArray
        From -1 to 1, without `dim`; NaN where either is constant or there are two values only.
    """
    a, b = a - a.mean(dim), b - b.mean(dim)
    norm = np.sqrt((a**2).mean(dim) * (b**2).mean(dim))
    # Differences that are rounding alone are no variation.
    is_defined = (norm > 1e-12) & (a.sizes[dim] > 2)
    result: xr.DataArray = ((a * b).mean(dim) / norm).where(is_defined)
    return result


def correlation_over_conditions(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Pearson correlation of steady responses over conditions.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses in activation, with the dimension ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Not used.

    Returns
    -------
    xarray.DataArray
        From -1 to 1, without ``condition``; NaN where either is constant.
    """
    return pearson_correlation(bio, other, "condition")


def correlation_over_time(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Pearson correlation of time courses, averaged over conditions in which both vary.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Time courses in activation, with the dimensions ``condition`` and ``time`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Not used.

    Returns
    -------
    xarray.DataArray
        From -1 to 1, without ``condition`` and ``time``.
    """
    return pearson_correlation(bio, other, "time").mean("condition")


def _variance(values: xr.DataArray) -> xr.DataArray:
    variance = ((values - values.mean("condition")) ** 2).mean("condition")
    return variance.where(variance > 1e-12)


def response_gain(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Slope of the least-squares line of biology against the other, over conditions.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses in activation, with the dimension ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Not used.

    Returns
    -------
    xarray.DataArray
        Without unit and without ``condition``; NaN where the other is constant.
    """
    product = (bio - bio.mean("condition")) * (other - other.mean("condition"))
    return product.mean("condition") / _variance(other)


def response_offset(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Intercept of the least-squares line of biology against the other, over conditions.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses in activation, with the dimension ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Not used.

    Returns
    -------
    xarray.DataArray
        In activation, without ``condition``; NaN where the other is constant.
    """
    return bio.mean("condition") - response_gain(bio, other, stimulus) * other.mean("condition")


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


_NEEDS_CONDITIONS = "needs three or more conditions that differ"
_NEEDS_CHANGE_IN_TIME = "needs responses that change in time"
_CORRELATION_LIMITS = (-1.0, 1.0)

COMMON_METRICS = (
    Metric("RMSE", rmse, best=0.0, unit="activation", limits=(0.0, np.inf)),
    Metric("bias", mean_bias, best=0.0, unit="activation"),
    Metric(
        "correlation over conditions",
        correlation_over_conditions,
        best=1.0,
        note=_NEEDS_CONDITIONS,
        limits=_CORRELATION_LIMITS,
    ),
    Metric(
        "correlation over time",
        correlation_over_time,
        best=1.0,
        over="time",
        note=_NEEDS_CHANGE_IN_TIME,
        limits=_CORRELATION_LIMITS,
    ),
    Metric("gain", response_gain, best=1.0, note=_NEEDS_CONDITIONS),
    Metric("offset", response_offset, best=0.0, unit="activation", note=_NEEDS_CONDITIONS),
    Metric("lag", response_lag, best=0.0, over="time", unit="ms", note=_NEEDS_CHANGE_IN_TIME),
)
