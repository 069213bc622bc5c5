"""Dot plot of scores in units of their references: 0 is the chance level, 1 the noise ceiling."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bioann.base.text import format_interval
from bioann.reporting import style
from bioann.reporting.ceiling_text import describe_repetition
from bioann.reporting.figures.layout import measure_text
from bioann.reporting.figures.reference_scale import has_scale, name_score, place_on_scale
from bioann.reporting.figures.summaries import describe_sample_sizes
from bioann.reporting.style import (
    ArtistKwargs,
    Drawing,
    draw_for_widths,
    house_style,
    shorten_label,
)

#: Scores drawn at most.
MAX_ROWS = 16
#: Ends of the axis in units of the references; a triangle stands for a score beyond them.
AXIS_LIMITS = (-0.5, 1.5)
#: Characters of the name of a score.
_MAX_NAME_LENGTH, _MAX_PHONE_NAME_LENGTH = 46, 16


def draw_scores(comparison: Any, scores: pd.DataFrame) -> Drawing | None:
    """Draw scores that have a chance level and a noise ceiling, a line each, on one common axis.

    Parameters
    ----------
    comparison : Comparison
        Read: ``interval_name``, ``responses`` (sizes), ``run["bio"]`` (``n_neurons``).
    scores : pandas.DataFrame
        Rows of `bioann.Comparison.scores`. Of more than 16 those furthest from the noise ceiling
        are drawn.

    Returns
    -------
    Drawing or None
        None unless two scores have both references: the first screen of a report shows one.
    """
    has_references = [has_scale(row) for row in scores.itertuples()]
    candidates = scores[has_references]
    if len(candidates) < 2:
        return None
    places = place_on_scale(candidates)
    order = (places.value - 1).abs().sort_values(ascending=False, kind="stable").index[:MAX_ROWS]
    rows, places = candidates.loc[sorted(order)], places.loc[sorted(order)]
    handles = _make_legend_handles(comparison.interval_name)
    alt = f"Dot plot of {len(rows)} scores from chance level (0) to noise ceiling (1). " + " ".join(
        f"{name_score(row)}: {position:.2f}."
        for row, position in zip(rows.itertuples(), places.value, strict=True)
    )
    caption = _write_score_caption(comparison, len(rows), scores, candidates)
    return draw_for_widths(
        lambda width: Drawing(_draw_figure(rows, places, handles, width), alt, caption)
    )


def _draw_figure(
    rows: pd.DataFrame, places: pd.DataFrame, handles: list[Any], width: float
) -> Figure:
    """Draw the scores; a figure for a phone has short names and no values."""
    is_wide = width >= style.FIGURE_WIDTH
    with house_style():
        figure, panel = style.make_subplots(width=width, height=1.05 + 0.24 * len(rows))
        _draw_rows(panel, places)
        _write_names_and_values(figure, panel, rows, is_wide)
        columns = 2 if is_wide else 1
        figure.legend(handles=handles, loc="upper center", ncols=columns, borderaxespad=0.2)
    return figure


def _draw_rows(panel: Axes, places: pd.DataFrame) -> None:
    """Draw the scores, the first on top, and the references that all share."""
    start, stop = AXIS_LIMITS
    for x in (0, 1):
        panel.axvline(x, color=style.UNCLEAR_COLOUR, linewidth=1, zorder=1)
    for y, row in enumerate(places.itertuples()):
        if np.isfinite([row.ceiling_low, row.ceiling_high]).all():
            look: ArtistKwargs = {"color": style.CEILING_COLOUR, "linewidth": 9, "alpha": 0.7}
            panel.hlines(y, *np.clip([row.ceiling_low, row.ceiling_high], start, stop), **look)
        interval = np.clip([row.low, row.high], start, stop)
        panel.hlines(y, *interval, color=style.INK, linewidth=1.5, zorder=3)
        marker = "<" if row.value < start else ">" if row.value > stop else "o"
        x = np.clip(row.value, start + 0.02, stop - 0.02)
        panel.plot(x, y, marker, color=style.INK, markersize=5, zorder=4)
    panel.set_ylim(len(places) - 0.5, -0.5)
    panel.set_xlim(start, stop)
    panel.set_xticks([0, 0.5, 1])
    panel.set_xlabel("chance (0) to ceiling (1) [1]")
    panel.tick_params("y", length=0)
    panel.spines["left"].set_visible(False)


def _write_names_and_values(figure: Figure, panel: Axes, rows: pd.DataFrame, is_wide: bool) -> None:
    """Write the name of every score at its left and, in a wide figure, its value at its right.

    The sizes around the panel are known, so that no layout engine is needed.
    """
    length = _MAX_NAME_LENGTH if is_wide else _MAX_PHONE_NAME_LENGTH
    names = [shorten_label(name_score(row), length) for row in rows.itertuples()]
    values = [
        format_interval(row.value, row.low, row.high, row.unit) * is_wide
        for row in rows.itertuples()
    ]
    panel.set_yticks(range(len(rows)), names)
    for y, value in enumerate(values):
        where: ArtistKwargs = {"xycoords": ("axes fraction", "data"), "va": "center"}
        panel.annotate(value, (1.01, y), fontsize=style.SMALL_FONT_SIZE, **where)
    figure.set_layout_engine("none")
    width, height = figure.get_size_inches()
    left, right = (max(measure_text(t)[0] for t in texts) + 0.15 for texts in (names, values))
    above, below = (0.3 if is_wide else 0.5), 0.5
    size = (1 - (left + right) / width, 1 - (above + below) / height)
    position = (left / width, below / height, *size)
    panel.set_position(position)


def _make_legend_handles(interval_name: str) -> list[Any]:
    dot: ArtistKwargs = {"color": style.INK, "marker": "o", "markersize": 5}
    return [
        Line2D([], [], **dot, label=f"score with {interval_name}"),
        Patch(color=style.CEILING_COLOUR, alpha=0.7, label=f"noise ceiling with {interval_name}"),
    ]


def _write_score_caption(
    comparison: Any, n_drawn: int, scores: pd.DataFrame, candidates: pd.DataFrame
) -> str:
    sentences = [
        "Scores that decide, in units of their references. 0: chance level, mean over rate models "
        "with shuffled signs. 1: noise ceiling, the spiking model against itself "
        f"{describe_repetition(comparison)}. Right: the score in its own unit.",
    ]
    if n_drawn < len(candidates):
        sentences.append(
            f"Shown: {n_drawn} of {len(candidates)} scores, those furthest from the noise ceiling."
        )
    if (n_other := len(scores) - len(candidates)) > 0:
        sentences.append(f"Without both references, and so in the table alone: {n_other}.")
    return " ".join([*sentences, describe_sample_sizes(comparison)])
