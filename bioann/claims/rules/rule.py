"""Rules: what turns scores into the outcome of a claim.

A rule is written before the run and carries its scores and bounds in its fields, so that a report
can print it. Its outcome follows from the confidence interval of its score: **supported** if the
whole interval meets the bound, **refuted** if no part of it does, **depends** if the claim holds on
one side of a boundary that was found, and **undecided** if the interval includes the bound: there
are too few trials to say.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.text import format_count, format_interval, format_number
from bioann.metrics.estimate import CONFIDENCE_LEVEL, Estimate, find_p_value

#: Confidence levels of lower and upper end that stand for a chance of 80 % that a 95 % interval
#: excludes all bounds: 1.96 standard errors of a normal distribution and as many as the estimate
#: exceeds with a chance of 20 % (0.84), of 10 % at each end (1.28), or of 2 % (2.05).
_POWER_LEVELS = ((0.99489, 0.99994), (0.99994, 0.99489), (0.99881, 0.99881))
#: Most units that are counted; beyond them a claim cannot be decided by more runs.
MAX_UNITS = 10_000


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What rules are judged by.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns of `bioann.Comparison.scores`, and ``estimate``, ``ceiling_estimate`` and
        ``chance_estimate`` (`bioann.metrics.Estimate`).
    margins : mapping of str to float, optional
        Margin of each match in activation, of a pair that states one.
    level : float, optional
        Confidence level of the intervals.
    p_factor : float, optional
        What p-values are multiplied by, because the claims are judged at several looks.
    """

    scores: pd.DataFrame
    margins: Mapping[str, float] = dataclasses.field(default_factory=dict)
    level: float = CONFIDENCE_LEVEL
    p_factor: float = 1.0


@dataclasses.dataclass(frozen=True)
class Judgement:
    """The outcome of a rule and the number that decided it.

    Parameters
    ----------
    outcome : {'supported', 'refuted', 'depends', 'undecided'}
        Whether the interval meets the bound, does not, holds the boundary, or includes the bound.
    subject : str, optional
        The quantity that was judged, in words; empty for several.
    finding : str, optional
        Its value with interval and unit, in words.
    value, low, high : float, optional
        The value and the ends of its confidence interval, in `unit`; NaN if unknown.
    unit : str, optional
        Unit of the three numbers.
    p_value : float, optional
        The smallest error level at which the outcome still stands; 0 if it is exact, NaN if the
        claim is undecided.
    n : int, optional
        Number of independent units behind the interval; 0 if the value is exact.
    sampled : str, optional
        These units: trials, samples or wirings.
    n_needed : int, optional
        Units that would decide an undecided claim with a chance of 80 %, if the value stays as it
        is; 0 if that is unknown, or more than `MAX_UNITS`.
    """

    outcome: str
    subject: str = ""
    finding: str = ""
    value: float = np.nan
    low: float = np.nan
    high: float = np.nan
    unit: str = ""
    p_value: float = np.nan
    n: int = 0
    sampled: str = ""
    n_needed: int = 0

    @property
    def because(self) -> str:
        """The quantity and its value, as one line."""
        return f"{self.subject}: {self.finding}" if self.subject else self.finding


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Rule(Description, ABC):
    """Base of all rules."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The rule in words, with its bounds."""

    @property
    @abstractmethod
    def scores(self) -> tuple[Any, ...]:
        """The scores that the rule judges."""

    @property
    def single_rules(self) -> tuple[Rule, ...]:
        """The rules that judge one number each; itself unless it combines others."""
        return (self,)

    @abstractmethod
    def judge(self, evidence: Evidence) -> Judgement:
        """Apply the rule to a comparison.

        Parameters
        ----------
        evidence : Evidence
            Scores, margins and confidence level.

        Returns
        -------
        Judgement
            The outcome with the number that decided it.

        Raises
        ------
        DescriptionError
            If there is no such score.
        """

    def __bool__(self) -> bool:
        """Refuse to be a truth value: ``0 <= score <= 1`` would silently drop its first bound."""
        raise DescriptionError(
            f"rule {self.text!r}",
            "one comparison",
            "a truth value is asked of it",
            "Write score.between(low, high) instead of low <= score <= high, and several rules one "
            "after the other in the Claim.",
        )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class IntervalRule(Rule):
    """Base of the rules that hold the confidence interval of one score against bounds."""

    @abstractmethod
    def decide(self, low: float, high: float, evidence: Evidence) -> str:
        """Return the outcome for a confidence interval, a wider one never more than a narrower.

        Parameters
        ----------
        low, high : float
            Ends of the interval, in the unit of the score.
        evidence : Evidence
            For margins of the pair.

        Returns
        -------
        str
            One of the outcomes of `Judgement`.
        """

    def decide_estimate(self, estimate: Estimate, evidence: Evidence) -> str:
        """Return the outcome for an estimate: undecided if it has no value or no interval.

        Parameters
        ----------
        estimate : Estimate
            Estimate of the score that the rule judges.
        evidence : Evidence
            For the confidence level and margins of the pair.

        Returns
        -------
        str
            One of the outcomes of `Judgement`.
        """
        low, high = estimate.interval(evidence.level)
        if any(map(math.isnan, (estimate.value, low, high))):
            return "undecided"
        return self.decide(low, high, evidence)

    def explain(self, outcome: str, evidence: Evidence) -> str:
        """Return what the finding says after value and interval; nothing unless overridden."""
        return ""

    def find_region(
        self, value: float, evidence: Evidence
    ) -> tuple[tuple[float, float], tuple[float, ...]]:
        """Return where on the axis of the score the claim holds, for a drawing.

        Parameters
        ----------
        value : float
            Value of the score.
        evidence : Evidence
            For the margins of the pair.

        Returns
        -------
        region : tuple of float
            Lowest and highest score at which the claim holds, perhaps infinite.
        marks : tuple of float
            Finite bounds that the axis has to include; empty if the rule has none, as here.
        """
        return (-math.inf, math.inf), ()

    def judge(self, evidence: Evidence) -> Judgement:
        """Decide by the interval of the score; see `Rule.judge`."""
        (score,) = self.scores
        row, estimate = score.find_row(evidence.scores), score.find_estimate(evidence.scores)
        low, high = estimate.interval(evidence.level)
        numbers = {"value": estimate.value, "low": low, "high": high, "unit": str(row.unit)}
        sample = {"n": estimate.n, "sampled": estimate.sampled}
        outcome = self.decide_estimate(estimate, evidence)
        if np.isnan(estimate.value):
            finding = f"could not be measured ({row.note})"
            return Judgement(outcome, score.text, finding, **numbers, **sample)
        if np.isnan([low, high]).any():
            count = format_count(estimate.n, estimate.sampled.rstrip("s"))
            finding = f"{format_interval(**numbers)}; no interval with {count}"
            return Judgement(outcome, score.text, finding, **numbers, **sample)
        number = format_interval(**numbers)
        if estimate.is_exact:
            number = f"{format_number(estimate.value, str(row.unit))} (exact)"
        finding = number + self.explain(outcome, evidence)
        if outcome == "undecided":
            needed = self.count_units_needed(estimate, evidence)
            finding += f"; {describe_units_needed(needed, estimate.sampled)}"
            return Judgement(outcome, score.text, finding, **numbers, **sample, n_needed=needed)
        p = find_p_value(estimate, lambda interval: self.decide(*interval, evidence) == outcome)
        p_value = float(np.minimum(1.0, p * evidence.p_factor))
        return Judgement(outcome, score.text, finding, **numbers, **sample, p_value=p_value)

    def count_units_needed(self, estimate: Estimate, evidence: Evidence) -> int:
        """Return how many units would decide the rule with a chance of 80 %, 0 if too many.

        Parameters
        ----------
        estimate : Estimate
            The score, whose value is taken to be the true one.
        evidence : Evidence
            For the margins of the pair and the confidence level.

        Returns
        -------
        int
            Number of trials, samples or wirings; 0 beyond `MAX_UNITS`.
        """
        scale = (1 - evidence.level) / (1 - CONFIDENCE_LEVEL)

        def is_decided(n: int) -> bool:
            expected = estimate.with_n(n)
            for levels in _POWER_LEVELS:
                low, high = (expected.interval(1 - scale * (1 - level)) for level in levels)
                if self.decide(low[0], high[1], evidence) != "undecided":
                    return True
            return False

        low, high = 2, max(estimate.n, 3)
        while not is_decided(high):
            low, high = high, 2 * high
            if low >= MAX_UNITS:
                return 0
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if is_decided(middle) else (middle, high)
        return high if high <= MAX_UNITS else 0


def describe_units_needed(n: int, sampled: str) -> str:
    """Write how many units would decide a claim; `n` is 0 if no number would."""
    return f"{n} {sampled} would decide" if n else f"more than {MAX_UNITS} {sampled} would decide"
