"""Networks whose responses are known: without recurrence, of one unit, and near the edge."""

import dataclasses

import numpy as np
import pytest
from brian2 import ms

import bioann as ba
from bioann.analyses import recurrent_translation as study

SETTINGS = study.SETTINGS


@pytest.mark.parametrize("activation", study.ACTIVATIONS)
def test_networks_have_both_signs_and_the_radius_of_the_settings(activation):
    ann = study.draw_recurrent_network(activation, 3, SETTINGS)
    assert np.abs(np.linalg.eigvals(ann.W)).max() == pytest.approx(SETTINGS.radius)
    # A share of 400 normal weights has a standard deviation of 0.025.
    assert (ann.W < 0).mean() == pytest.approx(0.5, abs=0.1)


def test_all_activations_have_the_same_weights():
    relu, sigmoid = (
        study.draw_recurrent_network(name, 3, SETTINGS) for name in ("ReLU", "sigmoid")
    )
    assert (relu.W == sigmoid.W).all()
    assert sigmoid.bias == pytest.approx(np.asarray(relu.bias) - 2.0)


@pytest.mark.parametrize("weight", [-2.0, 0.0, 0.5])
def test_a_loop_divides_by_one_minus_its_weight(weight):
    """What is left of the way after ten time constants is e^-5 for a weight of 0.5."""
    ann = ba.RateNetwork(
        ("u",), [[weight]], [[1.0, 0.0, 0.0]], channels=study.CHANNELS, tau=20 * ms
    )
    stimulus = ba.steps({"p": [0.3, 1.0], "q": [0.0] * 2, "r": [0.0] * 2}, duration=500 * ms)
    activations = study.compute_activations(ann, stimulus)[:, 0]
    assert activations == pytest.approx(np.array([0.3, 1.0]) / (1 - weight), rel=0.005)


def test_without_recurrence_units_are_their_activation_of_the_inputs():
    ann = study.draw_recurrent_network("tanh", 3, SETTINGS)
    ann = dataclasses.replace(ann, W=np.zeros_like(ann.W))
    stimulus = study.draw_steady_inputs(3, SETTINGS)
    inputs = stimulus.sel(channel=list(study.CHANNELS)).isel(time=-1)
    expected = np.tanh(inputs.transpose("condition", "channel").values @ ann.W_in.T + ann.bias)
    assert study.compute_activations(ann, stimulus) == pytest.approx(expected, abs=1e-3)


@pytest.mark.slow
def test_a_network_near_the_edge_keeps_its_gain():
    # Its neurons are right to 2%, which its loops made 32% of gain before they were closed.
    ann = study.draw_recurrent_network("ReLU", 0, SETTINGS)
    stimulus = study.draw_steady_inputs(0, SETTINGS)
    exact = study.compute_activations(ann, stimulus).ravel()
    bio = study.simulate_translation(ann, stimulus, 0).ravel()
    assert np.polyfit(exact, bio, 1)[0] == pytest.approx(1, abs=study.MAX_GAIN_ERROR)
    assert np.corrcoef(exact, bio)[0, 1] > study.MIN_CORRELATION
