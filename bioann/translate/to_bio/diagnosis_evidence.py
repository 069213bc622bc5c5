"""What a diagnosis looks at: one unit's neurons, what they fired, and what they should have."""

from __future__ import annotations

import dataclasses

import numpy as np
import xarray as xr

from bioann.bio.cells.cell import Cell
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.network import SpikingNetwork
from bioann.bio.receptors import Receptor
from bioann.correspondence import Match
from bioann.recordings.neuron_index import split_name
from bioann.recordings.recording import bin_spikes

#: Bins in which copies are compared, in seconds.
BIN = 0.02


@dataclasses.dataclass(frozen=True, eq=False)
class Neurons:
    """Some neurons of a population.

    Parameters
    ----------
    population : str
        Its name.
    index : numpy.ndarray of int, shape (neuron,)
        Which neurons.
    cell : Cell
        Their model.
    rates : numpy.ndarray, shape (condition, neuron)
        Mean rates in the window, in Hz.
    correlation : float
        Mean correlation of counts between pairs of them, within conditions; 0 for one neuron.
    """

    population: str
    index: np.ndarray
    cell: Cell
    rates: np.ndarray
    correlation: float


@dataclasses.dataclass(frozen=True, eq=False)
class Seen:
    """Rates of all populations in the window, and counts in bins of `BIN`."""

    network: SpikingNetwork
    rates: dict[str, np.ndarray]
    counts: dict[str, np.ndarray]

    def of(self, name: str) -> Neurons:
        """Give the neurons that a name stands for."""
        population, block = split_name(name)
        n = self.network.sizes[population]
        index = np.arange(n) if block is None else np.array(block)
        counted = self.counts[population][..., index]
        cell = self.network.population(population).cell
        rates = self.rates[population][:, index]
        return Neurons(population, index, cell, rates, _correlation(counted))


@dataclasses.dataclass(frozen=True, eq=False)
class Case:
    """A unit that misses.

    Parameters
    ----------
    match : Match
        How it is read.
    chosen : list of int
        Conditions that are looked at.
    parts : tuple of numpy.ndarray, shape (condition,)
        Its answer in the whole window and in either half, in activation.
    wanted : numpy.ndarray, shape (condition,)
        What it should have answered.
    miss, top : float
        Root mean square miss, and the largest activation of its layer.
    window : float
        Length of the window in seconds.
    seen : Seen
        All rates.
    fine : numpy.ndarray or None
        Its answer with half the time step.
    network : SpikingNetwork
        The network.
    stimulus : xarray.DataArray
        What was shown.
    """

    match: Match
    chosen: list[int]
    parts: tuple[np.ndarray, ...]
    wanted: np.ndarray
    miss: float
    top: float
    window: float
    seen: Seen
    fine: np.ndarray | None
    network: SpikingNetwork
    stimulus: xr.DataArray

    @property
    def whole(self) -> np.ndarray:
        """Its answer."""
        return self.parts[0]

    @property
    def early(self) -> np.ndarray:
        """Its answer in the first half of the window."""
        return self.parts[1]

    @property
    def late(self) -> np.ndarray:
        """Its answer in the second half of the window."""
        return self.parts[2]

    @property
    def neurons(self) -> list[Neurons]:
        """The neurons that it is read from."""
        return [self.seen.of(name) for name in self.match.weights_of("bio")]

    @property
    def spike(self) -> float:
        """What one spike more of every copy is worth, in activation."""
        largest = max(abs(a) for a in self.match.weights_of("bio").values())
        return largest / (self.window * float(self.match.scale))


def neurons_of(network: SpikingNetwork, recorded: xr.Dataset, start: float, stop: float) -> Seen:
    """Count the spikes of every neuron in the window from `start` to `stop` seconds."""
    late = recorded.spike_time.values >= start - 1e-9
    lanes = {
        "condition": recorded.spike_condition.values[late],
        "trial": recorded.spike_trial.values[late],
        "time": recorded.spike_time.values[late] - start,
    }
    unit, neuron = recorded.spike_unit.values[late], recorded.spike_neuron.values[late]
    bins = max(int((stop - start) / BIN + 1e-9), 1)
    conditions, trials = recorded.sizes["condition"], recorded.sizes["trial"]
    rates, counts = {}, {}
    for k, (name, n) in enumerate(network.sizes.items()):
        label = np.where(unit == k, neuron, -1)
        counted = bin_spikes(lanes, label, (conditions, trials, bins, n), BIN)
        rates[name] = counted.sum(axis=2).mean(axis=1) / (bins * BIN)
        counts[name] = counted
    return Seen(network, rates, counts)


def _correlation(counts: np.ndarray) -> float:
    """Average the correlation of counts ``(condition, trial, bin, neuron)`` over pairs.

    From the variance of the sum: for `n` neurons of equal variance it is that of independent ones
    times ``1 + (n - 1) rho``.
    """
    n = counts.shape[-1]
    single = counts.var(axis=2).sum()
    if n < 2 or not single:
        return 0.0
    pooled = counts.sum(axis=-1).var(axis=2).sum()
    return float((pooled / single - 1) / (n - 1))


def noise_free_rates(case: Case) -> tuple[np.ndarray, np.ndarray, float] | None:
    """Ask the cell's curve under the mean conductances that it had.

    Returns
    -------
    answer : numpy.ndarray, shape (condition,)
        What the unit would answer without any fluctuation, in activation.
    conductance : numpy.ndarray, shape (condition,)
        Largest synaptic conductance of its neurons, in siemens.
    leak : float
        Leak conductance in siemens.
    None where the cell has no leak conductance of that name.
    """
    total = np.zeros(len(case.whole))
    opened = np.zeros(len(case.whole))
    leak = 0.0
    for (_, weight), neurons in zip(
        case.match.weights_of("bio").items(), case.neurons, strict=True
    ):
        if not hasattr(neurons.cell, "g_L"):
            return None
        current, conductance, pull = _inputs(case, neurons)
        rates = neurons.cell.steady_rate(current, conductance, pull)
        total += weight * rates.mean(axis=1) / float(case.match.scale)
        opened = np.maximum(opened, conductance.max(axis=1))
        leak = float(neurons.cell.g_L)
    return total, opened, leak


def _inputs(case: Case, neurons: Neurons) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give current, conductance and pull of some neurons, each (condition, neuron), in SI."""
    shape = neurons.rates.shape
    current, conductance, pull = (np.zeros(shape) for _ in range(3))
    for part in case.network.afferents:
        if isinstance(part, ElectrodeArray) and part.target == neurons.population:
            activation = case.stimulus.sel(channel=list(part.channels)).values
            current += part.currents(activation)[-1][:, neurons.index]
    for p in case.network.projections:
        if p.target != neurons.population:
            continue
        assert isinstance(p.receptor, Receptor)
        strengths = case.network.strengths(p, seed=0)[neurons.index]
        opened = case.seen.rates[p.source] @ strengths.T * p.receptor.time_integral()
        conductance += opened
        pull += opened * float(getattr(p.receptor, "reversal", 0.0))
    return current, conductance, pull
