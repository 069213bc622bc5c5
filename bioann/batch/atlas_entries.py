"""Entries of the atlas: the results of its pairs, and what they come to together."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pandas as pd

from bioann.base.counts import count_subjects
from bioann.base.errors import BioannError
from bioann.base.text import format_count, join_names
from bioann.base.user_code import user_code_error
from bioann.claims.claim import OUTCOMES
from bioann.comparison.false_discoveries import ERROR_LEVEL, count_errors
from bioann.comparison.verdict_table import VERDICT_COLUMNS, adjust_verdicts
from bioann.pair_files.find import list_studies
from bioann.reporting.document import Badge, IndexRow, Section
from bioann.robustness.robustness import Robustness

#: Name that stands for the pair in the rows of claims about the atlas itself.
ATLAS = "atlas"


@dataclasses.dataclass(frozen=True)
class AtlasEntry:
    """Results of one pair in the atlas, as text and numbers that processes can exchange.

    Attributes
    ----------
    pair : str
        Name of the pair.
    rows : tuple of IndexRow
        One row per claim; a single row with the error if the pair failed.
    pages : Section or None
        The two pages of the pair; None if it failed.
    numbers : pandas.DataFrame
        Verdicts and deciding scores, as in `bioann.comparison.verdict_table`.
    seconds : float
        Wall time of the run, in seconds.
    error : str
        Error message if the pair failed, otherwise empty.
    equivalence : pandas.DataFrame
        Responses and verdicts of the test of equivalence, columns ``match`` and ``verdict``; empty
        for a study.
    robustness : Robustness or None
        In how many variants each verdict stays, if that is known.
    """

    pair: str
    rows: tuple[IndexRow, ...]
    pages: Section | None
    numbers: pd.DataFrame
    seconds: float = 0.0
    error: str = ""
    equivalence: pd.DataFrame = dataclasses.field(
        default_factory=lambda: pd.DataFrame(columns=["match", "verdict"])
    )
    robustness: Robustness | None = None


def make_failed_entry(name: str, error: BaseException) -> AtlasEntry:
    """Build the entry of a pair whose run failed."""
    if not isinstance(error, BioannError):
        error = user_code_error(f"pair {name!r}", "a run that returns", error)
    message = str(error)
    row = IndexRow(
        name, "The pair did not run.", "No claim was judged.", Badge("failed", "bad"), message, ()
    )
    return AtlasEntry(
        name, (row,), None, pd.DataFrame(columns=list(VERDICT_COLUMNS)), error=message
    )


def concatenate_verdicts(entries: Sequence[AtlasEntry]) -> pd.DataFrame:
    """Concatenate the verdicts and deciding scores of all pairs, as in ``verdicts.csv``."""
    tables = [e.numbers for e in entries if len(e.numbers)]
    if not tables:
        return pd.DataFrame(columns=list(VERDICT_COLUMNS))
    return adjust_verdicts(pd.concat(tables, ignore_index=True))


def summarise_verdicts(entries: Sequence[AtlasEntry]) -> str:
    """Summarise the number of claims with each verdict in a sentence."""
    table = concatenate_verdicts(entries)
    outcome_counts = table.drop_duplicates(["pair", "id"]).verdict.value_counts()
    words = {"depends": "true up to a boundary"}
    counts = [f"{outcome_counts.get(o, 0)} {words.get(o, o)}" for o in OUTCOMES]
    failed_pairs = [e.pair for e in entries if e.error]
    tail = f" {len(failed_pairs)} did not run: {', '.join(failed_pairs)}." if failed_pairs else ""
    n_studies = sum(entry.pair in list_studies() for entry in entries)
    n_pairs = sum(entry.pair != ATLAS for entry in entries) - n_studies
    subjects = count_subjects(n_pairs, n_studies, " and ")
    return (
        f"{outcome_counts.sum()} claims in {subjects}: {join_names(counts)}.{tail} "
        f"{count_errors(table).text}{_summarise_robustness(entries)}"
    )


def _summarise_robustness(entries: Sequence[AtlasEntry]) -> str:
    """Summarise in a sentence how many verdicts stay in variants; empty if that is unknown."""
    claims = [c for e in entries if e.robustness for c in e.robustness.claims if c.variants]
    if not claims:
        return ""
    n_always = sum(claim.stays == claim.variants for claim in claims)
    n_rarely = sum(claim.stays < claim.variants / 2 for claim in claims)
    return (
        f" Of {format_count(len(claims), 'verdict')} that were judged again with other parameters, "
        f"half the time step and another cell, {n_always} stay in all variants and {n_rarely} in "
        "fewer than half of them."
    )


def mark_doubtful_rows(entries: Sequence[AtlasEntry]) -> list[IndexRow]:
    """Return the rows of the index; those that do not survive say so beside their verdict."""
    table = concatenate_verdicts(entries)
    doubtful = table[table.adjusted_p_value > ERROR_LEVEL]
    keys = set(zip(doubtful.pair, doubtful.id, strict=True))
    rows = []
    for row in (row for entry in entries for row in entry.rows):
        if (row.pair, row.label) in keys:
            row = dataclasses.replace(
                row, number=f"{row.number}; does not survive control of false discoveries"
            )
        rows.append(row)
    return rows
