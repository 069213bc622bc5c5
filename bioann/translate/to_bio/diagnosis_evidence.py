"""Data of a diagnosis: the neurons of one unit, their rates, and the target of the unit."""

from __future__ import annotations

import dataclasses

import numpy as np
import xarray as xr

from bioann.bio.cells.cell import Cell
from bioann.bio.network import SpikingNetwork
from bioann.bio.theory.presynaptic_inputs import presynaptic_inputs
from bioann.correspondence import Match
from bioann.recordings.neuron_index import split_name
from bioann.recordings.recording import bin_spikes

#: Width in seconds of the bins in which the counts of copies are correlated.
BIN_WIDTH = 0.02


@dataclasses.dataclass(frozen=True, eq=False)
class ReadoutNeurons:
    """The neurons of a population that a unit corresponds to.

    Parameters
    ----------
    population : str
        Name of the population.
    indices : numpy.ndarray of int, shape (neuron,)
        Indices of the neurons in the population.
    cell : Cell
        Cell model of the population.
    rates : numpy.ndarray, shape (condition, neuron)
        Mean rates in the window, in Hz.
    correlation : float
        Mean correlation of counts over pairs of neurons, within conditions; 0 for one neuron.
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
        """Return the neurons of a name in a correspondence."""
        population, block = split_name(name)
        n = self.network.sizes[population]
        indices = np.arange(n) if block is None else np.array(block)
        counts = self.counts[population][..., indices]
        cell = self.network.get_population(population).cell
        rates = self.rates[population][:, indices]
        return ReadoutNeurons(population, indices, cell, rates, _compute_mean_correlation(counts))


@dataclasses.dataclass(frozen=True, eq=False)
class UnitMismatch:
    """A unit whose response differs from its target.

    Parameters
    ----------
    match : Match
        Correspondence between the unit and its neurons.
    conditions : list of int
        Indices of the conditions whose errors are to be explained.
    responses : tuple of numpy.ndarray, shape (condition,)
        Response in the whole window, and in its first and second half, in activation.
    target : numpy.ndarray, shape (condition,)
        Target of the unit for the measured rates of its presynaptic units, in activation.
    rms_error, largest_activation : float
        Root mean square error, and the largest activation of the layer.
    duration : float
        Length of the window in seconds.
    activity : WindowActivity
        Rates and counts of all populations.
    half_step_response : numpy.ndarray or None, shape (condition,)
        Response with half the time step, if there was such a run.
    network : SpikingNetwork
        The translated network that was run.
    stimulus : xarray.DataArray
        The stimulus of the recording.
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
        """Response in the whole window, in activation."""
        return self.responses[0]

    @property
    def early_response(self) -> np.ndarray:
        """Response in the first half of the window, in activation."""
        return self.responses[1]

    @property
    def late_response(self) -> np.ndarray:
        """Response in the second half of the window, in activation."""
        return self.responses[2]

    @property
    def neurons(self) -> list[ReadoutNeurons]:
        """The neurons that the unit corresponds to."""
        return [self.activity.select_neurons(name) for name in self.match.weights_of("bio")]

    @property
    def activation_per_spike(self) -> float:
        """Change of activation for one more spike of every copy."""
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
) -> tuple[np.ndarray, np.ndarray, float]:
    """Predict the response of a unit from its cell's noise-free curve and its mean input.

    Returns
    -------
    response : numpy.ndarray, shape (condition,)
        Response without fluctuations, in activation.
    conductance : numpy.ndarray, shape (condition,)
        Largest synaptic conductance of its neurons in siemens.
    leak : float
        Leak conductance in siemens.
    """
    response = np.zeros(len(mismatch.response))
    largest_conductance = np.zeros(len(mismatch.response))
    channels = {
        str(c): mismatch.stimulus.sel(channel=c).values[:, -1]
        for c in mismatch.stimulus.channel.values
    }
    source_rates = {name: rates.T for name, rates in mismatch.activity.rates.items()}
    for weight, neurons in zip(
        mismatch.match.weights_of("bio").values(), mismatch.neurons, strict=True
    ):
        inputs = presynaptic_inputs(mismatch.network, neurons.population, seed=0, per_neuron=True)
        shape = (mismatch.network.sizes[neurons.population], len(response))
        mean_input = [np.broadcast_to(x, shape) for x in inputs.mean_input(channels, source_rates)]
        current, conductance, reversal_current = (x[neurons.indices] for x in mean_input)
        rates = neurons.cell.steady_rate(current, conductance, reversal_current)
        response += weight * rates.mean(axis=0) / float(mismatch.match.scale)
        largest_conductance = np.maximum(largest_conductance, conductance.max(axis=0))
        leak = neurons.cell.leak_conductance
    return response, largest_conductance, leak
