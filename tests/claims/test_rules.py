"""Rules: supported where all of the interval meets the bound, refuted where none of it does."""

import numpy as np
import pytest
from brian2 import Hz
from hypothesis import assume, given, strategies as st

from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.base.text import format_interval, format_number
from bioann.claims.measure import measure
from bioann.claims.rules.boundary import Boundary
from bioann.claims.rules.rule import Rule
from bioann.claims.rules.score import Between, Score
from bioann.metrics.agreement import BIAS, GAIN as GAIN_METRIC
from bioann.metrics.metric import Metric
from bioann.metrics.spiking import CV_OF_ISI
from tests.claims.evidence import judge_outcome, make_evidence, score, score_row

MINUS = "\N{MINUS SIGN}"
GAIN = score("gain")


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
            ((1, 0.9, 1.1), "undecided"),
            ((1.9, 1.5, 2.1), "undecided"),
            ((1.5, 0, 3), "undecided"),
            ((1.5, 1.5, 1.5), "supported"),  # exact
            ((0.5, 0.5, 0.5), "refuted"),
            ((1.5, np.nan, np.nan), "undecided"),  # too few trials for an interval
            ((0.5, np.nan, np.nan), "undecided"),
            ((np.nan, np.nan, np.nan), "undecided"),
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
        assert both in ({"supported", "refuted"}, {"undecided"})

    @given(st.floats(-9, 9), st.floats(0, 5), st.floats(-9, 9), st.floats(0, 5))
    def test_mirror_images_have_mirror_verdicts(self, value, half, bound, width):
        row = score_row(value, value - half, value + half)
        mirror = score_row(-value, -value - half, -value + half)
        one = judge_outcome(GAIN.between(bound, bound + width), row)
        assert judge_outcome(GAIN.between(-bound - width, -bound), mirror) == one

    def test_references_can_be_judged(self):
        row = score_row(5, ceiling=(1, 0.9, 1.1), chance=(3, 2.9, 3.1))
        assert judge_outcome(GAIN.ceiling.between(0.5, 2), row) == "supported"
        assert judge_outcome(GAIN.ceiling.between(1, 2), row) == "undecided"
        assert judge_outcome(GAIN.chance.between(2, 4), row) == "supported"
        assert judge_outcome(GAIN.chance.between(4, 9), row) == "refuted"

    @pytest.mark.parametrize(
        ("metric", "column", "name", "expected"),
        [
            (Metric("peak", np.mean, models=("bio",)), "ceiling", "noise ceiling", "of another"),
            (Metric("peak", np.mean, models=("bio",)), "chance", "chance level", "the rate model"),
            (Metric("weight", np.mean, models=()), "ceiling", "noise ceiling", "of another"),
            (Metric("shift", np.mean, models=("bio", "cut")), "chance", "chance level", "the rate"),
            (CV_OF_ISI, "ceiling", "noise ceiling", "of another"),
            (CV_OF_ISI, "chance", "chance level", "the rate model"),
        ],
    )
    def test_a_reference_without_a_meaning_is_refused(self, metric, column, name, expected):
        message = (
            rf"score '{name} of {metric.name}': wanted a measure of .*{expected}.*, "
            rf"got '{metric.name}', which has no {name}.*leave out .ceiling or .chance"
        )
        with pytest.raises(DescriptionError, match=message):
            getattr(Score(metric), column)

    def test_references_with_a_meaning_are_scores(self):
        for metric in (GAIN_METRIC, BIAS):
            assert Score(metric).ceiling.column == "ceiling"
            assert Score(metric).chance.column == "chance"
        assert Score(Metric("slope", np.mean, models=("ann",))).chance.column == "chance"

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

    def test_the_judgement_holds_the_numbers(self):
        evidence = make_evidence(score_row(1.5, 1.2, 1.8, unit="ms", n=7, sampled="wirings"))
        judgement = (GAIN >= 1).judge(evidence)
        assert judgement.because == "gain: 1.50 ms [1.20,\N{NO-BREAK SPACE}1.80]"
        assert (judgement.value, judgement.low, judgement.high) == pytest.approx((1.5, 1.2, 1.8))
        assert (judgement.unit, judgement.n, judgement.sampled) == ("ms", 7, "wirings")
        assert judgement.n_needed == 0

    def test_what_has_no_value_or_no_interval_is_undecided_and_says_why(self):
        judgement = (GAIN >= 1).judge(make_evidence(score_row(1.5, n=2)))
        assert judgement.because == "gain: 1.50; no interval with 2 trials"
        judgement = (GAIN >= 1).judge(make_evidence(score_row(np.nan, note="needs more")))
        assert judgement.because == "gain: could not be measured (needs more)"
        assert (judgement.outcome, judgement.n_needed) == ("undecided", 0)
        assert np.isnan(judgement.p_value)

    def test_an_exact_score_is_always_decided_and_has_no_error(self):
        for bound, outcome in ((1.4, "supported"), (1.5, "supported"), (1.6, "refuted")):
            judgement = (bound <= GAIN).judge(make_evidence(score_row(1.5, 1.5, 1.5)))
            assert (judgement.outcome, judgement.p_value, judgement.n) == (outcome, 0.0, 0)

    @given(st.floats(0.5, 0.999))
    def test_the_level_is_that_of_the_evidence(self, level):
        """The p-value is the error level at which the outcome turns into undecided."""
        row = score_row(1.5, 1.2, 1.8)
        p = (GAIN >= 1).judge(make_evidence(row)).p_value
        assume(abs(1 - level - p) > 1e-9)
        outcome = judge_outcome(GAIN >= 1, row, level=level)
        assert outcome == ("supported" if 1 - level > p else "undecided")


class TestFind:
    """A score is exactly one row of a table."""

    ROWS = (
        score_row(1),
        score_row(2, match="z"),
        score_row(3, metric="sign agreement", detail="left"),
        score_row(4, metric="sign agreement", detail="right"),
    )

    def find(self, metric, match="", detail=""):
        return score(metric, match, detail).find_row(make_evidence(*self.ROWS).scores).value

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
    with pytest.raises(DescriptionError, match="a subclass that defines judge, scores and text"):
        Rule()


@pytest.mark.parametrize(
    "make_rule",
    [
        lambda: np.nan <= GAIN,
        lambda: float("nan") >= GAIN,
        lambda: GAIN.between(0.5, np.nan),
        lambda: GAIN.between(2.0, 1.0),
        lambda: GAIN.between(-np.inf, np.inf),
        lambda: -np.inf <= GAIN,
        lambda: np.inf >= GAIN,
        lambda: GAIN >= "0.5",
        lambda: GAIN >= None,
        lambda: GAIN >= True,
        lambda: GAIN >= 1j,
        lambda: 5 * Hz <= GAIN,
    ],
)
def test_a_bound_that_is_no_number_is_told(make_rule):
    with pytest.raises(DescriptionError, match="wanted bounds low <= high, plain numbers, got "):
        make_rule()


def test_no_level_and_no_share_is_nan():
    rate = measure(lambda response, stimulus: response.mean("condition"), "rate")
    for level in (np.nan, (0.2, np.nan), (1.0, 0.0), "high", (0.1, 0.2, 0.3), None):
        with pytest.raises(DescriptionError, match="level of 'x': wanted a number, or two between"):
            rate.at_levels(x=level)
    for share, of in ((np.nan, 1.0), (0.1, np.nan), ("a", 1.0), (0.1, "b")):
        with pytest.raises(DescriptionError, match="a share above 0"):
            GAIN.within(share, of=of)
    for low, high in ((np.nan, 1.0), (0.0, np.nan), (0.0, None)):
        with pytest.raises(DescriptionError, match="a range low < high"):
            Boundary(GAIN, low, high, holds="below")
