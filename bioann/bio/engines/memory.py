"""How many lanes run at a time: as many as fit into memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from bioann.bio.afferent import Afferent
from bioann.bio.description import NetworkDescription
from bioann.bio.input_spikes.draw import Lanes

#: Share of the memory that is free which a run may take.
FREE_MEMORY_SHARE = 0.5
#: Bytes of a neuron (its states and those of its receptors, and its place in queues), of a
#: synapse, and of a spike while it is drawn, sorted, written, recorded and labelled: more than was
#: found at the peak, which is 290, 35 and 65.
BYTES_PER_NEURON, BYTES_PER_SYNAPSE, BYTES_PER_SPIKE = 400, 80, 100
#: The same where a program runs them, of synapses that do not learn (50, 9 and 7 were found).
COMPILED_BYTES = 200, 16, 15
#: Rate in Hz at which neurons are taken to fire.
ASSUMED_RATE = 50.0


@dataclasses.dataclass(frozen=True)
class LaneBatch:
    """Lanes that run together: they follow each other in the whole.

    Parameters
    ----------
    lanes : Lanes
        These alone.
    first_lane : int
        Place of the first one among all.
    conditions : slice
        Of the stimulus.
    """

    lanes: Lanes
    first_lane: int
    conditions: slice

    @property
    def lane_slice(self) -> slice:
        """Where the lanes are among all."""
        return slice(self.first_lane, self.first_lane + self.lanes.n)


def split_lanes(lanes: Lanes, max_lanes: int) -> Iterator[LaneBatch]:
    """Divide lanes into batches of at most `max_lanes`: whole conditions, or trials of one.

    Parameters
    ----------
    lanes : Lanes
        All.
    max_lanes : int
        Lanes that may run together, at least 1.

    Yields
    ------
    LaneBatch
        In the order of the lanes.
    """
    if max_lanes >= lanes.trials:
        step = max_lanes // lanes.trials
        for k in range(0, len(lanes.conditions), step):
            conditions = slice(k, min(k + step, len(lanes.conditions)))
            yield LaneBatch(lanes.select_conditions(conditions), k * lanes.trials, conditions)
        return
    for k in range(len(lanes.conditions)):
        condition = lanes.select_conditions(slice(k, k + 1))
        for trial in range(0, lanes.trials, max_lanes):
            size = min(max_lanes, lanes.trials - trial)
            first_trial = lanes.first_trial + trial
            subset = dataclasses.replace(condition, trials=size, first_trial=first_trial)
            yield LaneBatch(subset, k * lanes.trials + trial, slice(k, k + 1))


def lanes_in_memory(
    network: NetworkDescription, stimulus: xr.DataArray, engine: str, max_bytes: float | None = None
) -> int:
    """Give the number of lanes that fit.

    Parameters
    ----------
    network : NetworkDescription
        What is to run.
    stimulus : xarray.DataArray
        For how long, and on what.
    engine : str
        By which.
    max_bytes : float, optional
        Bytes that the run may take; half of what is free unless given.

    Returns
    -------
    int
        At least 1.
    """
    available = FREE_MEMORY_SHARE * free_memory() if max_bytes is None else max_bytes
    return max(int(available / estimate_bytes_per_lane(network, stimulus, engine)), 1)


def estimate_bytes_per_lane(
    network: NetworkDescription, stimulus: xr.DataArray, engine: str
) -> float:
    """Estimate the bytes that a lane takes; of ``auto`` as if no program ran it."""
    uncompiled = (BYTES_PER_NEURON, BYTES_PER_SYNAPSE, BYTES_PER_SPIKE)
    per_neuron, per_synapse, per_spike = COMPILED_BYTES if engine == "cpp" else uncompiled
    synapse_bytes = sum(
        p.connectivity.expected_synapse_count(network.sizes[p.source], network.sizes[p.target])
        * (per_synapse if p.long_term_rule is None else BYTES_PER_SYNAPSE)
        for p in network.projections
    )
    n_neurons = sum(network.sizes.values())
    return per_neuron * n_neurons + synapse_bytes + per_spike * estimate_spikes(network, stimulus)


def estimate_spikes(network: NetworkDescription, stimulus: xr.DataArray) -> float:
    """Estimate the spikes of a lane, those of its fibres included."""
    dt = float(stimulus.attrs["dt"])
    duration = stimulus.sizes["time"] * dt
    n_spikes = sum(network.sizes.values()) * ASSUMED_RATE * duration
    for population in network.populations:
        n_spikes += population.n * duration * sum(b.rate for b in population.background)
    for a in network.afferents:
        if isinstance(a, Afferent):
            values = stimulus.sel(channel=a.channel).values
            rates = a.compute_rates(values, [str(c) for c in stimulus.condition.values])
            per_fibre = float(rates.sum(axis=1).max()) * dt
            n_spikes += network.sizes[a.target] * a.fibres * per_fibre
    return n_spikes


def free_memory() -> float:
    """Give the bytes of memory that are free, as far as the system says so; 4 GB otherwise."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        available = next(line for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return 4e9
    return float(available.split()[1]) * 1024


def join_arrays(arrays: list[np.ndarray]) -> np.ndarray:
    """Concatenate the arrays of all batches; without a copy where there is one only."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
