"""A truth table is right row by row."""

import numpy as np
import pytest
import xarray as xr

from bioann.metrics.share_correct import ShareCorrect

LEVELS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
STIMULUS = xr.DataArray(LEVELS, dims=("condition", "channel"), coords={"channel": ["a", "b"]})
XOR = ShareCorrect(({"a": 0, "b": 1}, {"a": 1, "b": 0}))


@pytest.mark.parametrize(
    ("response", "share"),
    [([0, 1, 1, 0], 1.0), ([0, 1, 1, 1], 0.75), ([0.5] * 4, 0.5), ([1, 0, 0, 1], 0.0)],
)
def test_it_counts_rows_on_the_right_side_of_one_half(response, share):
    resamples = xr.DataArray([response] * 2, dims=("resample", "condition"))
    np.testing.assert_array_equal(XOR(resamples, STIMULUS), [share] * 2)


def test_rows_are_matched_by_level_and_not_by_order():
    order = [3, 1, 0, 2]
    response = xr.DataArray([0.0, 1, 1, 0], dims="condition").isel(condition=order)
    assert float(XOR(response, STIMULUS.isel(condition=order))) == 1.0
