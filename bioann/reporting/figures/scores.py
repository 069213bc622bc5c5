"""Forest plot of the scores: value, CI, noise ceiling, chance level and best value."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bioann.base.text import format_interval, format_number
from bioann.comparison.input_signs import drop_input_slopes
from bioann.reporting import style
from bioann.reporting.figures.layout import measure_text
from bioann.reporting.figures.summaries import describe_sample_sizes
from bioann.reporting.style import ArtistKwargs, Drawing, format_label, house_style, shorten_label

MAX_ROWS_PER_METRIC = 4
#: Inches for the key, for ticks and label below a panel, and beside it.
KEY_HEIGHT, HEIGHT_BELOW, WIDTH_BESIDE = 0.3, 0.43, 0.16


MetricRows = tuple[str, pd.DataFrame]
PanelLine = Sequence[MetricRows]


def draw_scores(comparison: Any) -> Drawing:
    """Draw a forest plot with a panel per metric, as their units differ.

    Of a metric with more than four rows those furthest from the best value are drawn; a metric
    without values is named in the caption (the table of scores has the reason). Input slopes have a
    table of their own (`bioann.reporting.input_sign_table`).

    Parameters
    ----------
    comparison : Comparison
        Read: ``scores``, ``responses`` (sizes), ``run["bio"]`` (``n_neurons``).
    """
    scores = drop_input_slopes(comparison.scores)
    groups, n_missing = _select_metrics(scores)
    longest = max(len(name) for _, rows in groups for name in _name_rows(rows, 16))
    columns = min(3 if longest <= 12 else 2, len(groups))
    lines = [groups[i : i + columns] for i in range(0, len(groups), columns)]
    with house_style():
        height = KEY_HEIGHT + sum(
            _title_height(line) + _panel_height(line) + HEIGHT_BELOW for line in lines
        )
        figure, panels = style.make_subplots(len(lines), columns, height=height, squeeze=False)
        for panel, (name, rows) in zip(panels.flat, groups, strict=False):
            _draw_metric(panel, name, rows)
        for panel in panels.flat[len(groups) :]:
            panel.remove()
        _position_panels(figure, panels, lines)
        figure.legend(
            handles=_make_legend_handles(scores, comparison.interval_name),
            loc="upper center",
            ncols=4,
            borderaxespad=0.3,
        )
    return Drawing(
        figure, _describe_scores(groups), _write_score_caption(comparison, groups, n_missing)
    )


def _select_metrics(scores: pd.DataFrame) -> tuple[list[MetricRows], dict[str, int]]:
    """Select the rows of each metric, and count the rows of metrics without values."""
    groups = [(str(name), rows) for name, rows in scores.groupby("metric", sort=False)]
    n_missing = {name: len(rows) for name, rows in groups if rows["value"].isna().all()}
    if len(n_missing) == len(groups):
        n_missing = {}  # draw the rows rather than an empty figure
    groups = [(name, _select_worst_rows(rows)) for name, rows in groups if name not in n_missing]
    return groups, n_missing


def _position_panels(figure: Figure, panels: np.ndarray, lines: Sequence[PanelLine]) -> None:
    """Position the panels so that their texts fit.

    The sizes around a panel are known, so that no layout engine, which draws everything twice, is
    needed.
    """
    figure.set_layout_engine("none")
    width, height = figure.get_size_inches()
    left_margins = np.full(panels.shape[1], 0.1)
    for line in lines:
        for k, (_, rows) in enumerate(line):
            longest = max(measure_text(name)[0] for name in _name_rows(rows, 16))
            left_margins[k] = max(left_margins[k], longest + 0.1)
    panel_width = (width - left_margins.sum()) / len(left_margins) - WIDTH_BESIDE
    top = height - KEY_HEIGHT
    for row, line in zip(panels, lines, strict=True):
        bottom = top - _title_height(line) - _panel_height(line)
        for k in range(len(line)):
            x = left_margins[: k + 1].sum() + k * (panel_width + WIDTH_BESIDE)
            position = (
                x / width,
                bottom / height,
                panel_width / width,
                _panel_height(line) / height,
            )
            row[k].set_position(position)
        top = bottom - HEIGHT_BELOW


def _title_height(line: PanelLine) -> float:
    """Return the height in inches of the titles of a line of panels."""
    n_lines = 1 + max(_wrap_title(name).count("\n") for name, _ in line)
    return 0.08 + n_lines * 1.2 * style.FONT_SIZE / 72


def _panel_height(line: PanelLine) -> float:
    """Return the height in inches of the panels of a line."""
    return 0.1 + 0.2 * max(len(rows) for _, rows in line)


def _wrap_title(name: str) -> str:
    return "\n".join(textwrap.wrap(format_label(name), 22, max_lines=2, placeholder="…"))


def _select_worst_rows(rows: pd.DataFrame) -> pd.DataFrame:
    if len(rows) <= MAX_ROWS_PER_METRIC:
        return rows
    distance = (rows["value"] - rows["best"]).abs().fillna(-1.0).to_numpy()  # no value: last
    return rows.iloc[np.sort(np.argsort(-distance, kind="stable")[:MAX_ROWS_PER_METRIC])]


def _draw_metric(panel: Axes, name: str, rows: pd.DataFrame) -> None:
    """Draw a metric, a line per response, the first on top."""
    for y, row in enumerate(rows.itertuples()):
        bounds = (row.ceiling_low, row.ceiling_high)
        if np.isfinite(bounds).all():
            look: ArtistKwargs = {
                "color": style.CEILING_COLOUR,
                "linewidth": 9,
                "alpha": 0.7,
                "zorder": 1,
            }
            panel.hlines(y, *bounds, **look, label="ceiling")
        panel.plot(row.ceiling, y, "|", color=style.UNCLEAR_COLOUR, markersize=9, zorder=2)
        panel.hlines(y, row.low, row.high, color=style.INK, linewidth=1.5, zorder=3)
        panel.plot(row.value, y, "o", color=style.INK, markersize=5, zorder=4, label="value")
        if not np.isfinite(row.value):
            panel.text(0.02, y, "no value", transform=panel.get_yaxis_transform(), **_NOTE_KWARGS)
    for best in set(rows.loc[rows["value"].notna(), "best"].dropna()):
        panel.axvline(best, color=style.INK, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=0)
    _draw_chance(panel, rows["chance"].where(rows["value"].notna()).to_numpy(dtype=float))
    _widen_zero_axis(panel)
    panel.set_title(_wrap_title(name))
    panel.set_ylim(len(rows) - 0.5, -0.5)
    panel.set_yticks(range(len(rows)), _name_rows(rows, 16))
    panel.tick_params("y", length=0)
    panel.locator_params("x", nbins=4)
    if rows["value"].isna().all():
        panel.set_xticks([])
    units = [str(unit) for unit in rows["unit"].unique() if unit]
    panel.set_xlabel(f"[{' or '.join(units) or 'dimensionless'}]")


def _draw_chance(panel: Axes, chance: np.ndarray) -> None:
    """Mark the chance level of every row, by a triangle at the edge if it is far away."""
    low, high = panel.dataLim.intervalx
    if not np.isfinite((low, high)).all():
        low, high = 0.0, 1.0
    span, size = high - low, max(abs(low), abs(high), 1e-9)
    # Values that nearly coincide leave room for a distant chance level.
    reach = 4 * span if span > 0.02 * size else size
    positions = np.clip(chance, low - reach, high + reach)
    look: ArtistKwargs = {
        "color": style.CHANCE_COLOUR,
        "markersize": 5,
        "linestyle": "none",
        "zorder": 2,
    }
    for marker, selection in (
        ("x", positions == chance),
        ("<", positions > chance),
        (">", positions < chance),
    ):
        rows = selection.nonzero()[0]
        panel.plot(
            positions[rows], rows, marker=marker, **look, label="chance level" * bool(len(rows))
        )
    panel.margins(x=0.08)


def _widen_zero_axis(panel: Axes) -> None:
    """Widen the axis of values that are zero but for rounding."""
    if np.abs(panel.get_xlim()).max() < 1e-9:
        panel.set_xlim(-0.6, 0.6)


_NOTE_KWARGS: ArtistKwargs = {
    "va": "center",
    "fontsize": style.SMALL_FONT_SIZE,
    "style": "italic",
    "color": style.UNCLEAR_COLOUR,
}
_NOTE_KWARGS |= {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1}}


def _name_rows(rows: pd.DataFrame, max_length: int) -> list[str]:
    """Name rows by response, and by detail if needed, in `max_length` characters."""
    if rows["match"].is_unique and rows["match"].all():
        return [shorten_label(match, max_length) for match in rows["match"]]
    matches_and_details = zip(rows["match"], rows["detail"], strict=True)
    return [
        shorten_label(", ".join(filter(None, pair)), max_length) for pair in matches_and_details
    ]


def _make_legend_handles(scores: pd.DataFrame, interval_name: str) -> Sequence[Any]:
    ink = style.INK
    handles: list[Any] = [
        Line2D([], [], color=ink, marker="o", markersize=5, label=f"value with {interval_name}")
    ]
    if scores["ceiling"].notna().any():
        handles.append(
            Patch(
                color=style.CEILING_COLOUR, alpha=0.7, label=f"noise ceiling with {interval_name}"
            )
        )
    if scores["chance"].notna().any():
        cross: ArtistKwargs = {"marker": "x", "markersize": 5, "linestyle": "none"}
        handles.append(Line2D([], [], color=style.CHANCE_COLOUR, **cross, label="chance level"))
    if scores["best"].notna().any():
        dots: ArtistKwargs = {"linewidth": 0.8, "linestyle": (0, (1, 1.5))}
        handles.append(Line2D([], [], color=ink, **dots, label="best value"))
    return handles


def _describe_scores(groups: Sequence[MetricRows]) -> str:
    sentences = []
    for name, rows in groups:
        descriptions = [
            f"{label} {format_interval(row.value, row.low, row.high)}, "
            f"noise ceiling {format_number(row.ceiling)}"
            for label, row in zip(_name_rows(rows, 99), rows.itertuples(), strict=True)
        ]
        sentences.append(f"{name}: {'; '.join(descriptions)}.")
    return f"Forest plot of {len(groups)} metrics. {' '.join(sentences)}"


def _write_score_caption(
    comparison: Any, groups: Sequence[MetricRows], n_missing: dict[str, int]
) -> str:
    n_drawn = sum(len(rows) for _, rows in groups)
    n = len(drop_input_slopes(comparison.scores)) - sum(n_missing.values())
    sentences = [
        f"Scores with their {comparison.interval_name}. Noise ceiling: the spiking model against "
        "itself with another seed. Chance level: mean over rate models with shuffled signs; a "
        "triangle is a chance level outside the axis. Dotted line: best value.",
        describe_sample_sizes(comparison),
    ]
    if n_drawn < n:
        sentences.append(
            f"Shown: {n_drawn} of {n} scores, of each metric those furthest from the best value."
        )
    if n_missing:
        sentences.append(
            f"Without a value (reasons in the table): {', '.join(map(format_label, n_missing))}."
        )
    return " ".join(sentences)
