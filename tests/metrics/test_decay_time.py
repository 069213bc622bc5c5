"""The mean time of what is left of a response is the time constant of an exponential decay."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

import bioann as ba

BIN, START, STOP = 0.01, 0.1, 2.1


def decay(tau, gain=1.0, bin_width=BIN):
    """Bin means of a response that is 1 until `START` and then decays."""
    centres = np.arange(bin_width / 2, STOP, bin_width)
    course = np.where(centres > START, np.exp(-(centres - START) / tau), 1.0)
    return xr.DataArray(gain * course[None], dims=("condition", "time"), coords={"time": centres})


@given(tau=st.floats(0.01, 0.1), gain=st.floats(0.01, 100))
def test_of_an_exponential_it_is_the_time_constant(tau, gain):
    actual = float(ba.metrics.DecayTime(START, STOP)(decay(tau, gain), None))
    # Values at the middles of bins: sum of (k + 1/2) h q^k over that of q^k, with q = exp(-h/tau),
    # which exceeds tau by h^2 / (12 tau) at most; what comes after 20 time constants is less.
    assert 1e3 * tau <= actual + 1e-3
    assert actual <= 1e3 * (tau + BIN**2 / 12 / tau) + 1e-3


def test_a_constant_response_is_centred_between_the_bounds():
    flat = xr.ones_like(decay(1.0))
    assert float(ba.metrics.DecayTime(0.5, 0.9)(flat, None)) == pytest.approx(200)


def test_conditions_count_by_their_size():
    both = xr.concat([decay(0.02, 3.0), decay(0.04, 1.0)], "condition")
    weights = np.array([3 * 20, 40])  # integrals of the two responses
    expected = (weights * (20, 40)).sum() / weights.sum()
    actual = float(ba.metrics.DecayTime(START, STOP)(both, None))
    assert actual == pytest.approx(expected, abs=1e3 * BIN**2 / 12 / 0.02)


def test_without_response_there_is_no_time():
    assert np.isnan(ba.metrics.DecayTime(START, STOP)(0 * decay(1.0), None))


def test_bounds_in_the_wrong_order_are_an_error():
    with pytest.raises(ba.BioannError, match="a start before the stop"):
        ba.metrics.DecayTime(0.3, 0.2)
