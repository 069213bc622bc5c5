"""A layer that rounds each sample to 8 bits, in steps that depend on the sample."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.layers.layer import Layer, Parameters, Shape
from bioann.base.equations import Equation

#: Largest number of 8 bits.
LARGEST_BYTE = 255


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DynamicQuantize(Layer):
    r"""Rounding of all inputs to 256 values between the smallest and the largest of a sample.

    .. math:: y_i = s \, \text{round}(x_i / s), \quad s = (\max(x, 0) - \min(x, 0)) / 255

    Sums with weights of 8 bits are computed like this where a network is quantised while it runs.
    Zero is one of the 256 values, and halves are rounded to even numbers.
    """

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of the input."""
        return shape

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the nearest of the values of each sample."""
        axes = tuple(range(2, x.ndim))
        low = xp.minimum(x.min(axis=axes, keepdims=True), 0.0)
        high = xp.maximum(x.max(axis=axes, keepdims=True), 0.0)
        step = xp.where(high > low, (high - low) / LARGEST_BYTE, 1.0)
        zero = xp.clip(xp.round(-low / step), 0, LARGEST_BYTE)
        return step * (xp.clip(xp.round(x / step) + zero, 0, LARGEST_BYTE) - zero)

    def explain(self) -> Equation:
        """Return the equation."""
        return Equation(
            "Rounding to 8 bits", 'y_i = s "round"(x_i \\/ s), quad s = (max x - min x) \\/ 255'
        )
