"""Several rules at once: each has to hold, and one that fails has to fail beyond chance."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from bioann.claims.rules.all_of import AllOf
from bioann.claims.rules.boundary import Boundary
from tests.claims.evidence import Z_95, judge_outcome, make_evidence, score, score_row

GAIN = score("gain")


def make_rules(n):
    return tuple(score("gain", f"m{k}") >= 0.5 for k in range(n))


def exact_row(value, k):
    return score_row(value, value, value, match=f"m{k}")


def row_with_p(p, k, value=0.0, n=10):
    """Return a row whose value is below the bound 0.5 of `make_rules` with a p-value."""
    half = abs(value - 0.5) / stats.norm.ppf(1 - p / 2) * Z_95
    return score_row(value, value - half, value + half, match=f"m{k}", n=n)


@settings(max_examples=25)
@given(st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=1, max_size=4))
def test_it_is_refuted_by_one_and_supported_by_all(values):
    rules = make_rules(len(values))
    rows = [exact_row(v, k) for k, v in enumerate(values)]
    outcomes = [judge_outcome(rule, *rows) for rule in rules]
    order = ("refuted", "undecided", "supported")
    whole = AllOf(rules)
    assert judge_outcome(whole, *rows) == next(o for o in order if o in outcomes)
    assert all(rule.score.match in whole.text for rule in rules)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_to_be_refuted_one_of_m_has_to_fail_at_an_mth_of_the_error_level(n):
    others = [exact_row(1.0, k) for k in range(1, n)]
    just_below, just_above = (row_with_p(0.05 / n * x, 0) for x in (0.99, 1.01))
    whole = AllOf(make_rules(n))
    judgement = whole.judge(make_evidence(just_below, *others))
    assert judgement.outcome == "refuted"
    assert judgement.p_value == pytest.approx(0.05 * 0.99, rel=1e-6)
    assert judge_outcome(whole, just_above, *others) == "undecided"


def test_the_p_value_is_the_largest_of_those_that_hold():
    rows = [score_row(v, v - 0.3, v + 0.3, match=f"m{k}") for k, v in enumerate((0.9, 1.5))]
    rules = make_rules(2)
    judgement = AllOf(rules).judge(make_evidence(*rows))
    p_values = [rule.judge(make_evidence(*rows)).p_value for rule in rules]
    assert judgement.outcome == "supported"
    assert judgement.p_value == max(p_values) > min(p_values)


def test_a_boundary_within_the_range_makes_it_depend():
    level = Boundary(score("level", unit="mV"), -80, -40, "below")
    row = score_row(-60, -62, -58, "level", unit="mV")
    assert judge_outcome(AllOf((GAIN >= 0.5, level)), score_row(1, 0.9, 1.1), row) == "depends"
    assert judge_outcome(AllOf((GAIN >= 1.0, level)), score_row(1, 0.9, 1.1), row) == "undecided"
    assert judge_outcome(AllOf((GAIN >= 2.0, level)), exact_row(1, 0), row) == "refuted"


def test_as_many_units_are_needed_as_the_slowest_part_needs():
    quick, slow = (score_row(v, v - 0.3, v + 0.3, match=f"m{k}") for k, v in enumerate((0.7, 0.6)))
    rules = make_rules(2)
    needed = [rule.judge(make_evidence(quick, slow)).n_needed for rule in rules]
    judgement = AllOf(rules).judge(make_evidence(quick, slow))
    assert judgement.outcome == "undecided"
    assert judgement.n_needed == needed[1] > needed[0] > 10
    # No number of units decides a value at its bound.
    at_bound = score_row(0.5, 0.2, 0.8, match="m1")
    assert AllOf(rules).judge(make_evidence(quick, at_bound)).n_needed == 0


def test_a_part_that_fails_but_not_beyond_chance_needs_more_units():
    """It counts as undecided at the level that one of several parts has to meet."""
    rows = (row_with_p(0.03, 0), exact_row(1.0, 1))
    judgement = AllOf(make_rules(2)).judge(make_evidence(*rows))
    assert judgement.outcome == "undecided"
    assert judgement.because.endswith("; one of 2 rules has to fail at an error level of 0.025")
    # 0.025 is the error level of one of two; 80 % power takes 0.84 standard errors more. The value
    # is z(0.03) standard errors from the bound, with ten units.
    z = stats.norm.ppf([1 - 0.0125, 0.8, 1 - 0.015])
    assert judgement.n_needed == pytest.approx(10 * ((z[0] + z[1]) / z[2]) ** 2, rel=0.05)


def test_rules_that_differ_by_a_name_are_one_phrase():
    rows = (
        score_row(1.0, 0.9, 1.1, match="a"),
        score_row(3.0, 2.9, 3.1, match="b"),
        score_row(0.5, 0.4, 0.6, metric="bias", match="a"),
    )
    whole = AllOf((score("gain", "a") <= 2.0, score("gain", "b") <= 2.0, score("bias", "a") <= 2.0))
    assert whole.text == "gain (a and b) is at most 2.00; and bias (a) is at most 2.00"
    assert [part.text for part in AllOf((whole, GAIN >= 1)).single_rules] == [
        "gain (a) is at most 2.00",
        "gain (b) is at most 2.00",
        "bias (a) is at most 2.00",
        "gain is at least 1.00",
    ]
    judgement = whole.judge(make_evidence(*rows))
    assert judgement.outcome == "refuted"
    assert judgement.because.split("; ") == [
        "gain (a): 1.00 [0.90,\N{NO-BREAK SPACE}1.10]",
        "b: 3.00 [2.90,\N{NO-BREAK SPACE}3.10]",
        "bias (a): 0.50 [0.40,\N{NO-BREAK SPACE}0.60]",
    ]
    parts = AllOf((score("sign", detail="x") >= 1.0, score("sign", detail="y") >= 1.0))
    assert parts.text == "sign (x and y) is at least 1.00"
