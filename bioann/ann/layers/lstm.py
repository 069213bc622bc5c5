"""Long short-term memory: gates multiply."""

from __future__ import annotations

import dataclasses
from typing import Any

from bioann.ann.activations.activation import Tanh
from bioann.ann.layers.gated import GatedLayer, sigmoid
from bioann.model import Explanation

tanh = Tanh()


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LSTM(GatedLayer):
    r"""Memory cells with multiplicative gates (Hochreiter and Schmidhuber 1997; Gers et al. 2000).

    .. math:: (i, f, \tilde c, o)_t = (\sigma, \sigma, \tanh, \sigma)(W x_t + U y_{t-1} + b), \quad
              c_t = f_t c_{t-1} + i_t \tilde c_t, \quad y_t = o_t \tanh c_t

    Parameters
    ----------
    W : array_like, shape (4 * unit, input)
        Weights from the input; rows in the order input, forget, candidate, output.
    U : array_like, shape (4 * unit, unit)
        Weights from the units' last answers.
    bias : float or array_like, shape (4 * unit,), optional
        Added to the sums.
    """

    def next_state(self, cell: Any, i: Any, f: Any, c: Any, o: Any) -> tuple[Any, Any]:
        """Multiply."""
        cell = sigmoid(f) * cell + sigmoid(i) * tanh(c)
        return cell, sigmoid(o) * tanh(cell)

    def explain(self) -> Explanation:
        """Give the equations and the number of units."""
        return Explanation(
            "Long short-term memory",
            "(i, f, tilde(c), o)_t = (sigma, sigma, tanh, sigma)(W x_t + U y_(t-1) + b), quad "
            "c_t = f_t c_(t-1) + i_t tilde(c)_t, quad y_t = o_t tanh c_t",
            self.size_parameters(),
        )
