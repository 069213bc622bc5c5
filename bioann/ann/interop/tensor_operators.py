"""Compute ONNX operators of constants with NumPy, within limits of size.

Definitions: https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.interop.onnx_node import OnnxNode
from bioann.ann.interop.rearranging_operators import (
    REARRANGING,
    Arrays,
    compute_resized_shape,
    read_pads,
    read_parameter,
    read_shape,
)

#: Numbers that any output may have; a larger one must have at most twice as many as the inputs.
MAX_OUTPUT = 2**23
#: Products that take about as long as the other work on one number of an output.
PRODUCTS_PER_NUMBER = 16
#: NumPy types by the number of an ONNX type, in a Cast.
CAST_TYPES: dict[int, Any] = {
    1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64,
    9: np.bool_, 10: np.float16, 11: np.float64, 12: np.uint32, 13: np.uint64,
}  # fmt: skip


def compute_tensors(
    node: OnnxNode, inputs: Arrays, limit: int = MAX_OUTPUT
) -> tuple[np.ndarray, ...] | None:
    """Compute an operator of `TENSOR_OPERATORS`.

    Parameters
    ----------
    node : OnnxNode
        Operator that is computed on constants.
    inputs : sequence of (numpy.ndarray or None)
        Its inputs; None for one that is left out.
    limit : int, optional
        Numbers that the outputs may have in total.

    Returns
    -------
    tuple of numpy.ndarray or None
        The outputs; None if they would be too large, or if the operator is used in a way that this
        function does not know, or that has no meaning.
    """
    n_inputs = sum(x.size for x in inputs if x is not None)
    limit = min(limit, max(MAX_OUTPUT, 2 * n_inputs))
    try:
        if estimate_work(node, inputs) > limit:
            return None
        with np.errstate(all="ignore"):
            outputs = TENSOR_OPERATORS[node.op](node, inputs)
    except (ValueError, IndexError, TypeError, KeyError, AttributeError, OverflowError):
        return None
    except (np.exceptions.AxisError, ZeroDivisionError, MemoryError):
        return None
    tensors = outputs if isinstance(outputs, tuple) else (np.asarray(outputs),)
    is_finite = all(x.dtype.kind != "f" or np.isfinite(x).all() for x in tensors)
    return tensors if is_finite and sum(x.size for x in tensors) <= limit else None


def estimate_work(node: OnnxNode, inputs: Arrays) -> int:
    """Return how many numbers an operator computes, if it can be more than it has as inputs."""
    x = inputs[0]
    if node.op in _BINARY:
        return math.prod(np.broadcast_shapes(*(np.shape(y) for y in _align_all(node, inputs))))
    if node.op == "ConstantOfShape":
        return math.prod(x.tolist())
    if node.op == "Expand":
        return math.prod(np.broadcast_shapes(x.shape, read_shape(inputs[1])))
    if node.op == "Tile":
        return math.prod((x.size, *inputs[1].tolist()))
    if node.op == "Pad":
        pads = read_pads(node, inputs)
        return math.prod(n + a + b for n, (a, b) in zip(x.shape, pads, strict=True))
    if node.op == "Range":
        start, stop, step = (float(np.asarray(y).item()) for y in inputs)
        return math.ceil((stop - start) / step)
    if node.op in ("Resize", "Upsample"):
        return math.prod(compute_resized_shape(node, inputs))
    if node.op == "Gather":
        return int(inputs[1].size * (x.size // max(x.shape[node.attributes.get("axis", 0)], 1)))
    if node.op == "MatMul":
        # Every number of the output is a sum of products, which take a fraction of the time.
        return max(x.size // max(x.shape[-1], 1), 1) * inputs[1].size // PRODUCTS_PER_NUMBER
    return sum(y.size for y in inputs if y is not None) if node.op in _REDUCTIONS else 0


def align_operand(node: OnnxNode, rank: int, y: np.ndarray) -> np.ndarray:
    """Align the axes of a second operand as operators before version 7 do, with ``axis``."""
    if node.opset < 7 and node.attributes.get("broadcast") and "axis" in node.attributes:
        return y.reshape(y.shape + (1,) * (rank - node.attributes["axis"] % rank - y.ndim))
    return y


def _shape(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    start, end = node.attributes.get("start", 0), node.attributes.get("end")
    return np.array(inputs[0].shape[start:end], dtype=np.int64)


def _concat(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    return np.concatenate(inputs, node.attributes.get("axis", 1))


def _cast(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    return inputs[0].astype(CAST_TYPES[node.attributes["to"]])


def _constant_of_shape(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    value = node.attributes.get("value")
    fill = np.zeros(1, np.float32) if value is None else value
    return np.full(read_shape(inputs[0]), fill.item(), fill.dtype)


def _divide(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if x.dtype.kind not in "iu":
        return x / y
    return (np.sign(x) * np.sign(y) * (abs(x) // abs(y))).astype(x.dtype)  # towards zero


def _dequantize(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    x, scale, zero = (*inputs, None)[:3]
    return dequantize(x, scale, zero, node.attributes.get("axis", 1))


def _quantize(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    x, scale, zero = (*inputs, None)[:3]
    if zero is None and "output_dtype" in node.attributes:
        raise ValueError("type by number")
    axis = node.attributes.get("axis", 1)
    scale = _align_along(scale, x.ndim, axis)
    zero = np.zeros(1, np.uint8) if zero is None else _align_along(zero, x.ndim, axis)
    limits = np.iinfo(zero.dtype)
    steps = np.rint(x / scale) + zero.astype(np.float64)
    return np.clip(steps, limits.min, limits.max).astype(zero.dtype)


def _align_along(array: np.ndarray, rank: int, axis: int) -> np.ndarray:
    """Return one number for each entry along an axis in a shape that can be broadcast."""
    if array.size == 1 or array.ndim != 1:
        return array
    return np.moveaxis(array.reshape(-1, *(1,) * (rank - 1)), 0, axis)


def dequantize(x: np.ndarray, scale: np.ndarray, zero: Any = None, axis: int = 1) -> np.ndarray:
    """Return the numbers that quantised ones stand for, with one scale or one along an axis."""
    scale = _align_along(scale, x.ndim, axis)
    zero = None if zero is None else _align_along(zero, x.ndim, axis)
    steps = x.astype(np.float64) - (0 if zero is None else zero.astype(np.float64))
    return (steps * scale).astype(scale.dtype)


def _reduce(function: Callable[..., Any]) -> Callable[[OnnxNode, Arrays], Any]:
    def compute(node: OnnxNode, inputs: Arrays) -> Any:
        axes = read_parameter(node, inputs, 1, "axes")
        if axes is None and node.attributes.get("noop_with_empty_axes", 0):
            return inputs[0]
        axis = None if axes is None else tuple(axes)
        return function(inputs[0], axis=axis, keepdims=bool(node.attributes.get("keepdims", 1)))

    return compute


def _broadcast(function: Callable[..., Any]) -> Callable[[OnnxNode, Arrays], Any]:
    return lambda node, inputs: function(*_align_all(node, inputs))


def _align_all(node: OnnxNode, inputs: Arrays) -> list[np.ndarray]:
    """Return the operands, with the axes of the second one aligned."""
    return [inputs[0], *(align_operand(node, inputs[0].ndim, y) for y in inputs[1:])]


def _fold_operands(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arrays: functools.reduce(function, arrays)


_BINARY: dict[str, Callable[..., Any]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": _divide,
    "Pow": np.power,
    "Max": _fold_operands(np.maximum),
    "Min": _fold_operands(np.minimum),
    "Sum": _fold_operands(np.add),
    "Equal": np.equal,
    "Less": np.less,
    "Greater": np.greater,
    "Where": np.where,
}
_UNARY: dict[str, Callable[[Any], Any]] = {
    "Neg": np.negative,
    "Abs": np.abs,
    "Sqrt": np.sqrt,
    "Exp": np.exp,
    "Log": np.log,
    "Tanh": np.tanh,
    "Floor": np.floor,
    "Ceil": np.ceil,
    "Reciprocal": np.reciprocal,
    "Not": np.logical_not,
    "Relu": lambda x: np.maximum(x, 0),
    "Size": lambda x: np.array(x.size, dtype=np.int64),
}
_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "ReduceSum": np.sum,
    "ReduceMean": np.mean,
    "ReduceProd": np.prod,
    "ReduceMax": np.max,
    "ReduceMin": np.min,
}


def _apply(function: Callable[[Any], Any]) -> Callable[[OnnxNode, Arrays], Any]:
    return lambda node, inputs: function(inputs[0])


#: Function that computes each operator from its inputs.
TENSOR_OPERATORS: dict[str, Callable[[OnnxNode, Arrays], Any]] = {
    **REARRANGING,
    **{op: _broadcast(function) for op, function in _BINARY.items()},
    **{op: _apply(function) for op, function in _UNARY.items()},
    **{op: _reduce(function) for op, function in _REDUCTIONS.items()},
    "Cast": _cast,
    "Concat": _concat,
    "ConstantOfShape": _constant_of_shape,
    "DequantizeLinear": _dequantize,
    "MatMul": lambda node, inputs: inputs[0] @ inputs[1],
    "QuantizeLinear": _quantize,
    "Shape": _shape,
    "Range": lambda node, inputs: np.arange(*(y.item() for y in inputs), dtype=inputs[0].dtype),
}
