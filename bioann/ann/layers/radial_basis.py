"""A layer whose units answer to what is near."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.layers.layer import Drawing, Layer, Parameters, Shape
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

    learned = ("centres", "sharpness")
    non_negative = ("sharpness",)

    @classmethod
    def sized(cls, inputs: int, units: int, sharpness: float = 1.0) -> RadialBasis:
        """Make a layer with all centres at zero, to be initialised."""
        return cls(np.zeros((units, inputs)), sharpness)

    def check(self) -> None:
        """Bring all fields to arrays, and check that they fit."""
        self.array("centres", (None, None), "(unit, input)")
        self.spread("sharpness", len(self.centres), "(unit,)")

    @property
    def input_shape(self) -> Shape:
        """``(input,)``."""
        return (self.centres.shape[1],)

    def output_shape(self, shape: Shape) -> Shape:
        """Give ``(unit,)``."""
        self.wants(shape, self.input_shape, "(input,)")
        return (self.centres.shape[0],)

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Measure the distances."""
        apart = ((x[..., None, :] - p["centres"]) ** 2).sum(axis=-1)
        return xp.exp(-p["sharpness"] * apart)

    def drawn(self, draw: Drawing, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Scatter the centres evenly between 0 and 1, where activations are."""
        return {"centres": rng.random(self.centres.shape), "sharpness": self.sharpness}

    def explain(self) -> Explanation:
        """Give the equation and the number of units."""
        return Explanation(
            "Radial basis layer",
            "y_i = e^(-beta_i norm(x - c_i)^2)",
            (Parameter("n", "units", str(len(self.centres)), "", "the network"),),
        )
