"""What a line with a threshold does below it, right above it, and beside another."""

import numpy as np
import pytest
import xarray as xr

from bioann.metrics.onset import HighestBelow, LargestDifference, OnsetRatio, weighted

LEVELS = np.linspace(0, 1, 11)
STIMULUS = xr.DataArray(
    np.stack([np.tile(LEVELS, 2), np.repeat([0.0, 1.0], 11)], axis=1),
    dims=("condition", "channel"),
    coords={"channel": ["drive", "noise"]},
)
ALONG, QUIET = {"drive": 1.0, "noise": 0.5}, {"noise": 0.0}
TOTAL = weighted(STIMULUS, ALONG)
RESPONSE = xr.concat([k * (TOTAL - 0.25).clip(min=0) for k in (1, 3)], "match")
RESPONSE = RESPONSE.assign_coords(match=["flat", "steep"])


def test_the_sum_is_weighted():
    np.testing.assert_allclose(TOTAL, np.r_[LEVELS, LEVELS + 0.5])


def test_the_highest_response_below_a_level():
    for where, wanted in ((QUIET, 0.05), ({"noise": 1.0}, np.nan)):
        found = HighestBelow(ALONG, 0.31, where, hertz=100.0)(RESPONSE, STIMULUS)
        np.testing.assert_allclose(found, np.array([100, 300]) * wanted)


def test_the_steeper_line_begins_more_steeply():
    ratio = OnsetRatio("steep", "flat", ALONG, (0.25, 0.5), QUIET)(RESPONSE, STIMULUS)
    assert float(ratio) == pytest.approx(3)


def test_the_largest_difference_is_a_share_of_the_highest_of_the_other():
    off = LargestDifference(QUIET)(RESPONSE, xr.ones_like(RESPONSE), STIMULUS)
    np.testing.assert_allclose(off, [100, 125])
    assert LargestDifference({"noise": 2.0})(RESPONSE, RESPONSE, STIMULUS).isnull().all()
