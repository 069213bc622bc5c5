"""Activations as sums of rectified lines, which is what neurons with a threshold can add up to."""

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

#: Rectified lines that stand at least for a curve from the origin (one bend, as of tanh), and for
#: one that rises from nothing (two bends, as of the sigmoid); and at most for any.
LINES_FROM_ORIGIN, LINES_OF_RISE, MAX_LINES = 4, 6, 12
#: Share of a curve's height that its lines may be off, up to `MAX_LINES` of them.
FIT_TOLERANCE = 0.01
#: Shares of a curve's height up to which it is not yet followed, and up to which it needs no line
#: from below its start.
FLAT_SHARE, ZERO_SHARE = 0.002, 0.01
#: Points at which a curve is looked at.
N_POINTS = 2001


@dataclasses.dataclass(frozen=True)
class Branch:
    r"""One side of an activation.

    .. math:: \phi(x) = \sum_k a_k \max(s x - \theta_k, 0)

    Parameters
    ----------
    sign : {1, -1}
        :math:`s`: the side that grows with the input (ON), or against it (OFF).
    thresholds, coefficients : tuple of float
        :math:`\theta_k` and :math:`a_k`, of any sign.
    """

    sign: int
    thresholds: tuple[float, ...]
    coefficients: tuple[float, ...]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the sum for each input."""
        lines = np.maximum(self.sign * np.asarray(x)[..., None] - np.array(self.thresholds), 0.0)
        return np.asarray(lines @ np.array(self.coefficients))


def decompose_activation(phi: Activation, low: float, high: float) -> tuple[Branch, ...]:
    """Write an activation as one branch, or as an ON and an OFF branch.

    Parameters
    ----------
    phi : Activation
        The activation.
    low, high : float
        Range of summed inputs in which a curve is followed.

    Returns
    -------
    tuple of Branch
        Exact for lines with a bend at zero. A curve is followed from zero both ways if it passes
        through the origin, by `LINES_FROM_ORIGIN` lines each; else from `low` or where it leaves
        zero up, by `LINES_OF_RISE` lines; by more, where it is not met to `FIT_TOLERANCE`.

    Raises
    ------
    DescriptionError
        For a jump.
    """
    on = Branch(1, (0.0,), (1.0,))
    if isinstance(phi, Relu) or (isinstance(phi, LeakyRelu) and phi.slope == 0):
        return (on,)
    if isinstance(phi, (Linear, LeakyRelu)):
        slope = phi.slope if isinstance(phi, LeakyRelu) else 1.0
        return on, Branch(-1, (0.0,), (-slope,))
    if isinstance(phi, Threshold):
        raise DescriptionError(
            "to_bio, activation",
            "an activation without a jump",
            repr(phi),
            "Use Sigmoid(), with larger weights and biases for a steeper rise.",
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
    """Follow a curve by `count` lines, or as many more as bring it to `FIT_TOLERANCE`."""
    x = np.linspace(start, end, N_POINTS)
    y = np.asarray(phi(sign * x), dtype=float)
    for n in range(count, MAX_LINES + 1):
        branch = _fit_lines(x, y, sign, n)
        if np.abs(branch(sign * x) - y).max() <= FIT_TOLERANCE * np.abs(y).max():
            break
    return branch


def _fit_lines(x: np.ndarray, y: np.ndarray, sign: int, count: int) -> Branch:
    """Follow a curve from where it leaves zero; bends lie dense where it is bent.

    Bends at equal steps of the integral of ``sqrt(|phi''|)`` make the largest deviation of a
    polygon smallest; the slopes are then those of least squares. Where the curve is above zero at
    its start one line begins below, as far as its tangent does: neurons that a constant current
    holds above threshold.
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
    """Give where the tangent at the start of a curve meets zero, at most its own length below."""
    if abs(y[0]) < ZERO_SHARE * np.abs(y).max():
        return np.empty(0)
    span = x[-1] - x[0]
    distance = y[0] * (x[1] - x[0]) / max(y[1] - y[0], 1e-12)
    return np.array([x[0] - (np.clip(distance, span / 20, span) if distance > 0 else span)])
