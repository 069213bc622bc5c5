"""A curve that is moved or stretched along its input gives back by how much, whatever its shape."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms
from hypothesis import given, strategies as st

import bioann as ba
from bioann.metrics.crossing import find_crossing
from bioann.metrics.curve_shift import CurveShift, ResponseCurve

X = np.linspace(0, 1, 201)


def both(reference, curve):
    """One condition per level and match, and a channel that tells the curves apart."""
    levels = ba.stimuli.cross_levels({"late": [0.0, 1.0], "drive": X})
    stimulus = ba.steps(levels, duration=10 * ms).mean("time")
    y = np.r_[reference(X), curve(X)]
    bio = xr.DataArray(y[:, None], dims=("condition", "match"), coords={"match": ["cell"]})
    return bio, stimulus


def measure(bio, stimulus, part, **more):
    ends = (ResponseCurve("cell", {"late": 1.0}), ResponseCurve("cell", {"late": 0.0}))
    asked = CurveShift(*ends, along="drive", low=0.05, high=0.6, parameter=part, **more)
    return asked(bio, stimulus)


@pytest.mark.slow
@given(st.floats(0.0, 0.2), st.floats(0.6, 1.0), st.sampled_from([np.sqrt, np.square, np.tanh]))
def test_gain_and_offset_of_a_moved_and_stretched_curve(move, gain, shape):
    bio, stimulus = both(shape, lambda x: shape(np.maximum(gain * (x - move), 0)))
    assert measure(bio, stimulus, "gain") == pytest.approx(gain, abs=0.01)


def test_one_match_against_itself_is_two_curves_of_that_match():
    bio, stimulus = both(np.square, lambda x: (0.8 * x) ** 2)
    options = ("drive", 0.05, 0.6, "gain")
    shift = CurveShift.of_match("cell", {"late": 1.0}, {"late": 0.0}, *options)
    assert float(shift(bio, stimulus)) == float(measure(bio, stimulus, "gain"))
    unchanged = CurveShift.of_match("cell", {"late": 1.0}, {"late": 1.0}, *options)
    assert float(unchanged(bio, stimulus)) == pytest.approx(1.0)


@pytest.mark.slow
@given(st.floats(0.0, 0.2))
def test_the_offset_of_a_subtraction_is_what_was_subtracted(move):
    bio, stimulus = both(np.square, lambda x: np.maximum(x - move, 0) ** 2)
    assert measure(bio, stimulus, "offset", scale=1400) == pytest.approx(1400 * move, abs=3)


def test_resamples_ride_along_and_a_silent_curve_has_no_gain():
    bio, stimulus = both(np.square, lambda x: (0.8 * x) ** 2)
    several = xr.concat([bio, bio * 0], "resample")
    found = measure(several, stimulus, "gain")
    assert found.dims == ("resample",)
    assert found[0] == pytest.approx(0.8, abs=0.01)
    assert np.isnan(found[1])


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([-1, 1, 3], 1.5),
        ([3, 1, -1], 2.5),
        ([1, 0, -5], 2.0),
        ([3, 2, 1], 3.0),  # moves towards the bound: beyond the last level
        ([1, 2, 3], 1.0),
        ([1, np.nan, -1], np.nan),
    ],
)
def test_a_crossing_is_interpolated_or_lies_at_the_end_it_points_to(values, wanted):
    found = find_crossing(
        xr.DataArray([values, values], dims=("r", "level")), [1.0, 2.0, 3.0], "level"
    )
    np.testing.assert_allclose(found, [wanted, wanted])
    moved = find_crossing(xr.DataArray(values, dims="level") + 7, [1.0, 2.0, 3.0], "level", bound=7)
    np.testing.assert_allclose(moved, wanted)
