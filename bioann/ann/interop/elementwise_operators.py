"""Read ONNX operators that act on single numbers, and combinations of tensors.

Definitions: https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

import functools
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
from bioann.ann.activations.foreign import Absolute, Clip, Elu, Quantize, Softsign
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
    """Add, subtract, multiply or divide tensors, or take the largest or smallest."""
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
    if tracer.op == "Div":
        if len(tensors) != 1 or not isinstance(
            tracer.get_value(tracer.node_inputs[0]), LayerTensor
        ):
            raise tracer.unsupported_error("Div by a computed tensor")
        if not constants[0].all():
            raise tracer.unsupported_error("Div by zero")
        return tracer.apply_affine(tensors[0], 1 / constants[0])
    output = tensors[0]
    if len(tensors) > 1:
        output = tracer.combine_tensors(tensors, COMBINATIONS[tracer.op])
    return functools.reduce(lambda y, c: _combine_constant(tracer, y, c), constants, output)


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


def read_quantize(tracer: LayerTracer) -> LayerTensor:
    """Round to whole steps; the tensor holds the numbers that the steps stand for."""
    scale, zero, low, high = _read_steps(tracer)
    x = tracer.get_data()
    return tracer.apply_activation(x, Quantize(scale, low - zero, high - zero))


def read_dequantize(tracer: LayerTracer) -> LayerTensor:
    """Accept the conversion of whole steps to the numbers that they stand for."""
    producer = tracer.graph.producers.get(tracer.node_inputs[0])
    is_pair = producer is not None and producer.op == "QuantizeLinear"
    if not is_pair or producer is None or producer.inputs[1:] != tracer.node_inputs[1:]:
        raise tracer.unsupported_error("DequantizeLinear with another scale than QuantizeLinear")
    return tracer.get_data()


def _read_steps(tracer: LayerTracer) -> tuple[float, float, float, float]:
    """Return step, zero point and the limits of the whole numbers of a QuantizeLinear."""
    scale = tracer.get_constant(1)
    if tracer.get_attribute("output_dtype", 0) and not tracer.has_input(2):
        raise tracer.unsupported_error("QuantizeLinear without a zero point")
    zero = tracer.get_value(tracer.node_inputs[2]) if tracer.has_input(2) else np.uint8(0)
    if scale.size > 1 or not isinstance(zero, (np.ndarray, np.generic)) or zero.size > 1:
        raise tracer.unsupported_error("QuantizeLinear with a step for each channel")
    if zero.dtype.kind not in "iu":
        raise tracer.unsupported_error(f"QuantizeLinear to {zero.dtype}")
    limits = np.iinfo(zero.dtype)
    return scale.item(), float(zero.item()), float(limits.min), float(limits.max)


def make_activation_reader(activation: Activation) -> Callable[[LayerTracer], LayerTensor]:
    """Return the function that reads an activation without attributes."""
    return lambda tracer: tracer.apply_activation(tracer.get_data(), activation)


def read_elu(tracer: LayerTracer) -> LayerTensor:
    """Apply an exponential linear unit."""
    return tracer.apply_activation(tracer.get_data(), Elu(tracer.get_attribute("alpha", 1.0)))


#: Function that reads each operator.
ELEMENTWISE: dict[str, Callable[[LayerTracer], LayerTensor]] = {
    **dict.fromkeys((*COMBINATIONS, "Div"), read_arithmetic),
    "ai.onnx.ml.Scaler": read_scaler,
    "BatchNormalization": read_batch_normalization,
    "Cast": read_cast,
    "Celu": read_celu,
    "Clip": read_clip,
    "Elu": read_elu,
    "HardSigmoid": read_hard_sigmoid,
    "HardSwish": read_hard_swish,
    "LeakyRelu": read_leaky_relu,
    "Neg": read_negation,
    "PRelu": read_prelu,
    "Selu": read_selu,
    "QuantizeLinear": read_quantize,
    "DequantizeLinear": read_dequantize,
    "Abs": make_activation_reader(Absolute()),
    "Relu": make_activation_reader(Relu()),
    "Sigmoid": make_activation_reader(Sigmoid()),
    "Softplus": make_activation_reader(Softplus()),
    "Softsign": make_activation_reader(Softsign()),
    "Tanh": make_activation_reader(Tanh()),
}
