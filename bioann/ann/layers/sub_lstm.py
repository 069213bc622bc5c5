"""The LSTM's subtractive variant: gates inhibit."""

from __future__ import annotations

import dataclasses
from typing import Any

from bioann.ann.layers.gated import GatedLayer, sigmoid
from bioann.model import Explanation


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SubLSTM(GatedLayer):
    r"""Memory cells whose input and output gates subtract, as inhibition does (Costa et al. 2017).

    .. math:: (i, f, z, o)_t = \sigma(W x_t + U y_{t-1} + b), \quad
              c_t = f_t c_{t-1} + z_t - i_t, \quad y_t = \sigma(c_t) - o_t

    Parameters
    ----------
    W : array_like, shape (4 * unit, input)
        Weights from the input; rows in the order input, forget, candidate `z`, output.
    U : array_like, shape (4 * unit, unit)
        Weights from the units' last answers.
    bias : float or array_like, shape (4 * unit,), optional
        Added to the sums.
    """

    def next_state(self, cell: Any, i: Any, f: Any, c: Any, o: Any) -> tuple[Any, Any]:
        """Subtract."""
        cell = sigmoid(f) * cell + sigmoid(c) - sigmoid(i)
        return cell, sigmoid(cell) - sigmoid(o)

    def explain(self) -> Explanation:
        """Give the equations and the number of units."""
        return Explanation(
            "Subtractive long short-term memory",
            "(i, f, z, o)_t = sigma(W x_t + U y_(t-1) + b), quad "
            "c_t = f_t c_(t-1) + z_t - i_t, quad y_t = sigma(c_t) - o_t",
            self.size_parameters(),
        )
