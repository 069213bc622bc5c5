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
from bioann.bio.input_spikes.draw import PAIRED
from bioann.bio.network import SpikingNetwork
from bioann.stimuli.stimulus import make_stimulus
from bioann.translate.effective_weights.perturbation import Connection, connections
from bioann.translate.effective_weights.sign_flags import SILENT, loops, regimes
from bioann.translate.effective_weights.unit_gain import gains
from bioann.translate.target import TargetPopulation, target_population

#: Length of a lane and from where on it is read, in seconds.
DURATION, SETTLE = 0.45, 0.15
#: Fewest and most trials, and how many neurons' worth of trials are wanted.
FEWEST, MOST_TRIALS, NEURONS = 4, 16, 40
#: Operating points.
POINTS = 2
#: Connections that are measured at most; the others are listed without.
MOST = 40
COLUMNS = (
    "source", "source_kind", "target", "synapse", "reversal_mV", "drive_mV", "sign",
    "effective", "effective_low", "effective_high", "flags",
)  # fmt: skip


def operating_points(
    recorded: xr.Dataset, stimulus: xr.DataArray, window: tuple[float, float]
) -> xr.DataArray:
    """Choose the operating points of a run: conditions in which most populations fire.

    Parameters
    ----------
    recorded : xarray.Dataset
        The biological half of a run.
    stimulus : xarray.DataArray
        Its stimulus.
    window : tuple of float
        Start and stop in seconds of what is averaged.

    Returns
    -------
    xarray.DataArray, dimensions (condition, channel)
        `POINTS` conditions or fewer: of those in which most populations fire, the ones at a third
        and two thirds by their total rate.
    """
    rate = recorded["rate"].sel(time=slice(*window)).mean(["time", "trial"])
    firing = (rate > SILENT).sum("unit").values
    total = rate.sum("unit").values
    most = np.flatnonzero(firing == firing.max())
    order = most[np.argsort(total[most], kind="stable")]
    chosen = sorted({int(order[len(order) * k // (POINTS + 1)]) for k in range(1, POINTS + 1)})
    mean = stimulus.sel(time=slice(*window)).mean("time")
    return mean.isel(condition=chosen)


def measured(
    network: SpikingNetwork, ann: object, points: xr.DataArray, *, seed: int, engine: str = "auto"
) -> xr.Dataset:
    """Measure what a recording keeps as ``/effective_weights``, with gains of a rate network.

    Parameters
    ----------
    network : SpikingNetwork
        The biological half.
    ann : half
        The artificial half; the gains of its units are added if it is a `RateNetwork`.
    points : xarray.DataArray
        From `operating_points`.
    seed : int
        Decides everything random.
    engine : str, optional
        What executes the run.

    Returns
    -------
    xarray.Dataset
        The columns of `effects` along ``connection``, and ``gain`` along ``ann_unit``.
    """
    table = effects(network, points, seed=seed, engine=engine)
    found = xr.Dataset.from_dataframe(table.rename_axis("connection"))
    if isinstance(ann, RateNetwork):
        found = found.assign(gain=gains(ann, points).rename(unit="ann_unit"))
    return found


def effects(
    network: SpikingNetwork, operating: xr.DataArray, *, seed: int, engine: str = "auto"
) -> pd.DataFrame:
    """Measure what every connection does at given operating points.

    Parameters
    ----------
    network : SpikingNetwork
        The network.
    operating : xarray.DataArray, dimensions (condition, channel)
        Activation of each channel at each operating point.
    seed : int
        Decides everything random.
    engine : str, optional
        What executes the run.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, one row for each row of ``network.connections()``, in their order. `drive_mV` is
        the driving force at the mean potential, which the mean conductances give, at most
        threshold. `effective` is in Hz of the target per Hz of a population or per activation of a
        channel (of its negative part where that drives the synapse), averaged over the operating
        points, with its 95% interval over trials; NaN for what was not measured. `flags` names,
        separated by ``"; "``: depolarising GABA, shunt at rest, paradoxical or against its
        synapse, dead (1 Hz or less, also with the extra spikes), saturated, not measured.
    """
    sites = {name: target_population(network, name, seed=seed) for name in network.units}
    listed = connections(network, sites)
    probed = [k for k, c in enumerate(listed) if c.probe is not None][:MOST]
    rates = _run(network, [listed[k] for k in probed], operating, seed, engine)
    looped = loops(network)
    rows = []
    for k, c in enumerate(listed):
        at, block = sites[c.target], None
        if k in probed:
            block = rates.isel(block=1 + probed.index(k)).sel(unit=c.target)
        before = rates.isel(block=0)
        effect = _effect(c, before.sel(unit=c.target), block)
        v = _potential(at, operating, before)
        reversal = getattr(c.receptor, "reversal", np.nan) * 1e3
        seen = before.sel(unit=c.target)
        fired = max(float(x.mean()) for x in (seen, block) if x is not None)
        top = float(seen.mean("trial").max())
        told = regimes(c, at, fired, top, effect, looped[c.target])
        drive = reversal - v * 1e3
        names = (c.source, c.kind, c.target, c.synapse, reversal, drive, c.sign)
        rows.append((*names, *effect, "; ".join(told)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _run(
    network: SpikingNetwork,
    probed: Sequence[Connection],
    operating: xr.DataArray,
    seed: int,
    engine: str,
) -> xr.DataArray:
    """Give steady rates in Hz, (block, point, trial, unit); block 0 is the network as it is."""
    probes = tuple(c.probe for c in probed if c.probe is not None)
    extended = dataclasses.replace(network, afferents=(*network.afferents, *probes))
    channels = [*network.channels, *(p.channel for p in probes)]
    points = operating.sel(channel=list(network.channels)).transpose("condition", "channel").values
    values = np.zeros((1 + len(probes), len(points), len(channels)))
    values[:, :, : points.shape[1]] = points
    for k in range(len(probes)):
        values[1 + k, :, points.shape[1] + k] = 1.0
    names = [f"{c}{PAIRED}{k}" for k in range(1 + len(probes)) for c in operating.condition.values]
    flat = values.reshape(len(names), 1, len(channels))
    steps = np.broadcast_to(flat, (len(names), round(DURATION / 1e-3), len(channels)))
    stimulus = make_stimulus(steps, channels=channels, conditions=names)
    least = min(network.sizes.values())
    trials = int(np.clip(np.ceil(NEURONS / least), FEWEST, MOST_TRIALS))
    recorded = extended.run(stimulus, trials=trials, seed=seed, engine=engine, bin_width=50 * ms)
    rate = recorded["rate"].sel(time=slice(SETTLE, None)).mean("time")
    found = rate.transpose("condition", "trial", "unit").values
    return xr.DataArray(
        found.reshape(1 + len(probes), len(points), trials, -1),
        dims=("block", "point", "trial", "unit"),
        coords={"unit": list(network.units)},
    )


def _effect(
    c: Connection, before: xr.DataArray, after: xr.DataArray | None
) -> tuple[float, float, float]:
    """Give the effective weight and its interval, from the pairs of lanes."""
    if after is None:
        return np.nan, np.nan, np.nan
    each = ((after - before).mean("point") / c.step).values
    mean = float(each.mean())
    half = stdtrit(len(each) - 1, 0.975) * each.std(ddof=1) / np.sqrt(len(each))
    return mean, mean - half, mean + half


def _potential(at: TargetPopulation, operating: xr.DataArray, before: xr.DataArray) -> float:
    """Give the mean potential in volt that the mean conductances hold, at most threshold."""
    rates = before.mean("trial")
    units = {str(u): rates.sel(unit=u).values for u in rates.unit.values}
    channels = {str(c): operating.sel(channel=c).values for c in operating.channel.values}
    cell = at.inputs.cell
    leak = float(getattr(cell, "g_L", 10e-9))
    pull = leak * cell.resting_potential + at.inputs.injected_current(channels)
    opened = np.full(pull.shape, leak)
    for a in at.inputs.synaptic_inputs:
        g = a.conductance_per_hertz() * a.input_rate(channels, units)
        pull, opened = pull + g * getattr(a.receptor, "reversal", 0.0), opened + g
    for held, e in at.inputs.constant_conductances:
        pull, opened = pull + held * e, opened + held
    return float(np.mean(np.minimum(pull / opened, cell.firing_threshold)))
