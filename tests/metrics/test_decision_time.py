"""Decision times of ramps and of exponential courses, whose crossing is known."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

from bioann.base.errors import DescriptionError
from bioann.metrics.decision_time import DecisionTime, chronometric_curve

BIN, DURATION, ONSET = 2e-3, 1.0, 0.2
TIME = np.arange(BIN / 2, DURATION, BIN)


def competing(difference, dims=("time",)):
    """Responses of two matches that differ as a function of time says, as means of bins."""
    values = np.stack([0.5 + difference, np.full_like(difference, 0.5)])
    return xr.DataArray(values, dims=("match", *dims), coords={"match": ["a", "b"], "time": TIME})


@given(st.floats(1.0, 8.0), st.sampled_from([-1, 1]), st.sampled_from([0.0, 0.02, 0.1]))
def test_a_ramp_reaches_the_bound_when_the_mean_of_the_window_does(slope, sign, window):
    ramp = sign * slope * (TIME - ONSET).clip(0)
    time = float(DecisionTime("a", "b", 0.5, ONSET, window).find_times(competing(ramp)))
    # The mean over the last w of a ramp lags by w / 2; it ends half a bin after the last value.
    lag = max(window, BIN) / 2
    if 0.5 / slope > lag:  # the whole window lies after the onset
        assert time == pytest.approx((0.5 / slope + lag) * 1e3, abs=0.5)


def test_an_exponential_course_decides_after_the_logarithm_of_its_ratio_to_the_bound():
    tau, final = 0.1, 0.4
    course = final * (1 - np.exp(-(TIME - ONSET).clip(0) / tau))
    time = float(DecisionTime("a", "b", 0.1, ONSET, 0.0).find_times(competing(course)))
    assert time == pytest.approx(tau * np.log(final / (final - 0.1)) * 1e3 + BIN * 500, abs=0.1)


def test_the_first_decision_counts_and_none_lasts_until_the_end():
    never, twice, before = (np.zeros_like(TIME) for _ in range(3))
    twice[(TIME > 0.5) & (TIME < 0.6)] = 1
    twice[TIME > 0.8] = -1
    before[TIME < 0.1] = 1  # before the onset nothing is decided
    courses = competing(np.stack([never, twice, before]), ("trial", "time"))
    times = DecisionTime("a", "b", 0.5, ONSET, BIN).find_times(courses)
    np.testing.assert_allclose(times, [800, 301, 800], atol=1.01)


def test_the_chronometric_curve_is_the_mean_at_each_contrast():
    coords = {"contrast": ("condition", [0.1, 0.0, 0.1])}
    times = xr.DataArray([100.0, 300.0, 200.0], dims="condition", coords=coords)
    curve = chronometric_curve(times, "contrast")
    assert curve.contrast.values.tolist() == [0.0, 0.1]
    np.testing.assert_allclose(curve, [300, 150])
    assert float(DecisionTime("a", "b", 0.5)(times, None)) == 200


def test_a_bound_of_zero_is_an_error():
    with pytest.raises(DescriptionError, match="DecisionTime, bound"):
        DecisionTime("a", "b", 0.0)
