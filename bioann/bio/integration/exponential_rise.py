"""The step of a potential that rises exponentially, which the integrator derives from equations."""

from __future__ import annotations

from typing import NamedTuple

import sympy
from brian2.parsing.sympytools import sympy_to_str

#: Prefix of the variables that the step of an exponential rise defines: ``_swing_v``, the potential
#: after the first half step of `L`; ``_swing_start`` and ``_swing_end``, `u` at start and end of
#: the whole step relative to `u` at ``_swing_v``, negative after the divergence; ``_swing_slope``,
#: 1/Delta.
SWING = "_swing"
#: Smallest `u`, relative to its value at ``_swing_v``: v has then risen by 7 Delta, enough for a
#: spike, and an adaptation current never sees the diverging potential.
_SMALLEST_U = 1e-3


class ExponentialRise(NamedTuple):
    """Terms of dv/dt = other terms + coefficient * exponential; slope of the exponent in v."""

    other_terms: sympy.Expr
    exponential: sympy.Expr
    slope: sympy.Expr
    coefficient: sympy.Expr


def write_rise_step(
    rise: ExponentialRise, dt: float, first_half: list[str], second_half: list[str]
) -> list[str]:
    """Write the step of a potential that rises exponentially.

    Parameters
    ----------
    rise : ExponentialRise
        Terms of the equation of the potential.
    dt : float
        Time step in seconds.
    first_half, second_half : list of str
        Both half steps of the other terms.

    Returns
    -------
    list of str
        Lines of Brian2 code.
    """
    slope, speed = f"{SWING}_slope", sympy_to_str(rise.coefficient)
    exponential = sympy_to_str(rise.exponential)
    return [
        f"{slope} = {sympy_to_str(rise.slope)}",
        f"{SWING}_v = {write_copy('v')}",
        *first_half,
        f"_a = clip({slope}*(v - {SWING}_v), -0.9, 100)",
        f"{SWING}_v = {write_copy('v')}",
        # With a constant L, u decreases by a factor of sinh(a)/a more in the whole step.
        f"_q = {dt!r}*({speed})*{slope}*{exponential}*(1 + _a*_a*{1 / 6!r})",
        f"v = v - log(clip(1 - _q, {_SMALLEST_U!r}, 1))/{slope}",
        *second_half,
        f"{SWING}_start = exp(_a)",
        f"{SWING}_end = (1 - _q)*exp(-_a)",
        f"{SWING}_bend = _a",
    ]


def write_copy(expression: str) -> str:
    """Write an expression whose value does not change with its variables afterwards.

    Brian2's numpy code updates variables marked ``(unless refractory)`` in place, and a plain
    assignment would only give the same array a second name.
    """
    return f"clip({expression}, -inf, inf)"
