r"""Activations that describe the rate of a cell: onset, curvature, saturation, or a whole table.

Those with a shape alone (`PowerLaw`, `Exponential`, `LIFRate`) have height, gain and threshold one,
one and zero; `Scaled` gives them others. `x` is the summed input, in activation.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Activation, array_namespace
from bioann.base.errors import DescriptionError

#: Largest exponent: beyond it a runaway unit would leave the numbers that a computer can hold.
LARGEST_EXPONENT = 50.0


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PowerLaw(Activation):
    r""":math:`\phi(x) = \max(x, 0)^p`.

    Membrane noise makes it of a cell whose mean potential stays below threshold, with `p` of 2 to
    5 (Hansel and van Vreeswijk 2002; Miller and Troyer 2002).

    Parameters
    ----------
    exponent : float, optional
        `p`, above 0.
    """

    exponent: float = 2.0

    formula = "max(x, 0)^p"

    def check(self) -> None:
        """Raise `DescriptionError` for an exponent that is not above zero."""
        _check_positive_parameter(self, "exponent")

    def __call__(self, x: Any) -> Any:
        """Return the positive part to the power."""
        xp = array_namespace(x)
        # Where it is flat its slope is zero, also for an exponent below one.
        return xp.where(x > 0, xp.where(x > 0, x, 1.0) ** self.exponent, 0.0)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Exponential(Activation):
    r""":math:`\phi(x) = e^x`, whose exponent is cut at 50."""

    formula = "e^x"

    def __call__(self, x: Any) -> Any:
        """Return the exponential."""
        xp = array_namespace(x)
        return xp.asarray(xp.exp(xp.minimum(x, LARGEST_EXPONENT)))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LIFRate(Activation):
    r"""The rate of a leaky integrate-and-fire cell under a constant current.

    .. math:: \phi(x) = \frac{1}{\rho + \ln(1 + 1/j)}, \quad j = s \ln(1 + e^{x/s})

    and :math:`j = \max(x, 0)` for `s` = 0. `x` is the current above rheobase over
    :math:`g_L (V_{th} - V_r)`; :math:`\phi` is in spikes per membrane time constant; a width rounds
    the onset as noise does (Hunsberger and Eliasmith 2015).

    Parameters
    ----------
    refractory : float, optional
        :math:`\rho`, the refractory period in membrane time constants, >= 0: the curve ends at
        :math:`1/\rho`.
    width : float, optional
        `s`, >= 0.
    """

    refractory: float = 0.1
    width: float = 0.0

    formula = "1 / (rho + ln(1 + 1 \\/ j)), quad j = s ln(1 + e^(x \\/ s))"

    def check(self) -> None:
        """Raise `DescriptionError` for a refractory period or width below zero."""
        for field in ("refractory", "width"):
            value = getattr(self, field)
            if not 0 <= value < np.inf:
                raise DescriptionError(
                    f"LIFRate, {field}", "a number >= 0", repr(value), f"Change {field}."
                )

    def __call__(self, x: Any) -> Any:
        """Return the rate; zero below rheobase."""
        xp = array_namespace(x)
        x = xp.asarray(x)
        if self.width > 0:
            j = self.width * xp.logaddexp(0.0, xp.clip(x / self.width, -700.0, None))
        else:
            j = xp.maximum(x, 0.0)
        fires = j > 0
        interval = self.refractory + xp.log1p(1 / xp.where(fires, xp.maximum(j, 1e-300), 1.0))
        # Without a refractory period the rate grows as the current does, by 1 / ln(1 + 1/j) ~ j.
        return xp.where(fires, 1 / xp.maximum(interval, 1e-16), 0.0)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Scaled(Activation):
    r""":math:`\phi(x) = h \, f(k (x - \theta))`: another activation with height, gain, threshold.

    Parameters
    ----------
    inner : Activation
        `f`.
    height, gain : float, optional
        `h` and `k`, each above 0.
    threshold : float, optional
        :math:`\theta`.
    """

    inner: Activation
    height: float = 1.0
    gain: float = 1.0
    threshold: float = 0.0

    def check(self) -> None:
        """Raise `DescriptionError` for a height or gain that is not above zero."""
        for field in ("height", "gain"):
            _check_positive_parameter(self, field)

    @property
    def formula(self) -> str:
        """The scaling, and the formula of what is scaled."""
        return f"h f(k (x - theta)), quad f(x) = {self.inner.formula}"

    def __call__(self, x: Any) -> Any:
        """Return the scaled activation."""
        return self.height * self.inner(
            self.gain * (array_namespace(x).asarray(x) - self.threshold)
        )

    def list_parameters(self) -> tuple[tuple[str, str, float], ...]:
        """Give its own numbers and those of what it scales."""
        return (*super().list_parameters(), *self.inner.list_parameters())


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Tabulated(Activation):
    r"""A curve written out: straight lines between points, the end slopes kept beyond them.

    Parameters
    ----------
    inputs : tuple of float
        At least two, ascending.
    outputs : tuple of float
        As many.
    """

    inputs: Any
    outputs: Any

    formula = '"a table of " x " and " phi'

    def check(self) -> None:
        """Keep both as tuples; raise `DescriptionError` unless they are a function."""
        for field in ("inputs", "outputs"):
            self.set_field(field, tuple(float(v) for v in getattr(self, field)))
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

    def __call__(self, x: Any) -> Any:
        """Return the interpolated curve."""
        xp = array_namespace(x)
        x = xp.asarray(x)
        knots, values = np.array(self.inputs), np.array(self.outputs)
        first_slope, last_slope = (np.diff(values) / np.diff(knots))[[0, -1]]
        extrapolation = first_slope * xp.minimum(x - knots[0], 0.0) + last_slope * xp.maximum(
            x - knots[-1], 0.0
        )
        return xp.asarray(xp.interp(x, knots, values) + extrapolation)


def _check_positive_parameter(phi: Activation, field: str) -> None:
    value = getattr(phi, field)
    if not 0 < value < np.inf:
        raise DescriptionError(
            f"{phi.title()}, {field}", "a number above 0", repr(value), f"Change {field}."
        )
