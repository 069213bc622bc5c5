"""Figures of a history: the numbers behind verdicts, and scores that changed, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from bioann.comparison.run_history import PairHistory
from bioann.reporting import style
from bioann.reporting.style import (
    ArtistKwargs,
    Drawing,
    draw_for_widths,
    format_label,
    house_style,
    make_subplots,
)

MAX_PANELS = 12
_COLUMNS = 3
#: Mark of each outcome: told apart without colour.
OUTCOME_MARKS: dict[str, ArtistKwargs] = {
    "supported": {"marker": "o", "mfc": style.INK},
    "refuted": {"marker": "X", "mfc": style.INHIBITORY_COLOUR, "ms": 7},
    "depends": {"marker": "D", "mfc": "white"},
    "undecided": {"marker": "o", "mfc": "white"},
}


def draw_verdict_history(history: PairHistory) -> Drawing:
    """Draw the number behind each part of each claim against the run, marked by its outcome.

    Parameters
    ----------
    history : PairHistory
        The runs of a pair, at least one of which has a claim.

    Returns
    -------
    Drawing
        One panel for each part of a claim's rule, at most `MAX_PANELS`.
    """
    numbers = history.collect_numbers()
    groups = list(numbers.groupby(["id", "part"], sort=False))
    panels = [(f"{claim_id}: {rule}", table) for (claim_id, rule), table in groups[:MAX_PANELS]]
    drawn_outcomes = [name for name in OUTCOME_MARKS if (numbers.outcome == name).any()]
    handles = [
        Line2D([], [], color=style.INK, ls="", label=name, **OUTCOME_MARKS[name])
        for name in drawn_outcomes
    ]
    outcomes = "; ".join(f"{title}: {', '.join(table.outcome)}" for title, table in panels)
    n_more = len(groups) - len(panels)
    alt = f"Numbers behind the verdicts of {len(history.runs)} runs. {outcomes}."
    caption = (
        "Numbers that decided each claim, run by run. Bars: CI by which it was judged."
        f"{f' {n_more} more parts of claims are not drawn.' * (n_more > 0)}"
    )
    n_runs = len(history.runs)
    return draw_for_widths(
        lambda width: Drawing(_draw_panels(panels, n_runs, handles, width), alt, caption)
    )


def draw_score_history(history: PairHistory, keys: Sequence[tuple[str, str, str]]) -> Drawing:
    """Draw some scores against the run.

    Parameters
    ----------
    history : PairHistory
        The runs of a pair.
    keys : sequence of (str, str, str)
        Match, metric and detail of each score, at least one.

    Returns
    -------
    Drawing
        One panel for each score.
    """
    scores = history.collect_scores().assign(outcome="")
    panels = []
    for match, metric, detail in keys:
        is_score = (scores.match == match) & (scores.metric == metric) & (scores.detail == detail)
        names = " ".join(filter(None, (match, f"({detail})" if detail else "")))
        panels.append((f"{metric}: {names}" if names else metric, scores[is_score]))
    values = "; ".join(
        f"{title}: {', '.join(f'{value:.3g}' for value in table.value)}" for title, table in panels
    )
    n_runs = len(history.runs)
    alt = f"Scores of {n_runs} runs. {values}."
    caption = (
        "Scores that changed from one run to the next by more than their intervals explain, the "
        "largest change first. Bars: 95 % CI."
    )
    return draw_for_widths(
        lambda width: Drawing(_draw_panels(panels, n_runs, (), width), alt, caption)
    )


@house_style()
def _draw_panels(
    panels: Sequence[tuple[str, pd.DataFrame]],
    n_runs: int,
    handles: Sequence[Line2D],
    width: float,
) -> Figure:
    """Draw a panel for each title and its table, in a single column for a phone."""
    is_wide = width >= style.FIGURE_WIDTH
    n_columns = min(_COLUMNS, len(panels)) if is_wide else 1
    n_rows = -(-len(panels) // n_columns)
    n_characters = int(12 * (width / n_columns - 0.5))
    figure, axes = make_subplots(
        n_rows, n_columns, width=width, height=0.35 + 1.7 * n_rows + 0.3 * bool(handles),
        sharex=True, squeeze=False,
    )  # fmt: skip
    for axis, (title, table) in zip(axes.flat, panels, strict=False):
        _draw_runs(axis, table)
        axis.set_title(_wrap_title(title, n_characters), fontsize=style.SMALL_FONT_SIZE)
        units = [unit for unit in table.unit if isinstance(unit, str) and unit]
        axis.set_ylabel(format_label(f"[{units[0] if units else 1}]"))
        axis.set_xlim(0.5, n_runs + 0.5)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    for k, axis in enumerate(axes.flat):
        if k >= len(panels):
            axis.remove()
        elif k + n_columns >= len(panels):
            axis.set_xlabel("run, in order of time")
            axis.tick_params(labelbottom=True)
    if handles:
        n_handle_columns = len(handles) if is_wide else 2
        figure.legend(handles=list(handles), loc="outside lower center", ncols=n_handle_columns)
    return figure


def _draw_runs(axis: Axes, table: pd.DataFrame) -> None:
    """Draw one value with its interval for each run, and a line through them."""
    axis.plot(table.run, table.value, color=style.CHANCE_COLOUR, lw=1, zorder=1)
    for row in table.itertuples():
        errors = np.nan_to_num([[row.value - row.low], [row.high - row.value]])
        axis.errorbar(
            row.run, row.value, np.maximum(errors, 0), color=style.INK, capsize=2, lw=1,
            zorder=2, **_choose_mark(row),
        )  # fmt: skip


def _choose_mark(row: Any) -> ArtistKwargs:
    return {"ms": 5, "marker": "o"} | OUTCOME_MARKS.get(row.outcome, {})


def _wrap_title(title: str, width: int) -> str:
    """Break a title into at most three lines of `width` characters, and shorten a longer one."""
    words, lines = title.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) + 1 > width and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > 3:
        lines = [*lines[:2], lines[2][: width - 2] + " …"]
    return format_label("\n".join(lines))
