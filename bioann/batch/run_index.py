"""The index of a command that ran several pairs: a table of their verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bioann.base.files import write_atomically
from bioann.base.views import render_index_page
from bioann.batch.run_summary import RunSummary
from bioann.reporting.claim_section import OUTCOME_TONES
from bioann.reporting.document import Badge, IndexRow, Link


def write_index(summaries: Sequence[RunSummary], folder: Path) -> Path | None:
    """Write ``index.html``, a table of the verdicts of several pairs with links to their reports.

    Parameters
    ----------
    summaries : sequence of RunSummary
        The pairs and studies that were run.
    folder : pathlib.Path
        Folder that contains the reports.

    Returns
    -------
    pathlib.Path or None
        The page; None for a single pair, or if no report is in HTML.
    """
    files = [Path(file) for summary in summaries for file in summary.files]
    if len(summaries) < 2 or not any(file.suffix == ".html" for file in files):
        return None
    rows = [row for summary in summaries for row in make_summary_rows(summary)]
    path = folder / "index.html"
    page = render_index_page("bioann: pairs and their claims", rows)
    with write_atomically(path) as (temporary,):
        temporary.write_text(page, encoding="utf-8")
    return path


def make_summary_rows(summary: RunSummary) -> list[IndexRow]:
    """Return the rows of a pair or study in the index: one for each claim, or that it has none."""
    files = [Path(file) for file in summary.files if not file.endswith(".nc")]
    links = tuple(Link(file.suffix[1:].upper(), file.name) for file in files)
    question = summary.question or "no question"
    if not summary.verdicts:
        return [IndexRow(summary.name, question, "none", Badge("no claim", "note"), "", links)]
    return [
        IndexRow(
            summary.name,
            question,
            verdict.sentence,
            Badge(verdict.outcome, OUTCOME_TONES[verdict.outcome]),
            verdict.because,
            links,
            verdict.id,
        )
        for verdict in summary.verdicts
    ]
