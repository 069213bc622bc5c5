"""Plan the trials of a run: how many each claim needs, from a pilot run or another comparison."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bioann.base.arguments import is_whole_number, name_argument_errors
from bioann.base.errors import DescriptionError
from bioann.claims.claim import Claim
from bioann.claims.rules.equivalent import Equivalent
from bioann.claims.rules.rule import Evidence, IntervalRule, Rule
from bioann.comparison.comparison import Comparison, compare
from bioann.comparison.decide import choose_claims
from bioann.comparison.spread import PILOT_SEED, PILOT_TRIALS
from bioann.metrics.estimate import Estimate, JackknifeEstimate, ResampledEstimate
from bioann.pair import Pair

#: Columns of the table; those with an ending are of the part of a rule and of the whole claim.
PLAN_COLUMNS = (
    "claim",
    "part",
    "value",
    "low",
    "high",
    "unit",
    "outcome",
    "sampled",
    "needed",
    "needed_if_identical",
    "claim_needed",
)


@name_argument_errors
def trials_needed(
    pair: Pair | Comparison,
    *,
    claims: Sequence[str] = (),
    trials: int = PILOT_TRIALS,
    seed: int = PILOT_SEED,
    engine: str = "auto",
) -> pd.DataFrame:
    """Return how many trials each claim needs to be decided with a chance of 80 %.

    Every value is taken to be the true one, with an error that falls with the square root of the
    number of units.

    Parameters
    ----------
    pair : Pair or Comparison
        The pair, of which a pilot run is made; or a comparison, of which the scores are taken.
    claims : sequence of str, optional
        Labels of claims; all unless given.
    trials : int, optional
        Trials of the pilot run, at least 5.
    seed : int, optional
        Its seed, other than that of the runs that are judged.
    engine : {'auto', 'numpy', 'cython', 'cpp', 'cpp_standalone'}, optional
        What executes spiking models.

    Returns
    -------
    pandas.DataFrame
        One row per part of each claim's rule, with `PLAN_COLUMNS`. ``sampled`` is what is counted:
        trials, wirings, samples of the stimulus, or ``exact`` if one trial is enough. ``needed``
        has the number for the part, ``claim_needed`` for the whole claim, ``needed_if_identical``
        (of an equivalence) that with which a network identical to the spiking model would be called
        equivalent, from the noise ceiling. 0 stands for no number up to
        `bioann.claims.rules.rule.MAX_UNITS`, NaN for what has no number.

    Raises
    ------
    DescriptionError, UnknownNameError
        If there are fewer than 5 trials, or the pair has no claim, or none of that label.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import second
    >>> bio = ba.FunctionModel(
    ...     lambda stimulus, rng: stimulus.values + rng.normal(0, 0.05, stimulus.shape),
    ...     units=("unit",), channels=("x",), random=True,
    ... )
    >>> ann = ba.RateNetwork(("unit",), channels=("x",))
    >>> correspondence = ba.Correspondence((ba.Match("unit", "unit"),))
    >>> stimulus = ba.steps({"x": [0.0, 0.5, 1.0]}, duration=second)
    >>> claim = ba.Claim("1", "The models agree.", "ours", ba.Score(ba.metrics.RMSE) <= 0.05)
    >>> pair = ba.Pair("same", bio, ann, correspondence, stimulus=stimulus, claims=(claim,))
    >>> comparison = ba.compare(pair.run(trials=5, seed=1))
    >>> ba.trials_needed(comparison)[["claim", "outcome"]].values.tolist()
    [['1', 'supported']]
    """
    plain_pair = pair.pair if isinstance(pair, Comparison) else pair
    chosen = choose_claims(plain_pair, claims, "trials_needed")
    if isinstance(pair, Pair):
        pair = run_pilot(pair, trials, seed=seed, engine=engine)
    rows = [row for claim in chosen for row in _plan_claim(claim, pair.evidence)]
    return pd.DataFrame(rows, columns=list(PLAN_COLUMNS))


def run_pilot(
    pair: Pair, trials: int = PILOT_TRIALS, *, seed: int = PILOT_SEED, engine: str = "auto"
) -> Comparison:
    """Run a pair for planning, with the seed of pilot runs.

    Parameters
    ----------
    pair : Pair
        Pair of which a short run is made.
    trials : int, optional
        Trials of each condition, at least 5.
    seed : int, optional
        Seed of the run, other than that of the runs that are judged.
    engine : str, optional
        What executes spiking models.

    Returns
    -------
    Comparison
        The pilot run, with its noise ceiling.

    Raises
    ------
    DescriptionError
        If there are fewer than 5 trials, from which an error cannot be predicted.
    """
    if not is_whole_number(trials, 5):
        raise DescriptionError(
            "pilot run, trials",
            "a whole number >= 5",
            repr(trials),
            "From fewer trials the error of a longer run cannot be predicted: run 20.",
        )
    return compare(pair.run(trials=trials, seed=seed, engine=engine, vary=False))


def count_for_identical(rule: Equivalent, evidence: Evidence) -> float:
    """Return with how many units a network identical to the spiking model would be equivalent.

    Parameters
    ----------
    rule : Equivalent
        The rule with its margin.
    evidence : Evidence
        Scores of a pilot run.

    Returns
    -------
    float
        Units that give the verdict with a chance of 80 %; 0 for no number, NaN if that is unknown.
    """
    (score,) = rule.scores
    estimate = score.find_estimate(evidence.scores)
    ceiling = score.ceiling.find_estimate(evidence.scores)
    identical = expect_identical(estimate, ceiling, score.best)
    outcome, needed = _plan_estimate(rule, identical, evidence)
    return needed if outcome == "supported" else 0


def expect_identical(estimate: Estimate, ceiling: Estimate, best: float) -> Estimate:
    """Return the estimate that is expected of a network identical to the spiking model.

    Parameters
    ----------
    estimate, ceiling : Estimate
        The score in a pilot run, and its noise ceiling there.
    best : float
        Best value of the score.

    Returns
    -------
    Estimate
        The best value with the error of the score. Of a root mean square with that of its noise
        alone; of a score near its limit, or one that is not smooth, the noise ceiling, as the error
        depends on the value there.
    """
    if not isinstance(estimate, JackknifeEstimate) or isinstance(estimate, ResampledEstimate):
        return ceiling
    if estimate.is_square:
        return estimate.without_difference()
    if estimate.noise or estimate.n_outcomes:
        return ceiling
    return dataclasses.replace(estimate, value=best, centre=best)


@dataclasses.dataclass(frozen=True)
class RulePlan:
    """How many units one part of a rule needs.

    Parameters
    ----------
    rule : Rule
        Rule of the claim, one of its parts.
    expected : str
        Its outcome if the value is the true one; empty if there is no value.
    needed : float
        Units that decide it with a chance of 80 %; 0 for no number, NaN if that is unknown.
    """

    rule: Rule
    expected: str
    needed: float


def plan_rule(rule: Rule, evidence: Evidence) -> RulePlan:
    """Return how many units a part of a rule needs.

    Parameters
    ----------
    rule : Rule
        A rule of one score.
    evidence : Evidence
        Scores of a pilot run; the level is that of the run that is planned.

    Returns
    -------
    RulePlan
        Unknown for a rule that does not go by intervals, or a value that could not be measured.
    """
    if not isinstance(rule, IntervalRule):
        return RulePlan(rule, "", np.nan)
    (score,) = rule.scores
    estimate = score.find_estimate(evidence.scores)
    return RulePlan(rule, *_plan_estimate(rule, estimate, evidence))


def _plan_estimate(rule: IntervalRule, estimate: Estimate, evidence: Evidence) -> tuple[str, float]:
    """Return the outcome if the value is true, and the units that decide it."""
    value = estimate.value
    if estimate.is_exact and np.isfinite(value):
        return rule.decide(value, value, evidence), 1
    if np.isnan(estimate.interval(evidence.level)).any():
        return "", np.nan
    return rule.decide(value, value, evidence), rule.count_units_needed(estimate, evidence)


def plan_claim(claim: Claim, evidence: Evidence) -> tuple[float, tuple[RulePlan, ...]]:
    """Return how many units a claim needs, and each part of its rule.

    One part that fails decides the claim, but has to fail at an error level of one `m`-th where
    there are `m` (see `bioann.claims.rules.AllOf`); otherwise all parts have to hold.

    Parameters
    ----------
    claim : Claim
        Claim whose trials are planned.
    evidence : Evidence
        Scores of a pilot run.

    Returns
    -------
    needed : float
        Units that decide the claim with a chance of 80 %; 0 for no number, NaN if that is unknown.
    rule_plans : tuple of RulePlan
        The parts of its rule.
    """
    rules = claim.rule.single_rules
    rule_plans = tuple(plan_rule(rule, evidence) for rule in rules)
    strict = dataclasses.replace(evidence, level=1 - (1 - evidence.level) / len(rules))
    failing = [
        plan_rule(plan.rule, strict).needed for plan in rule_plans if plan.expected == "refuted"
    ]
    if any(failing):
        return min(n for n in failing if n), rule_plans
    needed = [plan.needed for plan in rule_plans]
    return (0 if 0 in needed else float(np.max(needed))), rule_plans


def _plan_claim(claim: Claim, evidence: Evidence) -> list[tuple[Any, ...]]:
    """Return the rows of a claim, as of `PLAN_COLUMNS`."""
    claim_needed, rule_plans = plan_claim(claim, evidence)
    rows: list[tuple[Any, ...]] = []
    for plan in rule_plans:
        judgement = plan.rule.judge(evidence)
        identical = np.nan
        if isinstance(plan.rule, Equivalent):
            identical = count_for_identical(plan.rule, evidence)
        numbers = (judgement.value, judgement.low, judgement.high, judgement.unit)
        sample = (judgement.outcome, judgement.sampled or "exact")
        row = (claim.id, plan.rule.text, *numbers, *sample, plan.needed, identical, claim_needed)
        rows.append(row)
    return rows
