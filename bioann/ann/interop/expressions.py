"""Layers and activations said in operators of ONNX."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.activations import (
    Activation,
    LeakyRelu,
    Linear,
    Relu,
    Sigmoid,
    Softplus,
    Tanh,
    Threshold,
)
from bioann.ann.curves import Exponential, PowerLaw
from bioann.ann.interop.recurrent import reordered
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.dropout import Dropout
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.layer import Layer
from bioann.ann.layers.lstm import LSTM
from bioann.ann.layers.pooling import AveragePool, MaxPool
from bioann.ann.layers.recurrent import Recurrent
from bioann.ann.layers.softmax import Softmax
from bioann.errors import DescriptionError


@dataclasses.dataclass
class Expressions:
    """Nodes and constants of a graph that is being written.

    Attributes
    ----------
    onnx : module
        The library.
    dtype : numpy.dtype
        Of all its numbers.
    nodes, constants : list
        What there is so far.
    """

    onnx: Any
    dtype: np.dtype[Any]
    nodes: list[Any] = dataclasses.field(default_factory=list)
    constants: list[Any] = dataclasses.field(default_factory=list)

    def node(self, op: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        """Add an operator with one output, and give the output's name."""
        name = output or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def constant(self, values: Any) -> str:
        """Add a constant as it is, and give its name."""
        name = f"constant_{len(self.constants)}"
        self.constants.append(self.onnx.numpy_helper.from_array(np.asarray(values), name))
        return name

    def number(self, values: Any) -> str:
        """Add a constant in the precision of the file, and give its name."""
        return self.constant(np.ascontiguousarray(values, dtype=self.dtype))

    def activation(self, phi: Activation, x: str, obj: str) -> str:
        """Apply an activation, and give the name of the result."""
        if isinstance(phi, Linear):
            return x
        if isinstance(phi, (Relu, Tanh, Sigmoid)) or phi == Softplus(1.0):
            return self.node(type(phi).__name__, [x])
        if isinstance(phi, LeakyRelu):
            return self.node("LeakyRelu", [x], alpha=phi.slope)
        if isinstance(phi, Softplus):
            width = self.number(phi.width)
            return self.node("Mul", [self.node("Softplus", [self.node("Div", [x, width])]), width])
        if isinstance(phi, Threshold):
            above = self.node("Greater", [x, self.number(0.0)])
            to = self.onnx.helper.np_dtype_to_tensor_dtype(self.dtype)
            return self.node("Cast", [above], to=to)
        if isinstance(phi, PowerLaw):
            return self.node("Pow", [self.node("Relu", [x]), self.number(phi.exponent)])
        if isinstance(phi, Exponential):
            return self.node("Exp", [self.node("Min", [x, self.number(50.0)])])
        raise DescriptionError(
            obj,
            "an activation that ONNX has",
            type(phi).__name__,
            "Choose another activation, or run the network with bioann.",
        )


def layer_nodes(made: Expressions, layer: Layer, name: str, x: str, timed: bool) -> str:
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
    if isinstance(layer, Dense) and layer.tau is None:
        product = made.node("MatMul", [x, made.number(layer.W.T)])
        summed = made.node("Add", [product, made.number(layer.bias)])
        return made.activation(layer.activation, summed, name)
    if isinstance(layer, Softmax):
        return made.node("Softmax", [x], axis=-1)
    if isinstance(layer, Conv2d) and not timed:
        pads = [*layer.padding, *layer.padding]
        inputs = [x, made.number(layer.kernel), made.number(layer.bias)]
        summed = made.node("Conv", inputs, pads=pads, strides=list(layer.stride))
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
        return _recurrent(made, "LSTM", x, *rows)
    if isinstance(layer, Recurrent) and layer.tau is None:
        said = _recurrent_activation(layer.activation, name)
        return _recurrent(made, "RNN", x, layer.W, layer.U, layer.bias, **said)
    raise DescriptionError(
        f"LayeredNetwork, {name}",
        "a layer that ONNX has an operator for",
        layer.title() + " in a network with a time course" * timed,
        "Leave it out, or run the network with bioann.",
    )


def _recurrent(
    made: Expressions,
    op: str,
    x: str,
    W: np.ndarray,
    U: np.ndarray,
    bias: np.ndarray,
    **attributes: Any,
) -> str:
    """Add a recurrent operator over ``(time, batch, unit)``, and drop its axis of directions."""
    twice = np.concatenate([bias, np.zeros_like(bias)])  # ONNX has a bias for each of W and U
    inputs = [x, *(made.number(array[None]) for array in (W, U, twice))]
    answer = made.node(op, inputs, hidden_size=U.shape[1], **attributes)
    return made.node("Squeeze", [answer, made.constant(np.array([1]))])


def _recurrent_activation(phi: Activation, name: str) -> dict[str, Any]:
    """Say an activation as an attribute of a recurrent operator."""
    if isinstance(phi, Linear):
        return {"activations": ["Affine"], "activation_alpha": [1.0], "activation_beta": [0.0]}
    if isinstance(phi, (Tanh, Relu, Sigmoid)):
        return {"activations": [type(phi).__name__]}
    raise DescriptionError(
        f"LayeredNetwork, {name}",
        "an activation that ONNX has for recurrent units: tanh, relu, sigmoid or linear",
        type(phi).__name__,
        "Choose another activation, or run the network with bioann.",
    )
