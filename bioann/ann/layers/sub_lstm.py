"""Long short-term memory with subtractive gates."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bioann.ann.layers.gated import GatedLayer, sigmoid
from bioann.base.equations import Equation

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SubLSTM(GatedLayer):
    r"""Memory cells with subtractive input and output gates, like inhibition (Costa et al. 2017).

    .. math:: (i, f, z, o)_t = \sigma(W x_t + U y_{t-1} + b), \quad
              c_t = f_t c_{t-1} + z_t - i_t, \quad y_t = \sigma(c_t) - o_t

    Parameters
    ----------
    W : array_like, shape (4 * unit, input)
        Weights from the input; rows in the order input, forget, candidate `z`, output.
    U : array_like, shape (4 * unit, unit)
        Recurrent weights, applied to the units' outputs at the previous time step.
    bias : float or array_like, shape (4 * unit,), optional
        Bias added to the summed input of each unit.
    """

    def next_state(self, cell: Any, i: Any, f: Any, c: Any, o: Any) -> tuple[Any, Any]:
        """Return the next cell and output; input and output gate subtract."""
        cell = sigmoid(f) * cell + sigmoid(c) - sigmoid(i)
        return cell, sigmoid(cell) - sigmoid(o)

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add a Scan over time, because ONNX has no operator for subtractive gates."""
        drive = builder.add_affine(x, self.W, self.bias, name)
        n = self.U.shape[1]

        def step(body: OnnxBuilder, states: list[str], now: str) -> tuple[list[str], str]:
            cell, y = states
            sums = body.add_node("Add", [now, body.add_weighted_sum(y, self.U, f"{name}.U")])
            i, f, z, o = body.add_split(body.add_node("Sigmoid", [sums]), [n] * 4)
            gated_cell = body.add_node("Add", [body.add_node("Mul", [f, cell]), z])
            cell = body.add_node("Sub", [gated_cell, i])
            y = body.add_node("Sub", [body.add_node("Sigmoid", [cell]), o])
            return [cell, y], y

        return builder.add_scan(step, [n, n], drive)

    def explain(self) -> Equation:
        """Return the equations and the number of units."""
        return Equation(
            "Subtractive long short-term memory",
            "(i, f, z, o)_t = sigma(W x_t + U y_(t-1) + b), quad "
            "c_t = f_t c_(t-1) + z_t - i_t, quad y_t = sigma(c_t) - o_t",
            self.size_parameters(),
        )
