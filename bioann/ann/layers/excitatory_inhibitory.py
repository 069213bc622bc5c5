"""A layer of excitatory units with feedforward inhibition, subtractive and divisive."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.activations.activation import resolve_activation
from bioann.ann.layers.layer import DrawWeights, Layer, Parameters, RateUnits, Shape
from bioann.base.equations import Equation, Symbol

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder

#: Added to the divisor, which is otherwise zero where no inhibitory unit is active.
EPSILON = 1e-8


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ExcitatoryInhibitory(Layer):
    r"""Excitatory units with linear feedforward interneurons; all weights are magnitudes.

    .. math:: h = W_{IE} x, \qquad
              y = \phi\Big(\frac{g}{W_{EI} (e^{\alpha} h) + \epsilon} (W_{EE} x - W_{EI} h) + b\Big)

    Without shunting :math:`y = \phi(W_{EE} x - W_{EI} h + b)`. The input must be non-negative, like
    firing rates. Equations and initial weights follow the code of Cornford et al. 2021 ("Learning
    to live with Dale's principle", github.com/linclab/ltlwdp).

    Parameters
    ----------
    W_EE : array_like, shape (unit, input)
        Excitatory weights from the input to the units, 0 or more.
    W_IE : array_like, shape (interneuron, input)
        Excitatory weights from the input to the interneurons, 0 or more.
    W_EI : array_like, shape (unit, interneuron)
        Magnitudes of the inhibitory weights from interneurons to units, 0 or more.
    alpha : float or array_like, shape (interneuron,), optional
        :math:`\alpha`, the logarithm of each interneuron's divisive strength; any sign.
    gain : float or array_like, shape (unit,), optional
        Gain :math:`g` of each unit, 0 or more; used with shunting only.
    bias : float or array_like, shape (unit,), optional
        Bias :math:`b` of each unit, added after the division.
    activation : str or Activation, optional
        Activation function :math:`\phi` of all units, an object or its name (``"relu"``).
    shunting : bool, optional
        Whether inhibition also divides the summed input; otherwise it only subtracts.
    """

    W_EE: Any
    W_IE: Any
    W_EI: Any
    alpha: Any = 0.0
    gain: Any = 1.0
    bias: Any = 0.0
    activation: Any = "relu"
    shunting: bool = True

    trainable_fields = ("W_EE", "W_IE", "W_EI", "alpha", "gain", "bias")
    non_negative_fields = ("W_EE", "W_IE", "W_EI", "gain")

    @classmethod
    def of_size(
        cls,
        n_inputs: int,
        n_units: int,
        n_interneurons: int,
        activation: Any = "relu",
        shunting: bool = True,
    ) -> ExcitatoryInhibitory:
        """Build a layer of zero weights, to be initialised."""
        W_EE, W_IE = np.zeros((n_units, n_inputs)), np.zeros((n_interneurons, n_inputs))
        W_EI = np.zeros((n_units, n_interneurons))
        return cls(W_EE, W_IE, W_EI, activation=activation, shunting=shunting)

    def check(self) -> None:
        """Convert all fields to arrays and check their shapes."""
        self.set_array("W_EE", (None, None), "(unit, input)")
        units, inputs = self.W_EE.shape
        self.set_array("W_IE", (None, inputs), "(interneuron, input)")
        self.set_array("W_EI", (units, len(self.W_IE)), "(unit, interneuron)")
        self.set_vector("alpha", len(self.W_IE), "(interneuron,)")
        self.set_vector("gain", units, "(unit,)")
        self.set_vector("bias", units, "(unit,)")
        self.set_field("activation", resolve_activation(self.activation, self.title()))

    @property
    def input_shape(self) -> Shape:
        """``(input,)``."""
        return (self.W_EE.shape[1],)

    @property
    def learning_rate_factors(self) -> dict[str, float]:
        r"""Smaller learning rates for the inhibitory parameters.

        A change of an inhibitory weight alters the output more than a change of an excitatory one.
        For `d` inputs and `n` units the steps of :math:`W_{IE}` are divided by :math:`\sqrt n`,
        those of :math:`W_{EI}` by `d`, those of :math:`\alpha` by :math:`\sqrt n d`, corrections
        from the Fisher information (Cornford et al. 2021; ``cSGD_Mixin`` in their code).
        """
        units, inputs = self.W_EE.shape
        root = float(np.sqrt(units))
        return {"W_IE": 1 / root, "W_EI": 1 / inputs, "alpha": 1 / (root * inputs)}

    def output_shape(self, shape: Shape) -> Shape:
        """Return ``(unit,)``."""
        self.require_input_shape(shape, self.input_shape, "(input,)")
        return (self.W_EE.shape[0],)

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute excitation minus inhibition, divide with shunting, and apply the activation."""
        h = x @ p["W_IE"].T
        z = x @ p["W_EE"].T - h @ p["W_EI"].T
        if self.shunting:
            z = p["gain"] * z / ((xp.exp(p["alpha"]) * h) @ p["W_EI"].T + EPSILON)
        return self.activation(z + p["bias"])

    def draw_parameters(
        self, draw_weights: DrawWeights, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        r"""Draw the initial weights of Cornford et al. 2021, whatever other layers use.

        Excitatory weights are exponential with the mean :math:`\sqrt{2\pi/(d(2\pi-1))}` for `d`
        inputs, and so are the weights to the interneurons if there are several; a single
        interneuron has the mean excitatory weights (in the original they are smaller in the first
        layer, by a factor that the division cancels). Each unit is inhibited by the mean of the
        interneurons, :math:`e^\alpha = \sqrt{(2\pi-1)/d}`, gains are 1 and biases 0.
        """
        units, inputs = self.W_EE.shape
        n_interneurons = len(self.W_IE)
        mean = np.sqrt(2 * np.pi / (inputs * (2 * np.pi - 1)))
        excitatory = rng.exponential(mean, (units, inputs))
        to_interneurons = rng.exponential(mean, (n_interneurons, inputs))
        return {
            "W_EE": excitatory,
            "W_IE": to_interneurons
            if n_interneurons > 1
            else excitatory.mean(axis=0, keepdims=True),
            "W_EI": np.full((units, n_interneurons), 1 / n_interneurons),
            "alpha": np.full(n_interneurons, np.log(np.sqrt((2 * np.pi - 1) / inputs))),
            "gain": np.ones(units),
            "bias": np.zeros(units),
        }

    def signed_weights(self, p: Parameters) -> dict[str, Any]:
        r"""Compute :math:`W_{EE} - W_{EI} W_{IE}`, the signed weights before any division."""
        return {"W": p["W_EE"] - p["W_EI"] @ p["W_IE"]}

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Return rate units with the effective signed weights; requires ``shunting=False``."""
        if self.shunting:
            Layer.to_rate_units(self, shape)
        return RateUnits(self.signed_weights(self.parameters)["W"], self.bias, self.activation)

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add the operators of the equation; inhibitory weights are negative in the file."""
        h = builder.add_weighted_sum(x, self.W_IE, f"{name}.W_IE")
        excitation = builder.add_weighted_sum(x, self.W_EE, f"{name}.W_EE")
        inhibition = builder.add_weighted_sum(h, -self.W_EI, f"{name}.W_EI")
        z = builder.add_node("Add", [excitation, inhibition])
        if self.shunting:
            divisive_weights = -self.W_EI * np.exp(self.alpha)
            shunt = builder.add_weighted_sum(h, divisive_weights, f"{name}.division")
            divisor = builder.add_node("Sub", [builder.add_number(EPSILON), shunt])
            scaled = builder.add_node("Mul", [z, builder.add_number(self.gain)])
            z = builder.add_node("Div", [scaled, divisor])
        argument = builder.add_node("Add", [z, builder.add_number(self.bias)])
        return self.activation.to_onnx(builder, argument, name)

    def explain(self) -> Equation:
        """Return the equation and the numbers of excitatory and inhibitory units."""
        z = "W_(E E) x - W_(E I) h"
        argument = f"g / (W_(E I) (e^alpha h)) ({z}) + b" if self.shunting else f"{z} + b"
        return Equation(
            "Excitatory and inhibitory units",
            f"h = W_(I E) x, quad y = phi.alt({argument}), "
            f"quad phi.alt(x) = {self.activation.formula}",
            (
                Symbol("n_E", "excitatory units", str(len(self.W_EE)), "", "the network"),
                Symbol("n_I", "inhibitory units", str(len(self.W_IE)), "", "the network"),
            ),
        )
