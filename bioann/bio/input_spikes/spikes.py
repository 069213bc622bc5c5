"""Input spikes of the neurons of all lanes, sorted by time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import numpy as np

from bioann.bio.input_spikes.sorting import StepBlock, assign_slots, neuron_dtype


class InputSpikes:
    """Spikes that arrive at the neurons of all lanes.

    They are sorted when they are read: block by block, so that there is no second copy of all of
    them in memory; or all at once, and then the sorted spikes replace the unsorted ones.

    Parameters
    ----------
    iter_blocks : callable
        ``iter_blocks()`` yields the spikes of some time steps at a time, as the method does.
    n_spikes : int
        Number of spikes of all lanes.
    n_neurons : int
        Number of neurons of all lanes.
    """

    def __init__(
        self, iter_blocks: Callable[[], Iterator[StepBlock]], n_spikes: int, n_neurons: int
    ) -> None:
        self._iter_blocks, self.n_spikes, self.n_neurons = iter_blocks, n_spikes, n_neurons

    @classmethod
    def from_sorted(cls, neurons: np.ndarray, counts: np.ndarray, n_neurons: int) -> InputSpikes:
        """Return input spikes from arrays that are already sorted by time."""
        return cls(lambda: iter([(neurons, counts)]), len(neurons), n_neurons)

    def iter_blocks(self) -> Iterator[StepBlock]:
        """Yield the spikes in the order of time, some time steps at a time.

        Yields
        ------
        neurons, counts : numpy.ndarray
            Neuron of each spike and number of spikes in each step, as `neurons` and `counts`.
        """
        return self._iter_blocks()

    def load(self) -> InputSpikes:
        """Sort all spikes now, so that several networks can read them."""
        _ = self._all_spikes
        return self

    @functools.cached_property
    def _all_spikes(self) -> StepBlock:
        neurons = np.empty(self.n_spikes, dtype=neuron_dtype(self.n_neurons))
        counts, n_sorted = [], 0
        for block_neurons, block_counts in self._iter_blocks():
            neurons[n_sorted : n_sorted + len(block_neurons)] = block_neurons
            counts.append(block_counts)
            n_sorted += len(block_neurons)
        block = _make_read_only(neurons), _make_read_only(np.concatenate(counts))
        # Frees the unsorted spikes.
        self._iter_blocks = lambda: iter([block])
        return block

    @property
    def neurons(self) -> np.ndarray:
        """Neuron that each spike reaches, sorted by time, shape ``(spike,)``.

        The type is that of `neuron_dtype`. A neuron may have several spikes in a time step. The
        order within a step has no meaning, but does not depend on the other lanes.
        """
        return self._all_spikes[0]

    @property
    def counts(self) -> np.ndarray:
        """Number of spikes in each time step, `numpy.int32` of shape ``(step,)``."""
        return self._all_spikes[1]

    @functools.cached_property
    def steps(self) -> np.ndarray:
        """Time step of each spike, ascending, shape ``(spike,)``."""
        return _make_read_only(np.repeat(np.arange(len(self.counts), dtype=np.int32), self.counts))

    @functools.cached_property
    def source_indices(self) -> np.ndarray:
        """``neuron + n_neurons * slot`` of each spike, sorted by step, neuron and slot.

        The second spike of a neuron within a step has its second slot, because Brian2 allows only
        one spike per step and source.
        """
        return _make_read_only(assign_slots(self.neurons, self.counts, self.n_neurons))

    @functools.cached_property
    def n_slots(self) -> int:
        """Number of slots per neuron, at least 1."""
        return int(self.source_indices.max(initial=0)) // self.n_neurons + 1


def _make_read_only(array: np.ndarray) -> np.ndarray:
    """Return an array that is read-only, because several networks share it."""
    array.setflags(write=False)
    return array
