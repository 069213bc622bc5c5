"""A layer that applies the same weights everywhere in an image."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Linear, resolve_activation
from bioann.ann.layers.layer import Layer, Parameters, RateUnits, Shape
from bioann.ann.layers.patches import (
    compute_linear_matrix,
    count_patches,
    extract_patches,
    validate_pair,
)
from bioann.model import Explanation, Parameter


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Conv2d(Layer):
    r"""Weighted sums of image patches, the same weights everywhere.

    .. math:: y_{o,r,c} = \phi\Big(\sum_{i,h,w} K_{o,i,h,w}\, x_{i,\,rs+h-p,\,cs+w-p} + b_o\Big)

    Parameters
    ----------
    kernel : array_like, shape (output channel, input channel, height, width)
        The weights; applied as a correlation, as the field does.
    bias : float or array_like, shape (output channel,), optional
        Added to the sums.
    activation : str or Activation, optional
        :math:`\phi`.
    stride : int or (int, int), optional
        Steps :math:`s` between patches.
    padding : int or (int, int), optional
        Zeros :math:`p` around the image.
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
        """Make a layer of zero weights with a square kernel, to be initialised."""
        return cls(
            np.zeros((n_outputs, n_inputs, kernel_size, kernel_size)), 0.0, activation, **options
        )

    def check(self) -> None:
        """Bring all fields to arrays and pairs, and check that they fit."""
        self.set_array("kernel", (None,) * 4, "(output channel, input channel, height, width)")
        self.set_vector("bias", len(self.kernel), "(output channel,)")
        self.set_field("activation", resolve_activation(self.activation, self.title()))
        self.set_field("stride", validate_pair(self, "stride", 1))
        self.set_field("padding", validate_pair(self, "padding", 0))

    def output_shape(self, shape: Shape) -> Shape:
        """Give ``(output channel, height, width)``."""
        self.require_input_shape(
            shape, (self.kernel.shape[1], None, None), "(input channel, height, width)"
        )
        padded_size = [n + 2 * p for n, p in zip(shape[1:], self.padding, strict=True)]
        return (
            len(self.kernel),
            *count_patches(self, padded_size, self.kernel.shape[2:], self.stride),
        )

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Pad, cut into patches, sum, activate."""
        leading_axes = [(0, 0)] * (x.ndim - 2)
        padded_image = xp.pad(x, [*leading_axes, *((n, n) for n in self.padding)])
        patches = extract_patches(padded_image, self.kernel.shape[2:], self.stride)
        sums = xp.einsum("...irchw,oihw->...orc", patches, p["kernel"])
        return self.activation(sums + p["bias"][:, None, None])

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Give the matrix whose columns are the answers to single pixels."""
        linear = dataclasses.replace(self, bias=0.0, activation=Linear())
        bias = np.repeat(self.bias, np.prod(self.output_shape(shape)[1:]))
        return RateUnits(compute_linear_matrix(linear, shape), bias, self.activation)

    def explain(self) -> Explanation:
        """Give the equation and the size of the kernel."""
        size = " x ".join(map(str, self.kernel.shape))
        return Explanation(
            "Convolution",
            "y_(o r c) = phi.alt(sum_(i h w) K_(o i h w) x_(i, r s + h - p, c s + w - p) + b_o), "
            f"quad phi.alt(x) = {self.activation.formula}",
            (Parameter("K", "kernel: outputs x inputs x height x width", size, "", "the network"),),
        )
