"""A boundary inside the range is the verdict; outside it, all of the range is on one side."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from bioann.base.errors import DescriptionError
from bioann.claims.rules.all_of import AllOf
from bioann.claims.rules.boundary import Boundary
from bioann.claims.rules.score import Score
from bioann.metrics.metric import Metric
from tests.claims.evidence import make_evidence, score_row

FLIP = Metric("flip", np.mean, unit="mV")


def flip_evidence(*numbers):
    return make_evidence(score_row(*numbers, metric="flip", unit="mV", note="no spikes", match=""))


def judge_boundary(holds, *numbers):
    return Boundary(FLIP, -80, -40, holds).judge(flip_evidence(*numbers))


@pytest.mark.parametrize(
    ("interval", "below"),
    [
        ((-60, -62, -58), "depends"),
        ((-60, -60, -60), "depends"),
        ((-60, np.nan, np.nan), "undecided"),  # too few trials for an interval
        ((-42, -44, -40), "undecided"),  # may lie at the end
        ((-79, -81, -77), "undecided"),
        ((-60, -81, -39), "undecided"),
        ((-40, -40, -40), "supported"),
        ((-30, -35, -20), "supported"),
        ((-80, -80, -80), "refuted"),
        ((-90, -95, -85), "refuted"),
        ((np.nan, np.nan, np.nan), "undecided"),
    ],
)
def test_where_the_boundary_lies_decides(interval, below):
    turned = {"supported": "refuted", "refuted": "supported"}
    assert judge_boundary("below", *interval).outcome == below
    assert judge_boundary("above", *interval).outcome == turned.get(below, below)


def test_it_says_where_with_interval_and_unit():
    minus, gap = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"
    searched = f"(searched from {minus}80.0 to {minus}40.0 mV)"
    because = f"flip: {minus}60.0 mV [{minus}62.0,{gap}{minus}58.0]; the claim holds below it"
    assert judge_boundary("below", -60, -62, -58).because == f"{because} {searched}"
    because = judge_boundary("above", -30, -35, -20).because
    assert because.endswith(f"; the claim fails in the whole range {searched}")
    because = judge_boundary("below", -30, -35, -20).because
    assert because.endswith(f"; the claim holds in the whole range {searched}")
    assert "could not be measured (no spikes)" in judge_boundary("below", np.nan).because
    text = Boundary(Score(FLIP, "cell"), -80, -40, "above").text
    assert text == f"the claim holds above the flip (cell) {searched}"


@given(st.floats(-100, -20), st.floats(0, 5), st.floats(0, 5))
def test_all_of_the_interval_is_inside_or_on_one_side_or_it_is_undecided(value, below, above):
    low, high = value - below, value + above
    outcome = judge_boundary("below", value, low, high).outcome
    assert (outcome == "depends") == (low > -80 and high < -40)
    assert (outcome == "supported") == (low >= -40)
    assert (outcome == "refuted") == (high <= -80)


def test_it_stands_among_other_rules():
    both = AllOf((Score(FLIP) >= -70, Boundary(FLIP, -80, -40, "below")))
    assert both.judge(flip_evidence(-60, -62, -58)).outcome == "depends"


@pytest.mark.parametrize("wrong", [{"low": 1.0, "high": 1.0}, {"holds": "left"}])
def test_a_boundary_that_means_nothing_is_refused(wrong):
    with pytest.raises(DescriptionError, match="range low < high, and holds='below' or 'above'"):
        Boundary(**{"score": FLIP, "low": 0.0, "high": 1.0, "holds": "below"} | wrong)
