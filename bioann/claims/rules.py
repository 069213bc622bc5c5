"""Rules: what scores are held against to decide a claim.

A rule carries its bounds in its fields, so a report can print it, and it is written before the
run. Its verdict follows from the score's interval: **supported** if all of it meets the bound,
**refuted** if none of it does, **depends** if it straddles the bound. Against a ceiling, which
has an interval itself, the value has to lie inside the ceiling's interval to be supported.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod

import numpy as np
import pandas as pd

from bioann.base.errors import DescriptionError, unknown
from bioann.base.text import number, spanned
from bioann.base.units import Description


@dataclasses.dataclass(frozen=True)
class Finding:
    """What a rule found: an outcome and the numbers that decided it."""

    outcome: str
    because: str


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Rule(Description, ABC):
    """Base of all rules."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The rule in words, with its bounds."""

    @abstractmethod
    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Finding:
        """Hold the rule against the scores of a comparison."""


def find(scores: pd.DataFrame, metric: str, match: str, detail: str, obj: str) -> pd.Series:
    """Give the one row of a score table that a rule names.

    Raises
    ------
    UnknownNameError
        If there is no such row.
    DescriptionError
        If there are several; the rule has to name match or detail.
    """
    rows = scores[scores.metric == metric]
    if rows.empty:
        raise unknown(obj, "metric", metric, dict.fromkeys(scores.metric))
    for column, wanted in (("match", match), ("detail", detail)):
        if wanted:
            known = dict.fromkeys(rows[column])
            rows = rows[rows[column] == wanted]
            if rows.empty:
                raise unknown(obj, column, wanted, known)
    if len(rows) > 1:
        raise DescriptionError(
            obj,
            f"one score named {metric!r}",
            f"{len(rows)}: {list(zip(rows.match, rows.detail, strict=True))}",
            "Name the match (and detail) in the rule.",
        )
    return rows.iloc[0]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Between(Rule):
    """A score lies between two bounds.

    Parameters
    ----------
    metric : str
        Which score.
    low, high : float, optional
        Bounds, both included.
    match, detail : str, optional
        Which of several scores of that name.
    column : {'value', 'ceiling', 'chance'}, optional
        The score itself, or that of a control. Controls are judged without interval where they
        have none.
    """

    metric: str
    low: float = -np.inf
    high: float = np.inf
    match: str = ""
    detail: str = ""
    column: str = "value"

    @property
    def subject(self) -> str:
        """What is judged, in words."""
        of = f" of {self.match}" if self.match else ""
        control = {"value": "", "ceiling": "ceiling of ", "chance": "sign-shuffled "}[self.column]
        return f"{control}{self.metric}{f' ({self.detail})' if self.detail else ''}{of}"

    @property
    def bound(self) -> str:
        """The bounds, in words."""
        if np.isinf(self.high):
            return f"at least {number(self.low)}"
        if np.isinf(self.low):
            return f"at most {number(self.high)}"
        return f"from {number(self.low)} to {number(self.high)}"

    @property
    def text(self) -> str:
        """The rule in words."""
        return f"{self.subject} is {self.bound}"

    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Finding:
        """Compare the interval with the bounds."""
        row = find(scores, self.metric, self.match, self.detail, f"rule {self.text!r}")
        value = float(row[self.column])
        ends = {"value": ("low", "high"), "ceiling": ("ceiling_low", "ceiling_high")}
        low, high = (float(row[c]) for c in ends.get(self.column, (self.column,) * 2))
        if np.isnan(value):
            return Finding("depends", f"{self.subject} could not be measured ({row.note})")
        alone = self.column == "chance"
        shown = f"{self.subject} is {number(value) if alone else spanned(value, low, high)}"
        if np.isnan(low) or np.isnan(high):
            low = high = value
            shown += "" if alone else " (no interval)"
        if self.low <= low and high <= self.high:
            return Finding("supported", shown)
        if high < self.low or low > self.high:
            return Finding("refuted", shown)
        return Finding("depends", f"{shown}: the interval straddles the bound")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class WithinCeiling(Rule):
    """The halves differ no more than biology differs from itself with another seed.

    Supported if the value is inside the ceiling's interval or better; refuted if the whole interval
    of the score is outside; depends otherwise.

    Parameters
    ----------
    metric : str
        A score whose best value is 0 or 1.
    match, detail : str, optional
        Which of several scores of that name.
    """

    metric: str
    match: str = ""
    detail: str = ""

    @property
    def text(self) -> str:
        """The rule in words."""
        of = f" of {self.match}" if self.match else ""
        return f"{self.metric}{of} is inside the interval of biology against itself, or better"

    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Finding:
        """Compare distance from the best value with that of the ceiling's worse end."""
        row = find(scores, self.metric, self.match, self.detail, f"rule {self.text!r}")
        shown = (
            f"{self.metric} is {spanned(row.value, row.low, row.high)}, biology against itself "
            f"{spanned(row.ceiling, row.ceiling_low, row.ceiling_high)}"
        )
        ends = np.abs(np.array([row.low, row.high]) - row.best)
        allowed = np.abs(np.array([row.ceiling_low, row.ceiling_high]) - row.best).max()
        if np.isnan([*ends, allowed]).any():
            return Finding("depends", f"{self.metric} has no interval ({row.note})")
        if abs(row.value - row.best) <= allowed:
            return Finding("supported", shown)
        crosses = (row.low - row.best) * (row.high - row.best) < 0
        nearest = 0.0 if crosses else ends.min()
        return Finding("refuted" if nearest > allowed else "depends", shown)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Same(Rule):
    """The halves are equivalent: their difference lies inside biology's seed-to-seed band.

    Parameters
    ----------
    match : str
        Which reading.
    """

    match: str

    @property
    def text(self) -> str:
        """The rule in words."""
        return f"the RMSE of {self.match} lies inside biology's seed-to-seed band"

    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Finding:
        """Take over the outcome of the equivalence test."""
        rows = equivalence[equivalence.match == self.match]
        if rows.empty:
            raise unknown(f"rule {self.text!r}", "match", self.match, equivalence.match)
        row = rows.iloc[0]
        shown = (
            f"RMSE of {self.match} is {spanned(row.rmse, row.low, row.high)}, "
            f"band {number(row.band)}"
        )
        outcome = {"same": "supported", "different": "refuted"}.get(row.verdict, "depends")
        return Finding(outcome, shown)
