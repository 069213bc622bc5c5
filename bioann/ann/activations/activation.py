r"""Activation functions: what a unit makes of its summed input.

Each is a frozen dataclass that is callable on arrays of any shape. `x` is the summed input, in
activation (1.0 stands for the scale of the unit's match), as NumPy or JAX arrays: whichever
library made `x` computes.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import Description

#: The letter of each parameter in the formulas, in Typst math.
PARAMETER_SYMBOLS = {
    "slope": "a",
    "width": "s",
    "exponent": "p",
    "refractory": "rho",
    "height": "h",
    "gain": "k",
    "threshold": "theta",
}


def array_namespace(x: Any) -> Any:
    """Give the array library that made `x`: `jax.numpy` for JAX arrays, else `numpy`."""
    return x.__array_namespace__() if hasattr(x, "__array_namespace__") else np


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Activation(Description, ABC):
    """Base of all activations; a subclass states its formula in Typst math."""

    @property
    @abstractmethod
    def formula(self) -> str:
        """The right-hand side of ``phi(x)``, in Typst math."""

    @abstractmethod
    def __call__(self, x: Any) -> Any:
        """Return the activation for each summed input."""

    def list_parameters(self) -> tuple[tuple[str, str, float], ...]:
        """Give symbol (Typst math), name and value of each of its numbers."""
        numbers = ((f.name, getattr(self, f.name)) for f in dataclasses.fields(self))
        return tuple(
            (PARAMETER_SYMBOLS.get(name, f'"{name}"'), name, value)
            for name, value in numbers
            if isinstance(value, (int, float))
        )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Linear(Activation):
    r""":math:`\phi(x) = x`."""

    formula = "x"

    def __call__(self, x: Any) -> Any:
        """Return `x` itself."""
        return x


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Relu(Activation):
    r""":math:`\phi(x) = \max(x, 0)`."""

    formula = "max(x, 0)"

    def __call__(self, x: Any) -> Any:
        """Return `x` floored at zero."""
        return array_namespace(x).maximum(x, 0.0)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LeakyRelu(Activation):
    r""":math:`\phi(x) = x` above zero, :math:`a x` below, with ``0 <= a < 1``.

    Parameters
    ----------
    slope : float, optional
        The slope `a` below zero.
    """

    slope: float = 0.01

    formula = 'x "for" x > 0, quad a x "for" x <= 0'

    def check(self) -> None:
        """Raise `DescriptionError` for a slope outside [0, 1)."""
        if not 0 <= self.slope < 1:
            raise DescriptionError(
                "LeakyRelu, slope", "0 <= slope < 1", repr(self.slope), "Try slope=0.01."
            )

    def __call__(self, x: Any) -> Any:
        """Return `x`, its negative part scaled by the slope."""
        return array_namespace(x).where(x > 0, x, self.slope * x)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Tanh(Activation):
    r""":math:`\phi(x) = \tanh x`."""

    formula = "tanh x"

    def __call__(self, x: Any) -> Any:
        """Return the hyperbolic tangent."""
        return array_namespace(x).tanh(x)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Sigmoid(Activation):
    r""":math:`\phi(x) = 1 / (1 + e^{-x})`."""

    formula = "1 / (1 + e^(-x))"

    def __call__(self, x: Any) -> Any:
        """Return the logistic function, computed without overflow."""
        xp = array_namespace(x)
        return xp.exp(-xp.logaddexp(0.0, -x))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Softplus(Activation):
    r""":math:`\phi(x) = s \ln(1 + e^{x / s})`, a ReLU whose corner is rounded over a width `s`.

    Parameters
    ----------
    width : float, optional
        The width `s` in units of input; larger than 0.
    """

    width: float = 1.0

    formula = "s ln(1 + e^(x \\/ s))"

    def check(self) -> None:
        """Raise `DescriptionError` for a width that is not above zero."""
        if not self.width > 0:
            raise DescriptionError(
                "Softplus, width", "a width above 0", repr(self.width), "Use Relu for a sharp bend."
            )

    def __call__(self, x: Any) -> Any:
        """Return the rounded ReLU, computed without overflow."""
        return self.width * array_namespace(x).logaddexp(0.0, x / self.width)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Threshold(Activation):
    r""":math:`\phi(x) = 1` for :math:`x > 0`, else 0 (McCulloch and Pitts 1943)."""

    formula = '1 "for" x > 0, quad 0 "else"'

    def __call__(self, x: Any) -> Any:
        """Return 1 where the input is above zero."""
        return array_namespace(x).where(x > 0, 1.0, 0.0)


#: Short names, as users write them in a description.
ACTIVATIONS_BY_NAME: dict[str, type[Activation]] = {
    "linear": Linear,
    "relu": Relu,
    "leaky_relu": LeakyRelu,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "softplus": Softplus,
    "threshold": Threshold,
}


def resolve_activation(activation: Activation | str, obj: str) -> Activation:
    """Turn a name into an activation with default parameters; pass an activation through.

    Raises
    ------
    UnknownNameError
        If the name is none of `ACTIVATIONS_BY_NAME`.
    """
    if isinstance(activation, Activation):
        return activation
    if activation not in ACTIVATIONS_BY_NAME:
        raise unknown_name_error(obj, "activation", activation, ACTIVATIONS_BY_NAME)
    return ACTIVATIONS_BY_NAME[activation]()
