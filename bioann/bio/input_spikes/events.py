"""Input spikes of the neurons of all lanes, in the order of time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import numpy as np

from bioann.bio.input_spikes.sorting import Piece, neuron_type, ports


class Events:
    """Spikes that arrive at the neurons of all lanes.

    They are put in the order of time when they are asked for: some time steps at a time, so that
    they are not all in memory once more, or all of them, which are then kept.

    Parameters
    ----------
    ordered : callable
        Gives them some time steps at a time, as `pieces` does.
    size : int
        How many there are.
    total : int
        Neurons of all lanes.
    """

    def __init__(self, ordered: Callable[[], Iterator[Piece]], size: int, total: int) -> None:
        self._ordered, self.size, self.total = ordered, size, total

    @classmethod
    def of(cls, neuron: np.ndarray, counts: np.ndarray, total: int) -> Events:
        """Take spikes that are in the order of time."""
        return cls(lambda: iter([(neuron, counts)]), len(neuron), total)

    def pieces(self) -> Iterator[Piece]:
        """Go through them in the order of time.

        Yields
        ------
        neuron, counts : numpy.ndarray
            Of the next time steps, as those of all.
        """
        return self._ordered()

    def settled(self) -> Events:
        """Put them in the order of time once and for all, for several who ask."""
        _ = self._whole
        return self

    @functools.cached_property
    def _whole(self) -> Piece:
        neuron = np.empty(self.size, dtype=neuron_type(self.total))
        counts, done = [], 0
        for some, each in self._ordered():
            neuron[done : done + len(some)] = some
            counts.append(each)
            done += len(some)
        whole = _kept(neuron), _kept(np.concatenate(counts))
        # What they were made of may go.
        self._ordered = lambda: iter([whole])
        return whole

    @property
    def neuron(self) -> np.ndarray:
        """Which neuron each spike reaches, in the order of time, shape ``(spike,)``.

        `numpy.uint16` where all neurons have their number in it, else `numpy.int32`. A neuron may
        have several in a time step; the order within one means nothing, but is the same in a lane
        whichever others there are.
        """
        return self._whole[0]

    @property
    def counts(self) -> np.ndarray:
        """How many arrive in each time step, `numpy.int32` of shape ``(step,)``."""
        return self._whole[1]

    @functools.cached_property
    def step(self) -> np.ndarray:
        """Time step of each spike, ascending."""
        return _kept(np.repeat(np.arange(len(self.counts), dtype=np.int32), self.counts))

    @functools.cached_property
    def port(self) -> np.ndarray:
        """``neuron + total * slot`` of each spike, ordered by step, neuron and slot.

        A neuron's second spike within a step takes its second slot, since Brian2 wants at most one
        spike per step and source.
        """
        return _kept(ports(self.neuron, self.counts, self.total))

    @functools.cached_property
    def slots(self) -> int:
        """Slots per neuron, at least 1."""
        return int(self.port.max(initial=0)) // self.total + 1


def _kept(array: np.ndarray) -> np.ndarray:
    """Make read-only what all who ask get."""
    array.setflags(write=False)
    return array
