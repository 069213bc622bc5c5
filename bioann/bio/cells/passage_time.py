"""Passage time of an exponential integrate-and-fire cell from reset to spike."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

#: Nodes of the quadrature, and the largest distance from reset to cut-off, in slope factors, at
#: which the smaller number gives the rate to ten digits; the larger does so up to 200.
FEW_NODES, MANY_NODES, MAX_SPAN = 64, 240, 45.0

_legendre_rule = functools.cache(np.polynomial.legendre.leggauss)


class ExponentialMembrane(NamedTuple):
    """The membrane of an exponential integrate-and-fire cell, in SI units."""

    C: float
    g_L: float
    E_L: float
    V_T: float
    Delta_T: float


def compute_passage_time(
    membrane: ExponentialMembrane,
    reset: float,
    cutoff: float,
    current: np.ndarray,
    conductance: np.ndarray,
    reversal_current: np.ndarray,
) -> np.ndarray:
    r"""Integrate :math:`C dv / F(v)` from reset to cut-off.

    :math:`F(v) = g_L (E_L - v) + g_L \Delta_T e^{(v - V_T)/\Delta_T} + I + \Sigma gE - \Sigma g v`
    is smallest at :math:`v^* = V_T + \Delta_T \ln(1 + \Sigma g / g_L)`. Near rheobase the integrand
    is a narrow peak there, which the substitution :math:`v = v^* + s \sinh u`,
    :math:`s^2 = 2 F(v^*) / F''(v^*)`, makes flat.

    Parameters
    ----------
    membrane : ExponentialMembrane
        Capacitance, leak and spike onset in SI units.
    reset, cutoff : float
        Reset and cut-off potential in volt, the reset below.
    current, conductance, reversal_current : numpy.ndarray
        Constant input in ampere, siemens and ampere; they broadcast.

    Returns
    -------
    numpy.ndarray
        Passage time in seconds; infinite where the cell comes to rest.
    """
    total_conductance, constant_current = np.broadcast_arrays(
        membrane.g_L + np.asarray(conductance),
        membrane.g_L * membrane.E_L + np.asarray(reversal_current + current),
    )
    smallest_flow = (
        constant_current
        - total_conductance * _slowest_potential(membrane, total_conductance)
        + total_conductance * membrane.Delta_T
    )
    fires = smallest_flow > 0
    times = np.full(total_conductance.shape, np.inf)
    times[fires] = _integrate_passage(
        membrane,
        reset,
        cutoff,
        total_conductance[fires],
        constant_current[fires],
        smallest_flow[fires],
    )
    return times


def _slowest_potential(membrane: ExponentialMembrane, total_conductance: np.ndarray) -> np.ndarray:
    """Compute the potential at which the flow is smallest."""
    return np.asarray(membrane.V_T + membrane.Delta_T * np.log(total_conductance / membrane.g_L))


def _integrate_passage(
    membrane: ExponentialMembrane,
    reset: float,
    cutoff: float,
    total_conductance: np.ndarray,
    constant_current: np.ndarray,
    smallest_flow: np.ndarray,
) -> np.ndarray:
    """Integrate where the cell fires; shapes ``(point,)``."""
    nodes, weights = _legendre_rule(
        FEW_NODES if cutoff - reset <= MAX_SPAN * membrane.Delta_T else MANY_NODES
    )
    slowest = _slowest_potential(membrane, total_conductance)
    width = np.sqrt(2 * smallest_flow * membrane.Delta_T / total_conductance)
    low, high = (np.arcsinh((v_end - slowest) / width) for v_end in (reset, cutoff))
    u = (low + high)[:, None] / 2 + (high - low)[:, None] / 2 * nodes
    v = slowest[:, None] + width[:, None] * np.sinh(u)
    flow = (
        constant_current[:, None]
        - total_conductance[:, None] * v
        + membrane.g_L
        * membrane.Delta_T
        * np.exp(np.minimum((v - membrane.V_T) / membrane.Delta_T, 500.0))
    )
    integrand = membrane.C / flow * width[:, None] * np.cosh(u)
    return np.asarray((integrand * weights).sum(-1) * (high - low) / 2)
