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
    expected: np.ndarray, dt: float, n: int, fibres: int, rng: np.random.Generator
) -> SpikeBlocks:
    r"""Draw an inhomogeneous Poisson process for each of `n` neurons.

    The number of spikes is Poisson with the expected mean.

    Parameters
    ----------
    expected : numpy.ndarray, shape (time + 1,)
        Expected spikes of one fibre up to each edge.
    dt : float
        Distance of the edges in seconds.
    n, fibres : int
        Neurons, and fibres of each.
    rng : numpy.random.Generator
        Source of randomness: all times, then all neurons.

    Yields
    ------
    times, neurons : numpy.ndarray, shape (spike,)
        Of some spikes.
    """
    count = rng.poisson(expected[-1] * n * fibres)
    when = make_inverse(expected, dt, count)
    who = _advance_rng(rng, count) if count > BLOCK_SIZE else rng
    for here in split_blocks(count):
        size = here.stop - here.start
        yield when(rng.uniform(0.0, expected[-1], size)), who.integers(0, n, size)
    rng.bit_generator.state = who.bit_generator.state


def _advance_rng(rng: np.random.Generator, count: int) -> np.random.Generator:
    """Give what a generator becomes by drawing so many fractions."""
    bits = type(rng.bit_generator)()
    bits.state = rng.bit_generator.state
    bits.advance(count)  # type: ignore[attr-defined]
    # The half of a number that is left over from whole numbers stays for the next one.
    left = {key: rng.bit_generator.state[key] for key in ("has_uint32", "uinteger")}
    bits.state = {**bits.state, **left}
    return np.random.Generator(bits)


def draw_regular(
    expected: np.ndarray, dt: float, n: int, fibres: int, rng: np.random.Generator
) -> SpikeBlocks:
    r"""Draw evenly spaced spikes: a fibre fires whenever :math:`\Lambda(t)` + phase is whole.

    Parameters and what it yields are those of `draw_poisson`; the phase is uniform for each fibre.
    """
    phase = rng.uniform(0.0, 1.0, n * fibres)
    whole = np.arange(1, int(expected[-1]) + 2)
    at = whole[None, :] - phase[:, None]
    neuron = np.broadcast_to(np.arange(n * fibres)[:, None] // fibres, at.shape)
    inside = at < expected[-1]
    yield make_inverse(expected, dt, int(inside.sum()))(at[inside]), neuron[inside]


def make_inverse(expected: np.ndarray, dt: float, count: int) -> Callable[[np.ndarray], np.ndarray]:
    """Make what gives the time of an expected count: the bits of ``np.interp``.

    That looks for the step of each value, in a time that grows with the logarithm of their number.
    For many values a table is worth it: of the step in which each of many small bins begins.

    Parameters
    ----------
    expected : numpy.ndarray, shape (time + 1,)
        Ascending, from 0.
    dt : float
        Distance of the edges in seconds.
    count : int
        How many times will be asked for, about.

    Returns
    -------
    callable
        Of counts between 0 and the last, gives times.
    """
    last, total = len(expected) - 1, expected[-1]
    if last == 1 and count:
        return lambda at: at * (dt / total)
    if count < MIN_TIMES_PER_STEP * last:
        edges = np.arange(last + 1) * dt
        return lambda at: np.interp(at, expected, edges)
    density = BINS_PER_STEP * last / total
    # By a hair later than it is: rounding is not to keep a step out of the bin that it begins.
    edges = np.arange(BINS_PER_STEP * last + 1) * ((1 + 1e-9) / density)
    found = np.searchsorted(expected, edges, side="right") - 1
    begins = np.minimum(found, last - 1).astype(np.int32)

    def times(at: np.ndarray) -> np.ndarray:
        step = begins[(at * density).astype(np.int32)]
        low, high = expected[step], expected[step + 1]
        # Steps that begin within a bin, and rounding.
        off = np.flatnonzero((at < low) | (at >= high))
        if len(off):
            step[off] = np.searchsorted(expected, at[off], side="right") - 1
            off = off[step[off] == last]
            step[off] = last - 1
            low, high = expected[step], expected[step + 1]
        start = step * dt
        with np.errstate(divide="ignore", invalid="ignore"):
            placed = ((step + 1) * dt - start) / (high - low) * (at - low) + start
        placed[off] = last * dt
        return placed

    return times
