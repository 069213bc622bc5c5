"""Bootstrap confidence intervals over trials."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.randomness import make_rng

#: Number of bootstrap resamples, and confidence level of the intervals.
N_RESAMPLES, CONFIDENCE_LEVEL = 999, 0.95

#: Largest number of values in one batch of resamples; keeps memory below about 100 MB.
MAX_BATCH_VALUES = 12_000_000


@functools.lru_cache(maxsize=4)
def resample_trials(n_trials: int, seed: int = 0) -> np.ndarray:
    """Draw bootstrap resamples of the trials, with replacement.

    Parameters
    ----------
    n_trials : int
        Number of trials, which is also the size of each resample.
    seed : int, optional
        Seed of the random draw.

    Returns
    -------
    numpy.ndarray of int, shape (1 + N_RESAMPLES, trial)
        Trial indices; the first row takes each trial once. Read-only, because all scores with this
        number of trials share it.
    """
    draws = make_rng(seed, "bootstrap", n_trials).integers(0, n_trials, (N_RESAMPLES, n_trials))
    trial_indices = np.concatenate([np.arange(n_trials)[None], draws])
    trial_indices.setflags(write=False)
    return trial_indices


def resample_weights(trial_indices: np.ndarray) -> xr.DataArray:
    """Convert resampled trial indices to weights of the trials.

    Parameters
    ----------
    trial_indices : numpy.ndarray of int, shape (resample, trial)
        Indices of the trials in each resample.

    Returns
    -------
    xarray.DataArray, dimensions (resample, trial)
        Fraction of each resample that is this trial; sums to 1 over trials.
    """
    trials = np.arange(int(trial_indices.max()) + 1)
    counts = (trial_indices[..., None] == trials).sum(axis=1)
    return xr.DataArray(counts / trial_indices.shape[1], dims=("resample", "trial"))


def mean_over_trials(values: xr.DataArray, trial_indices: np.ndarray) -> xr.DataArray:
    """Average over resampled trials.

    Parameters
    ----------
    values : xarray.DataArray
        Values with the dimension ``trial`` and any others.
    trial_indices : numpy.ndarray of int, shape (resample, trial)
        Indices of the trials in each resample.

    Returns
    -------
    xarray.DataArray
        Means, with the dimension ``resample`` in place of ``trial``.
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
    """Compute the 95 % bootstrap interval of one or more scores over trials.

    It is the percentile interval, shifted so that the mean of the resamples equals the score.
    Resampling adds noise, which always increases an RMSE: without the shift, the interval of a
    small RMSE would lie above it. The interval is that of a score of `n_trials` trials, for values
    as for ceilings, so that the two can be compared.

    Parameters
    ----------
    statistic : callable
        ``statistic(trial_indices) -> values``: maps trial indices, shape ``(resample, trial)``, to
        scores, shape ``(..., resample)``.
    n_trials : int
        Number of trials that are resampled.
    values_per_resample : int
        Number of values that `statistic` computes with per resample; sets the batch size.
    limits : tuple of float, optional
        Smallest and largest possible score; the interval is clipped to them.
    seed : int, optional
        Seed of the resamples, which are the same for all scores with this number of trials.

    Returns
    -------
    low, high : float, or numpy.ndarray of shape ``(...)``
        Bounds of the interval; NaN with fewer than two trials, or if the score is undefined.
    """
    if n_trials < 2:
        return np.nan, np.nan

    resamples = resample_trials(n_trials, seed)
    batch_size = max(1, MAX_BATCH_VALUES // max(values_per_resample, 1))
    with warnings.catch_warnings():
        # NumPy warns where all resamples are NaN; the interval is then NaN.
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
