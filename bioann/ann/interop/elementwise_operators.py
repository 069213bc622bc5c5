"""Read ONNX operators that act on single numbers, and combinations of tensors.

Definitions: https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np

from bioann.ann.activations.activation import (
    Activation,
    LeakyRelu,
    Relu,
    Sigmoid,
    Softplus,
    Tanh,
)
from bioann.ann.activations.foreign import (
    Absolute,
    Clip,
    Elu,
    ErrorFunction,
    Logarithm,
    Power,
    Softsign,
    UnlimitedExponential,
)
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.layer_tracer import LayerTracer
from bioann.ann.interop.tensor_operators import CAST_TYPES, align_operand

#: Way of combining tensors, by operator.
COMBINATIONS = {
    "Add": "sum",
    "Sum": "sum",
    "Sub": "sum",
    "Mul": "product",
    "Max": "maximum",
    "Min": "minimum",
}
#: Default parameters of Selu.
SELU_DEPTH, SELU_SCALE = 1.67326319217681884765625, 1.05070102214813232421875


def read_arithmetic(tracer: LayerTracer) -> LayerTensor:
    """Add, subtract or multiply tensors, or take the largest or smallest."""
    tensors: list[LayerTensor] = []
    constants: list[np.ndarray] = []
    for k, name in enumerate(tracer.node_inputs):
        value = tracer.get_value(name)
        sign = -1.0 if tracer.op == "Sub" and k == 1 else 1.0
        if isinstance(value, LayerTensor):
            tensors.append(value if sign > 0 else tracer.apply_affine(value, sign))
        elif value is not None:
            if k and tracer.node is not None and tensors:
                value = align_operand(tracer.node, len(tensors[0].shape), value)
            constants.append(sign * value.astype(float))
    output = tensors[0]
    if len(tensors) > 1:
        output = tracer.combine_tensors(tensors, COMBINATIONS[tracer.op])
    return functools.reduce(lambda y, c: _combine_constant(tracer, y, c), constants, output)


def read_division(tracer: LayerTracer) -> LayerTensor:
    """Divide one tensor by another: multiply it by the reciprocal."""
    numerator, denominator = (tracer.get_value(name) for name in tracer.node_inputs)
    if isinstance(denominator, LayerTensor):
        reciprocal = tracer.apply_activation(denominator, Power(-1.0))
        if isinstance(numerator, LayerTensor):
            return tracer.combine_tensors([numerator, reciprocal], "product")
        return tracer.apply_affine(reciprocal, tracer.get_constant(0))
    x = tracer.get_data()
    assert tracer.node is not None
    divisor = align_operand(tracer.node, len(x.shape), tracer.get_constant(1))
    if not divisor.all():
        raise tracer.unsupported_error("Div by zero")
    return tracer.apply_affine(x, 1 / divisor)


def read_power(tracer: LayerTracer) -> LayerTensor:
    """Raise a tensor to a fixed exponent."""
    exponent = tracer.get_constant(1)
    if exponent.size > 1:
        raise tracer.unsupported_error("Pow with several exponents")
    return tracer.apply_activation(tracer.get_data(), Power(exponent.item()))


def read_gelu(tracer: LayerTracer) -> LayerTensor:
    """Multiply the input by a smooth step: the normal distribution, or a tanh close to it."""
    x = tracer.get_data()
    if tracer.get_attribute("approximate", "none") == "tanh":  # Hendrycks & Gimpel 2016
        cube = tracer.apply_affine(tracer.apply_activation(x, Power(3.0)), 0.044715)
        argument = tracer.apply_affine(
            tracer.combine_tensors([x, cube], "sum"), math.sqrt(2 / math.pi)
        )
        curve = tracer.apply_activation(argument, Tanh())
    else:
        curve = tracer.apply_activation(tracer.apply_affine(x, math.sqrt(0.5)), ErrorFunction())
    return tracer.combine_tensors([x, tracer.apply_affine(curve, 0.5, 0.5)], "product")


def _combine_constant(tracer: LayerTracer, x: LayerTensor, constant: np.ndarray) -> LayerTensor:
    if tracer.op == "Mul":
        return tracer.apply_affine(x, constant)
    if tracer.op in ("Max", "Min"):  # max(x, c) = max(x - c, 0) + c
        sign = 1.0 if tracer.op == "Max" else -1.0
        difference = tracer.apply_affine(x, sign, -sign * constant)
        return tracer.apply_affine(tracer.apply_activation(difference, Relu()), sign, constant)
    return tracer.apply_affine(x, 1.0, constant)


def read_scaler(tracer: LayerTracer) -> LayerTensor:
    """Apply ``(x - offset) * scale``, as skl2onnx exports the scalers of scikit-learn."""
    offset, scale = (np.asarray(tracer.get_attribute(n), dtype=float) for n in ("offset", "scale"))
    return tracer.apply_affine(tracer.get_data(), scale, -offset * scale)


def read_batch_normalization(tracer: LayerTracer) -> LayerTensor:
    """Apply the scaling of each channel by the mean and variance of the training."""
    x = tracer.get_data()
    if tracer.get_attribute("training_mode", 0):
        raise tracer.unsupported_error("BatchNormalization in training mode")
    axes = (-1, *(1,) * (len(x.shape) - 2))
    scale, shift, mean, variance = (tracer.get_constant(k).reshape(axes) for k in range(1, 5))
    gain = scale / np.sqrt(variance + tracer.get_attribute("epsilon", 1e-5))
    return tracer.apply_affine(x, gain, shift - gain * mean)


def read_leaky_relu(tracer: LayerTracer) -> LayerTensor:
    """Apply a ReLU with one slope below zero."""
    slope = tracer.get_attribute("alpha", 0.01)
    return _apply_slope(tracer, tracer.get_data(), np.array(slope))


def read_prelu(tracer: LayerTracer) -> LayerTensor:
    """Apply a ReLU with a slope below zero for each channel or unit."""
    x, slope = tracer.get_data(), tracer.get_constant(1)
    if tracer.node is not None and tracer.node.opset < 7 and slope.size > 1:
        slope = slope.reshape(-1, *(1,) * (len(x.shape) - 2))  # one for each channel
    return _apply_slope(tracer, x, slope)


def _apply_slope(tracer: LayerTracer, x: LayerTensor, slope: np.ndarray) -> LayerTensor:
    if slope.size == 1 and 0 <= slope.item() < 1:
        return tracer.apply_activation(x, LeakyRelu(slope.item()))
    # slope * x + (1 - slope) * max(x, 0)
    rectified = tracer.apply_affine(tracer.apply_activation(x, Relu()), 1 - slope)
    return tracer.combine_tensors([tracer.apply_affine(x, slope), rectified], "sum")


def read_clip(tracer: LayerTracer) -> LayerTensor:
    """Apply a limit on both sides."""
    limits = []
    for k, name in ((1, "min"), (2, "max")):
        value = tracer.get_constant(k).item() if tracer.has_input(k) else tracer.get_attribute(name)
        limits.append(value if value is None or np.isfinite(value) else None)
    if limits == [None, None]:
        return tracer.get_data()
    return tracer.apply_activation(tracer.get_data(), Clip(*limits))


def read_selu(tracer: LayerTracer) -> LayerTensor:
    """Apply a scaled exponential linear unit."""
    depth = tracer.get_attribute("alpha", SELU_DEPTH)
    curve = tracer.apply_activation(tracer.get_data(), Elu(depth))
    return tracer.apply_affine(curve, tracer.get_attribute("gamma", SELU_SCALE))


def read_celu(tracer: LayerTracer) -> LayerTensor:
    """Apply an exponential linear unit that is stretched in both directions."""
    width = tracer.get_attribute("alpha", 1.0)
    curve = tracer.apply_activation(tracer.apply_affine(tracer.get_data(), 1 / width), Elu())
    return tracer.apply_affine(curve, width)


def read_hard_sigmoid(tracer: LayerTracer) -> LayerTensor:
    """Apply a line between 0 and 1."""
    slope, offset = tracer.get_attribute("alpha", 0.2), tracer.get_attribute("beta", 0.5)
    return tracer.apply_activation(
        tracer.apply_affine(tracer.get_data(), slope, offset), Clip(0.0, 1.0)
    )


def read_hard_swish(tracer: LayerTracer) -> LayerTensor:
    """Apply the product of the input and a line between 0 and 1."""
    x = tracer.get_data()
    gate = tracer.apply_activation(tracer.apply_affine(x, 1 / 6, 0.5), Clip(0.0, 1.0))
    return tracer.combine_tensors([x, gate], "product")


def read_negation(tracer: LayerTracer) -> LayerTensor:
    """Apply a change of sign."""
    return tracer.apply_affine(tracer.get_data(), -1.0)


def read_cast(tracer: LayerTracer) -> LayerTensor:
    """Accept a change of precision."""
    kind = CAST_TYPES.get(tracer.get_attribute("to"))
    if kind is None or np.dtype(kind).kind != "f":
        raise tracer.unsupported_error("Cast to another type than float")
    return tracer.get_data()


def make_activation_reader(activation: Activation) -> Callable[[LayerTracer], LayerTensor]:
    """Return the function that reads an activation without attributes."""
    return lambda tracer: tracer.apply_activation(tracer.get_data(), activation)


def read_elu(tracer: LayerTracer) -> LayerTensor:
    """Apply an exponential linear unit."""
    return tracer.apply_activation(tracer.get_data(), Elu(tracer.get_attribute("alpha", 1.0)))


#: Function that reads each operator.
ELEMENTWISE: dict[str, Callable[[LayerTracer], LayerTensor]] = {
    **dict.fromkeys(COMBINATIONS, read_arithmetic),
    "ai.onnx.ml.Scaler": read_scaler,
    "BatchNormalization": read_batch_normalization,
    "Cast": read_cast,
    "Celu": read_celu,
    "Clip": read_clip,
    "Div": read_division,
    "Elu": read_elu,
    "Gelu": read_gelu,
    "HardSigmoid": read_hard_sigmoid,
    "HardSwish": read_hard_swish,
    "LeakyRelu": read_leaky_relu,
    "Neg": read_negation,
    "PRelu": read_prelu,
    "Pow": read_power,
    "Selu": read_selu,
    "Abs": make_activation_reader(Absolute()),
    "Erf": make_activation_reader(ErrorFunction()),
    "Exp": make_activation_reader(UnlimitedExponential()),
    "Log": make_activation_reader(Logarithm()),
    "Reciprocal": make_activation_reader(Power(-1.0)),
    "Relu": make_activation_reader(Relu()),
    "Sigmoid": make_activation_reader(Sigmoid()),
    "Softplus": make_activation_reader(Softplus()),
    "Sqrt": make_activation_reader(Power(0.5)),
    "Softsign": make_activation_reader(Softsign()),
    "Tanh": make_activation_reader(Tanh()),
}
