"""A layer that multiplies each of its inputs by a fixed factor and adds a fixed offset."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.layers.layer import Layer, Parameters, Shape
from bioann.base.arrays import to_floats
from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Rescale(Layer):
    r"""Fixed scaling of every input, for example by a mean and a standard deviation.

    .. math:: y_i = a_i x_i + b_i

    Parameters
    ----------
    scale : float or array_like
        Factor :math:`a`; an array is broadcast to the shape of the input, as in NumPy.
    shift : float or array_like, optional
        Offset :math:`b`, in the units of the output; broadcast like `scale`.
    """

    scale: Any
    shift: Any = 0.0

    def check(self) -> None:
        """Convert both fields to arrays of finite numbers."""
        for name in ("scale", "shift"):
            array = to_floats(getattr(self, name), f"Rescale, {name}")
            if not array.size or not np.isfinite(array).all():
                got = "NaN or infinite values" if array.size else "no numbers"
                raise DescriptionError(f"Rescale, {name}", "finite numbers", got, "Change them.")
            array.setflags(write=False)
            self.set_field(name, array)

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of the input."""
        for name in ("scale", "shift"):
            array = getattr(self, name)
            axes = zip(array.shape[::-1], shape[::-1], strict=False)
            if array.ndim > len(shape) or any(m not in (1, n) for m, n in axes):
                raise DescriptionError(
                    f"Rescale, {name}",
                    f"a shape that can be broadcast to the input, {shape}",
                    f"{array.shape}",
                    "Add axes of length 1, (channel, 1, 1) for example.",
                )
        return shape

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the scaled inputs."""
        return x * self.scale + self.shift

    def to_rate_units(self, shape: Shape) -> None:
        """Return None: the factors are part of the weights after them."""
        return

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add a multiplication and an addition."""
        product = builder.add_node("Mul", [x, builder.add_number(self.scale)])
        return builder.add_node("Add", [product, builder.add_number(self.shift)])

    def explain(self) -> Equation:
        """Return the equation."""
        return Equation("Fixed scaling", "y_i = a_i x_i + b_i")
