"""Verdicts of many synthetic runs, and the trials at which an identical network is equivalent."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bioann.analyses.error_rates_cases import WHY, RuleCase, Truth
from bioann.analyses.synthetic_responses import (
    SPREAD,
    Noise,
    draw_noise_batches,
    estimate_runs,
)
from bioann.claims.claim import OUTCOMES
from bioann.claims.margin import Margin
from bioann.claims.rules.all_of import combine_judgements
from bioann.claims.rules.equivalent import Equivalent
from bioann.claims.rules.rule import Evidence, IntervalRule, Judgement
from bioann.metrics.agreement import RMSE
from bioann.metrics.estimate import Estimate
from bioann.metrics.metric import Metric

#: Numbers of trials among which those that suffice are looked for.
TRIAL_GRID = (3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 25, 30, 40, 50, 60, 80, 100, 140, 200)

#: What synthetic runs are judged by: the usual level, and margins in the rules themselves.
EVIDENCE = Evidence(pd.DataFrame())


@dataclasses.dataclass(frozen=True)
class VerdictRates:
    """How often a rule came to each outcome.

    Attributes
    ----------
    rule, noise, truth : str
        Names of the rule, the noise and the truth.
    trials, runs : int
        Trials of each condition in a run, and runs.
    right : str
        The right outcome; empty exactly at a bound.
    counts : mapping of str to int
        Number of runs with each outcome.
    """

    rule: str
    noise: str
    truth: str
    trials: int
    runs: int
    right: str
    counts: collections.Counter[str]

    def rate(self, outcome: str) -> float:
        """Return the share of the runs with an outcome."""
        return self.counts[outcome] / self.runs

    def as_row(self) -> dict[str, Any]:
        """Return all fields, with the rate of every outcome, for a table."""
        fields = {name: value for name, value in vars(self).items() if name != "counts"}
        return fields | {outcome: self.rate(outcome) for outcome in OUTCOMES}


def decide_run(rules: Sequence[IntervalRule], estimates: Sequence[Estimate]) -> str:
    """Return the outcome of one run.

    Parameters
    ----------
    rules : sequence of IntervalRule
        One rule, or several that all have to hold.
    estimates : sequence of Estimate
        The score of each rule.

    Returns
    -------
    str
        One of the outcomes of `bioann.claims.claim`.
    """
    pairs = list(zip(rules, estimates, strict=True))
    outcomes = [rule.decide_estimate(estimate, EVIDENCE) for rule, estimate in pairs]
    if len(rules) == 1:
        return outcomes[0]
    error = (1 - EVIDENCE.level) / len(rules)
    strict = dataclasses.replace(EVIDENCE, level=1 - error)
    judgements = []
    for (rule, estimate), outcome in zip(pairs, outcomes, strict=True):
        # Only whether a refuted rule's p-value is beyond the error level changes the outcome.
        is_clear = outcome == "refuted" == rule.decide_estimate(estimate, strict)
        judgements.append(Judgement(outcome, p_value=error if is_clear else 1.0))
    return combine_judgements(judgements, error).outcome


class EstimateCache:
    """Estimates of one batch of runs, which rules and truths share.

    Parameters
    ----------
    noise : numpy.ndarray, shape (match, run, trial, condition)
        Noise of the batch; all truths have the same, so that their rates are not independent.
    """

    def __init__(self, noise: np.ndarray) -> None:
        self.noise = noise
        self._estimates: dict[tuple[Metric, int, bytes], list[Estimate]] = {}

    def estimate(self, metric: Metric, match: int, curve: np.ndarray) -> list[Estimate]:
        """Return the estimates of a metric in all runs, for one match with true responses."""
        key = (metric, match, curve.tobytes())
        if key not in self._estimates:
            self._estimates[key] = estimate_runs(metric, curve + self.noise[match])
        return self._estimates[key]

    def decide(self, rules: Sequence[IntervalRule], truth: Truth) -> Iterator[str]:
        """Yield the outcome of every run."""
        estimates = [
            self.estimate(rule.scores[0].metric, match, curve)
            for match, (rule, curve) in enumerate(zip(rules, truth.curves, strict=True))
        ]
        for of_run in zip(*estimates, strict=True):
            yield decide_run(rules, of_run)


def count_verdicts(
    cases: Sequence[RuleCase], noise: Noise, n_trials: int, n_runs: int, *, seed: int
) -> list[VerdictRates]:
    """Count the verdicts of all rules in all truths.

    Parameters
    ----------
    cases : sequence of RuleCase
        The rules with their truths.
    noise : Noise
        Noise of single trials.
    n_trials, n_runs : int
        Trials of each condition in a run, and runs.
    seed : int
        Seed of the noise.

    Returns
    -------
    list of VerdictRates
        One for each rule and truth.
    """
    n_matches = max(len(case.rules) for case in cases)
    counts: dict[tuple[str, str], collections.Counter[str]] = collections.defaultdict(
        collections.Counter
    )
    for batch in draw_noise_batches(noise, n_runs, n_trials, seed=seed, n_matches=n_matches):
        cache = EstimateCache(batch)
        for case in cases:
            for truth in case.truths:
                counts[case.name, truth.name].update(cache.decide(case.rules, truth))
    return [
        VerdictRates(
            case.name, noise.name, truth.name, n_trials, n_runs, truth.right,
            counts[case.name, truth.name],
        )
        for case in cases
        for truth in case.truths
    ]  # fmt: skip


def count_trials_needed(
    noise: Noise, n_conditions: int, shares: Sequence[float], n_runs: int, *, seed: int,
    power: float = 0.8,
) -> dict[float, int]:  # fmt: skip
    """Return the trials from which an identical network is called equivalent often enough.

    Parameters
    ----------
    noise : Noise
        Noise of single trials.
    n_conditions : int
        Number of conditions of the synthetic responses.
    shares : sequence of float
        Margins of the root mean square difference, as shares of the spread between trials.
    n_runs : int
        Runs with each number of trials.
    seed : int
        Seed of the noise.
    power : float, optional
        The share of the runs that is asked for.

    Returns
    -------
    dict of float to int
        The smallest number of `TRIAL_GRID` for each share; 0 if none suffices.
    """
    needed = dict.fromkeys(shares, 0)
    curve = np.linspace(0, 1, n_conditions)
    for n_trials in TRIAL_GRID:
        if all(needed.values()):
            break
        estimates: list[Estimate] = []
        batches = draw_noise_batches(noise, n_runs, n_trials, seed=seed, n_conditions=n_conditions)
        for batch in batches:
            estimates += estimate_runs(RMSE, curve + batch[0], curve)
        for share in shares:
            rule = Equivalent(RMSE, Margin(share * SPREAD, WHY))
            outcomes = [rule.decide_estimate(estimate, EVIDENCE) for estimate in estimates]
            if not needed[share] and outcomes.count("supported") >= power * n_runs:
                needed[share] = n_trials
    return needed
