r"""Measure the effective signed weight of every connection of a spiking network.

One run contains a few operating points of the network, and for each connection the same points with
extra Poisson spikes at its synapses and otherwise equal random numbers. The effective weight is the
change of the target's rate over the change of the source's rate that corresponds to the extra
spikes. It includes the response of the whole circuit, so its sign may differ from that of the
synapse.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms
from scipy.special import stdtrit

from bioann.ann.network import RateNetwork
from bioann.bio.network import SpikingNetwork
from bioann.bio.scheduled_afferent import ScheduledAfferent
from bioann.recordings.wirings import WIRING
from bioann.stimuli.stimulus import make_stimulus
from bioann.translate.effective_weights.perturbation import ConnectionProbe, list_connection_probes
from bioann.translate.effective_weights.sign_flags import (
    SILENT_RATE,
    find_loops,
    flag_sign_exceptions,
)
from bioann.translate.effective_weights.unit_gain import compute_unit_gains
from bioann.translate.target import TargetPopulation, target_population

#: Length of a lane and start of the averaged window, in seconds.
DURATION, SETTLING_TIME = 0.45, 0.15
#: Fewest and most trials, and the wanted number of neurons times trials.
MIN_TRIALS, MAX_TRIALS, NEURON_TRIALS = 4, 16, 40
#: Largest number of operating points.
N_POINTS = 2
#: Largest number of connections that are measured; the others are listed without a weight.
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
        Recording of the spiking model.
    stimulus : xarray.DataArray
        The stimulus of the recording.
    window : tuple of float
        Start and end in seconds of the averaged window.

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
    network: SpikingNetwork,
    ann: object,
    points: xr.DataArray,
    *,
    seed: int,
    engine: str = "auto",
    wirings: int = 1,
) -> xr.Dataset:
    """Measure effective weights, and the gains of a rate network at the same operating points.

    Parameters
    ----------
    network : SpikingNetwork
        The spiking model, whose connections are measured.
    ann : Model
        The rate model; the gains of its units are added if it is a `RateNetwork`.
    points : xarray.DataArray, dimensions (condition, channel)
        Operating points, from `choose_operating_points`.
    seed : int
        Seed of the run.
    engine : str, optional
        Engine that runs it, as for `SpikingNetwork.run`.
    wirings : int, optional
        Number of independent draws of the synapses, as for `SpikingNetwork.run`.

    Returns
    -------
    xarray.Dataset
        The columns of `tabulate_effective_weights` along ``connection``, and ``gain`` along
        ``ann_unit``.
    """
    table = tabulate_effective_weights(network, points, seed=seed, engine=engine, wirings=wirings)
    dataset = xr.Dataset.from_dataframe(table.rename_axis("connection"))
    if isinstance(ann, RateNetwork):
        dataset = dataset.assign(gain=compute_unit_gains(ann, points).rename(unit="ann_unit"))
    return dataset


def tabulate_effective_weights(
    network: SpikingNetwork,
    operating_points: xr.DataArray,
    *,
    seed: int,
    engine: str = "auto",
    wirings: int = 1,
) -> pd.DataFrame:
    """Measure the effective weight of every connection at given operating points.

    Parameters
    ----------
    network : SpikingNetwork
        The spiking model, whose connections are measured.
    operating_points : xarray.DataArray, dimensions (condition, channel)
        Activation of each channel at each operating point.
    seed : int
        Seed of the run.
    engine : str, optional
        Engine that runs it, as for `SpikingNetwork.run`.
    wirings : int, optional
        Number of independent draws of the synapses, as for `SpikingNetwork.run`.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, one row for each row of ``network.connections()``, in their order.
        `drive_mV` is the driving force at the mean potential, which follows from the mean input and
        is at most threshold. `effective` is in Hz of the target per Hz of a population or per
        activation of a channel (of its negative part where that drives the synapse), averaged over
        the operating points, with its 95% interval over trials, or over wirings if there are
        several; NaN if not measured. `flags` are regimes, separated by ``"; "``: depolarising GABA,
        shunt at rest, paradoxical or against its synapse, dead (1 Hz or less, also with the extra
        spikes), saturated, not measured. Scheduled spikes are left out: an operating point is a
        steady state.
    """
    network = _without_schedules(network)
    targets = {name: target_population(network, name, seed=seed) for name in network.units}
    probes = list_connection_probes(network, targets)
    rows_with_probe = [k for k, probe in enumerate(probes) if probe.afferent is not None]
    block_of_row = {k: 1 + b for b, k in enumerate(rows_with_probe[:MAX_CONNECTIONS])}
    rates = _run_perturbations(
        network, [probes[k] for k in block_of_row], operating_points, seed, engine, wirings
    )
    baseline = rates.isel(block=0)
    potentials = _compute_mean_potentials(targets, operating_points, baseline.mean("trial"))
    in_loop = find_loops(network)
    rows = []
    for k, probe in enumerate(probes):
        target_rate, perturbed_rate = baseline.sel(unit=probe.target), None
        if k in block_of_row:
            perturbed_rate = rates.isel(block=block_of_row[k]).sel(unit=probe.target)
        effect = _estimate_effective_weight(probe, target_rate, perturbed_rate)
        reversal = np.nan
        if probe.receptor is not None and probe.receptor.reversal is not None:
            reversal = probe.receptor.reversal * 1e3
        highest_mean = max(float(x.mean()) for x in (target_rate, perturbed_rate) if x is not None)
        highest_rate = float(target_rate.mean("trial").max())
        flags = flag_sign_exceptions(
            probe, targets[probe.target], highest_mean, highest_rate, effect, in_loop[probe.target]
        )
        driving_force = reversal - potentials[probe.target] * 1e3
        names = (probe.source, probe.kind, probe.target, probe.synapse)
        rows.append((*names, reversal, driving_force, probe.sign, *effect, "; ".join(flags)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _without_schedules(network: SpikingNetwork) -> SpikingNetwork:
    """Return the network without its scheduled afferents, if it has any."""
    steady_afferents = [a for a in network.afferents if not isinstance(a, ScheduledAfferent)]
    if len(steady_afferents) == len(network.afferents):
        return network
    return dataclasses.replace(network, afferents=tuple(steady_afferents))


def _compute_mean_potentials(
    targets: Mapping[str, TargetPopulation], operating_points: xr.DataArray, rates: xr.DataArray
) -> dict[str, float]:
    """Compute the potential in volt under the mean input of each population, over all points."""
    source_rates = {str(u): rates.sel(unit=u).values for u in rates.unit.values}
    channels = {
        str(c): operating_points.sel(channel=c).values for c in operating_points.channel.values
    }
    return {
        name: float(np.mean(target.mean_potential(channels, source_rates)))
        for name, target in targets.items()
    }


def _run_perturbations(
    network: SpikingNetwork,
    probes: Sequence[ConnectionProbe],
    operating_points: xr.DataArray,
    seed: int,
    engine: str,
    wirings: int,
) -> xr.DataArray:
    """Return steady rates in Hz, (block, point, trial, unit); block 0 has no extra spikes.

    Of several wirings each is one trial: the mean of its trials, which are not independent.
    """
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
        trials=max(trials, wirings),
        seed=seed,
        engine=engine,
        bin_width=50 * ms,
        noise_keys=noise_keys,
        wirings=wirings,
    )
    mean_rates = recording["rate"].sel(time=slice(SETTLING_TIME, None)).mean("time")
    if wirings > 1:
        mean_rates = mean_rates.groupby(WIRING).mean().rename({WIRING: "trial"})
    rates = mean_rates.transpose("condition", "trial", "unit").values
    return xr.DataArray(
        rates.reshape(1 + len(afferents), len(points), mean_rates.sizes["trial"], -1),
        dims=("block", "point", "trial", "unit"),
        coords={"unit": list(network.units)},
    )


def _estimate_effective_weight(
    probe: ConnectionProbe, baseline: xr.DataArray, perturbed_rate: xr.DataArray | None
) -> tuple[float, float, float]:
    """Estimate the effective weight and its interval from pairs of lanes."""
    if perturbed_rate is None:
        return np.nan, np.nan, np.nan
    effects = ((perturbed_rate - baseline).mean("point") / probe.source_step).values
    mean = float(effects.mean())
    half_width = stdtrit(len(effects) - 1, 0.975) * effects.std(ddof=1) / np.sqrt(len(effects))
    return mean, mean - half_width, mean + half_width
