"""The table of scores that claims are judged by: its columns, and how a row of it is made."""

from __future__ import annotations

from typing import Any

import numpy as np

from bioann.metrics.estimate import CONFIDENCE_LEVEL, Estimate
from bioann.metrics.metric import Metric

SCORE_COLUMNS = (
    "match",
    "metric",
    "detail",
    "value",
    "low",
    "high",
    "n",
    "sampled",
    "ceiling",
    "ceiling_low",
    "ceiling_high",
    "chance",
    "chance_low",
    "chance_high",
    "best",
    "unit",
    "note",
)
#: Columns of `bioann.metrics.Estimate` behind value, ceiling and chance level.
ESTIMATE_COLUMNS = ("estimate", "ceiling_estimate", "chance_estimate")

#: Stands for the noise ceiling or the chance level where it has no meaning.
NO_REFERENCE = Estimate(np.nan, sampled="trials")


def make_score_row(
    names: tuple[str, str, str],
    estimates: tuple[Estimate, Estimate, Estimate],
    metric: Any,
    level: float = CONFIDENCE_LEVEL,
) -> dict[str, object]:
    """Return one row of the table of scores.

    Parameters
    ----------
    names : tuple of str
        Match, metric and detail.
    estimates : tuple of Estimate
        Of the value, the noise ceiling and the chance level.
    metric : Metric or SpikeMetric
        Its unit, note and best value.
    level : float, optional
        Confidence level of the intervals.

    Returns
    -------
    dict of str to object
        With `SCORE_COLUMNS` and `ESTIMATE_COLUMNS`.
    """
    value, ceiling, chance = estimates
    numbers: dict[str, object] = {"n": value.n, "sampled": value.sampled or "exact"}
    for name, estimate in (("", value), ("ceiling", ceiling), ("chance", chance)):
        low, high = estimate.interval(level)
        prefix = f"{name}_" if name else ""
        numbers |= {name or "value": estimate.value, f"{prefix}low": low, f"{prefix}high": high}
    best = metric.best if isinstance(metric, Metric) else np.nan
    note = metric.note if np.isnan(value.value) else ""
    texts = dict(zip(("match", "metric", "detail"), names, strict=True))
    properties = {"best": best, "unit": metric.unit, "note": note}
    return texts | numbers | properties | dict(zip(ESTIMATE_COLUMNS, estimates, strict=True))
