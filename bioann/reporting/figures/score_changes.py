"""The figure of a diff: how far each score changed, in units of its uncertainty."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from bioann.comparison.number_changes import CHANGED
from bioann.reporting import style
from bioann.reporting.style import Drawing, draw_for_widths, house_style, make_subplots

#: Scores that are drawn at most, the largest change first; and the largest end of the axis.
MAX_SCORES, AXIS_END = 15, 6.0
#: Longest name of a score, in characters, on a page and on a phone.
MAX_NAME_LENGTH, MAX_PHONE_NAME_LENGTH = 46, 16


def measure_changes(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of two runs in the order of their change.

    Parameters
    ----------
    scores : pandas.DataFrame
        Scores of both runs, as in the table `ComparisonDiff.scores`.

    Returns
    -------
    pandas.DataFrame
        Scores whose difference is not 0, with the column ``size``: the difference over the half of
        its 95 % interval on the side of 0, so that 1 is the smallest change that is marked;
        infinite for scores that are exact.
    """
    table = scores[scores.difference.notna() & (scores.difference != 0)].copy()
    is_rise = table.difference > 0
    half_width = np.where(
        is_rise, table.difference - table.difference_low, table.difference_high - table.difference
    )
    sizes = np.where(half_width > 0, table.difference, np.sign(table.difference) * np.inf)
    table["size"] = sizes / np.where(half_width > 0, half_width, 1.0)
    table = table[np.isfinite(half_width)]
    return table.iloc[np.argsort(-table["size"].abs().to_numpy(), kind="stable")]


def draw_score_changes(scores: pd.DataFrame, pair: str) -> Drawing:
    """Draw the change of each score from one run to the other.

    Parameters
    ----------
    scores : pandas.DataFrame
        The table `ComparisonDiff.scores` with at least one score that differs.
    pair : str
        Name of the pair, for the caption.

    Returns
    -------
    Drawing
        One line for each of the scores that changed most.
    """
    table = measure_changes(scores)
    largest = table.head(MAX_SCORES)
    names = [
        f"{row.metric}: {' '.join(filter(None, (row.match, row.detail)))}".rstrip(": ")
        for row in largest.itertuples()
    ]
    texts = "; ".join(
        f"{name}: {row.value_first:.3g} to {row.value_second:.3g}"
        for name, row in zip(names, largest.itertuples(), strict=True)
    )
    n_more = len(table) - len(largest)
    alt = f"Changes of scores of {pair}. {texts}."
    caption = (
        f"{pair}: change of scores from the first to the second run, the largest first. Grey: "
        "explained by the intervals; filled: changed; arrows: beyond the axis, or exact."
        f"{f' {n_more} smaller changes are not drawn.' * (n_more > 0)}"
    )
    return draw_for_widths(
        lambda width: Drawing(_draw_changes(largest, names, width), alt, caption)
    )


@house_style()
def _draw_changes(table: pd.DataFrame, names: list[str], width: float) -> Figure:
    """Draw a line for each score; a figure for a phone has short names."""
    length = MAX_NAME_LENGTH if width >= style.FIGURE_WIDTH else MAX_PHONE_NAME_LENGTH
    figure, panel = make_subplots(width=width, height=0.8 + 0.22 * len(table))
    positions = np.arange(len(table))
    axis_end = float(np.clip(table["size"].abs().max(), 2.0, AXIS_END))
    sizes = table["size"].clip(-axis_end, axis_end).to_numpy()
    panel.axvspan(-1, 1, color=style.CEILING_COLOUR, alpha=0.35, lw=0)
    panel.axvline(0, color=style.INK, lw=0.8)
    for k, (row, size) in enumerate(zip(table.itertuples(), sizes, strict=True)):
        is_beyond = abs(row.size) > axis_end
        marker = (">" if size > 0 else "<") if is_beyond else "o"
        colour = style.INK if row.change == CHANGED else "white"
        panel.plot([0, size], [k, k], color=style.INK, lw=1)
        panel.plot(size, k, marker, color=style.INK, mfc=colour, ms=5)
    panel.set_yticks(positions, [style.shorten_label(name, length) for name in names])
    panel.invert_yaxis()
    panel.set_xlim(-1.07 * axis_end, 1.07 * axis_end)
    panel.set_xlabel("change [half-widths of its 95 % CI]")
    return figure
