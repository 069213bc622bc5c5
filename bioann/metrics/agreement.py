"""Agreement of two sets of responses: size, shape over conditions, and time course."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.metrics.lag import response_lag
from bioann.metrics.metric import Metric
from bioann.metrics.moments import apply_along, correlate_last_axis, find_intercept, find_slope
from bioann.metrics.parametric import declare_measure


@declare_measure(best=0.0, unit="activation", estimator="unbiased square", limits=(0.0, np.inf))
@name_argument_errors
def rmse(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    r"""Return the root mean square difference over conditions.

    .. math:: \sqrt{\overline{(b - a)^2}}

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses of the spiking and of the other model, in activation, with the dimension
        ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Ignored; every metric takes it.

    Returns
    -------
    xarray.DataArray
        Root mean square difference in activation, without ``condition``.
    """
    return ((bio - other) ** 2).mean("condition") ** 0.5


@declare_measure(estimator="unbiased square", limits=(0.0, np.inf))
@name_argument_errors
def relative_rmse(
    bio: xr.DataArray,
    other: xr.DataArray,
    stimulus: xr.DataArray,
    over: tuple[str, ...] = ("condition",),
) -> xr.DataArray:
    """Return the root mean square difference relative to the spiking model's response.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses of the spiking and of the other model, in activation, with the dimensions
        of `over` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Ignored; every metric takes it.
    over : tuple of str, optional
        Dimensions over which both root mean squares are taken.

    Returns
    -------
    xarray.DataArray
        Root mean square difference divided by the root mean square response of the spiking
        model, without the dimensions of `over`.
    """
    return (((bio - other) ** 2).mean(over) / (bio**2).mean(over)) ** 0.5


@declare_measure(best=0.0, per="pair", estimator="unbiased square", limits=(0.0, np.inf))
@name_argument_errors
def relative_rmse_percent(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Return `relative_rmse` over conditions and matches, in percent, for a metric of a pair.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses of the spiking and of the other model, in activation, with the dimensions
        ``condition`` and ``match`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Ignored; every metric takes it.

    Returns
    -------
    xarray.DataArray
        Relative root mean square difference in percent, without ``condition`` and ``match``.
    """
    return 100 * relative_rmse(bio, other, stimulus, over=("condition", "match"))


@declare_measure(estimator="resampled", limits=(0.0, np.inf))
@name_argument_errors
def max_difference_percent(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Return the largest absolute difference, in percent of the other's largest response.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses of the spiking and of the other model, in activation, with the dimension
        ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Ignored; every metric takes it.

    Returns
    -------
    xarray.DataArray
        Largest difference over conditions in percent, without ``condition``.
    """
    return 100 * abs(bio - other).max("condition") / other.max("condition")


@name_argument_errors
def mean_bias(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the mean difference over conditions, spiking model minus the other.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses of the spiking and of the other model, in activation, with the dimension
        ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Ignored; every metric takes it.

    Returns
    -------
    xarray.DataArray
        Mean difference in activation, without ``condition``.
    """
    return (bio - other).mean("condition")


@name_argument_errors
def pearson_correlation(a: xr.DataArray, b: xr.DataArray, dim: str) -> xr.DataArray:
    """Return the Pearson correlation along one dimension.

    Parameters
    ----------
    a, b : xarray.DataArray
        Values with the dimension `dim` and any others.
    dim : str
        Dimension along which the values are correlated.

    Returns
    -------
    xarray.DataArray
        Correlation from -1 to 1, without `dim`; NaN if either is constant or has fewer than three
        values.
    """
    return apply_along(correlate_last_axis, a, b, dim)


@declare_measure(estimator="unbiased", limits=(-1.0, 1.0))
@name_argument_errors
def correlation_over_conditions(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Return the Pearson correlation of steady responses over conditions.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses of the spiking and of the other model, in activation, with the dimension
        ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Ignored; every metric takes it.

    Returns
    -------
    xarray.DataArray
        Correlation from -1 to 1, without ``condition``; NaN if either is constant or there are
        fewer than three conditions.
    """
    return pearson_correlation(bio, other, "condition")


@declare_measure(best=1.0, over="time", estimator="unbiased", limits=(-1.0, 1.0))
@name_argument_errors
def correlation_over_time(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Return the Pearson correlation of time courses, averaged over conditions where both vary.

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
        Mean correlation from -1 to 1, without ``condition`` and ``time``.
    """
    return pearson_correlation(bio, other, "time").mean("condition")


@name_argument_errors
def response_gain(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the slope of the spiking model's responses regressed on the other's.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses of the spiking and of the other model, in activation, with the dimension
        ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Ignored; every metric takes it.

    Returns
    -------
    xarray.DataArray
        Dimensionless slope over conditions, without ``condition``; NaN if the other is constant.
    """
    return apply_along(find_slope, bio, other, "condition")


@name_argument_errors
def response_offset(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the intercept of the spiking model's responses regressed on the other's.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses of the spiking and of the other model, in activation, with the dimension
        ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Ignored; every metric takes it.

    Returns
    -------
    xarray.DataArray
        Intercept in activation, without ``condition``; NaN if the other is constant.
    """
    return apply_along(find_intercept, bio, other, "condition")


_NEEDS_CONDITIONS = "needs three or more conditions that differ"
_NEEDS_CHANGE_IN_TIME = "needs responses that change in time"
_CORRELATION_LIMITS = (-1.0, 1.0)

RMSE = Metric(
    "RMSE",
    rmse,
    best=0.0,
    unit="activation",
    limits=(0.0, np.inf),
    estimator="unbiased square",
)
BIAS = Metric("bias", mean_bias, best=0.0, unit="activation")
CORRELATION_OVER_CONDITIONS = Metric(
    "correlation over conditions",
    correlation_over_conditions,
    best=1.0,
    note=_NEEDS_CONDITIONS,
    limits=_CORRELATION_LIMITS,
    estimator="unbiased",
)
CORRELATION_OVER_TIME = Metric(
    "correlation over time",
    correlation_over_time,
    best=1.0,
    over="time",
    note=_NEEDS_CHANGE_IN_TIME,
    limits=_CORRELATION_LIMITS,
    estimator="unbiased",
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
