"""The first screen of a report: the answer in one sentence, the figure that shows it, its scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from bioann.base.text import format_interval, format_number
from bioann.claims.claim import Verdict
from bioann.claims.judged_run import JudgedRun
from bioann.claims.rules.rule import Judgement, Rule, describe_units_needed
from bioann.comparison.comparison import Comparison
from bioann.metrics.agreement import RMSE
from bioann.reporting.document import Figure
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.figures.reference_scale import draw_scale, has_scale
from bioann.reporting.figures.tuning import draw_tuning
from bioann.reporting.pair_figures import draw_own_key_figure, is_key_figure_drawn

#: The answer by the outcome of a claim where the pair writes none.
OUTCOME_SENTENCES = {
    "supported": "This run supports the claim “{}”",
    "refuted": "This run refutes the claim “{}”",
    "depends": "The claim “{}” holds only in part of the tested range",
    "undecided": "This run does not decide the claim “{}”",
}


def compose_answer(comparison: JudgedRun) -> str:
    """Answer the question of a pair or study in one sentence, with the deciding number.

    Parameters
    ----------
    comparison : Comparison or StudyResult
        With the verdicts of at least one claim.

    Returns
    -------
    str
        The answer that was written for the outcome of the claim, or a quotation of the claim.
    """
    verdict = find_answering_verdict(comparison)
    judgement = find_deciding_rule(comparison, verdict).judge(comparison.evidence)
    quotation = OUTCOME_SENTENCES[verdict.outcome].format(verdict.claim.sentence.rstrip("."))
    sentence = verdict.claim.answers.get(verdict.outcome, quotation)
    return f"{sentence} ({_format_judgement(judgement, comparison.interval_name)})."


def find_answering_verdict(comparison: JudgedRun) -> Verdict:
    """Return the verdict on the claim that answers the question, of several claims at least one."""
    claim = comparison.subject.answering_claim
    return next(verdict for verdict in comparison.claims if verdict.claim == claim)


def find_deciding_rule(comparison: JudgedRun, verdict: Verdict) -> Rule:
    """Return the rule whose number a report prints with the answer.

    Parameters
    ----------
    comparison : Comparison
        What the claim was judged by.
    verdict : Verdict
        The verdict on the claim that answers the question.

    Returns
    -------
    Rule
        A rule of one number: that of the score, otherwise the first with the outcome of the claim.
    """
    rules = verdict.claim.rule.single_rules
    if verdict.claim.answer_score is not None:
        rules = tuple(rule for rule in rules if verdict.claim.answer_score in rule.scores)
    outcomes = [rule.judge(comparison.evidence).outcome for rule in rules]
    matching_rules = (r for r, o in zip(rules, outcomes, strict=True) if o == verdict.outcome)
    return next(matching_rules, rules[0])


def _format_judgement(judgement: Judgement, interval_name: str) -> str:
    """Write the deciding quantity with its interval, and what would decide an undecided claim."""
    if np.isnan(judgement.value):
        return judgement.because
    numbers = (judgement.value, judgement.low, judgement.high, judgement.unit)
    if not judgement.sampled:
        text = f"{judgement.subject}: {format_number(judgement.value, judgement.unit)}, exact"
    elif np.isnan([judgement.low, judgement.high]).any():
        text = f"{judgement.subject}: {format_interval(*numbers)}, no interval"
    else:
        text = f"{judgement.subject}: {format_interval(*numbers)}, {interval_name}"
    if judgement.outcome == "undecided" and judgement.sampled:
        text += f"; {describe_units_needed(judgement.n_needed, judgement.sampled)}"
    return text


def draw_key_figure(comparison: Comparison) -> Figure:
    """Draw the figure that shows the answer: that of the pair, or the responses of both models."""
    if is_key_figure_drawn(comparison):
        return draw_own_key_figure(comparison, "key")
    return to_figure_block(draw_tuning(comparison), "key", "tuning")


def draw_scale_figure(comparison: Comparison) -> Figure | None:
    """Draw the deciding agreement between chance level and noise ceiling.

    Parameters
    ----------
    comparison : Comparison
        With the scores of the run.

    Returns
    -------
    Figure or None
        Of the score that decides the answer; if chance level or noise ceiling has no meaning for
        it, of the largest root mean square difference of the models; None if neither has both.
    """
    candidates = {
        "The score that decides the answer.": _find_answer_row(comparison),
        "Largest difference between the models' responses.": _find_worst_difference(comparison),
    }
    for message, row in candidates.items():
        if row is not None and has_scale(row):
            drawing = draw_scale(row, comparison.interval_name, message)
            return to_figure_block(drawing, "scale")
    return None


def _find_answer_row(comparison: Comparison) -> Any:
    """Return the row of the score that decides the answer; None if it is a reference itself."""
    if not comparison.claims:
        return None
    (score,) = find_deciding_rule(comparison, find_answering_verdict(comparison)).scores
    return score.find_row(comparison.scores) if score.column == "value" else None


def _find_worst_difference(comparison: Comparison) -> Any:
    """Return the row of the largest root mean square difference of a response; None if none."""
    scores = comparison.scores
    rows = scores[(scores.metric == RMSE.name) & scores.value.notna()]
    return None if rows.empty else rows.loc[rows.value.idxmax()]
