"""Read recurrent ONNX operators and the operators that rearrange their axes.

Definitions: https://onnx.ai/onnx/operators/onnx__RNN.html and onnx__LSTM.html (opset 14).
"""

from __future__ import annotations

import numpy as np

from bioann.ann.activations.activation import resolve_activation
from bioann.ann.interop.layer_stack import LayerStackBuilder
from bioann.ann.interop.onnx_graph import OnnxGraph
from bioann.ann.interop.onnx_node import OnnxNode
from bioann.ann.layers.gated import reorder_gates
from bioann.ann.layers.lstm import LSTM
from bioann.ann.layers.recurrent import Recurrent

ACTIVATIONS = ("tanh", "relu", "sigmoid")
#: Operators that map zeros to zeros.
ZERO_PRESERVING = (
    "Expand",
    "Unsqueeze",
    "Squeeze",
    "Transpose",
    "Identity",
    "Reshape",
    "Tile",
    "Cast",
)


def read_rnn(stack: LayerStackBuilder, node: OnnxNode) -> None:
    """Add a `Recurrent` layer."""
    W, R, bias = _read_recurrent_arrays(stack, node, 1)
    names = node.attributes.get("activations", ["Tanh"])
    name = names[0].lower()
    if name == "affine":
        alpha, beta = (node.attributes.get(f"activation_{k}", [d])[0] for k, d in _AFFINE)
        if (alpha, beta) != (1.0, 0.0):
            raise stack.unsupported_error(node, f"RNN with activation {alpha:g} x + {beta:g}")
    elif name not in ACTIVATIONS:
        raise stack.unsupported_error(node, f"RNN with activation {names[0]}")
    phi = "linear" if name == "affine" else name
    stack.add_layer(Recurrent(W, R, bias, resolve_activation(phi, node.name)))


_AFFINE = (("alpha", 1.0), ("beta", 0.0))


def read_lstm(stack: LayerStackBuilder, node: OnnxNode) -> None:
    """Add an `LSTM` layer."""
    W, R, bias = _read_recurrent_arrays(stack, node, 4)
    names = node.attributes.get("activations", ["Sigmoid", "Tanh", "Tanh"])
    if [name.lower() for name in names] != ["sigmoid", "tanh", "tanh"]:
        raise stack.unsupported_error(node, f"LSTM with activations {', '.join(names)}")
    if node.attributes.get("input_forget", 0) or any(node.inputs[7:8]):
        raise stack.unsupported_error(
            node, "LSTM with peepholes, or with coupled input and forget gates"
        )
    stack.add_layer(LSTM(*(reorder_gates(array, "iofc", "ifco") for array in (W, R, bias))))


def _read_recurrent_arrays(
    stack: LayerStackBuilder, node: OnnxNode, gates: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read input weights, recurrent weights and bias of a unidirectional operator."""
    _update_axes(stack, node)
    direction, clip = node.attributes.get("direction", "forward"), node.attributes.get("clip")
    if direction != "forward" or clip is not None:
        feature = f"direction {direction}" if direction != "forward" else "clipped sums"
        raise stack.unsupported_error(node, f"{node.op} with {feature}")
    if any(node.inputs[4:5]):
        raise stack.unsupported_error(node, f"{node.op} with a length for each sequence")
    for name in node.inputs[5:7]:
        if not _is_zero(stack.graph, name):
            raise stack.unsupported_error(node, f"{node.op} that does not start at zero")
    W, R = stack.constant_input(node, 1), stack.constant_input(node, 2)
    n = R.shape[-1]
    if W.ndim != 3 or len(W) != 1 or R.shape != (1, gates * n, n) or W.shape[1] != gates * n:
        raise stack.unsupported_error(
            node, f"{node.op} with weights of shape {W.shape} and {R.shape}"
        )
    bias = np.zeros(2 * gates * n)
    if any(node.inputs[3:4]):
        bias = stack.constant_input(node, 3).reshape(2 * gates * n)
    return W[0], R[0], bias[: gates * n] + bias[gates * n :]


def _update_axes(stack: LayerStackBuilder, node: OnnxNode) -> None:
    """Identify the time axis from a recurrent operator, and set the axes of its output."""
    order = ("batch", "time") if node.attributes.get("layout", 0) else ("time", "batch")
    if len(stack.axes) != 3 or stack.axes[2] != "unit":
        raise stack.unsupported_error(node, f"{node.op} on axes {stack.axes}")
    if "time" in stack.axes and stack.axes[:2] != order:
        raise stack.unsupported_error(node, f"{node.op} on axes {stack.axes}, not {order}")
    output_index = node.outputs.index(stack.current_output)
    if output_index > 1:
        raise stack.unsupported_error(node, f"the cell state of {node.op} as an output")
    at = 2 if order[0] == "batch" else 1
    axes = [*order, "unit"]
    axes.insert(at, "direction")
    if output_index == 1:  # the last time step only
        axes.remove("time")
    stack.axes = tuple(axes)


def _is_zero(graph: OnnxGraph, name: str) -> bool:
    """Return whether all elements of a tensor are zero; a missing optional input counts as zero."""
    producers = graph.map_producers()
    for _ in range(len(graph.nodes) + 1):
        if not name or name in graph.constants:
            return not name or not graph.constants[name].any()
        node = producers.get(name)
        if node is None:
            return False
        if node.op == "ConstantOfShape":
            value = node.attributes.get("value")
            return value is None or not np.any(value)
        if node.op not in ZERO_PRESERVING:
            return False
        name = node.inputs[0]
    return False


def read_transpose(stack: LayerStackBuilder, node: OnnxNode) -> None:
    """Permute the meanings of the axes."""
    order = node.attributes.get("perm", list(range(len(stack.axes)))[::-1])
    stack.axes = tuple(stack.axes[k] for k in order)


def read_squeeze(stack: LayerStackBuilder, node: OnnxNode) -> None:
    """Drop the direction axis; raise for any other axis."""
    attribute = node.attributes.get("axes")
    squeezed_axes = [
        int(k) for k in (stack.constant_input(node, 1) if attribute is None else attribute)
    ]
    if [stack.axes[k] for k in squeezed_axes] != ["direction"]:
        raise stack.unsupported_error(
            node, f"Squeeze of axes {[stack.axes[k] for k in squeezed_axes]}"
        )
    stack.axes = tuple(a for a in stack.axes if a != "direction")


def read_gather(stack: LayerStackBuilder, node: OnnxNode) -> None:
    """Drop the time axis where the last time step is selected; raise for any other selection."""
    axis = stack.axes[node.attributes.get("axis", 0)]
    index = stack.constant_input(node, 1)
    if axis != "time" or index.ndim or index != -1:
        raise stack.unsupported_error(node, f"Gather of {index.tolist()} along {axis}")
    stack.axes = tuple(a for a in stack.axes if a != "time")
