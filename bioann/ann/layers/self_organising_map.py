"""Self-organising map: units on a grid, of which only the best matching one is active."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.layers.layer import Layer, Parameters, Shape
from bioann.base.equations import Equation, Symbol

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SelfOrganisingMap(Layer):
    r"""Units on a grid: 1 for the unit whose weights are nearest to the input, 0 for all others.

    .. math:: y_i = 1 \text{ for } i = \arg\min_j \lVert x - w_j \rVert, \quad 0 \text{ else}

    The choice of a unit has no gradient; `bioann.training.train_som` trains the map (Kohonen 1982).

    Parameters
    ----------
    W : array_like, shape (row, column, input)
        Weights of each unit: its preferred input.
    """

    W: Any

    @classmethod
    def of_size(cls, n_inputs: int, rows: int, columns: int) -> SelfOrganisingMap:
        """Build a map of zero weights, to be trained."""
        return cls(np.zeros((rows, columns, n_inputs)))

    def check(self) -> None:
        """Convert the weights to an array and check its shape."""
        self.set_array("W", (None, None, None), "(row, column, input)")

    @property
    def input_shape(self) -> Shape:
        """``(input,)``."""
        return (self.W.shape[2],)

    def output_shape(self, shape: Shape) -> Shape:
        """Return ``(row, column)``."""
        self.require_input_shape(shape, self.input_shape, "(input,)")
        return (self.W.shape[0], self.W.shape[1])

    def signed_weights(self, p: Parameters) -> dict[str, Any]:
        """Return the weights with one row per unit."""
        return {"W": self.W.reshape(-1, self.W.shape[2])}

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute 1 for the nearest unit and 0 for all others."""
        rows, columns, inputs = self.W.shape
        squared_distances = ((x[..., None, :] - self.W.reshape(-1, inputs)) ** 2).sum(axis=-1)
        is_nearest = xp.argmin(squared_distances, axis=-1)[..., None] == xp.arange(rows * columns)
        return xp.where(is_nearest, 1.0, 0.0).reshape(*x.shape[:-1], rows, columns)

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add the squared distances and the choice of the smallest."""
        rows, columns, inputs = self.W.shape
        distances = builder.add_squared_distances(x, self.W.reshape(-1, inputs))
        nearest = builder.add_node("ArgMin", [distances], axis=-1, keepdims=1)
        units = builder.add_constant(np.arange(rows * columns))
        is_nearest = builder.add_node("Equal", [nearest, units])
        shape = [0] * (1 + builder.has_time) + [rows, columns]  # 0 keeps the length of an axis
        response = builder.add_node("Cast", [is_nearest], to=builder.element_type)
        return builder.add_node("Reshape", [response, builder.add_constant(np.array(shape))])

    def explain(self) -> Equation:
        """Return the equation and the size of the map."""
        size = f"{self.W.shape[0]} x {self.W.shape[1]}"
        return Equation(
            "Self-organising map",
            'y_i = 1 "for" i = arg min_j norm(x - w_j), quad 0 "else"',
            (Symbol("n", "units: rows x columns", size, "", "the network"),),
        )
