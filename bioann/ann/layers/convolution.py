"""Two-dimensional convolution."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.activations.activation import Linear, resolve_activation
from bioann.ann.layers.layer import Layer, Parameters, RateUnits, Shape
from bioann.ann.layers.patches import (
    compute_linear_matrix,
    count_patches,
    extract_patches,
    validate_pair,
)
from bioann.base.equations import Equation, Symbol

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Conv2d(Layer):
    r"""Convolutional layer: the same weighted sum at every position of an image.

    .. math:: y_{o,r,c} = \phi\Big(\sum_{i,h,w} K_{o,i,h,w}\, x_{i,\,rs+h-p,\,cs+w-p} + b_o\Big)

    Parameters
    ----------
    kernel : array_like, shape (output channel, input channel, height, width)
        Weights :math:`K`, applied as a cross-correlation (the kernel is not flipped).
    bias : float or array_like, shape (output channel,), optional
        Bias :math:`b`, added to the summed input of all units of a channel.
    activation : str or Activation, optional
        Activation function :math:`\phi` of all units, an object or its name (``"relu"``).
    stride : int or (int, int), optional
        Distance :math:`s` between neighbouring patches in pixels, at least 1; a pair is
        (vertical, horizontal).
    padding : int or (int, int), optional
        Rows and columns :math:`p` of zeros added at each border of the image, at least 0; a pair
        is (vertical, horizontal).
    """

    kernel: Any
    bias: Any = 0.0
    activation: Any = "relu"
    stride: Any = 1
    padding: Any = 0

    trainable_fields = ("kernel", "bias")
    signed_fields = ("kernel",)

    @classmethod
    def of_size(
        cls,
        n_inputs: int,
        n_outputs: int,
        kernel_size: int,
        activation: Any = "relu",
        **options: Any,
    ) -> Conv2d:
        """Build a layer of zero weights with a square kernel, to be initialised."""
        return cls(
            np.zeros((n_outputs, n_inputs, kernel_size, kernel_size)), 0.0, activation, **options
        )

    def check(self) -> None:
        """Convert all fields to arrays and pairs, and check their shapes."""
        self.set_array("kernel", (None,) * 4, "(output channel, input channel, height, width)")
        self.set_vector("bias", len(self.kernel), "(output channel,)")
        self.set_field("activation", resolve_activation(self.activation, self.title()))
        self.set_field("stride", validate_pair(self, "stride", self.stride, 1))
        self.set_field("padding", validate_pair(self, "padding", self.padding, 0))

    def output_shape(self, shape: Shape) -> Shape:
        """Return ``(output channel, height, width)``."""
        self.require_input_shape(
            shape, (self.kernel.shape[1], None, None), "(input channel, height, width)"
        )
        padded_size = [n + 2 * p for n, p in zip(shape[1:], self.padding, strict=True)]
        return (
            len(self.kernel),
            *count_patches(self, padded_size, self.kernel.shape[2:], self.stride),
        )

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the activation of the weighted sum of every patch of the padded image."""
        leading_axes = [(0, 0)] * (x.ndim - 2)
        padded_image = xp.pad(x, [*leading_axes, *((n, n) for n in self.padding)])
        patches = extract_patches(padded_image, self.kernel.shape[2:], self.stride)
        sums = xp.einsum("...irchw,oihw->...orc", patches, p["kernel"])
        return self.activation(sums + p["bias"][:, None, None])

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Return rate units whose weight columns are the layer's responses to single pixels."""
        linear = dataclasses.replace(self, bias=0.0, activation=Linear())
        bias = np.repeat(self.bias, np.prod(self.output_shape(shape)[1:]))
        return RateUnits(compute_linear_matrix(linear, shape), bias, self.activation)

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add a Conv operator and the activation."""
        if builder.has_time:
            return Layer.to_onnx(self, builder, name, x)
        pads = [*self.padding, *self.padding]
        inputs = [x, builder.add_number(self.kernel), builder.add_number(self.bias)]
        sums = builder.add_node(
            "Conv", inputs, node_name=f"{name}.kernel", pads=pads, strides=list(self.stride)
        )
        return self.activation.to_onnx(builder, sums, name)

    def explain(self) -> Equation:
        """Return the equation and the size of the kernel."""
        size = " x ".join(map(str, self.kernel.shape))
        return Equation(
            "Convolution",
            "y_(o r c) = phi.alt(sum_(i h w) K_(o i h w) x_(i, r s + h - p, c s + w - p) + b_o), "
            f"quad phi.alt(x) = {self.activation.formula}",
            (Symbol("K", "kernel: outputs x inputs x height x width", size, "", "the network"),),
        )
