"""Scores on a scale from chance level to noise ceiling: where a score lies, and its picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bioann.base.text import format_interval, format_number
from bioann.reporting import style
from bioann.reporting.style import ArtistKwargs, Drawing, format_label, house_style

#: Size in inches of the picture of one score.
SCALE_WIDTH, SCALE_HEIGHT = 4.2, 1.15


def has_scale(row: Any) -> bool:
    """Whether a score has a chance level and a noise ceiling that can be told apart.

    Parameters
    ----------
    row : pandas.Series or named tuple
        A row of `bioann.Comparison.scores`.
    """
    if not np.isfinite([row.value, row.chance, row.ceiling]).all():
        return False
    chance = _order_interval(row.chance, row.chance_low, row.chance_high)
    ceiling = _order_interval(row.ceiling, row.ceiling_low, row.ceiling_high)
    return bool(chance[1] < ceiling[0] or ceiling[1] < chance[0])


def _order_interval(value: float, low: float, high: float) -> tuple[float, float]:
    """Return an interval, or the value twice where it has none."""
    return (low, high) if np.isfinite([low, high]).all() else (value, value)


def place_on_scale(scores: pd.DataFrame) -> pd.DataFrame:
    """Return scores in units of their references: 0 is the chance level, 1 the noise ceiling.

    Parameters
    ----------
    scores : pandas.DataFrame
        Rows of `bioann.Comparison.scores` for which `has_scale` holds.

    Returns
    -------
    pandas.DataFrame
        Columns value, low and high, and ceiling_low and ceiling_high; low ends first, NaN where
        there is no interval.
    """
    span = scores.ceiling - scores.chance
    names = ["value", "low", "high", "ceiling_low", "ceiling_high"]
    places = (scores[names].sub(scores.chance, axis=0)).div(span, axis=0)
    for low, high in (("low", "high"), ("ceiling_low", "ceiling_high")):
        places[[low, high]] = np.sort(places[[low, high]].to_numpy(dtype=float), axis=1)
    return places


def draw_scale(row: Any, interval_name: str, message: str = "") -> Drawing:
    """Draw one score as a dot with its interval between chance level and noise ceiling.

    Parameters
    ----------
    row : pandas.Series
        A row of `bioann.Comparison.scores` for which `has_scale` holds.
    interval_name : str
        The confidence level of the intervals, such as ``"95 % CI"``.
    message : str, optional
        What the score stands for, one sentence; the caption begins with it.
    """
    with house_style():
        figure, panel = style.make_subplots(width=SCALE_WIDTH, height=SCALE_HEIGHT)
        _draw_references(panel, row)
        look: ArtistKwargs = {"color": style.INK, "zorder": 4}
        panel.hlines(0, row.low, row.high, linewidth=2, **look)
        panel.plot(row.value, 0, "o", markersize=7, **look)
        panel.set_ylim(-1, 1)
        panel.set_yticks([])
        panel.spines["left"].set_visible(False)
        panel.margins(x=0.1)
        if row.ceiling < row.chance:
            panel.invert_xaxis()  # better is to the right, as on every scale
        panel.locator_params("x", nbins=5)
        unit = row.unit or "dimensionless"
        panel.set_xlabel(format_label(f"{name_score(row)} [{unit}]"))
    value = format_interval(row.value, row.low, row.high, row.unit)
    chance, ceiling = format_number(row.chance), format_number(row.ceiling)
    alt = f"{name_score(row)}: {value}; chance level {chance}, noise ceiling {ceiling}."
    caption = (
        f"{message} Dot: {name_score(row)}, {value} ({interval_name}). Chance level {chance}: rate "
        f"models with shuffled signs. Noise ceiling {ceiling}: the spiking model against itself."
    )
    return Drawing(figure, alt, caption.strip())


def _draw_references(panel: Axes, row: Any) -> None:
    """Draw the axis from chance level to noise ceiling, with their names above."""
    panel.hlines(0, row.chance, row.ceiling, color=style.CHANCE_COLOUR, linewidth=1, zorder=1)
    bounds = _order_interval(row.ceiling, row.ceiling_low, row.ceiling_high)
    panel.axvspan(*bounds, color=style.CEILING_COLOUR, alpha=0.7, linewidth=0, zorder=0)
    panel.vlines((row.chance, row.ceiling), -0.45, 0.45, color=style.UNCLEAR_COLOUR, zorder=2)
    labels = {"chance level": ("left", row.chance), "noise ceiling": ("right", row.ceiling)}
    for name, (alignment, x) in labels.items():
        where: ArtistKwargs = {"xycoords": ("data", "axes fraction"), "ha": alignment}
        panel.annotate(name, (x, 1), va="bottom", **where)


def name_score(row: Any) -> str:
    """Return metric, match and detail of a row of `bioann.Comparison.scores` in words."""
    label = ", ".join(filter(None, (row.match, row.detail)))
    return f"{row.metric} ({label})" if label else str(row.metric)
