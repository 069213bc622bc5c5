r"""Transfer functions of spiking cells: power law, exponential, LIF rate, or a table.

`PowerLaw`, `Exponential` and `LIFRate` have height 1, gain 1 and threshold 0; `Scaled` changes
these. `x` is the summed input, in activation.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.activations.activation import Activation, array_namespace
from bioann.base.arrays import to_floats
from bioann.base.errors import DescriptionError

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder

#: Largest exponent of `Exponential`, which prevents overflow in a network with runaway activity.
LARGEST_EXPONENT = 50.0


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PowerLaw(Activation):
    r""":math:`\phi(x) = \max(x, 0)^p`.

    Describes a noisy cell whose mean membrane potential stays below threshold, with `p` from 2 to 5
    (Hansel and van Vreeswijk 2002; Miller and Troyer 2002).

    Parameters
    ----------
    exponent : float, optional
        Exponent `p`, above 0.
    """

    exponent: float = 2.0

    formula = "max(x, 0)^p"

    def check(self) -> None:
        """Raise `DescriptionError` for an exponent that is not above zero."""
        _check_positive_parameter(self, "exponent", self.exponent)

    def __call__(self, x: Any) -> Any:
        """Return the positive part of `x`, raised to the exponent."""
        xp = array_namespace(x)
        # The inner `where` keeps the gradient at zero below threshold, also for p < 1.
        return xp.where(x > 0, xp.where(x > 0, x, 1.0) ** self.exponent, 0.0)

    def to_onnx(self, builder: OnnxBuilder, x: str, obj: str) -> str:
        """Add a power of the positive part."""
        positive_part = builder.add_node("Relu", [x])
        return builder.add_node("Pow", [positive_part, builder.add_number(self.exponent)])


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Exponential(Activation):
    r""":math:`\phi(x) = e^x`, with `x` limited to at most 50."""

    formula = "e^x"

    def __call__(self, x: Any) -> Any:
        """Return the exponential."""
        xp = array_namespace(x)
        return xp.asarray(xp.exp(xp.minimum(x, LARGEST_EXPONENT)))

    def to_onnx(self, builder: OnnxBuilder, x: str, obj: str) -> str:
        """Add the exponential of the limited input."""
        exponent = builder.add_node("Min", [x, builder.add_number(LARGEST_EXPONENT)])
        return builder.add_node("Exp", [exponent])


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LIFRate(Activation):
    r"""Firing rate of a leaky integrate-and-fire cell driven by a constant current.

    .. math:: \phi(x) = \frac{1}{\rho + \ln(1 + 1/j)}, \quad j = s \ln(1 + e^{x/s})

    and :math:`j = \max(x, 0)` for `s` = 0. `x` is the current above rheobase, divided by
    :math:`g_L (V_{th} - V_r)`; :math:`\phi` is in spikes per membrane time constant; a width above
    0 smooths the onset as noise does (Hunsberger and Eliasmith 2015).

    Parameters
    ----------
    refractory : float, optional
        Refractory period :math:`\rho` in membrane time constants, >= 0; the rate saturates at
        :math:`1/\rho`.
    width : float, optional
        Width `s` of the onset in units of `x`, >= 0; 0 for a sharp onset.
    """

    refractory: float = 0.1
    width: float = 0.0

    formula = "1 / (rho + ln(1 + 1 \\/ j)), quad j = s ln(1 + e^(x \\/ s))"

    def check(self) -> None:
        """Raise `DescriptionError` for a refractory period or width below zero."""
        for field, value in (("refractory", self.refractory), ("width", self.width)):
            if not 0 <= value < np.inf:
                raise DescriptionError(
                    f"LIFRate, {field}", "a number >= 0", repr(value), f"Change {field}."
                )

    def __call__(self, x: Any) -> Any:
        """Return the rate in spikes per membrane time constant; zero below rheobase for `s` = 0."""
        xp = array_namespace(x)
        x = xp.asarray(x)
        if self.width > 0:
            j = self.width * xp.logaddexp(0.0, xp.clip(x / self.width, -700.0, None))
        else:
            j = xp.maximum(x, 0.0)
        fires = j > 0
        interval = self.refractory + xp.log1p(1 / xp.where(fires, xp.maximum(j, 1e-300), 1.0))
        # Without a refractory period the interval can underflow: 1 / ln(1 + 1/j) ~ j for large j.
        return xp.where(fires, 1 / xp.maximum(interval, 1e-16), 0.0)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Scaled(Activation):
    r""":math:`\phi(x) = h \, f(k (x - \theta))`: an activation with height, gain and threshold.

    Parameters
    ----------
    inner : Activation
        The activation function `f` that is scaled.
    height, gain : float, optional
        Height `h` in activation and gain `k` per unit of input, each above 0.
    threshold : float, optional
        Threshold :math:`\theta` in units of the input; any sign.
    """

    inner: Activation
    height: float = 1.0
    gain: float = 1.0
    threshold: float = 0.0

    def check(self) -> None:
        """Raise `DescriptionError` for a height or gain that is not above zero."""
        _check_positive_parameter(self, "height", self.height)
        _check_positive_parameter(self, "gain", self.gain)

    @property
    def formula(self) -> str:
        """The scaling and the formula of the inner activation, in Typst math."""
        return f"h f(k (x - theta)), quad f(x) = {self.inner.formula}"

    def __call__(self, x: Any) -> Any:
        """Return the scaled activation."""
        return self.height * self.inner(
            self.gain * (array_namespace(x).asarray(x) - self.threshold)
        )

    def list_parameters(self) -> tuple[tuple[str, str, float], ...]:
        """Return the scaling parameters, then those of the inner activation."""
        return (*super().list_parameters(), *self.inner.list_parameters())


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Tabulated(Activation):
    r"""Piecewise linear interpolation of a table, extrapolated with the slopes at its ends.

    Parameters
    ----------
    inputs : tuple of float
        Summed inputs in ascending order, at least two.
    outputs : tuple of float
        Activation at each of the inputs.
    """

    inputs: Any
    outputs: Any

    formula = '"a table of " x " and " phi'

    def check(self) -> None:
        """Convert both to tuples; raise `DescriptionError` unless they define a function."""
        for name in ("inputs", "outputs"):
            numbers = to_floats(getattr(self, name), f"Tabulated, {name}")
            self.set_field(name, tuple(numbers.ravel().tolist()))
        x, y = np.array(self.inputs), np.array(self.outputs)
        if len(x) < 2 or x.shape != y.shape or not (np.diff(x) > 0).all():
            raise DescriptionError(
                "Tabulated",
                "two or more ascending inputs, and an output for each",
                f"{len(x)} inputs and {len(y)} outputs"
                + ("" if (np.diff(x) > 0).all() else ", not ascending"),
                "Sort the points by their input.",
            )
        if not np.isfinite([x, y]).all():
            raise DescriptionError(
                "Tabulated", "finite numbers", "NaN or infinite values", "Leave such points out."
            )

    @functools.cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray, float, float]:
        """Return inputs, outputs, and the slopes at both ends."""
        knots, values = np.array(self.inputs), np.array(self.outputs)
        slopes = np.diff(values) / np.diff(knots)
        return knots, values, float(slopes[0]), float(slopes[-1])

    def __call__(self, x: Any) -> Any:
        """Return the interpolated activation."""
        xp = array_namespace(x)
        x = xp.asarray(x)
        knots, values, first_slope, last_slope = self._table
        extrapolation = first_slope * xp.minimum(x - knots[0], 0.0) + last_slope * xp.maximum(
            x - knots[-1], 0.0
        )
        return xp.asarray(xp.interp(x, knots, values) + extrapolation)


def _check_positive_parameter(phi: Activation, field: str, value: float) -> None:
    if not 0 < value < np.inf:
        raise DescriptionError(
            f"{phi.title()}, {field}", "a number above 0", repr(value), f"Change {field}."
        )
