"""Change the signs of weights, as a control: what remains is the magnitudes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from bioann.base import text
from bioann.base.randomness import make_rng


def shuffle_weight_signs(
    weights: Sequence[np.ndarray], count: int, seed: int
) -> Iterator[tuple[np.ndarray, ...]]:
    """Give arrays with the same magnitudes and other signs.

    Every weight that is not zero gets a random sign; the true pattern never comes, and none comes
    twice. With few weights (up to 6) all other patterns are taken, at most `count` of them.

    Parameters
    ----------
    weights : sequence of numpy.ndarray
        A network's weights, of any shapes.
    count : int
        How many patterns at most.
    seed : int
        Decides the patterns.

    Yields
    ------
    tuple of numpy.ndarray
        Like `weights`; at most ``2**n - 1`` times for `n` weights, never without weights.
    """
    if not weights:
        return
    flat = np.concatenate([w.ravel() for w in weights])
    at = np.flatnonzero(flat)
    ends = np.cumsum([w.size for w in weights])[:-1]
    for pattern in _patterns(len(at), count, seed):
        turned = flat.copy()
        turned[at] *= pattern  # -1 turns a sign, +1 keeps it
        parts = np.split(turned, ends)
        yield tuple(part.reshape(w.shape) for part, w in zip(parts, weights, strict=True))


def _patterns(n: int, count: int, seed: int) -> list[tuple[int, ...]]:
    rng = make_rng(seed, "sign shuffle")
    if n <= 6:
        patterns = [p for p in itertools.product((1, -1), repeat=n) if -1 in p]
        if len(patterns) > count:
            chosen = sorted(rng.choice(len(patterns), size=count, replace=False))
            patterns = [patterns[i] for i in chosen]
        return patterns
    drawn: dict[tuple[int, ...], None] = {}
    while len(drawn) < min(count, 2**n - 1):
        pattern = tuple(int(s) for s in rng.choice((1, -1), size=n))
        if -1 in pattern:
            drawn[pattern] = None
    return list(drawn)


def silent(recorded: xr.Dataset) -> tuple[str, ...]:
    """Name the units of a recorded run that never leave zero."""
    dead = abs(recorded["activation"]).max(["condition", "trial", "time"]) == 0
    return text.describe_silent("Unit", [str(u) for u in recorded.unit.values[dead.values]])
