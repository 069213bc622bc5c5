"""The goals that the error rates of the verdicts are held to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from scipy import stats

from bioann.analyses.error_rates_cases import AT_MARGIN, IDENTICAL, TWO_MARGINS, make_cases
from bioann.analyses.error_rates_synthetic import VerdictRates

#: Largest rate of each wrong verdict, and smallest rate of right ones at the pair's own trials.
MAX_ERROR, MIN_POWER = 0.025, 0.8
#: Trials of a pair that needs no more, and the fewest at which error rates are held.
OWN_TRIALS, MIN_TRIALS = 10, 5

_EQUIVALENCE_RULES = tuple(case.name for case in make_cases() if case.is_equivalence)


@dataclasses.dataclass(frozen=True)
class Goal:
    """A bound of the rate of one verdict in one truth.

    Parameters
    ----------
    text : str
        The goal in words.
    truth : str
        Name of the truth; empty for all in which the verdict is wrong.
    outcomes : tuple of str
        The verdicts whose rates are bounded, each on its own.
    bound : float
        The rate that may not be passed.
    is_error : bool
        Whether the bound is the largest rate, at all numbers of trials from `MIN_TRIALS` on;
        otherwise it is the smallest, at the trials that a pilot run plans.
    """

    text: str
    truth: str
    outcomes: tuple[str, ...]
    bound: float
    is_error: bool


GOALS = (
    Goal("at one margin: called equivalent", AT_MARGIN, ("supported",), MAX_ERROR, True),
    Goal("at one margin: called different", AT_MARGIN, ("refuted",), MAX_ERROR, True),
    Goal("at two margins: called different", TWO_MARGINS, ("refuted",), MIN_POWER, False),
    Goal("identical: called equivalent", IDENTICAL, ("supported",), MIN_POWER, False),
    Goal("identical: called different", IDENTICAL, ("refuted",), MAX_ERROR, True),
)
#: The goal of the rules that are no equivalence tests.
WRONG_VERDICT = Goal("any wrong verdict", "", ("supported", "refuted", "depends"), MAX_ERROR, True)


@dataclasses.dataclass(frozen=True)
class GoalResult:
    """A goal for one rule and one kind of noise, with the rate that is furthest from it.

    Attributes
    ----------
    goal : Goal
        Goal that the rate is held against.
    rule, noise : str
        Names of the rule and the noise.
    rate : float
        Worst rate of its cells, a share.
    truth, outcome : str
        Truth and verdict that it is the rate of.
    trials, runs : int
        Number of trials with that rate, and of runs that it rests on.
    """

    goal: Goal
    rule: str
    noise: str
    rate: float
    truth: str
    outcome: str
    trials: int
    runs: int

    @property
    def status(self) -> str:
        """``"met"``, ``"missed"``, or ``"within sampling error"`` of the bound."""
        bound, count = self.goal.bound, round(self.rate * self.runs)
        if (self.rate <= bound) if self.goal.is_error else (self.rate >= bound):
            return "met"
        # One-sided: the chance of a count that far off if the rate were exactly at the bound.
        tail = stats.binom.sf(count - 1, self.runs, bound)
        if not self.goal.is_error:
            tail = stats.binom.cdf(count, self.runs, bound)
        return "within sampling error" if tail > MAX_ERROR else "missed"


def check_goals(
    rates: Sequence[VerdictRates], planned: Sequence[VerdictRates] = ()
) -> list[GoalResult]:
    """Hold verdict rates to the goals: those of equivalence tests, and that of all other rules.

    Parameters
    ----------
    rates : sequence of VerdictRates
        Rates of all rules, truths, noises and numbers of trials.
    planned : sequence of VerdictRates, optional
        Rates of the equivalence tests at the trials that pilot runs plan.

    Returns
    -------
    list of GoalResult
        One for each goal, rule and noise that has rates.
    """
    results = []
    rules = list(dict.fromkeys(row.rule for row in rates))
    for rule in rules:
        for goal in GOALS if rule in _EQUIVALENCE_RULES else (WRONG_VERDICT,):
            for noise in dict.fromkeys(row.noise for row in rates):
                measured = rates if goal.is_error else planned
                rows = [row for row in measured if row.rule == rule and row.noise == noise]
                results += _find_worst(goal, rows)
    return results


def _find_worst(goal: Goal, rows: Sequence[VerdictRates]) -> list[GoalResult]:
    """Return the result with the worst rate of one rule and noise; empty without such rates."""

    def applies(row: VerdictRates, outcome: str) -> bool:
        is_its_truth = row.truth == goal.truth if goal.truth else row.right != outcome
        return is_its_truth and (row.trials >= MIN_TRIALS or not goal.is_error)

    results = [
        GoalResult(
            goal, row.rule, row.noise, row.rate(outcome), row.truth, outcome, row.trials, row.runs
        )
        for row in rows
        for outcome in goal.outcomes
        if applies(row, outcome)
    ]
    choose: Callable[..., GoalResult] = max if goal.is_error else min
    return [choose(results, key=lambda result: result.rate)] if results else []
