"""A variable of a study against one of its dimensions, with its interval over seeds."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from scipy import special

from bioann.reporting import style
from bioann.reporting.figures.curve_figure import list_values
from bioann.reporting.figures.panels import PanelFigure

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes

_MARKS, _DASHES = "osD^v<>P", ("-", "--", "-.", ":")
#: Longest label of a row, in characters: a third of the width of a page.
_LONGEST_ROW_LABEL = 32
_MODEL_COLOURS = {"spiking model": style.SPIKING_COLOUR, "rate model": style.RATE_COLOUR}
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
        Dimension on the horizontal axis. One whose labels are texts stands on the vertical axis,
        a row for each label, with points instead of curves; `xlabel` and `ylabel` are those of the
        dimension and of the values all the same.
    by : str, optional
        Dimension with a curve, or a point in each row, for each label.
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
        return "Mean over seeds; band or bars: 95 % CI of the mean (Student's t)." * is_random

    def compute_values(self, result: Any) -> xr.DataArray:
        """Return what is drawn, over `along` and perhaps `by` and ``seed``."""
        data = result.dataset
        values = data[self.values] if isinstance(self.values, str) else self.values(data)
        values = values.sel(dict(self.where)) * self.scale
        return values.mean([dim for dim in result.study.shared if dim in values.dims])

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw the curves and the reference lines."""
        values, texts = self.compute_values(comparison), []
        if self._has_rows(comparison):
            return self._draw_rows(panel, values)
        x = values[self.along].values
        for k, (name, curve, colour) in enumerate(self._list_curves(values)):
            # Lines of a closed form show the course between the points.
            line = "" if self.references else _DASHES[k % len(_DASHES)]
            look = f"{_MARKS[k % len(_MARKS)]}{line}"
            y = _draw_curve(panel, x, curve, look, colour, style.format_label(name) or None)
            texts.append(f"{name}: {list_values(y)}".removeprefix(": "))
        settings = comparison.study.settings
        arguments = () if settings is None else (settings,)
        lines = self.references(*arguments) if self.references else {}
        for k, (name, (x_line, y_line)) in enumerate(lines.items()):
            y_scaled = np.asarray(y_line) * self.scale
            look = _DASHES[(k + 1) % len(_DASHES)]
            panel.plot(x_line, y_scaled, look, color=style.INK, lw=0.9, label=name)
            texts.append(f"{name}: {list_values(y_scaled)}")
        self.label_axes(panel)
        return self.describe_axes(texts)

    def _has_rows(self, result: Any) -> bool:
        return any(isinstance(label, str) for label in result.study.coordinates[self.along])

    def _list_curves(self, values: xr.DataArray) -> list[tuple[str, xr.DataArray, Any]]:
        """Return name, values and colour for each label of `by`."""
        labels = values[self.by].values.tolist() if self.by else [""]
        import matplotlib as mpl

        colours = mpl.colormaps["plasma"](np.linspace(0, 0.72, max(len(labels), 2)))
        return [
            (
                label if isinstance(label, str) else f"{self.by} {label:g}",
                values.sel({self.by: label}) if self.by else values,
                _MODEL_COLOURS.get(label, colour),
            )
            for label, colour in zip(labels, colours[: len(labels)], strict=True)
        ]

    def _draw_rows(self, panel: Axes, values: xr.DataArray) -> str:
        """Draw a row of points with bars for each label of `along`."""
        names, texts, curves = values[self.along].values, [], self._list_curves(values)
        rows = np.arange(len(names))
        for k, (name, curve, colour) in enumerate(curves):
            mean, reach = _summarise_seeds(curve)
            y = rows + 0.5 * (k - (len(curves) - 1) / 2) / max(len(curves), 2)
            label, mark = style.format_label(name) or None, _MARKS[k % len(_MARKS)]
            panel.errorbar(mean, y, xerr=reach, fmt=mark, color=colour, ms=4, lw=1, label=label)
            texts.append(f"{name}: {list_values(mean)}".removeprefix(": "))
        xlabel, ylabel = self.axis_labels
        panel.set_xlabel(ylabel, loc="right")  # the labels of rows leave little room beside it
        panel.set_yticks(rows, [style.shorten_label(name, _LONGEST_ROW_LABEL) for name in names])
        panel.set_ylim(len(names) - 0.5, -0.5)
        panel.set_xlim(*self.ylim or ())
        if panel.get_xlim()[0] < 0 < panel.get_xlim()[1]:
            panel.axvline(0, color=style.INK, lw=0.6)
        for x in self.y_lines:
            panel.axvline(x, color=style.INK, lw=0.6, ls=":")
        return self.describe_axes([f"{xlabel}: {', '.join(map(str, names))}", *texts])


def _summarise_seeds(values: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean over seeds, and the half width of its interval."""
    mean = np.asarray((values.mean("seed") if "seed" in values.dims else values).values)
    if (n := values.sizes.get("seed", 1)) < 2:
        return mean, np.zeros_like(mean)
    t = float(special.stdtrit(n - 1, (1 + BAND_LEVEL) / 2))
    return mean, t * values.std("seed", ddof=1).values / np.sqrt(n)


def _draw_curve(
    panel: Axes, x: np.ndarray, curve: xr.DataArray, look: str, colour: Any, label: str | None
) -> np.ndarray:
    """Draw a curve with the band of its mean over seeds; return the mean."""
    mean, reach = _summarise_seeds(curve)
    if curve.sizes.get("seed", 1) > 1:
        if look[1:]:
            panel.fill_between(x, mean - reach, mean + reach, color=colour, alpha=0.2, lw=0)
        else:
            panel.errorbar(x, mean, reach, fmt="none", color=colour, lw=1)
    panel.plot(x, mean, look, color=colour, ms=4, lw=1.2, label=label)
    return mean
