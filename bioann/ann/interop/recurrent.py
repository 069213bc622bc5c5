"""Recurrent operators of ONNX, and what moves their axes.

Definitions: https://onnx.ai/onnx/operators/onnx__RNN.html and onnx__LSTM.html (opset 14).
"""

from __future__ import annotations

import numpy as np

from bioann.ann.activations.activation import resolve_activation
from bioann.ann.interop.layer_stack import Stack
from bioann.ann.interop.onnx_graph import Graph, Node
from bioann.ann.layers.lstm import LSTM
from bioann.ann.layers.recurrent import Recurrent

ACTIVATIONS = ("tanh", "relu", "sigmoid")
#: Operators behind which zeros are still zeros.
STILL_ZERO = ("Expand", "Unsqueeze", "Squeeze", "Transpose", "Identity", "Reshape", "Tile", "Cast")


def read_rnn(stack: Stack, node: Node) -> None:
    """Add a layer of units that read themselves."""
    W, R, bias = _arrays(stack, node, 1)
    names = node.attributes.get("activations", ["Tanh"])
    name = names[0].lower()
    if name == "affine":
        alpha, beta = (node.attributes.get(f"activation_{k}", [d])[0] for k, d in _AFFINE)
        if (alpha, beta) != (1.0, 0.0):
            raise stack.refuse(node, f"RNN with activation {alpha:g} x + {beta:g}")
    elif name not in ACTIVATIONS:
        raise stack.refuse(node, f"RNN with activation {names[0]}")
    phi = "linear" if name == "affine" else name
    stack.add(Recurrent(W, R, bias, resolve_activation(phi, node.name)))


_AFFINE = (("alpha", 1.0), ("beta", 0.0))


def read_lstm(stack: Stack, node: Node) -> None:
    """Add a layer of memory cells."""
    W, R, bias = _arrays(stack, node, 4)
    names = node.attributes.get("activations", ["Sigmoid", "Tanh", "Tanh"])
    if [name.lower() for name in names] != ["sigmoid", "tanh", "tanh"]:
        raise stack.refuse(node, f"LSTM with activations {', '.join(names)}")
    if node.attributes.get("input_forget", 0) or any(node.inputs[7:8]):
        raise stack.refuse(node, "LSTM with peepholes, or with coupled input and forget gates")
    stack.add(LSTM(*(reordered(array, "iofc", "ifco") for array in (W, R, bias))))


def reordered(rows: np.ndarray, given: str, wanted: str) -> np.ndarray:
    """Bring the rows of stacked gates into another order."""
    gates = dict(zip(given, np.split(rows, len(given)), strict=True))
    return np.concatenate([gates[gate] for gate in wanted])


def _arrays(stack: Stack, node: Node, gates: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read the weights and the bias of the only direction, and what the axes mean."""
    _axes(stack, node)
    direction, clip = node.attributes.get("direction", "forward"), node.attributes.get("clip")
    if direction != "forward" or clip is not None:
        what = f"direction {direction}" if direction != "forward" else "clipped sums"
        raise stack.refuse(node, f"{node.op} with {what}")
    if any(node.inputs[4:5]):
        raise stack.refuse(node, f"{node.op} with a length for each sequence")
    for name in node.inputs[5:7]:
        if not _zero(stack.graph, name):
            raise stack.refuse(node, f"{node.op} that does not begin at zero")
    W, R = stack.constant(node, 1), stack.constant(node, 2)
    n = R.shape[-1]
    if W.ndim != 3 or len(W) != 1 or R.shape != (1, gates * n, n) or W.shape[1] != gates * n:
        raise stack.refuse(node, f"{node.op} with weights of shape {W.shape} and {R.shape}")
    bias = np.zeros(2 * gates * n)
    if any(node.inputs[3:4]):
        bias = stack.constant(node, 3).reshape(2 * gates * n)
    return W[0], R[0], bias[: gates * n] + bias[gates * n :]


def _axes(stack: Stack, node: Node) -> None:
    """Learn from a recurrent operator which axis is time, and follow its output."""
    order = ("batch", "time") if node.attributes.get("layout", 0) else ("time", "batch")
    if len(stack.axes) != 3 or stack.axes[2] != "unit":
        raise stack.refuse(node, f"{node.op} on axes {stack.axes}")
    if "time" in stack.axes and stack.axes[:2] != order:
        raise stack.refuse(node, f"{node.op} on axes {stack.axes}, not {order}")
    used = node.outputs.index(stack.used)
    if used > 1:
        raise stack.refuse(node, f"the cell of {node.op} as an answer")
    at = 2 if order[0] == "batch" else 1
    whole = [*order, "unit"]
    whole.insert(at, "direction")
    if used == 1:  # the last moment alone
        whole.remove("time")
    stack.axes = tuple(whole)


def _zero(graph: Graph, name: str) -> bool:
    """Tell whether a tensor is nothing but zeros; an input that is left out is."""
    producers = graph.producers()
    for _ in range(len(graph.nodes) + 1):
        if not name or name in graph.constants:
            return not name or not graph.constants[name].any()
        node = producers.get(name)
        if node is None:
            return False
        if node.op == "ConstantOfShape":
            value = node.attributes.get("value")
            return value is None or not np.any(value)
        if node.op not in STILL_ZERO:
            return False
        name = node.inputs[0]
    return False


def read_transpose(stack: Stack, node: Node) -> None:
    """Follow the axes."""
    order = node.attributes.get("perm", list(range(len(stack.axes)))[::-1])
    stack.axes = tuple(stack.axes[k] for k in order)


def read_squeeze(stack: Stack, node: Node) -> None:
    """Drop the axis of the only direction."""
    given = node.attributes.get("axes")
    places = [int(k) for k in (stack.constant(node, 1) if given is None else given)]
    if [stack.axes[k] for k in places] != ["direction"]:
        raise stack.refuse(node, f"Squeeze of axes {[stack.axes[k] for k in places]}")
    stack.axes = tuple(a for a in stack.axes if a != "direction")


def read_gather(stack: Stack, node: Node) -> None:
    """Take the last moment alone."""
    axis = stack.axes[node.attributes.get("axis", 0)]
    index = stack.constant(node, 1)
    if axis != "time" or index.ndim or index != -1:
        raise stack.refuse(node, f"Gather of {index.tolist()} along {axis}")
    stack.axes = tuple(a for a in stack.axes if a != "time")
