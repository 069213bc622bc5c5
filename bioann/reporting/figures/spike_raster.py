"""The spikes of one trial, as a panel above other panels."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.base.text import join_names
from bioann.metrics.selection import conditions_at
from bioann.reporting.figures.panels import PanelFigure
from bioann.reporting.figures.responses import MAX_NEURONS, draw_raster
from bioann.reporting.figures.summaries import average_over_window

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SpikeRaster(PanelFigure):
    """Spikes of the spiking model in its first trial, a band for each population.

    Parameters
    ----------
    where : mapping of str to float
        Levels of the condition that is drawn, the first that has them.
    """

    where: Mapping[str, float]

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw the spikes."""
        _, stimulus = average_over_window(comparison)
        draw_raster(panel, comparison, int(np.flatnonzero(conditions_at(stimulus, self.where))[0]))
        for spikes in panel.patches:
            spikes.set_label("_")  # the names of the populations stand at the axis
        panel.set_xlabel(self.xlabel)
        names = [str(name) for name in comparison.run["bio"]["unit"].values]
        return f"Spikes of single neurons over time, populations {join_names(names)}."

    def describe_marks(self, comparison: Any) -> str:
        """Describe which spikes are shown."""
        return (
            f"Spikes of at most {MAX_NEURONS} neurons of a population, one trial (green excites, "
            "purple inhibits its targets)."
        )
