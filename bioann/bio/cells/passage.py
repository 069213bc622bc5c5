"""How long an exponential integrate-and-fire cell takes from reset to spike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

#: Nodes of the quadrature; 120 give the interval to ten digits.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(240)


class Upswing(NamedTuple):
    """The membrane of an exponential integrate-and-fire cell, in SI units."""

    C: float
    g_L: float
    E_L: float
    V_T: float
    Delta_T: float


def passage(
    cell: Upswing,
    start: float,
    stop: float,
    current: np.ndarray,
    conductance: np.ndarray,
    pull: np.ndarray,
) -> np.ndarray:
    r"""Integrate :math:`C dv / F(v)` from reset to cut-off.

    :math:`F(v) = g_L (E_L - v) + g_L \Delta_T e^{(v - V_T)/\Delta_T} + I + \Sigma gE - \Sigma g v`
    is smallest at :math:`v^* = V_T + \Delta_T \ln(1 + \Sigma g / g_L)`. Near rheobase the integrand
    is a narrow peak there, which the substitution :math:`v = v^* + s \sinh u`,
    :math:`s^2 = 2 F(v^*) / F''(v^*)`, makes flat.

    Parameters
    ----------
    cell : Upswing
        The membrane.
    start, stop : float
        Reset and cut-off in volt.
    current, conductance, pull : numpy.ndarray
        Input in ampere, siemens, ampere; they broadcast.

    Returns
    -------
    numpy.ndarray
        In seconds; infinity where the cell comes to rest.
    """
    whole = np.asarray(cell.g_L + conductance)
    drive = np.asarray(cell.g_L * cell.E_L + pull + current)
    lowest = np.asarray(cell.V_T + cell.Delta_T * np.log(whole / cell.g_L))
    least = drive - whole * lowest + whole * cell.Delta_T
    fires = least > 0
    width = np.asarray(np.sqrt(2 * np.where(fires, least, 1e-12) * cell.Delta_T / whole))
    low, high = (np.asarray(np.arcsinh((end - lowest) / width)) for end in (start, stop))
    u = (low + high)[..., None] / 2 + (high - low)[..., None] / 2 * _NODES
    v = lowest[..., None] + width[..., None] * np.sinh(u)
    flow = (
        drive[..., None]
        - whole[..., None] * v
        + cell.g_L * cell.Delta_T * np.exp(np.minimum((v - cell.V_T) / cell.Delta_T, 500.0))
    )
    flow = np.where(np.asarray(fires)[..., None], flow, 1.0)
    inside = cell.C / flow * width[..., None] * np.cosh(u)
    taken = (inside * _WEIGHTS).sum(-1) * (high - low) / 2
    return np.where(fires, taken, np.inf)
