"""Find the weight matrices in the graph of an ONNX file, and the initialisers that are none."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from bioann.ann.interop import size_limits
from bioann.ann.interop.onnx_graph import OnnxGraph
from bioann.ann.interop.onnx_node import OnnxNode
from bioann.ann.interop.tensor_operators import dequantize
from bioann.ann.signs.weight_matrices import WeightMatrix

#: Operators whose output units are their input units.
SAME_UNITS = {
    *("Identity", "Dropout", "Cast", "Squeeze", "Unsqueeze", "Transpose", "MaxPool", "AveragePool"),
    *("Relu", "LeakyRelu", "Tanh", "Sigmoid", "Softplus", "Elu", "Selu", "Gelu", "Clip"),
}
#: Suffixes for the gates of the recurrent operators, in the order of their rows.
GATE_SUFFIXES = {"RNN": ("",), "LSTM": ("_i", "_o", "_f", "_c"), "GRU": ("_z", "_r", "_h")}
#: Inputs that hold a bias, an initial state, a scale or a bound, by operator.
PARAMETER_INPUTS = {
    **dict.fromkeys(("Add", "Sub", "Sum", "Max", "Min", "Clip", "PRelu", "Where"), range(9)),
    **dict.fromkeys(
        ("BatchNormalization", "InstanceNormalization", "LayerNormalization"), range(5)
    ),
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear"), (1, 2)),
    **dict.fromkeys(("Gemm", "Conv", "ConvTranspose", "Pad", "Resize", "Upsample"), (2,)),
    **dict.fromkeys(GATE_SUFFIXES, (3, 4, 5, 6)),
    "QLinearConv": (1, 2, 6, 7, 8),
    "QLinearMatMul": (1, 2, 6, 7),
    **dict.fromkeys(("ConvInteger", "MatMulInteger"), (3,)),
}


@dataclasses.dataclass(frozen=True)
class GraphWeights:
    """The weights of an ONNX graph.

    Attributes
    ----------
    matrices : tuple of WeightMatrix
        Weights of dense, convolution and recurrent operators, in the order of the file.
    unread : tuple of str
        Names of all initialisers with several numbers that are neither part of a matrix nor a bias,
        a normalisation, a bound or an index. If there are any, the matrices may be incomplete.
    """

    matrices: tuple[WeightMatrix, ...]
    unread: tuple[str, ...]


def read_graph_weights(graph: OnnxGraph) -> GraphWeights:
    """Return all weight matrices of a graph and its subgraphs, and what was not read.

    Parameters
    ----------
    graph : OnnxGraph
        The graph, in which everything that follows from constants has been computed
        (`bioann.ann.interop.onnx_graph.read_onnx_graph`).
    """
    reader = _WeightReader()
    matrices = tuple(reader.read_matrices(graph))
    graph.add_origins(reader.read_names)
    return GraphWeights(matrices, tuple(dict.fromkeys(_list_unread(graph, reader.read_names))))


def _list_unread(graph: OnnxGraph, read: set[str]) -> Iterator[str]:
    """Return the initialisers that no matrix and no parameter was computed from."""
    for name in graph.initialisers:
        values = graph.constants[name]
        is_index = values.dtype.kind == "b" or (values.dtype.kind in "iu" and values.itemsize > 2)
        if name not in read and values.size > 1 and not is_index:
            yield name
    for _, inner in graph.subgraphs:
        yield from _list_unread(inner, read)


@dataclasses.dataclass
class _WeightReader:
    """Read weights node by node; `read_names` collects the constants that have a meaning."""

    read_names: set[str] = dataclasses.field(default_factory=set)

    def read_matrices(
        self, graph: OnnxGraph, states: tuple[str, ...] = ()
    ) -> Iterator[WeightMatrix]:
        """Return the weights of a graph; `states` are the inputs that hold a Scan's state."""
        sources: dict[str, str] = {}
        weight_names: set[str] = set()
        for node in graph.nodes:
            constants = [graph.constants.get(name) for name in node.inputs]
            data = next((n for n in node.inputs if n and n not in graph.constants), "")
            self._add_parameters(node, constants)
            origin = sources.get(data, data)
            if node.op in GATE_SUFFIXES:
                yield from self._read_recurrent(node, constants, origin)
            elif node.op in READERS:
                values, position = READERS[node.op](node, constants)
                name = "" if values is None or position < 0 else node.inputs[position]
                self.read_names.add(name)
                # The substeps of one time step share their weights.
                is_repeated = bool(states) and name in weight_names
                weight_names.add(name)
                if values is not None and 0 not in values.shape and not is_repeated:
                    is_recurrent = data in states and values.shape[0] == values.shape[1]
                    weight_sources = node.name if is_recurrent else origin
                    values = values.astype(float)
                    yield WeightMatrix(node.name, "W", values, weight_sources, is_recurrent)
            _follow_units(graph, node, sources)
        for node, inner in graph.subgraphs:
            yield from self.read_matrices(inner, _scan_states(node, inner))

    def _add_parameters(self, node: OnnxNode, constants: list[np.ndarray | None]) -> None:
        """Collect constants that are a bias, a normalisation or a bound."""
        for k, (name, values) in enumerate(zip(node.inputs, constants, strict=True)):
            if values is not None and (
                k in PARAMETER_INPUTS.get(node.op, ())
                or (node.op in ("Mul", "Div", "Pow") and sum(n > 1 for n in values.shape) < 2)
            ):
                self.read_names.add(name)

    def _read_recurrent(
        self, node: OnnxNode, constants: list[np.ndarray | None], sources: str
    ) -> Iterator[WeightMatrix]:
        """Split the stacked weights of a recurrent operator by direction and by gate."""
        gates = GATE_SUFFIXES[node.op]
        for letter, array, array_name in zip("WR", constants[1:3], node.inputs[1:3], strict=False):
            if array is None or array.ndim != 3 or array.shape[1] % len(gates) or 0 in array.shape:
                continue
            is_recurrent = letter == "R"
            if is_recurrent and array.shape[1] != len(gates) * array.shape[2]:
                continue
            self.read_names.add(array_name)
            for d, direction in enumerate(array):
                for gate, rows in zip(gates, np.split(direction, len(gates)), strict=True):
                    yield WeightMatrix(
                        node.name,
                        f"{letter}{gate}{'_back' * (d > 0)}",
                        rows.astype(float),
                        node.name if is_recurrent else sources,
                        is_recurrent,
                    )


def _follow_units(graph: OnnxGraph, node: OnnxNode, sources: dict[str, str]) -> None:
    """Store the origin of the units of a node's outputs, unless these are units of their own."""
    computed_inputs = [name for name in node.inputs if name and name not in graph.constants]
    if node.op in READERS or node.op in GATE_SUFFIXES:
        sources.update(dict.fromkeys(node.outputs, node.name))
    elif len(computed_inputs) == 1 and node.op in {*SAME_UNITS, "Add"}:
        origin = sources.get(computed_inputs[0], computed_inputs[0])
        sources.update(dict.fromkeys(node.outputs, origin))


def _scan_states(node: OnnxNode, inner: OnnxGraph) -> tuple[str, ...]:
    """Return the names of the state variables of a Scan: the first inputs of its body."""
    if node.op != "Scan":
        return ()
    return tuple(inner.inputs)[: -int(node.attributes["num_scan_inputs"])]


#: Weights with axes (target, source, ...), and the position of the input that holds them.
WeightsAndPosition: TypeAlias = tuple[np.ndarray | None, int]


def _weights_of_gemm(node: OnnxNode, constants: list[np.ndarray | None]) -> WeightsAndPosition:
    first, second = (*constants, None)[:2]
    if second is not None and second.ndim == 2:
        return (second if node.attributes.get("transB") else second.T), 1
    if first is not None and first.ndim == 2:
        return (first.T if node.attributes.get("transA") else first), 0
    return None, 0


def _weights_of_matmul(node: OnnxNode, constants: list[np.ndarray | None]) -> WeightsAndPosition:
    first, second = (*constants, None)[:2]
    for values, position in ((second, 1), (first, 0)):
        if values is not None and values.ndim > 2 and math.prod(values.shape[:-2]) == 1:
            values = values.reshape(values.shape[-2:])  # one matrix for all samples
        # A vector is the weights of a single unit.
        if values is not None and values.ndim in (1, 2):
            W = values.reshape(-1, 1) if values.ndim == 1 else values
            return (W.T if position or values.ndim == 1 else W), position
    return None, 0


def _weights_of_integers(node: OnnxNode, constants: list[np.ndarray | None]) -> WeightsAndPosition:
    """Return the weights of MatMulInteger or ConvInteger, in steps."""
    values, _, zero = (*constants, None, None)[1:4]
    if values is None or values.ndim < 2:
        return None, 1
    is_matrix = node.op == "MatMulInteger"
    steps = dequantize(values, np.ones(1), zero, axis=1 if is_matrix else 0)
    return (steps.T, 1) if is_matrix else _weights_of_conv(node, [None, steps])


def _weights_of_linear_model(
    node: OnnxNode, constants: list[np.ndarray | None]
) -> WeightsAndPosition:
    """Return the coefficients of a linear model of scikit-learn, which are an attribute."""
    coefficients = np.asarray(node.attributes.get("coefficients") or [], dtype=float)
    n_outputs = max(len(node.attributes.get("intercepts") or ()), 1)
    return coefficients.reshape(n_outputs, -1), -1


def _weights_of_quantized(node: OnnxNode, constants: list[np.ndarray | None]) -> WeightsAndPosition:
    """Return the numbers that the weights of QLinearConv or QLinearMatMul stand for."""
    values, scale, zero = (*constants, None, None, None)[3:6]
    if values is None or scale is None or values.ndim < 2:
        return None, 3
    if node.op == "QLinearMatMul":
        return dequantize(values, scale, zero, axis=1).T, 3
    kernel = dequantize(values, scale, zero, axis=0)
    return _weights_of_conv(node, [None, kernel])[0], 3


def _weights_of_conv(node: OnnxNode, constants: list[np.ndarray | None]) -> WeightsAndPosition:
    kernel = constants[1] if len(constants) > 1 else None
    groups = node.attributes.get("group", 1)
    if kernel is None or kernel.ndim < 3:
        return None, 1
    if groups == 1:
        return kernel, 1
    # Each group of outputs is connected to its own group of inputs; all other weights are zero.
    n, group_inputs = kernel.shape[:2]
    if groups < 1 or n % groups:
        return None, 1
    size_limits.check_bytes(kernel.size * groups * 8, f"node {node.name!r}, written out")
    full_kernel = np.zeros((n, group_inputs * groups, *kernel.shape[2:]))
    for g in range(groups):
        outputs = slice(g * n // groups, (g + 1) * n // groups)
        full_kernel[outputs, g * group_inputs : (g + 1) * group_inputs] = kernel[outputs]
    return full_kernel, 1


def _weights_of_transposed_conv(
    node: OnnxNode, constants: list[np.ndarray | None]
) -> WeightsAndPosition:
    kernel = constants[1] if len(constants) > 1 else None
    if kernel is None or kernel.ndim < 3 or node.attributes.get("group", 1) != 1:
        return None, 1
    return np.swapaxes(kernel, 0, 1), 1


#: Function that reads the weights of each operator.
READERS: dict[str, Callable[[OnnxNode, list[np.ndarray | None]], WeightsAndPosition]] = {
    "Gemm": _weights_of_gemm,
    "MatMul": _weights_of_matmul,
    "Conv": _weights_of_conv,
    "ConvTranspose": _weights_of_transposed_conv,
    "QLinearConv": _weights_of_quantized,
    "QLinearMatMul": _weights_of_quantized,
    "ConvInteger": _weights_of_integers,
    "MatMulInteger": _weights_of_integers,
    "ai.onnx.ml.LinearClassifier": _weights_of_linear_model,
    "ai.onnx.ml.LinearRegressor": _weights_of_linear_model,
}
