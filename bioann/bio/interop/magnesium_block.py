"""Reads the magnesium block of an NMDA receptor from its current."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy


def fit_block(function: Callable[[Any], Any]) -> tuple[float, float, float, float] | None:
    r"""Fit :math:`K (E - v) / (1 + a e^{-v/b})`; return K, E, a, b, or None if it does not fit.

    Three potentials at equal distance determine the exponential; others check it.

    Parameters
    ----------
    function : callable
        Current per volt as a function of the potential in volt.
    """
    v = np.linspace(-0.1, 0.1, 200)  # without 0, the usual reversal potential
    values = np.broadcast_to(np.asarray(function(v), dtype=float), v.shape)
    crossings = np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))
    if len(crossings) != 1 or not np.isfinite(values).all():
        return None
    low, high = v[crossings[0]], v[crossings[0] + 1]
    reversal = float(scipy.optimize.brentq(function, low, high, xtol=1e-15))
    reversal = round(reversal, 12)
    points = np.array([-0.09, -0.06, -0.03])
    ratio = (reversal - points) / np.asarray(function(points), dtype=float)
    first, second = np.diff(ratio)
    if not (first < 0 and second < 0 and second / first < 1):
        return None
    slope = -0.03 / np.log(second / first)
    amplitude = first / (np.exp(0.06 / slope) - np.exp(0.09 / slope))
    inverse = ratio[0] - amplitude * np.exp(0.09 / slope)
    scale, factor = 1 / inverse, amplitude / inverse
    fitted = scale * (reversal - v) / (1 + factor * np.exp(-v / slope))
    if not np.allclose(fitted, values, rtol=1e-6, atol=1e-9 * np.abs(values).max()):
        return None
    return float(scale), reversal, float(factor), float(slope)
