"""Published recipe for converting a trained network: weights balanced against a threshold of 1.

Diehl et al. 2015 scale the weights of each layer by the largest activation that the training set
evokes, so that an integrate-and-fire neuron with threshold 1 that fires at most once in a time
step does not saturate. Its input are Poisson spikes, and a spike resets the potential to zero.
Rueckauer et al. 2017 add biases as constant currents, feed the pixels in as constant currents, let
a spike subtract the threshold and take the 99.9th percentile of the activations. The neurons have
no leak, and the connections of one neuron have both signs.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

import bioann as ba

#: Duration of a time step in seconds, in which a neuron fires at most once.
STEP_S = 1e-3
#: Largest firing rate of an input, in Hz: a pixel of 1 fires in every step.
MAX_INPUT_HZ = 1000.0


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How weights are balanced and neurons simulated.

    Attributes
    ----------
    percentile : float
        Percentile of the activations of a layer that corresponds to one spike in each step.
    has_poisson_input : bool
        Whether the inputs are spikes; otherwise they are constant currents.
    resets_to_zero : bool
        Whether a spike sets the potential to zero; otherwise it subtracts the threshold.
    """

    percentile: float = 100.0
    has_poisson_input: bool = True
    resets_to_zero: bool = True


RECIPES = {
    "balanced (Diehl 2015)": Recipe(),
    "balanced (Rueckauer 2017)": Recipe(99.9, has_poisson_input=False, resets_to_zero=False),
}

#: Weights, shape (unit, input), and bias of each layer.
Layers = list[tuple[np.ndarray, np.ndarray]]


@dataclasses.dataclass(frozen=True)
class SpikingOutputs:
    """Result of a simulation.

    Attributes
    ----------
    choices : numpy.ndarray, shape (time, image)
        Output with the most spikes up to each time; of equal ones that with the highest potential.
    spikes : numpy.ndarray, shape (time,)
        Mean number of spikes of inputs, hidden and output neurons per image up to each time.
    hidden_spikes : numpy.ndarray, shape (time,)
        Mean number of spikes of the hidden neurons per image up to each time.
    """

    choices: np.ndarray
    spikes: np.ndarray
    hidden_spikes: np.ndarray


def list_layer_matrices(network: ba.RateNetwork, n_outputs: int) -> Layers:
    """Return weights and biases of a flattened network with one hidden layer."""
    hidden = slice(0, len(network.units) - n_outputs)
    output = slice(hidden.stop, None)
    return [
        (network.W_in[hidden], network.bias[hidden]),
        (network.W[output, hidden], network.bias[output]),
    ]


def balance_layers(layers: Layers, training_inputs: np.ndarray, percentile: float) -> Layers:
    """Scale weights and biases so that the largest activation of each layer is 1.

    With the factor `f` of a layer its weights become ``W f_previous / f`` and its bias ``b / f``:
    each activation is divided by the factor of its layer, and the decision stays the same. As in
    Diehl et al. 2015 the factor is the largest activation, or the largest weight if that is larger.

    Parameters
    ----------
    layers : list of (numpy.ndarray, numpy.ndarray)
        Weights, shape (unit, input), and bias of each layer; ReLU units, the last layer linear.
    training_inputs : numpy.ndarray, shape (image, input)
        Inputs from 0 to 1.
    percentile : float
        Percentile of the activations that becomes 1; 100 for the largest.

    Returns
    -------
    list of (numpy.ndarray, numpy.ndarray)
        The balanced layers.
    """
    previous, activation, balanced = 1.0, training_inputs, []
    for W, bias in layers:
        activation = np.maximum(activation @ W.T + bias, 0)
        factor = max(float(np.percentile(activation, percentile)), float(W.max()))
        balanced.append((W * previous / factor, bias / factor))
        previous = factor
    return balanced


def simulate_layers(
    layers: Layers, inputs: np.ndarray, times: Any, recipe: Recipe, rng: np.random.Generator
) -> SpikingOutputs:
    """Simulate balanced layers of integrate-and-fire neurons with threshold 1.

    Parameters
    ----------
    layers : list of (numpy.ndarray, numpy.ndarray)
        Balanced weights and biases; a bias is added in every step.
    inputs : numpy.ndarray, shape (image, input)
        Inputs from 0 to 1.
    times : sequence of int
        Numbers of steps after which decisions are read, ascending.
    recipe : Recipe
        Kind of input and of reset.
    rng : numpy.random.Generator
        Draws the input spikes.

    Returns
    -------
    SpikingOutputs
    """
    potentials = [np.zeros((len(inputs), len(bias))) for _, bias in layers]
    counts = np.zeros_like(potentials[-1])
    totals = np.zeros(1 + len(layers))  # spikes of the inputs and of each layer
    results = []
    for step in range(1, max(times) + 1):
        signal = inputs
        if recipe.has_poisson_input:
            signal = (rng.random(inputs.shape) < inputs * MAX_INPUT_HZ * STEP_S).astype(float)
            totals[0] += signal.sum()
        for k, (W, bias) in enumerate(layers):
            potentials[k] += signal @ W.T + bias
            signal = (potentials[k] >= 1).astype(float)
            kept = (1 - signal) * potentials[k] if recipe.resets_to_zero else potentials[k] - signal
            potentials[k] = kept
            totals[k + 1] += signal.sum()
        counts += signal
        if step in times:
            has_most = counts == counts.max(axis=1, keepdims=True)
            choices = np.where(has_most, potentials[-1], -np.inf).argmax(axis=1)
            results.append((choices, totals.sum(), totals[1:-1].sum()))
    choices, spikes, hidden_spikes = (np.array(values) for values in zip(*results, strict=True))
    return SpikingOutputs(choices, spikes / len(inputs), hidden_spikes / len(inputs))
