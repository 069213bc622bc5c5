"""A boundary inside the range is the verdict; outside it, all of the range is on one side."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from bioann.base.errors import DescriptionError
from bioann.claims.rules.all_of import AllOf
from bioann.claims.rules.boundary import Boundary
from bioann.claims.rules.score import Score
from bioann.comparison.scores import SCORE_COLUMNS
from bioann.metrics.metric import Metric

FLIP = Metric("flip", np.mean, unit="mV")


def score_table(value, low=np.nan, high=np.nan, **more):
    row = dict.fromkeys(SCORE_COLUMNS, np.nan) | {"match": "", "detail": "", "note": "no spikes"}
    row |= {"metric": "flip", "unit": "mV", "value": value, "low": low, "high": high} | more
    return pd.DataFrame([row])


def judge_boundary(holds, *numbers):
    return Boundary(FLIP, -80, -40, holds).judge(score_table(*numbers), pd.DataFrame())


@pytest.mark.parametrize(
    ("interval", "below"),
    [
        ((-60, -62, -58), "depends"),
        ((-60, np.nan, np.nan), "depends"),
        ((-40, -42, -40), "depends"),  # may lie inside
        ((-40, -40, -40), "supported"),
        ((-30, -35, -20), "supported"),
        ((-80, -80, -80), "refuted"),
        ((-90, -95, -85), "refuted"),
        ((np.nan, np.nan, np.nan), "depends"),
    ],
)
def test_where_the_boundary_lies_decides(interval, below):
    turned = {"supported": "refuted", "refuted": "supported", "depends": "depends"}
    assert judge_boundary("below", *interval).outcome == below
    assert judge_boundary("above", *interval).outcome == turned[below]


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


@given(st.floats(-100, 0), st.floats(0, 5), st.floats(0, 5))
def test_only_a_boundary_beyond_the_range_can_decide(value, less, more):
    found = judge_boundary("below", value, value - less, value + more).outcome
    inside = value + more > -80 and value - less < -40
    assert (found == "depends") == inside


def test_it_stands_among_other_rules():
    both = AllOf((Score(FLIP) >= -70, Boundary(FLIP, -80, -40, "below")))
    assert both.judge(score_table(-60, -62, -58), pd.DataFrame()).outcome == "depends"


@pytest.mark.parametrize("wrong", [{"low": 1.0, "high": 1.0}, {"holds": "left"}])
def test_a_boundary_that_means_nothing_is_refused(wrong):
    with pytest.raises(DescriptionError, match="range low < high, and holds='below' or 'above'"):
        Boundary(**{"score": FLIP, "low": 0.0, "high": 1.0, "holds": "below"} | wrong)
