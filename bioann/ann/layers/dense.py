"""A layer in which every unit reads the whole input."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.activations.activation import resolve_activation
from bioann.ann.layers.layer import Layer, Parameters, RateUnits, Shape
from bioann.ann.layers.unroll import leaky, time_constant
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

    learned = ("W", "bias")
    signed = ("W",)

    @classmethod
    def sized(cls, inputs: int, units: int, activation: Any = "relu", tau: Any = None) -> Dense:
        """Make a layer of zero weights, to be initialised."""
        return cls(np.zeros((units, inputs)), 0.0, activation, tau)

    def check(self) -> None:
        """Bring all fields to arrays, and check that they fit."""
        self.array("W", (None, None), "(unit, input)")
        self.spread("bias", len(self.W), "(unit,)")
        self.set_field("activation", resolve_activation(self.activation, self.title()))
        self.set_field("tau", time_constant(self.tau))

    @property
    def temporal(self) -> bool:
        """Whether the units have a time constant."""
        return self.tau is not None

    @property
    def input_shape(self) -> Shape:
        """``(input,)``."""
        return (self.W.shape[1],)

    def output_shape(self, shape: Shape) -> Shape:
        """Give ``(unit,)``."""
        self.wants(shape, self.input_shape, "(input,)")
        return (self.W.shape[0],)

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Sum, activate, and follow with the time constant."""
        y = self.activation(x @ p["W"].T + p["bias"])
        return y if self.tau is None else leaky(y, self.tau.tau, dt, xp)

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Give the same weights."""
        return RateUnits(self.W, self.bias, self.activation, self.tau)

    def explain(self) -> Explanation:
        """Give the equation and the number of units."""
        left = "y =" if self.tau is None else "tau (d y) / (d t) = -y +"
        units = Parameter("n", "units", str(len(self.W)), "", "the network")
        return Explanation(
            "Dense layer",
            f"{left} phi.alt(W x + b), quad phi.alt(x) = {self.activation.formula}",
            (units,),
        )
