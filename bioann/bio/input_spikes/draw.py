"""Draw input spikes and initial states in NumPy, before Brian2 runs.

A lane is one (condition, trial). Each object draws from a generator of its own per lane, so that
the random numbers of a lane do not depend on the other lanes of the run.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from bioann.base.randomness import make_rng
from bioann.bio.afferent import Afferent
from bioann.bio.background import Background
from bioann.bio.cells.heterogeneous import make_array_cell
from bioann.bio.input_spikes.cache import draw_once
from bioann.bio.input_spikes.correlated import draw_multiple_interaction, draw_single_interaction
from bioann.bio.input_spikes.point_process import (
    SpikeBlocks,
    draw_constant_rates,
    draw_poisson,
    draw_regular,
)
from bioann.bio.input_spikes.sorting import INT32_RANGE, BucketSort, StepBlock
from bioann.bio.input_spikes.spikes import InputSpikes
from bioann.bio.neuron_parameters import values_of
from bioann.bio.population import Population


@dataclasses.dataclass(frozen=True)
class Lanes:
    """The lanes of a run, condition by condition, and its time step.

    Parameters
    ----------
    conditions : tuple of str
        Label of each condition.
    trials : int
        Trials of each condition.
    seed : int
        Seed of the run, 0 or larger.
    dt : float
        Simulation step in seconds.
    grid : float, optional
        Step in seconds to which input spikes are rounded, a whole number of `dt`; `dt` unless
        given. A rerun with a shorter step keeps the input of the longer one with it.
    first_trial, trial_step : int, optional
        Number of the first trial and step to the next, where these lanes are part of a run. The
        number of a trial decides its input spikes.
    wiring : int, optional
        Number of the wiring: which of the networks that the seed draws these lanes have.
    noise_keys : tuple of str, optional
        One per condition: conditions with the same key draw the same random numbers in each trial
        (common random numbers). Their labels unless given.
    """

    conditions: tuple[str, ...]
    trials: int
    seed: int
    dt: float
    grid: float = 0.0
    first_trial: int = 0
    noise_keys: tuple[str, ...] = ()
    trial_step: int = 1
    wiring: int = 0

    @property
    def n(self) -> int:
        """Number of lanes."""
        return len(self.conditions) * self.trials

    def select_conditions(self, conditions: slice) -> Lanes:
        """Return the lanes of some of the conditions."""
        labels, keys = self.conditions[conditions], self.noise_keys[conditions]
        return dataclasses.replace(self, conditions=labels, noise_keys=keys)

    def split_wirings(self, wirings: int) -> tuple[Lanes, ...]:
        """Return the lanes of each wiring: those of trial `k` have wiring ``k % wirings``.

        They are in the order of their first trial; a wiring without a trial here is left out.
        """
        return tuple(
            dataclasses.replace(
                self,
                trials=len(range(trial, self.trials, wirings)),
                first_trial=self.number_of(trial),
                trial_step=wirings * self.trial_step,
                wiring=self.number_of(trial) % wirings,
            )
            for trial in range(min(wirings, self.trials))
        )

    def number_of(self, trial: int) -> int:
        """Return the number in the run of a trial of these lanes."""
        return self.first_trial + trial * self.trial_step

    def make_lane_rng(self, lane: int, *labels: object) -> np.random.Generator:
        """Make the generator of one object in one lane."""
        condition, trial = divmod(lane, self.trials)
        key = (self.noise_keys or self.conditions)[condition]
        return make_rng(self.seed, *labels, key, self.number_of(trial))


def draw_afferent_spikes(
    afferent: Afferent,
    index: int,
    rates: np.ndarray,
    n: int,
    lanes: Lanes,
    stimulus_dt: float,
    *,
    by_fibre: bool = False,
) -> InputSpikes:
    """Draw the spikes that an afferent sends to its target population.

    Parameters
    ----------
    afferent : Afferent
        The afferent, with the number and kind of its fibres.
    index : int
        Position in the network's list of afferents: equal afferents draw different spikes.
    rates : numpy.ndarray, shape (condition, time)
        Rate of one fibre in Hz, per stimulus step.
    n : int
        Number of groups of fibres in one lane: the neurons of the target population that have
        their own fibres, or 1 for fibres that all neurons share.
    lanes : Lanes
        The lanes to draw for.
    stimulus_dt : float
        Stimulus step in seconds.
    by_fibre : bool, optional
        Whether the spikes carry the index of their fibre, not of their group.

    Returns
    -------
    InputSpikes
        Spikes of all lanes; group ``i`` of lane ``k`` has the index ``k * n + i``, and its fibre
        ``f`` the index ``(k * n + i) * n_fibres + f``.
    """
    n_sources = n * afferent.fibres if by_fibre else n

    def draw_lanes() -> Iterator[SpikeBlocks]:
        for lane in range(lanes.n):
            # Expected spikes of one fibre up to each edge of the stimulus steps.
            expected = np.concatenate([[0.0], np.cumsum(rates[lane // lanes.trials]) * stimulus_dt])
            rng = lanes.make_lane_rng(lane, "afferent", index, afferent.channel, afferent.target)
            yield _draw_fibres(afferent, expected, stimulus_dt, n, by_fibre, rng)

    source = (index, afferent.kind, afferent.fibres, afferent.channel, afferent.target)
    stimulus = (hashlib.sha256(rates.tobytes()).digest(), rates.shape, stimulus_dt)
    key = ("afferent", *source, afferent.correlation, by_fibre, *stimulus, n, lanes)
    duration = rates.shape[1] * stimulus_dt
    n_expected = rates.sum() * stimulus_dt * lanes.trials * n * afferent.fibres
    return draw_once(key, lambda: sort_spikes(draw_lanes(), n_sources, lanes, duration, n_expected))


def _draw_fibres(
    afferent: Afferent,
    expected: np.ndarray,
    dt: float,
    n: int,
    by_fibre: bool,
    rng: np.random.Generator,
) -> SpikeBlocks:
    """Draw the fibres of `n` groups in one lane; each spike has the index of fibre or group."""
    n_fibres = afferent.fibres
    if afferent.correlation is None:
        draw = draw_poisson if afferent.kind == "poisson" else draw_regular
        n_sources = (n * n_fibres, 1) if by_fibre else (n, n_fibres)
        return draw(expected, dt, *n_sources, rng)
    is_single = afferent.kind == "single_interaction"
    draw_correlated = draw_single_interaction if is_single else draw_multiple_interaction
    blocks = draw_correlated(expected, dt, n, n_fibres, afferent.correlation, rng)
    return blocks if by_fibre else ((times, fibres // n_fibres) for times, fibres in blocks)


def draw_background_spikes(
    population: Population, index: int, background: Background, duration: float, lanes: Lanes
) -> InputSpikes:
    """Draw the spikes of a background, which has a constant rate.

    Parameters
    ----------
    population : Population
        The population that receives it.
    index : int
        Position in the population's list of backgrounds.
    background : Background
        The background, with its rate in Hz.
    duration : float
        Duration of the run in seconds.
    lanes : Lanes
        The lanes to draw for.

    Returns
    -------
    InputSpikes
        Spikes of all lanes, indexed as by `draw_afferent_spikes`.
    """
    expected, n = np.array([0.0, background.rate * duration]), population.n
    rates = background.rates  # of each neuron, if they differ

    def draw_lanes() -> Iterator[SpikeBlocks]:
        for lane in range(lanes.n):
            rng = lanes.make_lane_rng(lane, "background", population.name, index)
            if rates is None:
                yield draw_poisson(expected, duration, n, 1, rng)
            else:
                yield draw_constant_rates(rates, duration, rng)

    source = background.rate if rates is None else rates.tobytes()
    key = ("background", population.name, index, source, duration, n, lanes)
    n_expected = background.rate * duration * n * lanes.n
    return draw_once(key, lambda: sort_spikes(draw_lanes(), n, lanes, duration, n_expected))


def sort_spikes(
    lane_spikes: Iterable[SpikeBlocks], n: int, lanes: Lanes, duration: float, n_expected: float
) -> InputSpikes:
    """Round the spikes of all lanes to the simulation grid and sort them by time.

    Parameters
    ----------
    lane_spikes : iterable of SpikeBlocks
        Spikes of each lane: times in seconds, and neurons below `n`.
    n : int
        Number of neurons in one lane.
    lanes : Lanes
        The lanes, with the grid and the time step.
    duration : float
        Duration of the run in seconds.
    n_expected : float
        Expected number of spikes: sets the memory of the sort, not its result.

    Returns
    -------
    InputSpikes
        The sorted spikes.
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
    """Yield the key of each spike, ``step * n_neurons + neuron`` (see `BucketSort`)."""
    dtype: Any = np.int32 if n_steps * n_neurons < INT32_RANGE else np.int64
    for lane, spikes in enumerate(lane_spikes):
        for times, neurons in spikes:
            key = (times / grid + 1e-9).astype(dtype)
            key *= dtype(n_neurons)
            key += dtype(lane * n)
            key += neurons.astype(dtype)
            yield key


def draw_initial_states(population: Population, lanes: Lanes) -> dict[str, np.ndarray]:
    """Draw the initial state variables of a population, each of shape ``(lanes * n,)``."""
    cell = make_array_cell(population.cell)
    if population.initial_potential is not None:
        potential = np.broadcast_to(values_of(population, "initial_potential"), population.n)
        if cell is not population.cell:  # one value per neuron
            state = cell.state_at(potential)
            return {name: np.tile(values, lanes.n) for name, values in state.items()}
        return population.cell.state_at(np.tile(potential, lanes.n))
    states = [
        cell.draw_initial_state(lanes.make_lane_rng(lane, "initial", population.name), population.n)
        for lane in range(lanes.n)
    ]
    return {name: np.concatenate([state[name] for state in states]) for name in states[0]}
