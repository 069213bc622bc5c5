"""The report of what changed between two runs, or two folders of runs."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from bioann.base.text import format_count, format_interval, format_number, join_names
from bioann.comparison.comparison_diff import ComparisonDiff, RunDiff
from bioann.comparison.number_changes import (
    ADDED,
    CHANGED,
    NO_INTERVAL,
    REMOVED,
    SAME,
    TURNED,
    UNDEFINED,
)
from bioann.reporting.claim_section import OUTCOME_TONES
from bioann.reporting.document import Badge, Block, Document, Figure, Notice, Section, Table
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.figures.score_changes import draw_score_changes, measure_changes
from bioann.reporting.tables import MAX_TABLE_ROWS, format_estimate

QUESTION = "Which verdicts and scores differ between the two runs, and what differs in the runs?"
#: Differences of the runs that the summary names at most.
MAX_CAUSES = 3
#: Longest text of a difference that the summary quotes with both values.
MAX_CAUSE_LENGTH = 60
TONES = {**OUTCOME_TONES, "equivalent": "good", "different": "bad", "no margin": "note", "": "note"}
#: Changes of scores that are listed.
LISTED_CHANGES = (CHANGED, NO_INTERVAL, UNDEFINED, ADDED, REMOVED)


@lru_cache(maxsize=2)
def make_diff_document(run_diff: RunDiff) -> Document:
    """Write the report of what changed.

    Parameters
    ----------
    run_diff : RunDiff
        The result of `bioann.batch.diff_runs`.

    Returns
    -------
    Document
        For `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    diffs = run_diff.diffs
    sections = [section for diff in diffs for section in _make_pair_sections(diff, len(diffs) > 1)]
    if run_diff.unmatched:
        notices = tuple(Notice("warning", sentence) for sentence in run_diff.unmatched)
        sections.append(Section("Pairs without a counterpart", notices))
    return Document(
        title=f"{join_names([diff.pair for diff in diffs])}: what changed",
        question=QUESTION,
        summary=summarise_diff(run_diff),
        verdicts=_make_badges(run_diff),
        sections=tuple(sections),
        key_figure=_draw_key_figure(run_diff),
        footer=f"bioann diff, {run_diff.first} and {run_diff.second}",
    )


def _draw_key_figure(run_diff: RunDiff) -> Figure | None:
    """Draw the changes of the pair with the most scores that changed; None without any."""
    diff = max(run_diff.diffs, key=lambda diff: (diff.scores.change == CHANGED).sum())
    if not len(measure_changes(diff.scores)):
        return None
    return to_figure_block(draw_score_changes(diff.scores, diff.pair), "changes")


def summarise_diff(run_diff: RunDiff) -> str:
    """Summarise which verdicts turned and which scores changed, with the causes on record."""
    return " ".join(map(_summarise_pair, run_diff.diffs))


def _summarise_pair(diff: ComparisonDiff) -> str:
    n_verdicts = len(diff.claims) + len(diff.equivalence)
    turned = f": {'; '.join(diff.turned)}" if diff.turned else ""
    n_changed, n_scores = int((diff.scores.change == CHANGED).sum()), len(diff.scores)
    return (
        f"{diff.pair}: {len(diff.turned)} of {format_count(n_verdicts, 'verdict')} turned{turned}. "
        f"{n_changed} of {format_count(n_scores, 'score')} changed by more than their intervals "
        f"explain. {describe_causes(diff)}"
    )


def describe_causes(diff: ComparisonDiff, limit: int = MAX_CAUSES) -> str:
    """Describe in a sentence what differs between two runs, as far as they recorded it.

    Parameters
    ----------
    diff : ComparisonDiff
        Differences between two runs of one pair.
    limit : int, optional
        Largest number of causes that are named.

    Returns
    -------
    str
        ``"The runs differ in setting seed: 1 -> 2."``
    """
    # The hash is named only if nothing is known about what is behind it.
    known_causes = [c for c in diff.causes if c.kind != "hash"] or list(diff.causes)
    if not known_causes:
        return "Nothing that the runs recorded differs."
    texts = [
        str(cause) if len(str(cause)) <= MAX_CAUSE_LENGTH else f"{cause.kind} {cause.item}"
        for cause in known_causes
    ]
    return f"The runs differ in {join_names(texts, limit + 1)}."


def _make_badges(run_diff: RunDiff) -> tuple[Badge, ...]:
    badges = []
    for diff in run_diff.diffs:
        for row in diff.claims[diff.claims.change == TURNED].itertuples():
            detail = f"{diff.pair}, {row.id}, was {row.first}: {row.second_claim}"
            badges.append(Badge(row.second, TONES.get(row.second, "note"), detail))
    return tuple(badges)


def _make_pair_sections(diff: ComparisonDiff, with_name: bool) -> list[Section]:
    prefix = f"{diff.pair}: " if with_name else ""
    return [
        Section(f"{prefix}Verdicts".strip(), _make_verdict_blocks(diff, prefix)),
        Section(f"{prefix}Scores", _make_score_blocks(diff, prefix)),
        Section(f"{prefix}Differences of the runs", (_make_cause_table(diff, prefix),)),
    ]


def _make_verdict_blocks(diff: ComparisonDiff, prefix: str) -> tuple[Block, ...]:
    claim_rows = [
        (
            f"{row.id}: {row.second_claim or row.first_claim}",
            *(
                Badge(outcome, TONES.get(outcome, "note"), evidence) if outcome else "no such claim"
                for outcome, evidence in (
                    (row.first, row.first_because),
                    (row.second, row.second_because),
                )
            ),
            row.change,
        )
        for row in diff.claims.itertuples()
    ]
    response_rows = [
        (
            f"equivalence of {row.match}",
            *(
                Badge(outcome, TONES.get(outcome, "note")) if outcome else "no such response"
                for outcome in (row.first, row.second)
            ),
            row.change,
        )
        for row in diff.equivalence.itertuples()
    ]
    rows = tuple(sorted((*claim_rows, *response_rows), key=lambda row: row[-1] == SAME))
    if not rows:
        return (Notice("note", "The pair makes no claims."),)
    n_more = max(len(rows) - MAX_TABLE_ROWS, 0)
    note = f"Verdicts that turned come first.{f' {n_more} more stayed the same.' * (n_more > 0)}"
    table = Table(
        f"{prefix}Verdicts of both runs",
        ("claim or response", "first run", "second run", "change"),
        rows[:MAX_TABLE_ROWS],
        note,
    )
    return (table,)


def _make_score_blocks(diff: ComparisonDiff, prefix: str) -> tuple[Block, ...]:
    scores = diff.scores
    listed_scores = scores[scores.change.isin(LISTED_CHANGES)]
    n_unlisted = len(scores) - len(listed_scores)
    if not len(listed_scores):
        text = f"All of {format_count(n_unlisted, 'score')} are the same within their intervals."
        return (Notice("good", text),)
    rows = tuple(
        (
            row.match or "all",
            f"{row.metric} ({row.detail})" if row.detail else row.metric,
            format_estimate(row.value_first, row.low_first, row.high_first),
            format_estimate(row.value_second, row.low_second, row.high_second),
            _format_difference(row),
            row.unit if isinstance(row.unit, str) else "",
            row.change,
        )
        for row in listed_scores.head(MAX_TABLE_ROWS).itertuples()
    )
    n_more = len(listed_scores) - len(rows)
    table = Table(
        f"{prefix}Scores that changed",
        ("response", "score", "first run", "second run", "difference", "unit", "change"),
        rows,
        "Brackets: 95 % CI. Changed: the CI of the difference (second minus first, as of "
        "independent runs; Zou and Donner 2008) excludes zero, which happens to about one score "
        "in twenty by chance. "
        f"{n_unlisted} other scores are the same within their intervals."
        f"{f' {n_more} more scores are not listed.' * (n_more > 0)}",
        ("left", "left", "right", "right", "right", "left", "left"),
    )
    return (table,)


def _format_difference(row: Any) -> str:
    if row.difference_low == row.difference_high or row.change == NO_INTERVAL:
        return format_number(row.difference)
    if row.difference != row.difference:
        return "\N{EN DASH}"
    return format_interval(row.difference, row.difference_low, row.difference_high)


def _make_cause_table(diff: ComparisonDiff, prefix: str) -> Block:
    if not diff.causes:
        return Notice(
            "note",
            "Description and code of the pair, settings, rules of claims and versions of packages "
            "are the same in both runs. What is not recorded may differ: changes of bioann "
            "without a new version, the machine, and code that cannot be read.",
        )
    rows = tuple(
        (cause.kind, cause.item, cause.first or "none", cause.second or "none")
        for cause in diff.causes[:MAX_TABLE_ROWS]
    )
    n_more = len(diff.causes) - len(rows)
    return Table(
        f"{prefix}What differs between the runs",
        ("kind", "item", "first run", "second run"),
        rows,
        f"First run: {diff.first.origin} {diff.first.date}; second run: {diff.second.origin} "
        f"{diff.second.date}.{f' {n_more} more differences are not listed.' * (n_more > 0)}",
        ("left", "left", "left", "left"),
    )
