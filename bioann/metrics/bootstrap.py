"""Intervals from resampled trials."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

from bioann.randomness import generator

#: Resamples of each interval, and its confidence level.
RESAMPLES, LEVEL = 999, 0.95

#: Values that one batch of resamples may hold; keeps memory below about 100 MB.
BATCH_VALUES = 12_000_000


def weights(chosen: np.ndarray) -> xr.DataArray:
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
    weight = weights(chosen)
    bare = values.drop_vars("trial", errors="ignore").isel(trial=slice(weight.sizes["trial"]))
    return xr.dot(weight, bare, dim="trial")


def interval(
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

    def statistic(chosen: np.ndarray, axis: int) -> np.ndarray:
        return score(chosen.reshape(-1, chosen.shape[-1]))

    value = np.asarray(score(np.arange(trials)[None]), dtype=float)[..., 0]
    tail = 50 * (1 - LEVEL)
    with warnings.catch_warnings():
        # Where all resamples are equal the interval is a point, where none applies it is NaN.
        warnings.simplefilter("ignore")
        found = stats.bootstrap(
            (np.arange(trials),),
            statistic,
            n_resamples=RESAMPLES,
            batch=max(1, min(RESAMPLES, BATCH_VALUES // max(size, 1))),
            method="percentile",
            vectorized=True,
            rng=generator(seed, "bootstrap", trials),
        )
        drawn = np.asarray(found.bootstrap_distribution)
        drawn = np.where(np.isfinite(drawn), drawn, np.nan)
        ends = np.nanpercentile(drawn, [tail, 100 - tail], axis=-1)
        low, high = np.clip(ends + (value - np.nanmean(drawn, axis=-1)), *limits)
    return (low, high) if value.ndim else (float(low), float(high))
