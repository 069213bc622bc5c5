"""Magnification of maps whose density is a power of the density of the inputs."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

from bioann.base.errors import DescriptionError
from bioann.metrics.magnification import MagnificationExponent, magnification_exponent


def rising(x):
    return 2 * x


def quantiles(alpha, n=200):
    """Units with the density (2 x) ** alpha on [0, 1]: equal steps of its distribution function."""
    return ((np.arange(n) + 0.5) / n) ** (1 / (alpha + 1))


@given(st.floats(0, 2), st.integers(0, 2**31))
def test_the_exponent_of_a_power_of_the_density_is_that_power(alpha, seed):
    w = np.random.default_rng(seed).permutation(quantiles(alpha))
    # Beyond the border a central difference is off by the curvature over a few units: 1 in 10^3.
    assert magnification_exponent(w, rising, n_border=20) == pytest.approx(alpha, abs=5e-3)


def test_equal_units_have_no_density_and_few_are_an_error():
    assert np.isnan(magnification_exponent([0.1, 0.2, 0.2, 0.2, 0.3, 0.4], rising))
    with pytest.raises(DescriptionError, match="three units or more"):
        magnification_exponent([0.1, 0.2, 0.3, 0.4], rising, n_border=1)


def test_preferred_stimuli_are_the_means_of_tuning_curves():
    preferred = 0.2 + 0.6 * quantiles(0.5, 40)
    x = np.linspace(-0.5, 1.5, 401)
    tuning = np.exp(-((x[:, None] - preferred) ** 2) / (2 * 0.05**2))
    response = xr.DataArray(tuning, dims=("condition", "match"), coords={"x": ("condition", x)})
    measure = MagnificationExponent("x", rising, 5)
    expected = magnification_exponent(preferred, rising, 5)
    assert float(measure(response, None)) == pytest.approx(expected, abs=1e-6)
    several = xr.concat([response, 0 * response], "resample")
    np.testing.assert_allclose(measure(several, None), [expected, np.nan], atol=1e-6)
