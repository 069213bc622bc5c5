"""A rule for claims that hold on one side of a boundary only: the boundary is the verdict."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from bioann.base.errors import DescriptionError
from bioann.base.text import format_interval, format_number
from bioann.claims.rules.rule import Judgement, Rule, find_score


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Boundary(Rule):
    """A claim holds on one side of a boundary, which is searched for within a range.

    Depends if the boundary, or a part of its interval, lies inside the range: the claim holds on
    one side of it and fails on the other, and the verdict says where it turns. Supported or
    refuted if the whole interval lies at an end or beyond it, so that all of the range is on one
    side.

    Parameters
    ----------
    metric : str
        A score whose value is the boundary, on the axis that was varied.
    low, high : float
        The range of that axis in which the boundary was looked for.
    holds : {'below', 'above'}
        On which side of the boundary the claim holds.
    match, detail : str, optional
        Which of several scores of that name.
    """

    metric: str
    low: float
    high: float
    holds: str
    match: str = ""
    detail: str = ""

    def check(self) -> None:
        """Raise `DescriptionError` for an empty range, or a side that is none."""
        if self.holds not in ("below", "above") or not self.low < self.high:
            raise DescriptionError(
                f"Boundary of {self.metric!r}",
                "a range low < high, and holds='below' or 'above'",
                f"{self.low!r} to {self.high!r}, holds={self.holds!r}",
                "Give the range that was varied, and the side on which the claim holds.",
            )

    @property
    def text(self) -> str:
        """The rule in words."""
        of_match = f" of {self.match}" if self.match else ""
        return (
            f"the claim holds {self.holds} {self.metric}{of_match}, a boundary that is looked for "
            f"from {format_number(self.low)} to {format_number(self.high)}"
        )

    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Judgement:
        """Compare the boundary's interval with the range."""
        row = find_score(scores, self.metric, self.match, self.detail, f"rule {self.text!r}")
        if np.isnan(row.value):
            return Judgement("depends", f"{self.metric} could not be measured ({row.note})")
        low, high = row.low, row.high
        if np.isnan([low, high]).any():
            low = high = row.value
        unit = f" {row.unit}" if row.unit else ""
        message = f"{self.metric} is {format_interval(row.value, row.low, row.high)}{unit}"
        if self.low < high and low < self.high:
            return Judgement("depends", f"{message}: the claim holds {self.holds} it")
        all_below = low >= self.high
        claim_holds = all_below == (self.holds == "below")
        side = "below" if all_below else "above"
        return Judgement(
            "supported" if claim_holds else "refuted", f"{message}: all of the range is {side}"
        )
