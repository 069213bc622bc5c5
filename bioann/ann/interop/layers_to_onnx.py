"""Layers said in operators of ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np

from bioann.ann.activations.activation import Activation, Linear, Relu, Sigmoid, Tanh
from bioann.ann.interop.onnx_expressions import OnnxBuilder
from bioann.ann.interop.recurrent import reorder_gates
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.dropout import Dropout
from bioann.ann.layers.excitatory_inhibitory import EPSILON, ExcitatoryInhibitory
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.layer import Layer
from bioann.ann.layers.lstm import LSTM
from bioann.ann.layers.pooling import AveragePool, MaxPool
from bioann.ann.layers.radial_basis import RadialBasis
from bioann.ann.layers.recurrent import Recurrent
from bioann.ann.layers.self_organising_map import SelfOrganisingMap
from bioann.ann.layers.softmax import Softmax
from bioann.ann.layers.sub_lstm import SubLSTM
from bioann.ann.layers.unroll import relaxation_factor
from bioann.ann.network import TimeConstant
from bioann.base.errors import DescriptionError


def add_layer(
    builder: OnnxBuilder, layer: Layer, name: str, x: str, dt: float | None, timed: bool
) -> str:
    """Add the operators of a layer.

    Parameters
    ----------
    builder : OnnxBuilder
        The graph.
    layer : Layer
        What to write.
    name : str
        Its name, for errors.
    x : str
        The tensor that it reads: ``(batch, *shape)``, or ``(time, batch, unit)``.
    dt : float or None
        Time step in seconds, for a layer with a time constant.
    timed : bool
        Which of the two.

    Returns
    -------
    str
        The tensor that it makes.

    Raises
    ------
    DescriptionError
        If ONNX has no operator for it.
    """
    if isinstance(layer, Dense):
        sums = builder.add_node(
            "Add", [builder.add_weighted_sum(x, layer.W, name), builder.add_number(layer.bias)]
        )
        response = builder.add_activation(layer.activation, sums, name)
        if layer.tau is None:
            return response
        return _add_time_constant(builder, response, len(layer.W), layer.tau, dt)
    if isinstance(layer, ExcitatoryInhibitory):
        return _add_excitatory_inhibitory(builder, layer, name, x)
    if isinstance(layer, RadialBasis):
        distances = _add_squared_distances(builder, x, layer.centres)
        exponent = builder.add_node("Mul", [distances, builder.add_number(-layer.sharpness)])
        return builder.add_node("Exp", [exponent])
    if isinstance(layer, SelfOrganisingMap):
        return _add_self_organising_map(builder, layer, x, timed)
    if isinstance(layer, Softmax):
        return builder.add_node("Softmax", [x], axis=-1)
    if isinstance(layer, Conv2d) and not timed:
        pads = [*layer.padding, *layer.padding]
        inputs = [x, builder.add_number(layer.kernel), builder.add_number(layer.bias)]
        sums = builder.add_node(
            "Conv", inputs, node_name=f"{name}.kernel", pads=pads, strides=list(layer.stride)
        )
        return builder.add_activation(layer.activation, sums, name)
    if isinstance(layer, (MaxPool, AveragePool)) and not timed:
        size, strides = list(layer.size), list(layer.stride)
        return builder.add_node(type(layer).__name__, [x], kernel_shape=size, strides=strides)
    if isinstance(layer, Flatten) and not timed:
        return builder.add_node("Flatten", [x], axis=1)
    if isinstance(layer, Dropout):
        return x
    if isinstance(layer, LSTM):
        rows = (reorder_gates(a, "ifco", "iofc") for a in (layer.W, layer.U, layer.bias))
        return _add_recurrent_operator(builder, "LSTM", name, x, *rows)
    if isinstance(layer, SubLSTM):
        return _add_sub_lstm(builder, layer, name, x)
    if isinstance(layer, Recurrent):
        attributes = _recurrent_activation_attributes(layer.activation)
        if layer.tau is not None or attributes is None:
            return _add_recurrent_scan(builder, layer, name, x, dt)
        return _add_recurrent_operator(
            builder, "RNN", name, x, layer.W, layer.U, layer.bias, **attributes
        )
    raise DescriptionError(
        f"LayeredNetwork, {name}",
        "a layer that ONNX has an operator for",
        layer.title() + " in a network with a time course" * timed,
        "Leave it out, or run the network with bioann.",
    )


def _add_recurrent_operator(
    builder: OnnxBuilder,
    op: str,
    name: str,
    x: str,
    W: np.ndarray,
    U: np.ndarray,
    bias: np.ndarray,
    **attributes: Any,
) -> str:
    """Add a recurrent operator over ``(time, batch, unit)``, and drop its axis of directions."""
    both_biases = np.concatenate([bias, np.zeros_like(bias)])  # ONNX has a bias for each of W and U
    inputs = [x, *(builder.add_number(array[None]) for array in (W, U, both_biases))]
    response = builder.add_node(op, inputs, node_name=name, hidden_size=U.shape[1], **attributes)
    return builder.add_node("Squeeze", [response, builder.add_constant(np.array([1]))])


def _recurrent_activation_attributes(phi: Activation) -> dict[str, Any] | None:
    """Say an activation as an attribute of a recurrent operator, if it has it."""
    if isinstance(phi, Linear):
        return {"activations": ["Affine"], "activation_alpha": [1.0], "activation_beta": [0.0]}
    return {"activations": [type(phi).__name__]} if isinstance(phi, (Tanh, Relu, Sigmoid)) else None


def add_relaxation(builder: OnnxBuilder, y: str, target: str, gain: Any) -> str:
    """Add ``y + gain * (target - y)``."""
    difference = builder.add_node("Sub", [target, y])
    return builder.add_node(
        "Add", [y, builder.add_node("Mul", [difference, builder.add_number(gain)])]
    )


def _add_time_constant(
    builder: OnnxBuilder, x: str, n: int, tau: TimeConstant, dt: float | None
) -> str:
    """Follow a target with a time constant."""
    gain = relaxation_factor(tau.tau, dt)

    def step(body: OnnxBuilder, states: list[str], now: str) -> tuple[list[str], str]:
        y = add_relaxation(body, states[0], now, gain)
        return [y], y

    return builder.add_scan(step, [n], x)


def _add_recurrent_scan(
    builder: OnnxBuilder, layer: Recurrent, name: str, x: str, dt: float | None
) -> str:
    """Follow recurrent units that no operator has, step by step."""
    drive = builder.add_node(
        "Add", [builder.add_weighted_sum(x, layer.W, name), builder.add_number(layer.bias)]
    )

    def step(body: OnnxBuilder, states: list[str], now: str) -> tuple[list[str], str]:
        total = body.add_node("Add", [now, body.add_weighted_sum(states[0], layer.U, f"{name}.U")])
        y = body.add_activation(layer.activation, total, name)
        if layer.tau is not None:
            y = add_relaxation(body, states[0], y, relaxation_factor(layer.tau.tau, dt))
        return [y], y

    return builder.add_scan(step, [len(layer.W)], drive)


def _add_sub_lstm(builder: OnnxBuilder, layer: SubLSTM, name: str, x: str) -> str:
    """Follow memory cells whose gates subtract."""
    drive = builder.add_node(
        "Add", [builder.add_weighted_sum(x, layer.W, name), builder.add_number(layer.bias)]
    )
    n = layer.U.shape[1]

    def step(body: OnnxBuilder, states: list[str], now: str) -> tuple[list[str], str]:
        cell, y = states
        sums = body.add_node("Add", [now, body.add_weighted_sum(y, layer.U, f"{name}.U")])
        i, f, z, o = body.add_split(body.add_node("Sigmoid", [sums]), [n] * 4)
        gated_cell = body.add_node("Add", [body.add_node("Mul", [f, cell]), z])
        cell = body.add_node("Sub", [gated_cell, i])
        y = body.add_node("Sub", [body.add_node("Sigmoid", [cell]), o])
        return [cell, y], y

    return builder.add_scan(step, [n, n], drive)


def _add_excitatory_inhibitory(
    builder: OnnxBuilder, layer: ExcitatoryInhibitory, name: str, x: str
) -> str:
    """Excite, inhibit, divide, activate; what subtracts or divides is negative in the file."""
    h = builder.add_weighted_sum(x, layer.W_IE, f"{name}.W_IE")
    excitation = builder.add_weighted_sum(x, layer.W_EE, f"{name}.W_EE")
    z = builder.add_node(
        "Add", [excitation, builder.add_weighted_sum(h, -layer.W_EI, f"{name}.W_EI")]
    )
    if layer.shunting:
        divisive = builder.add_weighted_sum(
            h, -layer.W_EI * np.exp(layer.alpha), f"{name}.division"
        )
        divisor = builder.add_node("Sub", [builder.add_number(EPSILON), divisive])
        z = builder.add_node(
            "Div", [builder.add_node("Mul", [z, builder.add_number(layer.gain)]), divisor]
        )
    return builder.add_activation(
        layer.activation, builder.add_node("Add", [z, builder.add_number(layer.bias)]), name
    )


def _add_squared_distances(builder: OnnxBuilder, x: str, centres: np.ndarray) -> str:
    """Give the squared distances from places ``(unit, input)``."""
    expanded_x = builder.add_node("Unsqueeze", [x, builder.add_constant(np.array([-2]))])
    difference = builder.add_node("Sub", [expanded_x, builder.add_number(centres)])
    square = builder.add_node("Mul", [difference, difference])
    return builder.add_node("ReduceSum", [square, builder.add_constant(np.array([-1]))], keepdims=0)


def _add_self_organising_map(
    builder: OnnxBuilder, layer: SelfOrganisingMap, x: str, timed: bool
) -> str:
    """Let the nearest unit answer."""
    rows, columns, inputs = layer.W.shape
    distances = _add_squared_distances(builder, x, layer.W.reshape(-1, inputs))
    nearest = builder.add_node("ArgMin", [distances], axis=-1, keepdims=1)
    is_nearest = builder.add_node(
        "Equal", [nearest, builder.add_constant(np.arange(rows * columns))]
    )
    element_type = builder.onnx.helper.np_dtype_to_tensor_dtype(builder.dtype)
    shape = [0] * (1 + timed) + [rows, columns]  # 0: as many as there are
    response = builder.add_node("Cast", [is_nearest], to=element_type)
    return builder.add_node("Reshape", [response, builder.add_constant(np.array(shape))])
