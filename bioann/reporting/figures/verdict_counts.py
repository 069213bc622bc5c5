"""The figure of the atlas: how many claims of each source came out how."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.colors
from matplotlib.figure import Figure

from bioann.base.text import join_names
from bioann.claims.claim import OUTCOMES
from bioann.reporting.style import (
    INK,
    SMALL_FONT_SIZE,
    Drawing,
    draw_for_widths,
    house_style,
    make_subplots,
)

#: Shades of grey that print, from supported to undecided; failures are not counted.
SHADES = {"supported": INK, "refuted": "#9A9A9A", "depends": "#CFCFCF", "undecided": "#FFFFFF"}
#: Height of a bar with its gap, and of all else, in inches.
BAR_HEIGHT, FRAME_HEIGHT = 0.3, 0.85
#: Inches of the names beside the bars, of a digit, and around a number in its segment.
NAMES_WIDTH, DIGIT_WIDTH, LABEL_MARGIN = 2.1, 0.085, 0.05


def draw_verdict_counts(counts: Mapping[str, Mapping[str, int]]) -> Drawing:
    """Draw the number of claims with each verdict, one bar per source.

    Parameters
    ----------
    counts : mapping of str to mapping of str to int
        Number of claims by source, and by verdict (`bioann.claims.claim.OUTCOMES`).

    Returns
    -------
    Drawing
        Horizontal bars with the numbers in them.
    """
    rows = {name: [n.get(outcome, 0) for outcome in OUTCOMES] for name, n in counts.items()}
    sentences = [f"{name}: {sum(row)}, {_list_counts(row)}" for name, row in rows.items()]
    return draw_for_widths(
        lambda width: Drawing(
            _draw_bars(rows, width),
            f"Stacked bars of claims by source and verdict. {'; '.join(sentences)}.",
            f"Verdicts by source, {sum(map(sum, rows.values()))} rows. A claim of two documents "
            "counts for both; short segments have no number.",
        )
    )


def _list_counts(row: list[int]) -> str:
    return join_names([f"{n} {outcome}" for n, outcome in zip(row, OUTCOMES, strict=True) if n])


def _has_room(number: int, inches: float) -> bool:
    """Return whether a number fits into a segment that is so many inches long."""
    return inches >= DIGIT_WIDTH * len(str(number)) + LABEL_MARGIN


def _draw_bars(rows: Mapping[str, list[int]], width: float) -> Figure:
    height = BAR_HEIGHT * len(rows) + FRAME_HEIGHT
    with house_style():
        figure, panel = make_subplots(width=width, height=height)
        inches = (width - NAMES_WIDTH) / max(map(sum, rows.values()))
        starts = [0] * len(rows)
        for k, outcome in enumerate(OUTCOMES):
            lengths = [row[k] for row in rows.values()]
            shade = SHADES[outcome]
            bars = panel.barh(
                range(len(rows)),
                lengths,
                left=starts,
                height=0.72,
                color=shade,
                edgecolor=INK,
                linewidth=0.6,
                label=outcome,
            )
            labels = [str(n) if _has_room(n, inches * n) else "" for n in lengths]
            luminance = sum(matplotlib.colors.to_rgb(shade)) / 3
            text_colour = "white" if luminance < 0.4 else INK
            panel.bar_label(
                bars,
                labels,
                label_type="center",
                color=text_colour,
                fontsize=SMALL_FONT_SIZE,
            )
            starts = [start + n for start, n in zip(starts, lengths, strict=True)]
        panel.set_yticks(range(len(rows)), list(rows))
        panel.invert_yaxis()
        panel.tick_params(axis="y", length=0)
        panel.set_xlabel("claims [number]")
        figure.legend(
            *panel.get_legend_handles_labels(),
            loc="outside upper left",
            ncols=4 if width > 5 else 2,
        )
    return figure
