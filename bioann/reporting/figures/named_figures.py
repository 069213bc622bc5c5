"""The figures of a report by name: those of every comparison, and those that a pair defines."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.user_code import name_user_errors
from bioann.claims.judged_run import JudgedRun
from bioann.comparison.deciding_scores import select_deciding_scores
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.figures.circuit import draw_circuits
from bioann.reporting.figures.parameter_curves import arrange_parameter_curves
from bioann.reporting.figures.parameter_grid import draw_parameter_grid
from bioann.reporting.figures.responses import draw_responses
from bioann.reporting.figures.scores import draw_scores
from bioann.reporting.figures.stimulus import draw_stimulus
from bioann.reporting.figures.tuning import draw_tuning
from bioann.reporting.figures.weights import draw_weights, select_comparable_weights
from bioann.reporting.style import Drawing as Drawing, house_style  # also a public name
from bioann.studies.result import StudyResult

#: Names that figures of every report have, and no figure of a pair.
REPORT_FIGURES = frozenset(
    (
        *("tuning", "responses", "agreement", "scores", "circuits", "stimulus", "weights"),
        "parameter_grid",
    )
)


def name_pair_figures(pair: Any) -> dict[str, Callable[[Any], Drawing]]:
    """Name the figures of a pair or study after their classes or functions.

    Parameters
    ----------
    pair : Pair
        Read: ``figures``, such as ``ba.figures.ResponseCurves("light")``.

    Returns
    -------
    dict of str to callable
        Figures by names such as ``response_curves`` and ``response_curves_2``, in their order.
    """
    figures: dict[str, Callable[[Any], Drawing]] = {}
    for draw in pair.figures:
        title = draw.__name__ if hasattr(draw, "__name__") else type(draw).__name__
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", title).lower()
        name = re.sub(r"\W", "", name, flags=re.ASCII).strip("_") or "figure"
        name = name if name[0].isalpha() and name not in REPORT_FIGURES else f"own_{name}"
        n_alike = sum(re.sub(r"_\d+$", "", other) == name for other in figures)
        figures[f"{name}_{n_alike + 1}" if n_alike else name] = draw
    return figures


def draw_user_figure(
    draw: Callable[[Any], Drawing], comparison: JudgedRun, obj: str = ""
) -> Drawing:
    """Draw a figure that a pair or a user defines; an error of its code names whose it is.

    Parameters
    ----------
    draw : callable
        ``draw(comparison)`` returns a `Drawing`.
    comparison : Comparison or StudyResult
        What the figure shows.
    obj : str, optional
        What the figure belongs to, for errors; the pair by default.

    Raises
    ------
    UserCodeError
        If the figure raises an exception.
    DescriptionError
        If it returns something else.
    """
    obj = obj or f"{comparison.subject.title()}, figures"
    with house_style(), name_user_errors(obj, "figures that are drawn"):
        drawing = draw(comparison)
    if not isinstance(drawing, Drawing):
        remedy = "Return bioann.figures.Drawing(figure, alt, caption)."
        got = f"{type(drawing).__name__} from {draw!r}"
        raise DescriptionError(obj, "functions that return a drawing", got, remedy)
    return drawing


@functools.singledispatch
def list_figures(comparison: Any) -> dict[str, Callable[[], Drawing]]:
    """List the figures of a comparison by name; each is drawn when it is called.

    Parameters
    ----------
    comparison : Comparison
        The result of `bioann.compare`.

    Returns
    -------
    dict of str to callable
        The pair's own figures first, unless its controls were not run. There is ``weights`` with
        measured effective weights only, ``scores`` if two of those that decide have a chance level
        and a noise ceiling, and ``parameter_grid`` if a parameter was varied.
    """
    pair = comparison.pair
    figures: dict[str, Callable[[], Drawing]] = {}
    if all(name in comparison.run.children for name in pair.controls):
        for name, draw in name_pair_figures(pair).items():
            figures[name] = functools.partial(draw_user_figure, draw, comparison)
    figures |= {
        "tuning": lambda: draw_tuning(comparison),
        "responses": lambda: draw_responses(comparison),
        "agreement": lambda: draw_agreement(comparison),
        "circuits": lambda: draw_circuits(pair.bio, pair.ann),
        "stimulus": lambda: draw_stimulus(comparison.responses),
    }
    deciding = select_deciding_scores(comparison)
    if (scores_drawing := draw_scores(comparison, deciding)) is not None:
        figures["scores"] = lambda: dataclasses.replace(scores_drawing, data=deciding)
    if (curves := arrange_parameter_curves(comparison)) is not None:
        figures["parameter_grid"] = lambda: draw_parameter_grid(curves)
    if len(select_comparable_weights(comparison.effective_weights)):
        figures["weights"] = lambda: draw_weights(comparison)
    return figures


@list_figures.register(StudyResult)
def list_study_figures(result: StudyResult) -> dict[str, Callable[[], Drawing]]:
    """List the figures of a study by name; each is drawn when it is called."""
    return {
        name: functools.partial(draw_user_figure, draw, result)
        for name, draw in name_pair_figures(result.study).items()
    }


@name_argument_errors
def draw_figure(comparison: JudgedRun, name: str) -> Figure:
    """Draw a figure of a report as a Matplotlib figure.

    Parameters
    ----------
    comparison : Comparison or StudyResult
        The result of `bioann.compare` or `bioann.run_study`.
    name : str
        One of `list_figures`: ``tuning``, ``responses``, ``agreement``, ``circuits``,
        ``stimulus``, perhaps ``scores``, ``weights`` or ``parameter_grid``, or a figure of the pair
        such as ``response_curves``.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, which is not known to pyplot.

    Raises
    ------
    UnknownNameError
        If the comparison has no figure of that name; lists the names.
    UserCodeError
        If a figure of the pair raises an exception.
    """
    figures = list_figures(comparison)
    if name not in figures:
        raise unknown_name_error(f"{comparison.subject.title()}, figure", "figure", name, figures)
    return figures[name]().figure
