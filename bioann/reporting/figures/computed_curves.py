"""Curves that a pair computes itself: training curves, predictions of theory, trained networks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bioann.reporting import style
from bioann.reporting.figures.curve_figure import list_values
from bioann.reporting.figures.panels import PanelFigure

_LINES, _MARKS = ("-", "--", ":", "-."), ("o", "s", "^", "D")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ComputedCurves(PanelFigure):
    """Curves of one model that a function of the pair computes.

    Parameters
    ----------
    compute : callable
        ``compute(comparison)`` returns the curves by label, each as ``(x, y)``.
    model : str, optional
        Whose they are, for the colour; the first curve is filled or solid.
    points : bool, optional
        The curves are points that are not joined, one for each network or seed.
    """

    compute: Callable[[Any], Mapping[str, tuple[Any, Any]]]
    model: str = "ann"
    points: bool = False

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw the curves."""
        colour = style.choose_model_colour(self.model, list(comparison.pair.controls))
        texts = []
        for k, (label, (x, y)) in enumerate(self.compute(comparison).items()):
            look: style.ArtistKwargs = {"ls": _LINES[k % 4], "lw": 1.2}
            if self.points:
                fill = colour if k == 0 else "none"
                look = {"ls": "", "marker": _MARKS[k % 4], "ms": 3, "mfc": fill}
            panel.plot(x, y, color=colour, **look, label=label or None)
            texts.append(f"{label}: {list_values(np.asarray(y))}".removeprefix(": "))
        self.label_axes(panel)
        if self.points:
            panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        return self.describe_axes(texts)
