r"""Estimate scores from trials, and what error they have.

Every quantity is a function of responses that are averaged over trials with weights. The jackknife
takes the weights of all trials and those without each independent unit in turn. For a score that is
not smooth in the responses, weights are also drawn: from a Dirichlet distribution (the Bayesian
bootstrap, Rubin 1981), whose deviations from equal weights are multiplied by
:math:`\sqrt{(n + 1) / \chi^2_{n-1}}`, so that a mean gets the spread of Student's t.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.randomness import make_rng
from bioann.metrics.estimate import Estimate, JackknifeEstimate, ResampledEstimate

#: Resampled values of a score that is not smooth.
N_RESAMPLES = 999
#: Fewest independent units with an interval.
MIN_UNITS = 3
#: Share of the resampled values that have to be defined for an interval.
MIN_DEFINED = 0.95
#: Units whose pairs give the effective number of dimensions of the noise.
MAX_PAIRED_UNITS = 12

#: How a score is estimated; see `bioann.metrics.Metric`.
ESTIMATORS = ("plug-in", "unbiased", "unbiased square", "resampled")


@dataclasses.dataclass(frozen=True)
class TrialWeights:
    """Weights of trials with which a score is computed.

    Parameters
    ----------
    rows : numpy.ndarray, shape (row, trial)
        Weights that sum to 1 over trials. First equal weights; then those without each unit; then
        those of pairs of units, or resampled ones.
    n_units : int
        Number of independent units.
    n_trials : int
        Number of trials.
    """

    rows: np.ndarray
    n_units: int
    n_trials: int

    def average(self, values: xr.DataArray) -> xr.DataArray:
        """Average over trials: ``resample`` takes the place of the dimension ``trial``."""
        weight = xr.DataArray(self.rows, dims=("resample", "trial"))
        return xr.dot(weight, values.drop_vars("trial", errors="ignore"), dim="trial")


@name_argument_errors
def make_trial_weights(
    groups: np.ndarray, estimator: str, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> TrialWeights:
    """Return the weights that an estimator needs.

    Parameters
    ----------
    groups : numpy.ndarray of int, shape (trial,)
        The independent unit that each trial belongs to: its own number, or its wiring.
    estimator : str
        One of `ESTIMATORS`.
    n_resamples : int, optional
        Number of resampled weights, for the estimator that resamples.
    seed : int, optional
        Seed of the resampled weights.

    Returns
    -------
    TrialWeights
        Read-only weights, which scores with the same trials share.
    """
    return _make_trial_weights(tuple(int(g) for g in groups), estimator, n_resamples, seed)


@functools.lru_cache(maxsize=16)
def _make_trial_weights(
    groups: tuple[int, ...], estimator: str, n_resamples: int, seed: int
) -> TrialWeights:
    _, unit = np.unique(groups, return_inverse=True)
    n_units, n_trials = int(unit.max()) + 1, len(unit)
    equal = np.full(n_trials, 1 / n_trials)
    rows = [equal[None]]
    if n_units > 1:
        is_left = unit != np.arange(n_units)[:, None]
        rows.append(is_left / is_left.sum(axis=1, keepdims=True))
    if estimator == "unbiased square" and n_units >= MIN_UNITS:
        steps = rows[1][:MAX_PAIRED_UNITS] - equal
        first, second = np.triu_indices(len(steps))
        rows.append(equal + steps[first] + steps[second])
    if estimator == "resampled" and n_units >= MIN_UNITS:
        rng = make_rng(seed, "resampled weights", n_trials)
        share = rng.dirichlet(np.ones(n_units), n_resamples) - 1 / n_units
        share *= np.sqrt((n_units + 1) / rng.chisquare(n_units - 1, (n_resamples, 1)))
        rows.append(equal + share[:, unit] / np.bincount(unit)[unit])
    weights = np.concatenate(rows)
    weights.setflags(write=False)
    return TrialWeights(weights, n_units, n_trials)


@dataclasses.dataclass(frozen=True)
class Sampling:
    """What of a score is random, and how its values follow from resampled responses.

    Parameters
    ----------
    estimator : str
        One of `ESTIMATORS`.
    sampled : {'trials', 'wirings'}
        The independent units of `weights`.
    weights : TrialWeights
        Weights with which the values of the score were computed.
    limits : tuple of float, optional
        Smallest and largest possible score.
    n_outcomes : int, optional
        Number of yes-or-no outcomes that the score is the share of, if it is one.
    """

    estimator: str
    sampled: str
    weights: TrialWeights
    limits: tuple[float, float] = (-np.inf, np.inf)
    n_outcomes: int = 0

    def estimate(self, values: np.ndarray, without_sample: np.ndarray | None = None) -> Estimate:
        """Estimate one score.

        Parameters
        ----------
        values : numpy.ndarray, shape (row,)
            The score with each row of the weights.
        without_sample : numpy.ndarray, shape (sample,), optional
            The score without each sample of a drawn stimulus, if these are independent units too.

        Returns
        -------
        Estimate
            With an interval if there are at least `MIN_UNITS` units.
        """
        n = self.weights.n_units
        if not np.isfinite(values[0]):
            return Estimate(np.nan, n, self.sampled, self.limits)
        is_square = self.estimator == "unbiased square"
        scaled = values**2 if is_square else values
        unbiased, error, skewness = summarise_pseudo_values(scaled[: n + 1])
        centre = unbiased if self.estimator.startswith("unbiased") else float(scaled[0])
        sampled = self.sampled
        if without_sample is not None and np.isfinite(without_sample).all():
            left_out = without_sample**2 if is_square else without_sample
            of_samples = summarise_pseudo_values(np.concatenate([scaled[:1], left_out]))
            # Samples have trials of their own, so that their spread includes that of trials.
            if not of_samples[1] < error:
                n, sampled, (_, error, skewness) = len(left_out), "samples", of_samples
        common: dict[str, Any] = {
            "value": self._scale_back(centre),
            "n": n,
            "sampled": sampled,
            "limits": self.limits,
            "centre": centre,
            "standard_error": error if n >= MIN_UNITS else np.nan,
            "skewness": skewness,
            "n_outcomes": self.n_outcomes,
        }
        if self.estimator == "resampled":
            return ResampledEstimate(**common, resampled=self._sort_resampled(values))
        if self.estimator == "unbiased":
            common["noise"] = unbiased - float(scaled[0])
        if is_square:
            common |= {"is_square": True, "noise": max(float(scaled[0]) - unbiased, 0.0)}
            if self.weights.n_units >= MIN_UNITS:
                common["dimensions"] = _count_noise_dimensions(scaled, self.weights.n_units)
        return JackknifeEstimate(**common)

    def _scale_back(self, centre: float) -> float:
        """Return the score whose estimate, or that of its square, is `centre`."""
        if self.estimator == "unbiased square":
            return float(np.sqrt(max(centre, 0.0)))
        return float(np.clip(centre, *self.limits)) if self.estimator == "unbiased" else centre

    def _sort_resampled(self, values: np.ndarray) -> tuple[float, ...]:
        """Return the defined ones of the resampled values; none if too few are."""
        resampled = values[self.weights.n_units + 1 :]
        is_finite = np.isfinite(resampled)
        if not len(resampled) or is_finite.mean() <= MIN_DEFINED:
            return ()
        return tuple(np.sort(resampled[is_finite]))


def summarise_pseudo_values(values: np.ndarray) -> tuple[float, float, float]:
    """Return mean, standard error and skewness of the jackknife's pseudo-values.

    Parameters
    ----------
    values : numpy.ndarray, shape (1 + unit,)
        The score of all units, then those without each of them.

    Returns
    -------
    centre, standard_error, skewness : float
        NaN if any value is undefined; the error is NaN with fewer than two units.
    """
    n = len(values) - 1
    if n < 2:
        return float(values[0]), np.nan, 0.0
    pseudo_values = n * values[0] - (n - 1) * values[1:]
    centre, spread = pseudo_values.mean(), pseudo_values.std(ddof=1)
    skewness = 0.0
    if n > 2 and spread > 1e-9 * max(abs(values[0]), 1e-9):
        cubes = (((pseudo_values - centre) / spread) ** 3).sum()
        skewness = float(cubes * n / ((n - 1) * (n - 2)))
    return float(centre), float(spread / np.sqrt(n)), skewness


def _count_noise_dimensions(squares: np.ndarray, n_units: int) -> float:
    r"""Return the effective number of dimensions of the noise in a mean square.

    With the covariance :math:`\Sigma` of a unit's responses it is :math:`(tr \Sigma) (tr
    \Sigma^2) / tr \Sigma^3`: the inverse of the mean share of the noise in a principal direction,
    where each direction counts by the square of its variance. Products of the deviations of two
    units are second differences of the square. Powers of the sample's covariance with `f` degrees
    of freedom are corrected as for normal noise, up to factors with which noise of one dimension
    has exactly one, and noise of many has too few by a share of up to :math:`4 / f`.
    """
    n = min(n_units, MAX_PAIRED_UNITS)
    first, second = np.triu_indices(n)
    pairs = squares[n_units + 1 :]
    single = squares[1 : n + 1]
    gram = np.zeros((n, n))
    gram[first, second] = pairs - single[first] - single[second] + squares[0]
    gram[second, first] = gram[first, second]  # 2 d_i d_j / (n_units - 1)^2
    gram += gram.mean() - gram.mean(axis=0) - gram.mean(axis=1, keepdims=True)
    f, square = n - 1, gram @ gram
    trace = float(np.trace(gram)) / f
    if not np.isfinite(trace) or trace <= 0:
        return np.inf
    second_power = float(np.trace(square)) / f**2 / trace**2
    third_power = float((square * gram).sum()) / f**3 / trace**3
    of_square = max((second_power - 1 / f) / (1 - 1 / f), 1e-6)
    share = of_square
    if f > 2:
        of_cube = third_power - 3 / f * second_power + 2 / f**2
        share = max(of_cube / ((1 - 1 / f) * (1 - 2 / f)) / of_square, of_square)
    return 1 / min(share, 1.0)


Statistic = Callable[[TrialWeights], np.ndarray]


@name_argument_errors
def estimate_over_trials(
    statistic: Statistic, groups: np.ndarray, sampled: str = "trials", estimator: str = "plug-in"
) -> Estimate:
    """Estimate one score of which trials, or groups of trials, are the independent units.

    Parameters
    ----------
    statistic : callable
        ``statistic(trial_weights) -> values`` of shape ``(row,)``, one for each row of weights.
    groups : numpy.ndarray of int, shape (trial,)
        The independent unit that each trial belongs to.
    sampled : {'trials', 'wirings'}, optional
        What the independent units are.
    estimator : str, optional
        One of `ESTIMATORS`.

    Returns
    -------
    Estimate
        The value with its interval.
    """
    weights = make_trial_weights(groups, estimator)
    return Sampling(estimator, sampled, weights).estimate(statistic(weights))


def find_trial_groups(wirings: np.ndarray | None, n_trials: int) -> tuple[np.ndarray, str]:
    """Return the independent unit of each trial, and what these units are.

    Parameters
    ----------
    wirings : numpy.ndarray of int, shape (trial,), or None
        Wiring of each trial, where the network's connectivity is drawn.
    n_trials : int
        Number of trials.

    Returns
    -------
    groups : numpy.ndarray of int, shape (trial,)
        The wiring if there are several, else the number of the trial.
    sampled : {'trials', 'wirings'}
        What they are.
    """
    if wirings is not None and len(np.unique(wirings)) > 1:
        return np.asarray(wirings), "wirings"
    return np.arange(n_trials), "trials"
