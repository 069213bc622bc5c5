"""The matrix of signed strengths of a circuit that is too dense for a diagram."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import SubFigure
from matplotlib.ticker import MaxNLocator

from bioann.base.text import format_setting
from bioann.reporting import style
from bioann.reporting.style import shorten_label

#: From inhibitory through zero to excitatory, in the colours of the diagrams.
SIGNED_COLOURMAP = LinearSegmentedColormap.from_list(
    "signed", [style.INHIBITORY_COLOUR, "white", style.EXCITATORY_COLOUR]
)
_MAX_NAMES = 24
_MAX_NUMBERS = 8
_MAX_NAME_LENGTH = 14  # characters of a name


def compute_matrix_height(model: Any, table: pd.DataFrame) -> float:
    """Compute the height in inches of the matrix of a circuit."""
    longest = min(max(map(len, model.units)), _MAX_NAME_LENGTH)
    names = 0.08 * longest if len(model.units) <= _MAX_NAMES else 0.2
    return float(min(0.24 * len(_list_sources(model, table)), 4.0) + names + 1.4)


def draw_matrix(panel: SubFigure, model: Any, table: pd.DataFrame, title: str, colour: str) -> None:
    """Draw sign times strength, sources (channels, then units) in rows, targets in columns.

    If the strengths have several units, each is divided by the largest strength in its unit.
    """
    import seaborn as sns  # a second to import, and few circuits need it

    sources, targets = _list_sources(model, table), list(model.units)
    strength, unit = table["strength"], _common_unit(table)
    if unit is None:
        strongest = table.groupby("strength_unit")["strength"].transform("max").replace(0, 1)
        strength, unit = strength / strongest, "fraction of the largest\nin its unit"
    signed_strength = np.full((len(sources), len(targets)), np.nan)
    for row, value in zip(table.itertuples(), table["sign"] * strength, strict=True):
        i, j = sources.index((row.source_kind, row.source)), targets.index(row.target)
        signed_strength[i, j] = np.nansum([signed_strength[i, j], value])
    limit = float(np.nanmax(np.abs(signed_strength))) or 1.0
    axes = panel.subplots()
    names = ([f"{n} (in)" if k == "channel" else n for k, n in sources], targets)
    rows, columns = ([shorten_label(n, _MAX_NAME_LENGTH) for n in side] for side in names)
    numbers = np.vectorize(lambda x: format_setting(x, digits=2))(signed_strength)
    sns.heatmap(
        signed_strength,
        ax=axes,
        cmap=SIGNED_COLOURMAP,
        vmin=-limit,
        vmax=limit,
        annot=numbers if max(signed_strength.shape) <= _MAX_NUMBERS else None,
        fmt="",
        annot_kws={"fontsize": style.SMALL_FONT_SIZE},
        # Without room for the names there is none for numbers.
        xticklabels=columns if len(columns) <= _MAX_NAMES else False,
        yticklabels=rows if len(rows) <= _MAX_NAMES else False,
        cbar_kws={
            "location": "bottom",
            "aspect": 30,
            "ticks": MaxNLocator(4),
            "label": f"sign × strength [{unit or 'dimensionless'}]",
        },
    )
    axes.set_facecolor("#EEEEEE")  # no connection, unlike a connection of strength 0
    # Above the names as well: the matrix of few units is narrower than its title.
    panel.suptitle(title, weight="bold", color=colour, fontsize=axes.title.get_fontsize())
    axes.set_ylabel("source")
    axes.set_xlabel("target (grey: not connected)")
    axes.tick_params("x", rotation=90)
    axes.tick_params("y", rotation=0)


def _list_sources(model: Any, table: pd.DataFrame) -> list[tuple[str, str]]:
    """List the sources of connections: channels, then units, in the order of the model."""
    all_sources = [("channel", c) for c in model.channels] + [("unit", u) for u in model.units]
    connected = set(zip(table["source_kind"], table["source"], strict=True))
    return [key for key in all_sources if key in connected]


def _common_unit(table: pd.DataFrame) -> str | None:
    units = table["strength_unit"].unique()
    return str(units[0]) if len(units) == 1 else None
