"""Run a rate network: all conditions at once, one matrix product per time step.

The time of a large network is that of these products: what else a step does is in place, and the
summed input from the stimulus is made for a few steps at a time, so that no memory but that of the
answer grows with the duration.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bioann.ann.description import RateDescription
from bioann.ann.evaluation_order import EvaluationOrder, UpdateGroup
from bioann.base.errors import SimulationError

#: Damping, tolerance and patience of the search for the fixed point of a static loop, and the
#: activation above which there is none to be found.
DAMPING, TOLERANCE, MAX_ITERATIONS, DIVERGENCE_LIMIT = 0.5, 1e-12, 10_000, 1e9


def simulate_rates(
    network: RateDescription,
    inputs: np.ndarray,
    dt: float,
    max_step: float | None = None,
    steps_per_bin: int = 1,
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
    max_step : float, optional
        Longest integration step in seconds; a twentieth of the shortest time constant unless
        given. Never more than `dt`.
    steps_per_bin : int, optional
        Stimulus steps that are averaged into one value; a last one that would not be full is left
        out.

    Returns
    -------
    numpy.ndarray, shape (condition, time // every, unit)
        Activation at the end of each stimulus step, averaged over `steps_per_bin` of them.

    Raises
    ------
    SimulationError
        If `max_step` is not above 0, or longer than the shortest time constant; if a loop of
        static units has no fixed point to settle at.
    """
    order = EvaluationOrder.of_network(network)
    n_bins = inputs.shape[1] // steps_per_bin
    bin_means = np.zeros((n_bins, len(inputs), len(network.units)))
    time_constants = network.time_constants()[order.unit_order]
    if (time_constants > 0).any():
        step = choose_integration_step(
            float(time_constants[time_constants > 0].min()), dt, max_step
        )
        substeps = int(np.ceil(dt / step - 1e-9))
        relaxation_factors = 1 - np.exp(-dt / substeps / time_constants[time_constants > 0])
        rates_per_step = _integrate_dynamic_units(
            order, inputs[:, : n_bins * steps_per_bin], relaxation_factors, substeps
        )
    else:
        rates_per_step = _evaluate_static_units(order, inputs[:, : n_bins * steps_per_bin])
    for k, rates in enumerate(rates_per_step):
        bin_means[k // steps_per_bin] += rates
    if steps_per_bin > 1:
        bin_means /= steps_per_bin
    activation = bin_means.swapaxes(0, 1)
    is_network_order = (np.diff(order.unit_order) > 0).all()
    return activation if is_network_order else activation[..., np.argsort(order.unit_order)]


def _integrate_dynamic_units(
    order: EvaluationOrder, inputs: np.ndarray, relaxation_factors: np.ndarray, substeps: int
) -> Iterator[np.ndarray]:
    """Give all rates at the end of each stimulus step; every time the same array."""
    *levels, dynamic = order.groups
    rates = np.zeros((len(inputs), len(order.unit_order)))
    dynamic_rates = rates[:, dynamic.columns]
    change = np.empty_like(dynamic_rates)
    for drive in order.compute_drive(inputs):
        for drive_now in drive:
            for _ in range(substeps):
                for level in levels:
                    _evaluate_level(level, rates, drive_now)
                np.subtract(
                    dynamic.compute_activation(rates, drive_now, change), dynamic_rates, out=change
                )
                change *= relaxation_factors
                dynamic_rates += change
            for level in levels:
                _evaluate_level(level, rates, drive_now)
            yield rates


def _evaluate_static_units(order: EvaluationOrder, inputs: np.ndarray) -> Iterator[np.ndarray]:
    """Give all rates at each stimulus step, where no unit remembers the step before."""
    for drive in order.compute_drive(inputs):
        n_times, n_lanes, n_columns = drive.shape
        rates = np.zeros((n_times * n_lanes, len(order.unit_order)))
        for level in order.groups:
            _evaluate_level(level, rates, drive.reshape(len(rates), n_columns))
        yield from rates.reshape(n_times, n_lanes, -1)


def choose_integration_step(shortest_tau: float, dt: float, max_step: float | None) -> float:
    """Give the integration step for the shortest time constant and a stimulus step, in seconds."""
    if max_step is None:
        return min(dt, shortest_tau / 20)
    if not 0 < max_step <= shortest_tau:
        raise SimulationError(
            "RateNetwork.run, dt",
            f"above 0 and at most the shortest time constant, {shortest_tau * 1e3:g} ms",
            f"{max_step * 1e3:g} ms",
            "Use a shorter dt.",
        )
    return min(dt, max_step)


def _evaluate_level(group: UpdateGroup, rates: np.ndarray, drive: np.ndarray) -> None:
    """Set the units of a level to the activation of their input, in place."""
    group_rates = rates[:, group.columns]
    if not group.has_loop:
        group_rates[:] = group.compute_activation(rates, drive)
        return
    group_rates[:] = 0.0
    for _ in range(MAX_ITERATIONS):
        step = group.compute_activation(rates, drive) - group_rates
        if np.abs(step).max() < TOLERANCE:
            return
        group_rates += DAMPING * step
        if not np.abs(rates).max() < DIVERGENCE_LIMIT:
            break
    raise SimulationError(
        f"RateNetwork, static units {list(group.names)}",
        "a loop of weights that settles",
        "rates that grow or oscillate without end",
        "Give tau=10 * ms (or one per unit), so that the loop has a course in time.",
    )
