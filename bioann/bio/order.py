"""Spikes put in the order of time by counting, which takes as long for each however many there are.

A spike is a key: its place in a table with a row for each time step and a column for each neuron.
Counting is stable: spikes of a step stay in the order in which they came.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import numpy as np
from scipy.sparse import coo_array

from bioann.bio.points import BLOCK

#: Keys that are shared out at a time: arrays that large come from the system in large pages.
MANY = 2**20
#: Spikes of a part, about: what is made of them on the way stays in the processor's cache ...
PART = 2**17
#: ... unless there are more parts than it can write to at a time.
PARTS = 256
#: Keys from here on do not fit into 32 bits.
RANGE = 2**31


def by_step(
    keys: Iterable[np.ndarray], total: int, steps: int, about: float
) -> tuple[np.ndarray, np.ndarray]:
    """Order spikes by time step.

    They are first shared out among parts of the table, each some steps long, then each part among
    its steps. With as many steps as there are at once, each spike would be written to memory that
    no cache holds.

    Parameters
    ----------
    keys : iterable of numpy.ndarray of int
        ``step * total + neuron`` of some spikes, in 64 bits where `RANGE` asks for them.
    total, steps : int
        Neurons and time steps.
    about : float
        How many spikes there are, about; what comes out does not depend on it.

    Returns
    -------
    neuron : numpy.ndarray, shape (spike,)
        Of 16 bits where that will do, else of 32.
    counts : numpy.ndarray of numpy.int32, shape (step,)
        Spikes of each step.
    """
    parts = min(int(about) // PART + 1, PARTS)
    # At least one step; and no more than leaves keys within a part 32 bits.
    width = max(min(-(-steps // parts), (RANGE - 1) // total), 1)
    parts = -(-steps // width)
    shared = [_shared(key, width * total, parts) for key in _together(keys)]
    size = sum(len(key) for key, _ in shared)
    neuron = np.empty(size, dtype=np.uint16 if total <= 2**16 else np.int32)
    counts, done = np.zeros(steps, dtype=np.int32), 0
    for k in range(parts if size else 0):
        key = np.concatenate([some[ends[k] : ends[k + 1]] for some, ends in shared])
        if not len(key):
            continue
        here = counts[k * width : (k + 1) * width]
        step = key // np.int32(total)
        key -= step * np.int32(total)
        found, ends = _counted(step, key, len(here), total)
        neuron[done : done + len(found)] = found
        here[:] = np.diff(ends)
        done += len(found)
    return neuron, counts


def _together(keys: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Join what is short."""
    some: list[np.ndarray] = []
    size = 0
    for key in keys:
        some.append(key)
        size += len(key)
        if size >= MANY:
            yield np.concatenate(some)
            some, size = [], 0
    if some:
        yield np.concatenate(some)


def _shared(key: np.ndarray, size: int, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Bring keys of the same part together, as places within it, and say where each part ends."""
    if parts == 1:
        return key.astype(np.int32, copy=False), np.array([0, len(key)])
    part = key // key.dtype.type(size)
    key -= part * key.dtype.type(size)
    return _counted(part, key, parts, size)


def _counted(
    row: np.ndarray, value: np.ndarray, rows: int, values: int
) -> tuple[np.ndarray, np.ndarray]:
    """Order values below `values` by row, and say where each row begins and the last one ends."""
    # To give a sparse matrix rows is to sort by counting; its columns are what goes along.
    ends = (row.astype(np.int32, copy=False), value.astype(np.int32, copy=False))
    matrix = coo_array((np.empty(len(row), dtype=np.int8), ends), shape=(rows, values))
    matrix.has_canonical_format = True  # Of two that are alike, it is not to make one.
    found = matrix.tocsr()
    return found.indices, found.indptr


def ports(neuron: np.ndarray, counts: np.ndarray, total: int) -> np.ndarray:
    """Give spikes of one neuron and step a slot each, from the first on.

    Parameters
    ----------
    neuron, counts : numpy.ndarray
        As `by_step` gives them.
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
    edges = np.searchsorted(ends, np.arange(0, len(neuron), BLOCK))
    for low, high in itertools.pairwise(np.unique([*edges, len(counts)])):
        here = slice(ends[low], ends[high])
        rows = np.arange(high - low, dtype=np.int32 if (high - low) * total < RANGE else np.int64)
        rows = np.repeat(rows * total, counts[low:high])
        key = rows + neuron[here]
        key.sort()
        place = np.arange(len(key), dtype=np.int32)
        new = np.concatenate([[True], key[1:] != key[:-1]])[: len(key)]
        slot = place - np.maximum.accumulate(np.where(new, place, 0))
        port[here] = key - rows + slot * total
    return port
