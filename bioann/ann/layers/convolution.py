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
    pad_image,
    padding_of_borders,
    validate_padding,
    validate_pair,
)
from bioann.base.equations import Equation, Symbol
from bioann.base.errors import DescriptionError

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
    padding : int, (int, int) or ((int, int), (int, int)), optional
        Rows and columns :math:`p` of zeros added at each border of the image, at least 0; a pair
        is (vertical, horizontal), two pairs are (top, bottom) and (left, right).
    dilation : int or (int, int), optional
        Distance between the pixels of a patch, at least 1; a pair is (vertical, horizontal).
    groups : int, optional
        Number of equal groups of channels: the outputs of a group receive the inputs of the same
        group only, and the kernel has their number of input channels.
    """

    kernel: Any
    bias: Any = 0.0
    activation: Any = "relu"
    stride: Any = 1
    padding: Any = 0
    dilation: Any = 1
    groups: int = 1

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
        self.set_field("padding", validate_padding(self, self.padding))
        self.set_field("dilation", validate_pair(self, "dilation", self.dilation, 1))
        if self.groups < 1 or len(self.kernel) % self.groups:
            raise DescriptionError(
                f"{self.title()}, groups",
                f"a divisor of the {len(self.kernel)} output channels",
                repr(self.groups),
                "Leave groups out for a convolution of all channels.",
            )

    def output_shape(self, shape: Shape) -> Shape:
        """Return ``(output channel, height, width)``."""
        n_channels = self.kernel.shape[1] * self.groups
        self.require_input_shape(shape, (n_channels, None, None), "(input channel, height, width)")
        size, options = self.kernel.shape[2:], (self.stride, self.dilation, self.padding)
        return len(self.kernel), *count_patches(self, shape[1:], size, *options)

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the activation of the weighted sum of every patch of the padded image."""
        padded_image = pad_image(x, self.padding, xp)
        size = self.kernel.shape[2:]
        patches = extract_patches(padded_image, size, self.stride, self.dilation)
        *leading, _, rows, columns, _, _ = patches.shape
        # One row per position and one column per weight: a product of matrices takes a quarter to
        # a half of the time of a sum over five axes.
        by_group = patches.reshape(*leading, self.groups, -1, *patches.shape[-4:])
        matrix = xp.moveaxis(by_group, -5, -3).reshape(*leading, self.groups, rows * columns, -1)
        kernels = p["kernel"].reshape(self.groups, len(self.kernel) // self.groups, -1)
        sums = xp.swapaxes(matrix @ xp.swapaxes(kernels, -1, -2), -1, -2)
        sums = sums.reshape(*leading, len(self.kernel), rows, columns)
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
        borders = padding_of_borders(self.padding)
        attributes: dict[str, Any] = {
            "pads": [before for before, _ in borders] + [after for _, after in borders],
            "strides": list(self.stride),
            "dilations": list(self.dilation),
            "group": self.groups,
        }
        inputs = [x, builder.add_number(self.kernel), builder.add_number(self.bias)]
        sums = builder.add_node("Conv", inputs, node_name=f"{name}.kernel", **attributes)
        return self.activation.to_onnx(builder, sums, name)

    def list_matrices(self) -> list[tuple[str, np.ndarray, bool]]:
        """Return the kernel from all input channels; between different groups it is zero."""
        return [("kernel", expand_groups(self.kernel, self.groups), False)]

    def explain(self) -> Equation:
        """Return the equation and the size of the kernel."""
        size = " x ".join(map(str, self.kernel.shape))
        return Equation(
            "Convolution",
            "y_(o r c) = phi.alt(sum_(i h w) K_(o i h w) x_(i, r s + h - p, c s + w - p) + b_o), "
            f"quad phi.alt(x) = {self.activation.formula}",
            (Symbol("K", "kernel: outputs x inputs x height x width", size, "", "the network"),),
        )


def expand_groups(kernel: np.ndarray, groups: int) -> np.ndarray:
    """Return a kernel from all input channels, zero between different groups.

    Parameters
    ----------
    kernel : numpy.ndarray, shape (output channel, input channel of a group, ...)
        Kernel of a convolution in groups.
    groups : int
        Number of groups, a divisor of the number of output channels.

    Returns
    -------
    numpy.ndarray, shape (output channel, input channel, ...)
        The kernel itself for a single group.
    """
    if groups == 1:
        return kernel
    n, n_inputs = len(kernel) // groups, kernel.shape[1]
    full_kernel = np.zeros((len(kernel), n_inputs * groups, *kernel.shape[2:]))
    for g in range(groups):
        rows = slice(g * n, (g + 1) * n)
        full_kernel[rows, g * n_inputs : (g + 1) * n_inputs] = kernel[rows]
    return full_kernel
