"""Recurrent layer: the units also receive their own outputs of the previous step."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.activations.activation import (
    Activation,
    Linear,
    Relu,
    Sigmoid,
    Tanh,
    resolve_activation,
)
from bioann.ann.layers.layer import Parameters, RateUnits, Shape
from bioann.ann.layers.sequence import SequenceLayer
from bioann.ann.layers.unroll import relaxation_factor, unroll, validate_time_constant
from bioann.base.equations import Equation, Symbol
from bioann.base.errors import DescriptionError

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Recurrent(SequenceLayer):
    r"""Units with recurrent connections, starting at zero.

    .. math:: y_t = \phi(W x_t + U y_{t-1} + b), \qquad\text{or}\quad
              \tau \frac{dy}{dt} = -y + \phi(W x + U y + b)

    Parameters
    ----------
    W : array_like, shape (unit, input)
        Weights from the input; rows are targets, columns are sources.
    U : array_like, shape (unit, unit)
        Recurrent weights between the units; rows are targets, columns are sources.
    bias : float or array_like, shape (unit,), optional
        Bias added to the summed input of each unit.
    activation : str or Activation, optional
        Activation function :math:`\phi` of all units, an object or its name (``"relu"``).
    tau : quantity, optional
        Time constant :math:`\tau` of all units, above 0; None (the default) for units that are
        updated once per time step (Elman 1990).
    """

    W: Any
    U: Any
    bias: Any = 0.0
    activation: Any = "tanh"
    tau: Any = None

    trainable_fields = ("W", "U", "bias")
    signed_fields = ("W", "U")
    recurrent_fields = ("U",)

    @classmethod
    def of_size(
        cls, n_inputs: int, n_units: int, activation: Any = "tanh", tau: Any = None
    ) -> Recurrent:
        """Build a layer of zero weights, to be initialised."""
        return cls(
            np.zeros((n_units, n_inputs)), np.zeros((n_units, n_units)), 0.0, activation, tau
        )

    def check(self) -> None:
        """Convert all fields to arrays and check their shapes."""
        self.set_array("W", (None, None), "(unit, input)")
        n = len(self.W)
        self.set_array("U", (n, n), "(unit, unit)")
        self.set_vector("bias", n, "(unit,)")
        self.set_field("activation", resolve_activation(self.activation, self.title()))
        self.set_field("tau", validate_time_constant(self.tau))

    @property
    def has_time_constant(self) -> bool:
        """Whether the units are leaky integrators."""
        return self.tau is not None

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the outputs step by step."""
        drive = x @ p["W"].T + p["bias"]
        factor = 1.0 if self.tau is None else relaxation_factor(self.tau.tau, dt)

        def step(y: Any, drive_t: Any) -> tuple[Any, Any]:
            target = self.activation(drive_t + y @ p["U"].T)
            y = target if self.tau is None else y + factor * (target - y)
            return y, y

        return unroll(step, xp.zeros_like(drive[:, 0]), drive, xp)

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Return rate units with the layer's weights; requires a time constant."""
        if self.tau is None:
            raise DescriptionError(
                "Recurrent",
                "a time constant, which recurrent units of a rate network need",
                "units that are updated once per time step",
                "Pass tau=10 * ms, for example.",
            )
        return RateUnits(self.W, self.bias, self.activation, self.tau, self.U)

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add an RNN operator if ONNX has one for these units, else a Scan over time."""
        attributes = _rnn_attributes(self.activation)
        if self.tau is not None or attributes is None:
            return self._add_scan(builder, name, x)
        return builder.add_recurrent_operator(
            "RNN", name, x, self.W, self.U, self.bias, **attributes
        )

    def _add_scan(self, builder: OnnxBuilder, name: str, x: str) -> str:
        drive = builder.add_affine(x, self.W, self.bias, name)

        def step(body: OnnxBuilder, states: list[str], now: str) -> tuple[list[str], str]:
            recurrent = body.add_weighted_sum(states[0], self.U, f"{name}.U")
            y = self.activation.to_onnx(body, body.add_node("Add", [now, recurrent]), name)
            if self.tau is not None:
                y = body.add_relaxation(states[0], y, relaxation_factor(self.tau.tau, builder.dt))
            return [y], y

        return builder.add_scan(step, [len(self.W)], drive)

    def explain(self) -> Equation:
        """Return the equation and the number of units."""
        equation = (
            "y_t = phi.alt(W x_t + U y_(t-1) + b)"
            if self.tau is None
            else "tau (d y) / (d t) = -y + phi.alt(W x + U y + b)"
        )
        return Equation(
            "Recurrent layer",
            f"{equation}, quad phi.alt(x) = {self.activation.formula}",
            (Symbol("n", "units", str(len(self.W)), "", "the network"),),
        )


def _rnn_attributes(phi: Activation) -> dict[str, Any] | None:
    """Return the attributes of an RNN operator with an activation; None if ONNX has none."""
    if isinstance(phi, Linear):
        return {"activations": ["Affine"], "activation_alpha": [1.0], "activation_beta": [0.0]}
    return {"activations": [phi.onnx_operator]} if isinstance(phi, (Tanh, Relu, Sigmoid)) else None
