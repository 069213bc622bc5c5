"""Confidence intervals of many synthetic runs, by the method of bioann and by others."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import xarray as xr
from scipy import special

from bioann.analyses.synthetic_responses import (
    RATE_MODEL,
    estimate_runs,
    evaluate_runs,
)
from bioann.base.randomness import make_rng
from bioann.metrics.agreement import (
    BIAS,
    CORRELATION_OVER_CONDITIONS,
    GAIN,
    OFFSET,
    RMSE,
)
from bioann.metrics.crossing import find_first_below, fit_zero_crossing
from bioann.metrics.estimate import CONFIDENCE_LEVEL
from bioann.metrics.jackknife import make_trial_weights
from bioann.metrics.metric import Metric

#: Resamples of the methods that resample; the studentised bootstrap has a jackknife in each.
N_RESAMPLES, N_STUDENTISED = 499, 199
#: Response that the boundary and the first crossing are at, in activation.
BOUND = 0.5
_TAILS = np.array([1 - CONFIDENCE_LEVEL, 1 + CONFIDENCE_LEVEL]) / 2

#: ``method(metric, responses, seed) -> intervals``, shapes (run, trial, condition) and (2, run).
IntervalMethod: TypeAlias = Callable[[Metric, np.ndarray, int], np.ndarray]


def one_response(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the response in the middle condition."""
    return response.isel(condition=response.sizes["condition"] // 2)


def half_ratio(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the mean response to the stronger half of the conditions over that to the weaker."""
    half = response.sizes["condition"] // 2
    weak, strong = (response.isel(condition=part) for part in (slice(half), slice(half, None)))
    return strong.mean("condition") / weak.mean("condition")


def fitted_boundary(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the level at which a straight line through the responses is at `BOUND`."""
    return fit_zero_crossing(response - BOUND, RATE_MODEL, "condition")


def first_crossing(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the level at which the response first exceeds `BOUND`."""
    return find_first_below(-response.assign_coords(condition=RATE_MODEL), "condition", -BOUND)


RESPONSE = Metric("response in one condition", one_response, models=("bio",))
RATIO = Metric("ratio of responses", half_ratio, models=("bio",))
BOUNDARY = Metric("boundary, by a fitted line", fitted_boundary, models=("bio",))
FIRST_CROSSING = Metric("first crossing", first_crossing, models=("bio",), estimator="resampled")


@dataclasses.dataclass(frozen=True)
class CoverageCase:
    """A score and its true mean responses.

    Parameters
    ----------
    name : str
        Name of the case in tables.
    metric : Metric
        Score whose interval is tested.
    curve : numpy.ndarray, shape (condition,)
        True responses of the spiking model.
    is_edge : bool, optional
        Whether the true score is its best possible value, which an interval can miss at one side
        only.
    """

    name: str
    metric: Metric
    curve: np.ndarray
    is_edge: bool = False

    @property
    def truth(self) -> float:
        """The true score."""
        weights = np.ones((1, 1))
        return float(evaluate_runs(self.metric, self.curve[None, None], RATE_MODEL, weights)[0, 0])


_BENT = RATE_MODEL**1.5
CASES = (
    *(
        CoverageCase(metric.name, metric, _BENT)
        for metric in (RESPONSE, BIAS, RMSE, GAIN, OFFSET, CORRELATION_OVER_CONDITIONS, RATIO)
    ),
    CoverageCase(BOUNDARY.name, BOUNDARY, _BENT),
    CoverageCase(FIRST_CROSSING.name, FIRST_CROSSING, _BENT),
    CoverageCase("RMSE, truth 0", RMSE, RATE_MODEL, is_edge=True),
    CoverageCase("correlation, truth 1", CORRELATION_OVER_CONDITIONS, RATE_MODEL, is_edge=True),
)


def _leave_one_out(n: int) -> np.ndarray:
    """Return the weights of all trials, and those without each of them: shape (1 + n, n)."""
    return np.concatenate([np.full((1, n), 1 / n), (1 - np.eye(n)) / (n - 1)])


def _jackknife_error(values: np.ndarray) -> np.ndarray:
    """Return the standard errors by jackknife; `values` as of `_leave_one_out`, (run, 1 + n)."""
    n = values.shape[1] - 1
    return np.asarray(np.sqrt((n - 1) * values[:, 1:].var(axis=1)))


def _count_draws(n: int, size: int, seed: int) -> np.ndarray:
    """Draw trials with replacement, and count each of them: shape (size, n)."""
    return make_rng(seed, "draws", n).multinomial(n, np.full(n, 1 / n), size)


def built(metric: Metric, responses: np.ndarray, seed: int) -> np.ndarray:
    """Return the intervals of bioann."""
    return np.array([estimate.interval() for estimate in estimate_runs(metric, responses)]).T


def percentile_bootstrap(metric: Metric, responses: np.ndarray, seed: int) -> np.ndarray:
    """Return percentiles of the bootstrap, shifted by its bias."""
    n = responses.shape[1]
    rows = np.concatenate([np.full((1, n), 1 / n), _count_draws(n, N_RESAMPLES, seed) / n])
    values = evaluate_runs(metric, responses, RATE_MODEL, rows)
    shift = values[:, 0] - np.nanmean(values[:, 1:], axis=1)
    return np.asarray(np.nanquantile(values[:, 1:], _TAILS, axis=1) + shift)


def bca_bootstrap(metric: Metric, responses: np.ndarray, seed: int) -> np.ndarray:
    """Return the bias-corrected and accelerated intervals (Efron 1987)."""
    n = responses.shape[1]
    rows = np.concatenate([_leave_one_out(n), _count_draws(n, N_RESAMPLES, seed) / n])
    values = evaluate_runs(metric, responses, RATE_MODEL, rows)
    influence = values[:, 1 : n + 1].mean(axis=1, keepdims=True) - values[:, 1 : n + 1]
    scale = 6 * np.maximum((influence**2).sum(axis=1), 1e-300) ** 1.5
    acceleration = (influence**3).sum(axis=1) / scale
    resampled = values[:, n + 1 :]
    is_below = (
        (resampled < values[:, :1]).mean(axis=1).clip(0.5 / N_RESAMPLES, 1 - 0.5 / N_RESAMPLES)
    )
    bias = special.ndtri(is_below)
    z = bias + special.ndtri(_TAILS)[:, None]
    shares = special.ndtr(bias + z / (1 - acceleration * z)).T
    quantiles = [np.nanquantile(row, share) for row, share in zip(resampled, shares, strict=True)]
    return np.array(quantiles).T


def jackknife_t(metric: Metric, responses: np.ndarray, seed: int) -> np.ndarray:
    """Return the value and Student's t times the standard error of the jackknife."""
    n = responses.shape[1]
    values = evaluate_runs(metric, responses, RATE_MODEL, _leave_one_out(n))
    t = special.stdtrit(n - 1, _TAILS)[:, None]
    return np.asarray(values[:, 0] + t * _jackknife_error(values))


def studentised_bootstrap(metric: Metric, responses: np.ndarray, seed: int) -> np.ndarray:
    """Return intervals by the bootstrap distribution of the studentised score.

    Each resample has a standard error of its own, by a jackknife over its trials. Resamples in
    which all trials are the same one have none and do not count.
    """
    n = responses.shape[1]
    counts = _count_draws(n, N_STUDENTISED, seed)
    rows = np.concatenate([counts[:, None], counts[:, None] - np.eye(n)], axis=1)
    rows = rows.clip(0) / rows.clip(0).sum(axis=-1, keepdims=True)
    shape = (len(responses), N_STUDENTISED, n + 1)
    values = evaluate_runs(metric, responses, RATE_MODEL, rows.reshape(-1, n)).reshape(shape)
    deviations = values[..., 1:] - (values[..., 1:] * counts).sum(axis=-1, keepdims=True) / n
    errors = np.sqrt((n - 1) / n * (counts * deviations**2).sum(axis=-1))
    original = evaluate_runs(metric, responses, RATE_MODEL, _leave_one_out(n))
    ratios = (values[..., 0] - original[:, :1]) / np.where(errors > 1e-12, errors, np.nan)
    high, low = np.nanquantile(ratios, _TAILS, axis=1)
    return np.asarray(original[:, 0] - np.array([low, high]) * _jackknife_error(original))


def dirichlet_t(metric: Metric, responses: np.ndarray, seed: int) -> np.ndarray:
    """Return quantiles of the score with random weights of trials, which have the spread of t."""
    n = responses.shape[1]
    weights = make_trial_weights(np.arange(n), "resampled", N_RESAMPLES, seed).rows[n + 1 :]
    values = evaluate_runs(metric, responses, RATE_MODEL, weights)
    return np.asarray(np.nanquantile(values, _TAILS, axis=1))


#: The method of bioann, and the one that takes longest.
OURS, STUDENTISED = "bioann", "studentised bootstrap"
METHODS: Mapping[str, IntervalMethod] = {
    OURS: built,
    "percentile bootstrap": percentile_bootstrap,
    "BCa": bca_bootstrap,
    STUDENTISED: studentised_bootstrap,
    "jackknife and t": jackknife_t,
    "Dirichlet weights and t": dirichlet_t,
}
