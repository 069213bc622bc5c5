"""A layer that applies the same weights everywhere in an image."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Linear, resolve_activation
from bioann.ann.layers.layer import Layer, Parameters, RateUnits, Shape
from bioann.ann.layers.patches import as_matrix, both, cut, fitting
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

    learned = ("kernel", "bias")
    signed = ("kernel",)

    @classmethod
    def sized(
        cls, inputs: int, outputs: int, size: int, activation: Any = "relu", **more: Any
    ) -> Conv2d:
        """Make a layer of zero weights with a square kernel, to be initialised."""
        return cls(np.zeros((outputs, inputs, size, size)), 0.0, activation, **more)

    def check(self) -> None:
        """Bring all fields to arrays and pairs, and check that they fit."""
        self.array("kernel", (None,) * 4, "(output channel, input channel, height, width)")
        self.spread("bias", len(self.kernel), "(output channel,)")
        self.set_field("activation", resolve_activation(self.activation, self.title()))
        self.set_field("stride", both(self, "stride", 1))
        self.set_field("padding", both(self, "padding", 0))

    def output_shape(self, shape: Shape) -> Shape:
        """Give ``(output channel, height, width)``."""
        self.wants(shape, (self.kernel.shape[1], None, None), "(input channel, height, width)")
        padded = [n + 2 * p for n, p in zip(shape[1:], self.padding, strict=True)]
        return (len(self.kernel), *fitting(self, padded, self.kernel.shape[2:], self.stride))

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Pad, cut into patches, sum, activate."""
        lead = [(0, 0)] * (x.ndim - 2)
        padded = xp.pad(x, [*lead, *((n, n) for n in self.padding)])
        cut_up = cut(padded, self.kernel.shape[2:], self.stride)
        summed = xp.einsum("...irchw,oihw->...orc", cut_up, p["kernel"])
        return self.activation(summed + p["bias"][:, None, None])

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Give the matrix whose columns are the answers to single pixels."""
        linear = dataclasses.replace(self, bias=0.0, activation=Linear())
        bias = np.repeat(self.bias, np.prod(self.output_shape(shape)[1:]))
        return RateUnits(as_matrix(linear, shape), bias, self.activation)

    def explain(self) -> Explanation:
        """Give the equation and the size of the kernel."""
        size = " x ".join(map(str, self.kernel.shape))
        return Explanation(
            "Convolution",
            "y_(o r c) = phi.alt(sum_(i h w) K_(o i h w) x_(i, r s + h - p, c s + w - p) + b_o), "
            f"quad phi.alt(x) = {self.activation.formula}",
            (Parameter("K", "kernel: outputs x inputs x height x width", size, "", "the network"),),
        )
