"""Build a layered network from an ONNX file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from bioann.ann.interop import size_limits
from bioann.ann.interop.layer_stack import LayerStackBuilder, unsupported_node_error
from bioann.ann.interop.onnx_graph import OnnxGraph, read_onnx_graph
from bioann.ann.interop.onnx_node import OnnxNode
from bioann.ann.interop.operators import OPERATORS
from bioann.ann.layered import LayeredNetwork
from bioann.base.errors import BioannError, ForeignFileError, unknown_name_error


def from_onnx(path: str | Path, *, output: str | None = None) -> LayeredNetwork:
    """Read a trained network from an ONNX file.

    The graph must be a chain of dense, convolution, pooling, RNN and LSTM operators, their
    activations, and reshaping operators. The outputs of a recurrent network are read at every time
    step, even where the file keeps only the last one.

    Parameters
    ----------
    path : str or pathlib.Path
        The file. Nothing in it is executed, and its sizes are checked before memory is allocated.
    output : str, optional
        Name of the tensor that becomes the network's output, for example the logits before a
        softmax; by default the first output of the file that layers can express.

    Returns
    -------
    LayeredNetwork
        A network that computes the same function, to the precision of the numbers in the file.

    Raises
    ------
    ForeignFileError
        If the file is broken or too large, or contains an operator that no layer can express; the
        message names the operator.
    UnknownNameError
        If the graph has no tensor `output`.
    MissingExtraError
        Without the extra ``interop``.
    """
    graph = read_onnx_graph(path)
    if output is not None:
        names = graph.map_producers()
        if output not in names:
            raise unknown_name_error(f"ONNX file {path}, output", "tensor", output, names)
        return _build_network(graph, output)
    errors: list[ForeignFileError] = []
    for name in graph.outputs:
        try:
            return _build_network(graph, name)
        except ForeignFileError as error:
            errors.append(error)
    raise errors[-1]


def _build_network(graph: OnnxGraph, output: str) -> LayeredNetwork:
    """Build the network of the chain of operators that ends in a tensor."""
    source, nodes = _trace_chain(graph, output)
    stack = LayerStackBuilder.from_input(graph, source)
    for node, output_name in nodes:
        stack.current_output = output_name
        obj = f"ONNX file {graph.path}, node {node.name!r}"
        # In a malformed file an attribute or input can be missing or have another type.
        with (
            size_limits.wrap_library_errors(obj, f"{node.op} as ONNX defines it"),
            _locate_errors(obj),
        ):
            OPERATORS[node.op](stack, node)
    return _finish_network(stack)


@contextlib.contextmanager
def _locate_errors(where: str) -> Iterator[None]:
    """Convert errors of layers to `ForeignFileError`, with the place in the file."""
    try:
        yield
    except ForeignFileError:
        raise
    except BioannError as error:
        obj = f"{where}, {error.obj}"
        raise ForeignFileError(obj, error.expected, error.got, error.remedy) from error


def _finish_network(stack: LayerStackBuilder) -> LayeredNetwork:
    """Return the network, once the number of units of every layer has been checked."""
    obj = f"ONNX file {stack.graph.path}"
    if not stack.layers:
        raise ForeignFileError(
            obj, "at least one layer with weights", "none", "Choose another output."
        )
    input_shape = stack.input_shape()
    size_limits.check_units(input_shape, f"{obj}, input")
    layer_shape = input_shape
    with _locate_errors(obj):
        for layer in stack.layers:
            layer_shape = layer.output_shape(layer_shape)
            size_limits.check_units(layer_shape, f"{obj}, {layer.title()}")
        return LayeredNetwork(tuple(stack.layers), input_shape)


def _trace_chain(graph: OnnxGraph, output: str) -> tuple[str, list[tuple[OnnxNode, str]]]:
    """Return the input, and the nodes from there to a tensor with the output used of each."""
    producers = graph.map_producers()
    nodes: list[tuple[OnnxNode, str]] = []
    name = output
    while name not in graph.inputs:
        node = producers.get(name)
        if node is None or len(nodes) > len(graph.nodes):
            raise ForeignFileError(
                f"ONNX file {graph.path}, tensor {name!r}",
                "a chain of operators that starts at an input",
                "a loop" if node else "no operator that produces it",
                size_limits.BROKEN_FILE_REMEDY,
            )
        if node.op not in OPERATORS:
            raise unsupported_node_error(
                graph, node, node.op, f"a chain of {', '.join(sorted(OPERATORS))}"
            )
        computed_inputs = [i for i in node.inputs if i and i not in graph.constants]
        # Further computed inputs of these operators are checked when the operator is read.
        has_one_chain_input = node.op in ("RNN", "LSTM", "Reshape", "Dropout")
        data = computed_inputs[:1] if has_one_chain_input else computed_inputs
        if len(data) != 1:
            got = f"{node.op} of {len(data)} computed tensors"
            raise unsupported_node_error(graph, node, got, "a chain, with one computed input")
        nodes.append((node, name))
        name = data[0]
    return name, nodes[::-1]
