"""Plain-text descriptions of pairs and comparisons for the command line."""

from __future__ import annotations

import collections
import dataclasses
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bioann import model
from bioann.base.counts import count_subjects
from bioann.base.printable import clean_line
from bioann.base.text import format_count, format_setting
from bioann.batch.run_summary import RunSummary
from bioann.claims.claim import OUTCOMES
from bioann.claims.judged_run import ClaimSubject
from bioann.correspondence import Side
from bioann.pair import Pair
from bioann.parameters.addresses import collect_parameters
from bioann.studies.study import Study

_SIGN = {1: "+", -1: "\N{MINUS SIGN}"}


@functools.singledispatch
def describe_subject(subject: Any) -> str:
    """Describe a pair or a study, without running it, in several lines of text."""
    raise TypeError(f"neither a pair nor a study: {subject!r}")


@describe_subject.register(Pair)
def describe_pair(pair: Pair) -> str:
    """Describe a pair: question, both models, correspondence, stimulus and claims.

    Parameters
    ----------
    pair : Pair
        The pair to describe; it is not run.

    Returns
    -------
    str
        Several lines of text.
    """
    return "\n".join(
        [
            pair.name,
            f"  Question: {clean_line(pair.question) or 'none'}",
            f"  Source: {clean_line(pair.source) or 'none'}",
            "",
            *_describe_model("Spiking model", pair.bio),
            "",
            *_describe_model("Rate model", pair.ann),
            "",
            *_describe_correspondence(pair),
            "",
            *_describe_stimulus(pair),
            *_describe_variation(pair),
            "",
            *_describe_claims(pair),
        ]
    )


def _describe_model(title: str, pair_model: Any) -> list[str]:
    sizes = model.sizes_of(pair_model) or {}
    units = [
        f"{name} ({sizes[name]} neurons)" if name in sizes else name for name in pair_model.units
    ]
    connections = model.connections_of(pair_model)
    lines = [f"{title}: {model.kind_of(pair_model)}", f"  responses: {', '.join(units)}"]
    if connections.empty:
        return [*lines, "  connections unknown"]
    return [*lines, *(f"  {line}" for line in _format_connections(connections))]


def _format_connections(connections: pd.DataFrame) -> list[str]:
    """Format the connections as lines with aligned columns."""
    rows = [
        (
            f"{row.source} (stimulus)" if row.source_kind == "channel" else str(row.source),
            f"-> {row.target}",
            str(row.label),
            # The label of a weight includes its sign; that of a synapse is its conductance.
            "" if row.mechanism == "weight" else _SIGN.get(int(row.sign), "0"),
            "" if row.mechanism == "weight" else str(row.mechanism),
        )
        for row in connections.itertuples()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{t:{w}}" for t, w in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _describe_correspondence(pair: Pair) -> list[str]:
    lines = ["Correspondence"]
    for match in pair.correspondence.matches:
        alias = f" (named {match.name})" if match.name != match.ann else ""
        match_text = f"{_format_side(match.bio)} corresponds to {_format_side(match.ann)}"
        lines.append(f"  {match_text}{alias}; {format_setting(match.scale, 'Hz')} is activation 1")
    for title, names in (
        ("only in the spiking model", pair.correspondence.bio_only),
        ("only in the rate model", pair.correspondence.ann_only),
    ):
        if names:
            lines.append(f"  {title}: {', '.join(names)}")
    return lines


def _format_side(side: Side) -> str:
    if isinstance(side, str):
        return side
    return " ".join(
        f"{_SIGN[1 if w > 0 else -1]} {format_setting(abs(w))} {name}" for name, w in side.items()
    )


@describe_subject.register(Study)
def describe_study(study: Study) -> str:
    """Describe a study: question, seeds, settings, variables and claims; it is not run."""
    seeds = format_count(study.seeds, "seed") if study.seeds else "none, nothing is random"
    variables = [f"{name} ({', '.join(dims)})" for name, dims in study.returns.items()]
    return "\n".join(
        [
            study.name,
            f"  Question: {clean_line(study.question) or 'none'}",
            f"  Source: {clean_line(study.source) or 'none'}",
            "",
            f"Seeds: {seeds}",
            "Settings",
            *(f"  {line}" for line in describe_parameters(study).splitlines() or ["none"]),
            "Variables of one seed",
            *(f"  {clean_line(line)}" for line in variables),
            "",
            *_describe_claims(study),
        ]
    )


@functools.singledispatch
def describe_parameters(pair: Any) -> str:
    """List the parameters of a pair, one per line: address, value and declared range."""
    return "\n".join(clean_line(str(parameter)) for parameter in collect_parameters(pair))


@describe_parameters.register(Study)
def describe_settings(study: Study) -> str:
    """List the settings of a study, one per line."""
    fields = () if study.settings is None else dataclasses.fields(study.settings)
    return "\n".join(
        clean_line(f"{field.name}: {getattr(study.settings, field.name)!r:.200}")
        for field in fields
    )


def _describe_variation(pair: Pair) -> list[str]:
    """Describe the parameter that the pair varies and what that costs; empty if it varies none."""
    if pair.vary is None:
        return []
    n_values, trials = len(pair.vary.values), format_count(pair.vary.trials, "trial")
    label = clean_line(pair.vary.label)
    return ["", f"Varied: {label}, {n_values} values, {trials} of each condition at each"]


def _describe_stimulus(pair: Pair) -> list[str]:
    stimulus = pair.stimulus
    if stimulus is None:
        return ["Stimulus: none"]
    sizes, dt = stimulus.sizes, stimulus.attrs["dt"]
    lines = [
        f"Stimulus: {sizes['condition']} conditions of {format_setting(sizes['time'] * dt)} s, "
        f"time step {format_setting(dt * 1e3)} ms; responses are scored from "
        f"{format_setting(float(pair.settle))} s on"
    ]
    for channel in map(str, stimulus.channel.values):
        values = stimulus.sel(channel=channel)
        low, high = float(values.min()), float(values.max())
        bounds = f"{format_setting(low, digits=4)} to {format_setting(high, digits=4)}"
        lines.append(f"  {channel}: activation from {bounds}")
    return lines


def _describe_claims(pair: ClaimSubject) -> list[str]:
    lines = ["Claims" if pair.claims else "Claims: none"]
    for claim in pair.claims:
        lines += [
            f"  {claim.id}  {clean_line(claim.sentence)}",
            f"      source: {clean_line(claim.source)}",
            f"      supported if {claim.rule.text}",
        ]
    return lines


def describe_verdicts(summary: RunSummary) -> Iterator[str]:
    """Describe the verdicts of a run's claims, with the scores that decided them.

    Parameters
    ----------
    summary : RunSummary
        Summary of one run.

    Yields
    ------
    str
        One line of text at a time.
    """
    yield f"{summary.name}: {clean_line(summary.question) or 'no question'}"
    if summary.ending:
        yield f"  {summary.ending}"
    for verdict in summary.verdicts:
        yield f"  {verdict.outcome:9}  {verdict.id}  {clean_line(verdict.sentence)}"
        yield f"             {clean_line(verdict.because)}"
    if not summary.verdicts:
        yield "  no claims"
    for flag in summary.flags:
        yield f"  note: {clean_line(flag)}"


def describe_files(summary: RunSummary, folder: Path) -> str:
    """Describe in a line how often a pair was run, how long that took, and its reports."""
    files = " ".join(str(folder / file) for file in summary.files)
    before = " in an earlier run" if summary.was_finished else ""
    return f"{summary.repetitions}; {summary.seconds:.1f} s{before}; {files}"


def describe_totals(summaries: Sequence[RunSummary], seconds: float) -> str:
    """Summarise a run in one line: pairs, studies, claims, verdicts and time.

    Parameters
    ----------
    summaries : sequence of RunSummary
        All pairs and studies.
    seconds : float
        Wall time of the whole run, in seconds.

    Returns
    -------
    str
        One line of text.
    """
    counts = collections.Counter(v.outcome for summary in summaries for v in summary.verdicts)
    outcomes = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
    n_studies = sum(summary.is_study for summary in summaries)
    subjects = count_subjects(len(summaries) - n_studies, n_studies)
    finished = sum(summary.was_finished for summary in summaries)
    earlier = f"; {finished} of them finished before" if finished else ""
    return (
        f"{subjects}, {format_count(counts.total(), 'claim')}: {outcomes}; {seconds:.0f} s{earlier}"
    )
