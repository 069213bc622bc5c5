"""The equivalence test: two models differ by less than a margin that was stated beforehand."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.text import format_number
from bioann.claims.margin import Margin
from bioann.claims.rules.rule import Evidence, IntervalRule
from bioann.claims.rules.score import Score, ScoreOrMetric, to_score
from bioann.metrics.agreement import RMSE


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Equivalent(IntervalRule):
    """The models are equivalent: a score differs from its best value by less than a margin.

    Two one-sided tests (Schuirmann 1987): supported (equivalent) if the whole 95% interval lies
    inside the margin, refuted (different) if it lies outside, undecided if it includes it. For a
    score that cannot be beyond its best value, such as a root mean square, one side is left.

    Parameters
    ----------
    score : Score or Metric, optional
        A score with a best value; a metric stands for the score of the only match. The root mean
        square difference of `match` unless given.
    margin : Margin, optional
        The largest difference that counts as none, with its reason; a number in the unit of the
        score. That of the pair unless given, for a score in activation.
    match : str, optional
        Name of the match whose responses are compared, if no score is given.
    """

    score: ScoreOrMetric | None = None
    margin: Margin | None = None
    match: str = ""

    def check(self) -> None:
        """Raise `DescriptionError` unless there is a best value and a margin above 0."""
        score = Score(RMSE, self.match) if self.score is None else to_score(self.score)
        if self.match not in ("", score.match):
            raise DescriptionError(
                "Equivalent, match",
                f"that of the score, {score.match!r}",
                repr(self.match),
                "Name the match in the score only: Equivalent(Score(metric, match)).",
            )
        self.set_field("score", score)
        self.set_field("match", score.match)
        if np.isnan(score.best):
            raise DescriptionError(
                f"Equivalent, score {score.text!r}",
                "a measure with a best value",
                "none",
                "Give the measure best=..., or compare the score with numbers: score >= 0.9.",
            )
        size = self.margin.size if isinstance(self.margin, Margin) else self.margin
        if self.margin is not None and (size is self.margin or not isinstance(size, int | float)):
            raise DescriptionError(
                f"Equivalent, score {score.text!r}, margin",
                f"a bioann.Margin of a number{' in ' * bool(score.metric.unit)}{score.metric.unit}",
                repr(size),
                'Write margin=bioann.Margin(0.1, "why").',
            )
        if self.margin is None and score.metric.unit != "activation":
            raise DescriptionError(
                f"Equivalent, score {score.text!r}, margin",
                "a margin in the unit of the score",
                "none; that of a pair is in activation",
                'Write Equivalent(score, margin=bioann.Margin(0.1, "why")).',
            )

    @property
    def scores(self) -> tuple[Score, ...]:
        """The score."""
        assert self.score is not None
        return (to_score(self.score),)

    @property
    def text(self) -> str:
        """The rule in words."""
        (score,) = self.scores
        best, unit = format_number(score.best), score.metric.unit
        reference = "" if score.best == 0 else f" of {best}"
        if self.margin is None:
            return f"{score.text} is within the margin{reference}"
        size = format_number(self.margin.size, unit)
        return f"{score.text} is within {size}{reference} ({self.margin.why})"

    def find_margin(self, evidence: Evidence) -> float:
        """Return the margin in the unit of the score."""
        if self.margin is not None:
            return float(self.margin.size)
        (score,) = self.scores
        margins = evidence.margins
        if score.match in margins:
            return margins[score.match]
        if not score.match and len(margins) == 1:
            return next(iter(margins.values()))
        raise DescriptionError(
            f"rule {self.text!r}",
            "a margin",
            "a pair that states none",
            'Give the pair margin=bioann.Margin(5 * Hz, "why"), or the rule one of its own.',
        )

    def find_region(
        self, value: float, evidence: Evidence
    ) -> tuple[tuple[float, float], tuple[float, ...]]:
        """Return the margin on that side of the best value on which the score lies."""
        best, margin = self.scores[0].best, self.find_margin(evidence)
        # Many scores, such as a root mean square, cannot lie on the other side.
        region = (best, best + margin) if value >= best else (best - margin, best)
        return region, region

    def decide(self, low: float, high: float, evidence: Evidence) -> str:
        """Compare the interval with the margin around the best value."""
        best, margin = self.scores[0].best, self.find_margin(evidence)
        if best - margin <= low and high <= best + margin:
            return "supported"
        return "refuted" if high < best - margin or low > best + margin else "undecided"

    def explain(self, outcome: str, evidence: Evidence) -> str:
        """Write the margin and what an identical network gets."""
        (score,) = self.scores
        row = score.find_row(evidence.scores)
        text = f"; margin {format_number(self.find_margin(evidence), str(row.unit))}"
        if np.isfinite(row.ceiling):
            text += f", an identical network {format_number(row.ceiling)}"
        return text
