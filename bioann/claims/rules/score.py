"""A score, and the rule that it lies between two bounds, which comparing it with a number makes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd

from bioann.base.description import Description
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import format_number
from bioann.claims.rules.rule import Evidence, IntervalRule
from bioann.metrics.estimate import Estimate
from bioann.metrics.metric import Metric
from bioann.metrics.spiking import SpikeMetric

#: The columns of a score table with the value and interval of a score or of its references.
_INTERVAL_COLUMNS = {
    "value": ("low", "high"),
    "ceiling": ("ceiling_low", "ceiling_high"),
    "chance": ("chance_low", "chance_high"),
}
_ESTIMATE_COLUMNS = {
    "value": "estimate",
    "ceiling": "ceiling_estimate",
    "chance": "chance_estimate",
}
_REFERENCE_LABELS = {"value": "", "ceiling": "noise ceiling of ", "chance": "chance level of "}


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Score(Description):
    """One number of a comparison: the value of a metric, at one match.

    ``score >= 0.9``, ``score <= 0.9``, ``score.between(0.9, 1.2)`` and ``score.within(0.1, of=1)``
    are rules for claims.

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
    labels : mapping of str to str or float, optional
        Of a measure of a study, the label of each dimension of its values; `detail` has them as
        text.

    Examples
    --------
    >>> import bioann as ba
    >>> rule = ba.Score(ba.metrics.RMSE).between(0.0, 0.1)
    >>> rule.text
    'RMSE is between 0.00 and 0.100 activation'
    """

    metric: Metric | SpikeMetric
    match: str = ""
    detail: str = ""
    column: str = "value"
    labels: Mapping[str, str | float] = dataclasses.field(default_factory=dict)

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
        if self.column == "ceiling" and not self.metric.has_ceiling:
            raise self._no_reference_error("a measure of the spiking and of another model")
        if self.column == "chance" and not self.metric.has_chance:
            raise self._no_reference_error("a measure of the rate model, whose signs are shuffled")

    def _no_reference_error(self, expected: str) -> DescriptionError:
        reference = _REFERENCE_LABELS[self.column].removesuffix(" of ")
        return DescriptionError(
            f"score {self.text!r}",
            expected,
            f"{self.metric.name!r}, which has no {reference}",
            "Judge its value: leave out .ceiling or .chance.",
        )

    @property
    def best(self) -> float:
        """The value of perfect agreement; NaN if there is none."""
        return self.metric.best if isinstance(self.metric, Metric) else np.nan

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

    def within(self, share: float, *, of: float | None = None) -> Between:
        """Make the rule that the score differs by at most a share from what is expected.

        Parameters
        ----------
        share : float
            Tolerance relative to the expected value, above 0: 0.1 for 10 %.
        of : float, optional
            The expected value, not 0; by default the best value of the metric.
        """
        expected = self.best if of is None else of
        if not (is_bound(expected) and is_bound(share) and abs(expected) > 0 and share > 0):
            raise DescriptionError(
                f"score {self.text!r}, within",
                "a share above 0 of an expected value that is not 0",
                f"{share!r} of {expected!r}",
                "Write score.within(0.1, of=20.0), or give both bounds: score.between(-1.0, 1.0).",
            )
        low, high = sorted(((1 - share) * expected, (1 + share) * expected))
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
        # Indices instead of tables of candidates: a comparison looks up dozens of scores.
        rows = np.flatnonzero(scores["metric"].to_numpy() == self.metric.name)
        if not len(rows):
            raise unknown_name_error(
                f"score {self.text!r}", "metric", self.metric.name, dict.fromkeys(scores.metric)
            )
        for column, name in (("match", self.match), ("detail", self.detail)):
            if name:
                names = scores[column].to_numpy()[rows]
                rows = rows[names == name]
                if not len(rows):
                    raise unknown_name_error(
                        f"score {self.text!r}", column, name, dict.fromkeys(names)
                    )
        if len(rows) > 1:
            labels = [tuple(scores[["match", "detail"]].iloc[row]) for row in rows]
            raise DescriptionError(
                f"score {self.text!r}",
                "one row of the score table",
                f"{len(rows)}: {labels}",
                "Name the match (and the detail).",
            )
        return scores.iloc[int(rows[0])]

    def find_numbers(self, scores: pd.DataFrame) -> tuple[float, float, float]:
        """Return value and confidence interval from a score table; NaN where unknown."""
        row = self.find_row(scores)
        value, low, high = (float(row[c]) for c in (self.column, *_INTERVAL_COLUMNS[self.column]))
        return value, low, high

    def find_estimate(self, scores: pd.DataFrame) -> Estimate:
        """Return the estimate that belongs to the score."""
        estimate: Estimate = self.find_row(scores)[_ESTIMATE_COLUMNS[self.column]]
        return estimate


def is_bound(value: object) -> bool:
    """Return whether a value is a number without a unit that a score can be compared with."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return not np.isnan(value)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Between(IntervalRule):
    """A score lies between two bounds.

    Parameters
    ----------
    score : Score
        The number that is judged.
    low, high : float, optional
        The bounds, both included, in the unit of the score.
    """

    score: Score
    low: float = -np.inf
    high: float = np.inf

    def check(self) -> None:
        """Raise `DescriptionError` unless the bounds are numbers, at least one of them finite."""
        bounds = (self.low, self.high)
        are_numbers = all(is_bound(bound) for bound in bounds)
        if not are_numbers or not self.low <= self.high or not any(map(np.isfinite, bounds)):
            unit = self.score.metric.unit
            raise DescriptionError(
                f"rule for {self.score.text!r}",
                f"bounds low <= high, plain numbers{' in ' * bool(unit)}{unit}",
                " and ".join(repr(bound) for bound in bounds),
                "Write score >= 0.9, score <= 0.9 or score.between(0.9, 1.2).",
            )

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

    def find_region(
        self, value: float, evidence: Evidence
    ) -> tuple[tuple[float, float], tuple[float, ...]]:
        """Return the bounds."""
        bounds = (float(self.low), float(self.high))
        return bounds, tuple(bound for bound in bounds if np.isfinite(bound))

    def decide(self, low: float, high: float, evidence: Evidence) -> str:
        """Compare the interval with the bounds."""
        if self.low <= low and high <= self.high:
            return "supported"
        return "refuted" if high < self.low or low > self.high else "undecided"


#: What can be compared: a score, or the metric of a pair with one match.
ScoreOrMetric: TypeAlias = Score | Metric | SpikeMetric


def to_score(score: ScoreOrMetric) -> Score:
    """Return a score; a metric becomes the score of the only match."""
    return score if isinstance(score, Score) else Score(score)
