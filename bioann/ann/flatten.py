"""Write a layered network out as a rate network: one unit for every output of every layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioann.ann.description import LayerStack
from bioann.ann.network import RateNetwork
from bioann.base.errors import DescriptionError

if TYPE_CHECKING:
    from bioann.ann.layers.layer import Flat


def flatten(network: LayerStack) -> RateNetwork:
    """Stack the layers' units into one network.

    Parameters
    ----------
    network : LayerStack
        The network; every layer has to be one that weighted sums and activations can do.

    Returns
    -------
    RateNetwork
        `W` holds a block below the diagonal for each layer, and one on it for a layer's weights
        between its own units.

    Raises
    ------
    DescriptionError
        If a layer cannot be written so, or none has units.
    """
    parts = [
        (name, part)
        for name, layer, shape in zip(network.names, network.layers, network.shapes, strict=False)
        if (part := layer.flat(shape)) is not None
    ]
    if not parts:
        raise DescriptionError(
            "LayeredNetwork.flat",
            "a layer with units",
            "layers that pass their input on",
            "Add a Dense layer.",
        )
    sizes = [len(part.bias) for _, part in parts]
    names = [[f"{name}[{i}]" for i in range(len(part.bias))] for name, part in parts]
    names[-1] = list(network.outputs)
    W_in = np.zeros((sum(sizes), len(network.channels)))
    W_in[: sizes[0]] = parts[0][1].W
    return RateNetwork(
        units=tuple(unit for layer in names for unit in layer),
        W=_blocks([part for _, part in parts], sizes),
        W_in=W_in,
        bias=np.concatenate([part.bias for _, part in parts]),
        tau=tuple(part.tau for _, part in parts for _ in part.bias),
        activation=tuple(part.activation for _, part in parts for _ in part.bias),
        channels=network.channels,
    )


def _blocks(parts: list[Flat], sizes: list[int]) -> np.ndarray:
    """Put the weights between and within layers into one matrix."""
    W = np.zeros((sum(sizes), sum(sizes)))
    first = np.cumsum([0, *sizes])
    for k, part in enumerate(parts):
        rows = slice(first[k], first[k + 1])
        if k:
            W[rows, first[k - 1] : first[k]] = part.W
        if part.U is not None:
            W[rows, rows] = part.U
    return W
