"""A rule for claims that hold on one side of a boundary only: the boundary is the verdict."""

from __future__ import annotations

import dataclasses

from bioann.base.errors import DescriptionError
from bioann.base.text import format_number
from bioann.claims.rules.rule import Evidence, IntervalRule
from bioann.claims.rules.score import Score, ScoreOrMetric, is_bound, to_score


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Boundary(IntervalRule):
    """A claim holds on one side of a boundary, which is searched for within a range.

    Depends if the whole interval of the boundary lies inside the range: the claim holds on one
    side of it and fails on the other, and the verdict says where it turns. Supported or refuted if
    the whole interval lies at an end or beyond it, so that all of the range is on one side;
    undecided if it includes an end.

    Parameters
    ----------
    score : Score or Metric
        A score whose value is the boundary, on the axis that was varied; a metric stands for the
        score of the only match.
    low, high : float
        The range in which the boundary was searched, in the unit of the score.
    holds : {'below', 'above'}
        The side of the boundary on which the claim holds.
    """

    score: ScoreOrMetric
    low: float
    high: float
    holds: str

    def check(self) -> None:
        """Raise `DescriptionError` for an empty range or an unknown side."""
        self.set_field("score", to_score(self.score))
        are_bounds = is_bound(self.low) and is_bound(self.high) and self.low < self.high
        if self.holds not in ("below", "above") or not are_bounds:
            raise DescriptionError(
                f"Boundary of {self.scores[0].text!r}",
                "a range low < high, and holds='below' or 'above'",
                f"{self.low!r} to {self.high!r}, holds={self.holds!r}",
                "Give the range that was varied, and the side on which the claim holds.",
            )

    @property
    def scores(self) -> tuple[Score, ...]:
        """The score."""
        return (to_score(self.score),)

    @property
    def range_text(self) -> str:
        """The range that was searched, in words."""
        unit = self.scores[0].metric.unit
        return f"from {format_number(self.low)} to {format_number(self.high, unit)}"

    @property
    def text(self) -> str:
        """The rule in words."""
        return (
            f"the claim holds {self.holds} the {self.scores[0].text} (searched {self.range_text})"
        )

    def find_region(
        self, value: float, evidence: Evidence
    ) -> tuple[tuple[float, float], tuple[float, ...]]:
        """Return the side of the boundary on which the claim holds, in the range searched."""
        turn = min(max(value, self.low), self.high)
        region = (self.low, turn) if self.holds == "below" else (turn, self.high)
        return region, (self.low, self.high)

    def decide(self, low: float, high: float, evidence: Evidence) -> str:
        """Compare the boundary's interval with the range."""
        if self.low < low and high < self.high:
            return "depends"
        if low >= self.high or high <= self.low:
            return "supported" if (low >= self.high) == (self.holds == "below") else "refuted"
        return "undecided"

    def explain(self, outcome: str, evidence: Evidence) -> str:
        """Write on which side of the boundary the claim holds."""
        consequence = {
            "depends": f"; the claim holds {self.holds} it",
            "supported": "; the claim holds in the whole range",
            "refuted": "; the claim fails in the whole range",
            "undecided": "",
        }
        return f"{consequence[outcome]} (searched {self.range_text})"
