"""The response of the spiking model over two inputs, and where the rate model fails."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from bioann.base.text import format_number
from bioann.metrics.selection import condition_levels
from bioann.reporting import style
from bioann.reporting.figures.panels import PanelFigure
from bioann.reporting.figures.summaries import (
    average_over_window,
    average_trials,
    label_matches,
)

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ResponseMap(PanelFigure):
    """Heat maps over a full grid of two inputs: the spiking model, and the error of the rate model.

    White lines join inputs with equal responses of the rate model.

    Parameters
    ----------
    x, y : str
        Channels, or coordinates of the conditions; each pair of levels comes once.
    match : str, tuple of str or dict of str to str, optional
        The match that is drawn, or several, two panels each; the first of the pair unless given.
    x_scale, y_scale, scale : float, optional
        Size of an input, and of the response, at activation 1.
    unit : str, optional
        Unit of the response.
    is_difference : bool, optional
        Draw only the difference.
    """

    x: str
    y: str
    match: str | Collection[str] = ""
    x_scale: float = 1.0
    y_scale: float = 1.0
    scale: float = 1.0
    unit: str = "activation"
    is_difference: bool = False

    def name_axes(self) -> tuple[str, str]:
        """Return the two inputs."""
        return f"{self.x} [activation]", f"{self.y} [activation]"

    def split(self) -> tuple[PanelFigure, ...]:
        """Return the map of the response and that of the difference."""
        headings = {"spiking model (lines: rate model)": False, "spiking minus rate model": True}
        return tuple(
            dataclasses.replace(
                self,
                match=match,
                heading=f"{label}: {heading}".removeprefix(": "),
                is_difference=is_difference,
            )
            for match, label in label_matches(self.match).items()
            for heading, is_difference in headings.items()
        )

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw one of the maps and its colour bar."""
        steady, stimulus = average_over_window(comparison)
        steady = steady.sel(match=self.match) if self.match else steady.isel(match=0)
        axes = {"x": self.x_scale, "y": self.y_scale}
        levels = {
            axis: ("condition", condition_levels(stimulus, name) * scale)
            for (axis, scale), name in zip(axes.items(), (self.x, self.y), strict=True)
        }

        def arrange(model: str) -> xr.DataArray:
            response = average_trials(steady[model]).reset_coords(drop=True) * self.scale
            grid = response.drop_vars("condition").assign_coords(levels)
            return grid.set_index(condition=("y", "x")).unstack("condition")

        ann, values = arrange("ann"), arrange("bio")
        colours: style.ArtistKwargs = {"cmap": "cividis"}
        if self.is_difference:
            values = values - ann
            limit = float(abs(values).max())
            colours = {"cmap": "PuOr", "vmin": -limit, "vmax": limit}
        else:
            look: style.ArtistKwargs = {"colors": "white", "linewidths": 0.8, "linestyles": "solid"}
            levels_drawn = np.linspace(0, float(ann.max()), 7)[1:-1]
            panel.contour(ann.x, ann.y, ann, levels_drawn, zorder=2, **look)
        mesh = panel.pcolormesh(
            *(values.x, values.y, values), shading="nearest", rasterized=True, **colours
        )
        panel.figure.colorbar(mesh, ax=panel, label=f"response [{self.unit}]")
        self.label_axes(panel)
        points = values.stack(point=("x", "y"))
        extreme = points.isel(point=int(abs(points.values).argmax()))
        xlabel, ylabel = self.axis_labels
        low, high, largest, x, y = (
            format_number(float(v))
            for v in (values.min(), values.max(), extreme, extreme.x, extreme.y)
        )
        return (
            f"{self.heading}, over {xlabel} and {ylabel}: {low} to {high} {self.unit}, "
            f"largest in size {largest} at {x} and {y}."
        )
