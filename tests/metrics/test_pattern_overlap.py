"""Overlap of patterns, counted pair by pair and by its limits."""

import itertools

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

from bioann.metrics.pattern_overlap import mean_overlap, overlap_ratio


def label(values, dim):
    return xr.DataArray(np.asarray(values, float), dims=("condition", dim))


@given(st.integers(0, 2**31), st.integers(2, 6))
def test_the_mean_overlap_is_the_mean_cosine_over_pairs(seed, n):
    patterns = np.random.default_rng(seed).random((n, 4))
    cosines = [
        a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        for a, b in itertools.combinations(patterns, 2)
    ]
    assert float(mean_overlap(label(patterns, "match"), "match")) == pytest.approx(np.mean(cosines))


def test_equal_patterns_overlap_wholly_and_disjoint_ones_not_at_all():
    assert float(mean_overlap(label([[1, 2], [2, 4]], "match"), "match")) == pytest.approx(1)
    assert float(mean_overlap(label(np.eye(3), "match"), "match")) == pytest.approx(0, abs=1e-12)


def test_a_silent_pattern_does_not_count():
    with_silence = label([[1, 1], [0, 0], [1, 0]], "match")
    assert float(mean_overlap(with_silence, "match")) == pytest.approx(np.sqrt(0.5))
    assert np.isnan(mean_overlap(with_silence.isel(condition=[0, 1]), "match"))
    assert np.isnan(mean_overlap(with_silence * np.nan, "match"))


@pytest.mark.slow
@given(st.floats(0.01, 0.9))
def test_a_gain_keeps_the_overlap_and_subtracting_what_is_common_removes_it(common):
    inputs = label(common + (1 - common) * np.eye(4), "channel")
    response = inputs.rename(channel="match")
    assert float(overlap_ratio(3 * response, inputs)) == pytest.approx(1)
    separated = (response - common - 1e-9).clip(0)
    assert float(overlap_ratio(separated, inputs)) == pytest.approx(0, abs=1e-9)


def test_resamples_ride_along():
    response = xr.DataArray(
        np.random.default_rng(1).random((3, 2, 4)), dims=("condition", "match", "r")
    )
    stimulus = label(np.random.default_rng(2).random((3, 5)), "channel")
    together = overlap_ratio(response, stimulus)
    alone = [float(overlap_ratio(response.isel(r=k), stimulus)) for k in range(4)]
    np.testing.assert_allclose(together, alone)
