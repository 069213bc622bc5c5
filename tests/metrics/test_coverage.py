"""Intervals at a level of 95 % cover the truth in 93 to 97 % of simulated runs, from five trials.

``docs/concepts/intervals.md`` has the same study with more runs, conditions and kinds of noise.
"""

import functools

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from bioann.metrics.agreement import BIAS, CORRELATION_OVER_CONDITIONS, GAIN, OFFSET, RMSE
from bioann.metrics.jackknife import Sampling, make_trial_weights
from bioann.metrics.metric import Metric

N_RUNS, N_CONDITIONS, SIGMA = 400, 8, 0.1
LEVELS = np.linspace(0.1, 1.0, N_CONDITIONS)
STIMULUS = xr.DataArray(
    LEVELS[:, None], dims=("condition", "channel"), coords={"channel": ["x"], "condition": LEVELS}
)
RATE_MODEL = xr.DataArray(LEVELS, dims="condition")
#: Steady responses without noise: a curve that saturates.
CURVE = xr.DataArray(1.2 * LEVELS / (LEVELS + 0.3), dims="condition")

NOISES = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "exponential": lambda rng, shape: rng.exponential(size=shape) - 1,
}


def take_last(bio, other, stimulus):
    return bio.isel(condition=-1)


def divide_ends(bio, other, stimulus):
    return bio.isel(condition=-1) / bio.isel(condition=0)


def find_first_crossing(bio, other, stimulus):
    """Return the lowest level at which a response crosses 0.6, between levels by interpolation."""
    values = bio.transpose(..., "condition").values
    is_above = values > 0.6
    k = np.clip(is_above.argmax(axis=-1), 1, None)[..., None]
    before, after = (np.take_along_axis(values, j, axis=-1)[..., 0] for j in (k - 1, k))
    share = np.clip((0.6 - before) / np.where(after > before, after - before, np.inf), 0, 1)
    step = LEVELS[1] - LEVELS[0]
    level = LEVELS[k[..., 0] - 1] + share * step
    return xr.DataArray(level, dims=bio.transpose(..., "condition").dims[:-1])


METRICS = {
    "mean": Metric("mean", take_last),
    "bias": BIAS,
    "gain": GAIN,
    "offset": OFFSET,
    "RMSE": RMSE,
    "correlation": CORRELATION_OVER_CONDITIONS,
    "ratio": Metric("ratio", divide_ends),
    "first crossing": Metric("first crossing", find_first_crossing, estimator="resampled"),
}


def simulate_estimates(metric, curve, noise, n_trials, sigma=SIGMA, is_shared=False, seed=1):
    """Return the estimates of simulated runs; the noise may be the same in all conditions."""
    rng = np.random.default_rng(seed)
    n_drawn = 1 if is_shared else N_CONDITIONS
    deviations = sigma * NOISES[noise](rng, (N_RUNS, n_trials, n_drawn))
    weights = make_trial_weights(np.arange(n_trials), metric.estimator, n_resamples=199)
    deviations = np.broadcast_to(deviations, (N_RUNS, n_trials, N_CONDITIONS))
    averages = np.einsum("wt,rtc->rwc", weights.rows, deviations)
    responses = curve + xr.DataArray(averages, dims=("run", "resample", "condition"))
    values = metric.evaluate(responses, RATE_MODEL, STIMULUS).transpose("run", "resample").values
    sampling = Sampling(metric.estimator, "trials", weights, metric.limits)
    return [sampling.estimate(row) for row in values]


def count_covered(estimates, truth):
    intervals = np.array([estimate.interval() for estimate in estimates])
    return int(((intervals[:, 0] <= truth + 1e-12) & (truth - 1e-12 <= intervals[:, 1])).sum())


@functools.cache
def bound_covered(lowest, highest):
    """Return the numbers of runs that such coverages stay within, but for 0.1 %."""
    return stats.binom.ppf([5e-4, 1 - 5e-4], N_RUNS, [lowest, highest])


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("n_trials", [5, 10])
@pytest.mark.parametrize("name", METRICS)
def test_intervals_cover_the_truth(name, n_trials, noise):
    metric = METRICS[name]
    truth = float(metric.evaluate(CURVE, RATE_MODEL, STIMULUS))
    covered = count_covered(simulate_estimates(metric, CURVE, noise, n_trials), truth)
    low, high = bound_covered(0.93, 0.97)
    assert low <= covered <= high


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("n_trials", [5, 10])
@pytest.mark.parametrize("is_shared", [False, True], ids=["independent", "shared"])
def test_an_rmse_of_zero_is_covered(n_trials, noise, is_shared):
    """There the interval has one side only, and may cover more."""
    estimates = simulate_estimates(RMSE, RATE_MODEL, noise, n_trials, is_shared=is_shared)
    assert count_covered(estimates, 0.0) >= bound_covered(0.93, 1.0)[0]


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("n_trials", [5, 10])
def test_a_correlation_of_one_is_covered(n_trials, noise):
    estimates = simulate_estimates(CORRELATION_OVER_CONDITIONS, RATE_MODEL, noise, n_trials)
    assert count_covered(estimates, 1.0) >= bound_covered(0.93, 1.0)[0]


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("n_trials", [5, 10])
def test_an_rmse_of_noise_that_conditions_share_is_covered(n_trials, noise):
    """One dimension of noise: the mean square of a bias, whose upper end is bent."""
    estimates = simulate_estimates(RMSE, CURVE, noise, n_trials, is_shared=True)
    truth = float(RMSE.evaluate(CURVE, RATE_MODEL, STIMULUS))
    assert count_covered(estimates, truth) >= bound_covered(0.93, 1.0)[0]


@pytest.mark.parametrize("name", ["RMSE", "correlation"])
def test_what_trial_noise_would_bias_is_right_on_average(name):
    """The mean over runs of an estimate without bias, known to its standard error."""
    metric, power = METRICS[name], 2 if name == "RMSE" else 1
    truth = float(metric.evaluate(CURVE, RATE_MODEL, STIMULUS)) ** power
    estimates = simulate_estimates(metric, CURVE, "normal", 5, sigma=0.2)
    centres = np.array([estimate.centre for estimate in estimates])
    error = centres.std() / np.sqrt(N_RUNS)
    # Exact for a mean square; the jackknife leaves a correlation a bias of the order 1 / n^2.
    assert centres.mean() == pytest.approx(truth, abs=3.3 * error + (0.01 if power == 1 else 0))
    plug_in = simulate_estimates(Metric("same", metric.function), CURVE, "normal", 5, sigma=0.2)
    biased = np.mean([estimate.value**power for estimate in plug_in])
    assert abs(biased - truth) > 3 * abs(centres.mean() - truth)
