"""Read ONNX operators of networks in whole numbers of 8 bits.

A tensor of whole numbers holds the numbers that these stand for. Definitions:
https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.activations.foreign import Quantize
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.layer_tracer import LayerTracer
from bioann.ann.interop.onnx_graph import OnnxGraph
from bioann.ann.interop.onnx_node import OnnxNode
from bioann.ann.interop.tensor_operators import dequantize
from bioann.ann.layers.dynamic_quantisation import DynamicQuantize


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


#: Products of whole numbers with whole weights.
INTEGER_PRODUCTS = ("ConvInteger", "MatMulInteger")


def get_whole_weights(tracer: LayerTracer) -> np.ndarray:
    """Return the weights of a product of whole numbers, in steps from their zero point."""
    producer = tracer.graph.producers.get(tracer.node_inputs[0])
    if producer is None or producer.op != "DynamicQuantizeLinear":
        raise tracer.unsupported_error(f"{tracer.op} of numbers with a fixed step")
    weights = tracer.get_constant(1)
    if not tracer.has_input(3):
        return weights
    axis = 0 if tracer.op == "ConvInteger" else 1
    return dequantize(weights, np.ones(1), tracer.get_constant(3), axis)


#: Function that reads each operator.
QUANTISED: dict[str, Callable[[LayerTracer], Any]] = {
    "DequantizeLinear": read_dequantize,
    "DynamicQuantizeLinear": read_dynamic_quantize,
    "QuantizeLinear": read_quantize,
}
