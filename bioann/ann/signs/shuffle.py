"""Shuffle the signs of weights, a control that preserves their magnitudes."""

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
    """Draw arrays with the same magnitudes and random signs.

    Every non-zero weight gets a random sign. No pattern occurs twice, and the original one never
    occurs. With up to 6 weights all other patterns are listed, and `count` of them are drawn.

    Parameters
    ----------
    weights : sequence of numpy.ndarray
        Arrays of weights of any shape.
    count : int
        Largest number of patterns, 0 or more.
    seed : int
        Seed of the random patterns.

    Yields
    ------
    tuple of numpy.ndarray
        Arrays in the shapes of `weights`; at most ``2**n - 1`` times for `n` non-zero weights.
    """
    if not weights:
        return
    values = np.concatenate([w.ravel() for w in weights])
    nonzero = np.flatnonzero(values)
    boundaries = np.cumsum([w.size for w in weights])[:-1]
    for pattern in _draw_sign_patterns(len(nonzero), count, seed):
        new_values = values.copy()
        new_values[nonzero] *= pattern
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
    """Return a message that names the units whose activation is zero throughout a recording."""
    is_silent = abs(recording["activation"]).max(["condition", "trial", "time"]) == 0
    return text.describe_silent("Unit", [str(u) for u in recording.unit.values[is_silent.values]])
