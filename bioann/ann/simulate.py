"""Simulate a rate network: all conditions at once, with one matrix product per time step.

Large networks spend their time in these products: all other operations work in place, and the
input from the stimulus is computed for a few steps at a time, so that only the memory of the result
grows with the duration.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bioann.ann.description import RateDescription
from bioann.ann.evaluation_order import EvaluationOrder, UpdateGroup
from bioann.base.errors import SimulationError

#: Fixed-point iteration of static loops: step relative to the full one, largest change at
#: convergence, number of iterations, and the activation above which the loop counts as unstable.
DAMPING, TOLERANCE, MAX_ITERATIONS, DIVERGENCE_LIMIT = 0.5, 1e-12, 10_000, 1e9


def simulate_rates(
    network: RateDescription,
    inputs: np.ndarray,
    dt: float,
    max_step: float | None = None,
    steps_per_bin: int = 1,
) -> np.ndarray:
    r"""Integrate a rate network over a stimulus.

    Integration is exponential Euler, exact for a constant input:
    :math:`r \leftarrow r + (1 - e^{-h/\tau}) (\phi(\cdot) - r)`, starting at :math:`r = 0`. Static
    units in a loop are, at every step, at the fixed point that iteration from zero reaches.

    Parameters
    ----------
    network : RateDescription
        The network to simulate.
    inputs : numpy.ndarray, shape (condition, time, channel)
        Activation of the stimulus channels, in the order of the network's channels.
    dt : float
        Stimulus step in seconds.
    max_step : float, optional
        Longest integration step in seconds, at most the shortest time constant; a twentieth of it
        by default. The step is never longer than `dt`.
    steps_per_bin : int, optional
        Number of stimulus steps that are averaged into one value; an incomplete last bin is
        dropped.

    Returns
    -------
    numpy.ndarray, shape (condition, time // steps_per_bin, unit)
        Activation at the end of each stimulus step, averaged over `steps_per_bin` steps.

    Raises
    ------
    SimulationError
        If `max_step` is not above 0 or exceeds the shortest time constant, or a loop of static
        units does not reach a fixed point.
    """
    order = EvaluationOrder.of_network(network)
    n_bins = inputs.shape[1] // steps_per_bin
    bin_means = np.zeros((n_bins, len(inputs), len(network.units)))
    inputs = inputs[:, : n_bins * steps_per_bin]
    for k, rates in enumerate(_compute_rates(network, order, inputs, dt, max_step)):
        bin_means[k // steps_per_bin] += rates
    if steps_per_bin > 1:
        bin_means /= steps_per_bin
    activation = bin_means.swapaxes(0, 1)
    is_network_order = (np.diff(order.unit_order) > 0).all()
    return activation if is_network_order else activation[..., np.argsort(order.unit_order)]


def _compute_rates(
    network: RateDescription,
    order: EvaluationOrder,
    inputs: np.ndarray,
    dt: float,
    max_step: float | None,
) -> Iterator[np.ndarray]:
    """Yield all rates (condition, unit) after each stimulus step, in evaluation order."""
    time_constants = network.time_constants()[order.unit_order]
    dynamic_taus = time_constants[time_constants > 0]
    if not len(dynamic_taus):
        return _evaluate_static_units(order, inputs)
    step = choose_integration_step(float(dynamic_taus.min()), dt, max_step)
    substeps = int(np.ceil(dt / step - 1e-9))
    relaxation_factors = 1 - np.exp(-dt / substeps / dynamic_taus)
    return _integrate_dynamic_units(order, inputs, relaxation_factors, substeps)


def _integrate_dynamic_units(
    order: EvaluationOrder, inputs: np.ndarray, relaxation_factors: np.ndarray, substeps: int
) -> Iterator[np.ndarray]:
    """Yield all rates at the end of each stimulus step, always in the same array."""
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
    """Yield all rates at each stimulus step of a network without dynamic units."""
    for drive in order.compute_drive(inputs):
        n_times, n_lanes, n_columns = drive.shape
        rates = np.zeros((n_times * n_lanes, len(order.unit_order)))
        for level in order.groups:
            _evaluate_level(level, rates, drive.reshape(len(rates), n_columns))
        yield from rates.reshape(n_times, n_lanes, -1)


def choose_integration_step(shortest_tau: float, dt: float, max_step: float | None) -> float:
    """Return the integration step in seconds.

    Parameters
    ----------
    shortest_tau : float
        Shortest time constant of the network in seconds, above 0.
    dt : float
        Stimulus step in seconds, an upper bound of the result.
    max_step : float or None
        Longest allowed step in seconds; None for a twentieth of the shortest time constant.
    """
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
        "a loop that reaches a fixed point",
        "rates that grow or oscillate without end",
        "Give tau=10 * ms (or one per unit), so that the loop has dynamics.",
    )
