"""The weights of a network as matrices with names: from whom, to whom, in which layer."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.gated import GATES, GatedLayer
from bioann.ann.layers.layer import Layer
from bioann.ann.network import RateNetwork
from bioann.base.errors import DescriptionError


@dataclasses.dataclass(frozen=True)
class WeightMatrix:
    """The weights from one set of units (or maps) to another.

    Attributes
    ----------
    layer : str
        The layer that they arrive in.
    name : str
        Which of its arrays they are.
    values : numpy.ndarray, shape (target, source, ...)
        Further axes are places of a kernel.
    sources : str
        What the sources are: a layer or the input. Arrays with the same sources leave the same
        units.
    recurrent : bool
        Whether sources and targets are the same units.
    """

    layer: str
    name: str
    values: np.ndarray
    sources: str
    recurrent: bool = False

    @property
    def matrix(self) -> np.ndarray:
        """One row per target: shape ``(target, everything that it sums)``."""
        return self.values.reshape(len(self.values), -1)


def _split_gates(layer: Layer, field: str, values: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Take stacked gates apart; anything else is one array."""
    if not isinstance(layer, GatedLayer):
        return [(field, values)]
    gates = np.split(values, len(GATES))
    return [(f"{field}_{gate}", rows) for gate, rows in zip(GATES, gates, strict=True)]


def weight_matrices_of(network: Any) -> tuple[WeightMatrix, ...]:
    """List the signed weights of an rate model.

    Parameters
    ----------
    network : RateNetwork or LayeredNetwork
        The network.

    Returns
    -------
    tuple of WeightMatrix
        In the order in which a stimulus meets them; none of zeros only.

    Raises
    ------
    DescriptionError
        For anything else.
    """
    if isinstance(network, RateNetwork):
        matrices = [
            WeightMatrix("units", "W_in", network.W_in, "input"),
            WeightMatrix("units", "W", network.W, "units", recurrent=True),
        ]
    elif isinstance(network, LayeredNetwork):
        matrices = []
        for name, layer, source in zip(network.names, network.layers, network.sources, strict=True):
            for field, values in layer.signed_weights(layer.parameters).items():
                is_recurrent = field in layer.recurrent_fields
                origin = name if is_recurrent else source
                matrices += [
                    WeightMatrix(name, matrix_name, array, origin, is_recurrent)
                    for matrix_name, array in _split_gates(layer, field, values)
                ]
    else:
        raise DescriptionError(
            "weight_matrices_of",
            "a RateNetwork or a LayeredNetwork",
            type(network).__name__,
            "Read a file with bioann.from_onnx or bioann.read_weights first.",
        )
    return tuple(w for w in matrices if w.values.any())
