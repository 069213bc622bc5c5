"""Balanced weights, and neurons of which the rate follows in closed form."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import bioann as ba
from bioann.analyses.integrate_and_fire import (
    Recipe,
    balance_layers,
    list_layer_matrices,
    simulate_layers,
)

CONSTANT = Recipe(has_poisson_input=False, resets_to_zero=False)
seeds = st.integers(0, 2**32 - 1)


def draw_layers(seed):
    rng = np.random.default_rng(seed)
    layers = [(rng.normal(size=(6, 4)), rng.normal(0, 0.3, 6)),
              (rng.normal(size=(3, 6)), rng.normal(0, 0.3, 3))]  # fmt: skip
    return layers, rng.uniform(0, 1, (20, 4))


def predict(layers, x):
    for W, bias in layers[:-1]:
        x = np.maximum(x @ W.T + bias, 0)
    W, bias = layers[-1]
    return x @ W.T + bias


@given(seeds)
def test_balancing_divides_the_outputs_by_one_factor(seed):
    layers, x = draw_layers(seed)
    outputs, balanced = predict(layers, x), predict(balance_layers(layers, x, 100.0), x)
    factor = outputs[0, 0] / balanced[0, 0]
    assert factor > 0
    np.testing.assert_allclose(balanced * factor, outputs, rtol=1e-9, atol=1e-9)


@given(seeds)
def test_no_balanced_activation_and_no_balanced_first_weight_exceeds_the_threshold(seed):
    layers, x = draw_layers(seed)
    (W, bias), _ = balance_layers(layers, x, 100.0)
    hidden = np.maximum(x @ W.T + bias, 0)
    assert max(hidden.max(), W.max()) == pytest.approx(1.0)


def test_a_percentile_lets_the_largest_activations_saturate():
    W, x = np.full((1, 1), 0.1), np.linspace(0, 1, 101)[:, None]
    ((balanced, _),) = balance_layers([(W, np.full(1, 0.4))], x, 50.0)
    assert balanced[0, 0] == pytest.approx(0.1 / 0.45)  # the median activation becomes 1


def run_single_neuron(current, n_steps, recipe=CONSTANT):
    layers = [(np.array([[1.0]]), np.zeros(1)), (np.array([[1.0]]), np.zeros(1))]
    rng = np.random.default_rng(1)
    return simulate_layers(layers, np.array([[current]]), [n_steps], recipe, rng)


@given(st.integers(1, 127), st.integers(1, 60))
def test_a_neuron_that_subtracts_its_threshold_fires_as_often_as_its_input_adds_up(k, n_steps):
    """floor(T I) spikes for a constant input I; sums of 128ths are exact."""
    outputs = run_single_neuron(k / 128, n_steps)
    assert outputs.hidden_spikes[-1] == n_steps * k // 128


@given(st.integers(1, 127))
def test_a_neuron_that_is_reset_to_zero_loses_what_exceeds_its_threshold(k):
    """It fires once in ceil(1 / I) steps: never more often than the input says."""
    recipe = Recipe(has_poisson_input=False, resets_to_zero=True)
    outputs = run_single_neuron(k / 128, 64, recipe)
    assert outputs.hidden_spikes[-1] == 64 // -(-128 // k)


def test_poisson_inputs_fire_at_the_rate_of_their_pixels():
    layers = [(np.zeros((1, 100)), np.zeros(1)), (np.zeros((2, 1)), np.zeros(2))]
    inputs, rng = np.full((10, 100), 0.3), np.random.default_rng(2)
    outputs = simulate_layers(layers, inputs, [50], Recipe(), rng)
    # 50,000 draws in all: the standard error of the share is 0.002.
    assert outputs.spikes[-1] / 5000 == pytest.approx(0.3, abs=0.01)
    assert outputs.hidden_spikes[-1] == 0


@pytest.mark.parametrize("n_steps", [1, 40, 4000])
def test_without_an_output_spike_the_highest_potential_decides(n_steps):
    """However long it takes: potentials far below zero are not equal."""
    layers = [(np.eye(1), np.zeros(1)), (np.zeros((3, 1)), np.array([-2.0, -0.5, -1.0]))]
    outputs = simulate_layers(
        layers, np.zeros((1, 1)), [n_steps], CONSTANT, np.random.default_rng(1)
    )
    assert outputs.choices.tolist() == [[1]]


def test_long_simulations_decide_as_the_network_does():
    layers, x = draw_layers(3)
    balanced = balance_layers(layers, x, 100.0)
    outputs = simulate_layers(balanced, x, [4000], CONSTANT, np.random.default_rng(1))
    assert (outputs.choices[-1] == predict(layers, x).argmax(axis=1)).mean() >= 0.9


def test_matrices_of_a_flattened_network_are_those_of_its_layers():
    layers, x = draw_layers(4)
    network = ba.LayeredNetwork(
        (ba.layers.Dense(*layers[0]), ba.layers.Dense(*layers[1], "linear"))
    )
    matrices = list_layer_matrices(network.to_rate_network(), 3)
    np.testing.assert_allclose(predict(matrices, x), network.predict(x))
