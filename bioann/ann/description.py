"""Protocols of the networks, for the functions that simulate, flatten and explain them.

`bioann.ann.network.RateNetwork` and `bioann.ann.layered.LayeredNetwork` call these functions; the
functions import the protocols instead of the classes, so that there is no import circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from bioann.ann.activations.activation import Activation
from bioann.ann.layers.layer import Layer


class RateDescription(Protocol):
    """Units with weights, biases and time constants; a subset of `RateNetwork`."""

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the units."""
        ...

    @property
    def channels(self) -> tuple[str, ...] | None:
        """Names of the stimulus channels."""
        ...

    @property
    def W(self) -> np.ndarray:
        """Weights between units, shape (unit, unit); rows are targets."""
        ...

    @property
    def W_in(self) -> np.ndarray:
        """Weights from stimulus channels, shape (unit, channel)."""
        ...

    @property
    def bias(self) -> np.ndarray:
        """Bias of each unit, shape (unit,), in activation."""
        ...

    @property
    def tau(self) -> tuple[Any, ...]:
        """Time constant of each unit (a `TimeConstant`); None for a static one."""
        ...

    @property
    def activation(self) -> tuple[Activation, ...]:
        """Activation function of each unit."""
        ...

    @property
    def divisive(self) -> np.ndarray | None:
        """Divisive weights between units, shape (unit, unit)."""
        ...

    @property
    def divisive_in(self) -> Any:
        """Divisive weights from stimulus channels, shape (unit, channel)."""
        ...

    @property
    def gates(self) -> Mapping[str, str]:
        """The gating unit of each gated one, by their names."""
        ...

    def gate_indices(self) -> np.ndarray:
        """Return the index of the gating unit of each unit, shape (unit,); -1 without a gate."""
        ...

    def time_constants(self) -> np.ndarray:
        """Return the time constants in seconds, shape (unit,); 0 for a static unit."""
        ...


class LayerStack(Protocol):
    """A sequence of layers; a subset of `LayeredNetwork`."""

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the stimulus channels."""
        ...

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers in the order of processing."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the layers."""
        ...

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shape of the input of each layer, then of the output."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the units of the last layer."""
        ...
