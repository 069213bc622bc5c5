"""Input spikes of the neurons of all lanes, in the order of time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import numpy as np

from bioann.bio.input_spikes.sorting import StepBlock, assign_slots, neuron_dtype


class InputSpikes:
    """Spikes that arrive at the neurons of all lanes.

    They are put in the order of time when they are asked for: some time steps at a time, so that
    they are not all in memory once more, or all of them, which are then kept.

    Parameters
    ----------
    iter_blocks : callable
        Gives them some time steps at a time, as the method of this name does.
    n_spikes : int
        How many there are.
    n_neurons : int
        Neurons of all lanes.
    """

    def __init__(
        self, iter_blocks: Callable[[], Iterator[StepBlock]], n_spikes: int, n_neurons: int
    ) -> None:
        self._iter_blocks, self.n_spikes, self.n_neurons = iter_blocks, n_spikes, n_neurons

    @classmethod
    def from_sorted(cls, neurons: np.ndarray, counts: np.ndarray, n_neurons: int) -> InputSpikes:
        """Take spikes that are in the order of time."""
        return cls(lambda: iter([(neurons, counts)]), len(neurons), n_neurons)

    def iter_blocks(self) -> Iterator[StepBlock]:
        """Go through them in the order of time.

        Yields
        ------
        neurons, counts : numpy.ndarray
            Of the next time steps, as those of all.
        """
        return self._iter_blocks()

    def load(self) -> InputSpikes:
        """Put them in the order of time once and for all, for several who ask."""
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
        # What they were made of may go.
        self._iter_blocks = lambda: iter([block])
        return block

    @property
    def neurons(self) -> np.ndarray:
        """Which neuron each spike reaches, in the order of time, shape ``(spike,)``.

        `numpy.uint16` where all neurons have their number in it, else `numpy.int32`. A neuron may
        have several in a time step; the order within one means nothing, but is the same in a lane
        whichever others there are.
        """
        return self._all_spikes[0]

    @property
    def counts(self) -> np.ndarray:
        """How many arrive in each time step, `numpy.int32` of shape ``(step,)``."""
        return self._all_spikes[1]

    @functools.cached_property
    def steps(self) -> np.ndarray:
        """Time step of each spike, ascending."""
        return _make_read_only(np.repeat(np.arange(len(self.counts), dtype=np.int32), self.counts))

    @functools.cached_property
    def source_indices(self) -> np.ndarray:
        """``neuron + n_neurons * slot`` of each spike, ordered by step, neuron and slot.

        A neuron's second spike within a step takes its second slot, since Brian2 wants at most one
        spike per step and source.
        """
        return _make_read_only(assign_slots(self.neurons, self.counts, self.n_neurons))

    @functools.cached_property
    def n_slots(self) -> int:
        """Slots per neuron, at least 1."""
        return int(self.source_indices.max(initial=0)) // self.n_neurons + 1


def _make_read_only(array: np.ndarray) -> np.ndarray:
    """Make read-only what all who ask get."""
    array.setflags(write=False)
    return array
