r"""Correlated Poisson fibres: single- and multiple-interaction process.

Each fibre is a Poisson process of rate :math:`\nu(t)`, and the spike counts of any two fibres of a
group have the correlation coefficient :math:`c`, in every window. The processes differ in higher
orders: in the single-interaction process common spikes reach all fibres of the group, in the
multiple-interaction process each of them reaches a random share `c`. The summed count of `N` fibres
with mean :math:`N\Lambda` has the variance :math:`N\Lambda(1 + (N-1)c)` in both.

Kuhn, Aertsen and Rotter 2003 (Neural Computation 15:67) define both.
"""

from __future__ import annotations

import numpy as np

from bioann.bio.input_spikes.point_process import BLOCK_SIZE, SpikeBlocks, draw_poisson


def draw_single_interaction(
    expected: np.ndarray,
    dt: float,
    n: int,
    n_fibres: int,
    correlation: float,
    rng: np.random.Generator,
) -> SpikeBlocks:
    r"""Draw groups of fibres whose common spikes reach all fibres of the group.

    Each fibre has independent spikes at the rate :math:`(1 - c)\nu`; the common spikes of its group
    have the rate :math:`c\nu`.

    Parameters
    ----------
    expected : numpy.ndarray, shape (time + 1,)
        Expected number of spikes of one fibre up to each edge of the stimulus steps.
    dt : float
        Distance of the edges in seconds.
    n, n_fibres : int
        Number of groups, which are independent, and of the fibres in each of them.
    correlation : float
        Correlation coefficient `c` of the counts of two fibres, above 0 and at most 1.
    rng : numpy.random.Generator
        Generator of all times and fibres.

    Yields
    ------
    times : numpy.ndarray, shape (spike,)
        Times of the spikes of a block in seconds, unsorted.
    fibres : numpy.ndarray of int, shape (spike,)
        Fibre of each spike; fibre `k` of group `i` has the index ``i * n_fibres + k``.
    """
    yield from draw_poisson((1 - correlation) * expected, dt, n * n_fibres, 1, rng)
    size = max(BLOCK_SIZE // n_fibres, 1)
    for times, groups in draw_poisson(correlation * expected, dt, n, 1, rng):
        for k in range(0, len(times), size):
            fibres = groups[k : k + size, None] * n_fibres + np.arange(n_fibres)
            yield np.repeat(times[k : k + size], n_fibres), fibres.ravel()


def draw_multiple_interaction(
    expected: np.ndarray,
    dt: float,
    n: int,
    n_fibres: int,
    correlation: float,
    rng: np.random.Generator,
) -> SpikeBlocks:
    r"""Draw groups of fibres that copy spikes of a common process, each with the probability `c`.

    The process that the fibres of a group copy is Poisson with the rate :math:`\nu / c`. Parameters
    and yields are those of `draw_single_interaction`.
    """
    # All at once: drawing a block must not change the random numbers of the next one.
    common_spikes = list(draw_poisson(expected / correlation, dt, n, 1, rng))
    size = max(BLOCK_SIZE // n_fibres, 1)
    for times, groups in common_spikes:
        for k in range(0, len(times), size):
            block_times, block_groups = times[k : k + size], groups[k : k + size]
            n_pairs = len(block_times) * n_fibres
            n_copies = rng.binomial(n_pairs, correlation)
            # A number of successes and their places: the law of independent trials, but in time
            # that grows with the copies.
            copies = rng.choice(n_pairs, n_copies, replace=False, shuffle=False)
            spikes, fibres = copies // n_fibres, copies % n_fibres
            yield block_times[spikes], block_groups[spikes] * n_fibres + fibres
