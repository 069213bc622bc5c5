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

from bioann.base.randomness import make_rng
from bioann.bio.afferent import Afferent
from bioann.bio.input_spikes.cache import draw_once
from bioann.bio.input_spikes.point_process import SpikeBlocks, draw_poisson, draw_regular
from bioann.bio.input_spikes.sorting import INT32_RANGE, BucketSort, StepBlock
from bioann.bio.input_spikes.spikes import InputSpikes
from bioann.bio.population import Background, Population

#: Conditions whose labels agree up to here draw the same numbers, as perturbations of one.
PAIRED_SEPARATOR = " | paired: "


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
    first_trial : int, optional
        Number of the first trial, where these are a part of a run's lanes.
    """

    conditions: tuple[str, ...]
    trials: int
    seed: int
    dt: float
    grid: float = 0.0
    first_trial: int = 0

    @property
    def n(self) -> int:
        """Number of lanes."""
        return len(self.conditions) * self.trials

    def make_lane_rng(self, lane: int, *labels: object) -> np.random.Generator:
        """Make the generator of one object in one lane."""
        condition, trial = divmod(lane, self.trials)
        label = self.conditions[condition].partition(PAIRED_SEPARATOR)[0]
        return make_rng(self.seed, *labels, label, trial + self.first_trial)


def draw_afferent_spikes(
    afferent: Afferent, index: int, rates: np.ndarray, n: int, lanes: Lanes, stimulus_dt: float
) -> InputSpikes:
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
    InputSpikes
        Of all lanes; neuron ``i`` of lane ``k`` is ``k * n + i``.
    """
    draw = draw_poisson if afferent.kind == "poisson" else draw_regular

    def draw_lanes() -> Iterator[SpikeBlocks]:
        for lane in range(lanes.n):
            # Expected spikes of one fibre up to each edge of the stimulus steps.
            expected = np.concatenate([[0.0], np.cumsum(rates[lane // lanes.trials]) * stimulus_dt])
            rng = lanes.make_lane_rng(lane, "afferent", index, afferent.channel, afferent.target)
            yield draw(expected, stimulus_dt, n, afferent.fibres, rng)

    source = (index, afferent.kind, afferent.fibres, afferent.channel, afferent.target)
    stimulus = (hashlib.sha256(rates.tobytes()).digest(), rates.shape, stimulus_dt)
    key = ("afferent", *source, *stimulus, n, lanes)
    duration = rates.shape[1] * stimulus_dt
    n_expected = rates.sum() * stimulus_dt * lanes.trials * n * afferent.fibres
    return draw_once(key, lambda: sort_spikes(draw_lanes(), n, lanes, duration, n_expected))


def draw_background_spikes(
    population: Population, index: int, background: Background, duration: float, lanes: Lanes
) -> InputSpikes:
    """Draw the spikes of a background: `draw_afferent_spikes` at a constant rate."""
    expected, n = np.array([0.0, background.rate * duration]), population.n

    def draw_lanes() -> Iterator[SpikeBlocks]:
        for lane in range(lanes.n):
            rng = lanes.make_lane_rng(lane, "background", population.name, index)
            yield draw_poisson(expected, duration, n, 1, rng)

    key = ("background", population.name, index, background.rate, duration, n, lanes)
    n_expected = background.rate * duration * n * lanes.n
    return draw_once(key, lambda: sort_spikes(draw_lanes(), n, lanes, duration, n_expected))


def sort_spikes(
    lane_spikes: Iterable[SpikeBlocks], n: int, lanes: Lanes, duration: float, n_expected: float
) -> InputSpikes:
    """Put the spikes of all lanes on the simulation grid, in the order of time.

    How many are expected decides how they are put in order, not in which.
    """
    n_neurons = n * lanes.n
    grid = lanes.grid or lanes.dt
    n_steps = int(duration / grid) + 2
    keys = _iter_keys(lane_spikes, grid, n, n_neurons, n_steps)
    buckets = BucketSort(keys, n_neurons, n_steps, n_expected)
    substeps = round(grid / lanes.dt)

    def iter_blocks() -> Iterator[StepBlock]:
        for neurons, grid_counts in buckets.iter_blocks():
            counts = np.zeros(len(grid_counts) * substeps, dtype=np.int32)
            counts[::substeps] = grid_counts
            yield neurons, counts

    return InputSpikes(iter_blocks, buckets.n_spikes, n_neurons)


def _iter_keys(
    lane_spikes: Iterable[SpikeBlocks], grid: float, n: int, n_neurons: int, n_steps: int
) -> Iterator[np.ndarray]:
    """Give the place of each spike in a table with a row per step and a column per neuron."""
    dtype: Any = np.int32 if n_steps * n_neurons < INT32_RANGE else np.int64
    for lane, spikes in enumerate(lane_spikes):
        for times, neurons in spikes:
            key = (times / grid + 1e-9).astype(dtype)
            key *= dtype(n_neurons)
            key += dtype(lane * n)
            key += neurons.astype(dtype)
            yield key


def draw_initial_states(population: Population, lanes: Lanes) -> dict[str, np.ndarray]:
    """Draw the initial state of a population in every lane; shape ``(lanes * n,)`` each."""
    states = [
        population.cell.draw_initial_state(
            lanes.make_lane_rng(lane, "initial", population.name), population.n
        )
        for lane in range(lanes.n)
    ]
    return {name: np.concatenate([state[name] for state in states]) for name in states[0]}
