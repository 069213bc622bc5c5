"""Measures: functions of a response or of the data of a study, for the rules of claims."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from bioann.base.annotations import is_real_number
from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.text import format_labels, shorten_repr
from bioann.claims.rules.score import Score
from bioann.claims.rules.score_group import ScoreGroup
from bioann.metrics.constant import Constant
from bioann.metrics.metric import Metric, MetricFunction
from bioann.metrics.parametric import list_measure_options

MODEL_LABELS = {"bio": "spiking model", "ann": "rate model"}


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Measure(Description):
    """A metric that does not say yet of which model it is.

    Parameters
    ----------
    metric : Metric
        The metric without models.
    """

    metric: Metric

    def of(self, *models: str, match: str = "", detail: str = "", name: str = "") -> Score:
        """Return the score of one model, or of two, to which the function applies.

        Parameters
        ----------
        *models : str
            ``"bio"`` (the spiking model), ``"ann"`` (the rate model) or names of the pair's
            controls, as many as the function takes responses; none for a number that does not
            depend on the run.
        match : str, optional
            Name of the match; needed if the metric is per match and the pair has several.
        detail : str, optional
            The channel of a metric per channel.
        name : str, optional
            Name of the score in tables; the measure's name and the model's unless given.

        Returns
        -------
        Score
            Compare it with a number to make a rule: ``score >= 0.9``.
        """
        if models and isinstance(self.metric.function, Constant):
            raise DescriptionError(
                f"measure {self.metric.name!r}, of",
                "no model: a number does not depend on the run",
                ", ".join(map(repr, models)),
                "Write measure(number, name).of(), or measure a function of the responses.",
            )
        name = name or self.name_score(*models)
        per = self.metric.per if models else "pair"
        metric = dataclasses.replace(self.metric, name=name, models=models, per=per)
        return Score(metric, match, detail)

    def against(self, model: str, match: str = "") -> Score:
        """Return the score of the spiking model against another model, named as the measure is.

        Parameters
        ----------
        model : str
            ``"ann"`` (the rate model) or the name of a control.
        match : str, optional
            Name of the match, as in `of`.

        Returns
        -------
        Score
            As ``of("bio", model)``, which adds the models to the name.
        """
        return self.of("bio", model, match=match, name=self.metric.name)

    def at(self, **labels: str | float) -> Score:
        """Return the score of a study: the value at some labels.

        Parameters
        ----------
        **labels : str or float
            Label of each dimension that the values of the function keep, as the study declares
            them: ``share.at(layer="first", epoch=40)``; none for a single value.

        Returns
        -------
        Score
            Compare it with a number to make a rule: ``share.at(layer="first") <= 0.5``.
        """
        for name, label in labels.items():
            if not (isinstance(label, str) or is_real_number(label)):
                raise DescriptionError(
                    f"measure {self.metric.name!r}, at, {name}",
                    "a label, text or a number",
                    shorten_repr(label),
                    'Write measure.at(layer="first", epoch=40).',
                )
        return Score(self.metric, detail=format_labels(labels), labels=labels)

    def of_each(
        self, models: str | Iterable[str] = ("bio", "ann"), matches: str | Iterable[str] = ""
    ) -> ScoreGroup:
        """Return the scores of several models, or of several matches, to require the same of each.

        Parameters
        ----------
        models : str or iterable of str, optional
            One or several models, as in `of`; the spiking and the rate model unless given.
        matches : str or iterable of str, optional
            One or several matches; each model is measured at each of them.

        Returns
        -------
        ScoreGroup
            Compare it with a number to make a rule: ``peak.of_each("bio", ("E", "I")) <= 1.0``.
        """
        model_names = (models,) if isinstance(models, str) else tuple(models)
        match_names = (matches,) if isinstance(matches, str) else tuple(matches)
        return ScoreGroup(
            tuple(self.of(model, match=match) for model in model_names for match in match_names)
        )

    def name_score(self, *models: str) -> str:
        """Return the name of the score of some models."""
        labels = [MODEL_LABELS.get(model, model.replace("_", " ")) for model in models]
        if not models or models == ("bio", "ann"):
            return self.metric.name
        return f"{self.metric.name}, {' against '.join(labels)}"

    def at_levels(self, suffix: str = "", **levels: float | tuple[float, float]) -> Measure:
        """Return the measure for some conditions only.

        Parameters
        ----------
        suffix : str, optional
            Added to the name.
        **levels : float or tuple of float
            The level of a channel or of a coordinate of the conditions, or the two between which
            it lies.

        Returns
        -------
        Measure
            Another measure; this one stays as it is.
        """
        where = {**self.metric.where, **levels}
        return Measure(
            dataclasses.replace(self.metric, name=self.metric.name + suffix, where=where)
        )


@name_argument_errors
def measure(function: MetricFunction | float, name: str, **options: Any) -> Measure:
    """Make a measure: a function of responses with a name, for the rules of claims.

    ``measure(compute_points_right, "points right").of("bio") >= 1.0`` is the rule that the spiking
    model gets all points right, and ``.of("ann")`` the same of the rate model.

    Parameters
    ----------
    function : callable or float
        ``function(response, stimulus)``, or ``function(response, other, stimulus)`` of two models,
        or ``function()``; see `bioann.metrics.Metric` for the arrays. Of a study,
        ``function(data)``; see `bioann.Study`. A number is the value of ``measure(...).of()``.
    name : str
        What is measured, as tables and verdicts name it.
    **options : Any
        Other fields of `bioann.metrics.Metric`: ``best``, ``unit``, ``per``, ``over``, ``prepare``,
        ``limits``, ``note`` and ``where``. A `bioann.metrics.ParametricMetric` declares those that
        follow from what it computes, such as its unit.

    Returns
    -------
    Measure
        Say of which model with `Measure.of`, or of a study at which labels with `Measure.at`.

    Examples
    --------
    >>> import bioann as ba
    >>> def compute_peak(response, stimulus):
    ...     return response.max("condition")
    ...
    >>> peak = ba.measure(compute_peak, "peak response", unit="activation")
    >>> (peak.of("bio") >= 0.9).text
    'peak response, spiking model is at least 0.900 activation'
    """
    if not callable(function):
        function = Constant(function)
    declared = list_measure_options(function)
    return Measure(Metric(name, function, models=(), **declared | options))
