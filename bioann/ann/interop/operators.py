"""What each ONNX operator adds to a stack of layers; one that is not here is refused by name.

Definitions: https://onnx.ai/onnx/operators/ (opset 21 and before).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bioann.ann.activations.activation import (
    Activation,
    LeakyRelu,
    Linear,
    Relu,
    Sigmoid,
    Softplus,
    Tanh,
)
from bioann.ann.interop.layer_stack import Stack
from bioann.ann.interop.onnx_graph import Node
from bioann.ann.interop.recurrent import (
    read_gather,
    read_lstm,
    read_rnn,
    read_squeeze,
    read_transpose,
)
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.pooling import AveragePool, MaxPool
from bioann.ann.layers.softmax import Softmax


def _gemm(stack: Stack, node: Node) -> None:
    stack.expect(node, "unit")
    given = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0, **node.attributes}
    if given["transA"]:
        raise stack.refuse(node, "Gemm with transA")
    weights = stack.constant(node, 1)
    _rank(stack, node, weights, 2)
    W = weights if given["transB"] else weights.T
    bias = stack.constant(node, 2) if node.inputs[2:] else np.zeros(1)
    stack.add(Dense(given["alpha"] * W, given["beta"] * _per(stack, node, bias, len(W)), Linear()))


def _matmul(stack: Stack, node: Node) -> None:
    stack.expect(node, "unit")
    weights = stack.constant(node, 1)
    _rank(stack, node, weights, 2)
    stack.add(Dense(weights.T, 0.0, Linear()))


def _rank(stack: Stack, node: Node, weights: np.ndarray, rank: int) -> None:
    if weights.ndim != rank or 0 in weights.shape:
        raise stack.refuse(node, f"{node.op} with weights of shape {weights.shape}")


def _per(stack: Stack, node: Node, values: np.ndarray, n: int) -> np.ndarray:
    """Give a constant as one number per unit or channel."""
    image = len(stack.axes) == 4
    trimmed = values.reshape(values.shape[:-2]) if image and values.shape[-2:] == (1, 1) else values
    flat = trimmed.ravel()
    if flat.size == 1:
        return np.broadcast_to(flat, n)
    if flat.size != n or trimmed.shape[-1] != n or (image and trimmed is values):
        raise stack.refuse(node, f"{node.op} with a constant of shape {values.shape}")
    return flat


def _arithmetic(stack: Stack, node: Node) -> None:
    """Add, subtract, multiply or divide by a constant."""
    first = node.inputs[0] in stack.graph.constants
    given = stack.constant(node, 0 if first else 1)
    n = stack.shape()[0] or given.size
    value = _per(stack, node, given, n)
    if node.op == "Add":
        stack.affine(node, np.ones(n), value)
    elif node.op == "Mul":
        stack.affine(node, value, np.zeros(n))
    elif node.op == "Sub":
        stack.affine(node, *((-np.ones(n), value) if first else (np.ones(n), -value)))
    elif first or not value.all():
        raise stack.refuse(node, "Div by what is computed, or by zero")
    else:
        stack.affine(node, 1 / value, np.zeros(n))


def _scaler(stack: Stack, node: Node) -> None:
    """``(x - offset) * scale``, as scikit-learn's scalers are exported."""
    n = stack.shape()[0]
    offset, scale = (
        _per(stack, node, np.atleast_1d(np.asarray(node.attributes[name], dtype=float)), n)
        for name in ("offset", "scale")
    )
    stack.affine(node, scale, -offset * scale)


def _batch_normalization(stack: Stack, node: Node) -> None:
    scale, shift, mean, variance = (stack.constant(node, k) for k in range(1, 5))
    gain = scale / np.sqrt(variance + node.attributes.get("epsilon", 1e-5))
    stack.affine(node, gain, shift - gain * mean)


def _conv(stack: Stack, node: Node) -> None:
    stack.expect(node, "channel", "height", "width")
    kernel = stack.constant(node, 1)
    _rank(stack, node, kernel, 4)
    if node.attributes.get("group", 1) != 1:
        raise stack.refuse(node, f"Conv in {node.attributes['group']} groups")
    bias = stack.constant(node, 2) if node.inputs[2:] else np.zeros(len(kernel))
    stride, padding = _window(stack, node, kernel.shape[2:])
    stack.add(Conv2d(kernel, bias, Linear(), stride, padding))


def _window(
    stack: Stack, node: Node, size: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Read stride and padding; what a layer has no word for is refused."""
    given = node.attributes
    stride = tuple(given.get("strides", (1, 1)))
    pads = list(given.get("pads", (0, 0, 0, 0)))
    auto = given.get("auto_pad", "NOTSET")
    if auto.startswith("SAME") and stride == (1, 1) and all(n % 2 for n in size):
        pads = [(n - 1) // 2 for n in size] * 2
    elif auto not in ("NOTSET", "VALID"):
        raise stack.refuse(node, f"{node.op} with auto_pad={auto}")
    if pads[:2] != pads[2:] or any(d != 1 for d in given.get("dilations", (1, 1))):
        raise stack.refuse(node, f"{node.op} with uneven padding or dilation")
    if given.get("ceil_mode", 0):
        raise stack.refuse(node, f"{node.op} with ceil_mode")
    return stride, tuple(pads[:2])


def _pool(stack: Stack, node: Node) -> None:
    stack.expect(node, "channel", "height", "width")
    size = tuple(node.attributes.get("kernel_shape", ()))
    if len(size) != 2 or any(node.outputs[1:]):
        raise stack.refuse(node, f"{node.op} with kernel {size} and {len(node.outputs)} outputs")
    stride, padding = _window(stack, node, size)
    if any(padding):
        raise stack.refuse(node, f"{node.op} with padding")
    stack.add((MaxPool if node.op == "MaxPool" else AveragePool)(size, stride))


def _global_average(stack: Stack, node: Node) -> None:
    stack.expect(node, "channel", "height", "width")
    stack.add(AveragePool(stack.shape()[1:]))


def _flatten(stack: Stack, node: Node) -> None:
    if node.op == "Reshape":
        _check_reshape(stack, node)
    elif node.attributes.get("axis", 1) != 1:
        raise stack.refuse(node, f"Flatten at axis {node.attributes['axis']}")
    if len(stack.axes) == 2:
        return
    if stack.axes != ("batch", "channel", "height", "width"):
        raise stack.refuse(node, f"{node.op} on axes {stack.axes}")
    stack.add(Flatten())
    stack.axes = ("batch", "unit")


def _check_reshape(stack: Stack, node: Node) -> None:
    """Let pass what lays each sample out as a vector: a shape of (batch, -1) or (batch, n)."""
    if node.inputs[1] in stack.graph.constants:
        shape = [int(n) for n in stack.constant(node, 1)]
    else:  # (size of the batch, -1), put together by the graph itself
        maker = stack.graph.producers().get(node.inputs[1])
        parts = () if maker is None or maker.op != "Concat" else maker.inputs
        last = stack.graph.constants.get(parts[-1]) if len(parts) == 2 else None
        shape = [] if last is None else [0, *(int(n) for n in last.ravel())]
    n = int(np.prod(stack.shape()))
    if len(shape) != 2 or shape[1] not in (-1, n) or shape[0] > 1 or shape == [-1, -1]:
        raise stack.refuse(node, f"Reshape to {shape or 'a computed shape'}")


def _pass(stack: Stack, node: Node) -> None:
    """Change nothing: what only training does, or the precision of numbers."""
    if node.op == "Cast" and node.attributes.get("to") not in (1, 10, 11):
        raise stack.refuse(node, "Cast to something else than floats")


def _softmax(stack: Stack, node: Node) -> None:
    stack.expect(node, "unit")
    if node.attributes.get("axis", -1) not in (-1, len(stack.axes) - 1):
        raise stack.refuse(node, f"Softmax over axis {node.attributes['axis']}")
    stack.add(Softmax())


def _activation(make: Callable[[Node], Activation]) -> Callable[[Stack, Node], None]:
    return lambda stack, node: stack.activate(node, make(node))


#: How every operator that layers can do is read.
OPERATORS: dict[str, Callable[[Stack, Node], None]] = {
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Conv": _conv,
    "MaxPool": _pool,
    "AveragePool": _pool,
    "GlobalAveragePool": _global_average,
    "BatchNormalization": _batch_normalization,
    "Flatten": _flatten,
    "Reshape": _flatten,
    "Softmax": _softmax,
    "RNN": read_rnn,
    "LSTM": read_lstm,
    "Transpose": read_transpose,
    "Squeeze": read_squeeze,
    "Gather": read_gather,
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _arithmetic),
    "ai.onnx.ml.Scaler": _scaler,
    **dict.fromkeys(("Identity", "Dropout", "Cast"), _pass),
    "Relu": _activation(lambda node: Relu()),
    "LeakyRelu": _activation(lambda node: LeakyRelu(node.attributes.get("alpha", 0.01))),
    "Tanh": _activation(lambda node: Tanh()),
    "Sigmoid": _activation(lambda node: Sigmoid()),
    "Softplus": _activation(lambda node: Softplus()),
}
