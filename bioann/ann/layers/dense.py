"""Fully connected layer."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.activations.activation import resolve_activation
from bioann.ann.layers.layer import Layer, Parameters, RateUnits, Shape
from bioann.ann.layers.unroll import leaky_integrate, relaxation_factor, validate_time_constant
from bioann.base.equations import Equation, Symbol

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Dense(Layer):
    r"""Fully connected layer: every unit sums the whole input.

    .. math:: y = \phi(W x + b), \qquad\text{or}\quad
              \tau \frac{dy}{dt} = -y + \phi(W x + b)

    Parameters
    ----------
    W : array_like, shape (unit, input)
        Weights from the input; rows are targets, columns are sources.
    bias : float or array_like, shape (unit,), optional
        Bias added to the summed input of each unit.
    activation : str or Activation, optional
        Activation function :math:`\phi` of all units, an object or its name (``"relu"``).
    tau : quantity, optional
        Time constant :math:`\tau` of all units, above 0; None (the default) for static units.
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
        """Build a layer of zero weights, to be initialised."""
        return cls(np.zeros((n_units, n_inputs)), 0.0, activation, tau)

    def check(self) -> None:
        """Convert all fields to arrays and check their shapes."""
        self.set_array("W", (None, None), "(unit, input)")
        self.set_vector("bias", len(self.W), "(unit,)")
        self.set_field("activation", resolve_activation(self.activation, self.title()))
        self.set_field("tau", validate_time_constant(self.tau))

    @property
    def has_time_constant(self) -> bool:
        """Whether the units are leaky integrators."""
        return self.tau is not None

    @property
    def is_temporal(self) -> bool:
        """Whether the output depends on earlier inputs: with a time constant."""
        return self.has_time_constant

    @property
    def input_shape(self) -> Shape:
        """``(input,)``."""
        return (self.W.shape[1],)

    def output_shape(self, shape: Shape) -> Shape:
        """Return ``(unit,)``."""
        self.require_input_shape(shape, self.input_shape, "(input,)")
        return (self.W.shape[0],)

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the activation of the weighted sums, low-pass filtered with `tau`."""
        y = self.activation(x @ p["W"].T + p["bias"])
        return y if self.tau is None else leaky_integrate(y, self.tau.tau, dt, xp)

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Return rate units with the layer's own weights."""
        return RateUnits(self.W, self.bias, self.activation, self.tau)

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add the weighted sum, the activation and, with a time constant, a leaky integrator."""
        sums = builder.add_affine(x, self.W, self.bias, name)
        response = self.activation.to_onnx(builder, sums, name)
        if self.tau is None:
            return response
        factor = relaxation_factor(self.tau.tau, builder.dt)

        def step(body: OnnxBuilder, states: list[str], target: str) -> tuple[list[str], str]:
            y = body.add_relaxation(states[0], target, factor)
            return [y], y

        return builder.add_scan(step, [len(self.W)], response)

    def explain(self) -> Equation:
        """Return the equation and the number of units."""
        left_hand_side = "y =" if self.tau is None else "tau (d y) / (d t) = -y +"
        size = Symbol("n", "units", str(len(self.W)), "", "the network")
        return Equation(
            "Dense layer",
            f"{left_hand_side} phi.alt(W x + b), quad phi.alt(x) = {self.activation.formula}",
            (size,),
        )
