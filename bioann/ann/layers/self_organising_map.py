"""A sheet of units of which the nearest answers."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.layers.layer import Layer, Parameters, Shape
from bioann.model import Explanation, Parameter


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SelfOrganisingMap(Layer):
    r"""Units on a grid; the one whose weights are nearest to the input answers 1, all others 0.

    .. math:: y_i = 1 \text{ for } i = \arg\min_j \lVert x - w_j \rVert, \quad 0 \text{ else}

    No gradient passes a choice: `bioann.training.train_som` trains it as Kohonen (1982) does.

    Parameters
    ----------
    W : array_like, shape (row, column, input)
        Weights of the units.
    """

    W: Any

    @classmethod
    def of_size(cls, n_inputs: int, rows: int, columns: int) -> SelfOrganisingMap:
        """Make a map of zero weights, to be organised."""
        return cls(np.zeros((rows, columns, n_inputs)))

    def check(self) -> None:
        """Bring the weights to an array."""
        self.set_array("W", (None, None, None), "(row, column, input)")

    @property
    def input_shape(self) -> Shape:
        """``(input,)``."""
        return (self.W.shape[2],)

    def output_shape(self, shape: Shape) -> Shape:
        """Give ``(row, column)``."""
        self.require_input_shape(shape, self.input_shape, "(input,)")
        return (self.W.shape[0], self.W.shape[1])

    def signed_weights(self, p: Parameters) -> dict[str, Any]:
        """Give the weights, one row per unit."""
        return {"W": self.W.reshape(-1, self.W.shape[2])}

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Let the nearest unit answer."""
        rows, columns, inputs = self.W.shape
        squared_distances = ((x[..., None, :] - self.W.reshape(-1, inputs)) ** 2).sum(axis=-1)
        is_nearest = xp.argmin(squared_distances, axis=-1)[..., None] == xp.arange(rows * columns)
        return xp.where(is_nearest, 1.0, 0.0).reshape(*x.shape[:-1], rows, columns)

    def explain(self) -> Explanation:
        """Give the equation and the size of the sheet."""
        size = f"{self.W.shape[0]} x {self.W.shape[1]}"
        return Explanation(
            "Self-organising map",
            'y_i = 1 "for" i = arg min_j norm(x - w_j), quad 0 "else"',
            (Parameter("n", "units: rows x columns", size, "", "the network"),),
        )
