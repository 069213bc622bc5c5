"""What executors need to know of a rate network.

`bioann.ann.network.RateNetwork` and `bioann.ann.layered.LayeredNetwork` run and explain themselves
through functions that read the network: these name the Protocols here, so that no import runs in a
circle.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from bioann.ann.activations.activation import Activation
from bioann.ann.layers.layer import Layer


class RateDescription(Protocol):
    """Units with weights, biases and time constants; the members are those of `RateNetwork`."""

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the units."""
        ...

    @property
    def channels(self) -> tuple[str, ...] | None:
        """Stimulus channels that the network reads."""
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
        """Bias of each unit."""
        ...

    @property
    def tau(self) -> tuple[Any, ...]:
        """Time constant of each unit, None for a static one."""
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

    def time_constants(self) -> np.ndarray:
        """Return the time constants in seconds, 0 for a static unit."""
        ...


class LayerStack(Protocol):
    """Layers one after the other; the members are those of `LayeredNetwork`."""

    @property
    def channels(self) -> tuple[str, ...]:
        """Stimulus channels that the network reads."""
        ...

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, first to last."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the layers."""
        ...

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shape of the input of each layer, and of the output."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the units of the last layer."""
        ...
