"""Synthetic responses with a known truth, and the estimates of many runs at once.

A run is drawn as the mean response of each condition plus noise of each trial. All runs of a batch
are one array with the dimension ``run``, which rides along through the metric functions; each run
then gets its own `bioann.metrics.Estimate`, from the same `Sampling.estimate` as in `compare`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import xarray as xr

from bioann.base.randomness import make_rng
from bioann.metrics.estimate import Estimate
from bioann.metrics.jackknife import Sampling, make_trial_weights
from bioann.metrics.metric import Metric

#: Number of conditions, and responses of the rate model in them, in activation.
N_CONDITIONS = 12
RATE_MODEL = np.linspace(0.0, 1.0, N_CONDITIONS)
#: Standard deviation of a response between trials, in activation.
SPREAD = 0.1
#: Runs in one array, and values of a resampled score in it; keep memory below about 100 MB.
BATCH_SIZE, MAX_BATCH_VALUES = 500, 4_000_000


@dataclasses.dataclass(frozen=True)
class Noise:
    """Noise of single trials, with mean 0 and standard deviation `SPREAD` in each condition.

    Parameters
    ----------
    shape : {'normal', 'exponential'}
        Its distribution; the exponential one has skewness 2.
    shared : float
        Share of its variance that all conditions of a trial have in common.
    """

    shape: str
    shared: float = 0.0

    @property
    def name(self) -> str:
        """The noise in words."""
        conditions = f"{self.shared:.0%} shared" if self.shared else "independent"
        return f"{self.shape}, {conditions}".replace("%", " %")

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draw noise; the last axis of `shape` is the condition."""
        draw_standard = rng.standard_normal if self.shape == "normal" else rng.standard_exponential
        mean = 0.0 if self.shape == "normal" else 1.0
        own = draw_standard(shape) - mean
        if not self.shared:
            return np.asarray(SPREAD * own)
        common = draw_standard((*shape[:-1], 1)) - mean
        return np.asarray(SPREAD * (np.sqrt(1 - self.shared) * own + np.sqrt(self.shared) * common))


NOISES = (
    Noise("normal"),
    Noise("exponential"),
    Noise("normal", shared=0.7),
    Noise("exponential", shared=0.7),
)


def draw_noise_batches(
    noise: Noise, n_runs: int, n_trials: int, *, seed: int, n_matches: int = 1,
    n_conditions: int = N_CONDITIONS,
) -> Iterator[np.ndarray]:  # fmt: skip
    """Draw the noise of many runs in batches.

    Parameters
    ----------
    noise : Noise
        Distribution of the trial noise.
    n_runs, n_trials : int
        Number of runs, and of trials of each condition in a run.
    seed : int
        Seed of the noise.
    n_matches, n_conditions : int, optional
        Matches, whose noise is independent, and conditions.

    Yields
    ------
    numpy.ndarray, shape (match, run, trial, condition)
        At most `BATCH_SIZE` runs.
    """
    for start in range(0, n_runs, BATCH_SIZE):
        rng = make_rng(seed, noise.name, n_trials, n_conditions, start)
        size = min(BATCH_SIZE, n_runs - start)
        yield noise.draw(rng, (n_matches, size, n_trials, n_conditions))


def evaluate_runs(
    metric: Metric, responses: np.ndarray, rate_model: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Evaluate a metric of many runs.

    Parameters
    ----------
    metric : Metric
        The metric, of window means.
    responses : numpy.ndarray, shape (run, trial, condition)
        Responses of the spiking model.
    rate_model : numpy.ndarray, shape (condition,)
        Responses of the rate model, which also stand for the mean of the stimulus's only channel.
    weights : numpy.ndarray, shape (row, trial) or (run, row, trial)
        Weights of the trials, as of `bioann.metrics.jackknife.TrialWeights`.

    Returns
    -------
    numpy.ndarray, shape (run, row)
        The metric with each row of the weights.
    """
    averages = xr.DataArray(weights @ responses, dims=("run", "resample", "condition"))
    other = xr.DataArray(rate_model, dims="condition")
    values = metric.evaluate(averages, other, other.expand_dims(channel=["input"], axis=1))
    return np.asarray(values.transpose("run", "resample").values)


def estimate_runs(
    metric: Metric, responses: np.ndarray, rate_model: np.ndarray = RATE_MODEL
) -> list[Estimate]:
    """Estimate a metric of many runs, each from its own trials.

    Parameters
    ----------
    metric : Metric
        The metric, of window means.
    responses : numpy.ndarray, shape (run, trial, condition)
        Responses of the spiking model.
    rate_model : numpy.ndarray, shape (condition,), optional
        Responses of the rate model.

    Returns
    -------
    list of Estimate
        One of each run.
    """
    _, n_trials, n_conditions = responses.shape
    weights = make_trial_weights(np.arange(n_trials), metric.estimator)
    sampling = Sampling(metric.estimator, "trials", weights, metric.limits)
    n_batches = 1 + len(responses) * len(weights.rows) * n_conditions // MAX_BATCH_VALUES
    return [
        estimate
        for batch in np.array_split(responses, n_batches)
        for estimate in sampling.estimate_all(
            evaluate_runs(metric, batch, rate_model, weights.rows)
        )
    ]
