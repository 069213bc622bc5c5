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
    _, size, rows = np.linalg.svd(x)
    null = rows[int((size >= 1e-9 * max(float(size.max(initial=0.0)), 1e-300)).sum()) :]
    solvable = (np.abs(null) < 1e-6).all(axis=0) & (np.abs(x).max(axis=0) > 1e-12)
    solver = xr.DataArray(
        np.linalg.pinv(x, rcond=1e-9),
        dims=("channel", "condition"),
        coords={"channel": stimulus.channel},
    )
    fitted = xr.dot(solver, response.drop_vars("condition", errors="ignore"), dim="condition")
    return fitted.where(xr.DataArray(solvable, dims="channel"))


#: A slope below this (activation per activation) has no sign.
FLAT_SLOPE = 1e-3


def sign_agreement(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Whether both respond to a channel with the same sign: 1 or 0; two flat ones agree."""
    found = []
    for response in (bio, other):
        slope = partial_slopes(response, stimulus)
        found.append(
            xr.where(np.abs(slope) < FLAT_SLOPE, 0.0, np.sign(slope)).where(slope.notnull())
        )
    same = (found[0] == found[1]).astype(float)
    return same.where(found[0].notnull() & found[1].notnull())


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
    top = responses >= responses.max("match") - 1e-9
    result: xr.DataArray = top / top.sum("match")
    return result


def winner_agreement(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Probability that a trial of each half has the same winner, averaged over conditions."""
    result: xr.DataArray = (bio * other).sum("match").mean("condition")
    return result


SIGN_AGREEMENT = Metric(
    "sign agreement",
    sign_agreement,
    best=1.0,
    per="channel",
    limits=(0.0, 1.0),
    note="needs a channel that varies by itself over conditions",
)

WINNER_AGREEMENT = Metric(
    "winner agreement",
    winner_agreement,
    best=1.0,
    per="pair",
    prepare=mark_winners,
    limits=(0.0, 1.0),
)
