"""What a run left behind, as a labelled recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from bioann.bio.draw import Lanes
from bioann.bio.engines.chunks import Chunk
from bioann.bio.engines.outcome import Ran, Record
from bioann.recording import rates, spiking

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
            _spikes(done, lanes, list(sizes), sizes), dict(sizes), lanes.conditions, lanes.trials,
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


def _spikes(
    done: Done, lanes: Lanes, names: Sequence[str], sizes: Mapping[str, int]
) -> dict[str, np.ndarray]:
    """Take the spikes of all populations apart, sorted as a recording has them."""
    lane, step, unit, neuron = [], [], [], []
    for k, name in enumerate(names):
        for chunk, ran in done:
            outcome = ran.outcomes[name]
            here, who = np.divmod(outcome.neuron, np.int32(sizes[name]))
            lane.append(here + np.int32(chunk.first))
            neuron.append(who)
            step.append(outcome.step)
            unit.append(np.full(len(who), k, dtype=np.int32))
    columns = [np.concatenate(parts) for parts in (lane, step, unit, neuron)]
    order = _order(*columns)
    at, when, which, who = (column[order] for column in columns)
    condition, trial = np.divmod(at, np.int32(lanes.trials))
    return {
        "spike_condition": condition,
        "spike_trial": trial,
        "spike_time": when * lanes.dt,
        "spike_unit": which,
        "spike_neuron": who,
    }


def _order(lane: np.ndarray, step: np.ndarray, unit: np.ndarray, neuron: np.ndarray) -> np.ndarray:
    """Sort by lane, time, unit and neuron: by one number made of the four."""
    if not len(lane):
        return np.zeros(0, dtype=np.int64)
    key = lane.astype(np.int64)
    for column in (step, unit, neuron):
        key = key * (int(column.max()) + 1) + column
    return np.argsort(key, kind="stable")
