"""Score tables with estimates whose 95 % intervals are chosen by hand."""

import dataclasses

import numpy as np
import pandas as pd
from scipy.special import ndtri

from bioann.claims.rules.rule import Evidence
from bioann.claims.rules.score import Score
from bioann.claims.score_table import ESTIMATE_COLUMNS, make_score_row
from bioann.metrics.estimate import Estimate
from bioann.metrics.metric import Metric

Z_95 = ndtri(0.975)


@dataclasses.dataclass(frozen=True)
class ChosenEstimate(Estimate):
    """An estimate with a chosen 95 % interval, which grows with the level as a normal one does."""

    low: float = np.nan
    high: float = np.nan

    def interval(self, level=0.95):
        grow = ndtri((1 + level) / 2) / Z_95
        return (
            self.value - grow * (self.value - self.low),
            self.value + grow * (self.high - self.value),
        )

    def with_n(self, n):
        shrink = np.sqrt(self.n / n)
        low = self.value - shrink * (self.value - self.low)
        high = self.value + shrink * (self.high - self.value)
        return dataclasses.replace(self, n=n, low=low, high=high)


def choose_estimate(value, low=np.nan, high=np.nan, n=10, sampled="trials"):
    """Return an estimate with a chosen interval; an exact one if the interval has no width."""
    if value == low == high:
        return Estimate(value)
    return ChosenEstimate(value, n, sampled, low=low, high=high)


def score(name, match="", detail="", unit="", **options):
    """Return a score of a metric of some name; rules look a score up by it."""
    return Score(Metric(name, np.mean, unit=unit), match, detail, **options)


def score_row(
    value, low=np.nan, high=np.nan, metric="gain", match="y", detail="", unit="", **options
):
    """Return a row of a score table; `ceiling` and `chance` are (value, low, high)."""
    references = [choose_estimate(*options.pop(name, (np.nan,))) for name in ("ceiling", "chance")]
    note = options.pop("note", "")
    estimates = (choose_estimate(value, low, high, **options), *references)
    return make_score_row(
        (match, metric, detail), estimates, Metric(metric, np.mean, unit=unit, note=note)
    )


def make_evidence(*rows, **options):
    """Return evidence with these rows of a score table, and the margins of a pair."""
    table = pd.DataFrame(list(rows))
    assert set(ESTIMATE_COLUMNS) <= set(table.columns)
    return Evidence(table, **options)


def judge_outcome(rule, *rows, **options):
    """Return the outcome of a rule."""
    return rule.judge(make_evidence(*rows, **options)).outcome
