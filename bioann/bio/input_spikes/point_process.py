r"""Point processes: when the fibres of an afferent fire, some spikes at a time.

Times are placed by inverting the expected count :math:`\Lambda(t)`, which is linear within a step
of the stimulus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

#: Spikes, or (step, neuron), that are looked at together: what is made of them on the way stays in
#: the processor's cache, and its memory need not be asked for again each time.
BLOCK_SIZE = 2**14
#: Bins of the expected count for each step of the stimulus, and for how many times for each step
#: their table takes less long to make than it saves.
BINS_PER_STEP, MIN_TIMES_PER_STEP = 4, 2

#: Times in seconds, in no order, and neurons in [0, n) of some spikes.
SpikeBlocks = Iterator[tuple[np.ndarray, np.ndarray]]


def split_blocks(count: int) -> Iterator[slice]:
    """Divide so many spikes."""
    return (slice(k, min(k + BLOCK_SIZE, count)) for k in range(0, count, BLOCK_SIZE))


def draw_poisson(
    expected: np.ndarray, dt: float, n: int, n_fibres: int, rng: np.random.Generator
) -> SpikeBlocks:
    r"""Draw an inhomogeneous Poisson process for each of `n` neurons.

    The number of spikes is Poisson with the expected mean.

    Parameters
    ----------
    expected : numpy.ndarray, shape (time + 1,)
        Expected spikes of one fibre up to each edge.
    dt : float
        Distance of the edges in seconds.
    n, n_fibres : int
        Neurons, and fibres of each.
    rng : numpy.random.Generator
        Source of randomness: all times, then all neurons.

    Yields
    ------
    times, neurons : numpy.ndarray, shape (spike,)
        Of some spikes.
    """
    count = rng.poisson(expected[-1] * n * n_fibres)
    times_of = make_inverse(expected, dt, count)
    neuron_rng = _advance_rng(rng, count) if count > BLOCK_SIZE else rng
    for block in split_blocks(count):
        size = block.stop - block.start
        yield times_of(rng.uniform(0.0, expected[-1], size)), neuron_rng.integers(0, n, size)
    rng.bit_generator.state = neuron_rng.bit_generator.state


def _advance_rng(rng: np.random.Generator, count: int) -> np.random.Generator:
    """Give what a generator becomes by drawing so many fractions."""
    bits = type(rng.bit_generator)()
    bits.state = rng.bit_generator.state
    bits.advance(count)  # type: ignore[attr-defined]
    # The half of a number that is left over from whole numbers stays for the next one.
    half_number = {key: rng.bit_generator.state[key] for key in ("has_uint32", "uinteger")}
    bits.state = {**bits.state, **half_number}
    return np.random.Generator(bits)


def draw_regular(
    expected: np.ndarray, dt: float, n: int, n_fibres: int, rng: np.random.Generator
) -> SpikeBlocks:
    r"""Draw evenly spaced spikes: a fibre fires whenever :math:`\Lambda(t)` + phase is whole.

    Parameters and what it yields are those of `draw_poisson`; the phase is uniform for each fibre.
    """
    phase = rng.uniform(0.0, 1.0, n * n_fibres)
    spike_numbers = np.arange(1, int(expected[-1]) + 2)
    counts = spike_numbers[None, :] - phase[:, None]
    neurons = np.broadcast_to(np.arange(n * n_fibres)[:, None] // n_fibres, counts.shape)
    is_inside = counts < expected[-1]
    times_of = make_inverse(expected, dt, int(is_inside.sum()))
    yield times_of(counts[is_inside]), neurons[is_inside]


def make_inverse(
    expected: np.ndarray, dt: float, n_times: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Make what gives the time of an expected count: the bits of ``np.interp``.

    That looks for the step of each value, in a time that grows with the logarithm of their number.
    For many values a table is worth it: of the step in which each of many small bins begins.

    Parameters
    ----------
    expected : numpy.ndarray, shape (time + 1,)
        Ascending, from 0.
    dt : float
        Distance of the edges in seconds.
    n_times : int
        How many times will be asked for, about.

    Returns
    -------
    callable
        Of counts between 0 and the last, gives times.
    """
    n_steps, total = len(expected) - 1, expected[-1]
    if n_steps == 1 and n_times:
        return lambda counts: counts * (dt / total)
    if n_times < MIN_TIMES_PER_STEP * n_steps:
        edges = np.arange(n_steps + 1) * dt
        return lambda counts: np.interp(counts, expected, edges)
    density = BINS_PER_STEP * n_steps / total
    # By a hair later than it is: rounding is not to keep a step out of the bin that it begins.
    edges = np.arange(BINS_PER_STEP * n_steps + 1) * ((1 + 1e-9) / density)
    step_at_edge = np.searchsorted(expected, edges, side="right") - 1
    first_steps = np.minimum(step_at_edge, n_steps - 1).astype(np.int32)

    def times_of(counts: np.ndarray) -> np.ndarray:
        step = first_steps[(counts * density).astype(np.int32)]
        low, high = expected[step], expected[step + 1]
        # Steps that begin within a bin, and rounding.
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
