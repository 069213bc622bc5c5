"""Which units of a rate network change together, and in which order: made once for each run."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import scipy

from bioann.ann.description import RateDescription

if TYPE_CHECKING:
    from bioann.ann.activations.activation import Activation

#: Numbers of summed input that are made at a time (32 MB).
AT_A_TIME = 2**22


def order(network: RateDescription) -> list[np.ndarray]:
    """Sort the static units into levels: each level needs only dynamic units and earlier levels.

    Parameters
    ----------
    network : RateDescription
        The network.

    Returns
    -------
    list of numpy.ndarray
        Unit indices, level by level. Units that feed each other in a loop share a level.
    """
    left = np.array([t is None for t in network.tau])
    there = network.W != 0
    if network.divisive is not None:
        there |= network.divisive != 0
    feeds = there & left[:, None] & left[None, :]
    loop = np.arange(len(feeds))
    if feeds.any():
        loop = scipy.sparse.csgraph.connected_components(
            scipy.sparse.csr_array(feeds), connection="strong"
        )[1]
    elsewhere = feeds & (loop[:, None] != loop[None, :])
    levels = []
    while left.any():
        waiting = left & (elsewhere & left[None, :]).any(axis=1)
        ready = left & ~np.isin(loop, loop[waiting])
        levels.append(np.flatnonzero(ready))
        left &= ~ready
    return levels


@dataclasses.dataclass(frozen=True)
class Group:
    """Units that change together: a level of static units, or all dynamic ones."""

    names: tuple[str, ...]
    at: slice
    weights: np.ndarray  # (source, unit of this group)
    loop: bool
    parts: tuple[tuple[slice, Activation], ...]
    #: Divisive weights (source, unit of this group), and where the drive holds their constant part.
    divisive: np.ndarray | None = None
    under: slice | None = None

    def activate(
        self, rates: np.ndarray, drive: np.ndarray, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Give the activation of the group's summed input, which `out` may hold meanwhile."""
        total = np.matmul(rates, self.weights, out=out)
        total += drive[:, self.at]
        if self.divisive is not None:
            total /= drive[:, self.under] + rates @ self.divisive
        if len(self.parts) == 1:
            return self.parts[0][1](total)
        for part, phi in self.parts:
            total[:, part] = phi(total[:, part])
        return total


@dataclasses.dataclass(frozen=True)
class Plan:
    """A rate network with its units in the order of their groups, so that each is a slice.

    Parameters
    ----------
    places : numpy.ndarray, shape (unit,)
        Which unit of the network stands there.
    groups : tuple of Group
        The static levels; then the dynamic units, if there are any.
    w_in, bias : numpy.ndarray, shapes (channel, unit) and (unit,)
        What the stimulus adds.
    under : numpy.ndarray or None, shape (channel, unit)
        Its divisive weights.
    """

    places: np.ndarray
    groups: tuple[Group, ...]
    w_in: np.ndarray
    bias: np.ndarray
    under: np.ndarray | None = None

    @classmethod
    def of(cls, network: RateDescription) -> Plan:
        """Put the units of a network in order."""
        dynamic = np.flatnonzero(network.taus() > 0)
        members = [*order(network), *([dynamic] if len(dynamic) else [])]
        kinds = {phi: k for k, phi in enumerate(dict.fromkeys(network.activation))}
        kind = np.array([kinds[phi] for phi in network.activation])
        members = [group[np.argsort(kind[group], kind="stable")] for group in members]
        places = np.concatenate(members)
        # The weights of a large network are not copied where the order is its own already.
        own = (np.diff(places) > 0).all()
        w, w_in = (
            (network.W, network.W_in)
            if own
            else (network.W[np.ix_(places, places)], network.W_in[places])
        )
        divisive = network.divisive
        if divisive is not None:
            divisive = divisive[np.ix_(places, places)]
        groups, start = [], 0
        for group in members:
            at = slice(start, start + len(group))
            edges = [0, *(np.flatnonzero(np.diff(kind[group])) + 1).tolist(), len(group)]
            parts = tuple(
                (slice(a, b), network.activation[group[a]]) for a, b in itertools.pairwise(edges)
            )
            names = tuple(network.units[i] for i in group)
            loop, shunts = bool(w[at, at].any()), None
            if divisive is not None:
                loop, shunts = loop or bool(divisive[at, at].any()), divisive[at].T
            under = slice(at.start + len(places), at.stop + len(places))
            groups.append(Group(names, at, w[at].T, loop, parts, shunts, under))
            start = at.stop
        below = None if divisive is None else network.divisive_in[places].T
        return cls(places, tuple(groups), w_in.T, network.bias[places], below)

    def drives(self, inputs: np.ndarray) -> Iterator[np.ndarray]:
        """Give the summed input from the stimulus, shape (time, condition, unit), in pieces.

        Where there are divisive weights, what it is divided by without those of units follows in
        as many columns.
        """
        lanes, times, _ = inputs.shape
        piece = max(1, AT_A_TIME // (lanes * len(self.places)))
        for start in range(0, times, piece):
            shown = inputs[:, start : start + piece].swapaxes(0, 1)
            drive = shown.reshape(-1, shown.shape[2]) @ self.w_in
            drive += self.bias
            if self.under is not None:
                below = 1 + shown.reshape(-1, shown.shape[2]) @ self.under
                drive = np.concatenate([drive, below], axis=1)
            yield drive.reshape(*shown.shape[:2], -1)
