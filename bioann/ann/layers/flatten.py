"""A layer that lays images out as vectors."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.layers.layer import Layer, Parameters, Shape


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Flatten(Layer):
    """Lay images out as vectors, row by row; no units of its own."""

    passes_input = True

    def output_shape(self, shape: Shape) -> Shape:
        """Give ``(input,)``."""
        return (int(np.prod(shape)),)

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Reshape."""
        return x.reshape(*x.shape[:2], -1)

    def to_rate_units(self, shape: Shape) -> None:
        """Pass the input on."""
        return
