"""Intervals from resampled trials: the bias-corrected and accelerated bootstrap."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import xarray as xr
from scipy import stats

from bioann.randomness import generator

#: Resamples of each interval, and its confidence level.
RESAMPLES, LEVEL = 999, 0.95

#: Values that one batch of resamples may hold; keeps memory below about 100 MB.
BATCH_VALUES = 12_000_000


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
    trials = values.sizes["trial"]
    counts = (chosen[..., None] == np.arange(trials)).sum(axis=1)
    weights = xr.DataArray(counts / chosen.shape[1], dims=("resample", "trial"))
    return xr.dot(weights, values.drop_vars("trial", errors="ignore"), dim="trial")


def interval(
    score: Callable[[np.ndarray], np.ndarray], trials: int, size: int, *, seed: int = 0
) -> tuple[float, float]:
    """Give the 95% interval of a score over resampled trials (Efron 1987).

    Parameters
    ----------
    score : callable
        ``score(chosen) -> values``: from trial indices, shape ``(resample, trial)``, to one value
        each.
    trials : int
        Number of trials.
    size : int
        Values that `score` handles per resample; decides how many go in one batch.
    seed : int, optional
        Decides the resamples; they are the same for every score with so many trials.

    Returns
    -------
    low, high : float
        NaN with fewer than two trials, or where the score does not apply.
    """
    if trials < 2:
        return np.nan, np.nan

    def statistic(chosen: np.ndarray, axis: int) -> np.ndarray:
        return score(chosen.reshape(-1, chosen.shape[-1]))

    with warnings.catch_warnings():
        # A degenerate distribution is handled below, where its interval is known.
        warnings.simplefilter("ignore")
        found = stats.bootstrap(
            (np.arange(trials),),
            statistic,
            n_resamples=RESAMPLES,
            batch=max(1, min(RESAMPLES, BATCH_VALUES // max(size, 1))),
            confidence_level=LEVEL,
            method="BCa",
            vectorized=True,
            rng=generator(seed, "bootstrap", trials),
        )
    drawn = found.bootstrap_distribution
    low, high = found.confidence_interval
    if np.isnan(low) or np.isnan(high):
        tail = 50 * (1 - LEVEL)
        if not np.isfinite(drawn).any():
            return np.nan, np.nan
        low, high = np.nanpercentile(drawn, [tail, 100 - tail])
    return float(low), float(high)
