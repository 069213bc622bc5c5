"""Simulate a rate network: all conditions at once, with one matrix product per time step.

A network whose dynamic units depend on the stimulus alone needs no such steps:
`bioann.ann.feedforward`. Large networks spend their time in these products: all other operations
work in place, and the input from the stimulus is computed for a few steps at a time, so that only
the memory of the result grows with the duration.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bioann.ann.description import RateDescription
from bioann.ann.evaluation_order import EvaluationOrder, UpdateGroup
from bioann.ann.feedforward import compute_courses, sort_into_stages
from bioann.ann.recurrent.compiled_steps import integrate_compiled
from bioann.ann.recurrent.matrix_steps import has_only_weights, integrate_in_blocks
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
    stages = sort_into_stages(network)
    order = (
        EvaluationOrder.of_network(network)
        if stages is None
        else EvaluationOrder.of_stages(network, stages)
    )
    n_bins = inputs.shape[1] // steps_per_bin
    bin_means = np.zeros((n_bins, len(inputs), len(network.units)))
    inputs = inputs[:, : n_bins * steps_per_bin]
    relaxation_factors, substeps = _choose_relaxation(network, order, dt, max_step)
    if stages is None:
        means = integrate_compiled(order, inputs, relaxation_factors, substeps, steps_per_bin)
        if means is not None:
            return _sort_as_network(means, order)
    courses = (
        _integrate_loops(order, inputs, relaxation_factors, substeps)
        if stages is None
        else compute_courses(order, inputs, relaxation_factors, substeps)
    )
    start = 0
    for course in courses:
        _add_to_bins(bin_means, course, start, steps_per_bin)
        start += len(course)
    if steps_per_bin > 1:
        bin_means /= steps_per_bin
    return _sort_as_network(bin_means.swapaxes(0, 1), order)


def _sort_as_network(activation: np.ndarray, order: EvaluationOrder) -> np.ndarray:
    """Return activation (..., unit) in the order of the network instead of that of evaluation."""
    is_network_order = (np.diff(order.unit_order) > 0).all()
    return activation if is_network_order else activation[..., np.argsort(order.unit_order)]


def _add_to_bins(bin_sums: np.ndarray, course: np.ndarray, start: int, steps_per_bin: int) -> None:
    """Add a course (time, condition, unit) that begins at stimulus step `start` to its bins."""
    if steps_per_bin == 1:
        bin_sums[start : start + len(course)] = course
        return
    first_bin = start // steps_per_bin
    if len(course) == 1:
        bin_sums[first_bin] += course[0]
        return
    first_steps = np.arange(first_bin * steps_per_bin, start + len(course), steps_per_bin)
    bins = slice(first_bin, first_bin + len(first_steps))
    bin_sums[bins] += np.add.reduceat(course, np.maximum(first_steps - start, 0), axis=0)


def _choose_relaxation(
    network: RateDescription, order: EvaluationOrder, dt: float, max_step: float | None
) -> tuple[np.ndarray, int]:
    """Return the relaxation factor of each unit in evaluation order, and the steps in each `dt`."""
    taus = network.time_constants()[order.unit_order]
    is_dynamic = taus > 0
    factors = np.ones(len(taus))
    if not is_dynamic.any():
        return factors, 1
    step = choose_integration_step(float(taus[is_dynamic].min()), dt, max_step)
    substeps = int(np.ceil(dt / step - 1e-9))
    factors[is_dynamic] = 1 - np.exp(-dt / substeps / taus[is_dynamic])
    return factors, substeps


def _integrate_loops(
    order: EvaluationOrder, inputs: np.ndarray, relaxation_factors: np.ndarray, substeps: int
) -> Iterator[np.ndarray]:
    """Yield all rates (time, condition, unit) of a network with loops, step by step."""
    if (relaxation_factors == 1.0).all():
        yield from _evaluate_static_units(order, inputs)
        return
    factors = relaxation_factors[order.groups[-1].columns]
    integrate = integrate_in_blocks if has_only_weights(order) else _integrate_dynamic_units
    for rates in integrate(order, inputs, factors, substeps):
        yield rates[None]


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
    """Yield all rates (time, condition, unit) of a network without dynamic units."""
    for drive in order.compute_drive(inputs):
        n_times, n_lanes, n_columns = drive.shape
        rates = np.zeros((n_times * n_lanes, len(order.unit_order)))
        for level in order.groups:
            _evaluate_level(level, rates, drive.reshape(len(rates), n_columns))
        yield rates.reshape(n_times, n_lanes, -1)


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
