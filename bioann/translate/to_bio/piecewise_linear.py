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
HALF, WHOLE, MOST = 4, 6, 12
#: Share of a curve's height that its lines may be off, up to `MOST` of them.
CLOSE = 0.01
#: Shares of a curve's height up to which it is not yet followed, and up to which it needs no line
#: from below its start.
FLAT, NOTHING = 0.002, 0.01
#: Points at which a curve is looked at.
POINTS = 2001


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


def branches(phi: Activation, low: float, high: float) -> tuple[Branch, ...]:
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
        Exact for lines with a bend at zero. A curve is followed from zero both ways if it
        passes through the origin, by `HALF` lines each; else from `low` or where it leaves zero
        up, by `WHOLE` lines; by more, where it is not met to `CLOSE`.

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
        sides = ((1, high), (-1, -low))
        return tuple(_curve(phi, s, 0.0, end, HALF) for s, end in sides if end > 0)
    x = np.linspace(low, high, POINTS)
    y = np.abs(phi(x))
    first = int(np.argmax(y > FLAT * y.max()))
    return (_curve(phi, 1, float(x[max(first - 1, 0)]), high, WHOLE),)


def _curve(phi: Activation, sign: int, start: float, end: float, count: int) -> Branch:
    """Follow a curve by `count` lines, or as many more as bring it to `CLOSE`."""
    x = np.linspace(start, end, POINTS)
    y = np.asarray(phi(sign * x), dtype=float)
    for n in range(count, MOST + 1):
        found = _lines(x, y, sign, n)
        if np.abs(found(sign * x) - y).max() <= CLOSE * np.abs(y).max():
            break
    return found


def _lines(x: np.ndarray, y: np.ndarray, sign: int, count: int) -> Branch:
    """Follow a curve from where it leaves zero; bends lie dense where it is bent.

    Bends at equal steps of the integral of ``sqrt(|phi''|)`` make the largest deviation of a
    polygon smallest; the slopes are then those of least squares. Where the curve is above zero at
    its start one line begins below, as far as its tangent does: neurons that a constant current
    holds above threshold.
    """
    bend = np.sqrt(np.abs(np.gradient(np.gradient(y, x), x))) + 1e-3
    share = np.concatenate([[0.0], np.cumsum((bend[1:] + bend[:-1]) / 2)])
    foot = _foot(x, y)
    inside = count - len(foot)
    thresholds = np.interp(np.arange(inside) / inside, share / share[-1], x)
    thresholds = np.concatenate([foot, thresholds])
    lines = np.maximum(x[:, None] - thresholds, 0.0)
    coefficients, *_ = np.linalg.lstsq(lines, y, rcond=None)
    return Branch(sign, tuple(thresholds.tolist()), tuple(coefficients.tolist()))


def _foot(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Give where the tangent at the start of a curve meets zero, at most its own length below."""
    if abs(y[0]) < NOTHING * np.abs(y).max():
        return np.empty(0)
    span = x[-1] - x[0]
    before = y[0] * (x[1] - x[0]) / max(y[1] - y[0], 1e-12)
    return np.array([x[0] - (np.clip(before, span / 20, span) if before > 0 else span)])
