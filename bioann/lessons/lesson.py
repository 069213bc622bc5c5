"""The description of a lesson: its question, its sliders, what to look for and what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bioann.base.errors import DescriptionError
from bioann.base.text import check_identifier, join_names
from bioann.lessons.axis import LessonAxis
from bioann.lessons.effects import Effect
from bioann.pair import Pair

#: The value of each axis of a lesson, by its name, in its unit.
Position = Mapping[str, float]
N_SLIDERS = 2


@dataclass(frozen=True)
class Prediction:
    """An answer that a learner can choose before the sliders move.

    Parameters
    ----------
    text : str
        The answer.
    is_right : bool
        Whether the simulated responses agree with it.
    reply : str
        What a learner who chose it reads at the end.
    """

    text: str
    is_right: bool
    reply: str


@dataclass(frozen=True)
class AtlasVerdict:
    """A claim of the atlas that backs a lesson.

    Parameters
    ----------
    claim : str
        Its id among the claims of the pair, as in ``reports/verdicts.csv``.
    verdict : str
        Its verdict there.
    """

    claim: str
    verdict: str


@dataclass(frozen=True)
class Lesson:
    """A lesson: texts, and what both models of a pair are run for.

    Parameters
    ----------
    name, title, question : str
        Name of its files, heading, and the question that it answers.
    pair : str
        Name of the pair.
    introduction : str
        The circuit and its rate model in two or three sentences.
    predictions : tuple of Prediction
        Two or three answers, one of them right.
    axes : tuple of LessonAxis
        Two sliders and, if none of them is it, the horizontal axis of the figure.
    horizontal : str
        Name of the axis that is horizontal in the figure.
    curves : tuple of str
        Labels of the responses, one or two.
    response, unit : str
        Label and unit of the vertical axis.
    effect : Effect
        What the connection does.
    choose_levels : callable
        ``choose_levels(position)`` returns the activation of each channel.
    describe_connection : callable
        ``describe_connection(pair, position)`` returns two texts: the connection in the spiking
        and in the rate model.
    steps : tuple of str
        What to look for: three things to do.
    meaning : tuple of str
        Paragraphs that a button reveals.
    evidence : tuple of AtlasVerdict
        Claims of the pair that back the meaning.
    matches : tuple of str
        Names of the matches of the pair, one for each curve.
    change_pair : callable, optional
        ``change_pair(pair, position)`` returns the pair with the parameters of a position.
    name_matches : callable, optional
        ``name_matches(position)`` returns the matches instead, where they depend on the position.
    reference_levels : callable, optional
        ``reference_levels(position)`` returns the activations whose response is subtracted.
    duration_ms : float, optional
        Length of a condition; that of the pair's stimulus unless given.
    trials : int, optional
        Repetitions of the spiking model; the number that the pair states unless given.

    Raises
    ------
    DescriptionError
        If there are not two sliders, or the horizontal axis is none of the axes.
    """

    name: str
    title: str
    question: str
    pair: str
    introduction: str
    predictions: tuple[Prediction, ...]
    axes: tuple[LessonAxis, ...]
    horizontal: str
    curves: tuple[str, ...]
    response: str
    unit: str
    effect: Effect
    choose_levels: Callable[[Position], Mapping[str, float]]
    describe_connection: Callable[[Pair, Position], tuple[str, str]]
    steps: tuple[str, str, str]
    meaning: tuple[str, ...]
    evidence: tuple[AtlasVerdict, ...]
    matches: tuple[str, ...] = ()
    change_pair: Callable[[Pair, Position], Pair] | None = None
    name_matches: Callable[[Position], tuple[str, ...]] | None = None
    reference_levels: Callable[[Position], Mapping[str, float]] | None = None
    duration_ms: float | None = None
    trials: int | None = None

    def __post_init__(self) -> None:
        check_identifier(self.name, "Lesson, name")
        obj, names = f"Lesson {self.name!r}", [axis.name for axis in self.axes]
        if len(self.sliders) != N_SLIDERS:
            remedy = "Make the others the horizontal axis: is_slider=False."
            got = join_names([axis.name for axis in self.sliders]) or "none"
            raise DescriptionError(f"{obj}, axes", f"{N_SLIDERS} sliders", got, remedy)
        if self.horizontal not in names or set(names) - {a.name for a in self.sliders} - {
            self.horizontal
        }:
            expected = f"one of {join_names(names)}, the one without a slider if there is one"
            remedy = "Name the axis that the figure shows from left to right."
            raise DescriptionError(f"{obj}, horizontal", expected, repr(self.horizontal), remedy)
        if sum(prediction.is_right for prediction in self.predictions) != 1:
            n = sum(prediction.is_right for prediction in self.predictions)
            expected, remedy = "one prediction that is right", "Set is_right for one of them."
            raise DescriptionError(f"{obj}, predictions", expected, str(n), remedy)

    @property
    def sliders(self) -> tuple[LessonAxis, ...]:
        """The two axes that sliders set."""
        return tuple(axis for axis in self.axes if axis.is_slider)

    @property
    def horizontal_axis(self) -> LessonAxis:
        """The axis that is horizontal in the figure."""
        return next(axis for axis in self.axes if axis.name == self.horizontal)

    def get_matches(self, position: Position) -> tuple[str, ...]:
        """Return the match of each curve at a position."""
        return self.matches if self.name_matches is None else self.name_matches(position)
