"""Image patches: indices, extraction, and linear layers as matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from bioann.ann.layers.layer import Layer, Shape
from bioann.base.errors import DescriptionError


def patch_indices(length: int, width: int, stride: int) -> np.ndarray:
    """Return the indices that each patch covers on one axis, shape ``(patch, width)``."""
    return np.arange(0, length - width + 1, stride)[:, None] + np.arange(width)


def extract_patches(x: Any, kernel: tuple[int, int], stride: tuple[int, int]) -> Any:
    """Cut images ``(..., height, width)`` into patches ``(..., row, column, *kernel)``."""
    rows, columns = (patch_indices(x.shape[k - 2], kernel[k], stride[k]) for k in (0, 1))
    return x[..., rows[:, None, :, None], columns[None, :, None, :]]


def validate_pair(layer: Layer, name: str, value: Any, minimum: int) -> tuple[int, int]:
    """Return a value for height and one for width from a whole number or a pair of them."""
    pair = (value, value) if isinstance(value, (int, np.integer)) else tuple(value)
    if len(pair) != 2 or not all(int(v) == v and v >= minimum for v in pair):
        raise DescriptionError(
            f"{layer.title()}, {name}",
            f"a whole number >= {minimum}, or two of them (height, width)",
            repr(value),
            f"Give {name}={max(minimum, 1)}, for example.",
        )
    return int(pair[0]), int(pair[1])


def count_patches(layer: Layer, image: list[int], patch: Any, stride: tuple[int, int]) -> list[int]:
    """Return the number of patches along height and width."""
    if any(n < k for n, k in zip(image, patch, strict=True)):
        raise DescriptionError(
            f"{layer.title()}, input",
            f"an image of at least {tuple(patch)}",
            f"{tuple(image)}",
            "Use a smaller patch, or padding.",
        )
    return [(n - k) // s + 1 for n, k, s in zip(image, patch, stride, strict=True)]


def compute_linear_matrix(linear: Layer, shape: Shape) -> np.ndarray:
    """Compute the matrix ``(unit, input)`` of a linear layer from responses to single pixels."""
    pixels = np.eye(int(np.prod(shape))).reshape(-1, 1, *shape)
    return linear.forward(linear.parameters, pixels).reshape(len(pixels), -1).T
