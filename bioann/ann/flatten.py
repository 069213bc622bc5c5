"""Convert a layered network to a rate network with one unit for every output of every layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioann.ann.description import LayerStack
from bioann.ann.network import RateNetwork
from bioann.base.errors import DescriptionError

if TYPE_CHECKING:
    from bioann.ann.layers.layer import RateUnits


def flatten_layers(network: LayerStack) -> RateNetwork:
    """Convert a layered network to one rate network.

    Parameters
    ----------
    network : LayerStack
        The layered network, whose layers must consist of weighted sums and activations.

    Returns
    -------
    RateNetwork
        `W` has a block below the diagonal for the weights between successive layers, and a block on
        the diagonal for the recurrent weights of a layer.

    Raises
    ------
    DescriptionError
        If a layer is of another kind, or no layer has units.
    """
    named_layers = [
        (name, units)
        for name, layer, shape in zip(network.names, network.layers, network.shapes, strict=False)
        if (units := layer.to_rate_units(shape)) is not None
    ]
    if not named_layers:
        raise DescriptionError(
            "LayeredNetwork.to_rate_network",
            "a layer with units",
            "only layers without units",
            "Add a Dense layer.",
        )
    sizes = [len(units.bias) for _, units in named_layers]
    names = [[f"{name}[{i}]" for i in range(len(units.bias))] for name, units in named_layers]
    names[-1] = list(network.outputs)
    W_in = np.zeros((sum(sizes), len(network.channels)))
    W_in[: sizes[0]] = named_layers[0][1].W
    return RateNetwork(
        units=tuple(unit for layer_names in names for unit in layer_names),
        W=_assemble_weights([units for _, units in named_layers], sizes),
        W_in=W_in,
        bias=np.concatenate([units.bias for _, units in named_layers]),
        tau=tuple(units.tau for _, units in named_layers for _ in units.bias),
        activation=tuple(units.activation for _, units in named_layers for _ in units.bias),
        channels=network.channels,
    )


def _assemble_weights(layers: list[RateUnits], sizes: list[int]) -> np.ndarray:
    """Return one matrix with the weights between and within layers."""
    W = np.zeros((sum(sizes), sum(sizes)))
    first = np.cumsum([0, *sizes])
    for k, layer in enumerate(layers):
        rows = slice(first[k], first[k + 1])
        if k:
            W[rows, first[k - 1] : first[k]] = layer.W
        if layer.U is not None:
            W[rows, rows] = layer.U
    return W
