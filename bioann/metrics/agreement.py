"""How far two sets of responses are the same: size, shape over conditions, course in time."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bioann.metrics.metric import Metric


def rmse(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    r"""Root mean square difference over conditions, :math:`\sqrt{\overline{(b - a)^2}}`."""
    return ((bio - other) ** 2).mean("condition") ** 0.5


def bias(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Mean difference over conditions, biology minus the other."""
    return (bio - other).mean("condition")


def pearson(a: xr.DataArray, b: xr.DataArray, dim: str) -> xr.DataArray:
    """Pearson correlation along `dim`; NaN where either is constant or two values are all."""
    a, b = a - a.mean(dim), b - b.mean(dim)
    spread = np.sqrt((a**2).mean(dim) * (b**2).mean(dim))
    # Differences that are rounding alone are no variation.
    enough = (spread > 1e-12) & (a.sizes[dim] > 2)
    result: xr.DataArray = ((a * b).mean(dim) / spread).where(enough)
    return result


def over_conditions(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Pearson correlation of steady responses over conditions."""
    return pearson(bio, other, "condition")


def over_time(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Pearson correlation of time courses, averaged over conditions in which both vary."""
    return pearson(bio, other, "time").mean("condition")


def _spread(values: xr.DataArray) -> xr.DataArray:
    variance = ((values - values.mean("condition")) ** 2).mean("condition")
    return variance.where(variance > 1e-12)


def gain(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Slope of the least-squares line of biology against the other, over conditions."""
    product = (bio - bio.mean("condition")) * (other - other.mean("condition"))
    return product.mean("condition") / _spread(other)


def offset(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Intercept of the least-squares line of biology against the other, over conditions."""
    return bio.mean("condition") - gain(bio, other, stimulus) * other.mean("condition")


#: Longest lag that is looked for, in seconds.
LONGEST_LAG = 0.1


def lag(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Time by which biology follows the other, from the peak of their cross-correlation, in ms.

    Looked for up to 100 ms either way, as if each response stayed as it is before its first and
    after its last bin; a parabola through the peak and its neighbours resolves less than a bin.
    NaN where nothing varies in time, or where the peak is at the end of the range.
    """
    n = bio.sizes["time"]
    if n < 4:
        return (bio - other).mean(["condition", "time"]) * np.nan
    width = float(bio.time[1] - bio.time[0])
    far = min(round(LONGEST_LAG / width), n // 2)

    def moved(course: xr.DataArray, later: int) -> xr.DataArray:
        return _standard(course, np.clip(np.arange(-far, n + far) + later, 0, n - 1))

    a, b = moved(bio, 0), moved(other, 0)
    # Either may be moved; the mean of both makes the lag change its sign with the roles.
    found = [_dot(moved(bio, k), b) + _dot(a, moved(other, -k)) for k in range(-far, far + 1)]
    correlation = xr.concat(found, dim="lag").fillna(-1.0)
    peak = correlation.argmax("lag")
    inside = (peak > 0) & (peak < 2 * far) & (correlation.max("lag") > 0)
    middle = peak.clip(1, max(2 * far - 1, 1))
    before, at, after = (correlation.isel(lag=middle + k) for k in (-1, 0, 1))
    bend = before - 2 * at + after
    shift = xr.where(bend < 0, 0.5 * (before - after) / bend.where(bend < 0, -1.0), 0.0)
    result: xr.DataArray = ((middle - far + shift) * width * 1e3).where(inside)
    return result


def _dot(a: xr.DataArray, b: xr.DataArray) -> xr.DataArray:
    product: xr.DataArray = xr.dot(a, b, dim=["time", "condition"])
    return product


def _standard(course: xr.DataArray, order: np.ndarray) -> xr.DataArray:
    """Take bins in an order; bring them to mean 0 per condition, and to length 1 over all."""
    chosen = course.isel(time=order).drop_vars("time")
    chosen = chosen - chosen.mean("time")
    length = _dot(chosen, chosen) ** 0.5
    return chosen / length.where(length > 1e-9)


_FEW = "needs three or more conditions that differ"
_STEADY = "needs responses that change in time"
_UNIT = (-1.0, 1.0)

COMMON = (
    Metric("RMSE", rmse, best=0.0, unit="activation", limits=(0.0, np.inf)),
    Metric("bias", bias, best=0.0, unit="activation"),
    Metric("correlation over conditions", over_conditions, best=1.0, note=_FEW, limits=_UNIT),
    Metric("correlation over time", over_time, best=1.0, over="time", note=_STEADY, limits=_UNIT),
    Metric("gain", gain, best=1.0, note=_FEW),
    Metric("offset", offset, best=0.0, unit="activation", note=_FEW),
    Metric("lag", lag, best=0.0, over="time", unit="ms", note=_STEADY),
)
