"""What gated recurrent layers share: four stacked sets of weights, a cell and an output."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Sigmoid
from bioann.ann.layers.layer import DrawWeights, Layer, Parameters, Shape
from bioann.ann.layers.unroll import unroll
from bioann.base.errors import DescriptionError
from bioann.model import Parameter

#: In the order of their rows in the weights.
GATES = ("input", "forget", "candidate", "output")

sigmoid = Sigmoid()


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GatedLayer(Layer, ABC):
    """Base of layers with an input, a forget and an output gate; both states begin at zero.

    The rows of all three arrays are the input gate, the forget gate, the candidate and the output
    gate, each of as many rows as there are units.

    Parameters
    ----------
    W : array_like, shape (4 * unit, input)
        Weights from the input.
    U : array_like, shape (4 * unit, unit)
        Weights from the units' last answers.
    bias : float or array_like, shape (4 * unit,), optional
        Added to the sums.
    """

    W: Any
    U: Any
    bias: Any = 0.0

    trainable_fields = ("W", "U", "bias")
    signed_fields = ("W", "U")
    recurrent_fields = ("U",)

    @classmethod
    def of_size(cls, n_inputs: int, n_units: int) -> Any:
        """Make a layer of zero weights, to be initialised."""
        return cls(np.zeros((4 * n_units, n_inputs)), np.zeros((4 * n_units, n_units)))

    def check(self) -> None:
        """Bring all fields to arrays, and check that they fit."""
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

    @property
    def is_temporal(self) -> bool:
        """Whether the answer depends on earlier inputs: it does."""
        return True

    @property
    def input_shape(self) -> Shape:
        """``(input,)``."""
        return (self.W.shape[1],)

    def output_shape(self, shape: Shape) -> Shape:
        """Give ``(unit,)``."""
        self.require_input_shape(shape, self.input_shape, "(input,)")
        return (self.U.shape[1],)

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Follow cell and output through time."""
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
        """Give the next cell and output from the last cell and the sums of the four."""

    def compute_fans(self, name: str) -> tuple[int, int]:
        """Give how many inputs a gate sums, and how many units an input reaches."""
        return int(getattr(self, name).shape[1]), int(self.U.shape[1])

    def draw_parameters(
        self, draw_weights: DrawWeights, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Draw the weights; the bias of the forget gate begins at 1, all others at 0.

        So that what a cell holds is not forgotten before training begins (Gers et al. 2000;
        Jozefowicz et al. 2015).
        """
        parameters = Layer.draw_parameters(self, draw_weights, rng)
        n = self.U.shape[1]
        parameters["bias"][n : 2 * n] = 1.0
        return parameters

    def size_parameters(self) -> tuple[Parameter, ...]:
        """Give the number of units, for the report."""
        return (Parameter("n", "units", str(self.U.shape[1]), "", "the network"),)
