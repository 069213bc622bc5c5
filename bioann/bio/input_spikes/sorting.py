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
#: Spikes of a bucket, about: what is made of them on the way stays in the processor's cache ...
SPIKES_PER_BUCKET = 2**17
#: ... unless there are more buckets than it can write to at a time.
MAX_BUCKETS = 256
#: Keys from here on do not fit into 32 bits.
INT32_RANGE = 2**31

#: Neurons that spikes of some time steps reach, and how many there are in each step.
StepBlock = tuple[np.ndarray, np.ndarray]


class BucketSort:
    """Spikes shared out among buckets, parts of the table that are some time steps long.

    Each bucket is then shared out among its steps when its turn comes. With as many steps as there
    are at once, each spike would be written to memory that no cache holds.

    Parameters
    ----------
    keys : iterable of numpy.ndarray of int
        ``step * n_neurons + neuron`` of some spikes, in 64 bits where `INT32_RANGE` asks for them.
    n_neurons, n_steps : int
        Neurons and time steps.
    n_expected : float
        How many spikes there are, about; what comes out does not depend on it.
    """

    def __init__(
        self, keys: Iterable[np.ndarray], n_neurons: int, n_steps: int, n_expected: float
    ) -> None:
        n_buckets = min(int(n_expected) // SPIKES_PER_BUCKET + 1, MAX_BUCKETS)
        self.n_neurons, self.n_steps = n_neurons, n_steps
        # At least one step; and no more than leaves keys within a bucket 32 bits.
        self.bucket_steps = max(min(-(-n_steps // n_buckets), (INT32_RANGE - 1) // n_neurons), 1)
        n_buckets, size = -(-n_steps // self.bucket_steps), self.bucket_steps * n_neurons
        self.split_keys = [_split_keys(key, size, n_buckets) for key in _join_short(keys)]

    @property
    def n_spikes(self) -> int:
        """Number of spikes."""
        return sum(len(key) for key, _ in self.split_keys)

    def iter_blocks(self) -> Iterator[StepBlock]:
        """Order the spikes by time step, some steps at a time.

        Yields
        ------
        neurons : numpy.ndarray, shape (spike,)
            Of 16 bits where that will do, else of 32.
        counts : numpy.ndarray of numpy.int32, shape (step,)
            Spikes of each step.
        """
        dtype = neuron_dtype(self.n_neurons)
        if not self.n_spikes:
            yield np.zeros(0, dtype=dtype), np.zeros(self.n_steps, dtype=np.int32)
            return
        for k, first in enumerate(range(0, self.n_steps, self.bucket_steps)):
            n_steps = min(self.bucket_steps, self.n_steps - first)
            key = np.concatenate([keys[edges[k] : edges[k + 1]] for keys, edges in self.split_keys])
            if not len(key):
                yield key.astype(dtype), np.zeros(n_steps, dtype=np.int32)
                continue
            step = key // np.int32(self.n_neurons)
            key -= step * np.int32(self.n_neurons)
            neurons, edges = _group_by_row(step, key, n_steps, self.n_neurons)
            yield neurons.astype(dtype), np.diff(edges).astype(np.int32, copy=False)


def neuron_dtype(n_neurons: int) -> Any:
    """Give the type that numbers of so many neurons have."""
    return np.uint16 if n_neurons <= 2**16 else np.int32


def _join_short(keys: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Join what is short."""
    short: list[np.ndarray] = []
    size = 0
    for key in keys:
        short.append(key)
        size += len(key)
        if size >= KEYS_PER_SPLIT:
            yield np.concatenate(short)
            short, size = [], 0
    if short:
        yield np.concatenate(short)


def _split_keys(key: np.ndarray, size: int, n_buckets: int) -> tuple[np.ndarray, np.ndarray]:
    """Bring keys of the same bucket together, counted from its first, and say where each ends."""
    if n_buckets == 1:
        return key.astype(np.int32, copy=False), np.array([0, len(key)])
    bucket = key // key.dtype.type(size)
    key -= bucket * key.dtype.type(size)
    return _group_by_row(bucket, key, n_buckets, size)


def _group_by_row(
    row: np.ndarray, value: np.ndarray, n_rows: int, n_values: int
) -> tuple[np.ndarray, np.ndarray]:
    """Order values below `n_values` by row, and say where each row begins and the last one ends."""
    # To give a sparse matrix rows is to sort by counting; its columns are what goes along.
    indices = (row.astype(np.int32, copy=False), value.astype(np.int32, copy=False))
    matrix = coo_array((np.empty(len(row), dtype=np.int8), indices), shape=(n_rows, n_values))
    matrix.has_canonical_format = True  # Of two that are alike, it is not to make one.
    by_row = matrix.tocsr()
    return by_row.indices, by_row.indptr


def assign_slots(neurons: np.ndarray, counts: np.ndarray, n_neurons: int) -> np.ndarray:
    """Give spikes of one neuron and step a slot each, from the first on.

    Parameters
    ----------
    neurons, counts : numpy.ndarray
        As `BucketSort.iter_blocks` gives them.
    n_neurons : int
        Neurons.

    Returns
    -------
    numpy.ndarray of numpy.int32, shape (spike,)
        ``neuron + n_neurons * slot``, ordered by step, neuron and slot.
    """
    indices = np.empty(len(neurons), dtype=np.int32)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    # Whole steps, as many as hold a block of spikes.
    edges = np.searchsorted(offsets, np.arange(0, len(neurons), BLOCK_SIZE))
    for low, high in itertools.pairwise(np.unique([*edges, len(counts)])):
        block = slice(offsets[low], offsets[high])
        fits = (high - low) * n_neurons < INT32_RANGE
        rows = np.arange(high - low, dtype=np.int32 if fits else np.int64)
        rows = np.repeat(rows * n_neurons, counts[low:high])
        key = rows + neurons[block]
        key.sort()
        order = np.arange(len(key), dtype=np.int32)
        is_new = np.concatenate([[True], key[1:] != key[:-1]])[: len(key)]
        slot = order - np.maximum.accumulate(np.where(is_new, order, 0))
        indices[block] = key - rows + slot * n_neurons
    return indices
