r"""Small networks trained on a few points in NumPy, many networks at once.

All networks have the same layers of :math:`\tanh` units and differ in their weights. Their output
is the sigmoid of one sum, or of the difference of two: the probability of the second of two classes
whose logits are compared. For a single unit see `bioann.ann.training.sigmoid_unit`; for data sets,
other layers and sign constraints see `bioann.ann.training.train`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import expit

from bioann.base.description import Description
from bioann.base.randomness import make_rng
from bioann.claims.measure import measure
from bioann.claims.rules.score import Score

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
        The inputs, then the activity of each layer from the first to the output; the output has one
        unit, also if the last layer has two targets, which are compared.
    """
    activities = [np.broadcast_to(x, (layers[0].shape[0], *x.shape))]
    for w in layers:
        sums = activities[-1] @ w[:, :-1] + w[:, -1:]
        activities.append(np.tanh(sums))
    logits = sums[..., 1:] - sums[..., :1] if sums.shape[-1] == 2 else sums
    return [*activities[:-1], expit(logits)]


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
        # Derivative of the logistic loss with respect to the summed inputs of the last layer.
        error = activities[-1] - target[:, None]
        if layers[-1].shape[2] == 2:
            error = np.concatenate([-error, error], axis=2)
        for k in reversed(range(len(layers))):
            inputs = np.concatenate([activities[k], np.ones((*activities[k].shape[:2], 1))], axis=2)
            gradient = inputs.transpose(0, 2, 1) @ error / len(x)
            error = (error @ layers[k][:, :-1].transpose(0, 2, 1)) * (1 - activities[k] ** 2)
            layers[k] = layers[k] - rate * gradient
        layers = _clip_negative_weights(layers) if positive else layers
    return layers


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


@dataclasses.dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class TrainedNetworks(Description):
    """Networks with several numbers of hidden layers, trained when they are first looked at.

    `descend_gradient` trains them; the initial weights and biases are standard normal. Claims
    compare their scores with numbers: ``networks.best_share >= 1.0``.

    Parameters
    ----------
    label : str
        What sets the networks apart, such as ``"free signs"``, for the names of their scores.
    x, target, steps, rate, positive
        Inputs, targets, number of steps, learning rate and sign constraint of `descend_gradient`.
    depths : tuple of int
        Numbers of hidden layers.
    hidden_units : int
        Units in each hidden layer.
    count : int
        Networks with each number of layers.
    key : tuple of int or str
        What the random numbers depend on, beside depth, constraint and outputs: a seed, then
        labels.
    outputs : {1, 2}, optional
        Summed inputs of the last layer: one that is compared with zero, or two with each other.
    """

    label: str
    x: np.ndarray
    target: np.ndarray
    depths: tuple[int, ...]
    hidden_units: int
    count: int
    key: tuple[Any, ...]
    steps: int
    rate: float
    positive: bool = False
    outputs: int = 1

    @cached_property
    def layers(self) -> dict[int, list[np.ndarray]]:
        """Weights of each layer by number of hidden layers, shape (network, source + 1, target)."""
        return {depth: self._train(depth) for depth in self.depths}

    def _train(self, depth: int) -> list[np.ndarray]:
        labels = () if self.outputs == 1 else (f"{self.outputs} outputs",)
        rng = make_rng(*self.key, *labels, depth, not self.positive)
        sizes = (self.x.shape[1], *(self.hidden_units,) * depth, self.outputs)
        layers = [rng.normal(size=(self.count, n + 1, above)) for n, above in pairwise(sizes)]
        options: dict[str, Any] = {"steps": self.steps, "rate": self.rate}
        return descend_gradient(layers, self.x, self.target, positive=self.positive, **options)

    @cached_property
    def shares_correct(self) -> dict[int, np.ndarray]:
        """Share of points on the right side of one half by number of layers, shape (network,)."""
        outputs = {n: compute_activities(w, self.x)[-1][..., 0] for n, w in self.layers.items()}
        is_one = self.target > 0.5
        return {n: ((y > 0.5) == is_one).mean(axis=1) for n, y in outputs.items()}

    def find_best_share(self) -> float:
        """Return the share of points that the best of all networks gets right."""
        return float(max(shares.max() for shares in self.shares_correct.values()))

    def find_worst_share(self) -> float:
        """Return the share of points that the worst of all networks gets right."""
        return float(min(shares.min() for shares in self.shares_correct.values()))

    def find_steepest_fall(self) -> float:
        """Return the smallest `find_steepest_fall` of all networks."""
        return float(min(find_steepest_fall(layers).min() for layers in self.layers.values()))

    @property
    def best_share(self) -> Score:
        """Score of `find_best_share`."""
        name = f"points right, best of the trained networks with {self.label}"
        return measure(self.find_best_share, name, best=1).of()

    @property
    def worst_share(self) -> Score:
        """Score of `find_worst_share`."""
        name = f"points right, worst of the trained networks with {self.label}"
        return measure(self.find_worst_share, name, best=1).of()

    @property
    def steepest_fall(self) -> Score:
        """Score of `find_steepest_fall`; 0 if the networks are monotone."""
        name = f"steepest fall of the output with {self.label} as an input rises"
        return measure(self.find_steepest_fall, name, best=0).of()


def _clip_negative_weights(layers: LayerWeights) -> list[np.ndarray]:
    return [np.concatenate([np.maximum(w[:, :-1], 0.0), w[:, -1:]], axis=1) for w in layers]
