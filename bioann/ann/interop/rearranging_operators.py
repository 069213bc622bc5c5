"""Compute ONNX operators that rearrange the numbers of a tensor, with NumPy.

The same functions are applied to constants and to arrays of positions, which show where each number
of a computed tensor goes. Definitions: https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from bioann.ann.interop.onnx_node import OnnxNode

#: Inputs of an operator; None for one that is left out.
Arrays: TypeAlias = Sequence[Any]


def read_parameter(node: OnnxNode, inputs: Arrays, position: int, name: str) -> Any:
    """Return a parameter that is an attribute in old versions and an input in new ones."""
    if name in node.attributes:
        return node.attributes[name]
    value = inputs[position] if position < len(inputs) else None
    return None if value is None else value.tolist()


def read_shape(values: Any) -> tuple[int, ...]:
    """Return a shape from an array or list of numbers."""
    return tuple(int(n) for n in np.ravel(values))


def compute_resized_shape(node: OnnxNode, inputs: Arrays) -> tuple[int, ...]:
    """Return the shape after a Resize or Upsample."""
    shape, scales = inputs[0].shape, _read_scales(node, inputs)
    if scales is None:
        return read_shape(inputs[3])
    return tuple(int(n * s) for n, s in zip(shape, scales, strict=True))


def _read_scales(node: OnnxNode, inputs: Arrays) -> list[float] | None:
    """Return the factors of a Resize or Upsample; None if it has sizes."""
    if "scales" in node.attributes:
        return node.attributes["scales"]
    values = inputs[min(2, len(inputs) - 1)]
    return None if values is None or values.size == 0 else values.tolist()


def _resize(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    """Take the nearest number for every position of the new shape."""
    x, mode = inputs[0], node.attributes.get("mode", "nearest")
    if mode != "nearest" or "axes" in node.attributes:
        raise ValueError(f"{mode} interpolation")
    shape = compute_resized_shape(node, inputs)
    scales = _read_scales(node, inputs) or [m / n for m, n in zip(shape, x.shape, strict=True)]
    for axis, (n, scale) in enumerate(zip(shape, scales, strict=True)):
        if n != x.shape[axis] or scale != 1:
            positions = _nearest_positions(node, x.shape[axis], n, scale)
            x = np.take(x, positions, axis)
    return x


def _nearest_positions(node: OnnxNode, n: int, n_new: int, scale: float) -> np.ndarray:
    """Return the position that each new position along an axis is copied from."""
    new = np.arange(n_new).astype(float)
    # Before version 11, and in Upsample, there was one way only.
    is_old = node.op == "Upsample" or node.opset < 11
    attributes = {} if is_old else node.attributes
    mode = attributes.get("coordinate_transformation_mode", "half_pixel")
    if is_old or mode == "asymmetric":
        old = new / scale
    elif mode == "half_pixel" or (mode == "pytorch_half_pixel" and n_new > 1):
        old = (new + 0.5) / scale - 0.5
    elif mode == "align_corners" and n_new > 1:
        old = new * (n - 1) / (n_new - 1)
    else:
        raise ValueError(mode)
    rounding = "floor" if is_old else attributes.get("nearest_mode", "round_prefer_floor")
    return np.clip(_ROUNDING[rounding](old), 0, n - 1).astype(int)


#: Ways of choosing between the two nearest positions in a Resize.
_ROUNDING: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "floor": np.floor,
    "ceil": np.ceil,
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
}


def _reshape(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    x, shape = inputs[0], list(read_shape(read_parameter(node, inputs, 1, "shape")))
    if not node.attributes.get("allowzero", 0):
        shape = [x.shape[k] if n == 0 else n for k, n in enumerate(shape)]
    return x.reshape(shape)


def _flatten(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    x, axis = inputs[0], node.attributes.get("axis", 1)
    return x.reshape(math.prod(x.shape[:axis]), -1)


def _squeeze(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    axes = read_parameter(node, inputs, 1, "axes")
    return np.squeeze(inputs[0], None if axes is None else tuple(axes))


def _unsqueeze(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    return np.expand_dims(inputs[0], tuple(read_parameter(node, inputs, 1, "axes")))


def _transpose(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    return np.transpose(inputs[0], node.attributes.get("perm"))


def _slice(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    starts, stops, axes, steps = (
        # PyTorch writes single numbers where lists are meant.
        np.ravel(values).tolist() if values is not None else []
        for values in (
            read_parameter(node, inputs, k, name)
            for k, name in enumerate(("starts", "ends", "axes", "steps"), 1)
        )
    )
    axes, steps = axes or range(len(starts)), steps or [1] * len(starts)
    slices = [slice(None)] * inputs[0].ndim
    for axis, start, end, step in zip(axes, starts, stops, steps, strict=True):
        # A negative end before the first number stands for "including the first".
        n = inputs[0].shape[axis]
        slices[axis] = slice(start, None if step < 0 and end < -n else end, step)
    return inputs[0][tuple(slices)]


def _gather(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    return np.take(inputs[0], inputs[1].astype(np.int64), node.attributes.get("axis", 0))


def _split(node: OnnxNode, inputs: Arrays) -> tuple[np.ndarray, ...]:
    x, axis, count = inputs[0], node.attributes.get("axis", 0), len(node.outputs)
    sizes = read_parameter(node, inputs, 1, "split")
    if sizes is None:
        size = -(-x.shape[axis] // count)
        sizes = [size] * (count - 1) + [x.shape[axis] - size * (count - 1)]
    if sum(sizes) != x.shape[axis] or min(sizes) < 0 or len(sizes) != count:
        raise ValueError("sizes do not fit")
    return tuple(np.split(x, np.cumsum(sizes)[:-1], axis))


def read_pads(node: OnnxNode, inputs: Arrays) -> list[tuple[int, int]]:
    """Return the numbers to add before and after each axis."""
    name = "paddings" if "paddings" in node.attributes else "pads"
    pads = read_shape(read_parameter(node, inputs, 1, name))
    rank = inputs[0].ndim
    axes = range(rank) if len(inputs) < 4 or inputs[3] is None else inputs[3].tolist()
    by_axis = [(0, 0)] * rank
    for k, axis in enumerate(axes):
        by_axis[axis] = (pads[k], pads[k + len(axes)])
    return by_axis


def read_pad_value(node: OnnxNode, inputs: Arrays) -> float:
    """Return the constant of a Pad."""
    value = read_parameter(node, inputs, 2, "value")
    return 0.0 if value is None else float(np.asarray(value).item())


def _pad(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    x, pads = inputs[0], read_pads(node, inputs)
    inner = tuple(
        slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, pads, strict=True)
    )
    added = [(max(a, 0), max(b, 0)) for a, b in pads]
    mode = node.attributes.get("mode", "constant")
    if mode == "constant":
        return np.pad(x[inner], added, constant_values=read_pad_value(node, inputs))
    return np.pad(x[inner], added, mode=mode)  # edge, reflect and wrap have the same names


def _depth_to_space(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    x, b = inputs[0], node.attributes["blocksize"]
    n, c, h, w = x.shape
    if node.attributes.get("mode", "DCR") == "DCR":
        blocks = x.reshape(n, b, b, c // b**2, h, w).transpose(0, 3, 4, 1, 5, 2)
    else:
        blocks = x.reshape(n, c // b**2, b, b, h, w).transpose(0, 1, 4, 2, 5, 3)
    return blocks.reshape(n, c // b**2, h * b, w * b)


def _space_to_depth(node: OnnxNode, inputs: Arrays) -> np.ndarray:
    x, b = inputs[0], node.attributes["blocksize"]
    n, c, h, w = x.shape
    blocks = x.reshape(n, c, h // b, b, w // b, b).transpose(0, 3, 5, 1, 2, 4)
    return blocks.reshape(n, c * b**2, h // b, w // b)


#: Operators that rearrange the numbers of their first input.
REARRANGING: dict[str, Callable[[OnnxNode, Arrays], Any]] = {
    **dict.fromkeys(("Identity", "Dropout"), lambda node, inputs: inputs[0]),
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Transpose": _transpose,
    "Slice": _slice,
    "Gather": _gather,
    "Split": _split,
    "Pad": _pad,
    "Expand": lambda node, inputs: inputs[0] * np.ones(read_shape(inputs[1]), inputs[0].dtype),
    "Tile": lambda node, inputs: np.tile(inputs[0], read_shape(inputs[1])),
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
    "Resize": _resize,
    "Upsample": _resize,
}
