"""Rules: what scores are held against to decide a claim.

A rule carries its bounds in its fields, so a report can print it, and it is written before the
run. Its verdict follows from the score's interval: **supported** if all of it meets the bound,
**refuted** if none of it does, **depends** if it straddles the bound. Against a ceiling, which
has an interval itself, the value has to lie inside the ceiling's interval to be supported.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod

import pandas as pd

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import Description


@dataclasses.dataclass(frozen=True)
class Judgement:
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
    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Judgement:
        """Hold the rule against the scores of a comparison."""


def find_score(scores: pd.DataFrame, metric: str, match: str, detail: str, obj: str) -> pd.Series:
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
        raise unknown_name_error(obj, "metric", metric, dict.fromkeys(scores.metric))
    for column, name in (("match", match), ("detail", detail)):
        if name:
            known_names = dict.fromkeys(rows[column])
            rows = rows[rows[column] == name]
            if rows.empty:
                raise unknown_name_error(obj, column, name, known_names)
    if len(rows) > 1:
        raise DescriptionError(
            obj,
            f"one score named {metric!r}",
            f"{len(rows)}: {list(zip(rows.match, rows.detail, strict=True))}",
            "Name the match (and detail) in the rule.",
        )
    return rows.iloc[0]
