"""Families of response curves: both halves against one channel, a colour for each curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from bioann.metrics.curve_shift import ResponseCurve
from bioann.reporting import style

#: Apart for every kind of colour vision, and dark enough on white.
COLOURS = (
    style.SPIKING_COLOUR,
    style.RATE_COLOUR,
    style.INHIBITORY_COLOUR,
    style.EXCITATORY_COLOUR,
    style.UNCLEAR_COLOUR,
    "#7A6A00",
)


@dataclass(frozen=True)
class Panel:
    """One panel: its title, its curves by label, and the range of inputs that is shown."""

    title: str
    curves: Mapping[str, ResponseCurve]
    most: float = np.inf
    least: float = -np.inf


def draw_curves(
    comparison: Any,
    panels: tuple[Panel, ...],
    *,
    along: str,
    xlabel: str,
    scale: float = 1.0,
    hertz: float = 100.0,
) -> Figure:
    """Draw response curves, circles for biology (mean of trials) and lines for the ANN.

    Parameters
    ----------
    comparison : Comparison
        Read: ``responses`` and ``window``.
    panels : tuple of Panel
        Side by side.
    along : str
        The channel on the horizontal axis.
    xlabel : str
        What it is, with its unit.
    scale : float, optional
        The size of the channel at activation 1, in that unit.
    hertz : float, optional
        The rate that activation 1 stands for.
    """
    values = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    stimulus = comparison.responses["stimulus"].mean("stimulus_time")
    figure, drawn = style.make_subplots(1, len(panels), height=3.2, squeeze=False)
    for panel, told in zip(drawn[0], panels, strict=True):
        for colour, (label, curve) in zip(COLOURS, told.curves.items(), strict=False):
            for half, mark in (("bio", "o"), ("ann", "-")):
                x, f = curve.select_from(values[half], stimulus, along)
                f = f.mean("trial") if "trial" in f.dims else f
                shown = (told.least <= x) & (x <= told.most)
                name = style.format_label(label) if half == "bio" else None
                look: style.ArtistKwargs = {"color": colour, "markersize": 3, "linewidth": 1}
                panel.plot(x[shown] * scale, f[shown] * hertz, mark, **look, label=name)
        panel.set(title=told.title, xlabel=xlabel)
        panel.legend()
    drawn[0, 0].set_ylabel("rate [Hz]; circles biology, lines ANN")
    return figure
