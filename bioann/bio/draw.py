"""Everything random about a run, drawn in NumPy before Brian2 sees it.

A lane is one (condition, trial). Each object draws from a generator of its own per lane, so what
a lane gets does not depend on the other lanes of the run.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from bioann.bio.afferent import Afferent
from bioann.bio.points import BLOCK, Spikes, poisson, regular
from bioann.bio.population import Background, Population
from bioann.bio.sharing import once
from bioann.randomness import generator

#: Conditions whose labels agree up to here draw the same numbers, as perturbations of one.
PAIRED = " | paired: "
#: Spikes that are sorted by counting at a time.
MANY = 2**19
#: Spikes are counted, not sorted, from one on average for so many (step, neuron).
CROWDED = 2

#: Of each lane, places of its spikes, some at a time.
Keys = Iterable[Iterable[np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Lanes:
    """The lanes of a run, condition by condition, and its time step.

    Parameters
    ----------
    conditions : tuple of str
        Labels.
    trials : int
        Trials of each condition.
    seed : int
        Of the run.
    dt : float
        Simulation step in seconds.
    grid : float, optional
        Step in seconds to which input spikes are rounded, a whole number of `dt`; `dt` unless
        given. A rerun with a shorter step keeps the input of the longer one with it.
    first : int, optional
        Number of the first trial, where these are a part of a run's lanes.
    """

    conditions: tuple[str, ...]
    trials: int
    seed: int
    dt: float
    grid: float = 0.0
    first: int = 0

    @property
    def n(self) -> int:
        """Number of lanes."""
        return len(self.conditions) * self.trials

    def generator(self, lane: int, *labels: object) -> np.random.Generator:
        """Make the generator of one object in one lane."""
        condition, trial = divmod(lane, self.trials)
        drawn = self.conditions[condition].partition(PAIRED)[0]
        return generator(self.seed, *labels, drawn, trial + self.first)


@dataclasses.dataclass(frozen=True)
class Events:
    """Spikes that arrive at the neurons of all lanes.

    Parameters
    ----------
    port : numpy.ndarray of int, shape (spike,)
        ``neuron + n * slot``: a neuron's second spike within a step takes its second slot, since
        Brian2 wants at most one spike per step and source. In the order of time.
    counts : numpy.ndarray of int, shape (step,)
        How many arrive in each time step.
    slots : int
        Slots per neuron.
    """

    port: np.ndarray
    counts: np.ndarray
    slots: int

    @property
    def step(self) -> np.ndarray:
        """Time step of each spike, ascending."""
        return np.repeat(np.arange(len(self.counts), dtype=np.int32), self.counts)


def afferent_events(
    afferent: Afferent, index: int, rates: np.ndarray, n: int, lanes: Lanes, stimulus_dt: float
) -> Events:
    """Draw the spikes of an afferent.

    Parameters
    ----------
    afferent : Afferent
        The afferent.
    index : int
        Its place in the network's list, which tells equal afferents apart.
    rates : numpy.ndarray, shape (condition, time)
        Rate of one fibre in Hz, per stimulus step.
    n : int
        Neurons of the target, per lane.
    lanes : Lanes
        The lanes.
    stimulus_dt : float
        Stimulus step in seconds.

    Returns
    -------
    Events
        Of all lanes; neuron ``i`` of lane ``k`` is ``k * n + i``.
    """
    draw = poisson if afferent.kind == "poisson" else regular

    def found() -> Iterator[Spikes]:
        for lane in range(lanes.n):
            # Expected spikes of one fibre up to each edge of the stimulus steps.
            expected = np.concatenate([[0.0], np.cumsum(rates[lane // lanes.trials]) * stimulus_dt])
            rng = lanes.generator(lane, "afferent", index, afferent.channel, afferent.target)
            yield draw(expected, stimulus_dt, n, afferent.fibres, rng)

    what = (index, afferent.kind, afferent.fibres, afferent.channel, afferent.target)
    shown = (hashlib.sha256(rates.tobytes()).digest(), rates.shape, stimulus_dt)
    key = ("afferent", *what, *shown, n, lanes)
    about = rates.sum() * stimulus_dt * lanes.trials * n * afferent.fibres
    return once(key, lambda: ported(found(), n, lanes, rates.shape[1] * stimulus_dt, about))


def background_events(
    population: Population, index: int, background: Background, duration: float, lanes: Lanes
) -> Events:
    """Draw the spikes of a population's background; like `afferent_events`, at constant rate."""
    expected, n = np.array([0.0, background.rate * duration]), population.n

    def found() -> Iterator[Spikes]:
        for lane in range(lanes.n):
            rng = lanes.generator(lane, "background", population.name, index)
            yield poisson(expected, duration, n, 1, rng)

    key = ("background", population.name, index, background.rate, duration, n, lanes)
    about = background.rate * duration * n * lanes.n
    return once(key, lambda: ported(found(), n, lanes, duration, about))


def ported(found: Iterable[Spikes], n: int, lanes: Lanes, duration: float, about: float) -> Events:
    """Put the spikes of all lanes on the simulation grid, and give equal ones different slots.

    How many there are, about, decides how they are put in order, not in which.
    """
    total = n * lanes.n
    grid = lanes.grid or lanes.dt
    steps = int(duration / grid) + 2
    # One key per (step, neuron) of a lane: equal ones are spikes that share a step.
    kind: Any = np.int32 if steps * total < 2**31 else np.int64
    keys = (_keys(spikes, grid, n, kind) for spikes in found)
    if steps * total < CROWDED * about:
        of_step, port = _counted(keys, n, lanes.n, steps)
    else:
        of_step, port = _sorted(keys, n, lanes.n, steps, about)
    finer = round(grid / lanes.dt)
    counts = np.zeros(steps * finer, dtype=np.int32)
    counts[::finer] = of_step
    return Events(port, counts, int(port.max(initial=0)) // total + 1)


def _keys(spikes: Spikes, grid: float, n: int, kind: Any) -> Iterator[np.ndarray]:
    """Give the place of each spike in a table with a row per step and a column per neuron."""
    for times, neurons in spikes:
        step = np.floor(times / grid + 1e-9).astype(kind)
        yield step * kind(n) + neurons.astype(kind)


def _counted(keys: Keys, n: int, lanes: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Give spikes per step, and ports ordered by step, neuron and slot, by counting.

    Takes a time in proportion to the spikes and the (step, neuron) that there are; some steps at a
    time, so that what is made on the way stays in the processor's cache.
    """
    total = n * lanes
    counts = np.empty((steps, lanes, n), dtype=np.uint16)
    for lane, parts in enumerate(keys):
        key = np.concatenate([np.zeros(0, dtype=np.int32), *parts])
        counts[:, lane] = np.bincount(key, minlength=steps * n).reshape(steps, n)
    of_step = counts.reshape(steps, total).sum(axis=1, dtype=np.int32)
    some = max(BLOCK // total, 1)
    neurons = np.tile(np.arange(total, dtype=np.int32), some)
    port, done = np.empty(of_step.sum(), dtype=np.int32), 0
    # The slots of a neuron count up from its first spike on; of two products that leave the range
    # of 32 bits, and come back in at its other end, the sum is right.
    most = max(of_step[k : k + some].sum() for k in range(0, steps, some))
    slots = np.arange(most, dtype=np.int32) * np.int32(total)
    for first in range(0, steps, some):
        each = counts[first : first + some].reshape(-1)
        ends = np.cumsum(each, dtype=np.int32)
        start = neurons[: len(each)] - (ends - each) * np.int32(total)
        here = port[done : done + ends[-1]]
        np.add(np.repeat(start, each), slots[: len(here)], out=here)
        done += len(here)
    return of_step, port


def _sorted(
    keys: Keys, n: int, lanes: int, steps: int, about: float
) -> tuple[np.ndarray, np.ndarray]:
    """Give the same as `_counted` by sorting: it does not look at steps without a spike.

    Spikes are shared out among parts of the table by counting, which takes as long for each however
    many there are. What is then sorted stays in the processor's cache.
    """
    total = n * lanes
    width = int(steps * total * BLOCK / max(about, 1)) + 1
    parts = steps * total // width + 1
    shared = [_shared(some, width, parts) for some in _together(_placed(keys, n, lanes))]
    port = np.empty(sum(len(key) for key, _ in shared), dtype=np.int32)
    of_step, done = np.zeros(steps, dtype=np.int32), 0
    for k in range(parts if shared else 0):
        key = np.concatenate([some[ends[k] : ends[k + 1]] for some, ends in shared])
        if not len(key):
            continue
        key.sort()
        step = key // total
        found = np.bincount(step - step[0])
        of_step[step[0] :][: len(found)] += found
        here = port[done : done + len(key)]
        here[:] = key - step * total
        slot, again = np.zeros(len(key), dtype=np.int32), key[1:] == key[:-1]
        while again.any():
            slot[1:] += again
            again[1:] &= again[:-1].copy()
            again[0] = False
        here += slot * np.int32(total)
        done += len(key)
    return of_step, port


def _placed(keys: Keys, n: int, lanes: int) -> Iterator[np.ndarray]:
    """Give the places of spikes in a table with a column for each neuron of all lanes."""
    for lane, parts in enumerate(keys):
        for part in parts:
            yield part // n * (n * lanes) + (part % n + lane * n) if lanes > 1 else part


def _together(keys: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Join what is short, to some hundred thousand."""
    some: list[np.ndarray] = []
    size = 0
    for key in keys:
        some.append(key)
        size += len(key)
        if size >= MANY:
            yield np.concatenate(some)
            some, size = [], 0
    if some:
        yield np.concatenate(some)


def _shared(key: np.ndarray, width: int, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Bring places of the same part together, and say where each part ends."""
    if parts == 1:
        return key, np.array([0, len(key)])
    # To turn a row into columns is to sort by counting.
    row = csr_array((key, (key // width).astype(np.int32), [0, len(key)]), shape=(1, parts))
    columns = row.tocsc()
    return columns.data, columns.indptr


def initial_states(population: Population, lanes: Lanes) -> dict[str, np.ndarray]:
    """Draw the initial state of a population in every lane; shape ``(lanes * n,)`` each."""
    drawn = [
        population.cell.initial(lanes.generator(lane, "initial", population.name), population.n)
        for lane in range(lanes.n)
    ]
    return {name: np.concatenate([d[name] for d in drawn]) for name in drawn[0]}
