"""Run a rate network: all conditions at once, one matrix product per time step."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from bioann.errors import SimulationError

if TYPE_CHECKING:
    from bioann.ann.activations import Activation
    from bioann.ann.network import RateNetwork


#: Damping, tolerance and patience of the search for the fixed point of a static loop, and the
#: activation above which there is none to be found.
DAMPING, CLOSE, ROUNDS, RUNAWAY = 0.5, 1e-12, 10_000, 1e9


def order(network: RateNetwork) -> list[np.ndarray]:
    """Sort the static units into levels: each level needs only dynamic units and earlier levels.

    Parameters
    ----------
    network : RateNetwork
        The network.

    Returns
    -------
    list of numpy.ndarray
        Unit indices, level by level. Units that feed each other in a loop share a level.
    """
    left = np.array([t is None for t in network.tau])
    feeds = (network.W != 0) & left[:, None] & left[None, :]
    _, loop = connected_components(csr_array(feeds), directed=True, connection="strong")
    elsewhere = feeds & (loop[:, None] != loop[None, :])
    levels = []
    while left.any():
        waiting = left & (elsewhere & left[None, :]).any(axis=1)
        ready = left & ~np.isin(loop, loop[waiting])
        levels.append(np.flatnonzero(ready))
        left &= ~ready
    return levels


def simulate(
    network: RateNetwork, inputs: np.ndarray, dt: float, longest: float | None = None
) -> np.ndarray:
    r"""Integrate a rate network over a stimulus.

    The step is exponential Euler, exact for a constant input:
    :math:`r \leftarrow r + (1 - e^{-h/\tau}) (\phi(\cdot) - r)`, from :math:`r = 0`. Static units
    that feed each other are, at every moment, at the fixed point that is reached from zero.

    Parameters
    ----------
    network : RateNetwork
        The network.
    inputs : numpy.ndarray, shape (condition, time, channel)
        Activation of the network's channels, in its order.
    dt : float
        Stimulus step in seconds.
    longest : float, optional
        Longest integration step in seconds; a twentieth of the shortest time constant unless
        given. Never more than `dt`.

    Returns
    -------
    numpy.ndarray, shape (condition, time, unit)
        Activation at the end of each stimulus step.

    Raises
    ------
    SimulationError
        If `longest` is not above 0, or longer than the shortest time constant; if a loop of
        static units has no fixed point to settle at.
    """
    taus = network.taus()
    drive = inputs @ network.W_in.T + network.bias
    levels = [_group(network, level) for level in order(network)]
    if not (taus > 0).any():
        rates = np.zeros_like(drive)
        for level in levels:
            _settle(network, level, rates, drive)
        return rates
    step = _step(float(taus[taus > 0].min()), dt, longest)
    substeps = int(np.ceil(dt / step - 1e-9))
    dynamic = _group(network, np.flatnonzero(taus > 0))
    gain = 1 - np.exp(-dt / substeps / taus[dynamic[0]])
    rates = np.zeros((len(drive), len(taus)))
    course = np.empty_like(drive)
    for k in range(drive.shape[1]):
        now = drive[:, k]
        for _ in range(substeps):
            for level in levels:
                _settle(network, level, rates, now)
            target = _activate(network, dynamic, rates, now)
            rates[:, dynamic[0]] += gain * (target - rates[:, dynamic[0]])
        for level in levels:
            _settle(network, level, rates, now)
        course[:, k] = rates
    return course


def _step(fastest: float, dt: float, longest: float | None) -> float:
    if longest is None:
        return min(dt, fastest / 20)
    if not 0 < longest <= fastest:
        raise SimulationError(
            "RateNetwork.run, dt",
            f"above 0 and at most the shortest time constant, {fastest * 1e3:g} ms",
            f"{longest * 1e3:g} ms",
            "Use a shorter dt.",
        )
    return min(dt, longest)


Group: TypeAlias = "tuple[np.ndarray, list[tuple[np.ndarray, Activation]]]"


def _group(network: RateNetwork, index: np.ndarray) -> Group:
    """Sort units by their activation, so that each activation is applied once per step."""
    chosen = [network.activation[i] for i in index]
    distinct = dict.fromkeys(chosen)
    return index, [(np.flatnonzero([phi == other for other in chosen]), phi) for phi in distinct]


def _activate(
    network: RateNetwork, group: Group, rates: np.ndarray, drive: np.ndarray
) -> np.ndarray:
    """Give the activation of a group's summed input."""
    index, parts = group
    total = rates @ network.W[index].T + drive[..., index]
    if len(parts) == 1:
        return parts[0][1](total)
    out = np.empty_like(total)
    for at, phi in parts:
        out[..., at] = phi(total[..., at])
    return out


def _settle(network: RateNetwork, group: Group, rates: np.ndarray, drive: np.ndarray) -> None:
    """Set the units of a level to the activation of their input, in place."""
    index = group[0]
    if not network.W[np.ix_(index, index)].any():
        rates[..., index] = _activate(network, group, rates, drive)
        return
    rates[..., index] = 0.0
    for _ in range(ROUNDS):
        step = _activate(network, group, rates, drive) - rates[..., index]
        if np.abs(step).max() < CLOSE:
            return
        rates[..., index] += DAMPING * step
        if not np.abs(rates).max() < RUNAWAY:
            break
    raise SimulationError(
        f"RateNetwork, static units {[network.units[i] for i in index]}",
        "a loop of weights that settles",
        "rates that grow or oscillate without end",
        "Give tau=10 * ms (or one per unit), so that the loop has a course in time.",
    )
