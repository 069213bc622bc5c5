"""Verdicts at the trials that a pilot run plans, as `bioann plan` does."""

from __future__ import annotations

import collections
from collections.abc import Iterator, Sequence

import numpy as np

from bioann.analyses.error_rates_cases import IDENTICAL, TWO_MARGINS, RuleCase
from bioann.analyses.error_rates_goals import OWN_TRIALS
from bioann.analyses.error_rates_synthetic import EVIDENCE, VerdictRates, decide_run
from bioann.analyses.synthetic_responses import (
    RATE_MODEL,
    Noise,
    draw_noise_batches,
    estimate_runs,
)
from bioann.claims.rules.rule import IntervalRule
from bioann.comparison.plan_trials import expect_identical
from bioann.comparison.spread import PILOT_TRIALS

#: Pilot runs of each rule and noise; the runs that are judged are shared out among them.
N_PILOTS = 200
#: Offset of the seeds of pilot runs, whose noise is that of no other run.
_PILOT_SEED = 10_000


def plan_trials(rule: IntervalRule, noise: Noise, n_pilots: int, *, seed: int) -> np.ndarray:
    """Return the trials that pilot runs of a network identical to the rate model plan.

    Parameters
    ----------
    rule : IntervalRule
        Equivalence rule that the trials have to decide.
    noise : Noise
        Noise of single trials.
    n_pilots : int
        Number of pilot runs.
    seed : int
        Seed of the noise.

    Returns
    -------
    numpy.ndarray of int, shape (pilot,)
        Trials with which such a network is called equivalent with a chance of 80 %, by each pilot;
        `OWN_TRIALS` if fewer would do, as a pair runs so many without a plan.
    """
    (score,) = rule.scores
    batches = draw_noise_batches(
        noise, n_pilots, PILOT_TRIALS, seed=seed + _PILOT_SEED, n_matches=2
    )
    planned = []
    for one, other in batches:
        estimates = estimate_runs(score.metric, RATE_MODEL + one)
        # A network against itself with other input is a rate model with noise of its own.
        ceilings = estimate_runs(score.metric, RATE_MODEL + one - other)
        for estimate, ceiling in zip(estimates, ceilings, strict=True):
            identical = expect_identical(estimate, ceiling, score.best)
            planned.append(rule.count_units_needed(identical, EVIDENCE))
    return np.maximum(planned, OWN_TRIALS)


def count_planned_verdicts(
    cases: Sequence[RuleCase], noise: Noise, n_runs: int, *, seed: int, n_pilots: int = N_PILOTS
) -> list[VerdictRates]:
    """Count the verdicts of the equivalence tests, each run with the trials of a pilot run.

    Parameters
    ----------
    cases : sequence of RuleCase
        The rules with their truths.
    noise : Noise
        Noise of single trials.
    n_runs : int
        Runs of each truth.
    seed : int
        Seed of the noise.
    n_pilots : int, optional
        Pilot runs, which have equally many of these runs each.

    Returns
    -------
    list of VerdictRates
        Of an identical network and one that is off by two margins; their trials are the median.
    """
    rates = []
    for case in filter(lambda case: case.is_equivalence, cases):
        planned = plan_trials(case.rules[0], noise, min(n_pilots, n_runs), seed=seed)
        shares = np.bincount(np.arange(n_runs) % len(planned))
        for truth in case.truths:
            if truth.name not in (IDENTICAL, TWO_MARGINS):
                continue
            counts = collections.Counter[str]()
            for n_trials in np.unique(planned):
                size = int(shares[planned == n_trials].sum())
                outcomes = _judge(case, truth.curves[0], noise, (int(n_trials), size), seed)
                counts.update(outcomes)
            median = int(np.median(planned))
            rates.append(
                VerdictRates(case.name, noise.name, truth.name, median, n_runs, truth.right, counts)
            )
    return rates


def _judge(
    case: RuleCase, curve: np.ndarray, noise: Noise, size: tuple[int, int], seed: int
) -> Iterator[str]:
    """Yield the outcomes of runs; `size` has their trials and their number."""
    n_trials, n_runs = size
    (score,) = case.rules[0].scores
    for (batch,) in draw_noise_batches(noise, n_runs, n_trials, seed=seed):
        for estimate in estimate_runs(score.metric, curve + batch):
            yield decide_run(case.rules, (estimate,))
