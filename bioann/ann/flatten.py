"""Convert a layered network to a rate network with one unit for every output of every layer."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from bioann.ann.activations.activation import Linear
from bioann.ann.description import LayerStack
from bioann.ann.layers.branches import Branches
from bioann.ann.layers.layer import Layer, RateUnits, Shape
from bioann.ann.network import RateNetwork
from bioann.base.errors import DescriptionError

#: Stands for the stimulus channels among the sources of a signal.
CHANNELS = -1


def flatten_layers(network: LayerStack) -> RateNetwork:
    """Convert a layered network to one rate network.

    Parameters
    ----------
    network : LayerStack
        The layered network, whose layers must consist of weighted sums and activations.

    Returns
    -------
    RateNetwork
        `W` has a block for the weights between each two layers that follow each other, and a block
        on the diagonal for the recurrent weights of a layer. Copies, fixed scalings and sums of
        branches have no units: they are part of the weights of the layer after them.

    Raises
    ------
    DescriptionError
        If a layer is of another kind, or no layer has units.
    """
    flattener = _Flattener([], [], [])
    channels = _Signal({CHANNELS: None}, np.zeros(len(network.channels)))
    signal = flattener.add_layers(network.names, network.layers, network.shapes[0], channels)
    if not flattener.blocks:
        raise DescriptionError(
            "LayeredNetwork.to_rate_network",
            "a layer with units",
            "only layers without units",
            "Add a Dense layer.",
        )
    last = len(flattener.blocks) - 1
    if list(signal.matrices) != [last] or signal.matrices[last] is not None:
        size = len(network.outputs)
        W, bias = np.eye(size), np.zeros(size)
        flattener.add_block(network.names[-1], RateUnits(W, bias, Linear()), signal)
    flattener.names[-1] = list(network.outputs)
    blocks = flattener.blocks
    return RateNetwork(
        units=tuple(unit for names in flattener.names for unit in names),
        W=flattener.assemble_weights(),
        W_in=np.vstack(
            [
                sources.get(CHANNELS, np.zeros((len(block.bias), len(network.channels))))
                for block, sources in zip(blocks, flattener.sources, strict=True)
            ]
        ),
        bias=np.concatenate([block.bias for block in blocks]),
        tau=tuple(block.tau for block in blocks for _ in block.bias),
        activation=tuple(block.activation for block in blocks for _ in block.bias),
        channels=network.channels,
    )


@dataclasses.dataclass(frozen=True)
class _Signal:
    """Numbers that depend linearly on the outputs of units.

    Attributes
    ----------
    matrices : dict of int to (numpy.ndarray or None)
        Coefficients ``(number, unit)`` by the index of a block of units; None for the outputs
        themselves.
    constant : numpy.ndarray, shape (number,)
        Constant that is added.
    """

    matrices: dict[int, np.ndarray | None]
    constant: np.ndarray

    def transform(self, layer: Layer, shape: Shape) -> _Signal:
        """Return the output of a layer that copies or scales its inputs."""

        def respond(rows: np.ndarray) -> np.ndarray:
            outputs = layer.forward(layer.parameters, rows.reshape(-1, 1, *shape))
            return np.asarray(outputs).reshape(len(rows), -1)

        (origin,), (constant,) = (
            respond(np.zeros_like(self.constant)[None]),
            respond(self.constant[None]),
        )
        matrices = {}
        for source, matrix in self.matrices.items():
            columns = np.eye(len(self.constant)) if matrix is None else matrix.T
            matrices[source] = (respond(columns) - origin).T
        return _Signal(matrices, constant)


@dataclasses.dataclass
class _Flattener:
    """Blocks of units so far, with the names of the units and the weights from each source."""

    blocks: list[RateUnits]
    names: list[list[str]]
    sources: list[dict[int, np.ndarray]]

    def add_layers(
        self, names: Sequence[str], layers: Sequence[Layer], shape: Shape, signal: _Signal
    ) -> _Signal:
        """Add the units of successive layers, and return the output of the last."""
        for name, layer in zip(names, layers, strict=True):
            if isinstance(layer, Branches):
                signal = self._add_branches(name, layer, shape, signal)
            elif not layer.passes_input:
                units = layer.to_rate_units(shape)
                signal = (
                    signal.transform(layer, shape)
                    if units is None
                    else self.add_block(name, units, signal)
                )
            shape = layer.output_shape(shape)
        return signal

    def _add_branches(self, name: str, layer: Branches, shape: Shape, signal: _Signal) -> _Signal:
        """Add the units of all branches, and return the sum or concatenation of their outputs."""
        if layer.combination not in ("sum", "concatenation"):
            raise DescriptionError(
                f"LayeredNetwork, {name}",
                "branches whose outputs are added or concatenated",
                f"their {layer.combination}",
                "Run the network as it is; weighted sums cannot express it.",
            )
        outputs = [
            self.add_layers([f"{name}_{b}_{k}" for k in range(len(branch))], branch, shape, signal)
            for b, branch in enumerate(layer.branches)
        ]
        if layer.combination == "sum":
            return _add_signals(outputs)
        sizes = [len(output.constant) for output in outputs]
        placed = []
        for start, output in zip(np.cumsum([0, *sizes]), outputs, strict=False):
            rows = np.arange(len(output.constant)) + start
            placed.append(_place_rows(output, rows, sum(sizes)))
        return _add_signals(placed)

    def add_block(self, name: str, units: RateUnits, signal: _Signal) -> _Signal:
        """Add the units of a layer that receives a signal, and return their outputs."""
        weights = {
            source: units.W if matrix is None else units.W @ matrix
            for source, matrix in signal.matrices.items()
        }
        bias = units.bias
        if signal.constant.any():
            bias = bias + units.W @ signal.constant
        self.blocks.append(dataclasses.replace(units, bias=bias))
        self.names.append([f"{name}[{i}]" for i in range(len(bias))])
        self.sources.append(weights)
        return _Signal({len(self.blocks) - 1: None}, np.zeros(len(bias)))

    def assemble_weights(self) -> np.ndarray:
        """Return one matrix with the weights between and within layers."""
        first = np.cumsum([0, *(len(block.bias) for block in self.blocks)])
        W = np.zeros((first[-1], first[-1]))
        for k, (block, sources) in enumerate(zip(self.blocks, self.sources, strict=True)):
            rows = slice(first[k], first[k + 1])
            for source, weights in sources.items():
                if source != CHANNELS:
                    W[rows, first[source] : first[source + 1]] = weights
            if block.U is not None:
                W[rows, rows] = block.U
        return W


def _add_signals(signals: Sequence[_Signal]) -> _Signal:
    """Return the sum of signals."""
    matrices: dict[int, np.ndarray | None] = {}
    for signal in signals:
        for source, matrix in signal.matrices.items():
            term = np.eye(len(signal.constant)) if matrix is None else matrix
            earlier = matrices.get(source)
            matrices[source] = term if earlier is None else earlier + term
    return _Signal(matrices, sum((signal.constant for signal in signals), start=np.zeros(1)))


def _place_rows(signal: _Signal, rows: np.ndarray, size: int) -> _Signal:
    """Return a signal of `size` numbers that is zero apart from some rows."""
    constant = np.zeros(size)
    constant[rows] = signal.constant
    matrices: dict[int, np.ndarray | None] = {}
    for source, matrix in signal.matrices.items():
        term = np.eye(len(rows)) if matrix is None else matrix
        full = np.zeros((size, term.shape[1]))
        full[rows] = term
        matrices[source] = full
    return _Signal(matrices, constant)
