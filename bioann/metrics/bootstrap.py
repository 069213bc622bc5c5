"""Intervals from resampled trials."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.randomness import make_rng

#: Resamples of each interval, and its confidence level.
N_RESAMPLES, CONFIDENCE_LEVEL = 999, 0.95

#: Values that one batch of resamples may hold; keeps memory below about 100 MB.
MAX_BATCH_VALUES = 12_000_000


@functools.lru_cache(maxsize=4)
def resample_trials(trials: int, seed: int = 0) -> np.ndarray:
    """Draw trials with replacement, as often as there are.

    Parameters
    ----------
    trials : int
        How many there are.
    seed : int, optional
        Decides the draw.

    Returns
    -------
    numpy.ndarray of int, shape (1 + RESAMPLES, trial)
        The first takes each trial once. Read-only, for every score with so many trials gets the
        same.
    """
    drawn = make_rng(seed, "bootstrap", trials).integers(0, trials, (N_RESAMPLES, trials))
    chosen = np.concatenate([np.arange(trials)[None], drawn])
    chosen.setflags(write=False)
    return chosen


def resample_weights(chosen: np.ndarray) -> xr.DataArray:
    """Turn resampled trial indices into weights that sum to 1.

    Parameters
    ----------
    chosen : numpy.ndarray of int, shape (resample, trial)
        Which trials each resample took.

    Returns
    -------
    xarray.DataArray, dimensions (resample, trial)
        How often it took each, divided by how many it took.
    """
    trials = np.arange(int(chosen.max()) + 1)
    counts = (chosen[..., None] == trials).sum(axis=1)
    return xr.DataArray(counts / chosen.shape[1], dims=("resample", "trial"))


def mean_over_trials(values: xr.DataArray, chosen: np.ndarray) -> xr.DataArray:
    """Average over resampled trials.

    Parameters
    ----------
    values : xarray.DataArray
        With the dimension ``trial``.
    chosen : numpy.ndarray of int, shape (resample, trial)
        Which trials each resample took.

    Returns
    -------
    xarray.DataArray
        With ``resample`` in place of ``trial``.
    """
    weight = resample_weights(chosen)
    bare = values.drop_vars("trial", errors="ignore").isel(trial=slice(weight.sizes["trial"]))
    return xr.dot(weight, bare, dim="trial")


def bootstrap_interval(
    score: Callable[[np.ndarray], np.ndarray],
    trials: int,
    size: int,
    limits: tuple[float, float] = (-np.inf, np.inf),
    *,
    seed: int = 0,
) -> tuple[Any, Any]:
    """Give the 95% interval of a score, or of many, over resampled trials.

    It is the percentile interval, moved so that the mean of the resamples falls on the score.
    Resampling adds noise of its own, which always raises an RMSE: without the move, the interval
    of a small one would lie above it. What is estimated is the score of so many trials, for
    ceilings as for values, so the two can be compared.

    Parameters
    ----------
    score : callable
        ``score(chosen) -> values``: from trial indices, shape ``(resample, trial)``, to one value
        each, or to ``(..., resample)``.
    trials : int
        Number of trials.
    size : int
        Values that `score` handles per resample; decides how many go in one batch.
    limits : tuple of float, optional
        Values that the score cannot leave.
    seed : int, optional
        Decides the resamples; they are the same for every score with so many trials.

    Returns
    -------
    low, high : float, or numpy.ndarray of shape ``(...)``
        NaN with fewer than two trials, or where the score does not apply.
    """
    if trials < 2:
        return np.nan, np.nan

    every, batch = resample_trials(trials, seed), max(1, MAX_BATCH_VALUES // max(size, 1))
    with warnings.catch_warnings():
        # Where all resamples are equal the interval is a point, where none applies it is NaN.
        warnings.simplefilter("ignore")
        parts = [score(every[k : k + batch]) for k in range(0, len(every), batch)]
        found = np.concatenate(parts, axis=-1).astype(float)
        value, drawn = found[..., 0], found[..., 1:]
        drawn[~np.isfinite(drawn)] = np.nan
        tail = 50 * (1 - CONFIDENCE_LEVEL)
        ends = np.nanpercentile(drawn, [tail, 100 - tail], axis=-1)
        low, high = np.clip(ends + (value - np.nanmean(drawn, axis=-1)), *limits)
    return (low, high) if value.ndim else (float(low), float(high))
