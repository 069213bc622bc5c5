"""Agreement of signs and of choices."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bioann.metrics.metric import Metric


def partial_slopes(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Partial regression slope of the response on each channel, over conditions.

    Parameters
    ----------
    response : xarray.DataArray
        With the dimension ``condition``.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Mean activation of each channel.

    Returns
    -------
    xarray.DataArray
        With ``channel`` in place of ``condition``; NaN for a channel that does not vary by
        itself.
    """
    x = stimulus.transpose("condition", "channel").values
    x = x - x.mean(axis=0)
    _, singular_values, right_vectors = np.linalg.svd(x)
    smallest = 1e-9 * max(float(singular_values.max(initial=0.0)), 1e-300)
    null_space = right_vectors[int((singular_values >= smallest).sum()) :]
    is_solvable = (np.abs(null_space) < 1e-6).all(axis=0) & (np.abs(x).max(axis=0) > 1e-12)
    solver = xr.DataArray(
        np.linalg.pinv(x, rcond=1e-9),
        dims=("channel", "condition"),
        coords={"channel": stimulus.channel},
    )
    coefficients = xr.dot(solver, response.drop_vars("condition", errors="ignore"), dim="condition")
    return coefficients.where(xr.DataArray(is_solvable, dims="channel"))


#: A slope below this (activation per activation) has no sign.
FLAT_SLOPE = 1e-3


def sign_agreement(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Whether both respond to a channel with the same sign: 1 or 0; two flat ones agree.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses in activation, with the dimension ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Mean activation of each channel.

    Returns
    -------
    xarray.DataArray
        With ``channel`` in place of ``condition``; NaN for a channel that does not vary by itself.
    """
    signs = []
    for response in (bio, other):
        slope = partial_slopes(response, stimulus)
        signs.append(
            xr.where(np.abs(slope) < FLAT_SLOPE, 0.0, np.sign(slope)).where(slope.notnull())
        )
    agreement = (signs[0] == signs[1]).astype(float)
    return agreement.where(signs[0].notnull() & signs[1].notnull())


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


SIGN_AGREEMENT = Metric(
    "sign agreement",
    sign_agreement,
    best=1.0,
    per="channel",
    limits=(0.0, 1.0),
    estimator="resampled",
    note="needs a channel that varies by itself over conditions",
)

WINNER_AGREEMENT = Metric(
    "winner agreement",
    winner_agreement,
    best=1.0,
    per="pair",
    prepare=mark_winners,
    limits=(0.0, 1.0),
    is_share=True,
)
