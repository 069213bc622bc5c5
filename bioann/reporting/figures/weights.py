"""Effective weights of the spiking model against the effects that the rate model predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bioann.base.text import format_count, format_number
from bioann.reporting import style
from bioann.reporting.style import Drawing, house_style, shorten_label

#: Connections that are listed by name, each on two lines.
_MAX_NAMED = 10
#: Least range of an axis: without effects there is only rounding noise.
_MIN_SPAN = 1e-2
_SIGN_COLOURS = (
    (1.0, style.EXCITATORY_COLOUR, "excitatory"),
    (-1.0, style.INHIBITORY_COLOUR, "inhibitory"),
    (0.0, style.UNCLEAR_COLOUR, "neither"),
)


def select_comparable_weights(effective_weights: pd.DataFrame | None) -> pd.DataFrame:
    """Select the measured connections that have a weight, the largest effects first."""
    if effective_weights is None:
        return pd.DataFrame()
    comparable = effective_weights.dropna(
        subset=["predicted", "effective", "effective_low", "effective_high"]
    )
    order = comparable[["predicted", "effective"]].abs().max(axis=1)
    return comparable.loc[order.sort_values(ascending=False, kind="stable").index]


def draw_weights(comparison: Any) -> Drawing:
    """Draw the effective weight of every connection against the effect that its weight predicts.

    First all connections, with the identity line; then the largest by name, with conductance and
    weight.

    Parameters
    ----------
    comparison : Comparison
        Read: ``effective_weights``, with at least one row in `select_comparable_weights`.
    """
    return style.draw_for_widths(lambda width: _draw_weights(comparison, width))


def _draw_weights(comparison: Any, width: float) -> Drawing:
    table = select_comparable_weights(comparison.effective_weights)
    largest = table.head(_MAX_NAMED)
    with house_style():
        is_narrow = width < style.FIGURE_WIDTH
        height, rows = max(2.9, 0.7 + 0.36 * len(largest)), {"width_ratios": (1.0, 1.25)}
        if is_narrow:
            heights = (2.6, 0.7 + 0.36 * len(largest))
            height, rows = sum(heights) + 1.0, {"height_ratios": heights}
        figure, (scatter_panel, named_panel) = style.make_subplots(
            *((2, 1) if is_narrow else (1, 2)), width=width, height=height, gridspec_kw=rows
        )
        _draw_scatter(scatter_panel, table)
        _draw_named_weights(named_panel, largest, 7 if is_narrow else 10)
        style.letter_panels((scatter_panel, named_panel))
        for panel in (scatter_panel, named_panel) if is_narrow else ():
            panel.set_xlabel(panel.get_xlabel().replace(" [", "\n["))  # wider than the panel
        handles, names = scatter_panel.get_legend_handles_labels()
        more_handles, more_names = named_panel.get_legend_handles_labels()
        figure.legend(
            [*handles, *more_handles], [*names, *more_names], loc="outside upper center",
            ncols=2 if is_narrow else 5, columnspacing=1.2, handletextpad=0.3,
        )  # fmt: skip
    return Drawing(figure, _describe_weights(table), _write_weight_caption(table, len(largest)))


def _draw_scatter(panel: Axes, table: pd.DataFrame) -> None:
    values = table[["predicted", "effective_low", "effective_high"]].to_numpy()
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    padding = 0.06 * max(high - low, _MIN_SPAN)
    limits = (low - padding, high + padding)
    panel.axline((0, 0), slope=1, color=style.CEILING_COLOUR, zorder=0)
    for line in (panel.axhline, panel.axvline):
        line(0, color=style.CEILING_COLOUR, linewidth=0.6, zorder=0)
    for sign, colour, name in _SIGN_COLOURS:
        rows = table[np.nan_to_num(table.bio_sign.astype(float)) == sign]
        if rows.empty:
            continue
        panel.vlines(
            rows.predicted, rows.effective_low, rows.effective_high, color=colour, linewidth=1.0
        )
        faces = [colour if not flag else "white" for flag in rows["flags"]]
        panel.scatter(rows.predicted, rows.effective, s=18, c=faces, edgecolors=colour, zorder=3)
        panel.scatter([], [], s=18, color=colour, label=name)
    panel.set(xlim=limits, ylim=limits, aspect="equal")
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_locator(MaxNLocator(3))
    panel.set_xlabel("predicted [dimensionless]")
    panel.set_ylabel("measured [dimensionless]")


def _draw_named_weights(panel: Axes, largest: pd.DataFrame, name_length: int) -> None:
    y = np.arange(len(largest))[::-1]
    panel.axvline(0, color=style.CEILING_COLOUR, linewidth=0.6, zorder=0)
    panel.hlines(
        y, largest.effective_low, largest.effective_high, color=style.SPIKING_COLOUR, linewidth=1.5
    )
    panel.plot(
        largest.effective, y, "o", color=style.SPIKING_COLOUR, markersize=5, fillstyle="none",
        label="spiking model",
    )  # fmt: skip
    panel.plot(
        largest.predicted, y, "D", color=style.RATE_COLOUR, markersize=2.5, label="rate model"
    )
    panel.set_yticks(y, [_name_connection(row, name_length) for row in largest.itertuples()])
    panel.set_ylim(-0.7, len(largest) - 0.3)
    low, high = panel.get_xlim()
    panel.set_xlim(low, max(high, low + _MIN_SPAN))
    panel.xaxis.set_major_locator(MaxNLocator(3))
    panel.set_xlabel("effect [dimensionless]")


def _name_connection(row: Any, name_length: int) -> str:
    """Name a connection by its ends, in so many characters each, its conductance and weight."""
    kind = "stimulus " if row.source_kind == "channel" else ""
    source, target = (shorten_label(name, name_length) for name in (row.source, row.target))
    conductance = shorten_label(row.conductance, 14 + name_length)
    connection = f"{kind}{source} \N{RIGHTWARDS ARROW} {target}"
    return f"{connection}\n{conductance}: {format_number(row.weight)}"


def _write_weight_caption(table: pd.DataFrame, n_named: int) -> str:
    """Describe the figure and the quality of the prediction."""
    rms_difference, rms_effect = (
        np.sqrt((v**2).mean()) for v in (table.effective - table.predicted, table.effective)
    )
    share = ""
    if rms_effect > 0:
        share = (
            " The root mean square difference is "
            f"{100 * rms_difference / rms_effect:.0f} % of the root mean square effective weight."
        )
    text = (
        "Effective weight of every measured connection in the spiking model, against the effect "
        "predicted by the rate model: the weight times the gain of the target, loops included. "
        "Bars: 95 % CI over trials. Grey line: identity. Open marks: flagged in the table of "
        f"effective weights. For {_count_covering_intervals(table)} of "
        f"{format_count(len(table), 'connection')} the 95 % CI includes the identity line.{share}"
        " b: conductance and weight by connection"
    )
    selection = f", for the {n_named} connections with the largest effects"
    return f"{text}{selection * (n_named < len(table))}."


def _count_covering_intervals(table: pd.DataFrame) -> int:
    """Count the connections whose CI includes the prediction."""
    covers_prediction = (table.effective_low <= table.predicted) & (
        table.predicted <= table.effective_high
    )
    return int(covers_prediction.sum())


def _describe_weights(table: pd.DataFrame) -> str:
    n_same_sign = int((np.sign(table.effective) == np.sign(table.predicted)).sum())
    rows = "; ".join(
        f"{row.source} to {row.target} {format_number(row.effective)} measured, "
        f"{format_number(row.predicted)} predicted"
        for row in table.head(_MAX_NAMED).itertuples()
    )
    n_connections = format_count(len(table), "connection")
    return (
        "Measured effective weight against the effect predicted by the rate model, "
        f"{n_connections}; {n_same_sign} have the same sign in both models. {rows}."
    )
