"""How long an exponential integrate-and-fire cell takes from reset to spike."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

#: Nodes of the quadrature, and the way from reset to cut-off, in slope factors, up to which the
#: fewer do: they give the rate to ten digits there, the others to ten for 200 slope factors.
FEW, MANY, WAY = 64, 240, 45.0

_rule = functools.cache(np.polynomial.legendre.leggauss)


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
    whole, drive = np.broadcast_arrays(
        cell.g_L + np.asarray(conductance), cell.g_L * cell.E_L + np.asarray(pull + current)
    )
    least = drive - whole * _lowest(cell, whole) + whole * cell.Delta_T
    fires = least > 0
    found = np.full(whole.shape, np.inf)
    found[fires] = _climb(cell, start, stop, whole[fires], drive[fires], least[fires])
    return found


def _lowest(cell: Upswing, whole: np.ndarray) -> np.ndarray:
    """Give the potential at which the flow is smallest."""
    return np.asarray(cell.V_T + cell.Delta_T * np.log(whole / cell.g_L))


def _climb(
    cell: Upswing, start: float, stop: float, whole: np.ndarray, drive: np.ndarray,
    least: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Integrate where the cell fires; shapes ``(point,)``."""
    nodes, weights = _rule(FEW if stop - start <= WAY * cell.Delta_T else MANY)
    lowest = _lowest(cell, whole)
    width = np.sqrt(2 * least * cell.Delta_T / whole)
    low, high = (np.arcsinh((end - lowest) / width) for end in (start, stop))
    u = (low + high)[:, None] / 2 + (high - low)[:, None] / 2 * nodes
    v = lowest[:, None] + width[:, None] * np.sinh(u)
    flow = (
        drive[:, None]
        - whole[:, None] * v
        + cell.g_L * cell.Delta_T * np.exp(np.minimum((v - cell.V_T) / cell.Delta_T, 500.0))
    )
    inside = cell.C / flow * width[:, None] * np.cosh(u)
    return np.asarray((inside * weights).sum(-1) * (high - low) / 2)
