"""Run a rate network: all conditions at once, one matrix product per time step.

The time of a large network is that of these products: what else a step does is in place, and the
summed input from the stimulus is made for a few steps at a time, so that no memory but that of the
answer grows with the duration.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bioann.ann.description import RateDescription
from bioann.ann.evaluation_order import Group, Plan
from bioann.base.errors import SimulationError

#: Damping, tolerance and patience of the search for the fixed point of a static loop, and the
#: activation above which there is none to be found.
DAMPING, CLOSE, ROUNDS, RUNAWAY = 0.5, 1e-12, 10_000, 1e9


def simulate(
    network: RateDescription,
    inputs: np.ndarray,
    dt: float,
    longest: float | None = None,
    every: int = 1,
) -> np.ndarray:
    r"""Integrate a rate network over a stimulus.

    The step is exponential Euler, exact for a constant input:
    :math:`r \leftarrow r + (1 - e^{-h/\tau}) (\phi(\cdot) - r)`, from :math:`r = 0`. Static units
    that feed each other are, at every moment, at the fixed point that is reached from zero.

    Parameters
    ----------
    network : RateDescription
        The network.
    inputs : numpy.ndarray, shape (condition, time, channel)
        Activation of the network's channels, in its order.
    dt : float
        Stimulus step in seconds.
    longest : float, optional
        Longest integration step in seconds; a twentieth of the shortest time constant unless
        given. Never more than `dt`.
    every : int, optional
        Stimulus steps that are averaged into one value; a last one that would not be full is left
        out.

    Returns
    -------
    numpy.ndarray, shape (condition, time // every, unit)
        Activation at the end of each stimulus step, averaged over `every` of them.

    Raises
    ------
    SimulationError
        If `longest` is not above 0, or longer than the shortest time constant; if a loop of
        static units has no fixed point to settle at.
    """
    plan = Plan.of(network)
    bins = inputs.shape[1] // every
    means = np.zeros((bins, len(inputs), len(network.units)))
    taus = network.taus()[plan.places]
    if (taus > 0).any():
        step = integration_step(float(taus[taus > 0].min()), dt, longest)
        substeps = int(np.ceil(dt / step - 1e-9))
        gain = 1 - np.exp(-dt / substeps / taus[taus > 0])
        moments = _course(plan, inputs[:, : bins * every], gain, substeps)
    else:
        moments = _static(plan, inputs[:, : bins * every])
    for k, rates in enumerate(moments):
        means[k // every] += rates
    if every > 1:
        means /= every
    course = means.swapaxes(0, 1)
    in_order = (np.diff(plan.places) > 0).all()
    return course if in_order else course[..., np.argsort(plan.places)]


def _course(
    plan: Plan, inputs: np.ndarray, gain: np.ndarray, substeps: int
) -> Iterator[np.ndarray]:
    """Give all rates at the end of each stimulus step; every time the same array."""
    *levels, dynamic = plan.groups
    rates = np.zeros((len(inputs), len(plan.places)))
    moving = rates[:, dynamic.at]
    change = np.empty_like(moving)
    for drive in plan.drives(inputs):
        for now in drive:
            for _ in range(substeps):
                for level in levels:
                    _settle(level, rates, now)
                np.subtract(dynamic.activate(rates, now, change), moving, out=change)
                change *= gain
                moving += change
            for level in levels:
                _settle(level, rates, now)
            yield rates


def _static(plan: Plan, inputs: np.ndarray) -> Iterator[np.ndarray]:
    """Give all rates at each stimulus step, where no unit remembers the step before."""
    for drive in plan.drives(inputs):
        times, lanes, columns = drive.shape
        rates = np.zeros((times * lanes, len(plan.places)))
        for level in plan.groups:
            _settle(level, rates, drive.reshape(len(rates), columns))
        yield from rates.reshape(times, lanes, -1)


def integration_step(fastest: float, dt: float, longest: float | None) -> float:
    """Give the integration step for the shortest time constant and a stimulus step, in seconds."""
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


def _settle(group: Group, rates: np.ndarray, drive: np.ndarray) -> None:
    """Set the units of a level to the activation of their input, in place."""
    here = rates[:, group.at]
    if not group.loop:
        here[:] = group.activate(rates, drive)
        return
    here[:] = 0.0
    for _ in range(ROUNDS):
        step = group.activate(rates, drive) - here
        if np.abs(step).max() < CLOSE:
            return
        here += DAMPING * step
        if not np.abs(rates).max() < RUNAWAY:
            break
    raise SimulationError(
        f"RateNetwork, static units {list(group.names)}",
        "a loop of weights that settles",
        "rates that grow or oscillate without end",
        "Give tau=10 * ms (or one per unit), so that the loop has a course in time.",
    )
