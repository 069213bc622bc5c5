"""Read ONNX operators that reduce axes of a sample to one number, and normalisations by these.

Definitions: https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from bioann.ann.activations.foreign import Power
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.layer_tracer import LayerTracer
from bioann.ann.interop.rearranging_operators import read_parameter
from bioann.ann.layers.pooling import AveragePool, MaxPool, PoolingLayer


def read_reduction(tracer: LayerTracer) -> LayerTensor:
    """Take the mean, sum, largest or smallest number over axes of a sample."""
    x = tracer.get_data()
    node, rank = tracer.node, len(x.shape)
    assert node is not None
    values = [tracer.get_value(name) for name in node.inputs]
    axes = read_parameter(node, values, 1, "axes")
    if not axes and tracer.get_attribute("noop_with_empty_axes", 0):
        return x
    reduced_axes = sorted(k % rank for k in axes or range(rank))
    if node.op == "ReduceL2":
        x = tracer.apply_activation(x, Power(2.0))
    elif node.op == "ReduceMin":  # min(x) = -max(-x)
        x = tracer.apply_affine(x, -1.0)
    is_extreme = node.op in ("ReduceMax", "ReduceMin")
    reduced = reduce_axes(tracer, x, reduced_axes, MaxPool if is_extreme else AveragePool)
    if node.op in ("ReduceSum", "ReduceL2"):
        reduced = tracer.apply_affine(reduced, float(math.prod(x.shape[k] for k in reduced_axes)))
    if node.op == "ReduceL2":
        reduced = tracer.apply_activation(reduced, Power(0.5))
    elif node.op == "ReduceMin":
        reduced = tracer.apply_affine(reduced, -1.0)
    if tracer.get_attribute("keepdims", 1):
        return reduced
    return reduced.reshape(tuple(n for k, n in enumerate(x.shape) if k not in reduced_axes))


def reduce_axes(
    tracer: LayerTracer, x: LayerTensor, axes: Sequence[int], kind: type[PoolingLayer]
) -> LayerTensor:
    """Return a tensor pooled over axes of a sample, which keep the length 1.

    Parameters
    ----------
    tracer : LayerTracer
        The operators that have been read, to which the pooling is added.
    x : LayerTensor
        Tensor whose axes are reduced.
    axes : sequence of int
        Positions of the axes, counted from 0, in rising order.
    kind : type of PoolingLayer
        Kind of reduction, `AveragePool` or `MaxPool`.
    """
    rank = len(x.shape)
    others = [k for k in range(rank) if k not in axes]
    n = math.prod(x.shape[k] for k in axes)
    shape = tuple(1 if k in axes else length for k, length in enumerate(x.shape))
    if list(axes) == [rank - 2, rank - 1] and rank == 4:
        return tracer.append_layer(tracer.align_samples(x), kind(x.shape[2:])).reshape(shape)
    order = x.list_positions().transpose(*others, *axes)
    n_lead = len(tracer.align_samples(x.rearrange(order)).lead)
    flat = order.reshape(*order.shape[:n_lead], -1, 1, n)
    pooled = tracer.append_layer(tracer.align_samples(x.rearrange(flat)), kind((1, n)))
    return pooled.reshape(shape)


def read_layer_normalization(tracer: LayerTracer) -> LayerTensor:
    """Normalise the last axes of a sample to mean 0 and variance 1, then scale each number."""
    x = tracer.get_data()
    rank = len(x.shape)
    axes = range(int(tracer.get_attribute("axis", -1)) % rank, rank)
    return _normalize_axes(tracer, x, axes, tracer.get_constant(1), _get_bias(tracer))


def read_instance_normalization(tracer: LayerTracer) -> LayerTensor:
    """Normalise each channel of an image to mean 0 and variance 1, then scale it."""
    x = tracer.get_data()
    rank = len(x.shape)
    channels = (-1, *(1,) * (rank - 2))
    scale, bias = tracer.get_constant(1).reshape(channels), _get_bias(tracer).reshape(channels)
    return _normalize_axes(tracer, x, range(2, rank), scale, bias)


def _get_bias(tracer: LayerTracer) -> np.ndarray:
    return tracer.get_constant(2) if tracer.has_input(2) else np.zeros(1)


def _normalize_axes(
    tracer: LayerTracer, x: LayerTensor, axes: Sequence[int], scale: np.ndarray, bias: np.ndarray
) -> LayerTensor:
    if tracer.node is not None and any(tracer.node.outputs[1:]):
        raise tracer.unsupported_error(f"{tracer.op} with mean or deviation as further outputs")
    mean = reduce_axes(tracer, x, axes, AveragePool)
    centred = tracer.combine_tensors([x, tracer.apply_affine(mean, -1.0)], "sum")
    squares = tracer.apply_activation(centred, Power(2.0))
    variance = reduce_axes(tracer, squares, axes, AveragePool)
    epsilon = tracer.get_attribute("epsilon", 1e-5)
    factor = tracer.apply_activation(tracer.apply_affine(variance, 1.0, epsilon), Power(-0.5))
    return tracer.apply_affine(tracer.combine_tensors([centred, factor], "product"), scale, bias)


#: Function that reads each operator.
REDUCTIONS: dict[str, Callable[[LayerTracer], LayerTensor]] = {
    "InstanceNormalization": read_instance_normalization,
    "LayerNormalization": read_layer_normalization,
    **dict.fromkeys(
        ("ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum"), read_reduction
    ),
}
