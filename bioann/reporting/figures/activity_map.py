"""The activity of all matches over time, in one trial."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.base.text import format_number
from bioann.reporting import style
from bioann.reporting.figures.panels import PanelFigure
from bioann.reporting.figures.summaries import label_models

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ActivityMap(PanelFigure):
    """Heat maps of the responses of all matches over time, in the first trial; one for each model.

    The average over trials would hide activity at another place in each of them.

    Parameters
    ----------
    models : tuple of str, or dict of str to str, optional
        The models of the run that are drawn, with names if the usual ones do not do.
    condition : int, optional
        Number of the condition that is drawn.
    start : float, optional
        Time in seconds from which responses are drawn, as zero.
    """

    models: Collection[str] = ("bio", "ann")
    condition: int = 0
    start: float = 0.0

    def name_axes(self) -> tuple[str, str]:
        """Return the time, and the match."""
        return "time [s]", "match [number]"

    def split(self) -> tuple[PanelFigure, ...]:
        """Return a map for each model."""
        return tuple(
            dataclasses.replace(self, models={model: label}, heading=label)
            for model, label in label_models(self.models).items()
        )

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw the map of one model and its colour bar."""
        ((model, label),) = label_models(self.models).items()
        responses = comparison.responses[model].isel(condition=self.condition)
        responses = responses.isel(trial=0) if "trial" in responses.dims else responses
        responses = responses.isel(time=np.flatnonzero(responses.time > self.start))
        values = responses.transpose("match", "time").values
        time, places = responses.time.values - self.start, np.arange(1, len(values) + 1)
        colours: style.ArtistKwargs = {"cmap": "cividis", "vmin": 0.0}
        mesh = panel.pcolormesh(time, places, values, shading="nearest", rasterized=True, **colours)
        panel.figure.colorbar(mesh, ax=panel, label="response [activation]")
        self.label_axes(panel)
        winners = ", ".join(map(str, places[values.argmax(axis=0)]))
        largest = format_number(float(values.max()))
        return f"{label}, responses up to {largest}; largest in turn at match {winners}."

    def describe_marks(self, comparison: Any) -> str:
        """Say which trial is drawn."""
        return "Heat maps: the first trial."
