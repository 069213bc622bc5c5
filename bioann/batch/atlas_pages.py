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


def spread(comparison: Comparison) -> Section:
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
    own, table = draw_pair_figures(comparison, f"{name}-own"), make_equivalence_table(comparison)
    roomy = len(own) < 2
    left: list[Block] = [
        Paragraph(f"{pair.question} {_tally(comparison)}{describe_equivalence(comparison)}"),
        *((_claims(comparison),) if comparison.claims else ()),
        *own,
        *((table,) if roomy else ()),
    ]
    right: list[Block] = [
        to_figure_block(draw_circuits(pair.bio, pair.ann), f"{name}-circuits"),
        to_figure_block(draw_agreement(comparison, single_row=True), f"{name}-agreement"),
        *(() if roomy else (table,)),
        *(Notice("warning", flag) for flag in comparison.flags[:3]),
    ]
    return Section(name, (*left, *right), spread=len(left))


def _tally(comparison: Comparison) -> str:
    """Count the verdicts; the table under it has the claims."""
    outcomes = [verdict.outcome for verdict in comparison.claims]
    words = {"supported": "supported", "refuted": "refuted", "depends": "left open"}
    told = [f"{outcomes.count(o)} {word}" for o, word in words.items() if o in outcomes]
    return f"Of {format_count(len(outcomes), 'claim')}: {', '.join(told)}. " if told else ""


def _claims(comparison: Comparison) -> Table:
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


def index_rows(comparison: Comparison, links: tuple[Link, ...]) -> tuple[IndexRow, ...]:
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


def atlas(rows: Sequence[IndexRow], spreads: Sequence[Section], said: str) -> Document:
    """Bind the page of verdicts and the spreads of all pairs.

    Parameters
    ----------
    rows : sequence of IndexRow
        Every claim.
    spreads : sequence of Section
        Of the pairs that ran.
    said : str
        What came out, in a sentence.

    Returns
    -------
    Document
        For `bioann.reporting.pdf`.
    """
    return Document(
        "The atlas: what people say about signs",
        "When is a negative weight an inhibitory synapse?",
        said,
        (),
        tuple(spreads),
        "bioann, the atlas",
        contents=False,
        sheet=tuple(replace(row, number=shorten(row.number, 200)) for row in rows),
    )
