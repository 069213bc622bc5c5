"""Curves that a pair computes itself: training curves, predictions of theory, trained networks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from bioann.metrics.difference import ResponseFunction
from bioann.metrics.parametric import list_measure_options
from bioann.reporting import style
from bioann.reporting.figures.curve_figure import list_values
from bioann.reporting.figures.panels import PanelFigure
from bioann.reporting.figures.summaries import average_over_window, average_trials

#: Curves by label, each as ``(x, y)``.
Curves: TypeAlias = Mapping[str, tuple[Any, Any]]
if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes

_LINES, _MARKS = ("-", "--", ":", "-."), ("o", "s", "^", "D")
#: Width over which the points at one position are spread, and distance of the curves there.
_SPREAD, _DISTANCE = 0.24, 0.34


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ComputedCurves(PanelFigure):
    """Curves of one model that a function of the pair computes.

    Parameters
    ----------
    compute : callable
        ``compute(comparison)`` returns the curves by label, each as ``(x, y)``.
    model : str, optional
        Whose they are, for the colour; the first curve is solid.
    responses : tuple of str, optional
        Models whose responses `compute` gets instead of the comparison, like a metric of time
        courses: means over trials, ``(condition, time, match)``, and last the mean of each channel
        in the read-out window.
    """

    compute: Callable[..., Curves]
    model: str = "ann"
    responses: tuple[str, ...] = ()

    def compute_curves(self, comparison: Any) -> Curves:
        """Compute what is drawn."""
        if not self.responses:
            return self.compute(comparison)
        responses = [average_trials(comparison.responses[model]) for model in self.responses]
        return self.compute(*responses, average_over_window(comparison)[1])

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw the curves."""
        return _draw_curves(self, panel, self.compute_curves(comparison), comparison)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class MeasureCurves(PanelFigure):
    """A measure of one model at several levels, such as those that `CrossingLevel` compares.

    Parameters
    ----------
    functions : mapping of str to mapping of float to callable
        For each curve by label, and for each level, ``function(response, stimulus)`` of the
        responses, averaged over trials: steady ones, or time courses if the function declares that
        it is of these, as `bioann.metrics.ResponseBetween` does.
    model : str, optional
        Whose responses are measured: ``"bio"``, ``"ann"`` or the name of a control.
    y_scale : float, optional
        Size of a value of 1 in the unit of the vertical axis.
    theory : mapping of str to tuple, optional
        Curves that are expected, by label, each as ``(x, y)`` in the units of the axes.
    """

    functions: Mapping[str, Mapping[float, ResponseFunction]]
    model: str = "bio"
    y_scale: float = 1.0
    theory: Mapping[str, tuple[Any, Any]] = dataclasses.field(default_factory=dict)

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw what is measured at each level, and what is expected."""
        steady, stimulus = average_over_window(comparison)
        responses = {"window": steady[self.model], "time": comparison.responses[self.model]}
        means = {over: average_trials(response) for over, response in responses.items()}

        def evaluate(function: ResponseFunction) -> float:
            over = list_measure_options(function).get("over", "window")
            return float(function(means[over], stimulus)) * self.y_scale

        curves: dict[str, tuple[Any, Any]] = {
            label: (list(levels), [evaluate(function) for function in levels.values()])
            for label, levels in self.functions.items()
        }
        return _draw_curves(self, panel, {**curves, **self.theory}, comparison)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ComputedPoints(PanelFigure):
    """Points that a function of the pair computes, one for each network or seed.

    The points at one position are sorted and drawn beside each other.

    Parameters
    ----------
    compute : callable
        ``compute(comparison)`` returns, by label, the values at each whole-numbered position.
    model : str, optional
        Whose they are, for the colour; the marks of the first label are filled.
    """

    compute: Callable[[Any], Mapping[str, Mapping[int, Any]]]
    model: str = "ann"

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw the points."""
        colour, texts = style.choose_model_colour(self.model, list(comparison.pair.controls)), []
        points = self.compute(comparison)
        for k, (label, values) in enumerate(points.items()):
            offset = _DISTANCE * (k - (len(points) - 1) / 2)
            x = [
                position + offset + np.linspace(-_SPREAD / 2, _SPREAD / 2, len(y))
                for position, y in values.items()
            ]
            y = np.concatenate([np.sort(y) for y in values.values()])
            look: style.ArtistKwargs = {"marker": _MARKS[k % 4], "ms": 3, "color": colour}
            look["mfc"] = colour if k == 0 else "none"
            panel.plot(np.concatenate(x), y, ls="", **look, label=label or None)
            texts.append(f"{label}: {list_values(y)}".removeprefix(": "))
        self.label_axes(panel)
        from matplotlib.ticker import MaxNLocator

        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        return self.describe_axes(texts)


def _draw_curves(
    figure: ComputedCurves | MeasureCurves,
    panel: Axes,
    curves: Curves,
    comparison: Any,
) -> str:
    """Draw the curves of a model, which differ by their dashes, and describe them."""
    colour, texts = style.choose_model_colour(figure.model, list(comparison.pair.controls)), []
    for k, (label, (x, y)) in enumerate(curves.items()):
        panel.plot(x, y, color=colour, ls=_LINES[k % 4], lw=1.2, label=label or None)
        texts.append(f"{label}: {list_values(np.asarray(y))}".removeprefix(": "))
    figure.label_axes(panel)
    return figure.describe_axes(texts)
