"""A rule that takes over the outcome of the equivalence test."""

from __future__ import annotations

import dataclasses

import pandas as pd

from bioann.base.errors import unknown_name_error
from bioann.base.text import format_interval, format_number
from bioann.claims.rules.rule import Judgement, Rule
from bioann.claims.rules.score import Score
from bioann.metrics.agreement import RMSE


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Equivalent(Rule):
    """The models differ by less than single trials of the spiking model differ from each other.

    Parameters
    ----------
    match : str
        Name of the match whose responses are compared.
    """

    match: str

    @property
    def scores(self) -> tuple[Score, ...]:
        """The root mean square difference of the match."""
        return (Score(RMSE, self.match),)

    @property
    def text(self) -> str:
        """The rule in words."""
        return (
            f"{self.scores[0].text} is within the trial-to-trial variability of the spiking model"
        )

    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Judgement:
        """Return the outcome of the equivalence test."""
        rows = equivalence[equivalence.match == self.match]
        if rows.empty:
            raise unknown_name_error(f"rule {self.text!r}", "match", self.match, equivalence.match)
        row = rows.iloc[0]
        numbers = (float(row.rmse), float(row.low), float(row.high), RMSE.unit)
        finding = (
            f"{format_interval(*numbers)}; trial-to-trial variability {format_number(row.band)}"
        )
        outcome = {"same": "supported", "different": "refuted"}.get(row.verdict, "depends")
        return Judgement(outcome, self.scores[0].text, finding, *numbers)
