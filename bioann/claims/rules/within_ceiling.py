"""A rule for two models that differ no more than two runs of the spiking model."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from bioann.base.text import format_interval
from bioann.claims.rules.rule import Judgement, Rule
from bioann.claims.rules.score import Score, ScoreOrMetric, to_score


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class WithinCeiling(Rule):
    """The models differ no more than the spiking model differs from itself with other input.

    Supported if the value is inside the interval of the noise ceiling or better; refuted if the
    whole interval of the score is outside; depends otherwise.

    Parameters
    ----------
    score : Score or Metric
        A score whose best value is 0 or 1; a metric stands for the score of the only match.
    """

    score: ScoreOrMetric

    def check(self) -> None:
        """Turn a metric into the score of the only match."""
        self.set_field("score", to_score(self.score))

    @property
    def scores(self) -> tuple[Score, ...]:
        """The score."""
        return (to_score(self.score),)

    @property
    def text(self) -> str:
        """The rule in words."""
        return f"{self.scores[0].text} is within the noise ceiling"

    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Judgement:
        """Compare distance from the best value with that of the ceiling's worse end."""
        (score,) = self.scores
        row = score.find_row(scores)
        numbers = (float(row.value), float(row.low), float(row.high), str(row.unit))
        distances = np.abs(np.array([row.low, row.high]) - row.best)
        ceiling_distance = np.abs(np.array([row.ceiling_low, row.ceiling_high]) - row.best).max()
        if np.isnan([*distances, ceiling_distance]).any():
            finding = f"no interval or no noise ceiling ({row.note})"
            return Judgement("depends", score.text, finding, *numbers)
        finding = (
            f"{format_interval(*numbers)}; noise ceiling "
            f"{format_interval(row.ceiling, row.ceiling_low, row.ceiling_high, str(row.unit))}"
        )
        crosses = (row.low - row.best) * (row.high - row.best) < 0
        smallest_distance = 0.0 if crosses else distances.min()
        if abs(row.value - row.best) <= ceiling_distance:
            outcome = "supported"
        else:
            outcome = "refuted" if smallest_distance > ceiling_distance else "depends"
        return Judgement(outcome, score.text, finding, *numbers)
