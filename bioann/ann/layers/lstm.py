"""Long short-term memory with multiplicative gates."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bioann.ann.activations.activation import Tanh
from bioann.ann.layers.gated import GatedLayer, reorder_gates, sigmoid
from bioann.base.equations import Equation

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder

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
        Recurrent weights, applied to the units' outputs at the previous time step.
    bias : float or array_like, shape (4 * unit,), optional
        Bias added to the summed input of each unit.
    """

    def next_state(self, cell: Any, i: Any, f: Any, c: Any, o: Any) -> tuple[Any, Any]:
        """Return the next cell and output; the gates multiply."""
        cell = sigmoid(f) * cell + sigmoid(i) * tanh(c)
        return cell, sigmoid(o) * tanh(cell)

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add an LSTM operator, whose gates are in the order input, output, forget, candidate."""
        rows = (reorder_gates(a, "ifco", "iofc") for a in (self.W, self.U, self.bias))
        return builder.add_recurrent_operator("LSTM", name, x, *rows)

    def explain(self) -> Equation:
        """Return the equations and the number of units."""
        return Equation(
            "Long short-term memory",
            "(i, f, tilde(c), o)_t = (sigma, sigma, tanh, sigma)(W x_t + U y_(t-1) + b), quad "
            "c_t = f_t c_(t-1) + i_t tilde(c)_t, quad y_t = o_t tanh c_t",
            self.size_parameters(),
        )
