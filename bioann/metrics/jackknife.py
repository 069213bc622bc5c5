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
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.randomness import make_rng
from bioann.metrics.estimate import Estimate, JackknifeEstimate, ResampledEstimate
from bioann.metrics.pseudo_values import (
    MAX_PAIRED_UNITS,
    count_noise_dimensions,
    summarise_pseudo_values,
)

#: Resampled values of a score that is not smooth.
N_RESAMPLES = 999
#: Fewest independent units with an interval.
MIN_UNITS = 3
#: Share of the resampled values that have to be defined for an interval.
MIN_DEFINED = 0.95

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
        Number of trials of each condition, at least 1.
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
        How the score is estimated, one of `ESTIMATORS`.
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
        How the score is estimated, one of `ESTIMATORS`.
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
        left_out = None if without_sample is None else np.asarray(without_sample)[None]
        (estimate,) = self.estimate_all(np.asarray(values)[None], left_out)
        return estimate

    def estimate_all(
        self, values: np.ndarray, without_sample: np.ndarray | None = None
    ) -> list[Estimate]:
        """Estimate many scores.

        Parameters
        ----------
        values : numpy.ndarray, shape (score, row)
            The scores with each row of the weights.
        without_sample : numpy.ndarray, shape (score, sample), optional
            The scores without each sample of a drawn stimulus, if these are independent units too.

        Returns
        -------
        list of Estimate
            As of `estimate`.
        """
        n, is_square = self.weights.n_units, self.estimator == "unbiased square"
        scaled = values**2 if is_square else values
        unbiased, errors, skewness = summarise_pseudo_values(scaled[:, : n + 1])
        units = np.full(len(values), n)
        is_wider = np.zeros(len(values), dtype=bool)
        if without_sample is not None:
            left_out = without_sample**2 if is_square else without_sample
            of_samples = summarise_pseudo_values(np.concatenate([scaled[:, :1], left_out], axis=1))
            # Samples have trials of their own, so that their spread includes that of trials.
            is_wider = np.isfinite(left_out).all(axis=1) & ~(of_samples[1] < errors)
            errors = np.where(is_wider, of_samples[1], errors)
            skewness = np.where(is_wider, of_samples[2], skewness)
            units = np.where(is_wider, left_out.shape[1], n)
        errors = np.where(units >= MIN_UNITS, errors, np.nan)
        fields: dict[str, np.ndarray] = {
            "centre": unbiased if self.estimator.startswith("unbiased") else scaled[:, 0],
            "standard_error": errors, "skewness": skewness, "n": units,
        }  # fmt: skip
        if self.estimator == "unbiased":
            fields["noise"] = unbiased - scaled[:, 0]
        if is_square:
            fields["noise"] = np.maximum(scaled[:, 0] - unbiased, 0.0)
            if n >= MIN_UNITS:
                fields["dimensions"] = count_noise_dimensions(scaled, n)
        columns = {name: column.tolist() for name, column in fields.items()}
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return [
            self._make_estimate(of_score, "samples" if is_of_samples else self.sampled, row)
            for of_score, is_of_samples, row in zip(values, is_wider.tolist(), rows, strict=True)
        ]

    def _make_estimate(self, values: np.ndarray, sampled: str, numbers: dict[str, Any]) -> Estimate:
        """Return an estimate with the numbers of its pseudo-values."""
        if not math.isfinite(values[0]):
            return Estimate(np.nan, self.weights.n_units, self.sampled, self.limits)
        common: dict[str, Any] = {
            "value": self._scale_back(numbers["centre"]), "sampled": sampled,
            "limits": self.limits, "n_outcomes": self.n_outcomes,
        }  # fmt: skip
        if self.estimator == "resampled":
            return ResampledEstimate(**common, **numbers, resampled=self._sort_resampled(values))
        return JackknifeEstimate(**common, **numbers, is_square=self.estimator == "unbiased square")

    def _scale_back(self, centre: float) -> float:
        """Return the score whose estimate, or that of its square, is `centre`."""
        if self.estimator == "unbiased square":
            return math.sqrt(max(centre, 0.0))
        if self.estimator == "unbiased":
            return min(max(centre, self.limits[0]), self.limits[1])
        return centre

    def _sort_resampled(self, values: np.ndarray) -> tuple[float, ...]:
        """Return the defined ones of the resampled values; none if too few are."""
        resampled = values[self.weights.n_units + 1 :]
        is_finite = np.isfinite(resampled)
        if not len(resampled) or is_finite.mean() <= MIN_DEFINED:
            return ()
        return tuple(np.sort(resampled[is_finite]))


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
        How the score is estimated, one of `ESTIMATORS`.

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
        Number of trials of each condition, at least 1.

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
