"""Decompose activations into rectified lines, the transfer of neurons with a threshold."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.ann.activations.activation import (
    Activation,
    LeakyRelu,
    Linear,
    Relu,
    Threshold,
)
from bioann.base.errors import DescriptionError

#: Fewest rectified lines of a curve from the origin (one bend, as of tanh) and of one that rises
#: from zero (two bends, as of the sigmoid); and most of any curve.
LINES_FROM_ORIGIN, LINES_OF_RISE, MAX_LINES = 4, 6, 12
#: Largest error of the lines, as a share of the curve's height, unless `MAX_LINES` is reached.
FIT_TOLERANCE = 0.01
#: Share of a curve's height at which it starts to be approximated, and up to which it needs no line
#: that starts below its range.
FLAT_SHARE, ZERO_SHARE = 0.002, 0.01
#: Points at which a curve is sampled.
N_POINTS = 2001


@dataclasses.dataclass(frozen=True)
class Branch:
    r"""One side of an activation.

    .. math:: \phi(x) = \sum_k a_k \max(s x - \theta_k, 0)

    Parameters
    ----------
    sign : {1, -1}
        :math:`s`: 1 if it grows with the input (ON), -1 if against it (OFF).
    thresholds, coefficients : tuple of float
        :math:`\theta_k` in activation and :math:`a_k`, of any sign and equal number.
    """

    sign: int
    thresholds: tuple[float, ...]
    coefficients: tuple[float, ...]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the sum of the lines for each input."""
        lines = np.maximum(self.sign * np.asarray(x)[..., None] - np.array(self.thresholds), 0.0)
        return np.asarray(lines @ np.array(self.coefficients))


def decompose_activation(phi: Activation, low: float, high: float) -> tuple[Branch, ...]:
    """Decompose an activation into one branch, or into an ON and an OFF branch.

    Parameters
    ----------
    phi : Activation
        The activation function to decompose.
    low, high : float
        Range of summed inputs in which a curve is approximated.

    Returns
    -------
    tuple of Branch
        Exact for lines with a bend at zero. A curve through the origin is approximated on both
        sides by `LINES_FROM_ORIGIN` lines each; others from `low` or where they leave zero, by
        `LINES_OF_RISE` lines. There are more lines if the error exceeds `FIT_TOLERANCE`.

    Raises
    ------
    DescriptionError
        For a jump, or an activation that falls.
    """
    on = Branch(1, (0.0,), (1.0,))
    if isinstance(phi, Relu) or (isinstance(phi, LeakyRelu) and phi.slope == 0):
        return (on,)
    if isinstance(phi, (Linear, LeakyRelu)):
        slope = phi.slope if isinstance(phi, LeakyRelu) else 1.0
        return on, Branch(-1, (0.0,), (-slope,))
    if not phi.is_continuous_rise:
        is_jump = isinstance(phi, Threshold)
        raise DescriptionError(
            "to_bio, activation",
            "an activation without a jump" if is_jump else "an activation that rises steadily",
            repr(phi),
            "Use Sigmoid(), with larger weights and biases for a steeper rise."
            if is_jump
            else "Run the network as it is, or train it with another activation.",
        )
    if abs(float(phi(np.zeros(1))[0])) < 1e-9:
        ranges = ((1, high), (-1, -low))
        return tuple(
            _fit_branch(phi, sign, 0.0, end, LINES_FROM_ORIGIN) for sign, end in ranges if end > 0
        )
    x = np.linspace(low, high, N_POINTS)
    y = np.abs(phi(x))
    onset = int(np.argmax(y > FLAT_SHARE * y.max()))
    return (_fit_branch(phi, 1, float(x[max(onset - 1, 0)]), high, LINES_OF_RISE),)


def _fit_branch(phi: Activation, sign: int, start: float, end: float, count: int) -> Branch:
    """Approximate a curve by `count` lines, or by more until it is met to `FIT_TOLERANCE`."""
    x = np.linspace(start, end, N_POINTS)
    y = np.asarray(phi(sign * x), dtype=float)
    for n in range(count, MAX_LINES + 1):
        branch = _fit_lines(x, y, sign, n)
        if np.abs(branch(sign * x) - y).max() <= FIT_TOLERANCE * np.abs(y).max():
            break
    return branch


def _fit_lines(x: np.ndarray, y: np.ndarray, sign: int, count: int) -> Branch:
    """Approximate a curve from where it leaves zero, with dense bends where it is curved.

    Bends at equal steps of the integral of ``sqrt(|phi''|)`` minimise the largest deviation of a
    polygon; the slopes are then fitted by least squares. If the curve is above zero at its start,
    one line starts where its tangent meets zero: neurons above threshold by a constant current.
    """
    curvature = np.sqrt(np.abs(np.gradient(np.gradient(y, x), x))) + 1e-3
    bend_share = np.concatenate([[0.0], np.cumsum((curvature[1:] + curvature[:-1]) / 2)])
    foot = _find_tangent_foot(x, y)
    n_inside = count - len(foot)
    thresholds = np.interp(np.arange(n_inside) / n_inside, bend_share / bend_share[-1], x)
    thresholds = np.concatenate([foot, thresholds])
    lines = np.maximum(x[:, None] - thresholds, 0.0)
    coefficients, *_ = np.linalg.lstsq(lines, y, rcond=None)
    return Branch(sign, tuple(thresholds.tolist()), tuple(coefficients.tolist()))


def _find_tangent_foot(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Find where the tangent at the start of a curve meets zero, at most its length below."""
    if abs(y[0]) < ZERO_SHARE * np.abs(y).max():
        return np.empty(0)
    span = x[-1] - x[0]
    distance = y[0] * (x[1] - x[0]) / max(y[1] - y[0], 1e-12)
    return np.array([x[0] - (np.clip(distance, span / 20, span) if distance > 0 else span)])
