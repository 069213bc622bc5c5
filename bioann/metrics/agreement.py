"""How far two sets of responses are the same: size, shape over conditions, course in time."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bioann.metrics.metric import Metric


def rmse(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    r"""Root mean square difference over conditions, :math:`\sqrt{\overline{(b - a)^2}}`."""
    return ((bio - other) ** 2).mean("condition") ** 0.5


def relative_rmse(
    bio: xr.DataArray,
    other: xr.DataArray,
    stimulus: xr.DataArray,
    over: tuple[str, ...] = ("condition",),
) -> xr.DataArray:
    """Root mean square difference over conditions, over the root mean square of biology."""
    return (((bio - other) ** 2).mean(over) / (bio**2).mean(over)) ** 0.5


def relative_difference(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Root mean square difference over biology's root mean square response, in percent.

    Over conditions and matches, for a metric of a whole pair.
    """
    return 100 * relative_rmse(bio, other, stimulus, over=("condition", "match"))


def largest_difference(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Give the largest difference over conditions, in percent of the other's highest response."""
    return 100 * abs(bio - other).max("condition") / other.max("condition")


def mean_bias(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Mean difference over conditions, biology minus the other."""
    return (bio - other).mean("condition")


def pearson_correlation(a: xr.DataArray, b: xr.DataArray, dim: str) -> xr.DataArray:
    """Pearson correlation along `dim`; NaN where either is constant or two values are all."""
    a, b = a - a.mean(dim), b - b.mean(dim)
    spread = np.sqrt((a**2).mean(dim) * (b**2).mean(dim))
    # Differences that are rounding alone are no variation.
    enough = (spread > 1e-12) & (a.sizes[dim] > 2)
    result: xr.DataArray = ((a * b).mean(dim) / spread).where(enough)
    return result


def correlation_over_conditions(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Pearson correlation of steady responses over conditions."""
    return pearson_correlation(bio, other, "condition")


def correlation_over_time(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Pearson correlation of time courses, averaged over conditions in which both vary."""
    return pearson_correlation(bio, other, "time").mean("condition")


def _variance(values: xr.DataArray) -> xr.DataArray:
    variance = ((values - values.mean("condition")) ** 2).mean("condition")
    return variance.where(variance > 1e-12)


def response_gain(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Slope of the least-squares line of biology against the other, over conditions."""
    product = (bio - bio.mean("condition")) * (other - other.mean("condition"))
    return product.mean("condition") / _variance(other)


def response_offset(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Intercept of the least-squares line of biology against the other, over conditions."""
    return bio.mean("condition") - response_gain(bio, other, stimulus) * other.mean("condition")


#: Longest lag that is looked for, in seconds.
MAX_LAG = 0.1


def response_lag(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Time by which biology follows the other, from the peak of their cross-correlation, in ms.

    Looked for up to 100 ms either way, as if each response stayed as it is before its first and
    after its last bin; a parabola through the peak and its neighbours resolves less than a bin.
    NaN where nothing varies in time, or where the peak is at the end of the range.
    """
    if bio.sizes["time"] < 4:
        return (bio - other).mean(["condition", "time"]) * np.nan
    width = float(bio.time[1] - bio.time[0])
    far = min(round(MAX_LAG / width), bio.sizes["time"] // 2)
    dims = [["condition", "time"]] * 2
    found = xr.apply_ufunc(_lag_in_bins, bio, other, input_core_dims=dims, kwargs={"far": far})
    result: xr.DataArray = found * width * 1e3
    return result


def _lag_in_bins(bio: np.ndarray, other: np.ndarray, far: int) -> np.ndarray:
    """Give the lag in bins of arrays of shape (..., condition, time)."""
    # Either may be moved; the mean of both makes the lag change its sign with the roles.
    correlation = _cross_correlation(bio, other, far) + _cross_correlation(other, bio, far)[::-1]
    correlation = np.nan_to_num(correlation, nan=-1.0)
    peak = correlation.argmax(axis=0)
    inside = (peak > 0) & (peak < 2 * far) & (correlation.max(axis=0) > 0)
    middle = peak.clip(1, max(2 * far - 1, 1))[None]
    before, at, after = (np.take_along_axis(correlation, middle + k, 0)[0] for k in (-1, 0, 1))
    bend = before - 2 * at + after
    shift = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, -1.0), 0.0)
    return np.where(inside, middle[0] - far + shift, np.nan)


def _cross_correlation(course: np.ndarray, still: np.ndarray, far: int) -> np.ndarray:
    """Correlate a course that is moved earlier by -far to far bins with one that stays.

    Both are held at their ends, brought to mean 0 per condition and to length 1 over all of them;
    NaN where either is flat. The lags are the first axis of what is returned.
    """
    n = course.shape[-1]
    long = n + 2 * far
    course = course - course.mean(axis=-1, keepdims=True)
    first, last, own = course[..., 0], course[..., -1], (course**2).sum(axis=-1)
    course = course[..., np.clip(np.arange(-2 * far, n + 2 * far), 0, n - 1)]
    still = still[..., np.clip(np.arange(-far, n + far), 0, n - 1)]
    still = still - still.mean(axis=-1, keepdims=True)
    length = np.sqrt((still**2).sum(axis=(-2, -1)))
    found = []
    for after in range(2 * far + 1):
        # So many bins hold the first and the last value; the bins in between sum to 0.
        before = 2 * far - after
        sum_ = before * first + after * last
        centred = own + before * first**2 + after * last**2 - sum_**2 / long
        size = np.sqrt(np.maximum(centred.sum(axis=-1), 0.0))
        # What stays has mean 0, so the mean of what moves drops out of the product.
        part = course[..., after : after + long]
        product = np.einsum("...ct,...ct->...", part, still)
        flat = (size < 1e-9) | (length < 1e-9)
        found.append(product / np.where(flat, np.nan, size * length))
    return np.stack(found)


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
