"""Trainable networks: parameters by name, bounds, and a forward pass in JAX."""

from __future__ import annotations

import dataclasses
import functools
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from bioann.ann.activations.activation import Activation
from bioann.ann.init import Initialisation, initialise_weights
from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.recurrent import Recurrent
from bioann.ann.signs.constraints import Bounds, SignConstraint, WeightSources, impose_bounds
from bioann.ann.training.jax_optax import import_jax

#: Arrays by ``layer.field``.
NamedArrays: TypeAlias = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class LearnedArray:
    """Properties of one trainable array.

    Attributes
    ----------
    name : str
        Name of the array, ``layer.field``.
    layer : str
        Name of the layer, ``"network"`` for a rate network.
    signed : bool
        Whether the array holds signed weights, to which sign constraints apply.
    non_negative : bool
        Whether the layer requires all values to be 0 or more.
    decays : bool
        Whether weight decay applies to the array.
    source : str
        Name of the presynaptic layer, or ``"input"``.
    absent : numpy.ndarray of bool or None
        Elements without a connection, which stay at zero; None if all are connected.
    rate_factor : float
        Factor on the learning rate, above 0.
    """

    name: str
    layer: str
    signed: bool
    non_negative: bool
    decays: bool
    source: str
    absent: np.ndarray | None = None
    rate_factor: float = 1.0

    def bounds(self, array: np.ndarray, constraint: SignConstraint, seed: int) -> Bounds:
        """Compute the lower and upper bound of every element of an initial array.

        Parameters
        ----------
        array : numpy.ndarray
            Initial values; some constraints keep their signs.
        constraint : SignConstraint
            Applied to signed weights only.
        seed : int
            Seed of the training, for constraints that draw signs.
        """
        low, high = np.full(array.shape, -np.inf), np.full(array.shape, np.inf)
        if self.signed:
            low, high = constraint.compute_bounds(array, WeightSources(self.source, seed))
        if self.non_negative:
            low = np.maximum(low, 0.0)
        if self.absent is not None:
            low, high = np.where(self.absent, 0.0, low), np.where(self.absent, 0.0, high)
        return low, high


class TrainableNetwork(ABC):
    """Base of networks that can be trained; equal if they share a `structure`."""

    learned_arrays: tuple[LearnedArray, ...]

    @property
    @abstractmethod
    def rectified_arrays(self) -> dict[str, tuple[str, ...]]:
        """Names of the biases and weights of layers whose units are all silent below zero."""

    @property
    @abstractmethod
    def description(self) -> str:
        """Text that identifies the model with its initial parameters, for checkpoints."""

    @property
    @abstractmethod
    def structure(self) -> str:
        """Text that identifies the computation; models that share it share compiled functions."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TrainableNetwork) and self.structure == other.structure

    def __hash__(self) -> int:
        return hash(self.structure)

    @abstractmethod
    def initial_parameters(
        self, initialisation: Initialisation | None, seed: int
    ) -> dict[str, np.ndarray]:
        """Return the initial parameters; None for an initialisation keeps the network's own."""

    @abstractmethod
    def forward(self, parameters: NamedArrays, x: Any, key: Any | None) -> Any:
        """Compute the outputs for inputs ``(batch, time, ...)`` in JAX.

        Parameters
        ----------
        parameters : dict of str to array
            Parameters by name, ``layer.field``.
        x : array, shape (batch, time, ...)
            Inputs to the network, in activation.
        key : array or None
            JAX key from which dropout is drawn; None for no dropout.
        """

    @abstractmethod
    def signed_weights(self, parameters: NamedArrays) -> NamedArrays:
        """Compute the effective signed weights from the parameters, by ``layer.field``."""

    @abstractmethod
    def make_network(self, parameters: dict[str, np.ndarray]) -> Any:
        """Return the network with these parameters."""

    def start_within_bounds(
        self, initialisation: Initialisation | None, constraint: SignConstraint, seed: int
    ) -> tuple[dict[str, np.ndarray], dict[str, Bounds]]:
        """Return initial parameters that satisfy a constraint, and their bounds.

        Rectified units that only weights of 0 or less reach would stay silent under non-negative
        input, without a gradient. If a layer has no others, drawn parameters start with positive
        biases: half the summed magnitude of a unit's weights, which inputs of 1/2 cancel.
        """
        parameters = self.initial_parameters(initialisation, seed)
        bounds = {
            w.name: w.bounds(parameters[w.name], constraint, seed) for w in self.learned_arrays
        }
        start = {name: impose_bounds(parameters[name], bounds[name]) for name in parameters}
        for bias, weights in self.rectified_arrays.items() if initialisation is not None else ():
            if all((bounds[name][1] <= 0).all() for name in weights):
                total = sum(np.abs(start[w].reshape(len(start[w]), -1)).sum(1) for w in weights)
                start[bias] = np.where(start[bias] <= 0, total / 2, start[bias])
        return start, bounds


class TrainableLayeredNetwork(TrainableNetwork):
    """A trainable layered network.

    Parameters
    ----------
    network : LayeredNetwork
        The network, with the parameters before training.
    dt : float or None
        Time step of the data in seconds; required by layers with a time constant.
    """

    def __init__(self, network: LayeredNetwork, dt: float | None) -> None:
        self.network, self.dt = network, dt
        self.learned_arrays = tuple(
            LearnedArray(
                f"{name}.{field}",
                name,
                field in layer.signed_fields,
                field in layer.non_negative_fields,
                layer.parameters[field].ndim > 1,
                layer.source_of(field, name, source),
                rate_factor=layer.learning_rate_factors.get(field, 1.0),
            )
            for name, layer, source in zip(
                network.names, network.layers, network.sources, strict=True
            )
            for field in layer.trainable_fields
        )

    @property
    def rectified_arrays(self) -> dict[str, tuple[str, ...]]:
        """Names of the biases and input weights of layers of rectified units."""
        layers = zip(self.network.names, self.network.layers, strict=True)
        return {
            f"{name}.bias": tuple(
                f"{name}.{f}" for f in layer.signed_fields if f not in layer.recurrent_fields
            )
            for name, layer in layers
            if isinstance(layer, (Dense, Conv2d, Recurrent)) and is_rectified(layer.activation)
        }

    @property
    def description(self) -> str:
        """The network with its parameters, and the time step."""
        return f"{self.network!r}, dt={self.dt}"

    @functools.cached_property
    def structure(self) -> str:
        """The network with all parameters zero, and the time step."""
        zeros = [{k: np.zeros_like(v) for k, v in p.items()} for p in self.network.parameters]
        return f"{self.network.with_parameters(zeros)!r}, dt={self.dt}"

    def initial_parameters(
        self, initialisation: Initialisation | None, seed: int
    ) -> dict[str, np.ndarray]:
        """Draw the parameters, or return the network's own."""
        network = self.network
        if initialisation is not None:
            network = initialise_weights(network, initialisation, seed=seed)
        return {
            f"{name}.{field}": array
            for name, p in zip(network.names, network.parameters, strict=True)
            for field, array in p.items()
        }

    def _group_by_layer(self, parameters: NamedArrays) -> list[NamedArrays]:
        return [
            {field: parameters[f"{name}.{field}"] for field in layer.trainable_fields}
            for name, layer in zip(self.network.names, self.network.layers, strict=True)
        ]

    def forward(self, parameters: NamedArrays, x: Any, key: Any | None) -> Any:
        """Compute the outputs of the last layer in JAX."""
        return self.compute_outputs(parameters, x, key)[-1]

    def compute_outputs(self, parameters: NamedArrays, x: Any, key: Any | None) -> list[Any]:
        """Compute the outputs of all layers in JAX; parameters as in `forward`."""
        draw_mask = None if key is None else _make_dropout(key)
        return self.network.forward(
            self._group_by_layer(parameters), x, import_jax().numpy, self.dt, draw_mask
        )

    def signed_weights(self, parameters: NamedArrays) -> NamedArrays:
        """Compute the effective signed weights of all layers."""
        by_layer = zip(
            self.network.names, self.network.layers, self._group_by_layer(parameters), strict=True
        )
        return {
            f"{name}.{field}": array
            for name, layer, p in by_layer
            for field, array in layer.signed_weights(p).items()
        }

    def make_network(self, parameters: dict[str, np.ndarray]) -> LayeredNetwork:
        """Return the network with these parameters."""
        return self.network.with_parameters(self._group_by_layer(parameters))


def is_rectified(activation: Activation) -> bool:
    """Return whether an activation function is constant for all inputs up to zero."""
    return bool(np.ptp(activation(np.array([-10.0, -1.0, -0.1, 0.0]))) == 0)


def _make_dropout(key: Any) -> Callable[[int, tuple[int, ...], float], Any]:
    random = import_jax().random

    def draw_mask(layer: int, shape: tuple[int, ...], keep_probability: float) -> Any:
        return random.bernoulli(random.fold_in(key, layer), keep_probability, shape)

    return draw_mask
