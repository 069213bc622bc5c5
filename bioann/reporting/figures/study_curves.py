"""Curves of a study: a variable against one of its dimensions, with its interval over seeds."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from scipy import special

from bioann.reporting import style
from bioann.reporting.figures.curve_figure import list_values
from bioann.reporting.figures.panels import PanelFigure

_MARKS, _DASHES = "osD^v<>P", ("-", "--", "-.", ":")
#: Confidence level of the bands.
BAND_LEVEL = 0.95


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class StudyCurves(PanelFigure):
    """A variable of a study against one of its dimensions, a curve for each label of another.

    Parameters
    ----------
    values : str or callable
        Name of a variable, or ``values(data)`` that returns an array over `along`, perhaps `by`
        and ``seed``. Shared samples are averaged.
    along : str
        Dimension on the horizontal axis; texts as labels stand at equal distances.
    by : str, optional
        Dimension with a curve for each label.
    where : mapping of str to str or float, optional
        Labels of other dimensions at which the variable is drawn.
    references : callable, optional
        ``references(settings)`` returns lines by name, each as ``(x, y)``, such as a closed form.
    scale : float, optional
        Factor of all values, such as 100 for per cent.
    """

    values: str | Callable[[xr.Dataset], xr.DataArray]
    along: str
    by: str = ""
    where: Mapping[str, str | float] = dataclasses.field(default_factory=dict)
    references: Callable[..., Mapping[str, tuple[Any, Any]]] | None = None
    scale: float = 1.0

    def name_axes(self) -> tuple[str, str]:
        """Return the names of dimension and variable."""
        return self.along, self.values if isinstance(self.values, str) else ""

    def describe_marks(self, comparison: Any) -> str:
        """Explain the bands."""
        is_random = "seed" in self.compute_values(comparison).dims
        kind = "bars" if self.references else "band"
        return f"Mean over seeds; {kind}: 95 % CI of the mean (Student's t)." * is_random

    def compute_values(self, result: Any) -> xr.DataArray:
        """Return what is drawn, over `along` and perhaps `by` and ``seed``."""
        data = result.dataset
        values = data[self.values] if isinstance(self.values, str) else self.values(data)
        values = values.sel(dict(self.where)) * self.scale
        return values.mean([dim for dim in result.study.shared if dim in values.dims])

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw the curves and the reference lines."""
        values, texts = self.compute_values(comparison), []
        labels = values[self.by].values.tolist() if self.by else [""]
        is_text = values[self.along].dtype.kind in "OUT"
        x = np.arange(values.sizes[self.along]) if is_text else values[self.along].values
        colours = mpl.colormaps["plasma"](np.linspace(0, 0.72, max(len(labels), 2)))
        for k, label in enumerate(labels):
            curve = values.sel({self.by: label}) if self.by else values
            name = label if isinstance(label, str) else f"{self.by} {label:g}"
            # Lines of a closed form show the course between the points.
            line = "" if self.references else _DASHES[k % len(_DASHES)]
            look = f"{_MARKS[k % len(_MARKS)]}{line}"
            y = _draw_curve(panel, x, curve, look, colours[k], style.format_label(name) or None)
            texts.append(f"{name}: {list_values(y)}".removeprefix(": "))
        settings = comparison.study.settings
        arguments = () if settings is None else (settings,)
        lines = self.references(*arguments) if self.references else {}
        for k, (name, (x_line, y_line)) in enumerate(lines.items()):
            y_scaled = np.asarray(y_line) * self.scale
            look = _DASHES[(k + 1) % len(_DASHES)]
            panel.plot(x_line, y_scaled, look, color=style.INK, lw=0.9, label=name)
            texts.append(f"{name}: {list_values(y_scaled)}")
        if is_text:
            panel.set_xticks(x, [style.shorten_label(name) for name in values[self.along].values])
        self.label_axes(panel)
        return self.describe_axes(texts)


def _draw_curve(
    panel: Axes, x: np.ndarray, curve: xr.DataArray, look: str, colour: Any, label: str | None
) -> np.ndarray:
    """Draw a curve with the band of its mean over seeds; return the mean."""
    mean = np.asarray((curve.mean("seed") if "seed" in curve.dims else curve).values)
    if (n := curve.sizes.get("seed", 1)) > 1:
        t = float(special.stdtrit(n - 1, (1 + BAND_LEVEL) / 2))
        reach = t * curve.std("seed", ddof=1).values / np.sqrt(n)
        if look[1:]:
            panel.fill_between(x, mean - reach, mean + reach, color=colour, alpha=0.2, lw=0)
        else:
            panel.errorbar(x, mean, reach, fmt="none", color=colour, lw=1)
    panel.plot(x, mean, look, color=colour, ms=4, lw=1.2, label=label)
    return mean
