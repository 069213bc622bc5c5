"""Which conductance became which weight, and how well: measured effects against predicted ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bioann.base.text import format_number
from bioann.reporting import style
from bioann.reporting.figures.summaries import format_if_finite
from bioann.reporting.style import Drawing, format_count, house_style, shorten_label

#: Connections that are named, each on two lines.
_MOST_NAMES = 10
#: Least range of an axis: without any effect there is only rounding.
_LEAST = 1e-2
_LONGEST = 24  # characters of a conductance
_SIGNS = (
    (1.0, style.EXCITATORY_COLOUR, "excitatory"),
    (-1.0, style.INHIBITORY_COLOUR, "inhibitory"),
    (0.0, style.UNCLEAR_COLOUR, "neither"),
)


def both_known(effective_weights: pd.DataFrame | None) -> pd.DataFrame:
    """Keep the connections that were measured and have a weight, the largest effects first."""
    if effective_weights is None:
        return pd.DataFrame()
    known = effective_weights.dropna(
        subset=["predicted", "effective", "effective_low", "effective_high"]
    )
    order = known[["predicted", "effective"]].abs().max(axis=1)
    return known.loc[order.sort_values(ascending=False, kind="stable").index]


def draw_weights(comparison: Any) -> Drawing:
    """Draw what every connection was measured to do against what its weight does in the ANN.

    Left all of them, on the line where both are equal; right the largest by name, with what the
    synapse is made of.

    Parameters
    ----------
    comparison : Comparison
        Read: ``effective_weights``, of which a row at least is in `both_known`.
    """
    table = both_known(comparison.effective_weights)
    named = table.head(_MOST_NAMES)
    with house_style():
        height = max(2.9, 0.7 + 0.36 * len(named))
        figure, (left, right) = style.make_subplots(
            1, 2, height=height, gridspec_kw={"width_ratios": (1.0, 1.25)}
        )
        _scatter(left, table)
        _list(right, named)
        handles, names = left.get_legend_handles_labels()
        more, said = right.get_legend_handles_labels()
        figure.legend(
            [*handles, *more], [*names, *said], loc="outside upper center", ncols=5,
            columnspacing=1.2, handletextpad=0.3,
        )  # fmt: skip
    return Drawing(figure, _describe(table), _caption(table, len(named)))


def _scatter(panel: Axes, table: pd.DataFrame) -> None:
    ends = table[["predicted", "effective_low", "effective_high"]].to_numpy()
    low, high = min(ends.min(), 0.0), max(ends.max(), 0.0)
    room = 0.06 * max(high - low, _LEAST)
    span = (low - room, high + room)
    panel.axline((0, 0), slope=1, color=style.CEILING_COLOUR, zorder=0)
    for line in (panel.axhline, panel.axvline):
        line(0, color=style.CEILING_COLOUR, linewidth=0.6, zorder=0)
    for sign, colour, name in _SIGNS:
        mine = table[np.nan_to_num(table.bio_sign.astype(float)) == sign]
        if mine.empty:
            continue
        panel.vlines(
            mine.predicted, mine.effective_low, mine.effective_high, color=colour, linewidth=1.0
        )
        faces = [colour if not flag else "white" for flag in mine["flags"]]
        panel.scatter(mine.predicted, mine.effective, s=18, c=faces, edgecolors=colour, zorder=3)
        panel.scatter([], [], s=18, color=colour, label=name)
    panel.set(xlim=span, ylim=span, aspect="equal")
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_locator(MaxNLocator(4))
    panel.set_xlabel("ANN [activation/activation]")
    panel.set_ylabel("biology [activation/activation]")


def _list(panel: Axes, named: pd.DataFrame) -> None:
    y = np.arange(len(named))[::-1]
    panel.axvline(0, color=style.CEILING_COLOUR, linewidth=0.6, zorder=0)
    panel.hlines(
        y, named.effective_low, named.effective_high, color=style.SPIKING_COLOUR, linewidth=1.5
    )
    panel.plot(
        named.effective, y, "o", color=style.SPIKING_COLOUR, markersize=5, fillstyle="none",
        label="biology, measured",
    )  # fmt: skip
    panel.plot(named.predicted, y, "D", color=style.RATE_COLOUR, markersize=2.5, label="ANN")
    panel.set_yticks(y, [_name(row) for row in named.itertuples()])
    panel.set_ylim(-0.7, len(named) - 0.3)
    low, high = panel.get_xlim()
    panel.set_xlim(low, max(high, low + _LEAST))
    panel.xaxis.set_major_locator(MaxNLocator(4))
    panel.set_xlabel("effect [activation/activation]")


def _name(row: Any) -> str:
    """Name a connection by its ends, its conductance and the weight that this became."""
    kind = "stimulus " if row.source_kind == "channel" else ""
    ends = f"{kind}{shorten_label(row.source, 10)} \N{RIGHTWARDS ARROW} {shorten_label(row.target, 10)}"
    return f"{ends}\n{shorten_label(row.conductance, _LONGEST)}: {format_number(row.weight)}"


def _caption(table: pd.DataFrame, named: int) -> str:
    """Say what is drawn, and how well it fits."""
    off, size = (
        np.sqrt((v**2).mean()) for v in (table.effective - table.predicted, table.effective)
    )
    share = ""
    if size > 0:
        share = (
            f"; the differences are {off / size:.0%} of the effective weights (root mean squares)"
        )
    told = (
        "What every connection that was measured and has a weight does: its effective weight in "
        "biology (with its 95% interval over trials), and in the ANN the weight times the gain of "
        "its target, loops included. Grey line: equal. Open marks: flagged in the table of effective "
        "weights. The "
        f"interval of {_met(table)} of {format_count(len(table), 'connection')} meets the "
        f"line{share}. By name: each conductance and the weight that it is read as"
    )
    return f"{told}{f', of the {named} with the largest effects' * (named < len(table))}."


def _met(table: pd.DataFrame) -> int:
    """Count the intervals in which the prediction lies."""
    inside = (table.effective_low <= table.predicted) & (table.predicted <= table.effective_high)
    return int(inside.sum())


def _describe(table: pd.DataFrame) -> str:
    same = int((np.sign(table.effective) == np.sign(table.predicted)).sum())
    rows = "; ".join(
        f"{row.source} to {row.target} {format_if_finite(row.effective)} measured, "
        f"{format_if_finite(row.predicted)} in the ANN"
        for row in table.head(_MOST_NAMES).itertuples()
    )
    told = format_count(len(table), "connection")
    return (
        f"Measured effective weight against the effect of the weight in the ANN, {told}; the "
        f"signs are the same in {same}. {rows}."
    )
