"""The figure of a lesson for a notebook: the responses at one position of its sliders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import escape
from matplotlib.figure import Figure

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import format_interval, format_number, format_setting, join_names
from bioann.lessons.lesson import Lesson
from bioann.lessons.responses import LessonResponses
from bioann.reporting.style import RATE_COLOUR, SPIKING_COLOUR, make_subplots
from bioann.reporting.svg import to_svg

LINE_STYLES = ("-", "--")


@dataclass(frozen=True, eq=False)
class LessonFigure:
    """A figure of a lesson that a notebook shows with the numbers at its position.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The drawn figure.
    text : str
        The numbers, in sentences.
    """

    figure: Figure
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"{to_svg(self.figure, 'lesson')}<p>{escape(self.text)}</p>"


def draw_responses(responses: LessonResponses, position: Mapping[str, float]) -> LessonFigure:
    """Draw the responses of both models at one position of the sliders.

    Parameters
    ----------
    responses : LessonResponses
        From `bioann.lessons.compute_responses`.
    position : mapping of str to float
        The value of each axis of the lesson, one of those that were run.

    Returns
    -------
    LessonFigure
        The figure, with the numbers at the position.

    Raises
    ------
    UnknownNameError
        If the lesson has no axis of a name.
    DescriptionError
        If an axis has no value, or one that was not run.
    """
    lesson = responses.lesson
    check_position(lesson, position)
    others = {name: value for name, value in position.items() if name != lesson.horizontal}
    figure, panel = make_subplots(height=3.2)
    estimates = responses.estimate_responses().sel(others)
    for curve, style in zip(lesson.curves, LINE_STYLES, strict=False):
        of_curve = estimates.sel(curve=curve).transpose("estimate", lesson.horizontal)
        value, low, high = of_curve.values
        x, suffix = lesson.horizontal_axis.values, f", {curve}" if len(lesson.curves) > 1 else ""
        panel.fill_between(x, low, high, color=SPIKING_COLOUR, alpha=0.2, lw=0)
        look = {"color": SPIKING_COLOUR, "marker": "o", "mfc": "white", "ls": style}
        panel.plot(x, value, label=f"spiking model{suffix}", **look)
        rate = responses.ann.sel(others).sel(curve=curve).values
        panel.plot(x, rate, color=RATE_COLOUR, lw=2.5, ls=style, label=f"rate model{suffix}")
    panel.axvline(position[lesson.horizontal], color="0.3", ls=":")
    panel.set(xlabel=lesson.horizontal_axis.title, ylabel=f"{lesson.response} [{lesson.unit}]")
    panel.legend()
    return LessonFigure(figure, describe_position(responses, position))


def check_position(lesson: Lesson, position: Mapping[str, float]) -> None:
    """Raise the error of a position that was not run."""
    axes = {axis.name: axis for axis in lesson.axes}
    obj = f"position in lesson {lesson.name!r}"
    for name in position:
        if name not in axes:
            raise unknown_name_error(obj, "axis", name, axes)
    for name, axis in axes.items():
        if position.get(name) not in axis.values:
            raise DescriptionError(
                f"{obj}, {name}",
                f"one of the values that were run: {join_names(axis.values, limit=25)}",
                format_setting(position[name]) if name in position else "none",
                "Choose one of them.",
            )


def describe_position(responses: LessonResponses, position: Mapping[str, float]) -> str:
    """Return the responses of both models and the effect at a position, as sentences."""
    lesson, at = responses.lesson, dict(position)
    sentences = []
    for curve in lesson.curves:
        name = lesson.response if len(lesson.curves) == 1 else curve
        bio = format_interval(*responses.estimate_responses().sel(at).sel(curve=curve).values)
        ann = format_number(float(responses.ann.sel(at).sel(curve=curve)))
        sentences.append(f"{name} [{lesson.unit}]: spiking model {bio}, rate model {ann}")
    effect = lesson.effect
    bio = format_interval(*responses.estimate_effect().sel(at).values)
    ann = format_number(float(responses.compute_rate_effect().sel(at)))
    sentences.append(f"{effect.label} [{effect.unit}]: spiking model {bio}, rate model {ann}")
    return ". ".join(sentences) + "."
