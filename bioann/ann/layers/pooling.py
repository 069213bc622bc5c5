"""Pooling layers: the mean or the maximum of each image patch."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bioann.ann.activations.activation import Linear
from bioann.ann.layers.layer import Layer, Parameters, RateUnits, Shape
from bioann.ann.layers.patches import (
    compute_linear_matrix,
    count_patches,
    extract_patches,
    validate_pair,
)
from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PoolingLayer(Layer):
    """Base of layers that reduce each patch to one number, channel by channel."""

    size: Any = 2
    stride: Any = None

    #: Name of the ONNX operator.
    onnx_operator: ClassVar[str]

    def check(self) -> None:
        """Convert size and stride to pairs; the stride defaults to the size."""
        self.set_field("size", validate_pair(self, "size", self.size, 1))
        stride = self.size if self.stride is None else self.stride
        self.set_field("stride", validate_pair(self, "stride", stride, 1))

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add the pooling operator."""
        if builder.has_time:
            return Layer.to_onnx(self, builder, name, x)
        size, strides = list(self.size), list(self.stride)
        return builder.add_node(self.onnx_operator, [x], kernel_shape=size, strides=strides)

    def output_shape(self, shape: Shape) -> Shape:
        """Return ``(channel, height, width)``."""
        self.require_input_shape(shape, (None, None, None), "(channel, height, width)")
        return (shape[0], *count_patches(self, list(shape[1:]), self.size, self.stride))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AveragePool(PoolingLayer):
    """Average pooling: the mean of each patch.

    Parameters
    ----------
    size : int or (int, int), optional
        Height and width of a patch in pixels, at least 1.
    stride : int or (int, int), optional
        Distance between neighbouring patches in pixels, at least 1; `size` by default.
    """

    onnx_operator = "AveragePool"

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the mean of each patch."""
        return extract_patches(x, self.size, self.stride).mean(axis=(-2, -1))

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Return linear rate units that average."""
        return RateUnits(
            compute_linear_matrix(self, shape),
            np.zeros(np.prod(self.output_shape(shape))),
            Linear(),
        )

    def explain(self) -> Equation:
        """Return a title without an equation."""
        return Equation("Mean of patches", "")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class MaxPool(PoolingLayer):
    """Max pooling: the maximum of each patch, which rate units cannot compute.

    Parameters
    ----------
    size : int or (int, int), optional
        Height and width of a patch in pixels, at least 1.
    stride : int or (int, int), optional
        Distance between neighbouring patches in pixels, at least 1; `size` by default.
    """

    onnx_operator = "MaxPool"

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the maximum of each patch."""
        return extract_patches(x, self.size, self.stride).max(axis=(-2, -1))

    def explain(self) -> Equation:
        """Return a title without an equation."""
        return Equation("Maximum of patches", "")

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Raise `DescriptionError`."""
        raise DescriptionError(
            "MaxPool",
            "a layer of weighted sums and activations",
            "a maximum over patches",
            "Train the network with AveragePool instead.",
        )
