"""What reaches neurons from outside the circuit: afferents and background, as pre-drawn spikes."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.base.units import brian_quantity
from bioann.bio.afferent import Afferent
from bioann.bio.builder.context import Workshop
from bioann.bio.builder.plan import Fibres, Neurons, Wires, synaptic_constants
from bioann.bio.builder.receptors import Coded, coded
from bioann.bio.input_spikes.draw import Events, afferent_events, background_events
from bioann.bio.population import Population
from bioann.bio.receptors import Receptor


def background_input(
    shop: Workshop, group: Neurons, population: Population, index: int
) -> tuple[Fibres, Wires]:
    """Plan the bombardment of a population and its synapses."""
    background = population.background[index]
    events = background_events(population, index, background, shop.duration, shop.lanes)
    assert isinstance(background.receptor, Receptor)
    receptor = coded(shop.described, population.name, background.receptor)
    name = f"background_{population.name}_{index}"
    # Its fibres have no names, so that no synapse can remember its own spikes.
    return deliver(group, name, events, receptor, (background.quantum, 0.0))


def afferent_input(
    shop: Workshop, group: Neurons, afferent: Afferent, index: int
) -> tuple[Fibres, Wires]:
    """Plan the fibres of an afferent and their synapses."""
    stimulus, lanes = shop.stimulus, shop.lanes
    rates = afferent.rates(shop.activation(afferent.channel), list(lanes.conditions))
    n = shop.described.sizes[afferent.target]
    assert isinstance(afferent.receptor, Receptor)
    receptor = coded(shop.described, afferent.target, afferent.receptor)
    name = f"afferent_{index}_{afferent.target}"
    step = (afferent.weight, afferent.delay)
    if not receptor.receptor.per_synapse:
        events = afferent_events(afferent, index, rates, n, lanes, stimulus.attrs["dt"])
        return deliver(group, name, events, receptor, step)
    # Each fibre by itself, for its synapse remembers its own spikes. A fibre fires once in a time
    # step: what would be a second spike is left out (0.5% of them at 100 Hz and 0.1 ms).
    one = dataclasses.replace(afferent, fibres=1)
    many = afferent.fibres
    drawn = afferent_events(one, index, rates, n * many, lanes, stimulus.attrs["dt"])
    first = drawn.port < group.size * many
    counts = np.bincount(drawn.step[first], minlength=len(drawn.counts)).astype(np.int32)
    events = Events.of(drawn.port[first].astype(drawn.neuron.dtype), counts, drawn.total)
    return deliver(group, name, events, receptor, step, many)


def deliver(
    group: Neurons,
    name: str,
    events: Events,
    receptor: Coded,
    step: tuple[float, float],
    fibres: int = 0,
) -> tuple[Fibres, Wires]:
    """Deliver pre-drawn spikes; `step` is their weight and delay, in SI.

    They reach neurons; or with `fibres`, so many for each neuron that have synapses of their own.
    """
    weight, delay = step
    model = receptor.remembered() if fibres else ""
    arrival = receptor.arrival("weight", resolved=fibres > 0).replace("; ", "\n")
    namespace = receptor.namespace() | {
        "weight": brian_quantity(weight, receptor.receptor.weight_unit)
    }
    code = {"model": model, "pre": arrival, "post": "", "tick": ""}
    code, values = synaptic_constants(code, namespace, name)
    pre = np.arange(events.total, dtype=np.int32) if fibres else None
    post = None if pre is None else pre // np.int32(fibres)
    ends = (f"{name}_synapses", name, group.name)
    size = (1, events.total, group.size)
    wires = Wires(*ends, code, values, {}, delay, pre, post, *size)
    return Fibres(name, events), wires
