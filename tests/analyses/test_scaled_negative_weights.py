"""Negative weights and the synapses that stand for them, multiplied by a factor."""

import numpy as np
import pytest
import xarray as xr

import bioann as ba
from bioann.analyses import scaled_negative_weights as study
from bioann.models.digits import build_classifier, read_stored_data


@pytest.fixture(scope="module")
def classifier():
    return build_classifier(read_stored_data())


@pytest.fixture(scope="module")
def network():
    return ba.load("digits").bio


def test_a_factor_multiplies_the_negative_weights_alone(classifier):
    for factor in (0.0, 1.0, 3.0):
        scaled = study.scale_classifier(classifier, factor)
        for before, after in zip(classifier.parameters, scaled.parameters, strict=True):
            W = before["W"]
            assert after["W"] == pytest.approx(np.maximum(W, 0) + factor * np.minimum(W, 0))
            assert (after["bias"] == before["bias"]).all()


def test_synapses_stand_for_negative_weights_where_these_are(classifier, network):
    """Output cells for the negative part of an output have all weights with the sign negated."""
    W_hidden, W_digit = (layer["W"] for layer in classifier.parameters)
    assert len(network.projections) == 8
    for projection in network.projections:
        W = W_hidden if projection.target.startswith("hidden") else W_digit
        has_synapse = network.draw_conductances(projection, seed=0) > 0
        has_sign = W < 0 if study.is_negative(projection) else W > 0
        assert (has_synapse == has_sign).all(), projection.name


def test_conductances_of_negative_weights_are_scaled(network):
    scaled = study.scale_conductances(network, 2.0)
    for before, after in zip(network.projections, scaled.projections, strict=True):
        factor = 2.0 if study.is_negative(before) else 1.0
        assert float(after.weight) == pytest.approx(factor * float(before.weight))


def test_the_gap_is_that_of_the_sets():
    correct = xr.DataArray(
        [[[1, 1, 1, 1], [1, 0, 0, 1]], [[1, 1, 1, 0], [0, 0, 0, 0]]],
        {"factor": [1.0, 3.0], "set": list(study.SETS)},
        ("factor", "set", "image"),
    )
    data = xr.Dataset({"correct": correct})
    assert study.compute_gap(correct).mean("image").values == pytest.approx([50.0, 75.0])
    assert study.compare_gaps(data).mean("image").values == pytest.approx([0.0, 25.0])
    change = study.compare_with_trained(data).mean("image").sel(factor=3.0)
    assert change.values == pytest.approx([-25.0, -50.0])
