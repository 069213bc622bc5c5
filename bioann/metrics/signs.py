"""Agreement of signs and of choices."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.randomness import make_rng
from bioann.metrics.metric import Metric

#: A slope below this (activation per activation) has no sign.
FLAT_SLOPE = 1e-3
#: Decimals to which mean levels are compared, as means of equal levels differ by rounding.
LEVEL_DECIMALS = 9
#: Largest stimulus, in levels of all conditions, whose weights in slopes are kept.
MAX_CACHED_LEVELS = 2**18


@name_argument_errors
def estimate_input_slopes(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    r"""Estimate the effect of each channel by itself: the slope of the response on its level.

    Only conditions that differ in one channel alone are compared. They form a stratum: the other
    channels, and coordinates that the levels do not determine (such as the number of a sample), are
    equal. The slope is that of parallel regression lines through the strata (the within estimator
    of a model with fixed effects),

    .. math:: \sum_i (x_i - \bar x_{s(i)})\, y_i \Big/ \sum_i (x_i - \bar x_{s(i)})^2

    with the level x, the response y, and the mean level of the stratum s(i) of a condition. A
    regression over all conditions would mistake what another channel does for an effect of this
    one, where the response is not linear and the design not balanced.

    Parameters
    ----------
    response : xarray.DataArray
        With the dimension ``condition``; any others are kept.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Mean activation of each channel; conditions may have coordinates.

    Returns
    -------
    xarray.DataArray
        With ``channel`` in place of ``condition``, in activation per activation; NaN for a channel
        in which no two conditions differ alone.
    """
    levels = np.ascontiguousarray(stimulus.transpose("condition", "channel").values, dtype=float)
    make_weights = _make_slope_weights
    if levels.size > MAX_CACHED_LEVELS:
        make_weights = _make_slope_weights.__wrapped__  # type: ignore[assignment]
    weights = make_weights(levels.tobytes(), levels.shape, _number_coordinates(stimulus))
    estimator = xr.DataArray(
        weights, dims=("channel", "condition"), coords={"channel": stimulus.channel}
    )
    response = response.drop_vars("condition", errors="ignore")
    slopes: xr.DataArray = xr.dot(estimator, response, dim="condition")
    # Not by weights of NaN: a matrix product may skip them where the response is 0.
    return slopes.where((estimator != 0).any("condition"))


def _number_coordinates(stimulus: xr.DataArray) -> tuple[bytes, ...]:
    """Return, for each coordinate of the conditions, the number of its value in each, as bytes."""
    coordinates = {k: c for k, c in stimulus.coords.items() if c.dims == ("condition",)}
    coordinates.pop("condition", None)  # the labels of the conditions
    return tuple(
        np.unique(c.values, return_inverse=True)[1].astype(np.uint64).tobytes()
        for c in coordinates.values()
    )


@functools.lru_cache(maxsize=8)
def _make_slope_weights(
    levels: bytes, shape: tuple[int, int], coordinates: tuple[bytes, ...]
) -> np.ndarray:
    """Return the weight of each condition in the slope of each channel: (channel, condition).

    It follows from the stimulus alone, and all metrics of signs share it. Arrays are passed as
    bytes, which a cache can look up: levels of shape (condition, channel), and the coordinates of
    `_number_coordinates`.
    """
    columns = np.frombuffer(levels).reshape(shape)
    numbers = [np.frombuffer(coordinate, dtype=np.uint64) for coordinate in coordinates]
    weights = np.zeros(shape[::-1])
    for k, strata in enumerate(_number_strata(columns, numbers)):
        mean_levels = np.bincount(strata, columns[:, k]) / np.bincount(strata)
        deviations = columns[:, k] - mean_levels[strata]
        spread = float((deviations**2).sum())
        if spread > 10.0 ** (-2 * LEVEL_DECIMALS):
            weights[k] = deviations / spread
    weights.setflags(write=False)
    return weights


def _number_strata(levels: np.ndarray, coordinates: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return, for each channel, the number of the stratum of every condition.

    A stratum is named by the sum of random multiples of what its conditions share, modulo 2 to the
    64: taking one channel out is a subtraction, so that images with thousands of channels take no
    longer to compare than to read. Two strata share a name with a probability below 1e-12.
    """
    rounded = np.round(levels, LEVEL_DECIMALS)
    rng = make_rng(0, "strata")

    def name_values(values: np.ndarray) -> np.ndarray:
        codes = np.unique(values, return_inverse=True)[1].astype(np.uint64)
        return codes * rng.integers(2**64, dtype=np.uint64)

    names_of_levels = [name_values(column) for column in rounded.T]
    names = np.sum(names_of_levels, axis=0, dtype=np.uint64)
    n_levels = len(np.unique(names))
    for coordinate in coordinates:
        joint_names = names + name_values(coordinate)
        if len(np.unique(joint_names)) > n_levels:  # it differs where all levels are equal
            names, n_levels = joint_names, len(np.unique(joint_names))
    return [np.unique(names - level, return_inverse=True)[1] for level in names_of_levels]


@name_argument_errors
def sign_agreement(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return whether both models respond to a channel by itself with the same sign.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses in activation, with the dimension ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Mean activation of each channel.

    Returns
    -------
    xarray.DataArray
        With ``channel`` in place of ``condition``: 1 for the same sign; 0 for opposite ones, and
        where one of the two models does not respond (`FLAT_SLOPE`). NaN where neither does, for
        nothing has no sign, and where `estimate_input_slopes` has no value.
    """
    bio_sign, other_sign = (
        slope_sign(estimate_input_slopes(response, stimulus)) for response in (bio, other)
    )
    agreement = (bio_sign == other_sign).astype(float)
    has_sign = (bio_sign != 0) | (other_sign != 0)
    return agreement.where(has_sign & bio_sign.notnull() & other_sign.notnull())


def slope_sign(slopes: Any) -> Any:
    """Return the sign of slopes, of any array type: 1, -1, or 0 below `FLAT_SLOPE`; NaN for NaN."""
    return np.sign(slopes) * (1.0 - (abs(slopes) < FLAT_SLOPE))


@name_argument_errors
def mark_winners(responses: xr.DataArray) -> xr.DataArray:
    """Mark the largest match: 1 for the winner, shared evenly by equals, 0 for the others.

    Parameters
    ----------
    responses : xarray.DataArray
        With the dimension ``match``.

    Returns
    -------
    xarray.DataArray
        Of the same shape; sums to 1 over ``match``.
    """
    is_largest = responses >= responses.max("match") - 1e-9
    result: xr.DataArray = is_largest / is_largest.sum("match")
    return result


@name_argument_errors
def winner_agreement(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Probability that a trial of each model has the same winner, averaged over conditions.

    Parameters
    ----------
    bio, other : xarray.DataArray
        From `mark_winners`, averaged over trials, with the dimensions ``condition`` and ``match``
        and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Not used by this metric.

    Returns
    -------
    xarray.DataArray
        From 0 to 1, without ``condition`` and ``match``.
    """
    result: xr.DataArray = (bio * other).sum("match").mean("condition")
    return result


_NEEDS_CHANNEL_ALONE = "needs conditions that differ in this channel alone"
_slope = functools.partial(
    Metric,
    function=estimate_input_slopes,
    per="channel",
    unit="activation per activation",
    note=_NEEDS_CHANNEL_ALONE,
)
SPIKING_INPUT_SLOPE = _slope("input slope, spiking model", models=("bio",))
RATE_INPUT_SLOPE = _slope("input slope, rate model", models=("ann",))
SIGN_AGREEMENT = Metric(
    "sign agreement",
    sign_agreement,
    best=1.0,
    per="channel",
    limits=(0.0, 1.0),
    estimator="resampled",
    note=_NEEDS_CHANNEL_ALONE,
)
#: The metrics of the signs of inputs, in every comparison; of each channel on each match.
SIGN_METRICS = (SPIKING_INPUT_SLOPE, RATE_INPUT_SLOPE, SIGN_AGREEMENT)

WINNER_AGREEMENT = Metric(
    "winner agreement",
    winner_agreement,
    best=1.0,
    per="pair",
    prepare=mark_winners,
    limits=(0.0, 1.0),
    is_share=True,
)
