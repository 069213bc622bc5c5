"""Gated recurrent units: two multiplicative gates and no separate memory cell."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.activations.activation import Sigmoid, Tanh
from bioann.ann.layers.layer import Layer, Parameters
from bioann.ann.layers.sequence import SequenceLayer
from bioann.ann.layers.unroll import unroll
from bioann.base.equations import Equation, Symbol
from bioann.base.errors import DescriptionError

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder

#: The gates, in the order of their rows in the weights.
GRU_GATES = ("update", "reset", "candidate")

sigmoid, tanh = Sigmoid(), Tanh()


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GRU(SequenceLayer):
    r"""Gated recurrent units (Cho et al. 2014), starting at zero.

    .. math:: (z, r)_t = \sigma(W x_t + U y_{t-1} + b), \quad
              y_t = (1 - z_t) \tilde y_t + z_t y_{t-1}, \quad
              \tilde y_t = \tanh(W x_t + b + r_t (U y_{t-1} + c))

    The reset gate can also act on the outputs before the weights:
    :math:`\tilde y_t = \tanh(W x_t + b + U (r_t y_{t-1}) + c)`.

    Parameters
    ----------
    W : array_like, shape (3 * unit, input)
        Weights from the input; rows in the order update gate, reset gate, candidate.
    U : array_like, shape (3 * unit, unit)
        Recurrent weights, applied to the units' outputs at the previous time step.
    bias : float or array_like, shape (3 * unit,), optional
        Bias :math:`b` added to the summed input.
    candidate_bias : float or array_like, shape (unit,), optional
        Bias :math:`c` added to the recurrent input of the candidate.
    reset_after : bool, optional
        Whether the reset gate acts on the recurrent input of the candidate, as in PyTorch, rather
        than on the outputs before the recurrent weights.
    """

    W: Any
    U: Any
    bias: Any = 0.0
    candidate_bias: Any = 0.0
    reset_after: bool = True

    trainable_fields = ("W", "U", "bias", "candidate_bias")
    signed_fields = ("W", "U")
    recurrent_fields = ("U",)

    @classmethod
    def of_size(cls, n_inputs: int, n_units: int, reset_after: bool = True) -> GRU:
        """Build a layer of zero weights, to be initialised."""
        W, U = np.zeros((3 * n_units, n_inputs)), np.zeros((3 * n_units, n_units))
        return cls(W, U, reset_after=reset_after)

    def check(self) -> None:
        """Convert all fields to arrays and check their shapes."""
        self.set_array("W", (None, None), "(3 * unit, input)")
        rows = len(self.W)
        if rows % 3:
            raise DescriptionError(
                "GRU, W",
                f"three rows for each unit: {', '.join(GRU_GATES)}",
                f"{rows} rows",
                "Stack the weights of the gates and of the candidate.",
            )
        self.set_array("U", (rows, rows // 3), "(3 * unit, unit)")
        self.set_vector("bias", rows, "(3 * unit,)")
        self.set_vector("candidate_bias", rows // 3, "(unit,)")

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the outputs step by step."""
        drive = x @ p["W"].T + p["bias"]
        n = self.U.shape[1]
        gate_weights, candidate_weights = p["U"][: 2 * n].T, p["U"][2 * n :].T

        def step(y: Any, drive_t: Any) -> tuple[Any, Any]:
            gates = sigmoid(drive_t[:, : 2 * n] + y @ gate_weights)
            update, reset = gates[:, :n], gates[:, n:]
            if self.reset_after:
                recurrent = reset * (y @ candidate_weights + p["candidate_bias"])
            else:
                recurrent = (reset * y) @ candidate_weights + p["candidate_bias"]
            y = (1 - update) * tanh(drive_t[:, 2 * n :] + recurrent) + update * y
            return y, y

        return unroll(step, xp.zeros_like(drive[:, 0, :n]), drive, xp)

    def list_matrices(self) -> list[tuple[str, np.ndarray, bool]]:
        """Return one weight matrix per gate, named ``W_update``, ``W_reset``, ..."""
        return [
            (f"{name}_{gate}", rows, is_recurrent)
            for name, values, is_recurrent in Layer.list_matrices(self)
            for gate, rows in zip(GRU_GATES, np.split(values, len(GRU_GATES)), strict=True)
        ]

    def compute_fans(self, name: str) -> tuple[int, int]:
        """Return the fan-in of one gate, and the number of units as the fan-out."""
        return int(self.parameters[name].shape[1]), int(self.U.shape[1])

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add a GRU operator."""
        no_bias = np.zeros(2 * self.U.shape[1])
        return builder.add_recurrent_operator(
            "GRU",
            name,
            x,
            self.W,
            self.U,
            self.bias,
            recurrent_bias=np.concatenate([no_bias, self.candidate_bias]),
            linear_before_reset=int(self.reset_after),
        )

    def explain(self) -> Equation:
        """Return the equations and the number of units."""
        recurrent = "r_t (U y_(t-1) + c)" if self.reset_after else "U (r_t y_(t-1)) + c"
        return Equation(
            "Gated recurrent units",
            "(z, r)_t = sigma(W x_t + U y_(t-1) + b), quad "
            "y_t = (1 - z_t) tilde(y)_t + z_t y_(t-1), quad "
            f"tilde(y)_t = tanh(W x_t + b + {recurrent})",
            (Symbol("n", "units", str(self.U.shape[1]), "", "the network"),),
        )
