"""Time constants of exponential courses, recovered from them."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

from bioann.base.errors import DescriptionError
from bioann.metrics.relaxation import N_TRIED, RelaxationTime

TIME = np.arange(0.0025, 0.6, 0.005)
#: Ratio of two time constants that are tried one after the other.
SPACING = (2 * 0.4 / 0.005) ** (1 / (N_TRIED - 1))


def course(tau, start, change):
    values = start + change * np.exp(-(TIME - 0.1) / tau)
    return xr.DataArray(values[None], dims=("condition", "time"), coords={"time": TIME})


@given(st.floats(0.01, 0.3), st.floats(-1, 1), st.sampled_from([-0.5, 0.1, 3.0]))
def test_the_time_constant_of_an_exponential_is_found_whatever_its_ends(tau, start, change):
    response = course(tau, start, change)
    measured = float(RelaxationTime(0.1, 0.5)(response, None))
    # The best of those tried is next to the true one; the fit hardly differs between neighbours.
    assert measured == pytest.approx(tau * 1e3, rel=1.01 * (SPACING - 1))


def test_resamples_ride_along_and_a_constant_has_none():
    several = xr.concat([course(0.05, 0, 1), course(0.2, 1, 1), course(0.1, 1, 0)], "resample")
    taus = RelaxationTime(0.1, 0.5)(several, None)
    np.testing.assert_allclose(taus, [50, 200, np.nan], rtol=SPACING - 1)


def test_fewer_than_three_bins_have_no_time_constant():
    assert np.isnan(RelaxationTime(0.1, 0.5)(course(0.1, 0, 1).isel(time=slice(22)), None))


def test_times_in_the_wrong_order_are_an_error():
    with pytest.raises(DescriptionError, match="start before the stop"):
        RelaxationTime(0.5, 0.1)
