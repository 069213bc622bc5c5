"""The weights of a network as named matrices, with their layer and their sources."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.layered import LayeredNetwork
from bioann.ann.network import RateNetwork
from bioann.base.arguments import name_argument_errors
from bioann.base.description import DescriptionType
from bioann.base.errors import DescriptionError
from bioann.base.type_checks import check_field_types


@dataclasses.dataclass(frozen=True)
class WeightMatrix(metaclass=DescriptionType):
    """The weights from one set of units (or feature maps) to another.

    Attributes
    ----------
    layer : str
        Name of the postsynaptic layer.
    name : str
        Name of the array within the layer, ``"W"`` for example.
    values : numpy.ndarray, shape (target, source, ...)
        The weights; further axes are the positions in a kernel.
    sources : str
        Name of the presynaptic layer, or ``"input"``. Matrices with the same name here have the
        same presynaptic units.
    recurrent : bool
        Whether sources and targets are the same units.
    """

    layer: str
    name: str
    values: np.ndarray
    sources: str
    recurrent: bool = False

    def __post_init__(self) -> None:
        """Check the types of the fields."""
        check_field_types(dataclasses.fields(self), vars(self), type(self), "WeightMatrix")

    @property
    def matrix(self) -> np.ndarray:
        """The weights with one row per target, shape ``(target, fan-in)``."""
        return self.values.reshape(len(self.values), -1)


@name_argument_errors
def weight_matrices_of(network: Any) -> tuple[WeightMatrix, ...]:
    """Return the signed weights of a network.

    Parameters
    ----------
    network : RateNetwork or LayeredNetwork
        The network whose weights are read.

    Returns
    -------
    tuple of WeightMatrix
        Matrices with at least one non-zero weight, from the input to the output.

    Raises
    ------
    DescriptionError
        If `network` is of another type.
    """
    if isinstance(network, RateNetwork):
        matrices = [
            WeightMatrix("units", "W_in", network.W_in, "input"),
            WeightMatrix("units", "W", network.W, "units", recurrent=True),
        ]
    elif isinstance(network, LayeredNetwork):
        layers = zip(network.names, network.layers, network.sources, strict=True)
        matrices = [
            WeightMatrix(
                name,
                field,
                values,
                name if is_recurrent else layer.source_of(field, name, source),
                is_recurrent,
            )
            for name, layer, source in layers
            for field, values, is_recurrent in layer.list_matrices()
        ]
    else:
        raise DescriptionError(
            "weight_matrices_of",
            "a RateNetwork or a LayeredNetwork",
            type(network).__name__,
            "Read a network from a file with bioann.from_onnx or bioann.from_weights.",
        )
    return tuple(w for w in matrices if w.values.any())
