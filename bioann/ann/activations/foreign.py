"""Activation functions that other libraries use beside the common ones."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from bioann.ann.activations.activation import Activation, array_namespace
from bioann.ann.activations.torch_namespace import TorchNamespace
from bioann.base.errors import DescriptionError

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Clip(Activation):
    r""":math:`\phi(x) = \min(\max(x, l), h)`; ReLU6 is ``Clip(0, 6)``.

    Parameters
    ----------
    low, high : float, optional
        Lowest value `l` and highest value `h`, in activation; None for no limit.
    """

    low: float | None = 0.0
    high: float | None = 1.0

    formula = "min(max(x, l), h)"

    def check(self) -> None:
        """Raise `DescriptionError` unless the lowest value is below the highest."""
        low, high = self.limits
        if not low < high:
            raise DescriptionError(
                "Clip, low", f"a number below high, {self.high}", repr(self.low), "Swap them."
            )

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest value; infinite for no limit."""
        low = -np.inf if self.low is None else self.low
        return low, np.inf if self.high is None else self.high

    def __call__(self, x: Any) -> Any:
        """Return `x` within the limits."""
        xp, (low, high) = array_namespace(x), self.limits
        return xp.minimum(xp.maximum(x, low), high)

    def to_onnx(self, builder: OnnxBuilder, x: str, obj: str) -> str:
        """Add a Clip operator."""
        limits = ("" if v is None else builder.add_number(v) for v in (self.low, self.high))
        return builder.add_node("Clip", [x, *limits])


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Elu(Activation):
    r""":math:`\phi(x) = x` above zero, :math:`d (e^x - 1)` below (Clevert et al. 2016).

    Parameters
    ----------
    depth : float, optional
        Depth `d` of the asymptote below zero, in activation, at least 0.
    """

    depth: float = 1.0

    formula = 'x "for" x > 0, quad d (e^x - 1) "for" x <= 0'

    def check(self) -> None:
        """Raise `DescriptionError` for a depth below zero."""
        if not 0 <= self.depth < np.inf:
            raise DescriptionError("Elu, depth", "a number >= 0", repr(self.depth), "Try depth=1.")

    def __call__(self, x: Any) -> Any:
        """Return the function, written so that nothing overflows."""
        xp = array_namespace(x)
        return xp.where(x > 0, x, self.depth * xp.expm1(xp.minimum(x, 0.0)))

    def to_onnx(self, builder: OnnxBuilder, x: str, obj: str) -> str:
        """Add an Elu operator, whose depth is an attribute in single precision."""
        return builder.add_node("Elu", [x], alpha=self.depth)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Softsign(Activation):
    r""":math:`\phi(x) = x / (1 + |x|)`."""

    formula = "x / (1 + |x|)"
    onnx_operator = "Softsign"

    def __call__(self, x: Any) -> Any:
        """Return the function."""
        return x / (1 + array_namespace(x).abs(x))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Absolute(Activation):
    r""":math:`\phi(x) = |x|`."""

    formula = "|x|"
    is_continuous_rise = False
    onnx_operator = "Abs"

    def __call__(self, x: Any) -> Any:
        """Return the absolute value."""
        return array_namespace(x).abs(x)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Quantize(Activation):
    r"""Rounding to whole steps: :math:`\phi(x) = s \min(\max(\text{round}(x / s), l), h)`.

    Networks in whole numbers of 8 bits round the outputs of their units like this (Jacob et al.
    2018). Halves are rounded to even numbers.

    Parameters
    ----------
    step : float
        Size `s` of a step, in activation, above 0.
    low, high : float
        Lowest and highest number of steps, `l` and `h`.
    """

    step: float
    low: float = -128.0
    high: float = 127.0

    is_continuous_rise = False
    formula = "s min(max(round(x \\/ s), l), h)"

    def check(self) -> None:
        """Raise `DescriptionError` for a step of zero or less, or for limits that are swapped."""
        if not (0 < self.step < np.inf and self.low < self.high):
            raise DescriptionError(
                "Quantize, step",
                "a step above 0, and low < high",
                f"step {self.step}, {self.low} to {self.high}",
                "Pass Quantize(0.1, -128, 127), for example.",
            )

    def __call__(self, x: Any) -> Any:
        """Return the nearest of the possible values."""
        xp = array_namespace(x)
        steps = xp.minimum(xp.maximum(xp.round(x / self.step), self.low), self.high)
        return self.step * steps


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Power(Activation):
    r""":math:`\phi(x) = x^p`; the square root is ``Power(0.5)``, the reciprocal ``Power(-1)``.

    Parameters
    ----------
    exponent : float
        Exponent `p`, any finite number; unless it is whole, inputs below zero have no result (NaN).
    """

    exponent: float

    is_continuous_rise = False
    formula = "x^p"

    def check(self) -> None:
        """Raise `DescriptionError` for an exponent that is no finite number."""
        if not np.isfinite(self.exponent):
            raise DescriptionError(
                "Power, exponent", "a finite number", repr(self.exponent), "Try exponent=2."
            )

    def __call__(self, x: Any) -> Any:
        """Return `x`, raised to the exponent."""
        return x**self.exponent

    def to_onnx(self, builder: OnnxBuilder, x: str, obj: str) -> str:
        """Add a Pow operator."""
        return builder.add_node("Pow", [x, builder.add_number(self.exponent)])


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class UnlimitedExponential(Activation):
    r""":math:`\phi(x) = e^x`, which overflows for large inputs, unlike `Exponential`."""

    formula = "e^x"
    onnx_operator = "Exp"

    def __call__(self, x: Any) -> Any:
        """Return the exponential."""
        return array_namespace(x).exp(x)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Logarithm(Activation):
    r""":math:`\phi(x) = \ln x`; inputs below zero have no result (NaN)."""

    formula = "ln x"
    is_continuous_rise = False
    onnx_operator = "Log"

    def __call__(self, x: Any) -> Any:
        """Return the natural logarithm."""
        return array_namespace(x).log(x)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ErrorFunction(Activation):
    r""":math:`\phi(x) = \mathrm{erf}(x)`, the part of the GELU that is no product."""

    formula = 'op("erf")(x)'
    onnx_operator = "Erf"

    def __call__(self, x: Any) -> Any:
        """Return the error function."""
        xp = array_namespace(x)
        if xp is np:
            return special.erf(x)
        if isinstance(xp, TorchNamespace):
            return xp.erf(x)
        from jax.scipy import special as jax_special  # only for JAX arrays: JAX is optional

        return jax_special.erf(x)
