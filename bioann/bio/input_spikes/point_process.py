r"""Point processes: spike times of the fibres of an afferent, drawn in blocks.

Times are drawn by inverting the expected count :math:`\Lambda(t)`, which is linear within a
stimulus step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

#: Spikes in a block: its intermediate arrays fit into the processor's cache, and their memory is
#: reused from block to block.
BLOCK_SIZE = 2**14
#: Bins of the lookup table of the expected count, for each stimulus step; and the number of times
#: to look up, for each stimulus step, from which on the table saves time.
BINS_PER_STEP, MIN_TIMES_PER_STEP = 4, 2

#: Blocks of spikes: times in seconds, unsorted, and neurons in [0, n).
SpikeBlocks = Iterator[tuple[np.ndarray, np.ndarray]]


def split_blocks(count: int) -> Iterator[slice]:
    """Divide a number of spikes into slices of at most `BLOCK_SIZE`."""
    return (slice(k, min(k + BLOCK_SIZE, count)) for k in range(0, count, BLOCK_SIZE))


def draw_poisson(
    expected: np.ndarray, dt: float, n: int, n_fibres: int, rng: np.random.Generator
) -> SpikeBlocks:
    r"""Draw an inhomogeneous Poisson process for each of `n` neurons.

    The total number of spikes is drawn first, from a Poisson distribution with the expected mean.

    Parameters
    ----------
    expected : numpy.ndarray, shape (time + 1,)
        Expected number of spikes of one fibre up to each edge of the stimulus steps.
    dt : float
        Distance of the edges in seconds.
    n, n_fibres : int
        Number of neurons, and of the fibres that reach each of them.
    rng : numpy.random.Generator
        Generator that all times, then all neurons are drawn from.

    Yields
    ------
    times : numpy.ndarray, shape (spike,)
        Times of the spikes of a block in seconds, unsorted.
    neurons : numpy.ndarray of int, shape (spike,)
        Index of the neuron that each spike reaches.
    """
    count = rng.poisson(expected[-1] * n * n_fibres)
    times_of = make_inverse(expected, dt, count)
    neuron_rng = _advance_rng(rng, count) if count > BLOCK_SIZE else rng
    for block in split_blocks(count):
        size = block.stop - block.start
        yield times_of(rng.uniform(0.0, expected[-1], size)), neuron_rng.integers(0, n, size)
    rng.bit_generator.state = neuron_rng.bit_generator.state


def draw_constant_rates(
    rates: np.ndarray, duration: float, rng: np.random.Generator
) -> SpikeBlocks:
    """Draw Poisson processes of constant rates that differ between neurons.

    The number of all spikes is drawn first, then the time of each, then the neuron that it reaches,
    with a probability proportional to the rate of the neuron.

    Parameters
    ----------
    rates : numpy.ndarray, shape (n,)
        Rate of the process of each neuron in Hz, at least 0.
    duration : float
        Length of the processes in seconds.
    rng : numpy.random.Generator
        Generator that all numbers are drawn from.

    Yields
    ------
    times, neurons : numpy.ndarray, shape (spike,)
        As from `draw_poisson`.
    """
    shares = np.cumsum(rates)
    for block in split_blocks(rng.poisson(shares[-1] * duration)):
        size = block.stop - block.start
        times = rng.uniform(0.0, duration, size)
        yield times, np.searchsorted(shares, rng.uniform(0.0, shares[-1], size), side="right")


def _advance_rng(rng: np.random.Generator, count: int) -> np.random.Generator:
    """Return a copy of a generator, in its state after it has drawn `count` fractions."""
    bits = type(rng.bit_generator)()
    bits.state = rng.bit_generator.state
    bits.advance(count)  # type: ignore[attr-defined]
    # Drawing integers keeps half of a 64-bit number for the next one; advancing would drop it.
    half_number = {key: rng.bit_generator.state[key] for key in ("has_uint32", "uinteger")}
    bits.state = {**bits.state, **half_number}
    return np.random.Generator(bits)


def draw_regular(
    expected: np.ndarray, dt: float, n: int, n_fibres: int, rng: np.random.Generator
) -> SpikeBlocks:
    r"""Draw evenly spaced spikes: a fibre fires whenever :math:`\Lambda(t)` + phase is whole.

    Parameters and yields are those of `draw_poisson`; the phase of each fibre is uniform.
    """
    phase = rng.uniform(0.0, 1.0, n * n_fibres)
    spike_numbers = np.arange(1, int(expected[-1]) + 2)
    times_of = make_inverse(expected, dt, int(expected[-1] * len(phase)))
    fibres_per_block = max(BLOCK_SIZE // len(spike_numbers), 1)
    for first in range(0, len(phase), fibres_per_block):
        counts = spike_numbers[None, :] - phase[first : first + fibres_per_block, None]
        is_inside = counts < expected[-1]
        neurons = np.arange(first, first + len(counts)) // n_fibres
        yield times_of(counts[is_inside]), np.repeat(neurons, is_inside.sum(axis=1))


def make_inverse(
    expected: np.ndarray, dt: float, n_times: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function that maps expected counts to times, bit by bit as ``np.interp`` does.

    ``np.interp`` searches the step of each value. For many values a lookup table is faster, which
    holds the step in which each of many small bins of the count begins.

    Parameters
    ----------
    expected : numpy.ndarray, shape (time + 1,)
        Expected number of spikes up to each edge, ascending from 0.
    dt : float
        Distance of the edges in seconds.
    n_times : int
        Approximate number of times to look up, which decides between search and table.

    Returns
    -------
    callable
        ``times_of(counts)``: times in seconds of counts from 0 to the last expected count.
    """
    n_steps, total = len(expected) - 1, expected[-1]
    if n_steps == 1 and n_times:
        return lambda counts: counts * (dt / total)
    if n_times < MIN_TIMES_PER_STEP * n_steps:
        edges = np.arange(n_steps + 1) * dt
        return lambda counts: np.interp(counts, expected, edges)
    density = BINS_PER_STEP * n_steps / total
    # Edges are slightly later than exact ones, so that rounding cannot exclude the step that begins
    # at an edge from its bin.
    edges = np.arange(BINS_PER_STEP * n_steps + 1) * ((1 + 1e-9) / density)
    step_at_edge = np.searchsorted(expected, edges, side="right") - 1
    first_steps = np.minimum(step_at_edge, n_steps - 1).astype(np.int32)

    def times_of(counts: np.ndarray) -> np.ndarray:
        step = first_steps[(counts * density).astype(np.int32)]
        low, high = expected[step], expected[step + 1]
        # Corrects counts whose step begins within the bin, or that rounding put into a wrong one.
        outside = np.flatnonzero((counts < low) | (counts >= high))
        if len(outside):
            step[outside] = np.searchsorted(expected, counts[outside], side="right") - 1
            outside = outside[step[outside] == n_steps]
            step[outside] = n_steps - 1
            low, high = expected[step], expected[step + 1]
        start = step * dt
        with np.errstate(divide="ignore", invalid="ignore"):
            times = ((step + 1) * dt - start) / (high - low) * (counts - low) + start
        times[outside] = n_steps * dt
        return times

    return times_of
