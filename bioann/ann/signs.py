"""Change the signs of a rate network's weights, as a control: what remains is the magnitudes."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import numpy as np

from bioann.randomness import generator

if TYPE_CHECKING:
    from bioann.ann.network import RateNetwork


def shuffled(network: RateNetwork, count: int, seed: int) -> tuple[RateNetwork, ...]:
    """Give networks with the same magnitudes and other signs.

    Every weight that is not zero gets a random sign; the true pattern never comes, and none comes
    twice. With few weights (up to 6) all other patterns are taken, at most `count` of them.

    Parameters
    ----------
    network : RateNetwork
        The network.
    count : int
        How many patterns at most.
    seed : int
        Decides the patterns.

    Returns
    -------
    tuple of RateNetwork
        At most ``2**n - 1`` of them for `n` weights; none for a network without weights.
    """
    weights = np.concatenate([network.W_in.ravel(), network.W.ravel()])
    at = np.flatnonzero(weights)
    rng = generator(seed, "sign shuffle")
    if len(at) <= 6:
        patterns = [p for p in itertools.product((1, -1), repeat=len(at)) if -1 in p]
        if len(patterns) > count:
            chosen = sorted(rng.choice(len(patterns), size=count, replace=False))
            patterns = [patterns[i] for i in chosen]
    else:
        drawn: dict[tuple[int, ...], None] = {}
        while len(drawn) < min(count, 2 ** len(at) - 1):
            pattern = tuple(int(s) for s in rng.choice((1, -1), size=len(at)))
            if -1 in pattern:
                drawn[pattern] = None
        patterns = list(drawn)
    return tuple(_flipped(network, weights, at, np.array(p)) for p in patterns)


def _flipped(
    network: RateNetwork, weights: np.ndarray, at: np.ndarray, pattern: np.ndarray
) -> RateNetwork:
    """Multiply the weights at `at` by the pattern; -1 turns a sign, +1 keeps it."""
    turned = weights.copy()
    turned[at] *= pattern
    n_in = network.W_in.size
    return dataclasses.replace(
        network,
        W_in=turned[:n_in].reshape(network.W_in.shape),
        W=turned[n_in:].reshape(network.W.shape),
    )
