"""A circuit too dense for a diagram: the matrix of its signed strengths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import SubFigure
from matplotlib.ticker import MaxNLocator

from bioann.reporting import style
from bioann.reporting.style import shorten_label

#: From inhibitory over nothing to excitatory, in the colours of the diagrams.
SIGNED = LinearSegmentedColormap.from_list(
    "signed", [style.INHIBITORY_COLOUR, "white", style.EXCITATORY_COLOUR]
)
_MOST_NAMES = 24
_MOST_NUMBERS = 8
_LONGEST = 14  # characters of a name


def matrix_height(half: Any, table: pd.DataFrame) -> float:
    """Tell the height in inches that the matrix of a half asks for."""
    longest = min(max(map(len, half.units)), _LONGEST)
    names = 0.08 * longest if len(half.units) <= _MOST_NAMES else 0.2
    return float(min(0.24 * len(_sources(half, table)), 4.0) + names + 1.4)


def draw_matrix(panel: SubFigure, half: Any, table: pd.DataFrame, title: str, colour: str) -> None:
    """Draw sign times strength, sources (channels, then units) in rows, targets in columns.

    Where the connections of a half are measured in several units, each is shown as a share of the
    strongest of its kind.
    """
    import seaborn as sns  # takes a second, and most circuits are small enough for a diagram

    sources, targets = _sources(half, table), list(half.units)
    strength, unit = table["strength"], _unit(table)
    if unit is None:
        most = table.groupby("strength_unit")["strength"].transform("max").replace(0, 1)
        strength, unit = strength / most, "share of the strongest of its kind"
    signed = np.full((len(sources), len(targets)), np.nan)
    for row, value in zip(table.itertuples(), table["sign"] * strength, strict=True):
        i, j = sources.index((row.source_kind, row.source)), targets.index(row.target)
        signed[i, j] = np.nansum([signed[i, j], value])
    top = float(np.nanmax(np.abs(signed))) or 1.0
    plot = panel.subplots()
    names = ([f"{n} (in)" if k == "channel" else n for k, n in sources], targets)
    rows, columns = ([shorten_label(n, _LONGEST) for n in side] for side in names)
    numbers = np.vectorize(lambda x: f"{x:.2g}".replace("-", "\N{MINUS SIGN}"))(signed)
    sns.heatmap(
        signed,
        ax=plot,
        cmap=SIGNED,
        vmin=-top,
        vmax=top,
        annot=numbers if max(signed.shape) <= _MOST_NUMBERS else None,
        fmt="",
        annot_kws={"fontsize": style.SMALL_FONT_SIZE},
        # Where names would not fit, neither does a number for each.
        xticklabels=columns if len(columns) <= _MOST_NAMES else False,
        yticklabels=rows if len(rows) <= _MOST_NAMES else False,
        cbar_kws={
            "location": "bottom",
            "aspect": 30,
            "ticks": MaxNLocator(4),
            "label": f"sign × strength [{unit or 'dimensionless'}]",
        },
    )
    plot.set_facecolor("#EEEEEE")  # no connection at all, against a connection of strength 0
    plot.set_title(title, weight="bold", color=colour)
    plot.set_ylabel("source")
    plot.set_xlabel("target (grey: not connected)")
    plot.tick_params("x", rotation=90)
    plot.tick_params("y", rotation=0)


def _sources(half: Any, table: pd.DataFrame) -> list[tuple[str, str]]:
    """List what something comes from; channels first, both in the order of the half."""
    every = [("channel", c) for c in half.channels] + [("unit", u) for u in half.units]
    used = set(zip(table["source_kind"], table["source"], strict=True))
    return [key for key in every if key in used]


def _unit(table: pd.DataFrame) -> str | None:
    units = table["strength_unit"].unique()
    return str(units[0]) if len(units) == 1 else None
