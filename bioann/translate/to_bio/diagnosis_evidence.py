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
BIN_WIDTH = 0.02


@dataclasses.dataclass(frozen=True, eq=False)
class ReadoutNeurons:
    """Some neurons of a population.

    Parameters
    ----------
    population : str
        Its name.
    indices : numpy.ndarray of int, shape (neuron,)
        Which neurons.
    cell : Cell
        Their model.
    rates : numpy.ndarray, shape (condition, neuron)
        Mean rates in the window, in Hz.
    correlation : float
        Mean correlation of counts between pairs of them, within conditions; 0 for one neuron.
    """

    population: str
    indices: np.ndarray
    cell: Cell
    rates: np.ndarray
    correlation: float


@dataclasses.dataclass(frozen=True, eq=False)
class WindowActivity:
    """Rates of all populations in the window, and counts in bins of `BIN_WIDTH`."""

    network: SpikingNetwork
    rates: dict[str, np.ndarray]
    counts: dict[str, np.ndarray]

    def select_neurons(self, name: str) -> ReadoutNeurons:
        """Give the neurons that a name stands for."""
        population, block = split_name(name)
        n = self.network.sizes[population]
        indices = np.arange(n) if block is None else np.array(block)
        counts = self.counts[population][..., indices]
        cell = self.network.get_population(population).cell
        rates = self.rates[population][:, indices]
        return ReadoutNeurons(population, indices, cell, rates, _compute_mean_correlation(counts))


@dataclasses.dataclass(frozen=True, eq=False)
class UnitMismatch:
    """A unit that misses.

    Parameters
    ----------
    match : Match
        How it is read.
    conditions : list of int
        Conditions that are looked at.
    responses : tuple of numpy.ndarray, shape (condition,)
        Its answer in the whole window and in either model, in activation.
    target : numpy.ndarray, shape (condition,)
        What it should have answered.
    rms_error, largest_activation : float
        Root mean square miss, and the largest activation of its layer.
    duration : float
        Length of the window in seconds.
    activity : WindowActivity
        All rates.
    half_step_response : numpy.ndarray or None
        Its answer with half the time step.
    network : SpikingNetwork
        The network.
    stimulus : xarray.DataArray
        What was shown.
    """

    match: Match
    conditions: list[int]
    responses: tuple[np.ndarray, ...]
    target: np.ndarray
    rms_error: float
    largest_activation: float
    duration: float
    activity: WindowActivity
    half_step_response: np.ndarray | None
    network: SpikingNetwork
    stimulus: xr.DataArray

    @property
    def response(self) -> np.ndarray:
        """Its answer."""
        return self.responses[0]

    @property
    def early_response(self) -> np.ndarray:
        """Its answer in the first half of the window."""
        return self.responses[1]

    @property
    def late_response(self) -> np.ndarray:
        """Its answer in the second half of the window."""
        return self.responses[2]

    @property
    def neurons(self) -> list[ReadoutNeurons]:
        """The neurons that it is read from."""
        return [self.activity.select_neurons(name) for name in self.match.weights_of("bio")]

    @property
    def activation_per_spike(self) -> float:
        """What one spike more of every copy is worth, in activation."""
        largest_weight = max(abs(a) for a in self.match.weights_of("bio").values())
        return largest_weight / (self.duration * float(self.match.scale))


def measure_window_activity(
    network: SpikingNetwork, recording: xr.Dataset, start: float, stop: float
) -> WindowActivity:
    """Count the spikes of every neuron in the window from `start` to `stop` seconds."""
    in_window = recording.spike_time.values >= start - 1e-9
    lanes = {
        "condition": recording.spike_condition.values[in_window],
        "trial": recording.spike_trial.values[in_window],
        "time": recording.spike_time.values[in_window] - start,
    }
    unit, neuron = recording.spike_unit.values[in_window], recording.spike_neuron.values[in_window]
    n_bins = max(int((stop - start) / BIN_WIDTH + 1e-9), 1)
    n_conditions, n_trials = recording.sizes["condition"], recording.sizes["trial"]
    rates, counts = {}, {}
    for k, (name, n) in enumerate(network.sizes.items()):
        neuron_of_population = np.where(unit == k, neuron, -1)
        population_counts = bin_spikes(
            lanes, neuron_of_population, (n_conditions, n_trials, n_bins, n), BIN_WIDTH
        )
        rates[name] = population_counts.sum(axis=2).mean(axis=1) / (n_bins * BIN_WIDTH)
        counts[name] = population_counts
    return WindowActivity(network, rates, counts)


def _compute_mean_correlation(counts: np.ndarray) -> float:
    """Average the correlation of counts ``(condition, trial, bin, neuron)`` over pairs.

    From the variance of the sum: for `n` neurons of equal variance it is that of independent ones
    times ``1 + (n - 1) rho``.
    """
    n = counts.shape[-1]
    single_variance = counts.var(axis=2).sum()
    if n < 2 or not single_variance:
        return 0.0
    pooled_variance = counts.sum(axis=-1).var(axis=2).sum()
    return float((pooled_variance / single_variance - 1) / (n - 1))


def predict_noise_free_response(
    mismatch: UnitMismatch,
) -> tuple[np.ndarray, np.ndarray, float] | None:
    """Ask the cell's curve under the mean conductances that it had.

    Returns
    -------
    response : numpy.ndarray, shape (condition,)
        What the unit would answer without any fluctuation, in activation.
    conductance : numpy.ndarray, shape (condition,)
        Largest synaptic conductance of its neurons, in siemens.
    leak : float
        Leak conductance in siemens.
    None where the cell has no leak conductance of that name.
    """
    response = np.zeros(len(mismatch.response))
    largest_conductance = np.zeros(len(mismatch.response))
    leak = 0.0
    for (_, weight), neurons in zip(
        mismatch.match.weights_of("bio").items(), mismatch.neurons, strict=True
    ):
        if not hasattr(neurons.cell, "g_L"):
            return None
        current, conductance, reversal_current = _compute_mean_inputs(mismatch, neurons)
        rates = neurons.cell.steady_rate(current, conductance, reversal_current)
        response += weight * rates.mean(axis=1) / float(mismatch.match.scale)
        largest_conductance = np.maximum(largest_conductance, conductance.max(axis=1))
        leak = float(neurons.cell.g_L)
    return response, largest_conductance, leak


def _compute_mean_inputs(
    mismatch: UnitMismatch, neurons: ReadoutNeurons
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give current, conductance and reversal current of neurons, (condition, neuron), in SI."""
    shape = neurons.rates.shape
    current, conductance, reversal_current = (np.zeros(shape) for _ in range(3))
    for afferent in mismatch.network.afferents:
        if isinstance(afferent, ElectrodeArray) and afferent.target == neurons.population:
            activation = mismatch.stimulus.sel(channel=list(afferent.channels)).values
            current += afferent.compute_currents(activation)[-1][:, neurons.indices]
    for p in mismatch.network.projections:
        if p.target != neurons.population:
            continue
        assert isinstance(p.receptor, Receptor)
        strengths = mismatch.network.draw_conductances(p, seed=0)[neurons.indices]
        synaptic_conductance = (
            mismatch.activity.rates[p.source] @ strengths.T * p.receptor.time_integral()
        )
        conductance += synaptic_conductance
        reversal_current += synaptic_conductance * float(getattr(p.receptor, "reversal", 0.0))
    return current, conductance, reversal_current
