"""Pages of the atlas: a double page for each pair or study, and its rows in the index."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bioann.base.text import format_count
from bioann.claims.judged_run import JudgedRun
from bioann.comparison.comparison import Comparison
from bioann.comparison.verdict_table import describe_deciding_score, list_deciding_rules
from bioann.reporting.agreement_section import describe_equivalence
from bioann.reporting.claim_scale import make_claim_scale
from bioann.reporting.claim_section import OUTCOME_TONES, describe_claim
from bioann.reporting.document import (
    Badge,
    Block,
    Document,
    Figure,
    IndexRow,
    Link,
    Notice,
    Paragraph,
    Section,
    Table,
)
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.figures.named_figures import name_pair_figures
from bioann.reporting.pair_figures import draw_pair_figures, find_missing_controls
from bioann.reporting.sections import make_document
from bioann.reporting.study_document import (
    describe_seeds,
    make_measure_table,
    make_study_document,
)
from bioann.reporting.svg import prefix_ids
from bioann.reporting.tables import make_equivalence_table
from bioann.robustness.robustness import Robustness
from bioann.studies.result import StudyResult


@functools.singledispatch
def make_pages(comparison: Any) -> Section:
    """Build the double page of a pair.

    The left page shows the question, the claims with their rules and verdicts, and the pair's own
    figures; the right page shows both circuits and their agreement. The table of equivalence tests
    is on the left if the pair has at most one figure of its own, so that both pages are full.

    Parameters
    ----------
    comparison : Comparison
        Scores and verdicts of a run of the pair.

    Returns
    -------
    Section
        All blocks, and the number of blocks on the left page.
    """
    pair = comparison.pair
    name = pair.name
    report = make_document(comparison)
    figures: list[Block] = [*reuse_figures(report, name_pair_figures(pair), name)]
    if find_missing_controls(comparison):
        figures = [*draw_pair_figures(comparison)]  # the notice that names them
    table = make_equivalence_table(comparison)
    table_on_left = len(figures) < 2
    left_page: list[Block] = [
        Paragraph(
            f"{pair.question} {_describe_outcomes(comparison)}{describe_equivalence(comparison)}"
        ),
        *((_make_claims_table(comparison),) if comparison.claims else ()),
        *figures,
        *((table,) if table_on_left else ()),
    ]
    right_page: list[Block] = [
        *reuse_figures(report, ("circuits",), name),
        _draw_agreement_row(comparison),
        *(() if table_on_left else (table,)),
        *(Notice("warning", flag) for flag in comparison.flags[:3]),
    ]
    return Section(name, (*left_page, *right_page), spread=len(left_page))


@make_pages.register(StudyResult)
def make_study_pages(result: StudyResult) -> Section:
    """Build the double page of a study: its claims, then what was measured and its figures."""
    study = result.study
    figures = reuse_figures(make_study_document(result), name_pair_figures(study), study.name)
    n_left = 1 if study.claims else len(figures)
    left_page: list[Block] = [
        Paragraph(f"{study.question} {_describe_outcomes(result)}{describe_seeds(result)}"),
        *((_make_claims_table(result),) if study.claims else ()),
        *figures[:n_left],
    ]
    right_page: list[Block] = [
        *figures[n_left:],
        make_measure_table(result),
        *(Notice("warning", flag) for flag in result.flags[:3]),
    ]
    return Section(study.name, (*left_page, *right_page), spread=len(left_page))


def _draw_agreement_row(comparison: Comparison) -> Figure:
    """Draw the agreement of all matches in one row, for paper only."""
    drawing = replace(draw_agreement(comparison, single_row=True), narrow=None)
    return to_figure_block(drawing, f"{comparison.pair.name}-agreement")


def reuse_figures(report: Document, names: Iterable[str], prefix: str) -> tuple[Figure, ...]:
    """Return figures of a report for a document of several subjects, as they are on paper.

    Parameters
    ----------
    report : Document
        Report that has them, with the key figure among them.
    names : iterable of str
        Names of the figures; those that the report lacks are left out.
    prefix : str
        Makes the ids of the drawings unique in the other document.
    """
    by_name = {f.name: f for f in report.iter_figures() if f is not report.scale_figure}
    return tuple(
        replace(by_name[name], svg=prefix_ids(by_name[name].svg, prefix), narrow_svg="")
        for name in names
        if name in by_name
    )


def _describe_outcomes(comparison: JudgedRun) -> str:
    """Summarise the number of claims with each verdict in a sentence."""
    outcomes = [verdict.outcome for verdict in comparison.claims]
    words = {"depends": "true up to a boundary"}
    counts = [f"{outcomes.count(o)} {words.get(o, o)}" for o in OUTCOME_TONES if o in outcomes]
    return f"Of {format_count(len(outcomes), 'claim')}: {', '.join(counts)}. " if counts else ""


def _make_claims_table(comparison: JudgedRun) -> Table:
    rows = tuple(
        (
            v.claim.id,
            f"{describe_claim(v, time)} ({v.claim.source})",
            v.claim.rule.text,
            Badge(v.outcome, OUTCOME_TONES[v.outcome]),
            v.because,
        )
        for v, time in zip(comparison.claims, comparison.claim_times, strict=True)
    )
    return Table(
        f"{comparison.subject.name}: claims and verdicts",
        ("id", "claim and its source", "rule", "verdict", "because"),
        rows,
    )


def make_index_rows(
    comparison: JudgedRun, links: tuple[Link, ...], robustness: Robustness | None = None
) -> tuple[IndexRow, ...]:
    """Build the rows of a pair or study in the index, one per claim.

    Parameters
    ----------
    comparison : Comparison or StudyResult
        The judged claims.
    links : tuple of Link
        Links to the reports.
    robustness : Robustness or None, optional
        In how many variants each verdict stays, if that is known.
    """
    pair = comparison.subject
    summaries = {c.id: f"; {c.summary}" for c in robustness.claims} if robustness else {}
    return tuple(
        IndexRow(
            pair.name,
            pair.question or "no question",
            v.claim.sentence,
            Badge(v.outcome, OUTCOME_TONES[v.outcome]),
            describe_deciding_score(v, comparison.evidence) + summaries.get(v.claim.id, ""),
            links,
            v.claim.id,
            v.claim.sources,
            make_claim_scale(*list_deciding_rules(v, comparison.evidence)[0], comparison.evidence),
            v.claim.source_detail,
        )
        for v in comparison.claims
    ) or (
        IndexRow(
            pair.name, pair.question or "no question", "none", Badge("no claim", "note"), "", links
        ),
    )
