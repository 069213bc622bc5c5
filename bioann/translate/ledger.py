r"""What every connection of a spiking network does, measured: its effective signed weight.

One run holds a few operating points of the network, and for each connection the same again with
extra Poisson spikes at its synapses, under the same random numbers otherwise. The change of the
target's rate over the change of the source's that the extra spikes stand for is the effective
weight. It holds whatever the circuit makes of the change, so its sign may differ from that of the
synapse.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import Hz, amp, ms
from scipy import stats
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.draw import PAIRED
from bioann.bio.network import SpikingNetwork
from bioann.bio.projection import Projection
from bioann.bio.reading import SATURATED
from bioann.bio.receptors import Receptor
from bioann.stimulus import make_stimulus
from bioann.translate.inputs import Arrival
from bioann.translate.site import Site, charge, site
from bioann.units import brian_quantity

#: Length of a lane and from where on it is read, in seconds.
DURATION, SETTLE = 0.45, 0.15
#: Fewest and most trials, and how many neurons' worth of trials are wanted.
FEWEST, MOST_TRIALS, NEURONS = 4, 16, 40
#: Operating points, and the rate in Hz up to which a population counts as silent there.
POINTS, SILENT = 2, 1.0
#: Connections that are measured at most; the others are listed without.
MOST = 40
#: The extra spikes bring this share of rheobase, and open this share of the leak at most.
PUSH, OPEN = 0.4, 0.5
#: Driving force in volt within which a synapse has no sign of its own.
SHUNT = 2e-3
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


@dataclasses.dataclass(frozen=True)
class Connection:
    """One row of the ledger: where it is, and what perturbs it by one lane block.

    Attributes
    ----------
    source, kind, target, synapse : str
        Names; `kind` is ``"channel"`` or ``"unit"``.
    probe : Afferent, CurrentAfferent or None
        What is added to the network; None for what cannot be probed.
    step : float
        Change of the source that activation 1 of the probe stands for: activation of a channel, Hz
        of a population.
    receptor : Receptor or None
        None for a current.
    sign : float
        Of the driving force at the target's threshold, or of the current.
    """

    source: str
    kind: str
    target: str
    synapse: str
    probe: Afferent | CurrentAfferent | None
    step: float
    receptor: Receptor | None
    sign: float


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
    sites = {name: site(network, name, seed=seed) for name in network.units}
    listed = connections(network, sites)
    probed = [k for k, c in enumerate(listed) if c.probe is not None][:MOST]
    rates = _run(network, [listed[k] for k in probed], operating, seed, engine)
    looped = _loops(network)
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
        told = _flags(c, at, fired, top, effect, looped[c.target])
        drive = reversal - v * 1e3
        names = (c.source, c.kind, c.target, c.synapse, reversal, drive, c.sign)
        rows.append((*names, *effect, "; ".join(told)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def connections(network: SpikingNetwork, sites: Mapping[str, Site]) -> list[Connection]:
    """List the connections in the order of ``network.connections()``, each with its probe."""
    table = network.connections()
    parts: list[Any] = []
    for a in network.afferents:
        parts += [a] if hasattr(a, "channel") else [None] * len(a.channels)
    parts += network.projections
    found = []
    for k, (row, part) in enumerate(zip(table.itertuples(), parts, strict=True)):
        at = sites[row.target]
        probe: Afferent | CurrentAfferent | None = None
        step, receptor = np.nan, getattr(part, "receptor", None)
        if isinstance(part, CurrentAfferent) and part.current:
            size = PUSH * abs(at.rheobase) * np.sign(part.current)
            probe = CurrentAfferent(f"probe {k}", part.target, size * amp, part.compartment)
            step = float(size / part.current)
        elif receptor is not None:
            arrival = next((a for a in at.inputs.arrivals if a.part is part), None)
            if arrival is not None and arrival.weight > 0:
                probe, step = _extra(k, arrival, at)
        ends = (row.source, row.source_kind, row.target, row.mechanism)
        found.append(Connection(*ends, probe, step, receptor, float(row.sign)))
    return found


def _extra(k: int, arrival: Arrival, at: Site) -> tuple[Afferent, float]:
    """Make the fibres that spike beside those of a connection, and what their rate stands for."""
    fibres = max(round(arrival.count), 1)
    top = at.bounds[1]
    each = abs(charge(arrival.receptor, arrival.weight, top, at)) * fibres  # per Hz, in ampere
    opened = arrival.conductance() * fibres / arrival.count
    leak = float(getattr(at.inputs.cell, "g_L", 10e-9))
    rate = min(
        PUSH * abs(at.rheobase) / max(each, 1e-30),
        OPEN * leak / max(opened, 1e-30) if opened else np.inf,
    )
    part = arrival.part
    assert isinstance(part, (Afferent, Projection))
    weight = brian_quantity(arrival.weight, arrival.receptor.weight_unit)
    probe = Afferent(
        f"probe {k}", at.name, weight, arrival.receptor.transmitter, arrival.receptor, fibres,
        rate * Hz,
    )  # fmt: skip
    if isinstance(part, Projection):
        return probe, rate * fibres / arrival.count
    return probe, rate / float(part.rate)


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
    half = stats.t.ppf(0.975, len(each) - 1) * each.std(ddof=1) / np.sqrt(len(each))
    return mean, mean - half, mean + half


def _potential(at: Site, operating: xr.DataArray, before: xr.DataArray) -> float:
    """Give the mean potential in volt that the mean conductances hold, at most threshold."""
    rates = before.mean("trial")
    units = {str(u): rates.sel(unit=u).values for u in rates.unit.values}
    channels = {str(c): operating.sel(channel=c).values for c in operating.channel.values}
    cell = at.inputs.cell
    leak = float(getattr(cell, "g_L", 10e-9))
    pull = leak * cell.rest + at.inputs.injected(channels)
    opened = np.full(pull.shape, leak)
    for a in at.inputs.arrivals:
        g = a.conductance() * a.rate(channels, units)
        pull, opened = pull + g * getattr(a.receptor, "reversal", 0.0), opened + g
    for held, e in at.inputs.held:
        pull, opened = pull + held * e, opened + held
    return float(np.mean(np.minimum(pull / opened, cell.firing_threshold)))


def _loops(network: SpikingNetwork) -> dict[str, bool]:
    """Tell which populations act on themselves through others or directly."""
    names = list(network.units)
    feeds = np.zeros((len(names), len(names)))
    for p in network.projections:
        feeds[names.index(p.source), names.index(p.target)] = 1
    _, part = connected_components(csr_array(feeds), directed=True, connection="strong")
    return {name: bool(feeds[k, k] or (part == part[k]).sum() > 1) for k, name in enumerate(names)}


def _flags(
    c: Connection,
    at: Site,
    fired: float,
    top: float,
    effect: tuple[float, float, float],
    looped: bool,
) -> list[str]:
    """Name the regimes in which a sign may not be what its synapse says.

    `fired` is the largest mean rate of the target in Hz, with the extra spikes or without; `top`
    the largest at any operating point without.
    """
    found = []
    cell, reversal = at.inputs.cell, getattr(c.receptor, "reversal", None)
    if reversal is not None and getattr(c.receptor, "transmitter", "") == "GABA":
        if reversal > cell.rest + SHUNT:
            found.append("depolarising GABA")
        elif reversal > cell.rest - SHUNT:
            found.append("shunt at rest")
    _, low, high = effect
    if (low > 0 or high < 0) and c.sign and np.sign(low + high) != c.sign:
        found.append("paradoxical" if looped else "against its synapse")
    if fired <= SILENT:
        found.append("dead")
    if cell.refractory > 0 and top > SATURATED / cell.refractory:
        found.append("saturated")
    if np.isnan(low):
        found.append("not measured")
    return found
