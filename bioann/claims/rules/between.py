"""A rule for a score that has to lie between two bounds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from bioann.base.text import format_interval, format_number
from bioann.claims.rules.rule import Judgement, Rule, find_score


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
    def score_text(self) -> str:
        """What is judged, in words."""
        of_match = f" of {self.match}" if self.match else ""
        control = {"value": "", "ceiling": "ceiling of ", "chance": "sign-shuffled "}[self.column]
        return f"{control}{self.metric}{f' ({self.detail})' if self.detail else ''}{of_match}"

    @property
    def bound_text(self) -> str:
        """The bounds, in words."""
        if np.isinf(self.high):
            return f"at least {format_number(self.low)}"
        if np.isinf(self.low):
            return f"at most {format_number(self.high)}"
        return f"from {format_number(self.low)} to {format_number(self.high)}"

    @property
    def text(self) -> str:
        """The rule in words."""
        return f"{self.score_text} is {self.bound_text}"

    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Judgement:
        """Compare the interval with the bounds."""
        row = find_score(scores, self.metric, self.match, self.detail, f"rule {self.text!r}")
        value = float(row[self.column])
        interval_columns = {"value": ("low", "high"), "ceiling": ("ceiling_low", "ceiling_high")}
        low, high = (float(row[c]) for c in interval_columns.get(self.column, (self.column,) * 2))
        if np.isnan(value):
            return Judgement("depends", f"{self.score_text} could not be measured ({row.note})")
        is_chance = self.column == "chance"
        number = format_number(value) if is_chance else format_interval(value, low, high)
        message = f"{self.score_text} is {number}"
        if np.isnan(low) or np.isnan(high):
            low = high = value
            message += "" if is_chance else " (no interval)"
        if self.low <= low and high <= self.high:
            return Judgement("supported", message)
        if high < self.low or low > self.high:
            return Judgement("refuted", message)
        return Judgement("depends", f"{message}: the interval straddles the bound")
