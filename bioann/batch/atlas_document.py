"""The atlas as a supplement of a paper: abstract, methods, results by source, limits, pairs."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten

import pandas as pd

from bioann.base.text import format_count, format_interval, format_number
from bioann.batch.atlas_sources import FAILED, OTHERS, OWN_SOURCE, SourceGroup
from bioann.batch.shared_responses import CLAIM, MAX_SHARE
from bioann.reporting.document import Document, Figure, IndexRow, Paragraph, Section, Table
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.figures.verdict_counts import draw_verdict_counts

QUESTION = "When is a negative weight an inhibitory synapse?"
#: Longest deciding number in the tables by source, in characters.
MAX_NUMBER_LENGTH = 170

METHODS = (
    "Each pair describes one circuit twice: as a network of spiking neurons with conductance-based "
    "synapses, simulated with Brian2, and as a network of rate units with signed weights. Both get "
    "the same stimuli. Each study computes quantities of networks, such as trained ones, from "
    "several seeds unless nothing in it is random.",
    "Every claim has one or more rules, written before the run with their bounds; a claim that was "
    "stated after a first run says so in its source. A rule compares a score with its bound by the "
    "95 % confidence interval of the score, which rests on independent units: trials, wirings, "
    "drawn samples or seeds. Supported: the whole interval meets the bound. "
    "Refuted: no part of it does. Depends: the claim holds on one side of a "
    "boundary that lies inside the tested range. Undecided: the interval includes the bound. A "
    "claim of several rules is supported if all are, and refuted if one fails at a level of 5 % "
    "divided by their number.",
    "Models are equivalent in a response if the interval of their root mean square difference lies "
    "within a margin that the pair states beforehand, and different if it lies outside.",
    "If the truth is exactly at a bound, a rule errs on either side in 2.5 % of the runs, as "
    "measured for normal noise and five or more trials; more often for few trials of skewed noise. "
    "P-values are the smallest error levels at which a verdict stands, and the false discovery "
    "rate over all claims is controlled at 5 % (Benjamini and Yekutieli 2001).",
)
LIMITS = (
    "A verdict is about the networks that were simulated, with their parameters and stimuli; it is "
    "no measurement of a brain. The spiking networks are small, and their cells have few "
    "compartments.",
    "The pairs were chosen for their questions. Shares of pairs describe this collection; they do "
    "not estimate what a circuit drawn at random would show.",
    "Intervals cover repeated runs with new input spikes, wirings, samples or seeds. They do not "
    "cover a sentence that can be read in another way: the rule beside each claim is the reading "
    "that was tested.",
    "An undecided claim is no evidence on either side.",
)


def make_atlas_document(
    groups: Sequence[SourceGroup],
    pair_pages: Sequence[Section],
    summary: str,
    shared: pd.DataFrame,
) -> Document:
    """Build the document with methods, the claims of each source, and the pages of all pairs.

    Parameters
    ----------
    groups : sequence of SourceGroup
        All claims with their verdicts, by source.
    pair_pages : sequence of Section
        Double pages of the pairs and studies whose runs succeeded.
    summary : str
        The abstract: numbers of claims per verdict, of errors to be expected, and of pairs whose
        models agree.
    shared : pandas.DataFrame
        Responses in which the models of pairs are equivalent, from
        `bioann.batch.shared_responses.count_shared_responses`.

    Returns
    -------
    Document
        The document, for `bioann.reporting.pdf`.
    """
    sections = [
        Section("Methods", tuple(map(Paragraph, METHODS))),
        *(_make_source_section(group) for group in groups),
        *((_make_shared_section(shared),) if len(shared) else ()),
        Section("Limits", tuple(map(Paragraph, LIMITS))),
        *pair_pages,
    ]
    return Document(
        "Atlas: claims about signs",
        QUESTION,
        summary,
        (),
        tuple(sections),
        "bioann, atlas",
        key_figure=make_counts_figure(groups),
    )


def make_counts_figure(groups: Sequence[SourceGroup]) -> Figure | None:
    """Draw the number of claims with each verdict by source; None if none was judged."""
    names = {OTHERS: "other publications", OWN_SOURCE: "this project"}
    counts = {names.get(g.source, g.source): g.outcomes for g in groups if g.source != FAILED}
    return to_figure_block(draw_verdict_counts(counts), "verdict-counts") if counts else None


def describe_shared_responses(shared: pd.DataFrame) -> str:
    """Say in how many pairs the models are equivalent in a response; empty without pairs."""
    if shared.empty:
        return ""
    row = shared[shared.group == "all"].iloc[0]
    share = format_interval(100 * row.share, 100 * row.low, 100 * row.high, "%")
    return (
        f"In {row.pairs_in_common} of {row.pairs} pairs that state a margin ({share}), the two "
        f"models are equivalent in at least one response; of all {row.responses} responses "
        f"{row.equivalent} are equivalent, {row.different} different and {row.undecided} undecided."
    )


def _make_source_section(group: SourceGroup) -> Section:
    rows = tuple(
        (
            row.label or row.pair,
            _describe_claim(group, row),
            row.verdict,
            shorten(row.number, MAX_NUMBER_LENGTH, placeholder=" …"),
        )
        for row in group.rows
    )
    columns = ("id", "claim (pair or study)", "verdict", "deciding number [95 % interval]")
    title = f"{group.title} " if group.title else ""
    caption = f"{title}{format_count(len(rows), 'claim')}, {group.counts}"
    return Section(f"Results: {group.source}", (Table(caption, columns, rows),))


def _describe_claim(group: SourceGroup, row: IndexRow) -> str:
    """Return the claim with its other sources, and the pair or study that judges it."""
    return f"{row.claim} ({'; '.join(filter(None, (group.name_other_sources(row), row.pair)))})"


def _make_shared_section(shared: pd.DataFrame) -> Section:
    rows = tuple(
        (
            str(row.group),
            str(row.pairs),
            str(row.pairs_in_common),
            format_interval(100 * row.share, 100 * row.low, 100 * row.high, ""),
            *(str(n) for n in (row.responses, row.equivalent, row.different, row.undecided)),
        )
        for row in shared.itertuples()
    )
    columns = (
        "group",
        "pairs",
        "in common",
        "share [%]",
        "responses",
        "equivalent",
        "different",
        "undecided",
    )
    note = (
        "In common: pairs with at least one response in which the models are equivalent within the "
        "margin of the pair; the interval is the exact binomial one (95 %). If all pairs that ship "
        f"have run, the last row decides claim {CLAIM.id}: 'nothing in common' would be a share of "
        f"at most {format_number(100 * MAX_SHARE)} %."
    )
    table = Table("Responses in which the two models are equivalent", columns, rows, note)
    return Section("What the two kinds of network have in common", (table,))
