"""Savings: courses of learning whose times to the criterion are known."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

import bioann as ba
from bioann.base.errors import DescriptionError

BIN = 0.01
TIME = np.arange(0, 7, BIN) + BIN / 2


def learn(start, rate, before=0.0, top=1.0):
    """Rise from `before` at a rate per second, from a start on, up to the top."""
    since = TIME - start
    return np.clip(before + rate * since, before, top) * ((since > 0) & (since < 2))


def measure(course, criterion=0.5):
    response = xr.DataArray(course[None], dims=("condition", "time"), coords={"time": TIME})
    return float(ba.metrics.Savings(1.0, 4.0, 2.0, criterion)(response, None))


@pytest.mark.slow
@given(st.floats(1.0, 3.0), st.floats(-2.0, 2.0), st.floats(0.1, 0.9))
def test_learning_that_is_faster_saves_one_minus_the_ratio_of_the_times(ratio, before, criterion):
    """Lines that rise from any baseline: the second is `ratio` times as steep as the first."""
    course = before + learn(1.0, 0.4) + learn(4.0, 0.4 * ratio)
    reached = 0.4 * (2 - BIN / 2)  # in the last bin of the first learning
    assert reached < 1
    assert measure(course, criterion) == pytest.approx(1 - 1 / ratio, abs=1e-9)


@given(st.floats(0.05, 0.3), st.floats(0.4, 0.9))
def test_the_criterion_is_a_share_of_the_last_bin_of_the_first_learning(retained, criterion):
    """A second line as steep as the first, from a retained strength on, is ahead by it."""
    second = learn(4.0, 0.4) + retained * ((TIME > 4) & (TIME < 6))
    goal = criterion * 0.4 * (2 - BIN / 2)
    expected = pytest.approx(retained / goal, abs=1e-9)
    assert measure(learn(1.0, 0.4) + second, criterion) == expected


def test_what_is_learned_alike_saves_nothing_and_what_is_there_at_once_saves_nearly_all():
    assert measure(learn(1.0, 0.4) + learn(4.0, 0.4)) == pytest.approx(0, abs=1e-12)
    at_once = learn(1.0, 0.4) + 1.0 * ((TIME > 4) & (TIME < 6))
    assert measure(at_once) == pytest.approx(1 - BIN / 2 / 1.0, abs=1e-2)


@pytest.mark.parametrize("times", [(0.0, 4.0, 2.0), (1.0, 2.5, 2.0), (1.0, 4.0, 0.0)])
def test_times_that_overlap_are_an_error(times):
    message = "Savings: wanted a first learning after 0 s that ends before the second one, got"
    with pytest.raises(DescriptionError, match=message):
        ba.metrics.Savings(*times)


def test_a_response_without_the_second_learning_is_an_error():
    response = xr.DataArray(
        TIME[None, :350], dims=("condition", "time"), coords={"time": TIME[:350]}
    )
    message = "Savings: wanted a response beyond the start of the second learning, 4 s, got one"
    with pytest.raises(DescriptionError, match=message):
        ba.metrics.Savings(1.0, 4.0, 2.0)(response, response)


def test_a_criterion_is_a_share():
    with pytest.raises(DescriptionError, match="Savings, criterion: wanted between 0 and 1, got 1"):
        ba.metrics.Savings(1.0, 4.0, 2.0, 1.0)
