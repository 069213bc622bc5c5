"""A rule for two models that differ no more than two runs of the spiking model."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from bioann.base.text import format_interval
from bioann.claims.rules.rule import Judgement, Rule, find_score


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class WithinCeiling(Rule):
    """The models differ no more than biology differs from itself with another seed.

    Supported if the value is inside the ceiling's interval or better; refuted if the whole interval
    of the score is outside; depends otherwise.

    Parameters
    ----------
    metric : str
        A score whose best value is 0 or 1.
    match, detail : str, optional
        Which of several scores of that name.
    """

    metric: str
    match: str = ""
    detail: str = ""

    @property
    def text(self) -> str:
        """The rule in words."""
        of_match = f" of {self.match}" if self.match else ""
        return (
            f"{self.metric}{of_match} is inside the interval of biology against itself, or better"
        )

    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Judgement:
        """Compare distance from the best value with that of the ceiling's worse end."""
        row = find_score(scores, self.metric, self.match, self.detail, f"rule {self.text!r}")
        value = format_interval(row.value, row.low, row.high)
        ceiling = format_interval(row.ceiling, row.ceiling_low, row.ceiling_high)
        message = f"{self.metric} is {value}, biology against itself {ceiling}"
        distances = np.abs(np.array([row.low, row.high]) - row.best)
        ceiling_distance = np.abs(np.array([row.ceiling_low, row.ceiling_high]) - row.best).max()
        if np.isnan([*distances, ceiling_distance]).any():
            return Judgement("depends", f"{self.metric} has no interval ({row.note})")
        if abs(row.value - row.best) <= ceiling_distance:
            return Judgement("supported", message)
        crosses = (row.low - row.best) * (row.high - row.best) < 0
        smallest_distance = 0.0 if crosses else distances.min()
        return Judgement("refuted" if smallest_distance > ceiling_distance else "depends", message)
