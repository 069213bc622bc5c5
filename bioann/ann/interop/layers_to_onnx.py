"""Layers said in operators of ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np

from bioann.ann.activations.activation import Activation, Linear, Relu, Sigmoid, Tanh
from bioann.ann.interop.onnx_expressions import Expressions
from bioann.ann.interop.recurrent import reordered
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


def layer_nodes(
    made: Expressions, layer: Layer, name: str, x: str, dt: float | None, timed: bool
) -> str:
    """Add the operators of a layer.

    Parameters
    ----------
    made : Expressions
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
        summed = made.node("Add", [made.weighted(x, layer.W, name), made.number(layer.bias)])
        answer = made.activation(layer.activation, summed, name)
        return answer if layer.tau is None else _leaky(made, answer, len(layer.W), layer.tau, dt)
    if isinstance(layer, ExcitatoryInhibitory):
        return _excitatory_inhibitory(made, layer, name, x)
    if isinstance(layer, RadialBasis):
        near = made.node("Mul", [_apart(made, x, layer.centres), made.number(-layer.sharpness)])
        return made.node("Exp", [near])
    if isinstance(layer, SelfOrganisingMap):
        return _map(made, layer, x, timed)
    if isinstance(layer, Softmax):
        return made.node("Softmax", [x], axis=-1)
    if isinstance(layer, Conv2d) and not timed:
        pads = [*layer.padding, *layer.padding]
        inputs = [x, made.number(layer.kernel), made.number(layer.bias)]
        summed = made.node(
            "Conv", inputs, called=f"{name}.kernel", pads=pads, strides=list(layer.stride)
        )
        return made.activation(layer.activation, summed, name)
    if isinstance(layer, (MaxPool, AveragePool)) and not timed:
        size, strides = list(layer.size), list(layer.stride)
        return made.node(type(layer).__name__, [x], kernel_shape=size, strides=strides)
    if isinstance(layer, Flatten) and not timed:
        return made.node("Flatten", [x], axis=1)
    if isinstance(layer, Dropout):
        return x
    if isinstance(layer, LSTM):
        rows = (reordered(a, "ifco", "iofc") for a in (layer.W, layer.U, layer.bias))
        return _recurrent(made, "LSTM", name, x, *rows)
    if isinstance(layer, SubLSTM):
        return _subtractive(made, layer, name, x)
    if isinstance(layer, Recurrent):
        said = _recurrent_activation(layer.activation)
        if layer.tau is not None or said is None:
            return _stepped(made, layer, name, x, dt)
        return _recurrent(made, "RNN", name, x, layer.W, layer.U, layer.bias, **said)
    raise DescriptionError(
        f"LayeredNetwork, {name}",
        "a layer that ONNX has an operator for",
        layer.title() + " in a network with a time course" * timed,
        "Leave it out, or run the network with bioann.",
    )


def _recurrent(
    made: Expressions,
    op: str,
    name: str,
    x: str,
    W: np.ndarray,
    U: np.ndarray,
    bias: np.ndarray,
    **attributes: Any,
) -> str:
    """Add a recurrent operator over ``(time, batch, unit)``, and drop its axis of directions."""
    twice = np.concatenate([bias, np.zeros_like(bias)])  # ONNX has a bias for each of W and U
    inputs = [x, *(made.number(array[None]) for array in (W, U, twice))]
    answer = made.node(op, inputs, called=name, hidden_size=U.shape[1], **attributes)
    return made.node("Squeeze", [answer, made.constant(np.array([1]))])


def _recurrent_activation(phi: Activation) -> dict[str, Any] | None:
    """Say an activation as an attribute of a recurrent operator, if it has it."""
    if isinstance(phi, Linear):
        return {"activations": ["Affine"], "activation_alpha": [1.0], "activation_beta": [0.0]}
    return {"activations": [type(phi).__name__]} if isinstance(phi, (Tanh, Relu, Sigmoid)) else None


def towards(made: Expressions, y: str, target: str, gain: Any) -> str:
    """Add ``y + gain * (target - y)``."""
    way = made.node("Sub", [target, y])
    return made.node("Add", [y, made.node("Mul", [way, made.number(gain)])])


def _leaky(made: Expressions, x: str, n: int, tau: TimeConstant, dt: float | None) -> str:
    """Follow a target with a time constant."""
    gain = relaxation_factor(tau.tau, dt)

    def step(inside: Expressions, states: list[str], now: str) -> tuple[list[str], str]:
        y = towards(inside, states[0], now, gain)
        return [y], y

    return made.scan(step, [n], x)


def _stepped(made: Expressions, layer: Recurrent, name: str, x: str, dt: float | None) -> str:
    """Follow recurrent units that no operator has, step by step."""
    drive = made.node("Add", [made.weighted(x, layer.W, name), made.number(layer.bias)])

    def step(inside: Expressions, states: list[str], now: str) -> tuple[list[str], str]:
        total = inside.node("Add", [now, inside.weighted(states[0], layer.U, f"{name}.U")])
        y = inside.activation(layer.activation, total, name)
        if layer.tau is not None:
            y = towards(inside, states[0], y, relaxation_factor(layer.tau.tau, dt))
        return [y], y

    return made.scan(step, [len(layer.W)], drive)


def _subtractive(made: Expressions, layer: SubLSTM, name: str, x: str) -> str:
    """Follow memory cells whose gates subtract."""
    drive = made.node("Add", [made.weighted(x, layer.W, name), made.number(layer.bias)])
    n = layer.U.shape[1]

    def step(inside: Expressions, states: list[str], now: str) -> tuple[list[str], str]:
        cell, y = states
        sums = inside.node("Add", [now, inside.weighted(y, layer.U, f"{name}.U")])
        i, f, z, o = inside.split(inside.node("Sigmoid", [sums]), [n] * 4)
        kept = inside.node("Add", [inside.node("Mul", [f, cell]), z])
        cell = inside.node("Sub", [kept, i])
        y = inside.node("Sub", [inside.node("Sigmoid", [cell]), o])
        return [cell, y], y

    return made.scan(step, [n, n], drive)


def _excitatory_inhibitory(
    made: Expressions, layer: ExcitatoryInhibitory, name: str, x: str
) -> str:
    """Excite, inhibit, divide, activate; what subtracts or divides is negative in the file."""
    h = made.weighted(x, layer.W_IE, f"{name}.W_IE")
    excited = made.weighted(x, layer.W_EE, f"{name}.W_EE")
    z = made.node("Add", [excited, made.weighted(h, -layer.W_EI, f"{name}.W_EI")])
    if layer.shunting:
        divisive = made.weighted(h, -layer.W_EI * np.exp(layer.alpha), f"{name}.division")
        divisor = made.node("Sub", [made.number(EPSILON), divisive])
        z = made.node("Div", [made.node("Mul", [z, made.number(layer.gain)]), divisor])
    return made.activation(layer.activation, made.node("Add", [z, made.number(layer.bias)]), name)


def _apart(made: Expressions, x: str, places: np.ndarray) -> str:
    """Give the squared distances from places ``(unit, input)``."""
    beside = made.node("Unsqueeze", [x, made.constant(np.array([-2]))])
    way = made.node("Sub", [beside, made.number(places)])
    square = made.node("Mul", [way, way])
    return made.node("ReduceSum", [square, made.constant(np.array([-1]))], keepdims=0)


def _map(made: Expressions, layer: SelfOrganisingMap, x: str, timed: bool) -> str:
    """Let the nearest unit answer."""
    rows, columns, inputs = layer.W.shape
    apart = _apart(made, x, layer.W.reshape(-1, inputs))
    nearest = made.node("ArgMin", [apart], axis=-1, keepdims=1)
    equal = made.node("Equal", [nearest, made.constant(np.arange(rows * columns))])
    kind = made.onnx.helper.np_dtype_to_tensor_dtype(made.dtype)
    shape = [0] * (1 + timed) + [rows, columns]  # 0: as many as there are
    answer = made.node("Cast", [equal], to=kind)
    return made.node("Reshape", [answer, made.constant(np.array(shape))])
