"""The report of the history of runs: verdicts and scores run by run, and what changed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePath

from bioann.base.text import format_count, join_names
from bioann.comparison.number_changes import CHANGED
from bioann.comparison.run_history import PairHistory, RunHistory
from bioann.reporting.diff_document import TONES, describe_causes
from bioann.reporting.document import Badge, Block, Document, Figure, Notice, Section, Table
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.figures.history import (
    MAX_PANELS,
    draw_score_history,
    draw_verdict_history,
)
from bioann.reporting.tables import MAX_TABLE_ROWS

QUESTION = "How did verdicts and scores change from run to run, and what changed in the runs?"
#: Turned verdicts that the summary names at most.
MAX_TURNED = 5


@lru_cache(maxsize=2)
def make_history_document(history: RunHistory) -> Document:
    """Write the report of a history.

    Parameters
    ----------
    history : RunHistory
        The result of `bioann.batch.read_history`.

    Returns
    -------
    Document
        For `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    pairs, first = [pair.pair for pair in history.pairs], history.pairs[0]
    return Document(
        title=f"{join_names(pairs)}: history of runs",
        question=QUESTION,
        summary=summarise_history(history),
        verdicts=tuple(badge for pair in history.pairs for badge in _make_badges(pair)),
        sections=tuple(
            Section(pair.pair, _make_blocks(pair, pair is not first)) for pair in history.pairs
        ),
        key_figure=next(iter(_draw_verdicts(first)), None),
        footer=f"bioann history, {history.folder}",
    )


def summarise_history(history: RunHistory) -> str:
    """Summarise for each pair the number of runs, and the verdicts that turned."""
    sentences = []
    for pair in history.pairs:
        n_runs = format_count(len(pair.runs), "run")
        more = (
            f"; and {len(pair.turned) - MAX_TURNED} more" if len(pair.turned) > MAX_TURNED else ""
        )
        turned = f": {'; '.join(pair.turned[:MAX_TURNED])}{more}" if pair.turned else ""
        verdicts = format_count(len(pair.turned), "verdict") if pair.turned else "no verdict"
        sentences.append(f"{pair.pair}: {n_runs}, {verdicts} turned{turned}.")
    return " ".join(sentences)


def _make_badges(pair: PairHistory) -> list[Badge]:
    """Return the verdicts of the latest run."""
    return [
        Badge(row.outcome, TONES.get(row.outcome, "note"), f"{pair.pair}, {row.id}: {row.claim}")
        for row in pair.runs[-1].claims.itertuples()
    ]


def _draw_verdicts(pair: PairHistory) -> list[Figure]:
    """Draw the verdicts of a pair; nothing if it makes no claims."""
    if not any(len(run.numbers) for run in pair.runs):
        return []
    return [to_figure_block(draw_verdict_history(pair), f"{pair.pair}-verdicts")]


def _make_blocks(pair: PairHistory, with_verdicts: bool) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if with_verdicts:
        blocks += _draw_verdicts(pair)
    keys = pair.list_changed_scores(MAX_PANELS)
    if keys:
        blocks.append(to_figure_block(draw_score_history(pair, keys), f"{pair.pair}-scores"))
    elif len(pair.runs) > 1:
        text = "No score changed from one run to the next by more than the intervals explain."
        blocks.append(Notice("good", text))
    return (*blocks, _make_run_table(pair))


def _make_run_table(pair: PairHistory) -> Table:
    rows = []
    for k, run in enumerate(pair.runs):
        diff = pair.diffs[k - 1] if k else None
        if diff is not None:
            n_changed = int((diff.scores.change == CHANGED).sum())
            turned = join_names(diff.turned) if diff.turned else "none"
            cells = (turned, f"{n_changed} of {len(diff.scores)}", describe_causes(diff))
        else:
            cells = ("", "", "no score in common with the run before" if k else "")
        facts = (str(run.provenance.get("seed", "")), str(run.provenance.get("trials", "")))
        date = run.date.replace("T", " ")[:16]
        rows.append((f"{k + 1}", PurePath(run.origin).parent.name, date, *facts, *cells))
    n_more = max(len(rows) - MAX_TABLE_ROWS, 0)
    return Table(
        f"{pair.pair}: runs",
        ("run", "folder", "date", "seed", "trials", "verdicts that turned", "scores changed",
         "what differs from the run before"),
        tuple(rows[-MAX_TABLE_ROWS:]),
        "Scores changed: the 95 % CI of the difference excludes zero, which happens to about one "
        f"score in twenty by chance.{f' {n_more} earlier runs are not listed.' * (n_more > 0)}",
        ("right", "left", "left", "right", "right", "left", "left", "left"),
    )  # fmt: skip
