"""Spikes put in the order of time by counting, which takes as long for each however many there are.

A spike is a key: its place in a table with a row for each time step and a column for each neuron.
Counting is stable: spikes of a step stay in the order in which they came.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from scipy.sparse import coo_array

from bioann.bio.input_spikes.point_process import BLOCK_SIZE

#: Keys that are shared out at a time: arrays that large come from the system in large pages.
KEYS_PER_SPLIT = 2**20
#: Spikes of a part, about: what is made of them on the way stays in the processor's cache ...
SPIKES_PER_BUCKET = 2**17
#: ... unless there are more parts than it can write to at a time.
MAX_BUCKETS = 256
#: Keys from here on do not fit into 32 bits.
INT32_RANGE = 2**31

#: Neurons that spikes of some time steps reach, and how many there are in each step.
StepBlock = tuple[np.ndarray, np.ndarray]


class BucketSort:
    """Spikes shared out among parts of the table, each some time steps long.

    Each part is then shared out among its steps when its turn comes. With as many steps as there
    are at once, each spike would be written to memory that no cache holds.

    Parameters
    ----------
    keys : iterable of numpy.ndarray of int
        ``step * total + neuron`` of some spikes, in 64 bits where `INT32_RANGE` asks for them.
    n_neurons, n_steps : int
        Neurons and time steps.
    about : float
        How many spikes there are, about; what comes out does not depend on it.
    """

    def __init__(self, keys: Iterable[np.ndarray], total: int, steps: int, about: float) -> None:
        parts = min(int(about) // SPIKES_PER_BUCKET + 1, MAX_BUCKETS)
        self.n_neurons, self.n_steps = total, steps
        # At least one step; and no more than leaves keys within a part 32 bits.
        self.bucket_steps = max(min(-(-steps // parts), (INT32_RANGE - 1) // total), 1)
        parts = -(-steps // self.bucket_steps)
        self.split_keys = [
            _split_keys(key, self.bucket_steps * total, parts) for key in _join_short(keys)
        ]

    @property
    def n_spikes(self) -> int:
        """Number of spikes."""
        return sum(len(key) for key, _ in self.split_keys)

    def iter_blocks(self) -> Iterator[StepBlock]:
        """Order the spikes by time step, some steps at a time.

        Yields
        ------
        neuron : numpy.ndarray, shape (spike,)
            Of 16 bits where that will do, else of 32.
        counts : numpy.ndarray of numpy.int32, shape (step,)
            Spikes of each step.
        """
        kind = neuron_dtype(self.n_neurons)
        if not self.n_spikes:
            yield np.zeros(0, dtype=kind), np.zeros(self.n_steps, dtype=np.int32)
            return
        for k, first in enumerate(range(0, self.n_steps, self.bucket_steps)):
            steps = min(self.bucket_steps, self.n_steps - first)
            key = np.concatenate([some[ends[k] : ends[k + 1]] for some, ends in self.split_keys])
            if not len(key):
                yield key.astype(kind), np.zeros(steps, dtype=np.int32)
                continue
            step = key // np.int32(self.n_neurons)
            key -= step * np.int32(self.n_neurons)
            neuron, ends = _group_by_row(step, key, steps, self.n_neurons)
            yield neuron.astype(kind), np.diff(ends).astype(np.int32, copy=False)


def neuron_dtype(total: int) -> Any:
    """Give the type that numbers of so many neurons have."""
    return np.uint16 if total <= 2**16 else np.int32


def _join_short(keys: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Join what is short."""
    some: list[np.ndarray] = []
    size = 0
    for key in keys:
        some.append(key)
        size += len(key)
        if size >= KEYS_PER_SPLIT:
            yield np.concatenate(some)
            some, size = [], 0
    if some:
        yield np.concatenate(some)


def _split_keys(key: np.ndarray, size: int, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Bring keys of the same part together, as places within it, and say where each part ends."""
    if parts == 1:
        return key.astype(np.int32, copy=False), np.array([0, len(key)])
    part = key // key.dtype.type(size)
    key -= part * key.dtype.type(size)
    return _group_by_row(part, key, parts, size)


def _group_by_row(
    row: np.ndarray, value: np.ndarray, rows: int, values: int
) -> tuple[np.ndarray, np.ndarray]:
    """Order values below `values` by row, and say where each row begins and the last one ends."""
    # To give a sparse matrix rows is to sort by counting; its columns are what goes along.
    ends = (row.astype(np.int32, copy=False), value.astype(np.int32, copy=False))
    matrix = coo_array((np.empty(len(row), dtype=np.int8), ends), shape=(rows, values))
    matrix.has_canonical_format = True  # Of two that are alike, it is not to make one.
    found = matrix.tocsr()
    return found.indices, found.indptr


def assign_slots(neuron: np.ndarray, counts: np.ndarray, total: int) -> np.ndarray:
    """Give spikes of one neuron and step a slot each, from the first on.

    Parameters
    ----------
    neuron, counts : numpy.ndarray
        As `InParts.pieces` gives them.
    total : int
        Neurons.

    Returns
    -------
    numpy.ndarray of numpy.int32, shape (spike,)
        ``neuron + total * slot``, ordered by step, neuron and slot.
    """
    port = np.empty(len(neuron), dtype=np.int32)
    ends = np.concatenate([[0], np.cumsum(counts)])
    # Whole steps, as many as hold a block of spikes.
    edges = np.searchsorted(ends, np.arange(0, len(neuron), BLOCK_SIZE))
    for low, high in itertools.pairwise(np.unique([*edges, len(counts)])):
        here = slice(ends[low], ends[high])
        rows = np.arange(
            high - low, dtype=np.int32 if (high - low) * total < INT32_RANGE else np.int64
        )
        rows = np.repeat(rows * total, counts[low:high])
        key = rows + neuron[here]
        key.sort()
        place = np.arange(len(key), dtype=np.int32)
        new = np.concatenate([[True], key[1:] != key[:-1]])[: len(key)]
        slot = place - np.maximum.accumulate(np.where(new, place, 0))
        port[here] = key - rows + slot * total
    return port
