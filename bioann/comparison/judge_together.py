"""Score the runs of several pairs that differ in parameters, one metric for all of them at a time.

Most of the time of `bioann.compare` goes into handling small labelled arrays, which are shared here
(`bioann.comparison.stacked_responses`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bioann.base.description import Description
from bioann.base.errors import BioannError
from bioann.bio.engines.lane_recording import LaneRecording
from bioann.claims.claim import Verdict, judge_claim
from bioann.claims.rules.rule import Evidence
from bioann.claims.score_table import (
    ESTIMATE_COLUMNS,
    NO_REFERENCE,
    SCORE_COLUMNS,
    make_score_row,
)
from bioann.comparison.input_signs import resolve_signs
from bioann.comparison.paths import PathFinder
from bioann.comparison.responses import Responses
from bioann.comparison.scores import equivalence_table, find_margins, list_metrics, score_metric
from bioann.comparison.stacked_responses import describe_layout, select_run, stack_responses
from bioann.metrics.metric import Metric
from bioann.metrics.spiking import SpikeTrains, SpikingEstimate
from bioann.pair import Pair
from bioann.runs.execute_together import RunOutputs


@dataclasses.dataclass(frozen=True)
class JudgedRecording:
    """Scores and verdicts of one run, without what a report needs besides.

    Parameters
    ----------
    scores, equivalence : pandas.DataFrame
        As of `bioann.Comparison`.
    claims : tuple of Verdict
        The claims, judged.
    evidence : Evidence
        What they were judged by.
    """

    scores: pd.DataFrame
    equivalence: pd.DataFrame
    claims: tuple[Verdict, ...]
    evidence: Evidence


def judge_together(runs: Sequence[RunOutputs]) -> list[JudgedRecording | BioannError]:
    """Compute the scores of several runs, and judge the claims of their pairs.

    Parameters
    ----------
    runs : sequence of RunOutputs
        What was run, of pairs that are a `bioann.Pair`.

    Returns
    -------
    list of JudgedRecording or BioannError
        As `bioann.compare` computes them, up to the order in which sums are added; or the error
        that it raises.
    """
    groups: dict[Any, list[int]] = {}
    digests: dict[int, str] = {}
    for k, run in enumerate(runs):
        groups.setdefault(describe_layout(run, digests), []).append(k)
    judged: dict[int, JudgedRecording | BioannError] = {}
    paths = PathFinder()
    for numbers in groups.values():
        members = [runs[k] for k in numbers]
        rows = _score_runs(members, stack_responses(members))
        spiking = _estimate_spiking(members)
        for k, run, of_run, estimates in zip(numbers, members, rows, spiking, strict=True):
            judged[k] = _judge_run(run, of_run, estimates, paths)
    return [judged[k] for k in range(len(runs))]


def _score_runs(runs: Sequence[RunOutputs], stacked: Responses) -> list[Any]:
    """Return the rows of scores of runs of one layout, or errors."""
    pairs: list[Any] = [run.plan.pair for run in runs]
    names = [match.name for match in pairs[0].correspondence.matches]
    single: list[Responses] = []
    rows: list[Any] = [[] for _ in runs]
    metric_lists = _list_metrics_once(pairs)
    for metrics in zip(*metric_lists, strict=True):
        is_same = len({_identify_metric(metric) for metric in metrics}) == 1
        metric_rows = None
        if is_same and len(runs) > 1:
            metric_rows = _score_stacked(metrics[0], stacked, len(runs))
        if metric_rows is None:
            single = single or [select_run(stacked, k, names) for k in range(len(runs))]
            metric_rows = [
                _score_alone(metric, responses, pair.readout)
                for metric, responses, pair in zip(metrics, single, pairs, strict=True)
            ]
        for k, new in enumerate(metric_rows):
            if not isinstance(rows[k], BioannError):
                rows[k] = new if isinstance(new, BioannError) else rows[k] + new
    return rows


def _list_metrics_once(pairs: Sequence[Pair]) -> list[tuple[Metric, ...]]:
    """Return the metrics of each pair, listed once for pairs with the same claims and metrics."""
    by_claims: dict[Any, tuple[Metric, ...]] = {}
    metric_lists = []
    for pair in pairs:
        key = id(pair.claims), id(pair.metrics), pair.readout
        if key not in by_claims:
            by_claims[key] = list_metrics(pair)
        metric_lists.append(by_claims[key])
    return metric_lists


def _identify_metric(metric: Metric) -> Any:
    """Return a value that is equal for metrics that compute the same; their code by its id."""
    function = metric.function
    values = []
    for field in dataclasses.fields(metric):
        value = getattr(metric, field.name)
        is_code = callable(value) and not isinstance(value, Description)
        text = "" if is_code else repr(value)
        values.append(id(value) if is_code or "<" in text else text)
    return type(function), tuple(values)


def _score_stacked(metric: Metric, stacked: Responses, n_runs: int) -> list[Any] | None:
    """Score all runs at once; None for a metric of the whole pair, or of other names."""
    if metric.per == "pair":
        return None
    try:
        all_rows = score_metric(metric, stacked)
    except BioannError:
        return None
    rows: list[list[dict[str, object]]] = [[] for _ in range(n_runs)]
    for row in all_rows:
        number, _, match = str(row["match"]).partition(" ")
        rows[int(number)].append({**row, "match": match})
    return rows


def _score_alone(
    metric: Metric, responses: Responses, readout: tuple[str, ...]
) -> list[dict[str, object]] | BioannError:
    try:
        return score_metric(metric, responses, readout)
    except BioannError as error:
        return error


def _estimate_spiking(runs: Sequence[RunOutputs]) -> list[list[SpikingEstimate]]:
    """Estimate the metrics of the spikes of runs of one layout."""
    recordings, window = [run.nodes["bio"] for run in runs], runs[0].plan.window
    lanes = [recording for recording in recordings if isinstance(recording, LaneRecording)]
    if len(lanes) == len(runs):
        return _join_spikes(lanes).estimate_metrics(window)
    estimates: list[list[SpikingEstimate]] = []
    for recording in recordings:
        assert not isinstance(recording, LaneRecording)
        wirings = recording["wiring"].values if "wiring" in recording.coords else None
        if "spike_time" in recording:
            estimates += SpikeTrains.of_recording(recording).estimate_metrics(window, wirings)
        else:
            estimates.append([])
    return estimates


def _join_spikes(recordings: Sequence[LaneRecording]) -> SpikeTrains:
    """Return the spikes of networks with the same populations and conditions."""
    first = recordings[0]
    counts = [len(recording.spikes["time"]) for recording in recordings]
    columns = {
        name: np.concatenate([recording.spikes[name] for recording in recordings])
        for name in ("lane", "time", "unit", "neuron")
    }
    condition, trial = np.divmod(columns["lane"], first.lanes.trials)
    return SpikeTrains(
        np.repeat(np.arange(len(recordings)), counts),
        condition,
        trial,
        columns["unit"],
        columns["neuron"],
        columns["time"],
        {name: max(recording.sizes[name] for recording in recordings) for name in first.sizes},
        (len(recordings), len(first.lanes.conditions), first.lanes.trials),
    )


def _judge_run(
    run: RunOutputs, rows: Any, spiking: Sequence[SpikingEstimate], paths: PathFinder
) -> JudgedRecording | BioannError:
    """Judge the claims of a run from its rows of scores."""
    if isinstance(rows, BioannError):
        return rows
    pair: Any = run.plan.pair
    try:
        for unit, metric, estimate in spiking:
            estimates = (estimate, NO_REFERENCE, NO_REFERENCE)
            rows.append(make_score_row(("", metric.name, unit), estimates, metric))
        resolved = resolve_signs(rows, pair, paths=paths)
        table = pd.DataFrame(resolved, columns=[*SCORE_COLUMNS, *ESTIMATE_COLUMNS])
        evidence = Evidence(table, find_margins(pair))
        claims = tuple(judge_claim(claim, evidence) for claim in pair.claims)
        scores = table[list(SCORE_COLUMNS)]
        return JudgedRecording(scores, equivalence_table(evidence), claims, evidence)
    except BioannError as error:
        return error
