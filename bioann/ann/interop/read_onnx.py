"""Build a layered network from an ONNX file."""

from __future__ import annotations

import contextlib
import dataclasses
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from bioann.ann.interop import size_limits
from bioann.ann.interop.input_axes import InputAxes, list_input_axes
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.layer_tracer import LayerTracer
from bioann.ann.interop.onnx_graph import OnnxGraph, read_onnx_graph
from bioann.ann.interop.onnx_node import OnnxNode
from bioann.ann.interop.operators import read_operator
from bioann.ann.interop.simplify_layers import simplify_layers
from bioann.ann.layered import LayeredNetwork
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import BioannError, ForeignFileError, unknown_name_error


@name_argument_errors
def from_onnx(
    path: str | Path, *, output: str | None = None, input_shape: Sequence[int] | None = None
) -> LayeredNetwork:
    """Read a trained network from an ONNX file.

    Layers express dense, convolution, pooling and recurrent operators, the common activations and
    normalisations, fixed scaling, everything that copies or rearranges numbers, and branches whose
    outputs are added, multiplied, compared or concatenated. The outputs of a recurrent network are
    read at every time step, even where the file keeps only the last one; a network that mixes time
    steps, or reads them backwards, gets whole sequences as its inputs. Where numbers are rounded in
    steps that depend on all of them (DynamicQuantizeLinear), each sample is rounded by itself.

    Parameters
    ----------
    path : str or pathlib.Path
        The file. Nothing in it is executed, and its sizes are checked before memory is allocated.
    output : str, optional
        Name of the tensor that becomes the network's output, for example the logits before a
        softmax; by default the first output of the file that layers can express. A warning names
        it if the file has several.
    input_shape : sequence of int, optional
        Shape of one sample, ``(channel, height, width)`` for example, for a file with one input
        that leaves sizes of its images or sequences free; without samples and time steps.

    Returns
    -------
    LayeredNetwork
        A network that computes the same function, to the precision of the numbers in the file. Its
        input has the axes of the file's input without those of samples and time steps. Several
        inputs become one vector, in the order of the file and each row by row, whose channels are
        called ``observation[0]``, ``observation[1]``, ... after the inputs.

    Raises
    ------
    ForeignFileError
        If the file is broken or too large, or contains an operator that no layer can express; the
        message names the operator, and the tensor before it to ask for.
    UnknownNameError
        If the graph has no tensor `output`.
    MissingExtraError
        Without the extra ``interop``.

    Examples
    --------
    >>> import bioann as ba
    >>> network = ba.RateNetwork(("unit",), channels=("x",), W_in=[[-1.0]], bias=1.0)
    >>> ba.to_onnx(network, "network.onnx")
    >>> ba.from_onnx("network.onnx").predict([[0.25]])
    array([[0.75]])
    """
    graph = read_onnx_graph(path)
    if input_shape is not None:
        graph = _fix_input_shape(graph, tuple(input_shape))
    if output is not None:
        if output not in graph.producers:
            raise unknown_name_error(f"ONNX file {path}, output", "tensor", output, graph.producers)
        return _build_network(graph, output)
    errors: list[ForeignFileError] = []
    for name in [n for n in graph.outputs if n in graph.producers] or graph.outputs:
        try:
            network = _build_network(graph, name)
        except ForeignFileError as error:
            errors.append(error)
            continue
        if len(graph.outputs) > 1:
            others = ", ".join(repr(other) for other in graph.outputs if other != name)
            warnings.warn(
                f"ONNX file {path}: the network's output is {name!r}; the file also has {others}. "
                f"Pass output={name!r} to confirm the choice, or another name.",
                stacklevel=2,
            )
        return network
    raise errors[0]


def _fix_input_shape(graph: OnnxGraph, sample_shape: tuple[int, ...]) -> OnnxGraph:
    """Return the graph with the free sizes of its input fixed."""
    name, declared_shape = next(iter(graph.inputs.items()), ("", None))
    shape = declared_shape or (None, *sample_shape)
    last_sizes = shape[-len(sample_shape) :] if sample_shape else ()
    fits = len(last_sizes) == len(sample_shape) and all(
        m in (None, n) for m, n in zip(last_sizes, sample_shape, strict=True)
    )
    if len(graph.inputs) != 1 or not sample_shape or not fits:
        raise ForeignFileError(
            f"ONNX file {graph.path}, input_shape",
            f"the last sizes of its only input, with numbers for the free ones (None): {shape}",
            f"{sample_shape} for {len(graph.inputs)} input(s)",
            "Pass the shape of one sample, or leave it out.",
        )
    size_limits.check_units(sample_shape, f"ONNX file {graph.path}, input_shape")
    fixed_shape = (*shape[: len(shape) - len(sample_shape)], *sample_shape)
    return dataclasses.replace(graph, inputs={name: fixed_shape})


def _build_network(graph: OnnxGraph, output: str) -> LayeredNetwork:
    """Build the network whose output is a tensor, with the meaning of axes that fits."""
    sources, nodes = _sort_operators(graph, output)
    errors: list[tuple[int, ForeignFileError]] = []
    for axes in list_input_axes(graph, sources, nodes):
        tracer = LayerTracer(graph, axes.sizes)
        try:
            size_limits.check_units(axes.unit_shape, f"ONNX file {graph.path}, input")
            tracer.values.update(axes.make_tensors())
            return _trace_network(tracer, nodes, output, axes)
        except ForeignFileError as error:
            errors.append((len(tracer.values), error))
    # The attempt that came furthest tells most; the first of equal ones is the usual meaning.
    raise max(errors, key=lambda entry: entry[0])[1]


def _trace_network(
    tracer: LayerTracer, nodes: list[OnnxNode], output: str, axes: InputAxes
) -> LayeredNetwork:
    """Follow all operators from the input to a tensor."""
    for node in nodes:
        tracer.node = node
        obj = f"ONNX file {tracer.graph.path}, node {node.name!r}"
        # In a malformed file an attribute or input can be missing or have another type.
        with (
            size_limits.wrap_library_errors(obj, f"{node.op} as ONNX defines it"),
            _locate_errors(obj),
        ):
            tensors = read_operator(tracer)
        tracer.values.update(zip(node.outputs, tensors, strict=False))
    obj = f"ONNX file {tracer.graph.path}"
    value = tracer.values.get(output)
    with size_limits.wrap_library_errors(obj, "layers that fit"), _locate_errors(obj):
        layers = (
            tracer.align_samples(value).path.list_layers() if isinstance(value, LayerTensor) else ()
        )
        if not layers:
            raise ForeignFileError(
                obj,
                "at least one layer between input and output",
                f"none for the tensor {output!r}",
                "Choose another output.",
            )
        shape = axes.unit_shape
        for layer in layers:
            shape = layer.output_shape(shape)
            size_limits.check_units(shape, f"{obj}, {layer.title()}")
        merged = simplify_layers(layers, axes.unit_shape)
        return LayeredNetwork(merged, axes.unit_shape, channels=axes.channels)


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


def _sort_operators(graph: OnnxGraph, output: str) -> tuple[tuple[str, ...], list[OnnxNode]]:
    """Return the inputs and operators that a tensor depends on, in the order of computation."""
    nodes: list[OnnxNode] = []
    inputs: dict[str, None] = {}
    is_done: dict[str, bool] = {}
    unvisited = [output]
    while unvisited:
        name = unvisited[-1]
        if name in graph.inputs or name in graph.constants or is_done.get(name):
            inputs.update({name: None} if name in graph.inputs else {})
            unvisited.pop()
            continue
        node = graph.producers.get(name)
        if node is None:
            raise _broken_graph_error(graph, name, "no operator that produces it")
        missing = [i for i in node.inputs if i and not _is_known(graph, is_done, i)]
        if name in is_done and missing:
            raise _broken_graph_error(graph, name, "a loop")
        is_done[name] = False
        if missing:
            unvisited += missing
        else:
            inputs.update({i: None for i in node.inputs if i in graph.inputs})
            is_done.update(dict.fromkeys(node.outputs, True))
            nodes.append(node)
    if not inputs:
        raise ForeignFileError(
            f"ONNX file {graph.path}, tensor {output!r}",
            "a tensor that depends on an input",
            "constants only",
            "Choose another output.",
        )
    return tuple(inputs), nodes


def _is_known(graph: OnnxGraph, is_done: dict[str, bool], name: str) -> bool:
    return name in graph.inputs or name in graph.constants or is_done.get(name, False)


def _broken_graph_error(graph: OnnxGraph, name: str, got: str) -> ForeignFileError:
    return ForeignFileError(
        f"ONNX file {graph.path}, tensor {name!r}",
        "a chain of operators that starts at an input",
        got,
        size_limits.BROKEN_FILE_REMEDY,
    )
