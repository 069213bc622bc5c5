"""A layer that reshapes images into vectors."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.layers.layer import Layer, Parameters, Shape

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Flatten(Layer):
    """Reshape images into vectors, row by row; the layer has no units of its own."""

    passes_input = True

    def output_shape(self, shape: Shape) -> Shape:
        """Return ``(input,)``."""
        return (int(np.prod(shape)),)

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Return the input with all axes but batch and time merged."""
        return x.reshape(*x.shape[:2], -1)

    def to_rate_units(self, shape: Shape) -> None:
        """Return None: the layer has no units of its own."""
        return

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add a Flatten operator."""
        if builder.has_time:
            return Layer.to_onnx(self, builder, name, x)
        return builder.add_node("Flatten", [x], axis=1)
