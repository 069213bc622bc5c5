"""A layer that copies its inputs to other positions."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.layers.layer import Layer, Parameters, Shape
from bioann.base.annotations import is_ordered
from bioann.base.arguments import is_whole_number
from bioann.base.arrays import to_floats
from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Rearrange(Layer):
    """Copy of the inputs in another order: transposed, padded, cut out or repeated.

    Parameters
    ----------
    index : array_like of int, of the shape of one output
        For every output the position of its input, counted row by row from 0; -1 for a constant.
    shape : tuple of int
        Shape of one input.
    fill : float, optional
        Value of the outputs without an input.
    """

    index: Any
    shape: Any
    fill: float = 0.0

    def check(self) -> None:
        """Convert the fields to an array and a tuple of whole numbers, and check the positions."""
        shape = tuple(self.shape) if is_ordered(self.shape) else (self.shape,)
        if not shape or not all(is_whole_number(n, 1) for n in shape):
            raise DescriptionError(
                "Rearrange, shape",
                "whole numbers of 1 or more",
                shorten_repr(self.shape),
                "Pass the shape of one input, (3, 8, 8) for example.",
            )
        self.set_field("shape", tuple(int(n) for n in shape))
        index, n = to_floats(self.index, "Rearrange, index"), math.prod(self.shape)
        fits = index.ndim and index.size and (index == np.floor(index)).all()
        if not fits or index.min() < -1 or index.max() >= n:
            raise DescriptionError(
                "Rearrange, index",
                f"whole numbers from -1 to {n - 1}, the positions of the inputs",
                f"{index.min():g} to {index.max():g}" if index.size else "no numbers",
                "Count the inputs row by row, from 0.",
            )
        index = index.astype(int)
        if not np.isfinite(self.fill):
            raise DescriptionError(
                "Rearrange, fill", "a finite number", repr(self.fill), "Leave it out for 0."
            )
        index.setflags(write=False)
        self.set_field("index", index)

    @property
    def input_shape(self) -> Shape:
        """Shape of one input."""
        return self.shape

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of the index."""
        self.require_input_shape(shape, self.shape, "of the positions")
        return self.index.shape

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Copy every output from its input."""
        outputs = x.reshape(*x.shape[:2], -1)[..., np.maximum(self.index, 0)]
        return outputs if self.index.min() >= 0 else xp.where(self.index < 0, self.fill, outputs)

    def to_rate_units(self, shape: Shape) -> None:
        """Return None: the copies are part of the weights after them."""
        return

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add a selection by position; a constant is appended to the inputs."""
        if builder.has_time:
            return Layer.to_onnx(self, builder, name, x)
        n = int(np.prod(self.shape))
        values = builder.add_node("Flatten", [x], axis=1)
        index = self.index.ravel().astype(np.int64)
        if (index < 0).any():
            pads = [builder.add_constant(np.array([0, 0, 0, 1])), builder.add_number(self.fill)]
            values = builder.add_node("Pad", [values, *pads])
            index = np.where(index < 0, n, index)
        selection = builder.add_node("Gather", [values, builder.add_constant(index)], axis=1)
        if self.index.ndim == 1:
            return selection
        shape = builder.add_constant(np.array([-1, *self.index.shape]))
        return builder.add_node("Reshape", [selection, shape])

    def explain(self) -> Equation:
        """Return a title without an equation."""
        return Equation("Copy of the inputs in another order", "")
