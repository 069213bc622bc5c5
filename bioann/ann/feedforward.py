"""Simulate a rate network without loops: each unit over many time steps at once.

A unit that depends only on units that are computed already needs no step-by-step loop. Static units
that depend on the stimulus alone are evaluated once while it does not change, and the exponential
Euler steps of a dynamic unit are a first-order recursive filter of its activation.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.signal

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
        Unit indices, stage by stage, each of static or of dynamic units only; None if units depend
        on each other, or on themselves.
    """
    depends_on = list_dependencies(network)
    is_static = network.time_constants() == 0
    is_pending = np.ones(len(depends_on), bool)
    stages = []
    while is_pending.any():
        is_ready = is_pending & ~(depends_on & is_pending[None, :]).any(axis=1)
        if not is_ready.any():
            return None
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
    for drive in order.compute_drive(inputs, n_copies=2 * substeps + 1):
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
    fine_drive = np.repeat(drive, substeps, axis=0) if substeps > 1 else drive
    # Activation while the stimulus is constant, before each integration step, and after each step
    # of the stimulus.
    steady = np.zeros((len(starts), n_lanes, len(order.unit_order)))
    before = np.zeros((len(fine_drive), n_lanes, len(order.unit_order)))
    after = np.zeros((n_times, n_lanes, len(order.unit_order)))
    is_steady = np.zeros(len(order.unit_order), bool)
    for group in order.groups:
        columns, factors = group.columns, relaxation_factors[group.columns]
        depends_on_stimulus = is_steady[group.source_columns].all()
        if depends_on_stimulus:
            activation = _evaluate(group, steady, drive[starts])
        if factors[0] == 1.0:
            if depends_on_stimulus:
                is_steady[columns] = True
                steady[..., columns] = activation
                after[..., columns] = np.repeat(activation, durations, axis=0)
                before[..., columns] = np.repeat(activation, durations * substeps, axis=0)
            else:
                before[..., columns] = _evaluate(group, before, fine_drive)
                after[..., columns] = _evaluate(group, after, drive)
            continue
        if depends_on_stimulus:
            activation = np.repeat(activation, durations * substeps, axis=0)
        else:
            activation = _evaluate(group, before, fine_drive)
        course = _relax(activation, factors, state[:, columns])
        before[0, :, columns] = state[:, columns]
        before[1:, :, columns] = course[:-1]
        after[..., columns] = course[substeps - 1 :: substeps]
        state[:, columns] = course[-1]
    return after


def _evaluate(group: UpdateGroup, rates: np.ndarray, drive: np.ndarray) -> np.ndarray:
    """Return the activation of a group at many times, (time, condition, unit)."""
    n_times, n_lanes, _ = drive.shape
    flat_rates, flat_drive = (x.reshape(n_times * n_lanes, -1) for x in (rates, drive))
    return group.compute_activation(flat_rates, flat_drive).reshape(n_times, n_lanes, -1)


def _relax(activation: np.ndarray, factors: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return dynamic units after each integration step, (time, condition, unit)."""
    course = np.empty_like(activation)
    for factor in np.unique(factors):
        units = factors == factor
        course[..., units], _ = scipy.signal.lfilter(
            [factor],
            [1.0, factor - 1.0],
            activation[..., units],
            axis=0,
            zi=(1 - factor) * start[None, :, units],
        )
    return course
