"""Image patches: indices, extraction, and linear layers as matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bioann.ann.layers.layer import Layer, Shape
from bioann.base.annotations import is_ordered
from bioann.base.arguments import is_whole_number
from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr

#: Largest size, stride and padding, in pixels.
MAX_PIXELS = 10**6


def patch_indices(length: int, width: int, stride: int, dilation: int = 1) -> np.ndarray:
    """Return the indices that each patch covers on one axis, shape ``(patch, width)``."""
    extent = (width - 1) * dilation + 1
    starts = np.arange(0, length - extent + 1, stride)
    return starts[:, None] + np.arange(width) * dilation


def extract_patches(
    x: Any, kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int] = (1, 1)
) -> Any:
    """Cut images ``(..., height, width)`` into patches ``(..., row, column, *kernel)``."""
    rows, columns = (
        patch_indices(x.shape[k - 2], kernel[k], stride[k], dilation[k]) for k in (0, 1)
    )
    return x[..., rows[:, None, :, None], columns[None, :, None, :]]


def compute_same_padding(
    kernel: Sequence[int], dilation: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """Return the borders ``"same"`` of PyTorch: an image keeps its size at a stride of 1."""
    totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return tuple((total // 2, total - total // 2) for total in totals)


def validate_pair(layer: Layer, name: str, value: Any, minimum: int) -> tuple[int, int]:
    """Return a value for height and one for width from a whole number or a pair of them."""
    pair = tuple(value) if is_ordered(value) else (value, value)
    if len(pair) != 2 or not all(is_whole_number(v, minimum) and v <= MAX_PIXELS for v in pair):
        raise DescriptionError(
            f"{layer.title()}, {name}",
            f"a whole number >= {minimum}, or two of them (height, width)",
            shorten_repr(value),
            f"Give {name}={max(minimum, 1)}, for example.",
        )
    return int(pair[0]), int(pair[1])


def validate_padding(layer: Layer, value: Any) -> tuple[Any, Any]:
    """Return the padding of height and width: a number, or a pair if both borders differ."""
    pairs = tuple(value) if is_ordered(value) else ()
    if len(pairs) != 2 or not all(map(is_ordered, pairs)):
        return validate_pair(layer, "padding", pairs or value, 0)
    vertical, horizontal = (validate_pair(layer, "padding", pair, 0) for pair in pairs)
    if vertical[0] == vertical[1] and horizontal[0] == horizontal[1]:
        return vertical[0], horizontal[0]
    return vertical, horizontal


def padding_of_borders(padding: tuple[Any, Any]) -> list[tuple[int, int]]:
    """Return the padding as ``[(top, bottom), (left, right)]``."""
    return [(p, p) if isinstance(p, int) else p for p in padding]


def pad_image(x: Any, padding: tuple[Any, Any], xp: Any, value: float = 0.0) -> Any:
    """Add rows and columns of a constant to images ``(..., height, width)``."""
    leading_axes = [(0, 0)] * (x.ndim - 2)
    return xp.pad(x, [*leading_axes, *padding_of_borders(padding)], constant_values=value)


def count_patches(
    layer: Layer,
    image: Sequence[int],
    patch: Any,
    stride: tuple[int, int],
    dilation: tuple[int, int] = (1, 1),
    padding: tuple[Any, Any] = (0, 0),
) -> list[int]:
    """Return the number of patches along height and width of the padded image."""
    borders = padding_of_borders(padding)
    sizes = [n + before + after for n, (before, after) in zip(image, borders, strict=True)]
    extents = [(k - 1) * d + 1 for k, d in zip(patch, dilation, strict=True)]
    if any(n < k for n, k in zip(sizes, extents, strict=True)):
        raise DescriptionError(
            f"{layer.title()}, input",
            f"an image of at least {tuple(extents)}",
            f"{tuple(sizes)}",
            "Use a smaller patch, or padding.",
        )
    return [(n - k) // s + 1 for n, k, s in zip(sizes, extents, stride, strict=True)]


def compute_linear_matrix(linear: Layer, shape: Shape) -> np.ndarray:
    """Compute the matrix ``(unit, input)`` of a linear layer from responses to single pixels."""
    pixels = np.eye(int(np.prod(shape))).reshape(-1, 1, *shape)
    return linear.forward(linear.parameters, pixels).reshape(len(pixels), -1).T
