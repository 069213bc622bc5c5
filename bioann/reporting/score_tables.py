"""The tables of scores: those that decide one by one, all others summarised by metric."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bioann.base.text import format_number
from bioann.claims.judged_run import JudgedRun
from bioann.comparison.comparison import Comparison
from bioann.comparison.deciding_scores import MARGIN
from bioann.comparison.input_signs import drop_input_slopes
from bioann.reporting.ceiling_text import describe_repetition
from bioann.reporting.document import Block, Table
from bioann.reporting.figures.reference_scale import name_score
from bioann.reporting.tables import format_estimate

#: Rows of one metric that are listed; of more, the worst, and a row that summarises all.
MAX_ROWS_PER_METRIC = 5
DASH = "\N{EN DASH}"


def make_deciding_table(comparison: Comparison, deciding: pd.DataFrame) -> tuple[Block, ...]:
    """List the scores that decide and have references, but for those of the equivalence tests.

    The table of claims has the values of the others, with their intervals.

    Parameters
    ----------
    comparison : Comparison
        For the names of intervals.
    deciding : pandas.DataFrame
        Deciding scores, from `bioann.comparison.deciding_scores.select_deciding_scores`.

    Returns
    -------
    tuple of Table
        Empty without such a score. Of a metric with many scores the worst five are listed, and one
        row summarises all of them.
    """
    has_reference = deciding.ceiling.notna() | deciding.chance.notna()
    is_listed = (deciding.decides == "") | (has_reference & (deciding.decides != MARGIN))
    scores = deciding[is_listed]
    if scores.empty:
        return ()
    rows: list[tuple[str, ...]] = []
    for _, group in scores.groupby("metric", sort=False):
        rows += [_format_row(row) for row in select_worst(group).itertuples()]
        if len(group) > MAX_ROWS_PER_METRIC:
            rows.append(_format_summary_row(group))
    n_all = len(comparison.scores)
    n_others = int((~is_listed & (deciding.decides != MARGIN)).sum())
    others = f" {n_others} more scores decide and have no references: see the claims."
    note = (
        f"Brackets: {comparison.interval_name} over the n independent units; exact: nothing in the "
        "score is random. Noise ceiling: the spiking model against itself "
        f"{describe_repetition(comparison)}. Chance level: mean over rate models with the same "
        "weights and shuffled signs. Best: the value at perfect agreement. A dash: it has no "
        "meaning. The formats .json and .csv of this "
        f"report list all {n_all} scores.{others * (n_others > 0)}{_list_reasons(scores)}"
    )
    columns = ("score", "value", "n", "noise ceiling", "chance level", "best", "decides")
    alignment = ("left", "right", "left", "right", "right", "right", "left")
    return (
        Table("Scores that decide, with their references", columns, tuple(rows), note, alignment),
    )


def select_worst(rows: pd.DataFrame) -> pd.DataFrame:
    """Select the five scores of a metric that are furthest from the best value.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of `bioann.Comparison.scores` of one metric; without a best value, distance is counted
        from the median.

    Returns
    -------
    pandas.DataFrame
        The rows in their order; all of them if they are at most five.
    """
    if len(rows) <= MAX_ROWS_PER_METRIC:
        return rows
    distance = (rows.value - rows.best.fillna(rows.value.median())).abs().fillna(-1.0)
    worst = np.argsort(-distance.to_numpy(), kind="stable")[:MAX_ROWS_PER_METRIC]
    return rows.iloc[np.sort(worst)]


def _format_row(row: Any) -> tuple[str, ...]:
    interval = () if row.sampled == "exact" else (row.low, row.high)
    value = format_estimate(row.value, *interval)
    return (
        name_score(row),
        f"{value} {row.unit}".strip(),
        f"{row.n} {row.sampled}" if row.n else row.sampled,
        format_estimate(row.ceiling, row.ceiling_low, row.ceiling_high),
        format_estimate(row.chance),
        DASH if np.isnan(row.best) else format_number(row.best),
        row.decides,
    )


def _format_summary_row(group: pd.DataFrame) -> tuple[str, ...]:
    """Write the distribution of the scores of a metric of which the worst are listed."""
    values = group.value.dropna()
    name = f"{group.metric.iloc[0]}, all {len(group)}: median [lowest, highest]"
    decides = ", ".join(dict.fromkeys(", ".join(group.decides).split(", ")))
    median, lowest, highest = map(format_number, (values.median(), values.min(), values.max()))
    text = f"{median} [{lowest},\N{NO-BREAK SPACE}{highest}] {group.unit.iloc[0]}".strip()
    return (name, text, "", "", "", "", decides)


def _list_reasons(scores: pd.DataFrame) -> str:
    """Write why scores have no value; empty if all have one."""
    reasons = [f"{row.metric} {row.note}" for row in scores.itertuples() if row.note]
    return f" Without a value: {'; '.join(dict.fromkeys(reasons))}." if reasons else ""


def make_score_summary(comparison: JudgedRun, deciding: pd.DataFrame) -> tuple[Block, ...]:
    """Summarise the scores that decide nothing, a row for each metric.

    Parameters
    ----------
    comparison : Comparison or StudyResult
        The result whose scores are summarised.
    deciding : pandas.DataFrame
        The scores that are listed elsewhere.

    Returns
    -------
    tuple of Table
        Empty if all scores decide.
    """
    others = drop_input_slopes(comparison.scores.drop(index=deciding.index))
    rows = []
    for metric, group in others.groupby("metric", sort=False):
        values, first = group.value.dropna(), group.iloc[0]
        if values.empty:
            continue
        is_single = len(values) == 1
        rows.append(
            (
                str(metric),
                first.unit,
                str(len(values)),
                format_estimate(first.value, first.low, first.high)
                if is_single
                else format_number(values.median()),
                DASH if is_single else format_number(values.min()),
                DASH if is_single else format_number(values.max()),
                DASH if np.isnan(first.best) else format_number(first.best),
            )
        )
    if not rows:
        return ()
    columns = ("metric", "unit", "scores", "median, or value", "lowest", "highest", "best")
    alignment = ("left", "left", "right", "right", "right", "right", "right")
    note = (
        "No verdict rests on them. The report in the format .csv lists each, with its references."
        f"{_list_reasons(others)}"
    )
    return (Table("Other scores, by metric", columns, tuple(rows), note, alignment),)
