"""Robustness in a report: beside each verdict, and as a section after the claims."""

from __future__ import annotations

import dataclasses

from bioann.reporting.claim_section import OUTCOME_TONES
from bioann.reporting.document import Badge, Block, Document, Paragraph, Section, Table
from bioann.robustness.robustness import Robustness

TITLE = "Robustness of the verdicts"


def add_robustness(page: Document, robustness: Robustness) -> Document:
    """Return a report that says beside each verdict in how many variants it stays.

    Parameters
    ----------
    page : Document
        Report of a pair or study; one without the section "Claims" stays as it is.
    robustness : Robustness
        What `bioann.check_robustness` returned for the same pair or study.

    Returns
    -------
    Document
        With a line in the evidence of each claim, and a section after the claims.
    """
    sections = []
    for section in page.sections:
        if section.title != "Claims":
            sections.append(section)
            continue
        blocks = tuple(_annotate_claims(block, robustness) for block in section.blocks)
        sections.append(dataclasses.replace(section, blocks=blocks))
        sections.append(make_robustness_section(robustness))
    return dataclasses.replace(page, sections=tuple(sections))


def _annotate_claims(block: Block, robustness: Robustness) -> Block:
    """Return a table of claims with the summary of robustness at the end of the evidence."""
    if not isinstance(block, Table) or (block.columns[0], block.columns[-1]) != ("id", "evidence"):
        return block
    summaries = {claim.id: claim.summary for claim in robustness.claims}
    rows = tuple(
        (*row[:-1], f"{row[-1]}; {summaries[str(row[0])]}") if str(row[0]) in summaries else row
        for row in block.rows
    )
    return dataclasses.replace(block, rows=rows)


def make_robustness_section(robustness: Robustness) -> Section:
    """List the claims, each with its verdict and those of the variants."""
    rows = tuple(
        (
            claim.id,
            Badge(claim.verdict, OUTCOME_TONES[claim.verdict]),
            f"{claim.stays} of {claim.variants}",
            claim.describe_changes(),
        )
        for claim in robustness.claims
    )
    table = Table(
        "Verdicts of variants",
        ("id", "verdict", "stays in variants", "other verdicts, and what turns them"),
        rows,
        "A parameter stands out if a division of the points at random rarely gives as large a "
        "difference (p at most 0.05); few points can show only large effects. SD: standard "
        "deviation of its factor over the points.",
    )
    return Section(TITLE, (Paragraph(robustness.note), table))
