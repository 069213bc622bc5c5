"""What a run left behind, as a labelled recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from bioann.bio.engines.memory import Chunk, joined
from bioann.bio.engines.results import Outcome, Ran, Record
from bioann.bio.input_spikes.draw import Lanes
from bioann.recordings.recording import rates, spiking

Done = Sequence[tuple[Chunk, Ran]]


def labelled(
    done: Done,
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
        parts = [ran.outcomes[name].binned[:, : len(centres)] for _, ran in done]
        binned[..., unit] = np.concatenate(parts).reshape(*shape, -1)
    if record.spikes:
        found = spiking(
            _spikes(done, lanes, sizes), dict(sizes), lanes.conditions, lanes.trials,
            centres, width, counts=binned, **attrs,
        )  # fmt: skip
    else:
        found = rates(binned, dict(sizes), lanes.conditions, centres, width, **attrs)
    for name in sizes:
        if record.counts:
            values = np.concatenate([ran.outcomes[name].counts for _, ran in done])
            dims = ("condition", "trial", f"neuron_{name}")
            found[f"count_{name}"] = (dims, values.reshape(*shape, -1))
        if name in record.voltage:
            parts = [ran.outcomes[name].voltage for _, ran in done]
            values = np.moveaxis(np.concatenate(parts, axis=1), 0, 1)
            axes = ("condition", "trial", "step", f"probe_{name}")
            whole = values.reshape(*shape, *values.shape[1:])
            found[f"voltage_{name}"] = (axes, whole, {"units": "V"})
            found = found.assign_coords(
                {f"probe_{name}": list(record.voltage[name]),
                 "step": np.arange(values.shape[1]) * lanes.dt}
            )  # fmt: skip
    return found


def _spikes(done: Done, lanes: Lanes, sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Take the spikes of all populations apart, sorted as a recording has them."""
    parts = [_sorted(chunk.lanes.n, ran, lanes.dt, sizes) for chunk, ran in done]
    per_lane, time, unit, neuron = (joined(list(column)) for column in zip(*parts, strict=True))
    lane = np.arange(lanes.n, dtype=np.int32)
    return {
        "spike_condition": _repeated(lane // np.int32(lanes.trials), per_lane),
        "spike_trial": _repeated(lane % np.int32(lanes.trials), per_lane),
        "spike_time": time,
        "spike_unit": unit,
        "spike_neuron": neuron,
    }


def _repeated(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Repeat each value; where all are zero, memory is left to whoever reads it."""
    return np.repeat(values, times) if values.any() else np.zeros(times.sum(), values.dtype)


def _sorted(
    lanes: int, ran: Ran, dt: float, sizes: Mapping[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sort by lane, time, unit and neuron: spikes in each lane; time, unit and neuron of each.

    What one population did is sorted by time already, and by lane and neuron in each time step:
    it is counted out, by time for several of them, then by lane, and keeps its order in each.
    """
    place, steps, fired = _side_by_side(lanes, [ran.outcomes[name] for name in sizes], sizes)
    n, times = np.int32(sum(sizes.values())), steps * dt
    if lanes == 1:
        per_lane, time = np.array([len(place)]), np.repeat(times, fired)
    else:
        lane = place // n
        inside = lane * n
        np.subtract(place, inside, out=inside)
        place, row, per_lane = _counted_out(inside, fired, lane, lanes)
        del lane, inside
        time = times[row]
    if len(sizes) == 1:
        return per_lane, time, np.zeros(len(place), dtype=np.int32), place
    each = list(sizes.values())
    unit = np.repeat(np.arange(len(each), dtype=np.int32), each)
    neuron = np.concatenate([np.arange(size, dtype=np.int32) for size in each])
    return per_lane, time, unit[place], neuron[place]


def _side_by_side(
    lanes: int, outcomes: Sequence[Outcome], sizes: Mapping[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give who fired, numbered through in a lane, in the order of time; when; and how many then."""
    if len(outcomes) == 1:
        return outcomes[0].neuron, outcomes[0].steps, outcomes[0].fired
    places, n, before = [], sum(sizes.values()), 0
    for outcome, size in zip(outcomes, sizes.values(), strict=True):
        place = outcome.neuron + np.int32(before)
        if lanes > 1:
            place += outcome.neuron // np.int32(size) * np.int32(n - size)
        places.append(place)
        before += size
    each = np.array([len(place) for place in places])
    step = np.concatenate([outcome.step for outcome in outcomes], dtype=np.int32)
    place, _, fired = _counted_out(np.concatenate(places), each, step, step.max(initial=-1) + 1)
    return place, np.arange(len(fired)), fired


def _counted_out(
    values: np.ndarray, in_row: np.ndarray, column: np.ndarray, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort rows of values by column, and give their rows, and how many are in each column."""
    ends = np.concatenate([[0], np.cumsum(in_row)])
    found = csr_array((values, column, ends), shape=(len(in_row), n)).tocsc()
    return found.data, found.indices, np.diff(found.indptr)
