"""Dropout: random outputs are set to zero during training."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.layers.layer import Layer, Parameters, Shape
from bioann.base.errors import DescriptionError

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Dropout(Layer):
    """Set a random fraction of its inputs to zero in each training step; the identity in a run.

    The remaining inputs are divided by the fraction that is kept, which preserves the mean
    (inverted dropout; Srivastava et al. 2014).

    Parameters
    ----------
    rate : float, optional
        Fraction of the inputs set to zero, at least 0 and below 1.
    """

    rate: float = 0.5

    passes_input = True

    def check(self) -> None:
        """Raise `DescriptionError` for a rate outside [0, 1)."""
        if not 0 <= self.rate < 1:
            raise DescriptionError(
                "Dropout, rate", "0 <= rate < 1", repr(self.rate), "Try rate=0.5."
            )

    def output_shape(self, shape: Shape) -> Shape:
        """Return the input shape."""
        return shape

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Return the input; training applies the dropout mask to the result."""
        return x

    def to_rate_units(self, shape: Shape) -> None:
        """Return None: the layer has no units of its own."""
        return

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Return the input tensor: dropout is the identity outside training."""
        return x
