"""Write the report of a study: its answer, figures, measures, claims, methods and provenance."""

from __future__ import annotations

import dataclasses
import inspect
import json
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from bioann.base.text import format_count, format_number, format_setting, join_names
from bioann.comparison.deciding_scores import name_decisions
from bioann.reporting.claim_section import make_claim_section, make_verdict_badges
from bioann.reporting.cover import compose_answer
from bioann.reporting.document import Block, Document, Figure, Notice, Paragraph, Section, Table
from bioann.reporting.figure_blocks import draw_together, to_figure_block
from bioann.reporting.figures.named_figures import draw_user_figure, name_pair_figures
from bioann.reporting.score_tables import DASH, make_score_summary
from bioann.reporting.tables import format_estimate
from bioann.studies.result import StudyResult, describe_outdated

#: Labels of a dimension that a table lists; of more, the first, the last and their number.
MAX_LABELS = 8


# The HTML and the PDF of a study share one document, because drawing takes most of the time.
@lru_cache(maxsize=2)
def make_study_document(result: StudyResult) -> Document:
    """Write the report of a study.

    Parameters
    ----------
    result : StudyResult
        With scores and verdicts.

    Returns
    -------
    Document
        For `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    return draw_together(lambda: _compose_study_document(result))


def _compose_study_document(result: StudyResult) -> Document:
    """Compose the report; its figures are blanks inside `draw_together`."""
    study = result.study
    figures = draw_study_figures(result, with_key_figure=True)
    return Document(
        title=f"{study.name}: a study",
        question=study.question or "What does the study show?",
        summary=compose_answer(result) if result.claims else describe_seeds(result),
        verdicts=make_verdict_badges(result),
        sections=(
            Section(
                "Results",
                (
                    Paragraph(describe_seeds(result)),
                    *figures[1:],
                    make_measure_table(result),
                    *make_score_summary(result, select_measures(result)),
                ),
            ),
            make_claim_section(result),
            make_method_section(result),
            make_study_limits_section(result),
            make_study_provenance_section(result),
        ),
        footer=f"bioann, study {study.name}, seed {result.dataset.attrs['seed']}, "
        f"code and settings {result.dataset.attrs['study_hash']}",
        key_figure=next(iter(figures), None),
    )


def describe_seeds(result: StudyResult) -> str:
    """Say how many seeds and shared samples the numbers rest on."""
    study = result.study
    if study.is_exact:
        return "Nothing in this study is random: all of its numbers are exact."
    shared = [f"{result.dataset.sizes[dim]} of {dim!r}" for dim in study.shared]
    text = f"Computed for {format_count(result.repetitions, 'seed')}"
    if not shared:
        return f"{text}, the independent units of all intervals."
    return (
        f"{text}, with samples that all seeds share ({join_names(shared)}): intervals hold the "
        "spread between seeds and that between samples, which more seeds do not reduce."
    )


def draw_study_figures(
    result: StudyResult, prefix: str = "", *, with_key_figure: bool = False
) -> tuple[Figure, ...]:
    """Draw the figures of a study.

    Parameters
    ----------
    result : StudyResult
        Result of the study whose figures are drawn.
    prefix : str, optional
        Makes the ids of the drawings unique in a document of several studies.
    with_key_figure : bool, optional
        Whether to include the first figure, which opens a report.
    """
    figures = list(name_pair_figures(result.study).items())
    return tuple(
        to_figure_block(draw_user_figure(draw, result), f"{prefix}{name}", name)
        for name, draw in figures[0 if with_key_figure else 1 :]
    )


def make_measure_table(result: StudyResult) -> Table:
    """List the measures that decide, at their labels; all of a study without claims."""
    rows = []
    for row in select_measures(result).itertuples():
        interval = () if row.sampled == "exact" else (row.low, row.high)
        rows.append(
            (
                str(row.metric),
                row.detail or DASH,
                f"{format_estimate(row.value, *interval)} {row.unit}".strip(),
                f"{row.n} {row.sampled}" if row.n else str(row.sampled),
                DASH if np.isnan(row.best) else format_number(row.best),
                row.decides or DASH,
            )
        )
    note = f"Brackets: {result.interval_name}; exact: nothing in the number is random."
    return Table(
        f"{result.study.name}: measures",
        ("measure", "at", "value", "n", "best", "decides"),
        tuple(rows) or (("none", *(DASH,) * 5),),
        note,
        ("left", "left", "right", "left", "right", "left"),
    )


def select_measures(result: StudyResult) -> pd.DataFrame:
    """Select the scores that decide, all of a study without claims, with the column ``decides``."""
    scores = result.scores.assign(decides=name_decisions(result))
    return scores[scores.decides != ""] if result.claims else scores


def make_method_section(result: StudyResult) -> Section:
    """Describe what was computed, with settings and variables."""
    study = result.study
    text = (inspect.getdoc(study.compute) or "").partition("\n\n")[0].replace("\n", " ")
    blocks: list[Block] = [Paragraph(text)] if text else []
    if study.settings is not None:
        fields = dataclasses.fields(study.settings)
        settings = tuple((f.name, str(getattr(study.settings, f.name))[:200]) for f in fields)
        blocks.append(Table("Settings", ("setting", "value"), settings, align=("left", "left")))
    variables = tuple(
        (name, study.units.get(name, ""), ", ".join(dims) or DASH)
        for name, dims in study.returns.items()
    )
    columns = ("variable", "unit", "dimensions")
    blocks.append(Table("Variables of one seed", columns, variables, align=("left",) * 3))
    if study.coordinates:
        labels = tuple(
            (name, study.units.get(name, ""), _list_labels(tuple(values)))
            for name, values in study.coordinates.items()
        )
        columns = ("dimension", "unit", "labels")
        blocks.append(Table("Dimensions", columns, labels, align=("left",) * 3))
    return Section("Methods", tuple(blocks), is_open=False)


def _list_labels(labels: tuple[Any, ...]) -> str:
    texts = [x if isinstance(x, str) else format_setting(float(x)) for x in labels]
    if len(texts) > MAX_LABELS:
        return f"{texts[0]}, {texts[1]}, ..., {texts[-1]} ({len(texts)})"
    return ", ".join(texts)


def make_study_limits_section(result: StudyResult) -> Section:
    """List the warnings of a study."""
    notices = tuple(Notice("warning", flag) for flag in result.flags)
    return Section("Limitations", notices or (Notice("good", "No warnings in this run."),))


def make_study_provenance_section(result: StudyResult) -> Section:
    """List what is needed to compute the data again, and how many seeds came from the cache."""
    study, attrs = result.study, result.dataset.attrs
    n = max(int(attrs["seeds"]), 1)
    first = int(result.dataset["seed"].values[0]) if "seed" in result.dataset.dims else None
    seeds = "none: nothing is random" if first is None else f"{first} to {first + n - 1}"
    kind = "computation" if first is None else "seed"
    rows = [
        ("study", study.name),
        ("source", study.source or DASH),
        ("code and settings", str(attrs["study_hash"])),
        ("command", str(attrs.get("command", "from Python"))),
        ("seeds", seeds),
        ("from the cache", f"{attrs['n_cached']} of {format_count(n, kind)}"),
        ("replaced in the cache", describe_outdated(int(attrs["n_outdated"])) or "none"),
        ("time to compute all", f"{format_number(float(attrs['seconds']), 's')}"),
    ]
    if unhashed := json.loads(attrs["unhashed"]):
        rows.append(("code that cannot be read", join_names(unhashed, limit=20)))
    rows += [
        (name if name == "bioann source" else f"{name} version", version)
        for name, version in json.loads(attrs["versions"]).items()
        if version != "unknown"
    ]
    table = Table("Provenance", ("item", "value"), tuple(rows), align=("left", "left"))
    return Section("Provenance", (table,), is_open=False)
