"""Read ONNX operators as layers; an operator without an entry here is rejected by name.

Definitions: https://onnx.ai/onnx/operators/ (opset 21 and earlier).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.interop.dense_operators import read_gemm, read_matmul
from bioann.ann.interop.elementwise_operators import ELEMENTWISE
from bioann.ann.interop.image_operators import (
    read_conv,
    read_conv_transpose,
    read_global_pool,
    read_pool,
)
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.layer_tracer import LayerTracer
from bioann.ann.interop.quantised_operators import QUANTISED
from bioann.ann.interop.rearranging_operators import REARRANGING, read_pad_value
from bioann.ann.interop.recurrent import read_gru, read_lstm, read_rnn
from bioann.ann.interop.reduction_operators import REDUCTIONS
from bioann.ann.interop.tensor_operators import TENSOR_OPERATORS, compute_tensors, estimate_work
from bioann.ann.layers.layer import Layer
from bioann.ann.layers.softmax import LogSoftmax, Softmax


def read_operator(tracer: LayerTracer) -> tuple[Any, ...]:
    """Return the outputs of the current operator, as tensors of layers or as arrays.

    Raises
    ------
    ForeignFileError
        If layers cannot express the operator; the message names it.
    """
    node = tracer.node
    assert node is not None
    inputs = [tracer.get_value(name) for name in node.inputs]
    data = [value for value in inputs if isinstance(value, LayerTensor)]
    if not data or node.op in ("Shape", "Size"):
        arrays = [np.empty(x.shape) if isinstance(x, LayerTensor) else x for x in inputs]
        tensors = compute_tensors(node, arrays) if node.op in TENSOR_OPERATORS else None
        if tensors is None:
            raise tracer.unsupported_error(f"{node.op} of {len(node.inputs)} constants")
        tracer.spend(max(sum(array.size for array in tensors), estimate_work(node, arrays)))
        return tensors
    if node.op in REARRANGING and isinstance(inputs[0], LayerTensor) and len(data) == 1:
        return _rearrange(tracer, inputs[0], inputs)
    if node.op not in OPERATORS:
        raise tracer.unsupported_error(node.op)
    output = OPERATORS[node.op](tracer)
    return output if isinstance(output, tuple) else (output,)


def _rearrange(tracer: LayerTracer, x: LayerTensor, inputs: list[Any]) -> tuple[Any, ...]:
    """Apply an operator to the positions of the numbers of its first input."""
    node = tracer.node
    assert node is not None
    if node.op in ("Identity", "Dropout"):
        if any(np.any(mode) for mode in inputs[2:]):
            raise tracer.unsupported_error("Dropout in training mode")
        return (x,)
    if x.index is None and node.op in ("Reshape", "Flatten", "Squeeze", "Unsqueeze"):
        # An array without memory of its own, because only the shape is needed.
        shaped = np.broadcast_to(np.zeros((), int), x.shape)
        tensors = compute_tensors(node, [shaped, *inputs[1:]], max(shaped.size, 1))
        if tensors is not None:
            return (x.reshape(tensors[0].shape),)
    fill = x.fill
    parameters = list(inputs[1:])
    positions = x.list_positions()
    if node.op == "Pad":
        value = read_pad_value(node, [positions, *parameters])
        has_other_fill = x.index is not None and bool((x.index < 0).any()) and fill != value
        if has_other_fill:
            x = tracer.align_samples(x)  # a copy, to which another constant can be added
            positions = x.list_positions()
        fill = value if node.attributes.get("mode", "constant") == "constant" else fill
        node = _replace_pad_value(node)
        parameters = [*parameters[:1], np.array(-1), *parameters[2:]] if parameters else []
    tensors = compute_tensors(node, [positions, *parameters])
    if tensors is None:
        raise tracer.unsupported_error(
            f"{node.op} that is not fixed, larger than the limit, or interpolates"
        )
    tracer.spend(sum(array.size for array in tensors))
    return tuple(dataclasses.replace(x.rearrange(array), fill=fill) for array in tensors)


def _replace_pad_value(node: Any) -> Any:
    attributes = {**node.attributes, **({"value": -1} if "value" in node.attributes else {})}
    if len(node.inputs) < 2:
        attributes["value"] = -1
    return dataclasses.replace(node, attributes=attributes)


def read_concat(tracer: LayerTracer) -> LayerTensor:
    """Concatenate the outputs of branches, and constants."""
    values = [tracer.get_value(name) for name in tracer.node_inputs]
    tensors = [value for value in values if isinstance(value, LayerTensor)]
    axis = int(tracer.get_attribute("axis", 1)) % len(tensors[0].shape)
    joined = tensors[0] if len(tensors) == 1 else tracer.concatenate_tensors(tensors, axis)
    return (
        joined if len(tensors) == len(values) else _insert_constants(tracer, joined, values, axis)
    )


def _insert_constants(
    tracer: LayerTracer, joined: LayerTensor, values: list[Any], axis: int
) -> LayerTensor:
    """Insert constants between concatenated tensors: zeros to which they are added."""
    if joined.index is not None and (joined.index < 0).any():
        joined = tracer.align_samples(joined)  # a copy, to which zeros can be added
    positions = joined.list_positions()
    pieces, shifts, start = [], [], 0
    for value in values:
        piece, shift = np.full(value.shape, -1), value
        if isinstance(value, LayerTensor):
            piece = np.take(positions, range(start, start + value.shape[axis]), axis)
            shift = np.zeros(piece.shape)
            start += value.shape[axis]
        pieces.append(piece)
        shifts.append(shift.astype(float))
    spread = dataclasses.replace(joined, fill=0.0).rearrange(np.concatenate(pieces, axis))
    return tracer.apply_affine(spread, 1.0, np.concatenate(shifts, axis))


def read_softmax(tracer: LayerTracer) -> LayerTensor:
    """Add a softmax or its logarithm."""
    x = tracer.get_data()
    layer: Layer = Softmax() if tracer.op == "Softmax" else LogSoftmax()
    rank = len(x.shape)
    is_old = tracer.node is not None and tracer.node.opset < 13
    axis = int(tracer.get_attribute("axis", 1 if is_old else -1)) % rank
    if is_old:  # over all axes from this one on
        joined = x.reshape((*x.shape[:axis], math.prod(x.shape[axis:])))
        return tracer.append_layer(tracer.align_samples(joined), layer).reshape(x.shape)
    order = np.moveaxis(x.list_positions(), axis, -1)
    last_axis = x if axis == rank - 1 else x.rearrange(order)
    output = tracer.append_layer(tracer.align_samples(last_axis), layer).reshape(last_axis.shape)
    if axis == rank - 1:
        return output
    return output.rearrange(np.moveaxis(output.list_positions(), -1, axis))


def read_zip_map(tracer: LayerTracer) -> LayerTensor:
    """Accept the conversion of probabilities to a dictionary by class; they keep their order."""
    return tracer.get_data()


#: Function that reads each operator.
OPERATORS: dict[str, Callable[[LayerTracer], Any]] = {
    **ELEMENTWISE,
    "ai.onnx.ml.ZipMap": read_zip_map,
    **QUANTISED,
    **REDUCTIONS,
    "Concat": read_concat,
    "Conv": read_conv,
    "ConvTranspose": read_conv_transpose,
    "GRU": read_gru,
    "Gemm": read_gemm,
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), read_global_pool),
    "LSTM": read_lstm,
    **dict.fromkeys(("LogSoftmax", "Softmax"), read_softmax),
    "MatMul": read_matmul,
    **dict.fromkeys(("MaxPool", "AveragePool"), read_pool),
    "RNN": read_rnn,
}
