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
    values = np.concatenate([w.ravel() for w in weights])
    nonzero = np.flatnonzero(values)
    boundaries = np.cumsum([w.size for w in weights])[:-1]
    for pattern in _draw_sign_patterns(len(nonzero), count, seed):
        new_values = values.copy()
        new_values[nonzero] *= pattern  # -1 turns a sign, +1 keeps it
        arrays = np.split(new_values, boundaries)
        yield tuple(array.reshape(w.shape) for array, w in zip(arrays, weights, strict=True))


def _draw_sign_patterns(n: int, count: int, seed: int) -> list[tuple[int, ...]]:
    rng = make_rng(seed, "sign shuffle")
    if n <= 6:
        patterns = [p for p in itertools.product((1, -1), repeat=n) if -1 in p]
        if len(patterns) > count:
            indices = sorted(rng.choice(len(patterns), size=count, replace=False))
            patterns = [patterns[i] for i in indices]
        return patterns
    distinct_patterns: dict[tuple[int, ...], None] = {}
    while len(distinct_patterns) < min(count, 2**n - 1):
        pattern = tuple(int(s) for s in rng.choice((1, -1), size=n))
        if -1 in pattern:
            distinct_patterns[pattern] = None
    return list(distinct_patterns)


def describe_silent_units(recording: xr.Dataset) -> tuple[str, ...]:
    """Name the units of a recorded run that never leave zero."""
    is_silent = abs(recording["activation"]).max(["condition", "trial", "time"]) == 0
    return text.describe_silent("Unit", [str(u) for u in recording.unit.values[is_silent.values]])
