"""The first screen: the answer with its number, the figure that shows it, and the scale."""

import dataclasses

import numpy as np
import pytest

import bioann as ba
from bioann.claims.claim import judge_claim
from bioann.reporting.cover import compose_answer, draw_key_figure, draw_scale_figure
from bioann.reporting.document import Figure
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.pair_figures import draw_pair_figures
from bioann.reporting.sections import compose_summary, make_response_section

RMSE, BIAS = ba.Score(ba.metrics.RMSE), ba.Score(ba.metrics.BIAS)


@pytest.fixture(scope="module")
def comparison_with_intervals(tiny_pair):
    return ba.compare(tiny_pair.run(trials=4, seed=1, engine="numpy"))


def state_claims(comparison, *claims, **changes):
    """Return a comparison whose pair has other claims, judged anew."""
    pair = dataclasses.replace(comparison.pair, claims=claims, **changes)
    verdicts = tuple(judge_claim(claim, comparison.evidence) for claim in claims)
    run = ba.Run(pair, comparison.run.recording)
    return dataclasses.replace(comparison, run=run, claims=verdicts)


def make_exact(comparison, metric, **numbers):
    """Return a comparison in which the scores of a metric have other numbers."""
    scores = comparison.evidence.scores.copy()
    for name, number in numbers.items():
        scores.loc[scores.metric == metric, name] = number
    return dataclasses.replace(
        comparison, evidence=dataclasses.replace(comparison.evidence, scores=scores)
    )


@pytest.mark.slow
@pytest.mark.parametrize(("bound", "outcome"), [(1e3, "supported"), (-1.0, "refuted")])
def test_the_answer_is_that_of_the_outcome_with_its_number_and_interval(
    comparison_with_intervals, bound, outcome
):
    answers = {"supported": "Yes: it is close", "refuted": "No: it is far"}
    other = ba.Claim("T0", "It is unbiased.", "ours", BIAS <= 1e3)
    claim = ba.Claim("T1", "It is close.", "ours", bound >= RMSE, **answers)
    comparison = state_claims(comparison_with_intervals, other, claim)
    sentence = compose_answer(comparison)
    assert sentence.startswith(answers[outcome] + " (RMSE: ")
    row = RMSE.find_row(comparison.scores)
    number = ba.base.text.format_interval(row.value, row.low, row.high, row.unit)
    assert number in sentence
    assert sentence.endswith("95 % CI).")
    assert sentence.count(". ") == 0


def test_an_outcome_without_an_answer_quotes_the_claim_and_what_would_decide_it(
    comparison_with_intervals,
):
    row = RMSE.find_row(comparison_with_intervals.scores)
    claim = ba.Claim("T1", "It is close.", "ours", (row.low + row.high) / 2 >= RMSE)
    sentence = compose_answer(state_claims(comparison_with_intervals, claim))
    assert sentence.startswith("This run does not decide the claim “It is close” (RMSE: ")
    assert "would decide" in sentence


def test_of_several_rules_the_answer_prints_that_with_the_outcome_or_that_it_names(
    comparison_with_intervals,
):
    rules = BIAS <= 1e3, RMSE <= -1.0
    claim = ba.Claim("T1", "Both.", "ours", *rules)
    assert "(RMSE: " in compose_answer(state_claims(comparison_with_intervals, claim))
    claim = ba.Claim("T1", "Both.", "ours", *rules, refuted="No", answer_score=BIAS)
    assert "No (bias: " in compose_answer(state_claims(comparison_with_intervals, claim))


def test_without_claims_the_equivalence_test_answers(tiny_comparison):
    assert "RMSE" in compose_summary(state_claims(tiny_comparison))


def test_the_first_figure_opens_the_report_and_is_not_repeated(tiny_comparison):
    other = ba.figures.ResponseCurves("in")
    changes = {"figures": (draw_agreement, other)}
    comparison = state_claims(tiny_comparison, *tiny_comparison.pair.claims, **changes)
    assert draw_key_figure(comparison).alt == draw_agreement(comparison).alt
    (figure,) = draw_pair_figures(comparison, "own")
    assert figure.alt == other(comparison).alt
    assert len(draw_pair_figures(comparison, "own", with_key_figure=True)) == 2
    default = draw_key_figure(tiny_comparison)
    assert default.alt.startswith("Mean response")
    figures = [b for b in make_response_section(tiny_comparison).blocks if isinstance(b, Figure)]
    assert figures
    assert default.caption not in [figure.caption for figure in figures]


def test_an_error_of_a_key_figure_names_it(tiny_comparison):
    def fail(comparison):
        raise ValueError("no curve")

    comparison = state_claims(tiny_comparison, figures=fail)
    with pytest.raises(ba.BioannError, match=r"figures.*no curve"):
        draw_key_figure(comparison)


def test_the_scale_shows_the_deciding_score_or_else_the_largest_difference(tiny_comparison):
    references = {"chance": 0.0, "ceiling": 1.0, "ceiling_low": 0.9, "ceiling_high": 1.0}
    without = {"chance": np.nan, "ceiling": np.nan}
    claim = ba.Claim("T1", "Unbiased.", "ours", BIAS <= 1e3)
    comparison = state_claims(make_exact(tiny_comparison, "bias", **references), claim)
    assert draw_scale_figure(comparison).caption.startswith("The score that decides the answer.")
    comparison = make_exact(make_exact(comparison, "bias", **without), "RMSE", **references)
    assert "Dot: RMSE" in draw_scale_figure(comparison).caption
    assert draw_scale_figure(make_exact(comparison, "RMSE", **without)) is None
