"""Families of response curves of both models against one stimulus channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from bioann.metrics.curve_shift import ResponseCurve
from bioann.reporting import style

#: Apart for every kind of colour vision, and dark enough on white.
CURVE_COLOURS = (
    style.SPIKING_COLOUR,
    style.RATE_COLOUR,
    style.INHIBITORY_COLOUR,
    style.EXCITATORY_COLOUR,
    style.UNCLEAR_COLOUR,
    "#7A6A00",
)


@dataclass(frozen=True)
class CurvePanel:
    """A panel: its title, its curves by label, and the range of inputs that is drawn."""

    title: str
    curves: Mapping[str, ResponseCurve]
    max_input: float = np.inf
    min_input: float = -np.inf


def draw_curves(
    comparison: Any,
    panels: tuple[CurvePanel, ...],
    *,
    channel: str,
    xlabel: str,
    input_scale: float = 1.0,
    scale_hz: float = 100.0,
) -> Figure:
    """Draw response curves: circles, spiking model (mean of trials); lines, rate model.

    Parameters
    ----------
    comparison : Comparison
        Read: ``responses`` and ``window``.
    panels : tuple of CurvePanel
        From left to right.
    channel : str
        The channel on the horizontal axis.
    xlabel : str
        Label of the horizontal axis, with unit.
    input_scale : float, optional
        Size of the channel at activation 1, in the unit of `xlabel`.
    scale_hz : float, optional
        Rate at activation 1, in Hz.
    """
    values = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    stimulus = comparison.responses["stimulus"].mean("stimulus_time")
    figure, axes = style.make_subplots(1, len(panels), height=3.2, squeeze=False)
    for panel, content in zip(axes[0], panels, strict=True):
        for colour, (label, curve) in zip(CURVE_COLOURS, content.curves.items(), strict=False):
            for model, mark in (("bio", "o"), ("ann", "-")):
                x, f = curve.select_from(values[model], stimulus, channel)
                f = f.mean("trial") if "trial" in f.dims else f
                in_range = (content.min_input <= x) & (x <= content.max_input)
                name = style.format_label(label) if model == "bio" else None
                look: style.ArtistKwargs = {"color": colour, "markersize": 3, "linewidth": 1}
                panel.plot(
                    x[in_range] * input_scale, f[in_range] * scale_hz, mark, **look, label=name
                )
        panel.set(title=content.title, xlabel=xlabel)
        panel.legend()
    axes[0, 0].set_ylabel("rate [Hz]; circles: spiking model, lines: rate model")
    return figure
