"""Sort spikes by time step with a counting sort: its time per spike is constant.

The key of a spike is its position in a table with a row for each time step and a column for each
neuron. The sort is stable: spikes of the same step keep their order.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from scipy.sparse import coo_array

from bioann.bio.input_spikes.point_process import BLOCK_SIZE

#: Keys that are distributed at a time: the system allocates arrays this large in large pages.
KEYS_PER_SPLIT = 2**20
#: Approximate number of spikes in a bucket, whose intermediate arrays fit into the processor's
#: cache ...
SPIKES_PER_BUCKET = 2**17
#: ... and the largest number of buckets, since the cache can hold the ends of so many.
MAX_BUCKETS = 256
#: Smallest number that does not fit into 32 bits.
INT32_RANGE = 2**31

#: Spikes of some time steps: the neuron that each reaches, and the number of spikes in each step.
StepBlock = tuple[np.ndarray, np.ndarray]


class BucketSort:
    """Spikes distributed over buckets, each of which covers some time steps.

    The spikes of a bucket are sorted by step when they are read. Sorting by all steps at once would
    write each spike to memory outside the processor's cache.

    Parameters
    ----------
    keys : iterable of numpy.ndarray of int
        Blocks of keys ``step * n_neurons + neuron``; 64-bit integers if a key can reach
        `INT32_RANGE`.
    n_neurons, n_steps : int
        Number of neurons and of time steps.
    n_expected : float
        Approximate number of spikes; sets the number of buckets, not the result.
    """

    def __init__(
        self, keys: Iterable[np.ndarray], n_neurons: int, n_steps: int, n_expected: float
    ) -> None:
        n_buckets = min(int(n_expected) // SPIKES_PER_BUCKET + 1, MAX_BUCKETS)
        self.n_neurons, self.n_steps = n_neurons, n_steps
        # At least one step, and few enough for keys within a bucket to fit into 32 bits.
        self.bucket_steps = max(min(-(-n_steps // n_buckets), (INT32_RANGE - 1) // n_neurons), 1)
        n_buckets, size = -(-n_steps // self.bucket_steps), self.bucket_steps * n_neurons
        self.split_keys = [_split_keys(key, size, n_buckets) for key in _join_short(keys)]

    @property
    def n_spikes(self) -> int:
        """Number of spikes."""
        return sum(len(key) for key, _ in self.split_keys)

    def iter_blocks(self) -> Iterator[StepBlock]:
        """Yield the spikes sorted by time step, a bucket at a time.

        Yields
        ------
        neurons : numpy.ndarray of int, shape (spike,)
            Neuron that each spike reaches, of the type `neuron_dtype`.
        counts : numpy.ndarray of numpy.int32, shape (step,)
            Number of spikes in each step.
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
    """Return the smallest integer type that holds the indices of `n_neurons` neurons."""
    return np.uint16 if n_neurons <= 2**16 else np.int32


def _join_short(keys: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Join blocks of keys to arrays of at least `KEYS_PER_SPLIT`, but for the last."""
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
    """Sort keys by bucket: keys relative to the start of their bucket, and edges of the buckets."""
    if n_buckets == 1:
        return key.astype(np.int32, copy=False), np.array([0, len(key)])
    bucket = key // key.dtype.type(size)
    key -= bucket * key.dtype.type(size)
    return _group_by_row(bucket, key, n_buckets, size)


def _group_by_row(
    row: np.ndarray, value: np.ndarray, n_rows: int, n_values: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sort values below `n_values` by row: the sorted values, and the edges of the rows."""
    # Converting a sparse matrix to rows is a counting sort; its column indices are the values.
    indices = (row.astype(np.int32, copy=False), value.astype(np.int32, copy=False))
    matrix = coo_array((np.empty(len(row), dtype=np.int8), indices), shape=(n_rows, n_values))
    matrix.has_canonical_format = True  # Equal entries must not be summed up to one.
    by_row = matrix.tocsr()
    return by_row.indices, by_row.indptr


def assign_slots(neurons: np.ndarray, counts: np.ndarray, n_neurons: int) -> np.ndarray:
    """Assign a slot to each spike, so that spikes of one neuron in one step have different slots.

    Parameters
    ----------
    neurons, counts : numpy.ndarray
        Neuron of each spike and number of spikes in each step, as by `BucketSort.iter_blocks`.
    n_neurons : int
        Number of neurons of all lanes.

    Returns
    -------
    numpy.ndarray of numpy.int32, shape (spike,)
        ``neuron + n_neurons * slot``, slots counted from 0; sorted by step, neuron and slot.
    """
    indices = np.empty(len(neurons), dtype=np.int32)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    # Blocks of whole steps with about `BLOCK_SIZE` spikes each.
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
