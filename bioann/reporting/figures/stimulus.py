"""The stimulus of both models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bioann.base.text import format_count, format_number
from bioann.reporting import style
from bioann.reporting.figures.summaries import (
    choose_evenly,
    find_numeric_axis,
    label_condition_axis,
)
from bioann.reporting.style import (
    Drawing,
    format_condition_title,
    house_style,
    shorten_label,
)

MAX_CONDITIONS = 6
#: Dash patterns and greys: the colours of the models are reserved for responses.
_LINE_STYLES: tuple[tuple[str, Any], ...] = (
    (style.INK, "-"),
    ("#777777", (0, (4, 1.5))),
    (style.INK, (0, (1, 1.2))),
    ("#777777", (0, (6, 1.5, 1, 1.5))),
)


def draw_stimulus(responses: xr.Dataset) -> Drawing:
    """Draw the activation of each channel.

    If all conditions share one time course and there are many, or it is constant, the time course
    is drawn once beside the level of every condition; otherwise up to six conditions over time.

    Parameters
    ----------
    responses : xarray.Dataset
        Read: ``stimulus`` (condition, stimulus_time, channel) in activation; condition labels and
        numeric condition coordinates.
    """
    return style.draw_for_widths(lambda width: _draw_stimulus(responses, width))


def _draw_stimulus(responses: xr.Dataset, width: float) -> Drawing:
    stimulus = responses["stimulus"].transpose("condition", "stimulus_time", "channel")
    values = np.asarray(stimulus.values, dtype=float)
    course_and_levels = _separate_time_course(values)
    is_constant = course_and_levels is not None and np.ptp(course_and_levels[0]) < 1e-9
    with house_style():
        if course_and_levels is not None and (is_constant or len(values) > MAX_CONDITIONS):
            figure, explanation = _draw_levels(responses, *course_and_levels, is_constant, width)
        else:
            figure, explanation = _draw_time_courses(stimulus, values, width)
    low, high = (float(f(values[np.isfinite(values)], initial=0)) for f in (np.min, np.max))
    counts = (
        f"{format_count(values.shape[0], 'condition')}, {format_count(values.shape[2], 'channel')}"
    )
    seconds = float(np.ptp(stimulus["stimulus_time"].values))
    value_range = f"activation from {format_number(low)} to {format_number(high)}"
    alt = f"Stimulus of {counts} over {format_number(seconds, 's')}, {value_range}. {explanation}"
    caption = f"Stimulus of both models ({counts}). {explanation}"
    return Drawing(figure, alt, caption)


def _separate_time_course(values: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Factor into a time course with peak 1 and levels (condition, channel); None if inexact."""
    table = np.moveaxis(values, 1, 0).reshape(values.shape[1], -1)
    if not np.isfinite(table).all() or not table.any():
        return None
    peak = np.unravel_index(np.abs(table).argmax(), table.shape)
    course = table[:, peak[1]] / table[peak]
    level = table[peak[0]]
    if np.abs(np.outer(course, level) - table).max() > 1e-9 * np.abs(table[peak]):
        return None
    return course, level.reshape(values.shape[0], values.shape[2])


def _draw_time_courses(
    stimulus: xr.DataArray, values: np.ndarray, width: float
) -> tuple[Figure, str]:
    """Draw small multiples over time, one per chosen condition."""
    time, channels = stimulus["stimulus_time"].values, list(stimulus["channel"].values)
    indices = choose_evenly(len(values), MAX_CONDITIONS)
    columns = {1: 1, 2: 2, 4: 2}.get(len(indices), 3)
    if width < style.FIGURE_WIDTH:
        columns = min(columns, 2)
    rows = -(-len(indices) // columns)
    sizes: style.ArtistKwargs = {"width": width, "height": 0.75 + 1.25 * rows}
    figure, panels = style.make_subplots(
        rows, columns, **sizes, sharex=True, sharey=True, squeeze=False
    )
    image = None
    for panel, i in zip(panels.flat, indices, strict=False):
        panel.set_title(
            format_condition_title(stimulus["condition"].values[i], (width - 1) / columns)
        )
        if len(channels) > len(_LINE_STYLES):
            image = _draw_channel_map(panel, time, values[i].T, values)
        else:
            _draw_lines(panel, time, values[i].T, channels)
    for panel in panels.flat[len(indices) :]:
        panel.remove()
    figure.supxlabel("time [s]", fontsize=style.FONT_SIZE)
    if image is not None:
        figure.supylabel("channel (number)", fontsize=style.FONT_SIZE)
        used_panels = list(panels.flat[: len(indices)])  # the others are removed
        figure.colorbar(image, ax=used_panels, label="stimulus [activation]", aspect=30)
    else:
        figure.supylabel(
            f"{_name_quantity(channels, 'stimulus')} [activation]", fontsize=style.FONT_SIZE
        )
        _add_channel_legend(figure, panels.flat[0])
    style.letter_panels(panels.flat[: len(indices)])
    if len(indices) == len(values):
        return figure, "All conditions are shown."
    return figure, f"Shown: {len(indices)} of {len(values)} conditions, evenly spaced."


def _draw_lines(panel: Axes, time: np.ndarray, rows: np.ndarray, channels: Sequence[str]) -> None:
    for (colour, dashes), row, name in zip(_LINE_STYLES, rows, channels, strict=False):
        panel.plot(time, row, color=colour, linestyle=dashes, label=shorten_label(name))


def _draw_channel_map(panel: Axes, time: np.ndarray, rows: np.ndarray, values: np.ndarray) -> Any:
    low, high = np.nanmin(values), np.nanmax(values)
    panel.set_yticks(choose_evenly(len(rows), 5))
    return panel.pcolormesh(
        *(time, np.arange(len(rows)), rows), vmin=low, vmax=high, cmap="Greys", rasterized=True
    )


def _draw_levels(
    responses: xr.Dataset, course: np.ndarray, level: np.ndarray, is_constant: bool, width: float
) -> tuple[Figure, str]:
    """Draw the common time course once, if it changes at all, beside the level per condition."""
    is_stacked = width < style.FIGURE_WIDTH and not is_constant
    figure, panels = style.make_subplots(
        2 if is_stacked else 1,
        1 if is_constant or is_stacked else 2,
        width=width,
        height=4.4 if is_stacked else 2.4,
        squeeze=False,
        width_ratios=[1] if is_constant or is_stacked else [2, 3],
    )
    explanation = "It is constant over time; shown is the level of each condition."
    if not is_constant:
        explanation = "a: the time course, common to all conditions; b: their levels."
        panels[0, 0].plot(responses["stimulus_time"].values, course, color=style.INK)
        panels[0, 0].set(xlabel="time [s]", ylabel="fraction of the level [1]")
        panels[0, 0].set_title("Time course, all conditions")
    panel, channels = panels[-1, -1], list(responses["channel"].values)
    panel.set_title(f"Level of {format_count(len(level), 'condition')}")
    style.letter_panels(panels.flat)
    if len(channels) > len(_LINE_STYLES):
        image = panel.pcolormesh(level.T, cmap="Greys", rasterized=True)
        panel.set(xlabel="condition (number)", ylabel="channel (number)")
        figure.colorbar(image, ax=panel, label="level [activation]")
        return figure, explanation
    numeric_axis = find_numeric_axis(responses)
    if numeric_axis is None and len(channels) == 2 and len(level) > 2 * MAX_CONDITIONS:
        # A grid of two channels: one dot per condition shows how the plane is covered.
        panel.plot(*level.T, ".", color=style.INK, markersize=4)
        names = [f"{shorten_label(name)} [activation]" for name in channels]
        panel.set(xlabel=names[0], ylabel=names[1])
        return figure, f"{explanation} Each dot is a condition."
    x, label = numeric_axis or (np.arange(len(level)), "condition (number)")
    order = np.argsort(x, kind="stable")
    _draw_lines(panel, x[order], level[order].T, channels)
    for line in panel.lines:
        line.set(marker="." if len(level) <= 40 else "", linewidth=1)
    panel.set(xlabel=label, ylabel=f"{_name_quantity(channels, 'level')} [activation]")
    if numeric_axis is None:
        label_condition_axis(panel, responses["condition"].values)
    _add_channel_legend(figure, panel)
    return figure, explanation


def _name_quantity(channels: Sequence[str], plural: str) -> str:
    """Return the name of a single channel, which needs no legend, or else `plural`."""
    return shorten_label(channels[0]) if len(channels) == 1 else plural


def _add_channel_legend(figure: Figure, panel: Axes) -> None:
    handles, names = panel.get_legend_handles_labels()
    if len(handles) > 1:
        ncols = min(len(names), 4 if figure.get_figwidth() >= style.FIGURE_WIDTH else 2)
        figure.legend(handles, names, loc="outside upper right", ncols=ncols)
