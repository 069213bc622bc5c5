"""State PyTorch's activations and softmax as operators.

Definitions: https://pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from bioann.ann.interop.composed_activations import (
    SELU,
    add_log_sigmoid,
    add_mish,
    add_silu,
    add_tanh_shrink,
)
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer
from bioann.ann.interop.torch_arrays import read_array

Converter: TypeAlias = Callable[[ModelTracer, Any, Any], Any]


def _make_converter(op: str, **fields: str) -> Converter:
    """Return a converter to one operator; `fields` are fields of the module by attribute."""

    def convert(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
        attributes: dict[str, Any] = {k: float(getattr(module, f)) for k, f in fields.items()}
        return graph.add(op, x, **attributes)

    return convert


def _leave_out_module(add: Callable[[ModelTracer, LayerTensor], Any]) -> Converter:
    """Return a converter of modules without fields."""
    return lambda graph, module, x: add(graph, x)


def _add_clip(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    limits = (module.min_val, module.max_val)
    return graph.add("Clip", x, *(np.array(float(limit)) for limit in limits))


def _add_leaky_relu(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    return graph.add("PRelu", x, np.array(float(module.negative_slope)))


def _add_random_relu(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    # In evaluation mode the slope is the mean of its limits.
    return graph.add("PRelu", x, np.array((module.lower + module.upper) / 2))


def _add_prelu(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    slope = read_array(graph, module.weight)
    axes = (1,) * (len(x.shape) - 2) if slope.size > 1 else ()
    return graph.add("PRelu", x, slope.reshape(-1, *axes))


def _add_softplus(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    # Above `threshold` PyTorch takes the identity, which differs by at most exp(-threshold) / beta.
    if module.threshold < 20:
        got = f"Softplus that is linear above {module.threshold:g}"
        raise graph.unsupported_error(got, "Use threshold=20, its default.")
    beta = np.array(float(module.beta))
    return graph.add("Mul", graph.add("Softplus", graph.add("Mul", x, beta)), 1 / beta)


def _add_gelu(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    return graph.add("Gelu", x, approximate=module.approximate)


def _add_hard_sigmoid(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    return graph.add("HardSigmoid", x, alpha=1 / 6, beta=0.5)


def _add_soft_shrink(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    width = np.array(float(module.lambd))  # x - clip(x, -width, width)
    return graph.add("Sub", x, graph.add("Clip", x, -width, width)) if width else x


def _add_threshold(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    if module.threshold != module.value:
        got = f"Threshold at {module.threshold:g} that jumps to {module.value:g}"
        raise graph.unsupported_error(got, "Use the same number for both, or ReLU.")
    return graph.add("Clip", x, np.array(float(module.threshold)))


def _add_glu(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    first, second = graph.add("Split", x, axis=module.dim % len(x.shape), n_outputs=2)
    return graph.add("Mul", first, graph.add("Sigmoid", second))


def _add_softmax(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    name, rank = type(module).__name__, len(x.shape)
    axis = -3 if name == "Softmax2d" else module.dim
    if axis is None:
        axis = 0 if rank in (0, 1, 3) else 1  # PyTorch's choice where none is stated
    op = "LogSoftmax" if name == "LogSoftmax" else "Softmax"
    return graph.add(op, graph.add("Neg", x) if name == "Softmin" else x, axis=axis % rank)


def _pass_on(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    return x


def _add_selu(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    return graph.add("Selu", x, **SELU)


#: Function that states each module as operators.
ACTIVATION_CONVERTERS: dict[str, Converter] = {
    **dict.fromkeys(("Dropout", "Dropout1d", "Dropout2d", "Dropout3d"), _pass_on),
    **dict.fromkeys(("AlphaDropout", "FeatureAlphaDropout", "Identity"), _pass_on),
    "ReLU": _make_converter("Relu"),
    "Tanh": _make_converter("Tanh"),
    "Sigmoid": _make_converter("Sigmoid"),
    "Softsign": _make_converter("Softsign"),
    "ELU": _make_converter("Elu", alpha="alpha"),
    "CELU": _make_converter("Celu", alpha="alpha"),
    **dict.fromkeys(("ReLU6", "Hardtanh"), _add_clip),
    "SELU": _add_selu,
    "LeakyReLU": _add_leaky_relu,
    "RReLU": _add_random_relu,
    "PReLU": _add_prelu,
    "Softplus": _add_softplus,
    "LogSigmoid": _leave_out_module(add_log_sigmoid),
    "GELU": _add_gelu,
    "SiLU": _leave_out_module(add_silu),
    "Mish": _leave_out_module(add_mish),
    "Hardsigmoid": _add_hard_sigmoid,
    "Hardswish": _make_converter("HardSwish"),
    "Softshrink": _add_soft_shrink,
    "Tanhshrink": _leave_out_module(add_tanh_shrink),
    "Threshold": _add_threshold,
    "GLU": _add_glu,
    **dict.fromkeys(("Softmax", "LogSoftmax", "Softmin", "Softmax2d"), _add_softmax),
}
