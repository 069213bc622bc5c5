"""Translate ONNX operators to layers; an operator without an entry here is rejected by name.

Definitions: https://onnx.ai/onnx/operators/ (opset 21 and earlier).
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
from bioann.ann.interop.layer_stack import LayerStackBuilder
from bioann.ann.interop.onnx_node import OnnxNode
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


def _read_gemm(stack: LayerStackBuilder, node: OnnxNode) -> None:
    stack.require_axes(node, "unit")
    attributes = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0, **node.attributes}
    if attributes["transA"]:
        raise stack.unsupported_error(node, "Gemm with transA")
    weights = stack.constant_input(node, 1)
    _require_rank(stack, node, weights, 2)
    W = weights if attributes["transB"] else weights.T
    bias = stack.constant_input(node, 2) if node.inputs[2:] else np.zeros(1)
    biases = attributes["beta"] * _expand_constant(stack, node, bias, len(W))
    stack.add_layer(Dense(attributes["alpha"] * W, biases, Linear()))


def _read_matmul(stack: LayerStackBuilder, node: OnnxNode) -> None:
    stack.require_axes(node, "unit")
    weights = stack.constant_input(node, 1)
    _require_rank(stack, node, weights, 2)
    stack.add_layer(Dense(weights.T, 0.0, Linear()))


def _require_rank(stack: LayerStackBuilder, node: OnnxNode, weights: np.ndarray, rank: int) -> None:
    if weights.ndim != rank or 0 in weights.shape:
        raise stack.unsupported_error(node, f"{node.op} with weights of shape {weights.shape}")


def _expand_constant(
    stack: LayerStackBuilder, node: OnnxNode, values: np.ndarray, n: int
) -> np.ndarray:
    """Return a constant as one number per unit or channel."""
    image = len(stack.axes) == 4
    trimmed_values = (
        values.reshape(values.shape[:-2]) if image and values.shape[-2:] == (1, 1) else values
    )
    flat = trimmed_values.ravel()
    if flat.size == 1:
        return np.broadcast_to(flat, n)
    if flat.size != n or trimmed_values.shape[-1] != n or (image and trimmed_values is values):
        raise stack.unsupported_error(node, f"{node.op} with a constant of shape {values.shape}")
    return flat


def _read_arithmetic(stack: LayerStackBuilder, node: OnnxNode) -> None:
    """Absorb the addition, subtraction, multiplication or division of a constant."""
    first = node.inputs[0] in stack.graph.constants
    constant = stack.constant_input(node, 0 if first else 1)
    n = stack.output_shape()[0] or constant.size
    value = _expand_constant(stack, node, constant, n)
    if node.op == "Add":
        stack.apply_affine(node, np.ones(n), value)
    elif node.op == "Mul":
        stack.apply_affine(node, value, np.zeros(n))
    elif node.op == "Sub":
        stack.apply_affine(node, *((-np.ones(n), value) if first else (np.ones(n), -value)))
    elif first or not value.all():
        raise stack.unsupported_error(node, "Div by a computed tensor, or by zero")
    else:
        stack.apply_affine(node, 1 / value, np.zeros(n))


def _read_scaler(stack: LayerStackBuilder, node: OnnxNode) -> None:
    """Absorb ``(x - offset) * scale``, as skl2onnx exports the scalers of scikit-learn."""
    n = stack.output_shape()[0]
    offset, scale = (
        _expand_constant(
            stack, node, np.atleast_1d(np.asarray(node.attributes[name], dtype=float)), n
        )
        for name in ("offset", "scale")
    )
    stack.apply_affine(node, scale, -offset * scale)


def _read_batch_normalization(stack: LayerStackBuilder, node: OnnxNode) -> None:
    scale, shift, mean, variance = (stack.constant_input(node, k) for k in range(1, 5))
    gain = scale / np.sqrt(variance + node.attributes.get("epsilon", 1e-5))
    stack.apply_affine(node, gain, shift - gain * mean)


def _read_conv(stack: LayerStackBuilder, node: OnnxNode) -> None:
    stack.require_axes(node, "channel", "height", "width")
    kernel = stack.constant_input(node, 1)
    _require_rank(stack, node, kernel, 4)
    if node.attributes.get("group", 1) != 1:
        raise stack.unsupported_error(node, f"Conv in {node.attributes['group']} groups")
    bias = stack.constant_input(node, 2) if node.inputs[2:] else np.zeros(len(kernel))
    stride, padding = _read_window(stack, node, kernel.shape[2:])
    stack.add_layer(Conv2d(kernel, bias, Linear(), stride, padding))


def _read_window(
    stack: LayerStackBuilder, node: OnnxNode, size: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Read stride and padding; raise for options that layers do not have."""
    attributes = node.attributes
    stride = tuple(attributes.get("strides", (1, 1)))
    pads = list(attributes.get("pads", (0, 0, 0, 0)))
    auto = attributes.get("auto_pad", "NOTSET")
    if auto.startswith("SAME") and stride == (1, 1) and all(n % 2 for n in size):
        pads = [(n - 1) // 2 for n in size] * 2
    elif auto not in ("NOTSET", "VALID"):
        raise stack.unsupported_error(node, f"{node.op} with auto_pad={auto}")
    if pads[:2] != pads[2:] or any(d != 1 for d in attributes.get("dilations", (1, 1))):
        raise stack.unsupported_error(node, f"{node.op} with uneven padding or dilation")
    if attributes.get("ceil_mode", 0):
        raise stack.unsupported_error(node, f"{node.op} with ceil_mode")
    return stride, tuple(pads[:2])


def _read_pool(stack: LayerStackBuilder, node: OnnxNode) -> None:
    stack.require_axes(node, "channel", "height", "width")
    size = tuple(node.attributes.get("kernel_shape", ()))
    if len(size) != 2 or any(node.outputs[1:]):
        raise stack.unsupported_error(
            node, f"{node.op} with kernel {size} and {len(node.outputs)} outputs"
        )
    stride, padding = _read_window(stack, node, size)
    if any(padding):
        raise stack.unsupported_error(node, f"{node.op} with padding")
    stack.add_layer((MaxPool if node.op == "MaxPool" else AveragePool)(size, stride))


def _read_global_average_pool(stack: LayerStackBuilder, node: OnnxNode) -> None:
    stack.require_axes(node, "channel", "height", "width")
    stack.add_layer(AveragePool(stack.output_shape()[1:]))


def _read_flatten(stack: LayerStackBuilder, node: OnnxNode) -> None:
    if node.op == "Reshape":
        _check_reshape(stack, node)
    elif node.attributes.get("axis", 1) != 1:
        raise stack.unsupported_error(node, f"Flatten at axis {node.attributes['axis']}")
    if len(stack.axes) == 2:
        return
    if stack.axes != ("batch", "channel", "height", "width"):
        raise stack.unsupported_error(node, f"{node.op} on axes {stack.axes}")
    stack.add_layer(Flatten())
    stack.axes = ("batch", "unit")


def _check_reshape(stack: LayerStackBuilder, node: OnnxNode) -> None:
    """Raise unless a Reshape flattens each sample: to shape (batch, -1) or (batch, n)."""
    if node.inputs[1] in stack.graph.constants:
        shape = [int(n) for n in stack.constant_input(node, 1)]
    else:  # (batch size, -1), concatenated in the graph
        producer = stack.graph.map_producers().get(node.inputs[1])
        pieces = () if producer is None or producer.op != "Concat" else producer.inputs
        last = stack.graph.constants.get(pieces[-1]) if len(pieces) == 2 else None
        shape = [] if last is None else [0, *(int(n) for n in last.ravel())]
    n = int(np.prod(stack.output_shape()))
    if len(shape) != 2 or shape[1] not in (-1, n) or shape[0] > 1 or shape == [-1, -1]:
        raise stack.unsupported_error(node, f"Reshape to {shape or 'a computed shape'}")


def _read_identity(stack: LayerStackBuilder, node: OnnxNode) -> None:
    """Accept operators that change nothing: dropout outside training, or casts between floats."""
    if node.op == "Cast" and node.attributes.get("to") not in (1, 10, 11):
        raise stack.unsupported_error(node, "Cast to another type than float")


def _read_softmax(stack: LayerStackBuilder, node: OnnxNode) -> None:
    stack.require_axes(node, "unit")
    if node.attributes.get("axis", -1) not in (-1, len(stack.axes) - 1):
        raise stack.unsupported_error(node, f"Softmax over axis {node.attributes['axis']}")
    stack.add_layer(Softmax())


def _make_activation_reader(
    make: Callable[[OnnxNode], Activation],
) -> Callable[[LayerStackBuilder, OnnxNode], None]:
    return lambda stack, node: stack.apply_activation(node, make(node))


#: Function that reads each supported operator.
OPERATORS: dict[str, Callable[[LayerStackBuilder, OnnxNode], None]] = {
    "Gemm": _read_gemm,
    "MatMul": _read_matmul,
    "Conv": _read_conv,
    "MaxPool": _read_pool,
    "AveragePool": _read_pool,
    "GlobalAveragePool": _read_global_average_pool,
    "BatchNormalization": _read_batch_normalization,
    "Flatten": _read_flatten,
    "Reshape": _read_flatten,
    "Softmax": _read_softmax,
    "RNN": read_rnn,
    "LSTM": read_lstm,
    "Transpose": read_transpose,
    "Squeeze": read_squeeze,
    "Gather": read_gather,
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _read_arithmetic),
    "ai.onnx.ml.Scaler": _read_scaler,
    **dict.fromkeys(("Identity", "Dropout", "Cast"), _read_identity),
    "Relu": _make_activation_reader(lambda node: Relu()),
    "LeakyRelu": _make_activation_reader(
        lambda node: LeakyRelu(node.attributes.get("alpha", 0.01))
    ),
    "Tanh": _make_activation_reader(lambda node: Tanh()),
    "Sigmoid": _make_activation_reader(lambda node: Sigmoid()),
    "Softplus": _make_activation_reader(lambda node: Softplus()),
}
