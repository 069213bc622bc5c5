"""How far two sets of responses are the same: size, shape over conditions, course in time."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bioann.metrics.lag import response_lag
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


_NEEDS_CONDITIONS = "needs three or more conditions that differ"
_NEEDS_CHANGE_IN_TIME = "needs responses that change in time"
_CORRELATION_LIMITS = (-1.0, 1.0)

RMSE = Metric("RMSE", rmse, best=0.0, unit="activation", limits=(0.0, np.inf))
BIAS = Metric("bias", mean_bias, best=0.0, unit="activation")
CORRELATION_OVER_CONDITIONS = Metric(
    "correlation over conditions",
    correlation_over_conditions,
    best=1.0,
    note=_NEEDS_CONDITIONS,
    limits=_CORRELATION_LIMITS,
)
CORRELATION_OVER_TIME = Metric(
    "correlation over time",
    correlation_over_time,
    best=1.0,
    over="time",
    note=_NEEDS_CHANGE_IN_TIME,
    limits=_CORRELATION_LIMITS,
)
GAIN = Metric("gain", response_gain, best=1.0, note=_NEEDS_CONDITIONS)
OFFSET = Metric("offset", response_offset, best=0.0, unit="activation", note=_NEEDS_CONDITIONS)
LAG = Metric("lag", response_lag, best=0.0, over="time", unit="ms", note=_NEEDS_CHANGE_IN_TIME)
#: The metrics of every comparison.
COMMON_METRICS = (
    RMSE,
    BIAS,
    CORRELATION_OVER_CONDITIONS,
    CORRELATION_OVER_TIME,
    GAIN,
    OFFSET,
    LAG,
)
