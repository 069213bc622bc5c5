"""A pair on two pages that face each other, and the verdicts before them: the atlas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from textwrap import shorten

from bioann.comparison.comparison import Comparison
from bioann.comparison.verdict_table import describe_deciding_score
from bioann.reporting.document import (
    Badge,
    Block,
    Document,
    IndexRow,
    Link,
    Notice,
    Paragraph,
    Section,
    Table,
)
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.figures.circuit import draw_circuits
from bioann.reporting.sections import OUTCOME_TONES, describe_equivalence, draw_pair_figures
from bioann.reporting.style import format_count, to_figure_block
from bioann.reporting.tables import make_equivalence_table


def make_pair_pages(comparison: Comparison) -> Section:
    """Tell a pair on two pages.

    On the left its question, its claims with the rule of each verdict and what decided, and the
    pair's own picture; on the right the two circuits and how far they agree. The table of how far
    goes to the left where there is one own picture at most, so that both pages are filled.

    Parameters
    ----------
    comparison : Comparison
        Scored and judged.

    Returns
    -------
    Section
        Its blocks and how many of them are on the left page.
    """
    pair = comparison.pair
    name = pair.name
    figures = draw_pair_figures(comparison, f"{name}-own")
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
        to_figure_block(draw_circuits(pair.bio, pair.ann), f"{name}-circuits"),
        to_figure_block(draw_agreement(comparison, single_row=True), f"{name}-agreement"),
        *(() if table_on_left else (table,)),
        *(Notice("warning", flag) for flag in comparison.flags[:3]),
    ]
    return Section(name, (*left_page, *right_page), spread=len(left_page))


def _describe_outcomes(comparison: Comparison) -> str:
    """Count the verdicts; the table under it has the claims."""
    outcomes = [verdict.outcome for verdict in comparison.claims]
    words = {"supported": "supported", "refuted": "refuted", "depends": "left open"}
    counts = [f"{outcomes.count(o)} {word}" for o, word in words.items() if o in outcomes]
    return f"Of {format_count(len(outcomes), 'claim')}: {', '.join(counts)}. " if counts else ""


def _make_claims_table(comparison: Comparison) -> Table:
    rows = tuple(
        (
            v.claim.id,
            f"{v.claim.sentence} ({v.claim.source})",
            v.claim.rule.text,
            Badge(v.outcome, OUTCOME_TONES[v.outcome]),
            v.because,
        )
        for v in comparison.claims
    )
    return Table(
        f"{comparison.pair.name}: claims and verdicts",
        ("id", "claim and its source", "rule", "verdict", "because"),
        rows,
    )


def make_index_rows(comparison: Comparison, links: tuple[Link, ...]) -> tuple[IndexRow, ...]:
    """Write one line per claim for the page that links all reports."""
    pair = comparison.pair
    return tuple(
        IndexRow(
            pair.name,
            pair.question or "no question",
            v.claim.sentence,
            Badge(v.outcome, OUTCOME_TONES[v.outcome]),
            describe_deciding_score(v, comparison.scores, comparison.equivalence),
            links,
            v.claim.id,
            v.claim.source,
        )
        for v in comparison.claims
    ) or (
        IndexRow(
            pair.name, pair.question or "no question", "none", Badge("no claim", "note"), "", links
        ),
    )


def make_atlas_document(
    rows: Sequence[IndexRow], pair_pages: Sequence[Section], summary: str
) -> Document:
    """Bind the page of verdicts and the spreads of all pairs.

    Parameters
    ----------
    rows : sequence of IndexRow
        Every claim.
    pair_pages : sequence of Section
        Of the pairs that ran.
    summary : str
        What came out, in a sentence.

    Returns
    -------
    Document
        For `bioann.reporting.pdf`.
    """
    return Document(
        "The atlas: what people say about signs",
        "When is a negative weight an inhibitory synapse?",
        summary,
        (),
        tuple(pair_pages),
        "bioann, the atlas",
        contents=False,
        sheet=tuple(replace(row, number=shorten(row.number, 200)) for row in rows),
    )
