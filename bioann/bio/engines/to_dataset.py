"""Conversion of the results of all batches to a labelled recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from bioann.bio.engines.memory import LaneBatch, join_arrays
from bioann.bio.engines.results import PopulationActivity, Record, RunResult
from bioann.bio.input_spikes.draw import Lanes
from bioann.recordings.recording import label_rates, label_spikes

BatchRuns = Sequence[tuple[LaneBatch, RunResult]]


def make_dataset(
    runs: BatchRuns,
    lanes: Lanes,
    sizes: Mapping[str, int],
    record: Record,
    centres: np.ndarray,
    width: float,
    **attrs: Any,
) -> xr.Dataset:
    """Label the spikes, rates, counts and voltages of all batches.

    Parameters
    ----------
    runs : sequence of (LaneBatch, RunResult)
        Batches with their results, in the order of the lanes.
    lanes : Lanes
        Lanes of all batches together.
    sizes : mapping of str to int
        Number of neurons of each population, in the order of units.
    record : Record
        What was recorded besides the rates.
    centres : numpy.ndarray, shape (time,)
        Centres of the bins in seconds; fewer than the run has if it stopped early.
    width : float
        Width of the bins in seconds.
    **attrs
        Attributes of the recording.

    Returns
    -------
    xarray.Dataset
        Recording with dimensions condition, trial, time and unit, as
        `bioann.recordings.recording.label_spikes` returns it, with counts and voltages if they were
        recorded.
    """
    shape = (len(lanes.conditions), lanes.trials)
    bin_counts = np.zeros((*shape, len(centres), len(sizes)))
    for unit, name in enumerate(sizes):
        arrays = [result.activity[name].bin_counts[:, : len(centres)] for _, result in runs]
        bin_counts[..., unit] = np.concatenate(arrays).reshape(*shape, -1)
    if record.spikes:
        dataset = label_spikes(
            _spike_columns(runs, lanes, sizes), dict(sizes), lanes.conditions, lanes.trials,
            centres, width, counts=bin_counts, **attrs,
        )  # fmt: skip
    else:
        dataset = label_rates(bin_counts, dict(sizes), lanes.conditions, centres, width, **attrs)
    for name in sizes:
        if record.counts:
            values = np.concatenate([result.activity[name].neuron_counts for _, result in runs])
            dims: tuple[str, ...] = ("condition", "trial", f"neuron_{name}")
            dataset[f"count_{name}"] = (dims, values.reshape(*shape, -1))
        if name in record.voltage:
            arrays = [result.activity[name].voltage for _, result in runs]
            values = np.moveaxis(np.concatenate(arrays, axis=1), 0, 1)
            dims = ("condition", "trial", "step", f"probe_{name}")
            voltage = values.reshape(*shape, *values.shape[1:])
            dataset[f"voltage_{name}"] = (dims, voltage, {"units": "V"})
            dataset = dataset.assign_coords(
                {f"probe_{name}": list(record.voltage[name]),
                 "step": np.arange(values.shape[1]) * lanes.dt}
            )  # fmt: skip
    return dataset


def _spike_columns(
    runs: BatchRuns, lanes: Lanes, sizes: Mapping[str, int]
) -> dict[str, np.ndarray]:
    """Return condition, trial, time, unit and neuron of each spike, in a recording's order."""
    columns = [sort_spikes(batch.lanes.n, result, lanes.dt, sizes) for batch, result in runs]
    joined_columns = (join_arrays(list(column)) for column in zip(*columns, strict=True))
    per_lane, time, unit, neuron = joined_columns
    lane = np.arange(lanes.n, dtype=np.int32)
    return {
        "spike_condition": _repeat_values(lane // np.int32(lanes.trials), per_lane),
        "spike_trial": _repeat_values(lane % np.int32(lanes.trials), per_lane),
        "spike_time": time,
        "spike_unit": unit,
        "spike_neuron": neuron,
    }


def _repeat_values(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Repeat each value; zeros take no memory until they are read."""
    return np.repeat(values, counts) if values.any() else np.zeros(counts.sum(), values.dtype)


def sort_spikes(
    n_lanes: int, result: RunResult, dt: float, sizes: Mapping[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sort spikes by lane, time, unit and neuron; times in seconds.

    Returns the number of spikes in each lane, and time, unit and neuron of each spike. The spikes
    of one population are sorted by time already, and within a time step by lane and neuron.
    Counting sorts, by time for several populations and then by lane, keep that order.
    """
    activity = [result.activity[name] for name in sizes]
    index, steps, spikes_per_step = _merge_populations(n_lanes, activity, sizes)
    neurons_per_lane, times = np.int32(sum(sizes.values())), steps * dt
    if n_lanes == 1:
        per_lane, time = np.array([len(index)]), np.repeat(times, spikes_per_step)
    else:
        lane = index // neurons_per_lane
        index_in_lane = lane * neurons_per_lane
        np.subtract(index, index_in_lane, out=index_in_lane)
        index, row, per_lane = _group_by_column(index_in_lane, spikes_per_step, lane, n_lanes)
        del lane, index_in_lane
        time = times[row]
    if len(sizes) == 1:
        return per_lane, time, np.zeros(len(index), dtype=np.int32), index
    n_neurons = list(sizes.values())
    unit = np.repeat(np.arange(len(n_neurons), dtype=np.int32), n_neurons)
    neuron = np.concatenate([np.arange(size, dtype=np.int32) for size in n_neurons])
    return per_lane, time, unit[index], neuron[index]


def _merge_populations(
    n_lanes: int, activity: Sequence[PopulationActivity], sizes: Mapping[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the spikes of all populations in time order.

    Returns the neuron index of each spike, the time steps, and the number of spikes in each of
    these steps. Indices count the neurons of a lane population by population, then the next lane.
    """
    if len(activity) == 1:
        return activity[0].spike_neurons, activity[0].active_steps, activity[0].spikes_per_step
    indices, neurons_per_lane, n_before = [], sum(sizes.values()), 0
    for population, size in zip(activity, sizes.values(), strict=True):
        index = population.spike_neurons + np.int32(n_before)
        if n_lanes > 1:
            index += population.spike_neurons // np.int32(size) * np.int32(neurons_per_lane - size)
        indices.append(index)
        n_before += size
    n_spikes = np.array([len(index) for index in indices])
    step = np.concatenate([population.spike_steps for population in activity], dtype=np.int32)
    index, _, spikes_per_step = _group_by_column(
        np.concatenate(indices), n_spikes, step, step.max(initial=-1) + 1
    )
    return index, np.arange(len(spikes_per_step)), spikes_per_step


def _group_by_column(
    values: np.ndarray, row_lengths: np.ndarray, column: np.ndarray, n_columns: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort values by column; return them, the row of each, and the number in each column."""
    offsets = np.concatenate([[0], np.cumsum(row_lengths)])
    matrix = csr_array((values, column, offsets), shape=(len(row_lengths), n_columns)).tocsc()
    return matrix.data, matrix.indices, np.diff(matrix.indptr)
