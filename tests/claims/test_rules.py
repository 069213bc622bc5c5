"""Rules: supported where all of the interval meets the bound, refuted where none of it does."""

import numpy as np
import pandas as pd
import pytest
from bioann.claims.rules.within_ceiling import WithinCeiling
from hypothesis import assume, given, strategies as st

from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.base.text import format_interval, format_number
from bioann.claims.rules.all_of import AllOf
from bioann.claims.rules.equivalent import Equivalent
from bioann.claims.rules.rule import Rule
from bioann.claims.rules.score import Between, Score
from bioann.comparison.scores import SCORE_COLUMNS
from bioann.metrics.metric import Metric

MINUS = "\N{MINUS SIGN}"


def score(name, match="", detail="", unit="", **options):
    """Return a score of a metric of some name; rules look a score up by it."""
    return Score(Metric(name, np.mean, unit=unit), match, detail, **options)


GAIN = score("gain")


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

    def test_a_tolerance_is_a_share_of_the_expected_or_of_the_best_value(self):
        assert GAIN.within(0.1, of=2.0) == GAIN.between(0.9 * 2.0, 1.1 * 2.0)
        assert GAIN.within(0.1, of=-2.0) == GAIN.between(1.1 * -2.0, 0.9 * -2.0)
        ratio = Score(Metric("ratio", np.mean, best=20.0))
        assert ratio.within(0.15) == ratio.between(0.85 * 20.0, 1.15 * 20.0)

    @pytest.mark.parametrize("options", [{}, {"of": 0.0}, {"of": 2.0, "share": -0.1}])
    def test_a_tolerance_needs_a_share_and_an_expected_value_that_is_not_zero(self, options):
        with pytest.raises(DescriptionError, match=r"score 'gain', within: wanted a share above 0"):
            GAIN.within(**{"share": 0.1} | options)

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
        assert judge_outcome(GAIN.between(1, 2), score_row(*interval)) == wanted

    @given(st.floats(-9, 9), st.floats(0, 5), st.floats(0, 5), st.floats(-9, 9))
    def test_at_least_and_at_most_exclude_each_other(self, value, below, above, bound):
        assume(min(abs(value - below - bound), abs(value + above - bound)) > 1e-9)
        row = score_row(value, value - below, value + above)
        both = {
            judge_outcome(bound <= GAIN, row),
            judge_outcome(bound >= GAIN, row),
        }
        assert both in ({"supported", "refuted"}, {"depends"})

    @given(st.floats(-9, 9), st.floats(0, 5), st.floats(-9, 9), st.floats(0, 5))
    def test_mirror_images_have_mirror_verdicts(self, value, half, bound, width):
        row = score_row(value, value - half, value + half)
        mirror = score_row(-value, -value - half, -value + half)
        one = judge_outcome(GAIN.between(bound, bound + width), row)
        assert judge_outcome(GAIN.between(-bound - width, -bound), mirror) == one

    def test_controls_can_be_judged(self):
        row = score_row(5, ceiling=1, ceiling_low=0.9, ceiling_high=1.1, chance=3)
        assert judge_outcome(GAIN.ceiling.between(0.5, 2), row) == "supported"
        assert judge_outcome(GAIN.ceiling.between(1, 2), row) == "depends"
        assert judge_outcome(GAIN.chance.between(2, 4), row) == "supported"
        assert judge_outcome(GAIN.chance.between(4, 9), row) == "refuted"

    def test_the_words_hold_the_bounds(self):
        assert (score("gain", "y") >= 0.5).text == "gain (y) is at least 0.500"
        assert (score("lag", unit="ms") <= -2).text == f"lag is at most {MINUS}2.00 ms"
        between = score("gain", "y", "x").between(1, 2)
        assert between.text == "gain (y, x) is between 1.00 and 2.00"
        assert (GAIN.chance >= 1).text == "chance level of gain is at least 1.00"
        assert (GAIN.ceiling >= 1).text == "noise ceiling of gain is at least 1.00"

    def test_a_chain_of_comparisons_is_refused_with_the_way_out(self):
        with pytest.raises(DescriptionError, match=r"score.between\(low, high\) instead of low <="):
            _ = 1 <= GAIN <= 2

    def test_the_reason_holds_the_numbers(self):
        table = score_table(score_row(1.5, 1.2, 1.8, unit="ms"))
        judgement = (GAIN >= 1).judge(table, None)
        assert judgement.because == "gain: 1.50 ms [1.20,\N{NO-BREAK SPACE}1.80]"
        assert (judgement.value, judgement.low, judgement.high) == (1.5, 1.2, 1.8)
        assert judgement.unit == "ms"
        assert (GAIN >= 1.3).judge(table, None).because.endswith("the interval includes the bound")
        judgement = (GAIN >= 1).judge(score_table(score_row(1.5)), None)
        assert judgement.because == "gain: 1.50 (no interval)"
        judgement = (GAIN >= 1).judge(score_table(score_row(np.nan, note="needs more")), None)
        assert judgement.because == "gain: could not be measured (needs more)"


class TestFind:
    """A score is exactly one row of a table."""

    ROWS = (
        score_row(1),
        score_row(2, match="z"),
        score_row(3, metric="sign agreement", detail="left"),
        score_row(4, metric="sign agreement", detail="right"),
    )

    def find(self, metric, match="", detail=""):
        return score(metric, match, detail).find_row(score_table(*self.ROWS)).value

    def test_by_match_and_detail(self):
        assert self.find("gain", match="z") == 2
        assert self.find("sign agreement", detail="right") == 4
        assert self.find("sign agreement", "y", "left") == 3

    def test_several_are_an_error(self):
        with pytest.raises(
            DescriptionError, match=r"score 'gain': wanted one row .*got 2.*'y'.*'z'"
        ):
            self.find("gain")

    def test_none_is_an_error_with_the_nearest(self):
        with pytest.raises(UnknownNameError, match=r"name of a metric, got 'gian'. Did you mean"):
            self.find("gian")
        with pytest.raises(UnknownNameError, match="name of a match, got 'w'"):
            self.find("gain", match="w")
        with pytest.raises(UnknownNameError, match="name of a detail, got 'up'"):
            self.find("sign agreement", detail="up")


class TestWithinCeiling:
    """The models differ as little as the spiking model does from itself."""

    RULE = WithinCeiling(score("RMSE", "y"))

    def test_the_words_name_the_ceiling(self):
        assert self.RULE.text == "RMSE (y) is within the noise ceiling"
        row = score_row(0.1, 0.08, 0.15, "RMSE", ceiling=0.2, ceiling_low=0.1, ceiling_high=0.3)
        because = self.RULE.judge(score_table(row | {"best": 0.0}), None).because
        assert because.startswith("RMSE (y): 0.100 [0.080,")
        assert "; noise ceiling 0.20 [0.10," in because

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
    assert found[0].because.startswith("RMSE (a): 0.10 activation [0.05")
    assert found[0].because.endswith("trial-to-trial variability 0.200")
    with pytest.raises(UnknownNameError, match="name of a match, got 'd'"):
        Equivalent("d").judge(score_table(), equal)


@given(st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=1, max_size=4))
def test_all_of_is_refuted_by_one_and_supported_by_all(values):
    rules = tuple(score("gain", f"m{k}") >= 0.5 for k in range(len(values)))
    rows = [score_row(v, match=f"m{k}") for k, v in enumerate(values)]
    each = [judge_outcome(r, *rows) for r in rules]
    wanted = "refuted" if "refuted" in each else "depends" if "depends" in each else "supported"
    whole = AllOf(rules)
    assert judge_outcome(whole, *rows) == wanted
    assert all(rule.score.match in whole.text for rule in rules)


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
    assert format_interval(4.276, 3.98, 4.52, "ms") == f"4.28 ms [3.98,{gap}4.52]"
    assert format_interval(0.5, 0.5, 0.5) == f"0.500 [0.500,{gap}0.500]"


def test_a_rule_is_a_description():
    assert (GAIN >= 1.0) == Between(GAIN, low=1.0)
    assert Between(GAIN, low=1) != Between(GAIN, low=2)
    with pytest.raises(TypeError):
        Rule()


def test_rules_that_differ_by_a_name_are_told_once():
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
    found = whole.judge(score_table(*rows), None)
    assert found.outcome == "refuted"
    assert found.because.split("; ") == [
        "gain (a): 1.00 [0.90,\N{NO-BREAK SPACE}1.10]",
        "b: 3.00 [2.90,\N{NO-BREAK SPACE}3.10]",
        "bias (a): 0.50 [0.40,\N{NO-BREAK SPACE}0.60]",
    ]
    parts = AllOf((score("sign", detail="x") >= 1.0, score("sign", detail="y") >= 1.0))
    assert parts.text == "sign (x and y) is at least 1.00"
