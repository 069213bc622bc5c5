"""A score, and the rule that it lies between two bounds, which comparing it with a number makes."""

from __future__ import annotations

import dataclasses
from typing import TypeAlias

import numpy as np
import pandas as pd

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import format_interval, format_number
from bioann.base.units import Description
from bioann.claims.rules.rule import Judgement, Rule
from bioann.metrics.metric import Metric
from bioann.metrics.spiking import SpikeMetric

#: The columns of a score table with the value and interval of a score or of its references.
_INTERVAL_COLUMNS = {
    "value": ("low", "high"),
    "ceiling": ("ceiling_low", "ceiling_high"),
    "chance": ("chance", "chance"),
}
_REFERENCE_LABELS = {"value": "", "ceiling": "noise ceiling of ", "chance": "chance level of "}


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Score(Description):
    """One number of a comparison: the value of a metric, at one match.

    ``score >= 0.9``, ``score <= 0.9`` and ``score.between(0.9, 1.1)`` are rules for claims.

    Parameters
    ----------
    metric : Metric or SpikeMetric
        The metric; a pair computes every metric that its claims name.
    match : str, optional
        Name of the match; needed for a metric per match if the pair has several.
    detail : str, optional
        The channel of a metric per channel, or the population of a `SpikeMetric`.
    column : {'value', 'ceiling', 'chance'}, optional
        The value itself, its noise ceiling or its chance level.
    """

    metric: Metric | SpikeMetric
    match: str = ""
    detail: str = ""
    column: str = "value"

    def check(self) -> None:
        """Raise `DescriptionError` unless it names a metric and a column."""
        if not isinstance(self.metric, Metric | SpikeMetric):
            raise DescriptionError(
                "Score, metric",
                "a metric",
                repr(self.metric),
                'Take one of bioann.metrics, or write bioann.measure(function, "name").of("bio").',
            )
        if self.column not in _INTERVAL_COLUMNS:
            raise unknown_name_error("Score, column", "column", self.column, _INTERVAL_COLUMNS)

    @property
    def label(self) -> str:
        """Match and detail, for scores of one metric side by side."""
        return ", ".join(filter(None, (self.match, self.detail)))

    @property
    def metric_text(self) -> str:
        """The metric in words, without match and detail."""
        return _REFERENCE_LABELS[self.column] + self.metric.name

    @property
    def text(self) -> str:
        """The score in words."""
        return self.metric_text + (f" ({self.label})" if self.label else "")

    @property
    def ceiling(self) -> Score:
        """The noise ceiling of the score: the spiking model against itself with other input."""
        return dataclasses.replace(self, column="ceiling")

    @property
    def chance(self) -> Score:
        """The chance level of the score: the rate model with shuffled signs."""
        return dataclasses.replace(self, column="chance")

    def __ge__(self, bound: float) -> Between:
        return Between(self, low=bound)

    def __le__(self, bound: float) -> Between:
        return Between(self, high=bound)

    def between(self, low: float, high: float) -> Between:
        """Make the rule that the score lies between two bounds, both included."""
        return Between(self, low, high)

    def find_row(self, scores: pd.DataFrame) -> pd.Series:
        """Return the row of a score table that holds the score.

        Raises
        ------
        UnknownNameError
            If there is no such row.
        DescriptionError
            If there are several.
        """
        rows = scores[scores.metric == self.metric.name]
        if rows.empty:
            raise unknown_name_error(
                f"score {self.text!r}", "metric", self.metric.name, dict.fromkeys(scores.metric)
            )
        for column, name in (("match", self.match), ("detail", self.detail)):
            if name:
                known_names = dict.fromkeys(rows[column])
                rows = rows[rows[column] == name]
                if rows.empty:
                    raise unknown_name_error(f"score {self.text!r}", column, name, known_names)
        if len(rows) > 1:
            raise DescriptionError(
                f"score {self.text!r}",
                "one row of the score table",
                f"{len(rows)}: {list(zip(rows.match, rows.detail, strict=True))}",
                "Name the match (and the detail).",
            )
        return rows.iloc[0]

    def find_numbers(self, scores: pd.DataFrame) -> tuple[float, float, float]:
        """Return value and 95% confidence interval from a score table; NaN where unknown."""
        row = self.find_row(scores)
        value, low, high = (float(row[c]) for c in (self.column, *_INTERVAL_COLUMNS[self.column]))
        return value, low, high


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Between(Rule):
    """A score lies between two bounds.

    Parameters
    ----------
    score : Score
        The number that is judged. A chance level is judged without interval.
    low, high : float, optional
        The bounds, both included, in the unit of the score.
    """

    score: Score
    low: float = -np.inf
    high: float = np.inf

    @property
    def scores(self) -> tuple[Score, ...]:
        """The score."""
        return (self.score,)

    @property
    def bound_text(self) -> str:
        """The bounds in words."""
        unit = f" {self.score.metric.unit}" if self.score.metric.unit else ""
        if np.isinf(self.high):
            return f"at least {format_number(self.low)}{unit}"
        if np.isinf(self.low):
            return f"at most {format_number(self.high)}{unit}"
        return f"between {format_number(self.low)} and {format_number(self.high)}{unit}"

    @property
    def text(self) -> str:
        """The rule in words."""
        return f"{self.score.text} is {self.bound_text}"

    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Judgement:
        """Compare the interval with the bounds."""
        row = self.score.find_row(scores)
        value, low, high = numbers = self.score.find_numbers(scores)
        unit = str(row.unit)
        if np.isnan(value):
            finding = f"could not be measured ({row.note})"
            return Judgement("depends", self.score.text, finding, *numbers, unit)
        finding = format_interval(value, low, high, unit)
        if self.score.column == "chance":
            finding, numbers = format_number(value, unit), (value, np.nan, np.nan)
        elif np.isnan(low) or np.isnan(high):
            low = high = value
            finding += " (no interval)"
        outcome = "depends"
        if self.low <= low and high <= self.high:
            outcome = "supported"
        elif high < self.low or low > self.high:
            outcome = "refuted"
        else:
            finding += ": the interval includes the bound"
        return Judgement(outcome, self.score.text, finding, *numbers, unit)


#: What can be compared: a score, or the metric of a pair with one match.
ScoreOrMetric: TypeAlias = Score | Metric | SpikeMetric


def to_score(score: ScoreOrMetric) -> Score:
    """Return a score; a metric becomes the score of the only match."""
    return score if isinstance(score, Score) else Score(score)
