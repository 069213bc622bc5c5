r"""Small networks trained on a few points in NumPy: many networks at once, or a single unit.

All networks have the same layers of :math:`\tanh` units and one sigmoid output, and differ in their
weights. For data sets, other layers and sign constraints see `bioann.ann.training.train`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import exp

import numpy as np
from scipy.special import expit

#: Weights of each layer in all networks, shape (network, source + 1, target); the last row is the
#: bias.
LayerWeights = Sequence[np.ndarray]


def compute_activities(layers: LayerWeights, x: np.ndarray) -> list[np.ndarray]:
    """Compute the activity of each layer of all networks.

    Parameters
    ----------
    layers : sequence of numpy.ndarray, shape (network, source + 1, target)
        Weights of each layer; the last row holds the biases.
    x : numpy.ndarray, shape (point, input)
        Inputs, the same for all networks.

    Returns
    -------
    list of numpy.ndarray, shape (network, point, unit)
        The inputs, then the activity of each layer from the first to the output.
    """
    activities = [np.broadcast_to(x, (layers[0].shape[0], *x.shape))]
    for w in layers:
        sums = activities[-1] @ w[:, :-1] + w[:, -1:]
        activities.append(expit(sums) if w is layers[-1] else np.tanh(sums))
    return activities


def descend_gradient(
    layers: LayerWeights,
    x: np.ndarray,
    target: np.ndarray,
    *,
    steps: int,
    rate: float,
    positive: bool = False,
) -> list[np.ndarray]:
    """Train by gradient descent on the logistic loss of all points.

    Parameters
    ----------
    layers : sequence of numpy.ndarray, shape (network, source + 1, target)
        Initial weights, as for `compute_activities`.
    x : numpy.ndarray, shape (point, input)
        Inputs of the training points.
    target : numpy.ndarray, shape (point,)
        Target output of each point, 0 or 1.
    steps : int
        Number of gradient steps, 0 or more.
    rate : float
        Learning rate, above 0.
    positive : bool, optional
        Whether negative weights are set to zero before every step and after the last one; biases
        are not constrained.

    Returns
    -------
    list of numpy.ndarray
        The trained weights, in the shapes of `layers`.
    """
    layers = _clip_negative_weights(layers) if positive else list(layers)
    for _ in range(steps):
        activities = compute_activities(layers, x)
        # Derivative of the logistic loss with respect to the summed input of the output unit.
        error = activities[-1] - target[:, None]
        for k in reversed(range(len(layers))):
            inputs = np.concatenate([activities[k], np.ones((*activities[k].shape[:2], 1))], axis=2)
            gradient = inputs.transpose(0, 2, 1) @ error / len(x)
            error = (error @ layers[k][:, :-1].transpose(0, 2, 1)) * (1 - activities[k] ** 2)
            layers[k] = layers[k] - rate * gradient
        layers = _clip_negative_weights(layers) if positive else layers
    return layers


def train_random_networks(
    sizes: Sequence[int],
    x: np.ndarray,
    target: np.ndarray,
    *,
    networks: int,
    rng: np.random.Generator,
    steps: int,
    rate: float,
    positive: bool = False,
) -> list[np.ndarray]:
    """Train networks whose initial weights and biases are drawn from a standard normal.

    Parameters
    ----------
    sizes : sequence of int
        Number of inputs, of units in each hidden layer, and of outputs, which is 1.
    x, target, steps, rate, positive
        As for `descend_gradient`.
    networks : int
        Number of networks.
    rng : numpy.random.Generator
        Source of the initial weights.

    Returns
    -------
    list of numpy.ndarray, shape (network, source + 1, target)
        The trained weights of each layer, with the biases in the last row.
    """
    layers = [
        rng.normal(size=(networks, sources + 1, targets)) for sources, targets in pairwise(sizes)
    ]
    return descend_gradient(layers, x, target, steps=steps, rate=rate, positive=positive)


def compute_share_correct(layers: LayerWeights, x: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the share of points that each network gets right, shape (network,).

    Parameters
    ----------
    layers : sequence of numpy.ndarray, shape (network, source + 1, target)
        Weights, as for `compute_activities`.
    x : numpy.ndarray, shape (point, input)
        Inputs.
    target : numpy.ndarray, shape (point,)
        Target output of each point, 0 or 1; right is an output on the same side of one half.
    """
    output = compute_activities(layers, x)[-1][..., 0]
    share: np.ndarray = ((output > 0.5) == (target > 0.5)).mean(axis=1)
    return share


def train_sigmoid_unit(
    x: Sequence[float],
    target: Sequence[float],
    *,
    steps: int,
    rate: float,
    positive: bool = False,
) -> np.ndarray:
    r"""Train a sigmoid unit with one input, starting at zero, and return its whole trajectory.

    With the output :math:`y` the gradient of the logistic loss :math:`L` is

    .. math:: \partial L / \partial w = \overline{(y - \text{target}) \, x}, \quad
              \partial L / \partial b = \overline{y - \text{target}}.

    Parameters
    ----------
    x, target : sequence of float
        Input and target output (0 or 1) of each training point.
    steps : int
        Number of gradient steps, 0 or more.
    rate : float
        Learning rate, above 0.
    positive : bool, optional
        Whether a negative weight is set to zero after every step; the bias is not constrained.

    Returns
    -------
    numpy.ndarray, shape (step, 2)
        Weight and bias after each step.
    """
    w = b = 0.0
    points = list(zip(x, target, strict=True))
    trajectory: list[float] = []
    for _ in range(steps):
        gradient_w = gradient_b = 0.0
        for value, label in points:
            error = 1 / (1 + exp(-w * value - b)) - label
            gradient_w += error * value
            gradient_b += error
        w -= rate * gradient_w / len(points)
        b -= rate * gradient_b / len(points)
        if positive and w < 0:
            w = 0.0
        trajectory += (w, b)
    return np.array(trajectory).reshape(-1, 2)


def find_steepest_fall(layers: LayerWeights, points: int = 11) -> np.ndarray:
    """Compute the largest decrease of the output when a single input increases.

    Parameters
    ----------
    layers : sequence of numpy.ndarray, shape (network, source + 1, target)
        Weights, as for `compute_activities`.
    points : int, optional
        Number of levels of each input between 0 and 1, at least 2; all combinations are evaluated.

    Returns
    -------
    numpy.ndarray, shape (network,)
        The smallest difference of the output between neighbouring levels of an input; 0 or more if
        the network is monotone.
    """
    networks, inputs = layers[0].shape[0], layers[0].shape[1] - 1
    axes = np.meshgrid(*[np.linspace(0, 1, points)] * inputs, indexing="ij")
    output = compute_activities(layers, np.stack(axes, axis=-1).reshape(-1, inputs))[-1]
    surface = output.reshape(networks, *[points] * inputs)
    rises = [np.diff(surface, axis=k + 1).reshape(networks, -1) for k in range(inputs)]
    return np.concatenate(rises, axis=1).min(axis=1)


def _clip_negative_weights(layers: LayerWeights) -> list[np.ndarray]:
    return [np.concatenate([np.maximum(w[:, :-1], 0.0), w[:, -1:]], axis=1) for w in layers]
