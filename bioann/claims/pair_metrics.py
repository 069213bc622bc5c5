"""The metrics that the claims of a pair name, and the check that the pair has what they name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import shorten_repr
from bioann.claims.claim import Claim
from bioann.claims.margin import Margin
from bioann.claims.rules.equivalent import Equivalent
from bioann.claims.rules.score import Score
from bioann.metrics.metric import Metric
from bioann.metrics.spiking import SpikeMetric


@dataclasses.dataclass(frozen=True)
class PairNames:
    """Names that the scores of a pair may use.

    Parameters
    ----------
    title : str
        The pair, as errors name it.
    matches : tuple of str
        Names of its matches.
    models : tuple of str
        ``"bio"``, ``"ann"`` and the names of its controls.
    channels : tuple of str
        Stimulus channels of its spiking model.
    """

    title: str
    matches: tuple[str, ...]
    models: tuple[str, ...]
    channels: tuple[str, ...]


def collect_metrics(
    claims: Sequence[Claim], others: Sequence[Metric | Score]
) -> tuple[Metric, ...]:
    """Return the metrics that claims name, then others, each once.

    Parameters
    ----------
    claims : sequence of Claim
        Claims whose rules hold scores.
    others : sequence of Metric or Score
        Metrics that no claim names.

    Returns
    -------
    tuple of Metric
        Without those of spikes, which every comparison has.
    """
    metrics = [score.metric for claim in claims for score in claim.rule.scores]
    metrics += [other.metric if isinstance(other, Score) else other for other in others]
    return tuple(dict.fromkeys(m for m in metrics if isinstance(m, Metric)))


def check_claims(
    claims: Sequence[Claim], others: Sequence[Metric | Score], names: PairNames
) -> None:
    """Check that a pair has the matches, models and channels that claims and metrics name.

    Parameters
    ----------
    claims : sequence of Claim
        The claims of the pair.
    others : sequence of Metric or Score
        Metrics of the pair that no claim names.
    names : PairNames
        The names that the pair has.

    Raises
    ------
    UnknownNameError
        If the pair has no such match, model or channel.
    DescriptionError
        If a claim is no `Claim`, a score does not say which match it is of, or two metrics have
        one name.
    """
    for claim in claims:
        if not isinstance(claim, Claim):
            raise DescriptionError(
                f"{names.title}, claims",
                "claims",
                repr(claim),
                'Write Claim("A1", "sentence", "source", score >= 0.9).',
            )
        for score in claim.rule.scores:
            _check_score(score, names, f"{names.title}, claim {claim.id!r}, {score.text!r}")
    for other in others:
        if not isinstance(other, (Metric, Score, SpikeMetric)):
            got, remedy = shorten_repr(other), "Use those of bioann.metrics, or bioann.measure."
            raise DescriptionError(f"{names.title}, metrics", "metrics or scores", got, remedy)
    known_names = set()
    for metric in collect_metrics(claims, others):
        obj = f"{names.title}, metric {metric.name!r}"
        for model in metric.models:
            if model not in names.models:
                raise unknown_name_error(obj, "model", model, names.models)
        if metric.name in known_names:
            raise DescriptionError(
                obj,
                "one metric of that name",
                "two that differ",
                'Name one otherwise: measure(...).of(..., name="...").',
            )
        known_names.add(metric.name)


def _check_score(score: Score, names: PairNames, obj: str) -> None:
    metric = score.metric
    if score.match and score.match not in names.matches:
        raise unknown_name_error(obj, "match", score.match, names.matches)
    if isinstance(metric, SpikeMetric):
        return
    if metric.per == "channel" and score.detail and score.detail not in names.channels:
        raise unknown_name_error(obj, "channel", score.detail, names.channels)
    if metric.per != "pair" and not score.match and len(names.matches) > 1:
        raise DescriptionError(
            obj,
            "the match that is judged",
            f"none of {list(names.matches)}",
            'Name it: measure(...).of("bio", match="...").',
        )


def check_margin(
    margin: Margin | None, claims: Sequence[Claim], scales: Mapping[str, float], obj: str
) -> None:
    """Check that the margin of a pair is one for every match, and there if a claim needs it.

    Parameters
    ----------
    margin : Margin or None
        The margin of the pair.
    claims : sequence of Claim
        Claims of the pair, whose rules may need the margin.
    scales : mapping of str to float
        Firing rate at activation 1 of each match, in Hz.
    obj : str
        The pair, as errors name it.

    Raises
    ------
    DescriptionError
        If it is no margin, a rule needs one and there is none, or a match has none.
    """
    if margin is not None and not isinstance(margin, Margin):
        raise DescriptionError(
            f"{obj}, margin", "a Margin", repr(margin), 'Write bioann.Margin(5 * Hz, "why").'
        )
    if margin is not None:
        for match, scale in scales.items():
            margin.in_activation(match, scale)
        return
    for claim in claims:
        for rule in claim.rule.single_rules:
            if isinstance(rule, Equivalent) and rule.margin is None:
                raise DescriptionError(
                    f"{obj}, claim {claim.id!r}, {rule.text!r}",
                    "the margin of the pair",
                    "none",
                    'Give the pair margin=bioann.Margin(5 * Hz, "why").',
                )


def check_figures(figures: Sequence[Any], title: str) -> None:
    """Check that the figures of a pair can be drawn.

    Parameters
    ----------
    figures : sequence of callable
        The figures of the pair.
    title : str
        The pair, as errors name it.

    Raises
    ------
    DescriptionError
        If one is not callable.
    """
    for figure in figures:
        if not callable(figure):
            raise DescriptionError(
                f"{title}, figures",
                "figures, or any figure(comparison) -> Drawing",
                repr(figure),
                'Take one of bioann.figures, such as figures=(ba.figures.ResponseCurves("x"),).',
            )


def find_answering_claim(claims: Sequence[Claim], title: str) -> Claim | None:
    """Return the claim that answers the question of a pair.

    Parameters
    ----------
    claims : sequence of Claim
        The claims of the pair.
    title : str
        The pair, as errors name it.

    Returns
    -------
    Claim or None
        The claim with answers, or else the first; None without claims.

    Raises
    ------
    DescriptionError
        If several claims have answers.
    """
    answering = [claim for claim in claims if claim.answers]
    if len(answering) > 1:
        raise DescriptionError(
            f"{title}, claims",
            "one claim that answers the question",
            f"answers by {', '.join(repr(claim.id) for claim in answering)}",
            "Keep supported=..., refuted=... with one of them.",
        )
    return next(iter(answering or claims), None)
