"""State Keras' activations as operators.

Definitions: https://keras.io/api/layers/activations/.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.interop.composed_activations import (
    SELU,
    add_log_sigmoid,
    add_mish,
    add_silu,
    add_tanh_shrink,
)
from bioann.ann.interop.keras_arrays import read_weights_of
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer

#: Operator and attributes of each activation that is one operator.
OPERATORS: dict[str, tuple[str, dict[str, Any]]] = {
    **{
        name: (name.capitalize(), {})
        for name in ("relu", "tanh", "sigmoid", "softplus", "softsign", "elu", "celu")
    },
    "selu": ("Selu", SELU),
    "exponential": ("Exp", {}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "hard_silu": ("HardSwish", {}),
    "hard_swish": ("HardSwish", {}),
    "gelu": ("Gelu", {}),
    "softmax": ("Softmax", {"axis": -1}),
    "log_softmax": ("LogSoftmax", {"axis": -1}),
}


#: Function of each activation of several operators.
COMPOSED: dict[str, Callable[[ModelTracer, LayerTensor], Any]] = {
    "linear": lambda graph, x: x,
    "silu": add_silu,
    "swish": add_silu,
    "mish": add_mish,
    "log_sigmoid": add_log_sigmoid,
    "tanh_shrink": add_tanh_shrink,
    "relu6": lambda graph, x: graph.add("Clip", x, np.array(0.0), np.array(6.0)),
    "hard_tanh": lambda graph, x: graph.add("Clip", x, np.array(-1.0), np.array(1.0)),
    "leaky_relu": lambda graph, x: graph.add("PRelu", x, np.array(0.2)),
}


def name_activation(graph: ModelTracer, activation: Any) -> str:
    """Return the name of an activation function of Keras.

    Raises
    ------
    ForeignFileError
        For a function that is not of Keras.
    """
    name = str(getattr(activation, "__name__", type(activation).__name__))
    if activation is None:
        return "linear"
    if not str(getattr(activation, "__module__", "")).startswith("keras."):
        got = f"the activation {name!r}, whose code is not read"
        raise graph.unsupported_error(got, "Use an activation of Keras.")
    return name


def apply_activation(graph: ModelTracer, x: LayerTensor, activation: Any) -> Any:
    """Return the activation of a tensor; `activation` is a function or a layer of Keras."""
    if hasattr(activation, "get_config") and hasattr(activation, "weights"):
        return graph.convert_module(activation, x)
    return apply_named_activation(graph, x, name_activation(graph, activation))


def apply_named_activation(graph: ModelTracer, x: LayerTensor, name: str) -> Any:
    """Return the activation of a tensor by the name of the function in Keras."""
    if name in COMPOSED:
        return COMPOSED[name](graph, x)
    if name not in OPERATORS:
        raise graph.unsupported_error(f"the activation {name!r}")
    op, attributes = OPERATORS[name]
    if "axis" in attributes:
        attributes = {"axis": len(x.shape) - 1}
    return graph.add(op, x, **attributes)


def add_limited_relu(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    """Add a `ReLU` layer with a slope below zero and an upper limit."""
    slope = float(layer.negative_slope)
    if layer.threshold:
        got = f"ReLU with threshold {layer.threshold:g}"
        raise graph.unsupported_error(got, "Leave it out.")
    x = graph.add("PRelu", x, np.array(slope)) if slope else graph.add("Relu", x)
    return x if layer.max_value is None else graph.add("Clip", x, None, np.array(layer.max_value))


def add_softmax_layer(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    """Add a `Softmax` layer over one axis."""
    if not isinstance(layer.axis, int):
        raise graph.unsupported_error(f"Softmax over axes {layer.axis}", "Choose one axis.")
    return graph.add("Softmax", x, axis=layer.axis % len(x.shape))


def add_leaky_layer(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    """Add a `LeakyReLU` layer."""
    return graph.add("PRelu", x, np.array(float(layer.negative_slope)))


def add_sloped_layer(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    """Add a `PReLU` layer, whose slopes have the shape of one input."""
    return graph.add("PRelu", x, read_weights_of(graph, layer.alpha))


def add_exponential_layer(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    """Add an `ELU` layer."""
    return graph.add("Elu", x, alpha=float(layer.alpha))
