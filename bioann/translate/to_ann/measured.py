"""Measure what populations meet and answer: one run of the network on stimuli of its own."""

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

#: Length of a lane, and from where on its rates are read, in seconds; seconds of firing that are
#: counted for each population and point.
DURATION, SETTLE, SECONDS = 1.0, 0.3, 6.0
#: Largest current into a population that is connected, in rheobases.
KICK = 0.5


def measured(
    network: SpikingNetwork,
    sites: Mapping[str, TargetPopulation],
    channels: Mapping[str, np.ndarray],
    points: int,
    *,
    seed: int,
    engine: str,
    each: bool,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Run a network on a design, a lane for each point and trial.

    Where populations are connected each point is run twice: as it is, and with a random constant
    current into every population, without which the share of each in a sum could not be told.

    Parameters
    ----------
    network : SpikingNetwork
        The network.
    sites : mapping of str to Site
        Its populations.
    channels : mapping of str to numpy.ndarray, shape (point,)
        Activation of each channel.
    points : int
        How many points there are.
    seed : int
        Decides the run.
    engine : str
        What executes it.
    each : bool
        Tell neurons apart.

    Returns
    -------
    channels : dict of str to numpy.ndarray
        Activations at each point of the run.
    kicks : dict of str to numpy.ndarray
        Current in ampere into each population.
    rates : dict of str to numpy.ndarray
        Rate in Hz of each population, ``(point,)``, or of each neuron, ``(neuron, point)``.
    """
    kicked = bool(network.projections) or not channels
    shown = {c: np.tile(v, 1 + kicked) for c, v in channels.items()}
    calm, points = (points if channels else 0), points * (1 + kicked)
    kicks = {}
    for name, at in sites.items():
        most = KICK * abs(at.rheobase) * kicked
        drawn = make_rng(seed, "translate", "kick", name).uniform(-most, most, points)
        kicks[name] = np.where(np.arange(points) < calm, 0.0, drawn)
    electrodes = tuple(CurrentAfferent(f"kick {name}", name, 1e-12 * amp) for name in sites)
    probed = dataclasses.replace(network, afferents=(*network.afferents, *electrodes))
    levels = {c: v.tolist() for c, v in shown.items()}
    levels |= {f"kick {name}": (v / 1e-12).tolist() for name, v in kicks.items()}
    numbered = {"point": np.arange(points)}
    stimulus = steps(levels, duration=DURATION * 1e3 * ms, coords=numbered)
    trials = int(np.ceil(SECONDS / (DURATION - SETTLE) / min(network.sizes.values())))
    recorded = probed.run(stimulus, trials=trials, seed=seed, engine=engine, bin_width=50 * ms)
    if each:
        found = by_neuron(recorded, network.sizes, SETTLE, DURATION)
        return shown, kicks, {name: rate.T for name, rate in found.items()}
    steady = recorded["rate"].sel(time=slice(SETTLE, None)).mean(["time", "trial"])
    return shown, kicks, {name: steady.sel(unit=name).values for name in sites}


def by_neuron(
    recorded: xr.Dataset, sizes: Mapping[str, int], start: float, stop: float
) -> dict[str, np.ndarray]:
    """Give every neuron's mean rate over a window and all trials.

    Parameters
    ----------
    recorded : xarray.Dataset
        With spikes.
    sizes : mapping of str to int
        Neurons of every population, in the order of the recording.
    start, stop : float
        Of the window, in seconds.

    Returns
    -------
    dict of str to numpy.ndarray, shape (condition, neuron)
        In Hz, by population.
    """
    late = recorded.spike_time.values >= start - 1e-9
    lanes, trials = recorded.sizes["condition"], recorded.sizes["trial"]
    rates = {}
    for k, (name, n) in enumerate(sizes.items()):
        mine = late & (recorded.spike_unit.values == k)
        place = recorded.spike_condition.values[mine] * n + recorded.spike_neuron.values[mine]
        counts = np.bincount(place, minlength=lanes * n)
        rates[name] = counts.reshape(-1, n) / trials / (stop - start)
    return rates
