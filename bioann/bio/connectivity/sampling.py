"""Random samples of neuron pairs, drawn in time and memory proportional to their number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bioann.base.errors import DescriptionError

#: Largest number of random numbers that are drawn at once; bounds the memory.
DRAWS_AT_ONCE = 2**16


def check_sample_size(size: int, title: str, n: int, kind: str, replacement: bool) -> None:
    """Check that there are enough items to draw from.

    Parameters
    ----------
    size : int
        Number of items to draw, at least 1.
    title : str
        Rule and field of that number in the error.
    n : int
        Number of items to draw from.
    kind : str
        What the items are, in the plural.
    replacement : bool
        Whether an item may be drawn more than once: one item is then enough.

    Raises
    ------
    DescriptionError
        If there are too few items.
    """
    if n > 0 and (replacement or size <= n):
        return
    several = "" if replacement or not n else ", or allow several synapses per pair: multapses=True"
    raise DescriptionError(
        title,
        f"at most {n:,}, the number of {kind} that a synapse can have",
        f"{size:,}",
        f"Lower it, or add neurons{several}.",
    )


def locate_pairs(pairs: np.ndarray, n_pre: int, skip_self: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the neurons of numbered pairs.

    Parameters
    ----------
    pairs : numpy.ndarray of int, shape (synapse,)
        Numbers of pairs, counted target by target; without those of a neuron with itself if
        `skip_self`.
    n_pre : int
        Number of presynaptic neurons.
    skip_self : bool
        Whether the pairs of a neuron with itself have no number.

    Returns
    -------
    post, pre : numpy.ndarray of int32, shape (synapse,)
        Postsynaptic and presynaptic neuron.
    """
    row = n_pre - skip_self
    post = pairs // max(row, 1)
    pre = pairs - post * row
    if skip_self:
        pre += pre >= post
    return post.astype(np.int32), pre.astype(np.int32)


def draw_successes(n_trials: int, p: float, rng: np.random.Generator) -> Iterator[np.ndarray]:
    r"""Draw which of a sequence of independent trials succeed.

    Instead of a number for each trial, the distance :math:`k` from one success to the next is
    drawn. It has the geometric distribution :math:`p (1 - p)^{k - 1}`, so that the law is that of
    trials drawn one by one.

    Parameters
    ----------
    n_trials : int
        Number of trials, >= 0.
    p : float
        Probability of success, in (0, 1].
    rng : numpy.random.Generator
        Random generator; the numbers do not depend on how many are drawn at once.

    Yields
    ------
    numpy.ndarray of int, shape (success,)
        Indices of the successes in ascending order, the first successes in the first array.
    """
    last, mean = -1, n_trials * p
    # Sums of that many distances fit into 64 bits once each is clipped: at tiny p, single ones
    # reach 2**63 - 1.
    fitting = max(2**62 // (n_trials + 1), 1)
    size = min(DRAWS_AT_ONCE, int(mean + 4 * mean**0.5) + 8, fitting)
    while last < n_trials - 1:
        distances = rng.geometric(p, size)
        indices = last + np.cumsum(np.minimum(distances, n_trials + 1))
        last = int(indices[-1])
        yield indices[: np.searchsorted(indices, n_trials)]


def draw_subsets(n_rows: int, n: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """Draw `k` of `n` items without replacement, independently for each row.

    A row draws with replacement until it has `k` distinct items. By symmetry all subsets of that
    size have the same probability. Of more than half of the items, those left out are drawn.

    Parameters
    ----------
    n_rows : int
        Number of independent subsets.
    n, k : int
        Number of items, and number of items in a subset, at most `n`.
    rng : numpy.random.Generator
        Random generator that draws the subsets.

    Returns
    -------
    numpy.ndarray of int, shape (n_rows * k,)
        Row times `n` plus item, in ascending order.
    """
    rows_at_once = max(DRAWS_AT_ONCE // max(k, 1), 1)
    blocks = [np.zeros(0, np.int64)]
    for first in range(0, n_rows, rows_at_once):
        rows = min(rows_at_once, n_rows - first)
        blocks.append(first * n + _draw_block(rows, n, k, rng))
    return np.concatenate(blocks)


def _draw_block(n_rows: int, n: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the subsets of all rows at once."""
    if 2 * k > n:
        included = np.ones(n_rows * n, dtype=bool)
        included[_draw_block(n_rows, n, n - k, rng)] = False
        return np.flatnonzero(included)
    subsets = np.zeros(0, np.int64)
    n_missing = np.full(n_rows, k)
    while n_missing.any():
        rows = np.repeat(np.arange(n_rows), n_missing)
        items = np.sort(rows * n + rng.integers(n, size=len(rows)))
        # A stable sort merges two ascending sequences in linear time.
        subsets = np.sort(np.concatenate([subsets, items]), kind="stable")
        subsets = subsets[np.diff(subsets, prepend=-1) > 0]
        n_missing = k - np.bincount(subsets // n, minlength=n_rows)
    return subsets
