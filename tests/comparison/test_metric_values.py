"""A metric function returns one number for each match; nothing may be mistaken for it."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

import bioann as ba
from bioann.base.errors import UserCodeError
from bioann.comparison.metric_values import arrange_values

RESPONSE = xr.DataArray(np.arange(6.0).reshape(2, 3), dims=("match", "condition"))


@given(st.permutations(["match", "channel", "resample"]), st.integers(1, 4))
def test_the_order_of_dimensions_does_not_matter(dims, n):
    values = xr.DataArray(np.random.default_rng(n).random((2, 3, n)), dims=sorted(dims))
    values = values.rename(dict(zip(values.dims, ("match", "channel", "resample"), strict=True)))
    axes = {"match": ["a", "b"], "channel": ["x", "y", "z"]}
    arranged = arrange_values(values.transpose(*dims), "gain", axes, {"resample"})
    assert np.array_equal(arranged, values.values)


def test_one_number_stands_for_all_matches():
    values = arrange_values(xr.DataArray(2.5), "gain", {"match": ["a", "b"]}, set())
    assert np.array_equal(values, [[2.5], [2.5]])


@pytest.mark.parametrize(
    ("values", "axes", "text"),
    [
        (RESPONSE, {"match": "ab"}, "one number for each match, got an array that keeps condition"),
        (RESPONSE[:, 0], {}, "one number for each pair, got an array that keeps match"),
        (RESPONSE[:, 0], {"match": "abc"}, "each match, got an array of sizes {'match': 2}"),
        (2.5, {"match": "ab"}, "one number for each match, got float"),
        (RESPONSE[:, 0].to_dataset(name="r"), {"match": "ab"}, "each match, got Dataset"),
        (RESPONSE[:, 0] * 1j, {"match": "ab"}, "wanted real numbers, got complex numbers"),
        ("2.5", {}, "wanted real numbers, got text"),
    ],
)
def test_another_result_is_an_error_of_the_metric(values, axes, text):
    with pytest.raises(UserCodeError, match=r"^metric 'gain': wanted ") as caught:
        arrange_values(values, "gain", axes, set())
    assert text in str(caught.value)


@pytest.mark.slow
def test_a_metric_that_forgets_the_conditions_is_no_score_of_the_first(tiny_pair):
    metric = ba.measure(lambda response, stimulus: response, "all").of("ann").metric
    pair = dataclasses.replace(tiny_pair, metrics=(metric,))
    with pytest.raises(UserCodeError, match="an array that keeps condition"):
        ba.compare(pair.run(trials=1, seed=1, engine="numpy"))
