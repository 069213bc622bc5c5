"""Read ONNX operators of networks in whole numbers of 8 bits.

A tensor of whole numbers holds the numbers that these stand for. Definitions:
https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bioann.ann.activations.foreign import Quantize
from bioann.ann.interop.dense_operators import append_product
from bioann.ann.interop.image_operators import append_convolution
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.layer_tracer import LayerTracer
from bioann.ann.interop.onnx_graph import OnnxGraph
from bioann.ann.interop.onnx_node import OnnxNode
from bioann.ann.interop.tensor_operators import dequantize
from bioann.ann.layers.dynamic_quantisation import DynamicQuantize


def read_quantize(tracer: LayerTracer) -> LayerTensor:
    """Round to whole steps; the tensor holds the numbers that the steps stand for."""
    if tracer.get_attribute("output_dtype", 0) and not tracer.has_input(2):
        raise tracer.unsupported_error("QuantizeLinear without a zero point")
    return tracer.apply_activation(tracer.get_data(), _read_rounding(tracer, 1))


def read_dequantize(tracer: LayerTracer) -> LayerTensor:
    """Accept the conversion of whole steps to the numbers that they stand for."""
    _require_same_steps(tracer, 1)
    return tracer.get_data()


def read_quantised_convolution(tracer: LayerTracer) -> LayerTensor:
    """Add a convolution of whole numbers, and the rounding of its sums."""
    _require_same_steps(tracer, 1)
    kernel, step, zero = tracer.get_constant(3), tracer.get_constant(4), tracer.get_constant(5)
    bias = 0.0
    if tracer.has_input(8):
        bias = tracer.get_constant(8) * tracer.get_constant(1) * step
    sums = append_convolution(tracer, dequantize(kernel, step, zero, axis=0), bias)
    return tracer.apply_activation(sums, _read_rounding(tracer, 6))


def read_quantised_product(tracer: LayerTracer) -> LayerTensor:
    """Add a matrix product of whole numbers, and the rounding of its sums."""
    _require_same_steps(tracer, 1)
    steps, scale, zero = (tracer.get_constant(k) for k in (3, 4, 5))
    sums = append_product(tracer, dequantize(steps, scale, zero, axis=1))
    return tracer.apply_activation(sums, _read_rounding(tracer, 6))


def _read_rounding(tracer: LayerTracer, position: int) -> Quantize:
    """Return the rounding whose step and zero point are inputs from a position on."""
    scale = tracer.get_constant(position)
    has_zero = tracer.has_input(position + 1)
    zero = tracer.get_value(tracer.node_inputs[position + 1]) if has_zero else np.uint8(0)
    if scale.size > 1 or not isinstance(zero, (np.ndarray, np.generic)) or zero.size > 1:
        raise tracer.unsupported_error(f"{tracer.op} with a step for each channel")
    if zero.dtype.kind not in "iu":
        raise tracer.unsupported_error(f"{tracer.op} to {zero.dtype}")
    limits, offset = np.iinfo(zero.dtype), float(zero.item())
    return Quantize(scale.item(), limits.min - offset, limits.max - offset)


def _require_same_steps(tracer: LayerTracer, position: int) -> None:
    """Raise unless the first input was rounded to the steps that the operator assumes."""
    expected = _list_steps(tracer, tracer.node_inputs[position : position + 2])
    name = tracer.node_inputs[0]
    producer = tracer.graph.producers.get(name)
    while producer is not None and producer.op in COPIES:
        producer = tracer.graph.producers.get(producer.inputs[0])
    start = None if producer is None else STEP_INPUTS.get(producer.op)
    if producer is None or start is None:
        raise tracer.unsupported_error(f"{tracer.op} of numbers that are not rounded before it")
    if _list_steps(tracer, producer.inputs[start : start + 2]) != expected:
        raise tracer.unsupported_error(f"{tracer.op} with another scale than {producer.op}")


def _list_steps(tracer: LayerTracer, names: Sequence[str]) -> list[list[float]]:
    """Return step and zero point, of which the latter is 0 if it is left out."""
    arrays = [tracer.get_value(name) for name in names if name]
    values = [array.ravel().tolist() for array in arrays if isinstance(array, np.ndarray)]
    if len(values) < len(arrays):
        raise tracer.unsupported_error(f"{tracer.op} with a computed step")
    return values if len(values) > 1 else [*values, [0]]


def read_dynamic_quantize(tracer: LayerTracer) -> tuple[Any, ...]:
    """Round to steps that depend on the sample, as in a file that gets one sample at a time.

    The tensor holds the rounded numbers themselves, so that their step is 1 for all that follows.
    This is right only if every sum of them is multiplied by the step, which is checked.
    """
    node = tracer.node
    assert node is not None
    if not _is_scaled_back(tracer.graph, node):
        raise tracer.unsupported_error("DynamicQuantizeLinear whose sums are not multiplied by it")
    x = tracer.get_data()
    aligned = tracer.align_samples(x)
    if "time" in aligned.lead:
        raise tracer.unsupported_error("DynamicQuantizeLinear over several time steps")
    rounded = tracer.append_layer(aligned, DynamicQuantize()).reshape(x.shape)
    return rounded, np.array(1.0), np.array(0.0)


def _is_scaled_back(graph: OnnxGraph, node: OnnxNode) -> bool:
    """Return whether all sums of quantised numbers are multiplied by their step, and only once."""
    numbers, step, zero = node.outputs
    sums = graph.consumers.get(numbers, ())
    factors = graph.consumers.get(step, ())
    scales = {factor.outputs[0] for factor in factors}
    are_sums = all(s.op in INTEGER_PRODUCTS and s.inputs[2:3] == (zero,) for s in sums)
    are_factors = all(
        factor.op == "Mul" and sum(name in graph.constants for name in factor.inputs) == 1
        for factor in factors
    )
    is_output = bool({*node.outputs, *scales} & set(graph.outputs))
    if not (sums and are_sums and are_factors) or is_output:
        return False
    return all(_is_multiplied(graph, s.outputs[0], scales) for s in sums)


def _is_multiplied(graph: OnnxGraph, sums: str, scales: set[str]) -> bool:
    """Return whether whole sums are converted to floats and multiplied by one of the scales."""
    cast = _get_only_consumer(graph, sums, "Cast")
    product = None if cast is None else _get_only_consumer(graph, cast.outputs[0], "Mul")
    return product is not None and len(scales & set(product.inputs)) == 1


def _get_only_consumer(graph: OnnxGraph, name: str, op: str) -> OnnxNode | None:
    """Return the operator that alone receives a tensor; None if there are more or others."""
    consumers = graph.consumers.get(name, ())
    is_only = len(consumers) == 1 and consumers[0].op == op and name not in graph.outputs
    return consumers[0] if is_only else None


def read_whole_product(tracer: LayerTracer) -> LayerTensor:
    """Add a matrix product of numbers that are quantised while the network runs."""
    return append_product(tracer, _get_whole_weights(tracer, axis=1))


def read_whole_convolution(tracer: LayerTracer) -> LayerTensor:
    """Add a convolution of numbers that are quantised while the network runs."""
    return append_convolution(tracer, _get_whole_weights(tracer, axis=0), 0.0)


def _get_whole_weights(tracer: LayerTracer, axis: int) -> np.ndarray:
    """Return the weights of a product of whole numbers, in steps from their zero point."""
    producer = tracer.graph.producers.get(tracer.node_inputs[0])
    if producer is None or producer.op != "DynamicQuantizeLinear":
        raise tracer.unsupported_error(f"{tracer.op} of numbers with a fixed step")
    weights = tracer.get_constant(1)
    zero = tracer.get_constant(3) if tracer.has_input(3) else None
    return dequantize(weights, np.ones(1), zero, axis)


#: Products of whole numbers with whole weights.
INTEGER_PRODUCTS = ("ConvInteger", "MatMulInteger")
#: Position of the input with the step of the output, by operator.
STEP_INPUTS = {"QuantizeLinear": 1, "QLinearConv": 6, "QLinearMatMul": 6}
#: Operators that leave whole numbers as they are.
COPIES = ("Flatten", "Identity", "MaxPool", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
#: Function that reads each operator.
QUANTISED: dict[str, Callable[[LayerTracer], Any]] = {
    "ConvInteger": read_whole_convolution,
    "DequantizeLinear": read_dequantize,
    "DynamicQuantizeLinear": read_dynamic_quantize,
    "MatMulInteger": read_whole_product,
    "QLinearConv": read_quantised_convolution,
    "QLinearMatMul": read_quantised_product,
    "QuantizeLinear": read_quantize,
}
