"""Simulate a rate network whose dynamic units depend on the stimulus alone: all times at once.

Static units that depend on the stimulus alone, directly or through others, are evaluated once while
it does not change. So are the activations towards which the dynamic units relax, whose steps are
all that is left to do one by one. Where dynamic units depend on each other, whole steps of the
network (`bioann.ann.simulate`) are as fast.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bioann.ann.description import RateDescription
from bioann.ann.evaluation_order import EvaluationOrder, UpdateGroup, list_dependencies


def sort_into_stages(network: RateDescription) -> list[np.ndarray] | None:
    """Return the units in stages that depend on earlier stages only.

    Parameters
    ----------
    network : RateDescription
        Network whose weights, divisive weights and gates define the dependencies.

    Returns
    -------
    list of numpy.ndarray or None
        Unit indices, stage by stage, each of static or of dynamic units only; None if units form a
        loop, or if a dynamic unit depends on another, directly or through static ones.
    """
    depends_on = list_dependencies(network)
    is_static = network.time_constants() == 0
    is_pending = np.ones(len(depends_on), bool)
    follows_dynamic = ~is_static
    stages: list[np.ndarray] = []
    while is_pending.any():
        is_ready = is_pending & ~(depends_on & is_pending[None, :]).any(axis=1)
        has_dynamic_source = is_ready & (depends_on & follows_dynamic[None, :]).any(axis=1)
        if not is_ready.any() or (has_dynamic_source & ~is_static).any():
            return None
        follows_dynamic |= has_dynamic_source
        members = (np.flatnonzero(is_ready & kind) for kind in (is_static, ~is_static))
        stages += [units for units in members if len(units)]
        is_pending &= ~is_ready
    return stages


def compute_courses(
    order: EvaluationOrder, inputs: np.ndarray, relaxation_factors: np.ndarray, substeps: int
) -> Iterator[np.ndarray]:
    """Compute the activation of all units, in chunks of time.

    Parameters
    ----------
    order : EvaluationOrder
        The network in the stages of `sort_into_stages`.
    inputs : numpy.ndarray, shape (condition, time, channel)
        Activation of the stimulus channels.
    relaxation_factors : numpy.ndarray, shape (unit,)
        Share of the way to their activation that dynamic units go in an integration step; 1 for
        static units. In the order of evaluation.
    substeps : int
        Integration steps in each stimulus step.

    Yields
    ------
    numpy.ndarray, shape (time, condition, unit)
        Activation at the end of successive stimulus steps.
    """
    state = np.zeros((len(inputs), len(order.unit_order)))
    for drive in order.compute_drive(inputs):
        yield _compute_chunk(order, drive, relaxation_factors, substeps, state)


def _compute_chunk(
    order: EvaluationOrder,
    drive: np.ndarray,
    relaxation_factors: np.ndarray,
    substeps: int,
    state: np.ndarray,
) -> np.ndarray:
    """Compute a chunk of time, and leave the activation at its end in `state`."""
    n_times, n_lanes, _ = drive.shape
    is_change = (drive[1:] != drive[:-1]).any(axis=(1, 2))
    starts = np.r_[0, np.flatnonzero(is_change) + 1]
    durations = np.diff(np.r_[starts, n_times])
    # Of units that depend on the stimulus alone, one row for each time at which it changes.
    steady = np.zeros((len(starts), n_lanes, len(order.unit_order)))
    course = np.zeros((n_times, n_lanes, len(order.unit_order)))
    is_steady = np.zeros(len(order.unit_order), bool)
    for group in order.groups:
        columns, factors = group.columns, relaxation_factors[group.columns]
        if not is_steady[group.source_columns].all():  # static units behind dynamic ones
            course[..., columns] = _evaluate(group, course, drive)
            continue
        activation = _evaluate(group, steady, drive[starts])
        targets = np.repeat(activation, durations, axis=0)
        if factors[0] == 1.0:
            is_steady[columns] = True
            steady[..., columns], course[..., columns] = activation, targets
        else:
            _relax(targets, factors, substeps, state[:, columns], course[..., columns])
    return course


def _evaluate(group: UpdateGroup, rates: np.ndarray, drive: np.ndarray) -> np.ndarray:
    """Return the activation of a group at many times, (time, condition, unit)."""
    n_times, n_lanes, _ = drive.shape
    flat_rates, flat_drive = (x.reshape(n_times * n_lanes, -1) for x in (rates, drive))
    return group.compute_activation(flat_rates, flat_drive).reshape(n_times, n_lanes, -1)


def _relax(
    targets: np.ndarray, factors: np.ndarray, substeps: int, state: np.ndarray, course: np.ndarray
) -> None:
    """Move dynamic units (condition, unit) towards the targets of each step, in place."""
    change = np.empty_like(state)
    for target, rates in zip(targets, course, strict=True):
        for _ in range(substeps):
            np.subtract(target, state, out=change)
            change *= factors
            state += change
        rates[:] = state
