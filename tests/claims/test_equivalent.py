"""The equivalence test: the whole interval inside a margin, or outside it, or undecided."""

import dataclasses

import numpy as np
import pytest
from brian2 import Hz
from hypothesis import assume, given, strategies as st

import bioann as ba
from bioann.base.errors import DescriptionError
from bioann.claims.rules.equivalent import Equivalent
from bioann.claims.rules.score import Score
from bioann.metrics.agreement import GAIN, LAG, RMSE
from bioann.metrics.metric import Metric
from tests.claims.evidence import judge_outcome, make_evidence, score_row


def stated(size):
    return ba.Margin(size, "so")


def rmse_row(value, low=np.nan, high=np.nan, match="y", **options):
    return score_row(value, low, high, "RMSE", match, unit="activation", **options)


def gain_row(value, low, high):
    return score_row(value, low, high, "gain")


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (0.05, 0.15, "supported"),
        (0.1, 0.2, "supported"),  # the margin is included
        (0.15, 0.25, "undecided"),
        (0.2, 0.3, "undecided"),
        (0.21, 0.3, "refuted"),
        (np.nan, np.nan, "undecided"),
    ],
)
def test_the_interval_is_compared_with_the_margin_of_the_pair(low, high, outcome):
    row = rmse_row((low + high) / 2 if low else 0.1, low, high)
    if np.isnan(low):
        row = rmse_row(0.1)
    assert judge_outcome(Equivalent(match="y"), row, margins={"y": 0.2}) == outcome
    assert judge_outcome(Equivalent(RMSE), row, margins={"y": 0.2}) == outcome  # the only match
    assert judge_outcome(Equivalent(RMSE, margin=stated(0.2)), row, margins={"y": 9.0}) == outcome


def test_each_match_has_its_margin():
    rows = rmse_row(0.1, 0.08, 0.12, "a"), rmse_row(0.1, 0.08, 0.12, "b")
    outcomes = [
        judge_outcome(Equivalent(match=match), *rows, margins={"a": 0.05, "b": 0.2})
        for match in "ab"
    ]
    assert outcomes == ["refuted", "supported"]


@given(st.floats(0, 2), st.floats(0.01, 0.5), st.floats(0.01, 0.9))
def test_they_are_two_one_sided_tests(value, half, margin):
    """Equivalent if both ``gain >= 1 - margin`` and ``gain <= 1 + margin`` are supported."""
    assume(min(abs(abs(value + s * half - 1) - margin) for s in (-1, 1)) > 1e-9)
    row, one = gain_row(value, value - half, value + half), Score(GAIN)
    sides = [
        judge_outcome(rule, row) for rule in (one >= GAIN.best - margin, one <= GAIN.best + margin)
    ]
    expected = "refuted" if "refuted" in sides else "undecided"
    expected = "supported" if sides == ["supported"] * 2 else expected
    assert judge_outcome(Equivalent(one, margin=stated(margin)), row) == expected


@given(st.floats(0, 0.5), st.floats(0.01, 0.2), st.floats(0.01, 0.5), st.floats(1.01, 3))
def test_a_larger_margin_never_turns_equivalent_into_different(value, half, margin, factor):
    row = rmse_row(value, value - half, value + half)
    order = ["refuted", "undecided", "supported"]
    small, large = (
        order.index(judge_outcome(Equivalent(RMSE, margin=stated(size)), row))
        for size in (margin, factor * margin)
    )
    assert small <= large


def test_the_finding_has_the_margin_and_what_an_identical_network_gets():
    row = rmse_row(0.1, 0.05, 0.15, ceiling=(0.03, 0.02, 0.04))
    judgement = Equivalent(match="y").judge(make_evidence(row, margins={"y": 0.2}))
    gap = "\N{NO-BREAK SPACE}"
    assert judgement.because == (
        f"RMSE (y): 0.10 activation [0.05,{gap}0.15]; margin 0.200 activation, "
        "an identical network 0.0300"
    )
    judgement = Equivalent(match="y", margin=stated(0.12)).judge(
        make_evidence(rmse_row(0.1, 0.05, 0.15))
    )
    assert "; margin 0.120 activation; " in judgement.because
    assert judgement.because.endswith(" trials would decide")


def test_the_words_hold_the_margin():
    assert Equivalent(match="y").text == "RMSE (y) is within the margin"
    assert Equivalent(RMSE, margin=stated(0.1)).text == "RMSE is within 0.100 activation (so)"
    assert (
        Equivalent(Score(GAIN, "y"), margin=stated(0.1)).text
        == "gain (y) is within 0.100 of 1.00 (so)"
    )


def test_a_match_is_the_same_rule_as_its_score():
    assert Equivalent(match="y") == Equivalent(Score(RMSE, "y"))


@pytest.mark.parametrize("margin", [0.1, ba.Margin({"y": 0.1}, "so"), ba.Margin(5 * Hz, "so")])
def test_a_margin_of_a_rule_is_a_number_with_a_reason(margin):
    with pytest.raises(
        DescriptionError,
        match=r"'RMSE', margin: wanted a bioann.Margin of a number in activation, got .*, \"why\"",
    ):
        Equivalent(RMSE, margin=margin)


@pytest.mark.parametrize("metric", [GAIN, LAG])
def test_the_margin_of_a_pair_is_in_activation_and_no_other_unit(metric):
    with pytest.raises(
        DescriptionError,
        match=rf"score '{metric.name}', margin: wanted a margin in the unit of the score, got none;"
        r" that of a pair is in activation.*Equivalent\(score, margin=bioann.Margin\(",
    ):
        Equivalent(metric)


def test_there_has_to_be_a_best_value_to_differ_from():
    with pytest.raises(DescriptionError, match=r"wanted a measure with a best value, got none"):
        Equivalent(Metric("peak", np.mean), margin=stated(1.0))


def test_two_matches_in_one_rule_are_refused():
    with pytest.raises(DescriptionError, match=r"Equivalent, match: wanted .*'a', got 'b'"):
        Equivalent(Score(RMSE, "a"), match="b")


def test_a_comparison_without_margin_is_an_error_that_tells_the_way_out():
    with pytest.raises(
        DescriptionError, match=r"wanted a margin, got a pair that states none.*bioann.Margin\(5 \*"
    ):
        Equivalent(match="y").judge(make_evidence(rmse_row(0.1, 0.05, 0.15)))


def test_a_pair_without_margin_refuses_a_rule_that_needs_it(tiny_pair):
    def with_rule(rule, margin=None):
        claim = ba.Claim("E", "They agree.", "us", rule)
        return dataclasses.replace(tiny_pair, claims=(claim,), margin=margin)

    with pytest.raises(
        DescriptionError,
        match=r"Pair 'tiny', claim 'E', 'RMSE \(out\) is within the margin': wanted the margin of "
        r"the pair, got none.*margin=bioann.Margin\(5 \* Hz",
    ):
        with_rule(Equivalent(match="out"))
    assert with_rule(Equivalent(match="out", margin=stated(0.1))).margin is None
    assert with_rule(Equivalent(match="out"), ba.Margin(0.1, "so"))
