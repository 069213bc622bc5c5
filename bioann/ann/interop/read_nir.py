"""Read a rate network from a graph of NIR, the Neuromorphic Intermediate Representation."""

from __future__ import annotations

import dataclasses
import graphlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import second

from bioann.ann.activations.activation import Activation, Linear
from bioann.ann.interop import size_limits
from bioann.ann.interop.nir_files import read_nir_file
from bioann.ann.interop.nir_graph import NirGraph, NirNode, make_graph
from bioann.ann.interop.nir_neurons import (
    NEURON_KINDS,
    SPIKING_KINDS,
    Shape,
    UnitStage,
    make_unit_stages,
)
from bioann.ann.interop.nir_signals import (
    COPYING_KINDS,
    Signal,
    count_inputs,
    infer_shapes,
    sum_inputs,
    transform_signal,
)
from bioann.ann.network import RateNetwork
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError, ForeignFileError
from bioann.base.units import SI, to_si

#: Metadata of a node with the names of its units or channels, one a line; `to_nir` writes them.
NAMES_KEY = "unit_names"


@name_argument_errors
def from_nir(source: Any, *, spike_width: SI | None = None) -> RateNetwork:
    r"""Return the rate network of a NIR graph: each neuron becomes a unit with its stationary rate.

    Spiking neurons (LIF, CubaLIF, IF) become units whose activation is their firing rate in hertz
    at constant input; LI and CubaLI stay the linear equations that they are, and a Threshold is a
    step. The formulas are in `bioann.ann.interop.nir_neurons`. Affine, Linear, Scale, Conv2d,
    SumPool2d, AvgPool2d and Flatten nodes become weights and biases; edges may form loops through
    neurons.

    In NIR a spike is a delta function: it adds the weight once, as a charge (current times second).
    The mean input is weight times rate, so the weights have the unit of the input per hertz.
    Libraries with time steps often export weights of spikes that last one step instead; the mean is
    then weight times rate times `spike_width`, by which the weights from spiking neurons are
    multiplied. The weights from stimulus channels are those of the graph: a channel is the mean of
    its signal.

    Rates replace spikes at what is called a mean-field level: fluctuations of the input, and the
    firing that they cause below rheobase, are not part of it.

    Parameters
    ----------
    source : str, pathlib.Path or nir.NIRGraph
        A NIR file (HDF5; read without the package `nir`), or a graph in memory.
    spike_width : quantity, optional
        Duration of a spike of height 1, above 0, the time step of the library that wrote the graph;
        None for delta functions of area 1.

    Returns
    -------
    RateNetwork
        Units ``"node[i]"``, and ``"node.synapse[i]"`` for the synaptic currents of CubaLI and
        CubaLIF; channels ``"input[i]"``. An Output that adds something up has linear units.

    Raises
    ------
    ForeignFileError
        If the file is broken, or a node cannot be expressed by rate units; the message names it.
    DescriptionError
        If `source` is neither a path nor a graph, or `spike_width` is not above 0.

    Examples
    --------
    >>> import bioann as ba
    >>> network = ba.from_nir("network.nir")  # doctest: +SKIP
    """
    spike_area = 1.0 if spike_width is None else to_si(spike_width, "ms", "from_nir, spike_width")
    if spike_area <= 0:
        raise DescriptionError(
            "from_nir, spike_width", "a time above 0", repr(spike_width), "Leave it out."
        )
    content, obj = _read_source(source)
    with size_limits.wrap_library_errors(obj, "a NIR graph"):
        graph = make_graph(content, obj)
        shapes = infer_shapes(graph)
        assembler = _Assembler(graph, shapes, spike_area)
        assembler.add_nodes()
    return assembler.build_network(obj)


def _read_source(source: Any) -> tuple[Mapping[str, Any], str]:
    """Return a graph as nested dictionaries, and what errors call it."""
    if isinstance(source, (str, Path)):
        return read_nir_file(Path(source)), f"NIR file {source}"
    if hasattr(source, "nodes") and hasattr(source, "edges") and hasattr(source, "to_dict"):
        return source.to_dict(), "NIR graph"
    raise DescriptionError(
        "from_nir, source",
        "the path of a NIR file, or a nir.NIRGraph",
        f"an object of type {type(source).__name__}",
        "Write it to a file with nir.write().",
    )


@dataclasses.dataclass(frozen=True)
class _Block:
    """Units of one stage of a node, and the signal that they receive."""

    names: tuple[str, ...]
    stage: UnitStage
    inputs: Signal


class _Assembler:
    """Turn the nodes of a graph into blocks of units, and these into one network."""

    def __init__(self, graph: NirGraph, shapes: dict[str, Shape], spike_area: float) -> None:
        self.graph, self.shapes = graph, shapes
        self.blocks: dict[str, _Block] = {}
        self.channels: dict[str, tuple[str, ...]] = {}
        # What neurons emit does not depend on their input here, so that loops have a beginning.
        self.signals: dict[str, Signal] = {}
        self.n_bytes = 0
        for name, node in graph.nodes.items():
            size = int(np.prod(shapes[name]))
            if node.kind == "Input":
                self.channels[name] = _list_names(node, name, size)
            if node.kind == "Input" or node.kind in NEURON_KINDS:
                self._reserve_numbers(node, size**2)
                weight = spike_area if node.kind in SPIKING_KINDS else 1.0
                self.signals[name] = Signal({name: weight * np.eye(size)}, np.zeros(size))

    def add_nodes(self) -> None:
        """Compute the signals of all nodes, and add the units of neurons and outputs."""
        for name in self._sort_linear_nodes():
            node = self.graph.nodes[name]
            inputs, input_shape = self._sum_inputs(node)
            n_sources = sum(matrix.shape[1] for matrix in inputs.matrices.values())
            self._reserve_numbers(node, int(np.prod(self.shapes[name])) * n_sources)
            self.signals[name] = transform_signal(node, inputs, self.shapes[name], input_shape)
        for name, node in self.graph.nodes.items():
            if node.kind in NEURON_KINDS:
                self._add_neurons(node)
            elif node.kind == "Output" and not self._is_output_of_neurons(name):
                size = len(self.signals[name].constant)
                linear = UnitStage("", np.ones(size), np.zeros(size), None, (Linear(),) * size)
                names = _list_names(node, name, size)
                self.blocks[name] = _Block(names, linear, self.signals[name])

    def _add_neurons(self, node: NirNode) -> None:
        inputs, _ = self._sum_inputs(node)
        *synapses, neurons = make_unit_stages(node, self.shapes[node.name])
        for stage in synapses:
            name = f"{node.name}{stage.suffix}"
            if name in self.graph.nodes:
                got, remedy = "a node of that name", "Rename the other node."
                raise node.error(f"the name {name!r} for its synapses", got, remedy)
            size = len(stage.gain)
            self.blocks[name] = _Block(_list_names(None, name, size), stage, inputs)
            inputs = Signal({name: np.eye(size)}, np.zeros(size))
        names = _list_names(node, node.name, len(neurons.gain))
        self.blocks[node.name] = _Block(names, neurons, inputs)

    def _reserve_numbers(self, node: NirNode, count: int) -> None:
        """Raise `ForeignFileError` if a further matrix exceeds the memory for all of them."""
        self.n_bytes += 8 * count
        size_limits.check_bytes(self.n_bytes, f"{node.title}, as weights of single neurons")

    def _sum_inputs(self, node: NirNode) -> tuple[Signal, Shape]:
        sources = self.graph.sources[node.name]
        input_shape = self.shapes[sources[0] if sources else node.name]
        size = count_inputs(node, self.shapes[node.name], input_shape)
        return sum_inputs(node, size, {name: self.signals[name] for name in sources}), input_shape

    def _is_output_of_neurons(self, name: str) -> bool:
        """Return whether an Output passes on the outputs of one neuron node, or of nothing."""
        sources = self.graph.sources[name]
        while len(sources) == 1 and self.graph.nodes[sources[0]].kind in COPYING_KINDS:
            sources = self.graph.sources[sources[0]]
        kinds = [self.graph.nodes[source].kind for source in sources]
        return not kinds or (len(kinds) == 1 and kinds[0] in NEURON_KINDS)

    def _sort_linear_nodes(self) -> list[str]:
        """Return the nodes without neurons so that each follows those that it receives."""
        sources = {
            name: [source for source in self.graph.sources[name] if source not in self.signals]
            for name in self.graph.nodes
            if name not in self.signals
        }
        try:
            return list(graphlib.TopologicalSorter(sources).static_order())
        except graphlib.CycleError as error:
            raise ForeignFileError(
                f"NIR nodes {sorted(set(error.args[1]))}",
                "loops with a neuron in them",
                "a loop of weights alone, whose signal has no time at which it is defined",
                "Put a node such as LI into the loop.",
            ) from error

    def build_network(self, obj: str) -> RateNetwork:
        """Return the network of all blocks."""
        if not self.blocks:
            remedy = "Add an Output node, or neurons."
            raise ForeignFileError(obj, "neurons or an output", "no units", remedy)
        unit_slices = _stack_slices({name: block.names for name, block in self.blocks.items()})
        channel_slices = _stack_slices(self.channels)
        units = tuple(unit for block in self.blocks.values() for unit in block.names)
        channels = tuple(channel for names in self.channels.values() for channel in names)
        size_limits.check_bytes(8 * len(units) * (len(units) + len(channels)), f"{obj}, weights")
        W, W_in = np.zeros((len(units), len(units))), np.zeros((len(units), len(channels)))
        bias = np.zeros(len(units))
        tau: list[Any] = []
        activation: list[Activation] = []
        for name, block in self.blocks.items():
            rows, stage = unit_slices[name], block.stage
            inputs = block.inputs.transform(stage.gain, stage.offset)
            bias[rows] = inputs.constant
            for source, matrix in inputs.matrices.items():
                if source in channel_slices:
                    W_in[rows, channel_slices[source]] = matrix
                else:
                    W[rows, unit_slices[source]] = matrix
            taus = [None] * len(stage.gain) if stage.tau is None else list(stage.tau * second)
            tau += taus
            activation += stage.activation
        try:
            return RateNetwork(units, W, W_in, bias, tuple(tau), tuple(activation), channels)
        except DescriptionError as error:  # the names of nodes, or those in their metadata
            obj = f"{obj}, {error.obj}"
            raise ForeignFileError(obj, error.expected, error.got, error.remedy) from error


def _stack_slices(names: Mapping[str, tuple[str, ...]]) -> dict[str, slice]:
    """Return the slice of each block when all are stacked."""
    first, slices = 0, {}
    for name, members in names.items():
        slices[name] = slice(first, first + len(members))
        first += len(members)
    return slices


def _list_names(node: NirNode | None, name: str, size: int) -> tuple[str, ...]:
    """Return the names in the metadata of a node, or ``name[0]``, ``name[1]`` and so on."""
    metadata = {} if node is None else node.parameters.get("metadata")
    text = metadata.get(NAMES_KEY) if isinstance(metadata, Mapping) else None
    names = tuple(text.split("\n")) if isinstance(text, str) else ()
    if len(names) == size:
        return names
    return tuple(f"{name}[{i}]" for i in range(size))
