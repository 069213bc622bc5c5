"""Rules: supported where all of the interval meets the bound, refuted where none of it does."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, strategies as st

from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.base.text import format_interval, format_number
from bioann.claims.rules.all_of import AllOf, at_least, at_most
from bioann.claims.rules.between import Between
from bioann.claims.rules.equivalent import Equivalent
from bioann.claims.rules.rule import Rule, find_score
from bioann.claims.rules.within_ceiling import WithinCeiling
from bioann.comparison.scores import SCORE_COLUMNS

MINUS = "\N{MINUS SIGN}"


def score_table(*rows):
    """Score rows; what is not given is empty or NaN."""
    empty = dict.fromkeys(SCORE_COLUMNS, np.nan) | {
        "match": "y",
        "detail": "",
        "unit": "",
        "note": "",
    }
    return pd.DataFrame([empty | row for row in rows], columns=list(SCORE_COLUMNS))


def score_row(value, low=np.nan, high=np.nan, metric="gain", **more):
    return {"metric": metric, "value": value, "low": low, "high": high} | more


def judge_outcome(rule, *rows):
    return rule.judge(score_table(*rows), pd.DataFrame()).outcome


class TestBetween:
    """A score against two bounds."""

    @pytest.mark.parametrize(
        ("interval", "wanted"),
        [
            ((1, 1.2, 1.4), "supported"),
            ((1.0, 1.0, 2.0), "supported"),  # bounds are included
            ((0.8, 0.5, 0.9), "refuted"),
            ((2.5, 2.2, 3), "refuted"),
            ((1, 0.9, 1.1), "depends"),
            ((1.9, 1.5, 2.1), "depends"),
            ((1.5, 0, 3), "depends"),
            ((1.5, np.nan, np.nan), "supported"),
            ((0.5, np.nan, np.nan), "refuted"),
            ((np.nan, np.nan, np.nan), "depends"),
        ],
    )
    def test_the_interval_decides(self, interval, wanted):
        assert judge_outcome(Between("gain", 1, 2), score_row(*interval)) == wanted

    @given(st.floats(-9, 9), st.floats(0, 5), st.floats(0, 5), st.floats(-9, 9))
    def test_at_least_and_at_most_exclude_each_other(self, value, below, above, bound):
        assume(min(abs(value - below - bound), abs(value + above - bound)) > 1e-9)
        row = score_row(value, value - below, value + above)
        both = {
            judge_outcome(at_least("gain", bound), row),
            judge_outcome(at_most("gain", bound), row),
        }
        assert both in ({"supported", "refuted"}, {"depends"})

    @given(st.floats(-9, 9), st.floats(0, 5), st.floats(-9, 9), st.floats(0, 5))
    def test_mirror_images_have_mirror_verdicts(self, value, half, bound, width):
        row = score_row(value, value - half, value + half)
        mirror = score_row(-value, -value - half, -value + half)
        one = judge_outcome(Between("gain", bound, bound + width), row)
        assert judge_outcome(Between("gain", -bound - width, -bound), mirror) == one

    def test_controls_can_be_judged(self):
        row = score_row(5, ceiling=1, ceiling_low=0.9, ceiling_high=1.1, chance=3)
        assert judge_outcome(Between("gain", 0.5, 2, column="ceiling"), row) == "supported"
        assert judge_outcome(Between("gain", 1, 2, column="ceiling"), row) == "depends"
        assert judge_outcome(Between("gain", 2, 4, column="chance"), row) == "supported"
        assert judge_outcome(Between("gain", 4, 9, column="chance"), row) == "refuted"

    def test_the_words_hold_the_bounds(self):
        assert at_least("gain", 0.5, match="y").text == "gain of y is at least 0.500"
        assert at_most("RMSE", -2).text == f"RMSE is at most {MINUS}2.00"
        assert Between("gain", 1, 2, detail="x").text == "gain (x) is from 1.00 to 2.00"
        assert at_least("gain", 1).text == Between("gain", low=1).text
        assert Between("gain", low=1, column="chance").text.startswith("sign-shuffled gain")
        assert Between("gain", low=1, column="ceiling").text.startswith("ceiling of gain")

    def test_the_reason_holds_the_numbers(self):
        finding = at_least("gain", 1).judge(score_table(score_row(1.5, 1.2, 1.8)), None)
        assert finding.because == "gain is 1.50 [1.20,\N{NO-BREAK SPACE}1.80]"
        finding = at_least("gain", 1).judge(score_table(score_row(1.5)), None)
        assert finding.because == "gain is 1.50 (no interval)"
        finding = at_least("gain", 1.3).judge(score_table(score_row(1.5, 1.2, 1.8)), None)
        assert finding.because.endswith("the interval straddles the bound")
        finding = at_least("gain", 1).judge(score_table(score_row(np.nan, note="needs more")), None)
        assert finding.because == "gain could not be measured (needs more)"


class TestFind:
    """A rule names exactly one score."""

    ROWS = (
        score_row(1),
        score_row(2, match="z"),
        score_row(3, metric="sign agreement", detail="left"),
        score_row(4, metric="sign agreement", detail="right"),
    )

    def find(self, metric, match="", detail=""):
        return find_score(score_table(*self.ROWS), metric, match, detail, "rule 'r'").value

    def test_by_match_and_detail(self):
        assert self.find("gain", match="z") == 2
        assert self.find("sign agreement", detail="right") == 4
        assert self.find("sign agreement", "y", "left") == 3

    def test_several_are_an_error(self):
        with pytest.raises(DescriptionError, match=r"rule 'r': wanted one score .*got 2.*'y'.*'z'"):
            self.find("gain")

    def test_none_is_an_error_with_the_nearest(self):
        with pytest.raises(UnknownNameError, match=r"name of a metric, got 'gian'. Did you mean"):
            self.find("gian")
        with pytest.raises(UnknownNameError, match="name of a match, got 'w'"):
            self.find("gain", match="w")
        with pytest.raises(UnknownNameError, match="name of a detail, got 'up'"):
            self.find("sign agreement", detail="up")


class TestWithinCeiling:
    """As good as biology is against itself."""

    RULE = WithinCeiling("RMSE", match="y")

    def outcome(self, value, low, high, best=0.0):
        row = score_row(
            value, low, high, "RMSE", ceiling=0.1, ceiling_low=0.05, ceiling_high=0.2, best=best
        )
        return judge_outcome(self.RULE, row)

    def test_against_the_worse_end_of_the_ceiling(self):
        assert self.outcome(0.1, 0.08, 0.15) == "supported"
        assert self.outcome(0.5, 0.3, 0.7) == "refuted"
        assert self.outcome(0.3, 0.1, 0.5) == "depends"

    def test_a_correlation_is_better_the_nearer_to_one(self):
        rows = [
            score_row(
                v, low, high, "RMSE", ceiling=0.9, ceiling_low=0.8, ceiling_high=0.95, best=1.0
            )
            for v, low, high in ((0.95, 0.9, 0.97), (0.5, 0.4, 0.6), (0.75, 0.6, 0.85))
        ]
        assert [judge_outcome(self.RULE, r) for r in rows] == ["supported", "refuted", "depends"]

    def test_an_interval_that_holds_the_best_value_is_never_refuted(self):
        assert self.outcome(0.25, -0.3, 0.8) == "depends"

    def test_without_intervals_it_depends(self):
        assert self.outcome(0.1, np.nan, np.nan) == "depends"
        assert judge_outcome(self.RULE, score_row(0.1, 0, 0.2, "RMSE", best=0)) == "depends"


def test_same_takes_over_the_equivalence_test():
    equal = pd.DataFrame(
        [
            ("a", 0.1, 0.05, 0.15, 0.2, "same"),
            ("b", 0.5, 0.4, 0.6, 0.2, "different"),
            ("c", 0.2, 0.1, 0.3, 0.2, "undecided"),
        ],
        columns=["match", "rmse", "low", "high", "band", "verdict"],
    )
    found = [Equivalent(m).judge(score_table(), equal) for m in "abc"]
    assert [f.outcome for f in found] == ["supported", "refuted", "depends"]
    assert found[0].because.startswith("RMSE of a is 0.10 [0.05")
    assert found[0].because.endswith("band 0.200")
    with pytest.raises(UnknownNameError, match="name of a match, got 'd'"):
        Equivalent("d").judge(score_table(), equal)


@given(st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=1, max_size=4))
def test_all_of_is_refuted_by_one_and_supported_by_all(values):
    rules = tuple(at_least("gain", 0.5, match=f"m{k}") for k in range(len(values)))
    rows = [score_row(v, match=f"m{k}") for k, v in enumerate(values)]
    each = [judge_outcome(r, *rows) for r in rules]
    wanted = "refuted" if "refuted" in each else "depends" if "depends" in each else "supported"
    whole = AllOf(rules)
    assert judge_outcome(whole, *rows) == wanted
    assert all(rule.match in whole.text for rule in rules)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.5, "0.500"),
        (-0.04276, f"{MINUS}0.0428"),
        (12.34, "12.3"),
        (123.4, "123"),
        (1234.5, "1234"),
        (0, "0.00"),
        (1e-7, "1.00e\N{MINUS SIGN}07"),
    ],
)
def test_numbers_have_three_digits(value, said):
    assert format_number(value) == said


def test_an_interval_is_as_exact_as_it_is_wide():
    gap = "\N{NO-BREAK SPACE}"
    assert format_interval(0.04276, 0.0398, 0.0452) == f"0.0428 [0.0398,{gap}0.0452]"
    assert format_interval(-1.234, -3, 2) == f"{MINUS}1.2 [{MINUS}3.0,{gap}2.0]"
    assert format_interval(1, -0.04, 2) == f"1.0 [0.0,{gap}2.0]", "zero has no sign"
    assert format_interval(250, 200, 300) == f"250 [200,{gap}300]"
    assert format_interval(0.5, np.nan, np.nan) == "0.500"
    assert format_interval(0.5, 0.5, 0.5) == f"0.500 [0.500,{gap}0.500]"


def test_a_rule_is_a_description():
    assert at_least("gain", 1.0) == Between("gain", low=1.0)
    assert at_least("gain", 1) != at_least("gain", 2)
    with pytest.raises(TypeError):
        Rule()


def test_a_rule_for_several_names_is_that_for_each():
    found = at_most(("gain", "loss"), 2.0, match=("a", "b"))
    assert isinstance(found, AllOf)
    assert [(rule.metric, rule.match) for rule in found.rules] == [
        ("gain", "a"), ("gain", "b"), ("loss", "a"), ("loss", "b"),
    ]  # fmt: skip
    one = at_least(("gain",), 2.0, detail=["high"])
    assert isinstance(one, Between)
    assert one.text == at_least("gain", 2.0, detail="high").text


def test_rules_that_differ_by_a_name_are_told_once():
    rows = (
        score_row(1.0, 0.9, 1.1, match="a"),
        score_row(3.0, 2.9, 3.1, match="b"),
        score_row(0.5, 0.4, 0.6, metric="bias", match="a"),
    )
    whole = AllOf((at_most("gain", 2.0, match="a"), at_most("gain", 2.0, match="b"),
                   at_most("bias", 2.0, match="a")))  # fmt: skip
    assert whole.text == "gain of a and b is at most 2.00; and bias of a is at most 2.00"
    found = whole.judge(score_table(*rows), None)
    assert found.outcome == "refuted"
    assert found.because.split("; ") == [
        "gain of a is 1.00 [0.90,\N{NO-BREAK SPACE}1.10]",
        "b: 3.00 [2.90,\N{NO-BREAK SPACE}3.10]",
        "bias of a is 0.50 [0.40,\N{NO-BREAK SPACE}0.60]",
    ]
    parts = AllOf((at_least("sign", 1.0, detail="x"), at_least("sign", 1.0, detail="y")))
    assert parts.text == "sign of x and y is at least 1.00"
