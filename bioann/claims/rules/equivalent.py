"""A rule that takes over the outcome of the equivalence test."""

from __future__ import annotations

import dataclasses

import pandas as pd

from bioann.base.errors import unknown_name_error
from bioann.base.text import format_interval, format_number
from bioann.claims.rules.rule import Judgement, Rule


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Equivalent(Rule):
    """The models are equivalent: their difference lies inside biology's seed-to-seed band.

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

    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Judgement:
        """Take over the outcome of the equivalence test."""
        rows = equivalence[equivalence.match == self.match]
        if rows.empty:
            raise unknown_name_error(f"rule {self.text!r}", "match", self.match, equivalence.match)
        row = rows.iloc[0]
        message = (
            f"RMSE of {self.match} is {format_interval(row.rmse, row.low, row.high)}, "
            f"band {format_number(row.band)}"
        )
        outcome = {"same": "supported", "different": "refuted"}.get(row.verdict, "depends")
        return Judgement(outcome, message)
