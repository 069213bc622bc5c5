"""Read ONNX matrix products as dense layers.

Definitions: https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

import math

import numpy as np

from bioann.ann.activations.activation import Linear
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.layer_tracer import LayerTracer
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense


def read_gemm(tracer: LayerTracer) -> LayerTensor:
    """Add a dense layer."""
    if tracer.get_attribute("transA", 0):
        raise tracer.unsupported_error("Gemm with transA")
    x, weights = tracer.get_data(), tracer.get_constant(1)
    _require_matrix(tracer, weights)
    W = weights if tracer.get_attribute("transB", 0) else weights.T
    bias = tracer.get_constant(2) if tracer.has_input(2) else np.zeros(1)
    if len(x.shape) != 2:
        raise tracer.unsupported_error(f"Gemm on axes {x.shape}, not (batch, unit)")
    sums = _append_dense(tracer, x, tracer.get_attribute("alpha", 1.0) * W)
    return tracer.apply_affine(sums, 1.0, tracer.get_attribute("beta", 1.0) * bias)


def read_matmul(tracer: LayerTracer) -> LayerTensor:
    """Add a dense layer, or the same one at all positions of a sample."""
    second = tracer.get_value(tracer.node_inputs[1])
    if isinstance(second, LayerTensor):
        return _multiply_column(tracer, second)
    return append_product(tracer, tracer.get_constant(1))


def append_product(tracer: LayerTracer, weights: np.ndarray) -> LayerTensor:
    """Add a matrix product of the first input of the current operator with weights.

    Parameters
    ----------
    tracer : LayerTracer
        The operators that have been read, to which the dense layer is added.
    weights : numpy.ndarray, shape (input, unit) or (input,)
        The weights; further axes in front must have the length 1.
    """
    x = tracer.get_data()
    W = weights[:, None] if weights.ndim == 1 else weights
    if W.ndim > 2 and W.ndim <= len(x.shape) and math.prod(W.shape[:-2]) == 1:
        W = W.reshape(W.shape[-2:])  # one matrix for all samples
    _require_matrix(tracer, W)
    output = _append_dense(tracer, x, W.T)
    return output.reshape(output.shape[:-1]) if weights.ndim == 1 else output


def _multiply_column(tracer: LayerTracer, x: LayerTensor) -> LayerTensor:
    """Multiply weights with a single sample, which stands as a column or as a vector."""
    weights = tracer.get_constant(0)
    _require_matrix(tracer, weights)
    aligned = tracer.align_samples(x)
    is_single = all(tracer.sizes[role] == 1 for role in aligned.lead)
    if not is_single or x.shape not in ((weights.shape[1],), (weights.shape[1], 1)):
        raise tracer.unsupported_error("MatMul of weights and samples that stand in columns")
    vector = tracer.align_samples(aligned.reshape((weights.shape[1],)))
    return tracer.append_layer(vector, Dense(weights, 0.0, Linear())).reshape(
        (len(weights), *x.shape[1:])
    )


def _require_matrix(tracer: LayerTracer, weights: np.ndarray) -> None:
    if weights.ndim != 2 or 0 in weights.shape:
        raise tracer.unsupported_error(f"{tracer.op} with weights of shape {weights.shape}")


def _append_dense(tracer: LayerTracer, x: LayerTensor, W: np.ndarray) -> LayerTensor:
    """Add weights from the last axis; several positions of a sample share them."""
    aligned = tracer.align_samples(x)
    *positions, n = aligned.unit_shape
    lead = aligned.shape[: len(aligned.lead)]
    shape = (*x.shape[:-1], len(W))
    if n != W.shape[1]:
        raise tracer.unsupported_error(f"{tracer.op} of {n} inputs with weights of shape {W.shape}")
    if math.prod(positions) == 1:
        vector = tracer.align_samples(aligned.reshape((*lead, n)))
        return tracer.append_layer(vector, Dense(W, 0.0, Linear())).reshape(shape)
    # A convolution with a kernel of one pixel, over an image with one row.
    order = np.moveaxis(aligned.list_positions().reshape(*lead, -1, n), -1, -2)
    image = tracer.align_samples(aligned.rearrange(order[..., None, :]))
    sums = tracer.append_layer(image, Conv2d(W[:, :, None, None], 0.0, Linear()))
    order = np.moveaxis(sums.list_positions().reshape(*lead, len(W), -1), -1, -2)
    return sums.rearrange(order.reshape(shape))
