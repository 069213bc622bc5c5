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

from bioann.bio.input_spikes.point_process import BLOCK

#: Keys that are shared out at a time: arrays that large come from the system in large pages.
MANY = 2**20
#: Spikes of a part, about: what is made of them on the way stays in the processor's cache ...
PART = 2**17
#: ... unless there are more parts than it can write to at a time.
PARTS = 256
#: Keys from here on do not fit into 32 bits.
RANGE = 2**31

#: Neurons that spikes of some time steps reach, and how many there are in each step.
Piece = tuple[np.ndarray, np.ndarray]


class InParts:
    """Spikes shared out among parts of the table, each some time steps long.

    Each part is then shared out among its steps when its turn comes. With as many steps as there
    are at once, each spike would be written to memory that no cache holds.

    Parameters
    ----------
    keys : iterable of numpy.ndarray of int
        ``step * total + neuron`` of some spikes, in 64 bits where `RANGE` asks for them.
    total, steps : int
        Neurons and time steps.
    about : float
        How many spikes there are, about; what comes out does not depend on it.
    """

    def __init__(self, keys: Iterable[np.ndarray], total: int, steps: int, about: float) -> None:
        parts = min(int(about) // PART + 1, PARTS)
        self.total, self.steps = total, steps
        # At least one step; and no more than leaves keys within a part 32 bits.
        self.width = max(min(-(-steps // parts), (RANGE - 1) // total), 1)
        parts = -(-steps // self.width)
        self.found = [_parted(key, self.width * total, parts) for key in _together(keys)]

    @property
    def size(self) -> int:
        """Number of spikes."""
        return sum(len(key) for key, _ in self.found)

    def pieces(self) -> Iterator[Piece]:
        """Order the spikes by time step, some steps at a time.

        Yields
        ------
        neuron : numpy.ndarray, shape (spike,)
            Of 16 bits where that will do, else of 32.
        counts : numpy.ndarray of numpy.int32, shape (step,)
            Spikes of each step.
        """
        kind = neuron_type(self.total)
        if not self.size:
            yield np.zeros(0, dtype=kind), np.zeros(self.steps, dtype=np.int32)
            return
        for k, first in enumerate(range(0, self.steps, self.width)):
            steps = min(self.width, self.steps - first)
            key = np.concatenate([some[ends[k] : ends[k + 1]] for some, ends in self.found])
            if not len(key):
                yield key.astype(kind), np.zeros(steps, dtype=np.int32)
                continue
            step = key // np.int32(self.total)
            key -= step * np.int32(self.total)
            neuron, ends = _counted(step, key, steps, self.total)
            yield neuron.astype(kind), np.diff(ends).astype(np.int32, copy=False)


def neuron_type(total: int) -> Any:
    """Give the type that numbers of so many neurons have."""
    return np.uint16 if total <= 2**16 else np.int32


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


def _parted(key: np.ndarray, size: int, parts: int) -> tuple[np.ndarray, np.ndarray]:
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
