r"""Activation functions: the output of a unit as a function of its summed input.

Each is a frozen dataclass that is callable on arrays of any shape. `x` is the summed input, in
activation (1.0 stands for the scale of the matched population's rate). Arrays of NumPy, JAX and
PyTorch are computed by their own library.
"""

from __future__ import annotations

import dataclasses
import sys
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bioann.ann.activations.torch_namespace import TorchNamespace
from bioann.base.description import Description
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import shorten_repr

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder

#: Symbol of each parameter in the formulas, in Typst math.
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
    """Return the array library of `x`: that of JAX or PyTorch arrays, `numpy` for all else."""
    if isinstance(x, np.ndarray):
        return np
    jax = sys.modules.get("jax")  # without an import of JAX there are no JAX arrays
    if jax is not None and isinstance(x, jax.Array):
        return jax.numpy
    torch = sys.modules.get("torch")
    is_tensor = torch is not None and isinstance(x, getattr(torch, "Tensor", ()))
    return TorchNamespace(torch) if is_tensor else np


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Activation(Description, ABC):
    """Base of all activation functions; a subclass states its formula in Typst math."""

    #: Name of the ONNX operator without attributes that computes it, if there is one.
    onnx_operator: ClassVar[str | None] = None
    #: Whether it never falls and has no jumps, so that rectified lines approximate it.
    is_continuous_rise: ClassVar[bool] = True

    @property
    @abstractmethod
    def formula(self) -> str:
        """The right-hand side of ``phi(x) = ...``, in Typst math."""

    @abstractmethod
    def __call__(self, x: Any) -> Any:
        """Return the activation for each summed input."""

    def to_onnx(self, builder: OnnxBuilder, x: str, obj: str) -> str:
        """Add the function to an ONNX graph and return the name of the output tensor.

        Parameters
        ----------
        builder : OnnxBuilder
            The graph under construction.
        x : str
            Tensor of the summed inputs.
        obj : str
            The layer or unit, for the error.

        Raises
        ------
        DescriptionError
            If ONNX has no operators for the function.
        """
        if self.onnx_operator is None:
            raise DescriptionError(
                obj,
                "an activation that ONNX has",
                type(self).__name__,
                "Choose another activation, or run the network with bioann.",
            )
        return builder.add_node(self.onnx_operator, [x])

    def list_parameters(self) -> tuple[tuple[str, str, float], ...]:
        """Return symbol (Typst math), name and value of each numerical parameter."""
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

    def to_onnx(self, builder: OnnxBuilder, x: str, obj: str) -> str:
        """Return the input tensor."""
        return x


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Relu(Activation):
    r""":math:`\phi(x) = \max(x, 0)`."""

    formula = "max(x, 0)"
    onnx_operator = "Relu"

    def __call__(self, x: Any) -> Any:
        """Return the positive part of `x`."""
        return array_namespace(x).maximum(x, 0.0)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LeakyRelu(Activation):
    r""":math:`\phi(x) = x` above zero, :math:`a x` below, with ``0 <= a < 1``.

    Parameters
    ----------
    slope : float, optional
        Slope `a` below zero, at least 0 and below 1.
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

    def to_onnx(self, builder: OnnxBuilder, x: str, obj: str) -> str:
        """Add a LeakyRelu operator, whose slope is an attribute in single precision."""
        return builder.add_node("LeakyRelu", [x], alpha=self.slope)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Tanh(Activation):
    r""":math:`\phi(x) = \tanh x`."""

    formula = "tanh x"
    onnx_operator = "Tanh"

    def __call__(self, x: Any) -> Any:
        """Return the hyperbolic tangent."""
        return array_namespace(x).tanh(x)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Sigmoid(Activation):
    r""":math:`\phi(x) = 1 / (1 + e^{-x})`."""

    formula = "1 / (1 + e^(-x))"
    onnx_operator = "Sigmoid"

    def __call__(self, x: Any) -> Any:
        """Return the logistic function, written so that nothing overflows."""
        xp = array_namespace(x)
        return xp.exp(-xp.logaddexp(0.0, -x))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Softplus(Activation):
    r""":math:`\phi(x) = s \ln(1 + e^{x / s})`, a smooth ReLU.

    Parameters
    ----------
    width : float, optional
        Width `s` of the transition in units of the input, above 0.
    """

    width: float = 1.0

    formula = "s ln(1 + e^(x \\/ s))"

    def check(self) -> None:
        """Raise `DescriptionError` for a width that is not above zero."""
        if not self.width > 0:
            raise DescriptionError(
                "Softplus, width", "a width above 0", repr(self.width), "Use Relu for width 0."
            )

    def __call__(self, x: Any) -> Any:
        """Return the smooth ReLU, written so that nothing overflows."""
        return self.width * array_namespace(x).logaddexp(0.0, x / self.width)

    def to_onnx(self, builder: OnnxBuilder, x: str, obj: str) -> str:
        """Add a Softplus operator, scaled unless the width is 1."""
        if self.width == 1.0:
            return builder.add_node("Softplus", [x])
        width = builder.add_number(self.width)
        scaled = builder.add_node("Div", [x, width])
        return builder.add_node("Mul", [builder.add_node("Softplus", [scaled]), width])


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Threshold(Activation):
    r""":math:`\phi(x) = 1` for :math:`x > 0`, else 0 (McCulloch and Pitts 1943)."""

    formula = '1 "for" x > 0, quad 0 "else"'
    is_continuous_rise = False

    def __call__(self, x: Any) -> Any:
        """Return 1 where the input is above zero."""
        return array_namespace(x).where(x > 0, 1.0, 0.0)

    def to_onnx(self, builder: OnnxBuilder, x: str, obj: str) -> str:
        """Add a comparison with zero."""
        is_above = builder.add_node("Greater", [x, builder.add_number(0.0)])
        return builder.add_node("Cast", [is_above], to=builder.element_type)


#: Short names that stand for activations with default parameters.
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
    """Return the activation of a name, with default parameters; return an activation unchanged.

    Raises
    ------
    UnknownNameError
        If the name is not in `ACTIVATIONS_BY_NAME`.
    """
    if isinstance(activation, Activation):
        return activation
    if not isinstance(activation, str):
        raise DescriptionError(
            f"{obj}, activation",
            "an activation or its name",
            shorten_repr(activation),
            "Write 'relu', or choose one in bioann.activations.",
        )
    if activation not in ACTIVATIONS_BY_NAME:
        raise unknown_name_error(obj, "activation", activation, ACTIVATIONS_BY_NAME)
    return ACTIVATIONS_BY_NAME[activation]()
