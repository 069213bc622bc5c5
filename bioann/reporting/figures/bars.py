"""Bars side by side: the responses of several models to few conditions."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.reporting import style
from bioann.reporting.figures.panels import PanelFigure
from bioann.reporting.figures.summaries import average_over_window, label_matches, label_models

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ConditionBars(PanelFigure):
    """Steady responses of a match to each condition.

    Parameters
    ----------
    match : str, tuple of str or dict of str to str
        Name of the match whose responses are the bars, or several, a panel each, perhaps with
        headings.
    names : tuple of str
        The coordinates whose levels name a condition.
    models : tuple of str, or dict of str to str, optional
        The models of the run that are drawn, with names for the legend if the usual ones do not do.
    """

    match: str | Collection[str]
    names: tuple[str, ...]
    models: Collection[str] = ("bio", "ann")

    def name_axes(self) -> tuple[str, str]:
        """Return the coordinates of a condition, and the match."""
        return f"{', '.join(self.names)} [activation]", f"{self.match} [activation]"

    def split(self) -> tuple[PanelFigure, ...]:
        """Return a figure for each match."""
        return tuple(
            dataclasses.replace(self, match=match, heading=heading or self.heading)
            for match, heading in label_matches(self.match).items()
        )

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw the bars, and the extremes of the trials as lines."""
        steady, _ = average_over_window(comparison)
        x, width, texts = np.arange(steady.sizes["condition"]), 0.8 / len(self.models), []
        for k, (model, label) in enumerate(label_models(self.models).items()):
            response = steady[model].sel(match=self.match)
            trials = response if "trial" in response.dims else response.expand_dims("trial")
            centres = x + width * (k - (len(self.models) - 1) / 2)
            colour = style.choose_model_colour(model, list(comparison.pair.controls))
            mean = trials.mean("trial").values
            panel.bar(centres, mean, 0.92 * width, color=colour, label=label)
            panel.vlines(centres, trials.min("trial"), trials.max("trial"), color=style.INK, lw=1)
            texts.append(f"{label} {', '.join(f'{value:.2f}' for value in mean)}")
        levels = np.transpose([steady[name].values for name in self.names])
        panel.set_xticks(x, [", ".join(f"{level:g}" for level in row) for row in levels])
        self.label_axes(panel)
        return f"{self.axis_labels[1]} for each condition: {'; '.join(texts)}."

    def describe_marks(self, comparison: Any) -> str:
        """Explain the vertical lines."""
        return "Lines on bars: smallest to largest of the trials."
