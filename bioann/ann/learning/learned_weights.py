"""Learned weights in recordings: what a run ends with, and what the next one starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from bioann.ann.description import RateDescription
from bioann.ann.learning.simulate_learning import LearnedBlock, LearningRun, RuleState
from bioann.base.errors import SimulationError


def _name_synapses(
    block: LearnedBlock, network: RateDescription
) -> dict[str, tuple[str, list[str]]]:
    """Return the coordinates of the weights: names of source and target."""
    name = block.rule.name
    columns = (network.channels or ()) if block.is_input else network.units
    targets = [network.units[row] for row in block.rows for _ in block.columns]
    sources = [columns[column] for _ in block.rows for column in block.columns]
    dim = f"synapse_{name}"
    return {f"pre_{name}": (dim, sources), f"post_{name}": (dim, targets)}


def label_learned_weights(
    blocks: Sequence[LearnedBlock], network: RateDescription, run: LearningRun
) -> dict[str, xr.DataArray]:
    """Label the weights of a run.

    Parameters
    ----------
    blocks : sequence of LearnedBlock
        The weights of each rule.
    network : RateDescription
        The network that they belong to.
    run : LearningRun
        Weights and hidden variables that the simulation left.

    Returns
    -------
    dict of str to xarray.DataArray
        ``weight_<name>`` and ``weight_course_<name>`` in activation, and the hidden variables.
    """
    arrays = {}
    for block, course, state in zip(blocks, run.courses, run.states, strict=True):
        name, n_lanes = block.rule.name, len(course)
        coords = _name_synapses(block, network)
        dims = ("condition", "trial", f"synapse_{name}")
        for variable, values in state.items():
            label = "weight" if variable == "weights" else variable
            per_synapse = (
                values
                if values.ndim == 3
                else np.repeat(values[:, :, None], len(block.columns), axis=2)
            )
            arrays[f"{label}_{name}"] = xr.DataArray(
                per_synapse.reshape(n_lanes, 1, -1), coords, dims, attrs={"units": "1"}
            )
        arrays[f"weight_course_{name}"] = xr.DataArray(
            course.reshape(n_lanes, 1, course.shape[1], -1),
            coords,
            ("condition", "trial", "time", f"synapse_{name}"),
            attrs={"units": "1"},
        )
    return arrays


def read_rule_states(
    blocks: Sequence[LearnedBlock],
    network: RateDescription,
    conditions: tuple[str, ...],
    weights: xr.Dataset | None,
) -> list[RuleState]:
    """Return the weights and hidden variables that a run starts from.

    Parameters
    ----------
    blocks : sequence of LearnedBlock
        The weights of each rule.
    network : RateDescription
        The network with its initial weights.
    conditions : tuple of str
        Names of the conditions of the run.
    weights : xarray.Dataset or None
        Recording of an earlier run; one condition of it applies to all of this run, otherwise
        they are matched by name.

    Raises
    ------
    SimulationError
        If the recording lacks a rule's weights, or a condition.
    """
    states = []
    for block in blocks:
        matrix = network.W_in if block.is_input else network.W
        initial = matrix[np.ix_(block.rows, block.columns)]
        shape = (len(conditions), *initial.shape)
        state = {"weights": np.broadcast_to(initial, shape).copy()} | block.rule.make_state(shape)
        states.append(state if weights is None else _read_state(block, state, conditions, weights))
    return states


def _read_state(
    block: LearnedBlock,
    state: Mapping[str, np.ndarray],
    conditions: tuple[str, ...],
    weights: xr.Dataset,
) -> RuleState:
    """Return the final state of an earlier run, in the shape of `state`."""
    name, shape, result = block.rule.name, state["weights"].shape, {}
    for variable, values in state.items():
        label = f"{'weight' if variable == 'weights' else variable}_{name}"
        if label not in weights:
            raise SimulationError(
                "PlasticRateNetwork.run, weights", f"a recording with {label}",
                f"one with {', '.join(map(str, weights.data_vars))}",
                "Pass what run() of this network returned.",
            )  # fmt: skip
        selection = weights[label].isel(trial=0)
        if selection.sizes["condition"] > 1:
            missing = [c for c in conditions if c not in selection.condition.values]
            if missing:
                remedy = "Select one with .isel(condition=[0]) to start all conditions from it."
                raise SimulationError(
                    f"PlasticRateNetwork.run, {label}",
                    f"condition {missing[0]!r}",
                    "others",
                    remedy,
                )
            selection = selection.sel(condition=list(conditions))
        array = np.broadcast_to(selection.values, (shape[0], shape[1] * shape[2])).reshape(shape)
        result[variable] = array.copy() if values.ndim == 3 else array[:, :, 0].copy()
    return result
