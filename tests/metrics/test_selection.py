"""Conditions at given levels, averages that no edge moves, and differences as a share."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.metrics.agreement import max_difference_percent, relative_rmse
from bioann.metrics.difference import Difference
from bioann.metrics.extreme_response import PeakResponse
from bioann.metrics.selection import (
    MeanResponse,
    RatioOfMatches,
    TaperedMean,
    conditions_at,
)


def test_conditions_are_found_by_the_levels_of_some_channels():
    stimulus = ba.steps(
        ba.stimuli.cross_levels({"a": [0, 0.1, 0.3], "b": [0, 1]}), duration=10 * ms
    ).mean("time")
    a, b = (stimulus.sel(channel=c).values for c in "ab")
    found = conditions_at(stimulus, {"a": 0.1 + 0.2, "b": 1.0})  # which is not 0.3 to the last bit
    np.testing.assert_array_equal(found, (a > 0.2) & (b == 1))
    assert conditions_at(stimulus, {}).all()
    assert not conditions_at(stimulus, {"a": 0.2}).any()
    between = conditions_at(stimulus, {"a": (0.1, 0.2), "b": 0})
    np.testing.assert_array_equal(between, np.isclose(a, 0.1) & (b == 0))  # ends are included
    labelled = stimulus.assign_coords(total=("condition", a + b))
    np.testing.assert_array_equal(conditions_at(labelled, {"total": (0.2, 1)}), [0, 1, 0, 0, 1, 0])


def test_a_tapered_rate_of_a_regular_train_hardly_depends_on_its_phase():
    time = np.arange(0.0005, 0.5, 0.001)
    counted, tapered = [], []
    for phase in time[:30]:  # of 33.3 Hz, each spike in the middle of its bin
        spikes = np.histogram(np.arange(phase, 0.5, 0.03), bins=500, range=(0, 0.5))[0] * 1000.0
        train = xr.DataArray(spikes, dims="time", coords={"time": time})
        tapered.append(float(TaperedMean(start=0.1)(train)))
        counted.append(float(train[100:].mean()))
    assert np.ptp(counted) == pytest.approx(2.5)  # one spike in 400 ms
    assert np.ptp(tapered) < 0.025
    assert np.mean(tapered) == pytest.approx(100 / 3, rel=1e-3)


def test_a_relative_difference_does_not_depend_on_the_unit_of_the_response():
    bio = xr.DataArray([1.0, 2.0, 2.0], dims="condition")
    found = relative_rmse(bio, bio + 0.3, bio)
    assert found == pytest.approx(0.3 / np.sqrt(3))
    assert relative_rmse(50 * bio, 50 * bio + 15, bio) == pytest.approx(found)


def test_a_ratio_a_highest_and_a_largest_difference():
    shown = ba.steps({"a": [0.0, 1.0, 0.0], "b": [0.0, 0.0, 1.0]}, duration=10 * ms).mean("time")
    bio = xr.DataArray([[1.0, 4.0], [3.0, 2.0], [9.0, 3.0]], dims=("condition", "match"))
    bio = bio.assign_coords(match=["x", "y"])
    assert float(RatioOfMatches("x", "y")(bio, shown)) == pytest.approx(13 / 9)
    fall = Difference(PeakResponse(), lambda response, stimulus: response.min("condition"))
    np.testing.assert_allclose(fall(bio, shown), [8, 2])
    np.testing.assert_allclose(PeakResponse(scale=10.0)(bio, shown), [90, 40])
    np.testing.assert_allclose(MeanResponse(scale=6.0)(bio, shown), [26, 18])
    np.testing.assert_allclose(
        max_difference_percent(bio, bio + np.array([1, -1]), shown), [10, 100 / 3]
    )
