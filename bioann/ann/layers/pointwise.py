"""A layer that applies an activation function to each of its inputs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.activations.activation import resolve_activation
from bioann.ann.layers.layer import Layer, Parameters, RateUnits, Shape
from bioann.base.equations import Equation

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Pointwise(Layer):
    r"""Activation without weights: one unit for each input.

    .. math:: y_i = \phi(x_i)

    Parameters
    ----------
    activation : str or Activation, optional
        Activation function :math:`\phi` of all units, an object or its name (``"relu"``).
    """

    activation: Any = "relu"

    def check(self) -> None:
        """Look up the activation function."""
        self.set_field("activation", resolve_activation(self.activation, self.title()))

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of the input."""
        return shape

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the activation of every input."""
        return self.activation(x)

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Return rate units with one weight of 1 each."""
        n = int(np.prod(shape))
        return RateUnits(np.eye(n), np.zeros(n), self.activation)

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add the activation."""
        return self.activation.to_onnx(builder, x, name)

    def explain(self) -> Equation:
        """Return the equation."""
        formula = f"y_i = phi.alt(x_i), quad phi.alt(x) = {self.activation.formula}"
        return Equation("Activation of single inputs", formula)
