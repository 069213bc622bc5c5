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
def resample_trials(n_trials: int, seed: int = 0) -> np.ndarray:
    """Draw trials with replacement, as often as there are.

    Parameters
    ----------
    n_trials : int
        How many there are.
    seed : int, optional
        Decides the draw.

    Returns
    -------
    numpy.ndarray of int, shape (1 + RESAMPLES, trial)
        The first takes each trial once. Read-only, for every score with so many trials gets the
        same.
    """
    draws = make_rng(seed, "bootstrap", n_trials).integers(0, n_trials, (N_RESAMPLES, n_trials))
    trial_indices = np.concatenate([np.arange(n_trials)[None], draws])
    trial_indices.setflags(write=False)
    return trial_indices


def resample_weights(trial_indices: np.ndarray) -> xr.DataArray:
    """Turn resampled trial indices into weights that sum to 1.

    Parameters
    ----------
    trial_indices : numpy.ndarray of int, shape (resample, trial)
        Which trials each resample took.

    Returns
    -------
    xarray.DataArray, dimensions (resample, trial)
        How often it took each, divided by how many it took.
    """
    trials = np.arange(int(trial_indices.max()) + 1)
    counts = (trial_indices[..., None] == trials).sum(axis=1)
    return xr.DataArray(counts / trial_indices.shape[1], dims=("resample", "trial"))


def mean_over_trials(values: xr.DataArray, trial_indices: np.ndarray) -> xr.DataArray:
    """Average over resampled trials.

    Parameters
    ----------
    values : xarray.DataArray
        With the dimension ``trial``.
    trial_indices : numpy.ndarray of int, shape (resample, trial)
        Which trials each resample took.

    Returns
    -------
    xarray.DataArray
        With ``resample`` in place of ``trial``.
    """
    weight = resample_weights(trial_indices)
    values = values.drop_vars("trial", errors="ignore").isel(trial=slice(weight.sizes["trial"]))
    return xr.dot(weight, values, dim="trial")


def bootstrap_interval(
    statistic: Callable[[np.ndarray], np.ndarray],
    n_trials: int,
    values_per_resample: int,
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
    statistic : callable
        ``score(chosen) -> values``: from trial indices, shape ``(resample, trial)``, to one value
        each, or to ``(..., resample)``.
    n_trials : int
        Number of trials.
    values_per_resample : int
        Values that `statistic` handles per resample; decides how many go in one batch.
    limits : tuple of float, optional
        Values that the score cannot leave.
    seed : int, optional
        Decides the resamples; they are the same for every score with so many trials.

    Returns
    -------
    low, high : float, or numpy.ndarray of shape ``(...)``
        NaN with fewer than two trials, or where the score does not apply.
    """
    if n_trials < 2:
        return np.nan, np.nan

    resamples = resample_trials(n_trials, seed)
    batch_size = max(1, MAX_BATCH_VALUES // max(values_per_resample, 1))
    with warnings.catch_warnings():
        # Where all resamples are equal the interval is a point, where none applies it is NaN.
        warnings.simplefilter("ignore")
        starts = range(0, len(resamples), batch_size)
        batches = [statistic(resamples[k : k + batch_size]) for k in starts]
        scores = np.concatenate(batches, axis=-1).astype(float)
        value, replicates = scores[..., 0], scores[..., 1:]
        replicates[~np.isfinite(replicates)] = np.nan
        tail = 50 * (1 - CONFIDENCE_LEVEL)
        percentiles = np.nanpercentile(replicates, [tail, 100 - tail], axis=-1)
        low, high = np.clip(percentiles + (value - np.nanmean(replicates, axis=-1)), *limits)
    return (low, high) if value.ndim else (float(low), float(high))
