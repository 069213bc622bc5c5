"""Score the runs of several pairs that differ in parameters, one metric for all of them at a time.

Most of the time of `bioann.compare` goes into handling small labelled arrays. Runs of pairs with
the same matches, metrics and stimulus are put beside each other along the dimension ``match``, so
that a metric with a value per match is computed for all of them at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pandas as pd
import xarray as xr

from bioann.base.errors import BioannError
from bioann.claims.claim import Verdict, judge_claim
from bioann.claims.rules.rule import Evidence
from bioann.claims.score_table import (
    ESTIMATE_COLUMNS,
    NO_REFERENCE,
    SCORE_COLUMNS,
    make_score_row,
)
from bioann.comparison.align_responses import align_responses
from bioann.comparison.input_signs import resolve_signs
from bioann.comparison.metric_estimates import Responses
from bioann.comparison.scores import equivalence_table, find_margins, list_metrics, score_metric
from bioann.comparison.verdict_table import list_verdict_parts
from bioann.metrics.metric import Metric
from bioann.metrics.spiking import estimate_spiking
from bioann.pair import Pair


@dataclasses.dataclass(frozen=True)
class JudgedRecording:
    """Scores and verdicts of one run, without what a report needs besides.

    Parameters
    ----------
    scores, equivalence : pandas.DataFrame
        As of `bioann.Comparison`.
    claims : tuple of Verdict
        The claims, judged.
    verdicts : pandas.DataFrame
        As of `bioann.comparison.verdict_table.verdict_table`.
    """

    scores: pd.DataFrame
    equivalence: pd.DataFrame
    claims: tuple[Verdict, ...]
    verdicts: pd.DataFrame


@dataclasses.dataclass(frozen=True)
class AlignedRun:
    """A run with its responses.

    Parameters
    ----------
    pair : Pair
        The pair that was run.
    recording : xarray.DataTree
        Its recording.
    responses : Responses
        The responses of all models.
    """

    pair: Pair
    recording: xr.DataTree
    responses: Responses


def judge_together(
    pairs: Sequence[Pair], recordings: Sequence[xr.DataTree]
) -> list[JudgedRecording | BioannError]:
    """Compute the scores of several runs, and judge the claims of their pairs.

    Parameters
    ----------
    pairs : sequence of Pair
        The pairs that were run.
    recordings : sequence of xarray.DataTree
        Their recordings, with the window of steady responses as attribute ``window``.

    Returns
    -------
    list of JudgedRecording or BioannError
        As `bioann.compare` computes them, up to the order in which sums are added; or the error
        that it raises.
    """
    runs = [_align_run(pair, run) for pair, run in zip(pairs, recordings, strict=True)]
    rows: list[Any] = [[] for _ in runs]
    groups: dict[Any, list[int]] = {}
    for k, run in enumerate(runs):
        groups.setdefault(_describe_layout(run), []).append(k)
    for members in groups.values():
        members_rows = _score_runs([runs[k] for k in members])
        for k, run_rows in zip(members, members_rows, strict=True):
            rows[k] = run_rows
    return [_judge_run(run, of_run) for run, of_run in zip(runs, rows, strict=True)]


def _align_run(pair: Pair, recording: xr.DataTree) -> AlignedRun:
    start, stop = recording.attrs["window"]
    exact = frozenset(n for n in recording.children if recording[n].attrs.get("random") == 0)
    dataset = align_responses(recording, pair.correspondence)
    return AlignedRun(pair, recording, Responses(dataset, (float(start), float(stop)), exact))


def _describe_layout(run: AlignedRun) -> Any:
    """Return a value that is equal for runs whose responses can be put beside each other."""
    dataset, metrics = run.responses.dataset, list_metrics(run.pair)
    variables = tuple(
        (name, array.dims, array.shape, str(array.dtype)) for name, array in dataset.items()
    )
    coordinates = tuple(
        (name, c.dims, c.values.tobytes() if c.dtype != object else str(c.values.tolist()))
        for name, c in dataset.coords.items()
    )
    stimulus = dataset["stimulus"].values.tobytes()
    options = (run.responses.window, run.responses.exact_models, run.pair.readout)
    return variables, coordinates, stimulus, options, tuple(map(id, metrics))


def _score_runs(runs: Sequence[AlignedRun]) -> list[Any]:
    """Return the rows of scores of runs of one layout, or errors."""
    stacked = _stack_responses(runs) if len(runs) > 1 else None
    rows: list[Any] = [[] for _ in runs]
    for metric in list_metrics(runs[0].pair):
        metric_rows = _score_stacked(metric, stacked, len(runs)) if stacked is not None else None
        if metric_rows is None:
            metric_rows = [_score_alone(metric, run) for run in runs]
        for k, new in enumerate(metric_rows):
            if not isinstance(rows[k], BioannError):
                rows[k] = new if isinstance(new, BioannError) else rows[k] + new
    return rows


def _stack_responses(runs: Sequence[AlignedRun]) -> Responses:
    """Put responses beside each other along ``match``, whose labels get the number of the run."""
    first = runs[0].responses
    datasets = []
    for k, run in enumerate(runs):
        labels = [f"{k} {name}" for name in run.responses.dataset.match.values]
        datasets.append(run.responses.dataset.assign_coords(match=labels))
    options: dict[str, Any] = {"data_vars": "minimal", "coords": "minimal", "compat": "override"}
    dataset = xr.concat(datasets, dim="match", join="override", **options)
    return Responses(dataset, first.window, first.exact_models)


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


def _score_alone(metric: Metric, run: AlignedRun) -> list[dict[str, object]] | BioannError:
    try:
        return score_metric(metric, run.responses, run.pair.readout)
    except BioannError as error:
        return error


def _judge_run(run: AlignedRun, rows: Any) -> JudgedRecording | BioannError:
    """Judge the claims of a run from its rows of scores."""
    if isinstance(rows, BioannError):
        return rows
    try:
        for unit, metric, estimate in estimate_spiking(run.recording, run.responses.window):
            estimates = (estimate, NO_REFERENCE, NO_REFERENCE)
            rows.append(make_score_row(("", metric.name, unit), estimates, metric))
        table = pd.DataFrame(
            resolve_signs(rows, run.pair), columns=[*SCORE_COLUMNS, *ESTIMATE_COLUMNS]
        )
        evidence = Evidence(table, find_margins(run.pair))
        claims = tuple(judge_claim(claim, evidence) for claim in run.pair.claims)
        trials = int(run.recording.attrs["trials"])
        verdicts = list_verdict_parts(run.pair.name, claims, evidence, trials)
        return JudgedRecording(
            table[list(SCORE_COLUMNS)], equivalence_table(evidence), claims, verdicts
        )
    except BioannError as error:
        return error
