"""Steady responses of both models at several values of a varied parameter, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bioann.base.text import format_number, format_setting, join_names
from bioann.reporting import style
from bioann.reporting.figures.parameter_curves import ParameterCurves
from bioann.reporting.figures.summaries import choose_evenly
from bioann.reporting.style import (
    ArtistKwargs,
    Drawing,
    draw_for_widths,
    format_label,
    house_style,
    shorten_label,
)

#: Values of the parameter that are drawn at most, on a page and on a phone; a slider shows all.
MAX_COLUMNS, MAX_PHONE_COLUMNS = 6, 3
#: Dashes and fill of the curves of one panel.
CURVE_STYLES: tuple[tuple[Any, str], ...] = (
    ("-", "none"),
    ("--", "full"),
    ("-.", "left"),
    (":", "right"),
)


def draw_parameter_grid(curves: ParameterCurves) -> Drawing:
    """Draw a column of panels for each value of the parameter, and a row for each response.

    Parameters
    ----------
    curves : ParameterCurves
        The responses, from `arrange_parameter_curves`.

    Returns
    -------
    Drawing
        At most `MAX_COLUMNS` values, evenly spaced, with the first and the last.
    """
    return draw_for_widths(lambda width: _draw_grid(curves, width))


def _draw_grid(curves: ParameterCurves, width: float) -> Drawing:
    """Draw the grid `width` inches wide."""
    is_wide = width >= style.FIGURE_WIDTH
    points = choose_evenly(len(curves.values), MAX_COLUMNS if is_wide else MAX_PHONE_COLUMNS)
    n_rows = len(curves.matches)
    n_lines = len(curves.curves) * (1 if is_wide else 2)
    with house_style():
        figure, panels = style.make_subplots(
            n_rows,
            len(points),
            width=width,
            height=0.75 + 1.45 * n_rows + 0.17 * n_lines,
            squeeze=False,
            sharex=True,
            sharey="row",
        )
        for row, match in enumerate(curves.matches):
            for column, point in enumerate(points):
                _draw_panel(panels[row, column], curves, point, row)
            panels[row, 0].set_ylim(*curves.limits[row])
            panels[row, 0].set_ylabel(f"{shorten_label(match, 14)}\n[activation]")
        for column, point in enumerate(points):
            panels[0, column].set_title(format_label(curves.value_texts[point]))
        for panel in panels.flat:
            panel.xaxis.set_major_locator(MaxNLocator(nbins=3, prune="upper"))
        figure.suptitle(
            shorten_label(curves.label, int(10 * width)), fontsize=style.FONT_SIZE, weight="bold"
        )
        # Not supxlabel, which a legend below the panels would cover.
        panels[-1, len(points) // 2].set_xlabel(shorten_label(curves.x_label, 40))
        handles, names = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=2 if is_wide else 1)
    return Drawing(figure, _describe_curves(curves), _write_caption(curves))


def _draw_panel(panel: Axes, curves: ParameterCurves, point: int, match: int) -> None:
    for k, label in enumerate(curves.curves):
        dashes, fill = CURVE_STYLES[k]
        suffix = f", {shorten_label(label, 24)}" if label else ""
        bio, ann = curves.bio[point, match, k], curves.ann[point, match, k]
        measured = np.isfinite(bio)
        x = curves.x[measured]
        look: ArtistKwargs = {"fillstyle": fill, "markersize": 4.5, "linewidth": 0.7}
        panel.plot(
            x,
            bio[measured],
            marker="o",
            linestyle=dashes,
            color=style.SPIKING_COLOUR,
            label=f"spiking model{suffix}",
            **look,
        )
        if curves.n_trials > 1:
            low, high = curves.low[point, match, k], curves.high[point, match, k]
            panel.vlines(
                x, low[measured], high[measured], color=style.SPIKING_COLOUR, linewidth=0.7
            )
        panel.plot(
            x,
            ann[measured],
            linestyle=dashes,
            color=style.RATE_COLOUR,
            linewidth=1.5,
            label=f"rate model{suffix}",
            zorder=3,
        )


def _describe_curves(curves: ParameterCurves) -> str:
    """Write the highest response of both models at the first and at the last value."""
    sentences = []
    for row, match in enumerate(curves.matches):
        spans = [
            f"at {curves.value_texts[point]} spiking model "
            f"{_format_span(curves.bio[point, row])}, rate model "
            f"{_format_span(curves.ann[point, row])}"
            for point in (0, -1)
        ]
        sentences.append(f"{match}: {'; '.join(spans)}.")
    return f"Steady responses at different values of {curves.label}. {' '.join(sentences)}"


def _format_span(values: np.ndarray) -> str:
    return f"{format_number(float(np.nanmin(values)))} to {format_number(float(np.nanmax(values)))}"


def _write_caption(curves: ParameterCurves) -> str:
    own_value = format_setting(curves.own_value, curves.unit, digits=4)
    sentences = [
        f"Steady responses of both models at {len(curves.values)} values of a parameter: "
        f"{curves.label} (address {curves.address!r}, {own_value} in this pair)."
    ]
    if curves.linked:
        names = join_names([repr(name) for name in curves.linked])
        sentences.append(f"It changes together with {names}.")
    trials = "one trial" if curves.n_trials == 1 else f"mean of {curves.n_trials} trials"
    bars = "; bars: range of trials" if curves.n_trials > 1 else ""
    sentences.append(
        f"Spiking model: {trials} at each value, all with the same input spikes{bars}."
    )
    if len(curves.values) > MAX_COLUMNS:
        sentences.append(f"Drawn: {MAX_COLUMNS} of {len(curves.values)} values.")
    if len(curves.values) > MAX_PHONE_COLUMNS:
        sentences.append(f"A phone shows {MAX_PHONE_COLUMNS} of them.")
    if len(curves.matches) < curves.n_matches:
        sentences.append(f"Drawn: {len(curves.matches)} of {curves.n_matches} responses.")
    return " ".join(sentences)
