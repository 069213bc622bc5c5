"""What reaches neurons from outside the circuit: afferents and background, as pre-drawn spikes."""

from __future__ import annotations

import dataclasses

import brian2 as b2
import numpy as np

from bioann.bio.afferent import Afferent
from bioann.bio.build.receptors import Coded, coded
from bioann.bio.build.shop import Workshop
from bioann.bio.draw import Events, afferent_events, background_events
from bioann.bio.population import Population
from bioann.bio.receptors import Receptor
from bioann.units import brian_quantity


def background_input(
    shop: Workshop, group: b2.NeuronGroup, population: Population, index: int
) -> tuple[b2.SpikeGeneratorGroup, b2.Synapses]:
    """Make the bombardment of a population and its synapses."""
    background = population.background[index]
    events = background_events(population, index, background, shop.duration, shop.lanes)
    assert isinstance(background.receptor, Receptor)
    receptor = coded(shop.described, population.name, background.receptor)
    name = f"background_{population.name}_{index}"
    # Its fibres have no names, so that no synapse can remember its own spikes.
    return deliver(shop, group, name, events, receptor, (background.quantum, 0.0))


def afferent_input(
    shop: Workshop, group: b2.NeuronGroup, afferent: Afferent, index: int
) -> tuple[b2.SpikeGeneratorGroup, b2.Synapses]:
    """Make the fibres of an afferent and their synapses."""
    stimulus, lanes = shop.stimulus, shop.lanes
    rates = afferent.rates(shop.activation(afferent.channel), list(lanes.conditions))
    n = shop.described.sizes[afferent.target]
    assert isinstance(afferent.receptor, Receptor)
    receptor = coded(shop.described, afferent.target, afferent.receptor)
    name = f"afferent_{index}_{afferent.target}"
    step = (afferent.weight, afferent.delay)
    if not receptor.receptor.per_synapse:
        events = afferent_events(afferent, index, rates, n, lanes, stimulus.attrs["dt"])
        return deliver(shop, group, name, events, receptor, step)
    # Each fibre by itself, for its synapse remembers its own spikes. A fibre fires once in a time
    # step: what would be a second spike is left out (0.5% of them at 100 Hz and 0.1 ms).
    one = dataclasses.replace(afferent, fibres=1)
    many = afferent.fibres
    drawn = afferent_events(one, index, rates, n * many, lanes, stimulus.attrs["dt"])
    first = drawn.port < len(group) * many
    events = Events(drawn.port[first], drawn.step[first], 1)
    return deliver(shop, group, name, events, receptor, step, many)


def deliver(
    shop: Workshop,
    group: b2.NeuronGroup,
    name: str,
    events: Events,
    receptor: Coded,
    step: tuple[float, float],
    fibres: int = 0,
) -> tuple[b2.SpikeGeneratorGroup, b2.Synapses]:
    """Deliver pre-drawn spikes; `step` is their weight and delay, in SI.

    Ports are those of `Events`, one per neuron and slot, or with `fibres` one per fibre and slot.
    """
    (weight, delay), unit = step, receptor.receptor.weight_unit
    ports = np.arange(len(group) * max(fibres, 1) * events.slots)
    source = b2.SpikeGeneratorGroup(
        len(ports),
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
        receptor.remembered() if fibres else "",
        on_pre=receptor.arrival("weight", resolved=fibres > 0).replace("; ", "\n"),
        namespace={"weight": brian_quantity(weight, unit)} | receptor.namespace(),
        delay=delay * b2.second,
        clock=shop.clock,
        name=f"{name}_synapses",
    )
    neurons = ports % (len(group) * max(fibres, 1)) // max(fibres, 1)
    synapses.connect(i=ports, j=neurons)
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
