"""A layer of radial basis functions."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.layers.layer import DrawWeights, Layer, Parameters, Shape
from bioann.base.equations import Equation, Symbol

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RadialBasis(Layer):
    r"""Units with Gaussian tuning to the distance of the input (Broomhead and Lowe 1988).

    .. math:: y_i = e^{-\beta_i \lVert x - c_i \rVert^2}

    Parameters
    ----------
    centres : array_like, shape (unit, input)
        Preferred input :math:`c_i` of each unit. These are positions, not weights: they do not
        count as signed weights.
    sharpness : float or array_like, shape (unit,), optional
        :math:`\beta_i`, 0 or more: :math:`1 / (2 s^2)` for a Gaussian of standard deviation `s`.
    """

    centres: Any
    sharpness: Any = 1.0

    trainable_fields = ("centres", "sharpness")
    non_negative_fields = ("sharpness",)

    @classmethod
    def of_size(cls, n_inputs: int, n_units: int, sharpness: float = 1.0) -> RadialBasis:
        """Build a layer with all centres at zero, to be initialised."""
        return cls(np.zeros((n_units, n_inputs)), sharpness)

    def check(self) -> None:
        """Convert all fields to arrays and check their shapes."""
        self.set_array("centres", (None, None), "(unit, input)")
        self.set_vector("sharpness", len(self.centres), "(unit,)")

    @property
    def input_shape(self) -> Shape:
        """``(input,)``."""
        return (self.centres.shape[1],)

    def output_shape(self, shape: Shape) -> Shape:
        """Return ``(unit,)``."""
        self.require_input_shape(shape, self.input_shape, "(input,)")
        return (self.centres.shape[0],)

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the Gaussian of the distance of the input from each centre."""
        squared_distances = ((x[..., None, :] - p["centres"]) ** 2).sum(axis=-1)
        return xp.exp(-p["sharpness"] * squared_distances)

    def draw_parameters(
        self, draw_weights: DrawWeights, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Draw the centres uniformly between 0 and 1, the range of typical activations."""
        return {"centres": rng.random(self.centres.shape), "sharpness": self.sharpness}

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add the squared distances and the exponential."""
        distances = builder.add_squared_distances(x, self.centres)
        exponent = builder.add_node("Mul", [distances, builder.add_number(-self.sharpness)])
        return builder.add_node("Exp", [exponent])

    def explain(self) -> Equation:
        """Return the equation and the number of units."""
        return Equation(
            "Radial basis layer",
            "y_i = e^(-beta_i norm(x - c_i)^2)",
            (Symbol("n", "units", str(len(self.centres)), "", "the network"),),
        )
