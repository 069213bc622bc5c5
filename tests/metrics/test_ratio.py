"""Responses between two times, and their ratios: what paired pulses are measured by."""

import numpy as np
import pytest
import xarray as xr

import bioann as ba
from bioann.base.errors import DescriptionError
from bioann.metrics import Difference, Ratio, ResponseBetween

STIMULUS = xr.DataArray([[0.0], [1.0]], dims=("condition", "channel"), coords={"channel": ["x"]})


def decaying_pulses(*sizes):
    """Pulses every 100 ms that decay to a half, the same sizes in one of two conditions."""
    time = np.arange(0.005, 0.1 * len(sizes), 0.01)
    course = np.repeat(sizes, 10) * 0.5 ** (np.round((time % 0.1) / 0.01 - 0.5) / 9)
    return xr.DataArray(
        [0 * course + 7, course],
        dims=("condition", "time"),
        coords={"time": time, "rate": ("condition", [0.0, 10.0])},
    )


def test_the_ratio_of_two_pulses_is_that_of_their_sizes():
    first, second, third = (
        ResponseBetween(start, start + 0.1, {"rate": 10.0}) for start in (0.0, 0.1, 0.2)
    )
    response = decaying_pulses(3.0, 1.2, 0.6)
    assert Ratio(second, first)(response, STIMULUS).item() == pytest.approx(0.4, rel=1e-12)
    # Of differences: (0.6 - 1.2) / (1.2 - 3.0).
    ratio = Ratio(Difference(third, second), Difference(second, first))
    assert ratio(response, STIMULUS).item() == pytest.approx(1 / 3, rel=1e-12)
    # Without levels it is the mean over all conditions.
    everywhere = ResponseBetween(0.0, 0.3)(response, STIMULUS).item()
    assert everywhere == pytest.approx((7 + response[1].mean().item()) / 2, rel=1e-12)


def test_a_measure_of_them_is_one_of_time_courses():
    between = ResponseBetween(0.0, 0.1)
    for function in (between, Ratio(between, between), Difference(between, between)):
        assert ba.measure(function, "m").metric.over == "time"


def test_a_denominator_of_zero_and_missing_conditions_give_no_number():
    silent = ResponseBetween(0.1, 0.2, {"rate": 10.0})
    assert np.isnan(Ratio(silent, silent)(decaying_pulses(1.0, 0.0), STIMULUS).item())
    missing = ResponseBetween(0.1, 0.2, {"rate": 5.0})
    assert np.isnan(missing(decaying_pulses(1.0, 1.0), STIMULUS).item())


def test_a_time_without_a_stop_after_the_start_is_an_error():
    with pytest.raises(DescriptionError, match=r"start 0\.2 s, stop 0\.1 s"):
        ResponseBetween(0.2, 0.1)
