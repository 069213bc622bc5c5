"""Responses over matches, compared with a profile."""

import numpy as np
import pytest
import xarray as xr

import bioann as ba
from bioann.base.errors import DescriptionError

PROFILE = {"a": 0.5, "b": 1.0, "c": 1.5, "d": 1.2}
SLOPE, CORRELATION = ba.metrics.ProfileSlope(PROFILE), ba.metrics.ProfileCorrelation(PROFILE)


def respond(values):
    """Two conditions whose mean these responses are, with a match that has no place."""
    rows = [[0.8 * v for v in values] + [9.0], [1.2 * v for v in values] + [7.0]]
    return xr.DataArray(rows, {"match": [*PROFILE, "other"]}, ("condition", "match"))


@pytest.mark.parametrize("factor", [1.0, 0.1, -3.0])
def test_proportional_responses_have_the_slope_and_the_correlation_1(factor):
    response = respond([factor * value for value in PROFILE.values()])
    assert SLOPE(response, None) == pytest.approx(1)
    assert CORRELATION(response, None) == pytest.approx(1)


def test_a_common_level_lowers_the_slope_and_keeps_the_correlation():
    mean = np.mean(list(PROFILE.values()))
    response = respond([value + mean for value in PROFILE.values()])
    assert SLOPE(response, None) == pytest.approx(0.5)
    assert CORRELATION(response, None) == pytest.approx(1)


def test_slope_and_correlation_are_those_of_numpy():
    values, profile = np.array([0.3, -0.1, 0.9, 2.0]), np.array(list(PROFILE.values()))
    slope = np.polyfit(profile / profile.mean(), values / values.mean(), 1)[0]
    assert SLOPE(respond(values), None) == pytest.approx(slope)
    correlation = np.corrcoef(profile, values)[0, 1]
    assert CORRELATION(respond(values), None) == pytest.approx(correlation)


def test_equal_responses_have_no_slope_and_an_undefined_correlation():
    response = respond([2.0] * 4)
    assert SLOPE(response, None) == pytest.approx(0)
    assert np.isnan(CORRELATION(response, None))
    assert np.isnan(SLOPE(respond([1.0, -1.0, 2.0, -2.0]), None))  # the mean is 0


@pytest.mark.parametrize(
    "profile",
    [
        {},
        {"a": 1.0, "b": 1.0},
        {"a": -1.0, "b": 1.0},
        {"a": 0.1, "b": 0.2, "c": -0.3},
        {"a": "x"},
    ],
)
def test_a_profile_needs_two_values_and_a_mean(profile):
    with pytest.raises(DescriptionError, match="a number for each match, not all the same"):
        ba.metrics.ProfileSlope(profile)
