"""A layer whose units answer to what is near."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.layers.layer import DrawWeights, Layer, Parameters, Shape
from bioann.model import Explanation, Parameter


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RadialBasis(Layer):
    r"""Gaussian units (Broomhead and Lowe 1988).

    .. math:: y_i = e^{-\beta_i \lVert x - c_i \rVert^2}

    Parameters
    ----------
    centres : array_like, shape (unit, input)
        :math:`c`: where each unit answers most. They are places, and their signs no signs of
        weights.
    sharpness : float or array_like, shape (unit,), optional
        :math:`\beta`, 0 or more: :math:`1 / (2 s^2)` for a Gaussian of width `s`.
    """

    centres: Any
    sharpness: Any = 1.0

    trainable_fields = ("centres", "sharpness")
    non_negative_fields = ("sharpness",)

    @classmethod
    def of_size(cls, n_inputs: int, n_units: int, sharpness: float = 1.0) -> RadialBasis:
        """Make a layer with all centres at zero, to be initialised."""
        return cls(np.zeros((n_units, n_inputs)), sharpness)

    def check(self) -> None:
        """Bring all fields to arrays, and check that they fit."""
        self.set_array("centres", (None, None), "(unit, input)")
        self.set_vector("sharpness", len(self.centres), "(unit,)")

    @property
    def input_shape(self) -> Shape:
        """``(input,)``."""
        return (self.centres.shape[1],)

    def output_shape(self, shape: Shape) -> Shape:
        """Give ``(unit,)``."""
        self.require_input_shape(shape, self.input_shape, "(input,)")
        return (self.centres.shape[0],)

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Measure the distances."""
        squared_distances = ((x[..., None, :] - p["centres"]) ** 2).sum(axis=-1)
        return xp.exp(-p["sharpness"] * squared_distances)

    def draw_parameters(
        self, draw_weights: DrawWeights, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Scatter the centres evenly between 0 and 1, where activations are."""
        return {"centres": rng.random(self.centres.shape), "sharpness": self.sharpness}

    def explain(self) -> Explanation:
        """Give the equation and the number of units."""
        return Explanation(
            "Radial basis layer",
            "y_i = e^(-beta_i norm(x - c_i)^2)",
            (Parameter("n", "units", str(len(self.centres)), "", "the network"),),
        )
