"""Measure input and rate of all populations in one run on a design of stimuli."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import xarray as xr
from brian2 import amp, ms

from bioann.base.randomness import make_rng
from bioann.bio.afferent import CurrentAfferent
from bioann.bio.network import SpikingNetwork
from bioann.stimuli.waveforms import steps
from bioann.translate.target import TargetPopulation

#: Length of a lane and start of the averaged window, in seconds; neurons times seconds that are
#: averaged for each population and point.
LANE_DURATION, SETTLING_TIME, MIN_FIRING_TIME = 1.0, 0.3, 6.0
#: Largest random current into a connected population, in rheobases.
LARGEST_PROBE = 0.5


def measure_design(
    network: SpikingNetwork,
    targets: Mapping[str, TargetPopulation],
    channels: Mapping[str, np.ndarray],
    n_points: int,
    *,
    seed: int,
    engine: str,
    per_neuron: bool,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Run a network on a design, a lane for each point and trial.

    Where populations are connected each point is run twice: as it is, and with a random constant
    current into every population, without which the contributions of the populations to a sum
    could not be identified.

    Parameters
    ----------
    network : SpikingNetwork
        The network to run.
    targets : mapping of str to TargetPopulation
        The populations by name.
    channels : mapping of str to numpy.ndarray, shape (point,)
        Activation of each channel at the points of the design.
    n_points : int
        Number of points of the design.
    seed : int
        Seed of the run and of the random currents.
    engine : str
        Engine that runs it, as for `SpikingNetwork.run`.
    per_neuron : bool
        Whether to return the rate of each neuron.

    Returns
    -------
    channels : dict of str to numpy.ndarray, shape (point,)
        Activations at each point of the run.
    probe_currents : dict of str to numpy.ndarray, shape (point,)
        Current in ampere into each population.
    rates : dict of str to numpy.ndarray
        Rate in Hz of each population, ``(point,)``, or of each neuron, ``(neuron, point)``.
    """
    has_probes = bool(network.projections) or not channels
    channel_levels = {c: np.tile(v, 1 + has_probes) for c, v in channels.items()}
    n_without_probe, n_points = (n_points if channels else 0), n_points * (1 + has_probes)
    probe_currents = {}
    for name, target in targets.items():
        largest = LARGEST_PROBE * target.current_scale * has_probes
        currents = make_rng(seed, "translate", "kick", name).uniform(-largest, largest, n_points)
        probe_currents[name] = np.where(np.arange(n_points) < n_without_probe, 0.0, currents)
    electrodes = tuple(CurrentAfferent(f"kick {name}", name, 1e-12 * amp) for name in targets)
    probed_network = dataclasses.replace(network, afferents=(*network.afferents, *electrodes))
    levels = {c: v.tolist() for c, v in channel_levels.items()}
    levels |= {f"kick {name}": (v / 1e-12).tolist() for name, v in probe_currents.items()}
    coords = {"point": np.arange(n_points)}
    stimulus = steps(levels, duration=LANE_DURATION * 1e3 * ms, coords=coords)
    trials = int(
        np.ceil(MIN_FIRING_TIME / (LANE_DURATION - SETTLING_TIME) / min(network.sizes.values()))
    )
    recording = probed_network.run(
        stimulus, trials=trials, seed=seed, engine=engine, bin_width=50 * ms
    )
    if per_neuron:
        neuron_rates = compute_neuron_rates(recording, network.sizes, SETTLING_TIME, LANE_DURATION)
        return channel_levels, probe_currents, {name: rate.T for name, rate in neuron_rates.items()}
    mean_rates = recording["rate"].sel(time=slice(SETTLING_TIME, None)).mean(["time", "trial"])
    rates = {name: mean_rates.sel(unit=name).values for name in targets}
    return channel_levels, probe_currents, rates


def compute_neuron_rates(
    recording: xr.Dataset, sizes: Mapping[str, int], start: float, stop: float
) -> dict[str, np.ndarray]:
    """Compute every neuron's mean rate over a window and all trials.

    Parameters
    ----------
    recording : xarray.Dataset
        A recording that contains spikes.
    sizes : mapping of str to int
        Number of neurons of every population, in the order of the recording.
    start, stop : float
        Start and end of the window in seconds.

    Returns
    -------
    dict of str to numpy.ndarray, shape (condition, neuron)
        Rates in Hz, by population.
    """
    in_window = recording.spike_time.values >= start - 1e-9
    n_conditions, n_trials = recording.sizes["condition"], recording.sizes["trial"]
    rates = {}
    for k, (name, n) in enumerate(sizes.items()):
        of_population = in_window & (recording.spike_unit.values == k)
        bins = (
            recording.spike_condition.values[of_population] * n
            + recording.spike_neuron.values[of_population]
        )
        counts = np.bincount(bins, minlength=n_conditions * n)
        rates[name] = counts.reshape(-1, n) / n_trials / (stop - start)
    return rates
