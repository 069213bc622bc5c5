"""What a run left behind, as a labelled recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from bioann.bio.draw import Lanes
from bioann.bio.engines.chunks import Chunk, joined
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
    parts = []
    for k, name in enumerate(names):
        for chunk, ran in done:
            outcome = ran.outcomes[name]
            lane, who = np.divmod(outcome.neuron, np.int32(sizes[name]))
            lane += np.int32(chunk.first)
            parts.append((lane, outcome.step, np.full_like(who, k), who))
    columns = [joined(list(column)) for column in zip(*parts, strict=True)]
    # What one population did in one lane is in the order of time already.
    if len(names) * lanes.n > 1:
        order = _order(*columns)
        columns = [column[order] for column in columns]
    at, when, which, who = columns
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
        key *= int(column.max()) + 1
        key += column
    return np.argsort(key, kind="stable")
