"""Base of gated recurrent layers: four stacked sets of weights, a memory cell and an output."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Sigmoid
from bioann.ann.layers.layer import DrawWeights, Layer, Parameters
from bioann.ann.layers.sequence import SequenceLayer
from bioann.ann.layers.unroll import unroll
from bioann.base.equations import Symbol
from bioann.base.errors import DescriptionError

#: The gates, in the order of their rows in the weights.
GATES = ("input", "forget", "candidate", "output")

sigmoid = Sigmoid()


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GatedLayer(SequenceLayer):
    """Base of layers with an input, a forget and an output gate; cell and output start at zero.

    The rows of all three arrays are stacked in the order input gate, forget gate, candidate, output
    gate, with one row per unit for each.

    Parameters
    ----------
    W : array_like, shape (4 * unit, input)
        Weights from the input.
    U : array_like, shape (4 * unit, unit)
        Recurrent weights, applied to the units' outputs at the previous time step.
    bias : float or array_like, shape (4 * unit,), optional
        Bias added to the summed input of each unit.
    """

    W: Any
    U: Any
    bias: Any = 0.0

    trainable_fields = ("W", "U", "bias")
    signed_fields = ("W", "U")
    recurrent_fields = ("U",)

    @classmethod
    def of_size(cls, n_inputs: int, n_units: int) -> Any:
        """Build a layer of zero weights, to be initialised."""
        return cls(np.zeros((4 * n_units, n_inputs)), np.zeros((4 * n_units, n_units)))

    def check(self) -> None:
        """Convert all fields to arrays and check their shapes."""
        self.set_array("W", (None, None), "(4 * unit, input)")
        rows = len(self.W)
        if rows % 4:
            raise DescriptionError(
                f"{self.title()}, W",
                "four rows for each unit: input, forget, candidate and output",
                f"{rows} rows",
                "Stack the weights of the four gates.",
            )
        self.set_array("U", (rows, rows // 4), "(4 * unit, unit)")
        self.set_vector("bias", rows, "(4 * unit,)")

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the outputs step by step, from the cells and outputs of the step before."""
        drive = x @ p["W"].T + p["bias"]
        n = self.U.shape[1]

        def step(state: Any, drive_t: Any) -> tuple[Any, Any]:
            cell, output = state
            sums = drive_t + output @ p["U"].T
            cell, output = self.next_state(cell, *(sums[:, k * n : (k + 1) * n] for k in range(4)))
            return (cell, output), output

        zero = xp.zeros_like(drive[:, 0, :n])
        return unroll(step, (zero, zero), drive, xp)

    @abstractmethod
    def next_state(self, cell: Any, i: Any, f: Any, c: Any, o: Any) -> tuple[Any, Any]:
        """Return the next cell and output.

        Parameters
        ----------
        cell : array, shape (batch, unit)
            Memory cells at the previous time step.
        i, f, c, o : array, shape (batch, unit)
            Summed inputs of the input gate, the forget gate, the candidate and the output gate.
        """

    def list_matrices(self) -> list[tuple[str, np.ndarray, bool]]:
        """Return one weight matrix per gate, named ``W_input``, ``W_forget``, ..."""
        return [
            (f"{name}_{gate}", rows, is_recurrent)
            for name, values, is_recurrent in Layer.list_matrices(self)
            for gate, rows in zip(GATES, np.split(values, len(GATES)), strict=True)
        ]

    def compute_fans(self, name: str) -> tuple[int, int]:
        """Return the fan-in of one gate, and the number of units as the fan-out."""
        return int(self.parameters[name].shape[1]), int(self.U.shape[1])

    def draw_parameters(
        self, draw_weights: DrawWeights, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Draw the weights; the bias of the forget gate starts at 1, all others at 0.

        An open forget gate lets the cells remember from the start of training (Gers et al. 2000;
        Jozefowicz et al. 2015).
        """
        parameters = Layer.draw_parameters(self, draw_weights, rng)
        n = self.U.shape[1]
        parameters["bias"][n : 2 * n] = 1.0
        return parameters

    def size_parameters(self) -> tuple[Symbol, ...]:
        """Return the number of units, for the report."""
        return (Symbol("n", "units", str(self.U.shape[1]), "", "the network"),)


def reorder_gates(rows: np.ndarray, order: str, new_order: str) -> np.ndarray:
    """Return the rows of stacked gates in another order.

    Parameters
    ----------
    rows : numpy.ndarray, shape (gate * unit, ...)
        Weights or biases of all gates.
    order, new_order : str
        One letter per gate, as the rows are stacked and as they should be (``"ifco"``).
    """
    gates = dict(zip(order, np.split(rows, len(order)), strict=True))
    return np.concatenate([gates[gate] for gate in new_order])
