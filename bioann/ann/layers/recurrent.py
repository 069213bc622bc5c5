"""A layer whose units also read each other's last answer."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.activations.activation import resolve_activation
from bioann.ann.layers.layer import Layer, Parameters, RateUnits, Shape
from bioann.ann.layers.unroll import relaxation_factor, unroll, validate_time_constant
from bioann.base.errors import DescriptionError
from bioann.model import Explanation, Parameter


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Recurrent(Layer):
    r"""Units that read the input and themselves; they begin at zero.

    .. math:: y_t = \phi(W x_t + U y_{t-1} + b), \qquad\text{or}\quad
              \tau \frac{dy}{dt} = -y + \phi(W x + U y + b)

    Parameters
    ----------
    W : array_like, shape (unit, input)
        Weights from the input.
    U : array_like, shape (unit, unit)
        Weights between the units.
    bias : float or array_like, shape (unit,), optional
        Added to the sums.
    activation : str or Activation, optional
        :math:`\phi`.
    tau : quantity, optional
        Time constant of all units; unless given a unit answers once per time step (Elman 1990).
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
        """Make a layer of zero weights, to be initialised."""
        return cls(
            np.zeros((n_units, n_inputs)), np.zeros((n_units, n_units)), 0.0, activation, tau
        )

    def check(self) -> None:
        """Bring all fields to arrays, and check that they fit."""
        self.set_array("W", (None, None), "(unit, input)")
        n = len(self.W)
        self.set_array("U", (n, n), "(unit, unit)")
        self.set_vector("bias", n, "(unit,)")
        self.set_field("activation", resolve_activation(self.activation, self.title()))
        self.set_field("tau", validate_time_constant(self.tau))

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
        return (self.W.shape[0],)

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Follow the units through time."""
        drive = x @ p["W"].T + p["bias"]
        factor = 1.0 if self.tau is None else relaxation_factor(self.tau.tau, dt)

        def step(y: Any, drive_t: Any) -> tuple[Any, Any]:
            target = self.activation(drive_t + y @ p["U"].T)
            y = target if self.tau is None else y + factor * (target - y)
            return y, y

        return unroll(step, xp.zeros_like(drive[:, 0]), drive, xp)

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Give the same weights; a layer without a time constant cannot be written so."""
        if self.tau is None:
            raise DescriptionError(
                "Recurrent",
                "a time constant: units of a rate network in a loop have one, or are at rest",
                "units that answer once per time step",
                "Give tau=10 * ms, for example.",
            )
        return RateUnits(self.W, self.bias, self.activation, self.tau, self.U)

    def explain(self) -> Explanation:
        """Give the equation and the number of units."""
        equation = (
            "y_t = phi.alt(W x_t + U y_(t-1) + b)"
            if self.tau is None
            else "tau (d y) / (d t) = -y + phi.alt(W x + U y + b)"
        )
        return Explanation(
            "Recurrent layer",
            f"{equation}, quad phi.alt(x) = {self.activation.formula}",
            (Parameter("n", "units", str(len(self.W)), "", "the network"),),
        )
