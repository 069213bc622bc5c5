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
    pad_image,
    padding_of_borders,
    validate_padding,
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
    padding: Any = 0
    dilation: Any = 1

    #: Name of the ONNX operator.
    onnx_operator: ClassVar[str]

    def check(self) -> None:
        """Convert size and stride to pairs; the stride defaults to the size."""
        self.set_field("size", validate_pair(self, "size", self.size, 1))
        stride = self.size if self.stride is None else self.stride
        self.set_field("stride", validate_pair(self, "stride", stride, 1))
        self.set_field("dilation", validate_pair(self, "dilation", self.dilation, 1))
        self.set_field("padding", validate_padding(self, self.padding))
        borders = zip(padding_of_borders(self.padding), self.size, self.dilation, strict=True)
        if any(max(pads) > (k - 1) * d for pads, k, d in borders):
            raise DescriptionError(
                f"{self.title()}, padding",
                "at least one pixel of the image in every patch",
                f"padding {self.padding} of patches of {self.size}",
                "Use less padding.",
            )

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add the pooling operator."""
        # AveragePool of this version of ONNX has no dilation.
        if builder.has_time or (self.dilation != (1, 1) and self.onnx_operator != "MaxPool"):
            return Layer.to_onnx(self, builder, name, x)
        borders = padding_of_borders(self.padding)
        attributes: dict[str, Any] = {
            "kernel_shape": list(self.size),
            "strides": list(self.stride),
            "pads": [before for before, _ in borders] + [after for _, after in borders],
        }
        if self.dilation != (1, 1):
            attributes["dilations"] = list(self.dilation)
        return builder.add_node(self.onnx_operator, [x], **attributes)

    def output_shape(self, shape: Shape) -> Shape:
        """Return ``(channel, height, width)``."""
        self.require_input_shape(shape, (None, None, None), "(channel, height, width)")
        options = (self.stride, self.dilation, self.padding)
        return shape[0], *count_patches(self, shape[1:], self.size, *options)

    def extract_padded_patches(self, x: Any, xp: Any, value: float) -> Any:
        """Cut images into patches; the pixels of the padding have this value."""
        padded_image = pad_image(x, self.padding, xp, value) if any(self.padding) else x
        return extract_patches(padded_image, self.size, self.stride, self.dilation)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AveragePool(PoolingLayer):
    """Average pooling: the mean of each patch.

    Parameters
    ----------
    size : int or (int, int), optional
        Height and width of a patch in pixels, at least 1.
    stride : int or (int, int), optional
        Distance between neighbouring patches in pixels, at least 1; `size` by default.
    padding : int, (int, int) or ((int, int), (int, int)), optional
        Rows and columns added at each border of the image, which do not count as pixels; a pair is
        (vertical, horizontal), two pairs are (top, bottom) and (left, right).
    dilation : int or (int, int), optional
        Distance between the pixels of a patch, at least 1; a pair is (vertical, horizontal).
    """

    onnx_operator = "AveragePool"

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the mean of each patch."""
        patches = self.extract_padded_patches(x, xp, 0.0)
        if not any(self.padding):
            return patches.mean(axis=(-2, -1))
        is_pixel = self.extract_padded_patches(np.ones(x.shape[-2:]), np, 0.0)
        return patches.sum(axis=(-2, -1)) / is_pixel.sum(axis=(-2, -1))

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
    padding : int, (int, int) or ((int, int), (int, int)), optional
        Rows and columns added at each border of the image, which do not count as pixels; a pair is
        (vertical, horizontal), two pairs are (top, bottom) and (left, right).
    dilation : int or (int, int), optional
        Distance between the pixels of a patch, at least 1; a pair is (vertical, horizontal).
    """

    onnx_operator = "MaxPool"

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the maximum of each patch."""
        return self.extract_padded_patches(x, xp, -np.inf).max(axis=(-2, -1))

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
