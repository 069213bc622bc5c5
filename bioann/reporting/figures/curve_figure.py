"""The base of figures with curves: a colour for each model, or for each curve of a family."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from bioann.base.text import format_number
from bioann.reporting import style
from bioann.reporting.figures.panels import PanelFigure

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes

#: More points than this are joined without a mark for each.
_MANY_POINTS = 40
#: Of a model: its look where it has a colour of its own, and in a family of coloured curves.
_LOOKS = {"bio": ("o-", "o"), "ann": ("s--", "-")}
_MARKS = "osD^v+x"
#: Dashes of lines and filling of marks by curve of a family, beside its colour.
_DASHES: tuple[Any, ...] = ((0, ()), (0, (5, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))
_FILLS: tuple[Any, ...] = ("full", "none", "left", "bottom")
_CONTROL_LOOKS = (("^:", "^:"), ("D-.", "x"), ("v:", "+"))


@dataclasses.dataclass(frozen=True)
class Curve:
    """One curve: its values over a single dimension, perhaps beside ``trial``.

    Parameters
    ----------
    values : xarray.DataArray
        Responses; the coordinate of the dimension is what is on the horizontal axis.
    model : str
        Whose it is, as in a run: ``bio``, ``ann`` or the name of a control.
    model_label : str
        What the legend calls the model.
    label : str, optional
        What the legend calls the curve in a family; curves of several models may share it.
    """

    values: xr.DataArray
    model: str
    model_label: str
    label: str = ""


@dataclasses.dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class CurveFigure(PanelFigure):
    """A figure of curves; subclasses compute them.

    A single curve of each model has the colour of the model. In a family the colours are those of
    the curves, dark to light, each with its own dashes and filling of marks; circles are the
    spiking model, lines the rate model.

    Parameters
    ----------
    x_scale, y_scale : float, optional
        Size of the input and of the response at 1, in the units of the axes.
    """

    x_scale: float = 1.0
    y_scale: float = 1.0

    @abc.abstractmethod
    def compute_curves(self, comparison: Any) -> Iterable[Curve]:
        """Compute what is drawn."""

    def describe_marks(self, comparison: Any) -> str:
        """Explain the bands."""
        has_trials = comparison.responses.sizes["trial"] > 1
        return "Band: smallest to largest of the trials." if has_trials else ""

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw curves, bands and reference lines."""
        curves = list(self.compute_curves(comparison))
        families = list(dict.fromkeys(curve.label for curve in curves if curve.label))
        family_models = {curve.model: curve.model_label for curve in curves if curve.label}
        looks = choose_model_looks({curve.model for curve in curves}, comparison)
        import matplotlib as mpl

        colours = mpl.colormaps["plasma"](np.linspace(0, 0.72, max(len(families), 2)))
        texts, named = [], set()
        for curve in curves:
            own_colour, single_look, family_look = looks[curve.model]
            family_look = family_look if len(family_models) > 1 else "o-"
            label, look, colour, k = curve.model_label, single_look, own_colour, 0
            if families and curve.label:
                k = families.index(curve.label)
                label, look, colour = curve.label, family_look, colours[k]
            elif families:
                look, colour = "-", style.INK
            shape: style.ArtistKwargs = {"color": colour, "fillstyle": _FILLS[k % len(_FILLS)]}
            if look.endswith("-") and k:
                shape["dashes"] = _DASHES[k % len(_DASHES)]
            y = self._draw_curve(panel, curve.values, look, shape, "" if label in named else label)
            named.add(label)
            name = " ".join(filter(None, (curve.label, curve.model_label)))
            texts.append(f"{name}: {list_values(y)}")
        for model, label in family_models.items() if len(family_models) > 1 else ():
            panel.plot([], [], looks[model][2], color=style.INK, ms=4, lw=1, label=label)
        self.label_axes(panel)
        if self.log_x and len(x := self._place_levels(curves[0].values)) < _MANY_POINTS:
            panel.set_xticks(x, [f"{level:g}" for level in _levels_of(curves[0].values)])
            panel.minorticks_off()
        return self.describe_axes(texts)

    def _place_levels(self, values: xr.DataArray) -> np.ndarray:
        """Return where the levels of a curve are on the horizontal axis."""
        x = _levels_of(values) * self.x_scale
        if self.log_x and len(x) > 1 and x[0] == 0:
            return np.r_[x[1] / 2, x[1:]]  # zero has no place on a logarithmic axis
        return x

    def _draw_curve(
        self,
        panel: Axes,
        values: xr.DataArray,
        look: str,
        shape: style.ArtistKwargs,
        label: str,
    ) -> np.ndarray:
        """Draw one curve, with a band if it has trials; return the values of its line."""
        x = self._place_levels(values)
        scaled = values * self.y_scale
        mean = scaled.mean("trial") if "trial" in scaled.dims else scaled
        if scaled.sizes.get("trial", 1) > 1:
            low, high = scaled.min("trial"), scaled.max("trial")
            panel.fill_between(x, low, high, color=shape["color"], alpha=0.2, lw=0)
        if (len(x) > _MANY_POINTS or "time" in values.dims) and look.strip(_MARKS):
            look = look.strip(_MARKS)
        name = style.format_label(label) if label else None
        dashes = shape.pop("dashes", None)
        (line,) = panel.plot(x, mean, look, **shape, ms=4, lw=1.2, label=name)
        if dashes is not None:
            line.set_linestyle(dashes)  # the format of `plot` knows four patterns only
        return np.asarray(mean.values)


def _levels_of(values: xr.DataArray) -> np.ndarray:
    (along,) = (dim for dim in values.dims if dim != "trial")
    return np.asarray(values[along].values)


def choose_model_looks(models: Iterable[str], comparison: Any) -> dict[str, tuple[str, str, str]]:
    """Choose colour, look alone and look in a family for each model, the same in all figures."""
    controls = list(comparison.pair.controls)
    looks = {}
    for model in models:
        k = controls.index(model) if model in controls else 0
        single, family = _LOOKS.get(model, _CONTROL_LOOKS[k % len(_CONTROL_LOOKS)])
        looks[model] = (style.choose_model_colour(model, controls), single, family)
    return looks


def list_values(values: np.ndarray) -> str:
    """List few values; of many the first, the last and the extremes."""
    if len(values) <= 9:
        return ", ".join(map(format_number, values + 0.0))  # no negative zero
    finite = values[np.isfinite(values)]
    if not finite.size:
        return "no value"
    numbers = map(format_number, (finite[0], finite[-1], finite.min(), finite.max()))
    return "{} to {}, between {} and {}".format(*numbers)
