"""Contrast gain of units that inhibit each other: (1 + w) / (1 - w)."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms
from hypothesis import given, strategies as st

import bioann as ba
from bioann.metrics.contrast_gain import (
    ContrastGain,
    ResponseContrast,
    UnsignedContrast,
    response_contrast,
)
from bioann.metrics.difference import Difference, Ratio

CONTRASTS = np.array([-0.1, -0.05, 0.0, 0.05, 0.1])


def steady_responses(w):
    """Two rate units with the lateral weight -w, in their steady state."""
    network = ba.RateNetwork(("a", "b"), W=[[0, -w], [-w, 0]], tau=10 * ms)
    levels = {"a": 1 + CONTRASTS, "b": 1 - CONTRASTS}
    stimulus = ba.steps(levels, duration=400 * ms, coords={"contrast": CONTRASTS})
    last = network.run(stimulus, trials=1, seed=1).activation.isel(trial=0, time=-1)
    coords = {"match": ["a", "b"], "contrast": ("condition", CONTRASTS)}
    return xr.DataArray(last.values, dims=("condition", "match"), coords=coords)


@pytest.mark.parametrize("w", [0.0, 0.2, 0.5, 0.7])
def test_lateral_inhibition_has_the_gain_of_the_difference_over_that_of_the_mean(w):
    gain = float(ContrastGain("a", "b", "contrast")(steady_responses(w), None))
    # exp(-400 (1 - w) / 10) of the difference mode is left: less than 1e-5 for w up to 0.7.
    assert gain == pytest.approx((1 + w) / (1 - w), rel=2e-5)


@given(st.floats(0.1, 5), st.floats(0, 0.9))
def test_a_threshold_alone_raises_the_gain(scale, threshold):
    inputs = np.stack([1 + CONTRASTS, 1 - CONTRASTS], axis=-1)
    coords = {"match": ["a", "b"], "contrast": ("condition", CONTRASTS)}
    values = scale * np.maximum(inputs - threshold, 0)
    response = xr.DataArray(values, dims=("condition", "match"), coords=coords)
    gain = float(ContrastGain("a", "b", "contrast")(response, None))
    assert gain == pytest.approx(1 / (1 - threshold)) or threshold > 0.9


def test_contrast_has_a_sign_and_its_size_has_none():
    values = [[3.0, 1.0], [1.0, 3.0], [0.0, 0.0], [np.nan, 1.0]]
    responses = xr.DataArray(values, dims=("trial", "match"), coords={"match": ["a", "b"]})
    np.testing.assert_array_equal(response_contrast(responses, "a", "b"), [0.5, -0.5, 0, np.nan])
    np.testing.assert_array_equal(UnsignedContrast("a", "b")(responses), [0.5, 0.5, 0, np.nan])


@pytest.mark.parametrize("w", [0.0, 0.3, 0.6])
def test_contrasts_of_single_conditions_have_the_ratio_and_difference_of_their_inputs(w):
    response = steady_responses(w)
    strong, weak = (ResponseContrast("a", "b", {"contrast": c}) for c in (0.1, 0.05))
    assert float(strong(response, None)) == pytest.approx(0.1 * (1 + w) / (1 - w), rel=1e-4)
    assert float(Ratio(strong, weak)(response, None)) == pytest.approx(2, rel=1e-4)
    difference = float(Difference(strong, weak)(response, None))
    assert difference == pytest.approx(float(weak(response, None)), rel=1e-4)
    for joined in (Ratio(strong, weak), Difference(strong, weak)):
        assert joined.measure_options() == {"per": "pair", "estimator": "plug-in"}


def test_without_contrast_there_is_no_gain():
    response = steady_responses(0.2).isel(condition=[2])
    assert np.isnan(ContrastGain("a", "b", "contrast")(response, None))
