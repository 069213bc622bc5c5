"""Recovery times of responses that recover exponentially."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

import bioann as ba
from bioann.base.errors import DescriptionError

DELAYS = (0.2, 0.4, 0.8, 1.6)


def respond_at(delay):
    """The response of the condition with this delay, or at rest."""
    return ba.metrics.Contrast({"delay": delay})


def respond(recovered):
    """Response 3 at rest (delay 99), and a share of it after each delay."""
    values = 3.0 * np.r_[1.0, [recovered(d) for d in DELAYS]]
    coords = {"delay": ("condition", [99.0, *DELAYS])}
    return xr.DataArray(values, dims="condition", coords=coords)


RECOVERY = ba.metrics.RecoveryTime(respond_at(99.0), {d: respond_at(d) for d in DELAYS})


@given(st.floats(0.05, 5.0), st.floats(0.01, 0.99))
def test_the_time_constant_of_an_exponential_is_found_whatever_is_missing(tau, missing):
    response = respond(lambda d: 1 - missing * np.exp(-d / tau))
    if missing * np.exp(-1.6 / tau) < 1e-9:
        return  # nothing is missing that rounding leaves
    assert float(RECOVERY(response, None)) == pytest.approx(1e3 * tau, rel=1e-5)


def test_what_is_not_missing_has_no_time_constant():
    assert np.isnan(RECOVERY(respond(lambda d: 1.0), None))
    assert np.isnan(RECOVERY(respond(lambda d: 1.1), None))


def test_the_options_are_those_of_the_probes_with_the_unit_of_a_time():
    between = ba.metrics.ResponseBetween(0.1, 0.2)
    options = ba.metrics.RecoveryTime(between, {0.1: between, 0.2: between}).measure_options()
    assert options["over"] == "time"
    assert options["unit"] == "ms"


def test_a_single_delay_is_an_error():
    message = r"RecoveryTime, probes: wanted at least two delays, got \[0.1\]"
    with pytest.raises(DescriptionError, match=message):
        ba.metrics.RecoveryTime(respond_at(99.0), {0.1: respond_at(0.1)})
