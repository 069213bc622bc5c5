"""What a run left behind, as a labelled recording."""

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
    done: BatchRuns,
    lanes: Lanes,
    sizes: Mapping[str, int],
    record: Record,
    centres: np.ndarray,
    width: float,
    **attrs: Any,
) -> xr.Dataset:
    """Label the spikes, rates, counts and voltages of all chunks.

    Parameters
    ----------
    done : sequence of (Chunk, Ran)
        In the order of the lanes.
    lanes : Lanes
        All lanes.
    sizes : mapping of str to int
        Neurons of each population, in unit order.
    record : Record
        What was asked for.
    centres : numpy.ndarray, shape (time,)
        Bin centres in seconds, as far as the run went.
    width : float
        Bin width in seconds.
    **attrs
        What else is worth keeping.

    Returns
    -------
    xarray.Dataset
        The recording.
    """
    shape = (len(lanes.conditions), lanes.trials)
    binned = np.zeros((*shape, len(centres), len(sizes)))
    for unit, name in enumerate(sizes):
        parts = [ran.activity[name].bin_counts[:, : len(centres)] for _, ran in done]
        binned[..., unit] = np.concatenate(parts).reshape(*shape, -1)
    if record.spikes:
        found = label_spikes(
            _spike_columns(done, lanes, sizes), dict(sizes), lanes.conditions, lanes.trials,
            centres, width, counts=binned, **attrs,
        )  # fmt: skip
    else:
        found = label_rates(binned, dict(sizes), lanes.conditions, centres, width, **attrs)
    for name in sizes:
        if record.counts:
            values = np.concatenate([ran.activity[name].neuron_counts for _, ran in done])
            dims = ("condition", "trial", f"neuron_{name}")
            found[f"count_{name}"] = (dims, values.reshape(*shape, -1))
        if name in record.voltage:
            parts = [ran.activity[name].voltage for _, ran in done]
            values = np.moveaxis(np.concatenate(parts, axis=1), 0, 1)
            axes = ("condition", "trial", "step", f"probe_{name}")
            whole = values.reshape(*shape, *values.shape[1:])
            found[f"voltage_{name}"] = (axes, whole, {"units": "V"})
            found = found.assign_coords(
                {f"probe_{name}": list(record.voltage[name]),
                 "step": np.arange(values.shape[1]) * lanes.dt}
            )  # fmt: skip
    return found


def _spike_columns(
    done: BatchRuns, lanes: Lanes, sizes: Mapping[str, int]
) -> dict[str, np.ndarray]:
    """Take the spikes of all populations apart, sorted as a recording has them."""
    parts = [_sort_spikes(chunk.lanes.n, ran, lanes.dt, sizes) for chunk, ran in done]
    per_lane, time, unit, neuron = (
        join_arrays(list(column)) for column in zip(*parts, strict=True)
    )
    lane = np.arange(lanes.n, dtype=np.int32)
    return {
        "spike_condition": _repeat_values(lane // np.int32(lanes.trials), per_lane),
        "spike_trial": _repeat_values(lane % np.int32(lanes.trials), per_lane),
        "spike_time": time,
        "spike_unit": unit,
        "spike_neuron": neuron,
    }


def _repeat_values(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Repeat each value; where all are zero, memory is left to whoever reads it."""
    return np.repeat(values, times) if values.any() else np.zeros(times.sum(), values.dtype)


def _sort_spikes(
    lanes: int, ran: RunResult, dt: float, sizes: Mapping[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sort by lane, time, unit and neuron: spikes in each lane; time, unit and neuron of each.

    What one population did is sorted by time already, and by lane and neuron in each time step:
    it is counted out, by time for several of them, then by lane, and keeps its order in each.
    """
    place, steps, fired = _merge_populations(lanes, [ran.activity[name] for name in sizes], sizes)
    n, times = np.int32(sum(sizes.values())), steps * dt
    if lanes == 1:
        per_lane, time = np.array([len(place)]), np.repeat(times, fired)
    else:
        lane = place // n
        inside = lane * n
        np.subtract(place, inside, out=inside)
        place, row, per_lane = _group_by_column(inside, fired, lane, lanes)
        del lane, inside
        time = times[row]
    if len(sizes) == 1:
        return per_lane, time, np.zeros(len(place), dtype=np.int32), place
    each = list(sizes.values())
    unit = np.repeat(np.arange(len(each), dtype=np.int32), each)
    neuron = np.concatenate([np.arange(size, dtype=np.int32) for size in each])
    return per_lane, time, unit[place], neuron[place]


def _merge_populations(
    lanes: int, outcomes: Sequence[PopulationActivity], sizes: Mapping[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give who fired, numbered through in a lane, in the order of time; when; and how many then."""
    if len(outcomes) == 1:
        return outcomes[0].neuron, outcomes[0].spike_steps, outcomes[0].spikes_per_step
    places, n, before = [], sum(sizes.values()), 0
    for outcome, size in zip(outcomes, sizes.values(), strict=True):
        place = outcome.neuron + np.int32(before)
        if lanes > 1:
            place += outcome.neuron // np.int32(size) * np.int32(n - size)
        places.append(place)
        before += size
    each = np.array([len(place) for place in places])
    step = np.concatenate([outcome.step for outcome in outcomes], dtype=np.int32)
    place, _, fired = _group_by_column(np.concatenate(places), each, step, step.max(initial=-1) + 1)
    return place, np.arange(len(fired)), fired


def _group_by_column(
    values: np.ndarray, in_row: np.ndarray, column: np.ndarray, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort rows of values by column, and give their rows, and how many are in each column."""
    ends = np.concatenate([[0], np.cumsum(in_row)])
    found = csr_array((values, column, ends), shape=(len(in_row), n)).tocsc()
    return found.data, found.indices, np.diff(found.indptr)
