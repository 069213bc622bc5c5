"""Batches of lanes that fit into memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from bioann.base.memory import count_available_bytes
from bioann.bio.description import NetworkDescription
from bioann.bio.engines import cost
from bioann.bio.engines.engine import Engine
from bioann.bio.input_spikes.draw import Lanes


@dataclasses.dataclass(frozen=True)
class LaneBatch:
    """Consecutive lanes of a run, which are simulated together.

    Parameters
    ----------
    lanes : Lanes
        Conditions and trials of this batch.
    first_lane : int
        Index of its first lane among all lanes of the run.
    conditions : slice
        Conditions of the stimulus that this batch uses.
    """

    lanes: Lanes
    first_lane: int
    conditions: slice

    @property
    def lane_slice(self) -> slice:
        """Indices of these lanes among all lanes of the run."""
        return slice(self.first_lane, self.first_lane + self.lanes.n)


def split_lanes(lanes: Lanes, max_lanes: int) -> Iterator[LaneBatch]:
    """Split lanes into batches of at most `max_lanes`: whole conditions, or trials of one.

    Parameters
    ----------
    lanes : Lanes
        All conditions and trials of the run.
    max_lanes : int
        Largest number of lanes in a batch, at least 1.

    Yields
    ------
    LaneBatch
        Batches in the order of the lanes.
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
            first = lanes.number_of(trial)
            subset = dataclasses.replace(condition, trials=size, first_trial=first)
            yield LaneBatch(subset, k * lanes.trials + trial, slice(k, k + 1))


def lanes_in_memory(
    candidates: Sequence[Engine],
    network: NetworkDescription,
    stimulus: xr.DataArray,
    max_bytes: float | None = None,
) -> int:
    """Return the number of lanes that fit into memory, whichever candidate executes the run.

    Parameters
    ----------
    candidates : sequence of Engine
        Engines of which one will execute the run.
    network : NetworkDescription
        Spiking network of the run.
    stimulus : xarray.DataArray, shape (condition, time, channel)
        Stimulus of the run, in activation.
    max_bytes : float, optional
        Bytes that the run may take; by default half of the memory that is available.

    Returns
    -------
    int
        At least 1.
    """
    if max_bytes is None:
        max_bytes = cost.FREE_MEMORY_SHARE * count_available_bytes()
    sizes = {engine.lane_bytes for engine in candidates}
    per_lane = max(cost.estimate_lane_bytes(network, stimulus, size) for size in sizes)
    return max(int(max_bytes / per_lane), 1)


def join_arrays(arrays: list[np.ndarray]) -> np.ndarray:
    """Concatenate the arrays of all batches; a single array is not copied."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
