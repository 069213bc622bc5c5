"""A layer in which every unit reads the whole input."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.activations.activation import resolve_activation
from bioann.ann.layers.layer import Layer, Parameters, RateUnits, Shape
from bioann.ann.layers.unroll import leaky_integrate, validate_time_constant
from bioann.model import Explanation, Parameter


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Dense(Layer):
    r"""Weighted sums of the whole input.

    .. math:: y = \phi(W x + b), \qquad\text{or}\quad
              \tau \frac{dy}{dt} = -y + \phi(W x + b)

    Parameters
    ----------
    W : array_like, shape (unit, input)
        Weights.
    bias : float or array_like, shape (unit,), optional
        Added to the sums.
    activation : str or Activation, optional
        :math:`\phi`.
    tau : quantity, optional
        Time constant of all units; static units unless given.
    """

    W: Any
    bias: Any = 0.0
    activation: Any = "relu"
    tau: Any = None

    trainable_fields = ("W", "bias")
    signed_fields = ("W",)

    @classmethod
    def of_size(
        cls, n_inputs: int, n_units: int, activation: Any = "relu", tau: Any = None
    ) -> Dense:
        """Make a layer of zero weights, to be initialised."""
        return cls(np.zeros((n_units, n_inputs)), 0.0, activation, tau)

    def check(self) -> None:
        """Bring all fields to arrays, and check that they fit."""
        self.set_array("W", (None, None), "(unit, input)")
        self.set_vector("bias", len(self.W), "(unit,)")
        self.set_field("activation", resolve_activation(self.activation, self.title()))
        self.set_field("tau", validate_time_constant(self.tau))

    @property
    def is_temporal(self) -> bool:
        """Whether the units have a time constant."""
        return self.tau is not None

    @property
    def input_shape(self) -> Shape:
        """``(input,)``."""
        return (self.W.shape[1],)

    def output_shape(self, shape: Shape) -> Shape:
        """Give ``(unit,)``."""
        self.require_input_shape(shape, self.input_shape, "(input,)")
        return (self.W.shape[0],)

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Sum, activate, and follow with the time constant."""
        y = self.activation(x @ p["W"].T + p["bias"])
        return y if self.tau is None else leaky_integrate(y, self.tau.tau, dt, xp)

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Give the same weights."""
        return RateUnits(self.W, self.bias, self.activation, self.tau)

    def explain(self) -> Explanation:
        """Give the equation and the number of units."""
        left_hand_side = "y =" if self.tau is None else "tau (d y) / (d t) = -y +"
        size = Parameter("n", "units", str(len(self.W)), "", "the network")
        return Explanation(
            "Dense layer",
            f"{left_hand_side} phi.alt(W x + b), quad phi.alt(x) = {self.activation.formula}",
            (size,),
        )
