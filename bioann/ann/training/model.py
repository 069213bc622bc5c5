"""What training sees of a network: parameters by name, bounds, and a forward pass in JAX."""

from __future__ import annotations

import dataclasses
import functools
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from bioann.ann.init import Initialisation, initialise_weights
from bioann.ann.layered import LayeredNetwork
from bioann.ann.signs.constraints import Bounds, Regime, Sources, imposed
from bioann.ann.training.jax_optax import import_jax

#: Arrays by ``layer.field``.
Named: TypeAlias = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Weight:
    """One learned array.

    Attributes
    ----------
    name : str
        ``layer.field``.
    layer : str
        Of which layer.
    signed : bool
        Whether it holds signed weights, which regimes bound.
    non_negative : bool
        Whether it cannot be negative by what the layer means.
    decays : bool
        Whether weight decay applies.
    source : str
        What its columns come from.
    fixed : numpy.ndarray or None
        Where it stays at zero, because there is no connection.
    pace : float
        What its steps are multiplied with.
    """

    name: str
    layer: str
    signed: bool
    non_negative: bool
    decays: bool
    source: str
    fixed: np.ndarray | None = None
    pace: float = 1.0

    def bounds(self, array: np.ndarray, regime: Regime, seed: int) -> Bounds:
        """Give the lowest and highest value of every number of the array."""
        low, high = np.full(array.shape, -np.inf), np.full(array.shape, np.inf)
        if self.signed:
            low, high = regime.bounds(array, Sources(self.source, seed))
        if self.non_negative:
            low = np.maximum(low, 0.0)
        if self.fixed is not None:
            low, high = np.where(self.fixed, 0.0, low), np.where(self.fixed, 0.0, high)
        return low, high


class Model(ABC):
    """A network as training sees it."""

    weights: tuple[Weight, ...]

    @property
    @abstractmethod
    def described(self) -> str:
        """Text that differs between models that are trained differently."""

    @property
    @abstractmethod
    def structure(self) -> str:
        """Text that differs between models that are computed differently."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self.structure == other.structure

    def __hash__(self) -> int:
        return hash(self.structure)

    @abstractmethod
    def initial(self, initialisation: Initialisation | None, seed: int) -> dict[str, np.ndarray]:
        """Give the parameters to begin with."""

    @abstractmethod
    def forward(self, parameters: Named, x: Any, key: Any | None) -> Any:
        """Answer ``(batch, time, ...)`` in JAX; a key draws dropout."""

    @abstractmethod
    def effective(self, parameters: Named) -> Named:
        """Give the signed weights that the parameters amount to, by ``layer.field``."""

    @abstractmethod
    def network(self, parameters: dict[str, np.ndarray]) -> Any:
        """Give the network with these parameters."""

    def start(
        self, initialisation: Initialisation | None, regime: Regime, seed: int
    ) -> tuple[dict[str, np.ndarray], dict[str, Bounds]]:
        """Give the parameters to begin with, inside the bounds of a regime, and the bounds."""
        found = self.initial(initialisation, seed)
        bounds = {w.name: w.bounds(found[w.name], regime, seed) for w in self.weights}
        return {name: imposed(found[name], bounds[name]) for name in found}, bounds


class LayeredModel(Model):
    """A layered network.

    Parameters
    ----------
    network : LayeredNetwork
        The network.
    dt : float or None
        Time step of the data in seconds, for layers with a time constant.
    """

    def __init__(self, network: LayeredNetwork, dt: float | None) -> None:
        self.given, self.dt = network, dt
        self.weights = tuple(
            Weight(
                f"{name}.{field}",
                name,
                field in layer.signed,
                field in layer.non_negative,
                getattr(layer, field).ndim > 1,
                name if field in layer.recurrent else source,
                pace=layer.paces.get(field, 1.0),
            )
            for name, layer, source in zip(
                network.names, network.layers, network.sources, strict=True
            )
            for field in layer.learned
        )

    @property
    def described(self) -> str:
        """The network and its time step."""
        return f"{self.given!r}, dt={self.dt}"

    @functools.cached_property
    def structure(self) -> str:
        """The same without the learned numbers."""
        zeros = [{k: np.zeros_like(v) for k, v in p.items()} for p in self.given.parameters]
        return f"{self.given.with_parameters(zeros)!r}, dt={self.dt}"

    def initial(self, initialisation: Initialisation | None, seed: int) -> dict[str, np.ndarray]:
        """Draw the parameters, or take the network's own."""
        network = self.given
        if initialisation is not None:
            network = initialise_weights(network, initialisation, seed=seed)
        return {
            f"{name}.{field}": array
            for name, p in zip(network.names, network.parameters, strict=True)
            for field, array in p.items()
        }

    def _by_layer(self, parameters: Named) -> list[Named]:
        return [
            {field: parameters[f"{name}.{field}"] for field in layer.learned}
            for name, layer in zip(self.given.names, self.given.layers, strict=True)
        ]

    def forward(self, parameters: Named, x: Any, key: Any | None) -> Any:
        """Pass a batch through the layers."""
        keep = None if key is None else _keeping(key)
        return self.given.forward(self._by_layer(parameters), x, import_jax().numpy, self.dt, keep)[
            -1
        ]

    def effective(self, parameters: Named) -> Named:
        """Ask the layers."""
        by_layer = zip(self.given.names, self.given.layers, self._by_layer(parameters), strict=True)
        return {
            f"{name}.{field}": array
            for name, layer, p in by_layer
            for field, array in layer.effective(p).items()
        }

    def network(self, parameters: dict[str, np.ndarray]) -> LayeredNetwork:
        """Give the network with these parameters."""
        return self.given.with_parameters(self._by_layer(parameters))


def _keeping(key: Any) -> Callable[[int, tuple[int, ...], float], Any]:
    random = import_jax().random

    def keep(layer: int, shape: tuple[int, ...], share: float) -> Any:
        return random.bernoulli(random.fold_in(key, layer), share, shape)

    return keep
