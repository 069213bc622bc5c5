"""A relative difference has no unit of response."""

import numpy as np
import pytest
import xarray as xr

from bioann.metrics.agreement import relative_rmse_percent


@pytest.mark.parametrize("gain", [1.0, 30.0])
def test_it_is_a_share_of_the_response_whatever_its_size(gain):
    bio = xr.DataArray(gain * np.array([[3.0, 4.0], [0.0, 0.0]]), dims=("condition", "match"))
    assert float(relative_rmse_percent(bio, 0.9 * bio, None)) == pytest.approx(10)
