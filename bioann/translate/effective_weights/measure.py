r"""What every connection of a spiking network does, measured: its effective signed weight.

One run holds a few operating points of the network, and for each connection the same again with
extra Poisson spikes at its synapses, under the same random numbers otherwise. The change of the
target's rate over the change of the source's that the extra spikes stand for is the effective
weight. It holds whatever the circuit makes of the change, so its sign may differ from that of the
synapse.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms
from scipy.special import stdtrit

from bioann.ann.network import RateNetwork
from bioann.bio.network import SpikingNetwork
from bioann.stimuli.stimulus import make_stimulus
from bioann.translate.effective_weights.perturbation import ConnectionProbe, list_connection_probes
from bioann.translate.effective_weights.sign_flags import (
    SILENT_RATE,
    find_loops,
    flag_sign_exceptions,
)
from bioann.translate.effective_weights.unit_gain import compute_unit_gains
from bioann.translate.target import TargetPopulation, target_population

#: Length of a lane and from where on it is read, in seconds.
DURATION, SETTLING_TIME = 0.45, 0.15
#: Fewest and most trials, and how many neurons' worth of trials are wanted.
MIN_TRIALS, MAX_TRIALS, NEURON_TRIALS = 4, 16, 40
#: Operating points.
N_POINTS = 2
#: Connections that are measured at most; the others are listed without.
MAX_CONNECTIONS = 40
COLUMNS = (
    "source", "source_kind", "target", "synapse", "reversal_mV", "drive_mV", "sign",
    "effective", "effective_low", "effective_high", "flags",
)  # fmt: skip


def choose_operating_points(
    recording: xr.Dataset, stimulus: xr.DataArray, window: tuple[float, float]
) -> xr.DataArray:
    """Choose the operating points of a run: conditions in which most populations fire.

    Parameters
    ----------
    recording : xarray.Dataset
        The spiking model of a run.
    stimulus : xarray.DataArray
        Its stimulus.
    window : tuple of float
        Start and stop in seconds of what is averaged.

    Returns
    -------
    xarray.DataArray, dimensions (condition, channel)
        `N_POINTS` conditions or fewer: of those in which most populations fire, the ones at a third
        and two thirds by their total rate.
    """
    rate = recording["rate"].sel(time=slice(*window)).mean(["time", "trial"])
    n_firing = (rate > SILENT_RATE).sum("unit").values
    total = rate.sum("unit").values
    candidates = np.flatnonzero(n_firing == n_firing.max())
    order = candidates[np.argsort(total[candidates], kind="stable")]
    conditions = sorted(
        {int(order[len(order) * k // (N_POINTS + 1)]) for k in range(1, N_POINTS + 1)}
    )
    mean = stimulus.sel(time=slice(*window)).mean("time")
    return mean.isel(condition=conditions)


def record_effective_weights(
    network: SpikingNetwork, ann: object, points: xr.DataArray, *, seed: int, engine: str = "auto"
) -> xr.Dataset:
    """Measure what a recording keeps as ``/effective_weights``, with gains of a rate network.

    Parameters
    ----------
    network : SpikingNetwork
        The spiking model.
    ann : Model
        The rate model; the gains of its units are added if it is a `RateNetwork`.
    points : xarray.DataArray
        From `choose_operating_points`.
    seed : int
        Decides everything random.
    engine : str, optional
        What executes the run.

    Returns
    -------
    xarray.Dataset
        The columns of `tabulate_effective_weights` along ``connection``, and ``gain`` along
        ``ann_unit``.
    """
    table = tabulate_effective_weights(network, points, seed=seed, engine=engine)
    dataset = xr.Dataset.from_dataframe(table.rename_axis("connection"))
    if isinstance(ann, RateNetwork):
        dataset = dataset.assign(gain=compute_unit_gains(ann, points).rename(unit="ann_unit"))
    return dataset


def tabulate_effective_weights(
    network: SpikingNetwork, operating_points: xr.DataArray, *, seed: int, engine: str = "auto"
) -> pd.DataFrame:
    """Measure what every connection does at given operating points.

    Parameters
    ----------
    network : SpikingNetwork
        The network.
    operating_points : xarray.DataArray, dimensions (condition, channel)
        Activation of each channel at each operating point.
    seed : int
        Decides everything random.
    engine : str, optional
        What executes the run.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, one row for each row of ``network.connections()``, in their order.
        `drive_mV` is the driving force at the mean potential, which the mean conductances give, at
        most threshold. `effective` is in Hz of the target per Hz of a population or per activation
        of a channel (of its negative part where that drives the synapse), averaged over the
        operating points, with its 95% interval over trials; NaN for what was not measured. `flags`
        names, separated by ``"; "``: depolarising GABA, shunt at rest, paradoxical or against its
        synapse, dead (1 Hz or less, also with the extra spikes), saturated, not measured.
    """
    targets = {name: target_population(network, name, seed=seed) for name in network.units}
    probes = list_connection_probes(network, targets)
    rows_with_probe = [k for k, probe in enumerate(probes) if probe.afferent is not None]
    block_of_row = {k: 1 + b for b, k in enumerate(rows_with_probe[:MAX_CONNECTIONS])}
    rates = _run_perturbations(
        network, [probes[k] for k in block_of_row], operating_points, seed, engine
    )
    in_loop = find_loops(network)
    rows = []
    for k, probe in enumerate(probes):
        target, perturbed_rate = targets[probe.target], None
        if k in block_of_row:
            perturbed_rate = rates.isel(block=block_of_row[k]).sel(unit=probe.target)
        baseline = rates.isel(block=0)
        effect = _estimate_effective_weight(probe, baseline.sel(unit=probe.target), perturbed_rate)
        v = _compute_mean_potential(target, operating_points, baseline)
        reversal = getattr(probe.receptor, "reversal", np.nan) * 1e3
        target_rate = baseline.sel(unit=probe.target)
        highest_mean = max(float(x.mean()) for x in (target_rate, perturbed_rate) if x is not None)
        highest_rate = float(target_rate.mean("trial").max())
        flags = flag_sign_exceptions(
            probe, target, highest_mean, highest_rate, effect, in_loop[probe.target]
        )
        driving_force = reversal - v * 1e3
        names = (probe.source, probe.kind, probe.target, probe.synapse)
        rows.append((*names, reversal, driving_force, probe.sign, *effect, "; ".join(flags)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _run_perturbations(
    network: SpikingNetwork,
    probes: Sequence[ConnectionProbe],
    operating_points: xr.DataArray,
    seed: int,
    engine: str,
) -> xr.DataArray:
    """Give steady rates in Hz, (block, point, trial, unit); block 0 is the network as it is."""
    afferents = tuple(p.afferent for p in probes if p.afferent is not None)
    probed_network = dataclasses.replace(network, afferents=(*network.afferents, *afferents))
    channels = [*network.channels, *(a.channel for a in afferents)]
    levels = operating_points.sel(channel=list(network.channels))
    points = levels.transpose("condition", "channel").values
    values = np.zeros((1 + len(afferents), len(points), len(channels)))
    values[:, :, : points.shape[1]] = points
    for k in range(len(afferents)):
        values[1 + k, :, points.shape[1] + k] = 1.0
    # Each perturbed lane has the noise of its operating point: what differs is the perturbation.
    noise_keys = [str(c) for c in operating_points.condition.values] * (1 + len(afferents))
    names = [f"{k // len(points)}: {key}" for k, key in enumerate(noise_keys)]
    flat = values.reshape(len(names), 1, len(channels))
    steps = np.broadcast_to(flat, (len(names), round(DURATION / 1e-3), len(channels)))
    stimulus = make_stimulus(steps, channels=channels, conditions=names)
    smallest_population = min(network.sizes.values())
    trials = int(np.clip(np.ceil(NEURON_TRIALS / smallest_population), MIN_TRIALS, MAX_TRIALS))
    recording = probed_network.run(
        stimulus,
        trials=trials,
        seed=seed,
        engine=engine,
        bin_width=50 * ms,
        noise_keys=noise_keys,
    )
    mean_rates = recording["rate"].sel(time=slice(SETTLING_TIME, None)).mean("time")
    rates = mean_rates.transpose("condition", "trial", "unit").values
    return xr.DataArray(
        rates.reshape(1 + len(afferents), len(points), trials, -1),
        dims=("block", "point", "trial", "unit"),
        coords={"unit": list(network.units)},
    )


def _estimate_effective_weight(
    probe: ConnectionProbe, baseline: xr.DataArray, perturbed_rate: xr.DataArray | None
) -> tuple[float, float, float]:
    """Give the effective weight and its interval, from the pairs of lanes."""
    if perturbed_rate is None:
        return np.nan, np.nan, np.nan
    effects = ((perturbed_rate - baseline).mean("point") / probe.source_step).values
    mean = float(effects.mean())
    half_width = stdtrit(len(effects) - 1, 0.975) * effects.std(ddof=1) / np.sqrt(len(effects))
    return mean, mean - half_width, mean + half_width


def _compute_mean_potential(
    target: TargetPopulation, operating_points: xr.DataArray, baseline: xr.DataArray
) -> float:
    """Give the mean potential in volt that the mean conductances hold, at most threshold."""
    rates = baseline.mean("trial")
    source_rates = {str(u): rates.sel(unit=u).values for u in rates.unit.values}
    channels = {
        str(c): operating_points.sel(channel=c).values for c in operating_points.channel.values
    }
    cell = target.inputs.cell
    leak = float(getattr(cell, "g_L", 10e-9))
    reversal_current = leak * cell.resting_potential + target.inputs.injected_current(channels)
    total_conductance = np.full(reversal_current.shape, leak)
    for synapse in target.inputs.synaptic_inputs:
        g = synapse.conductance_per_hertz() * synapse.input_rate(channels, source_rates)
        reversal_current = reversal_current + g * getattr(synapse.receptor, "reversal", 0.0)
        total_conductance = total_conductance + g
    for conductance, reversal in target.inputs.constant_conductances:
        reversal_current = reversal_current + conductance * reversal
        total_conductance = total_conductance + conductance
    return float(np.mean(np.minimum(reversal_current / total_conductance, cell.firing_threshold)))
