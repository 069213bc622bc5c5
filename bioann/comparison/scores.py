"""The table of scores: value, interval, noise ceiling and chance level of every metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bioann.claims.rules.equivalent import Equivalent
from bioann.claims.rules.rule import Evidence
from bioann.claims.score_table import (
    ESTIMATE_COLUMNS,
    NO_REFERENCE,
    SCORE_COLUMNS,
    make_score_row,
)
from bioann.comparison.input_signs import resolve_signs
from bioann.comparison.metric_estimates import collect_inputs
from bioann.comparison.responses import Responses
from bioann.metrics.agreement import COMMON_METRICS, RMSE
from bioann.metrics.estimate import CONFIDENCE_LEVEL
from bioann.metrics.jackknife import N_RESAMPLES
from bioann.metrics.metric import Metric
from bioann.metrics.signs import SIGN_METRICS, WINNER_AGREEMENT
from bioann.metrics.spiking import estimate_spiking
from bioann.pair import Pair

EQUIVALENCE_COLUMNS = (
    "match",
    "rmse",
    "low",
    "high",
    "margin",
    "ceiling",
    "ceiling_low",
    "ceiling_high",
    "p_value",
    "verdict",
)


def score_metric(
    metric: Metric,
    responses: Responses,
    readout: tuple[str, ...] = (),
    level: float = CONFIDENCE_LEVEL,
    n_resamples: int = N_RESAMPLES,
) -> list[dict[str, object]]:
    """Compute one metric with its interval and references, for all matches and channels at once.

    Parameters
    ----------
    metric : Metric
        The metric that is computed.
    responses : Responses
        The responses of the run.
    readout : tuple of str, optional
        Matches that a metric of the whole pair compares; all unless given.
    level : float, optional
        Confidence level of the intervals.
    n_resamples : int, optional
        Number of resampled values, of a metric that is not smooth.

    Returns
    -------
    list of dict
        Rows as of `make_score_row`.
    """
    inputs = collect_inputs(metric, responses, readout, n_resamples)
    bio, other, ceiling = (inputs.responses[role] for role in ("bio", "other", "ceiling"))
    values: Any = np.full(inputs.shape, NO_REFERENCE, dtype=object)
    ceilings = chances = values
    if bio is not None and other is not None and inputs.stimulus.sizes["condition"]:
        values, chances = inputs.estimate(bio, other), inputs.estimate_chance()
        if ceiling is not None and metric.has_ceiling:
            ceilings = inputs.estimate(bio, ceiling)
    rows = []
    for index in np.ndindex(*inputs.shape):
        labels = [names[k] for names, k in zip(inputs.axes.values(), index, strict=True)]
        match, detail = (*labels, "", "")[:2]
        value, ceiling_level, chance = (array[index] for array in (values, ceilings, chances))
        if np.isnan(value.value):
            ceiling_level = chance = NO_REFERENCE
        estimates = (value, ceiling_level, chance)
        rows.append(make_score_row((match, metric.name, detail), estimates, metric, level))
    return rows


def equivalence_table(evidence: Evidence) -> pd.DataFrame:
    """Test the equivalence of the responses of every match, against the margin of the pair.

    Parameters
    ----------
    evidence : Evidence
        Scores with the RMSE of every match, and the margins of the pair.

    Returns
    -------
    pandas.DataFrame
        `EQUIVALENCE_COLUMNS`; RMSE, margin and noise ceiling in activation; the verdict is
        ``"equivalent"``, ``"different"``, ``"undecided"``, or ``"no margin"`` if the pair states
        none.
    """
    verdicts = {"supported": "equivalent", "refuted": "different", "undecided": "undecided"}
    is_rmse = evidence.scores["metric"].to_numpy() == RMSE.name
    names = ("match", "value", "low", "high", "ceiling", "ceiling_low", "ceiling_high")
    # Columns instead of rows: rows of such a wide table take a hundred times as long.
    columns = (evidence.scores[name].to_numpy()[is_rmse].tolist() for name in names)
    rows = []
    for match, *numbers in zip(*columns, strict=True):
        margin, p_value, verdict = np.nan, np.nan, "no margin"
        if match in evidence.margins:
            judgement = Equivalent(match=str(match)).judge(evidence)
            margin, p_value = evidence.margins[str(match)], judgement.p_value
            verdict = verdicts[judgement.outcome]
        rows.append((match, *numbers[:3], margin, *numbers[3:], p_value, verdict))
    return pd.DataFrame(rows, columns=list(EQUIVALENCE_COLUMNS))


def compute_scores(
    pair: Pair,
    run: xr.DataTree,
    responses: Responses,
    level: float = CONFIDENCE_LEVEL,
    n_resamples: int = N_RESAMPLES,
) -> pd.DataFrame:
    """Compute every score of a run: the common ones, the pair's own, and those of spikes.

    Parameters
    ----------
    pair : Pair
        The pair whose metrics and read-out are used.
    run : xarray.DataTree
        The recording, which has the spikes.
    responses : Responses
        The responses of the run.
    level : float, optional
        Confidence level of the intervals.
    n_resamples : int, optional
        Number of resampled values, of metrics that are not smooth.

    Returns
    -------
    pandas.DataFrame
        One row per match and metric, with `SCORE_COLUMNS` and `ESTIMATE_COLUMNS`.
    """
    rows = []
    for metric in list_metrics(pair):
        rows += score_metric(metric, responses, pair.readout, level, n_resamples)
    for unit, spike_metric, estimate in estimate_spiking(run, responses.window):
        estimates = (estimate, NO_REFERENCE, NO_REFERENCE)
        rows.append(make_score_row(("", spike_metric.name, unit), estimates, spike_metric, level))
    rows = resolve_signs(rows, pair, level)
    return pd.DataFrame(rows, columns=[*SCORE_COLUMNS, *ESTIMATE_COLUMNS])


def list_metrics(pair: Pair) -> tuple[Metric, ...]:
    """Return the metrics of responses that are computed for a pair: common ones and its own."""
    winners = (WINNER_AGREEMENT,) if pair.readout else ()
    return tuple(dict.fromkeys((*COMMON_METRICS, *SIGN_METRICS, *winners, *pair.all_metrics)))


def find_margins(pair: Pair) -> Mapping[str, float]:
    """Return the margin of every match of a pair in activation; empty if it states none."""
    if pair.margin is None:
        return {}
    scales = pair.correspondence.scales_in_hertz()
    return {name: pair.margin.in_activation(name, scale) for name, scale in scales.items()}
