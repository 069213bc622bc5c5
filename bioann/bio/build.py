"""The one file that turns descriptions into Brian2 objects.

All lanes of a run stand side by side in one network: neuron ``i`` of lane ``k`` is index
``k * n + i`` of its group. Every object is named from the description (Brian2 orders objects by
name, and names it makes itself depend on garbage collection), and nothing here is random: that
was drawn in `bioann.bio.draw`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import brian2 as b2
import numpy as np
import xarray as xr

from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.draw import (
    Events,
    Lanes,
    afferent_events,
    background_events,
    initial_states,
)
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor

if TYPE_CHECKING:
    from bioann.bio.network import SpikingNetwork


@dataclasses.dataclass(frozen=True)
class Built:
    """A network that is ready to run: Brian2's network, and the spike monitor of each unit."""

    network: b2.Network
    monitors: dict[str, b2.SpikeMonitor]


@dataclasses.dataclass(frozen=True)
class Workshop:
    """What every part of a build needs: the description, the lanes, the stimulus, one clock."""

    described: SpikingNetwork
    lanes: Lanes
    stimulus: xr.DataArray
    clock: b2.Clock

    @property
    def duration(self) -> float:
        """Length of the stimulus in seconds."""
        return float(self.stimulus.sizes["time"] * self.stimulus.attrs["dt"])

    def activation(self, channel: str) -> np.ndarray:
        """Give a channel's activation, shape ``(condition, time)``."""
        values: np.ndarray = self.stimulus.sel(channel=channel).values
        return values


def build(described: SpikingNetwork, stimulus: xr.DataArray, lanes: Lanes) -> Built:
    """Make the Brian2 network of a description, for all lanes.

    Parameters
    ----------
    described : SpikingNetwork
        The description.
    stimulus : xarray.DataArray
        Checked; its conditions are those of `lanes`.
    lanes : Lanes
        What to tile.

    Returns
    -------
    Built
        Not yet run.
    """
    clock = b2.Clock(dt=lanes.dt * b2.second, name="bioann_clock")
    shop = Workshop(described, lanes, stimulus, clock)
    groups = {p.name: _group(shop, p) for p in described.populations}
    network = b2.Network(name="bioann_network")
    network.add(*groups.values())
    for population in described.populations:
        for k, background in enumerate(population.background):
            events = background_events(population, k, background, shop.duration, lanes)
            assert isinstance(background.receptor, Receptor)
            variable = conductance(described, population.name, background.receptor)
            name = f"background_{population.name}_{k}"
            step = background.quantum
            network.add(*_input(shop, groups[population.name], name, events, variable, step, 0.0))
    for k, afferent in enumerate(described.afferents):
        if isinstance(afferent, Afferent):
            network.add(*_afferent(shop, groups[afferent.target], afferent, k))
    for projection in described.projections:
        network.add(_projection(shop, groups, projection))
    monitors = {
        name: b2.SpikeMonitor(group, name=f"spikes_{name}") for name, group in groups.items()
    }
    network.add(*monitors.values())
    return Built(network, monitors)


def conductance(described: SpikingNetwork, population: str, receptor: Receptor) -> str:
    """Name the state variable of a receptor: ``g_AMPA``, or ``g_GABA_A_2`` for a second kind."""
    kinds = [r for r in described.receptors(population) if r.name == receptor.name]
    place = kinds.index(receptor)
    return f"g_{receptor.name}" + (f"_{place + 1}" if place else "")


def _group(shop: Workshop, population: Population) -> b2.NeuronGroup:
    """Make the neurons of a population, with one conductance per receptor."""
    cell, lanes = population.cell, shop.lanes
    equations, namespace = _equations(shop, population)
    group = b2.NeuronGroup(
        population.n * lanes.n,
        equations,
        threshold=cell.threshold,
        reset=cell.reset,
        refractory=cell.refractory * b2.second,
        method=cell.method,
        namespace=namespace,
        clock=shop.clock,
        name=f"population_{population.name}",
    )
    for variable, values in initial_states(population, lanes).items():
        getattr(group, f"{variable}_")[:] = values
    group.lane = np.repeat(np.arange(lanes.n) // lanes.trials, population.n)
    return group


def _equations(shop: Workshop, population: Population) -> tuple[str, dict[str, Any]]:
    """Write the Brian2 equations of a population: its cell, its receptors, its injections."""
    described = shop.described
    lines = [population.cell.model, "lane : integer (constant)"]
    namespace = population.cell.namespace()
    synaptic, injected = [], []
    for receptor in described.receptors(population.name):
        g = conductance(described, population.name, receptor)
        lines.append(f"d{g}/dt = -{g}/tau_{g} : siemens")
        synaptic.append(f"{g}*(E_{g} - v)")
        namespace[f"tau_{g}"] = receptor.tau * b2.second
        namespace[f"E_{g}"] = receptor.reversal * b2.volt
    for k, injection in enumerate(i for i in described.injections if i.target == population.name):
        assert isinstance(injection.receptor, Receptor)
        injected += [f"I_injected_{k}", f"g_injected_{k}*(E_injected_{k} - v)"]
        namespace[f"I_injected_{k}"] = injection.current * b2.amp
        namespace[f"g_injected_{k}"] = injection.conductance * b2.siemens
        namespace[f"E_injected_{k}"] = injection.receptor.reversal * b2.volt
    currents = (a for a in described.afferents if isinstance(a, CurrentAfferent))
    for k, afferent in enumerate(a for a in currents if a.target == population.name):
        injected.append(f"I_afferent_{k}(t, lane)")
        namespace[f"I_afferent_{k}"] = b2.TimedArray(
            shop.activation(afferent.channel).T * afferent.current * b2.amp,
            dt=shop.stimulus.attrs["dt"] * b2.second,
            name=f"current_{population.name}_{k}",
        )
    lines.append(f"I_syn = {' + '.join(synaptic) or '0*amp'} : amp")
    lines.append(f"I_inj = {' + '.join(injected) or '0*amp'} : amp")
    return "\n".join(lines), namespace


def _afferent(
    shop: Workshop, group: b2.NeuronGroup, afferent: Afferent, index: int
) -> tuple[b2.SpikeGeneratorGroup, b2.Synapses]:
    """Make the fibres of an afferent and their synapses."""
    stimulus, lanes = shop.stimulus, shop.lanes
    rates = afferent.rates(shop.activation(afferent.channel), list(lanes.conditions))
    n = shop.described.sizes[afferent.target]
    events = afferent_events(afferent, index, rates, n, lanes, stimulus.attrs["dt"])
    assert isinstance(afferent.receptor, Receptor)
    variable = conductance(shop.described, afferent.target, afferent.receptor)
    name = f"afferent_{index}_{afferent.target}"
    return _input(shop, group, name, events, variable, afferent.weight, afferent.delay)


def _input(
    shop: Workshop,
    group: b2.NeuronGroup,
    name: str,
    events: Events,
    variable: str,
    weight: float,
    delay: float,
) -> tuple[b2.SpikeGeneratorGroup, b2.Synapses]:
    """Deliver pre-drawn spikes: each raises its neuron's conductance by `weight`."""
    source = b2.SpikeGeneratorGroup(
        len(group) * events.slots,
        events.port,
        events.step * shop.lanes.dt * b2.second,
        sorted=True,
        clock=shop.clock,
        name=name,
    )
    _widen_time_bins(source)
    synapses = b2.Synapses(
        source,
        group,
        on_pre=f"{variable}_post += weight",
        namespace={"weight": weight * b2.siemens},
        delay=delay * b2.second,
        clock=shop.clock,
        name=f"{name}_synapses",
    )
    ports = np.arange(len(group) * events.slots)
    synapses.connect(i=ports, j=ports % len(group))
    return source, synapses


def _widen_time_bins(source: b2.SpikeGeneratorGroup) -> None:
    """Keep a generator's time bins as 64-bit integers, like the clock's.

    Brian2 keeps them as 32-bit ones, and numpy then converts all that are left in every time step
    to look one up: 14 of 18 s for 8 million spikes (brian2 2.9; the lookup itself is known to be
    slow from its pull request 1044). The values do not change.
    """
    size = source.variables["_timebins"].size
    del source.variables._variables["_timebins"]
    source.variables.add_dynamic_array(
        "_timebins",
        size=size,
        index="spike_number",
        read_only=True,
        constant=True,
        dtype=np.int64,
    )


def _projection(
    shop: Workshop, groups: dict[str, b2.NeuronGroup], projection: Projection
) -> b2.Synapses:
    """Make the synapses of a projection: the same block in every lane, none across lanes."""
    strengths = shop.described.strengths(projection, shop.lanes.seed)
    post, pre = np.nonzero(strengths)
    assert isinstance(projection.receptor, Receptor)
    variable = conductance(shop.described, projection.target, projection.receptor)
    synapses = b2.Synapses(
        groups[projection.source],
        groups[projection.target],
        "weight : siemens (constant)",
        on_pre=f"{variable}_post += weight",
        delay=projection.delay * b2.second,
        clock=shop.clock,
        name=f"projection_{projection.name}",
    )
    lane = np.arange(shop.lanes.n)[:, None]
    n_post, n_pre = strengths.shape
    if len(post):
        synapses.connect(i=(lane * n_pre + pre).ravel(), j=(lane * n_post + post).ravel())
        synapses.weight_[:] = np.tile(strengths[post, pre], shop.lanes.n)
    else:
        synapses.active = False
    return synapses
