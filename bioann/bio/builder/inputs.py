"""What reaches neurons from outside the circuit: afferents and background, as pre-drawn spikes."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.base.units import brian_quantity
from bioann.bio.afferent import Afferent
from bioann.bio.builder.context import BuildContext
from bioann.bio.builder.plan import (
    NeuronGroupPlan,
    SpikeGeneratorPlan,
    SynapsesPlan,
    declare_synaptic_constants,
)
from bioann.bio.builder.receptors import ReceptorCode, receptor_code
from bioann.bio.input_spikes.draw import InputSpikes, draw_afferent_spikes, draw_background_spikes
from bioann.bio.population import Population
from bioann.bio.receptors import Receptor


def plan_background(
    context: BuildContext, group: NeuronGroupPlan, population: Population, index: int
) -> tuple[SpikeGeneratorPlan, SynapsesPlan]:
    """Plan the background input of a population and its synapses."""
    background = population.background[index]
    spikes = draw_background_spikes(population, index, background, context.duration, context.lanes)
    assert isinstance(background.receptor, Receptor)
    receptor = receptor_code(context.network, population.name, background.receptor)
    name = f"background_{population.name}_{index}"
    # Its fibres have no names, so that no synapse can remember its own spikes.
    return plan_delivery(group, name, spikes, receptor, (background.quantum, 0.0))


def plan_afferent(
    context: BuildContext, group: NeuronGroupPlan, afferent: Afferent, index: int
) -> tuple[SpikeGeneratorPlan, SynapsesPlan]:
    """Plan the fibres of an afferent and their synapses."""
    stimulus, lanes = context.stimulus, context.lanes
    rates = afferent.compute_rates(
        context.channel_activation(afferent.channel), list(lanes.conditions)
    )
    n = context.network.sizes[afferent.target]
    assert isinstance(afferent.receptor, Receptor)
    receptor = receptor_code(context.network, afferent.target, afferent.receptor)
    name = f"afferent_{index}_{afferent.target}"
    synapse = (afferent.weight, afferent.delay)
    if not receptor.receptor.per_synapse:
        spikes = draw_afferent_spikes(afferent, index, rates, n, lanes, stimulus.attrs["dt"])
        return plan_delivery(group, name, spikes, receptor, synapse)
    # Each fibre by itself, for its synapse remembers its own spikes. A fibre fires once in a time
    # step: what would be a second spike is left out (0.5% of them at 100 Hz and 0.1 ms).
    single = dataclasses.replace(afferent, fibres=1)
    n_fibres = afferent.fibres
    spikes = draw_afferent_spikes(single, index, rates, n * n_fibres, lanes, stimulus.attrs["dt"])
    first = spikes.source_indices < group.size * n_fibres
    counts = np.bincount(spikes.steps[first], minlength=len(spikes.counts)).astype(np.int32)
    spikes = InputSpikes.from_sorted(
        spikes.source_indices[first].astype(spikes.neurons.dtype), counts, spikes.n_neurons
    )
    return plan_delivery(group, name, spikes, receptor, synapse, n_fibres)


def plan_delivery(
    group: NeuronGroupPlan,
    name: str,
    spikes: InputSpikes,
    receptor: ReceptorCode,
    synapse: tuple[float, float],
    n_fibres: int = 0,
) -> tuple[SpikeGeneratorPlan, SynapsesPlan]:
    """Deliver pre-drawn spikes; `synapse` is their weight and delay, in SI.

    They reach neurons; or with `n_fibres`, so many for each neuron that have synapses of their own.
    """
    weight, delay = synapse
    model = receptor.write_synapse_equations() if n_fibres else ""
    on_spike = receptor.write_on_spike("weight", has_synapse_state=n_fibres > 0).replace("; ", "\n")
    namespace = receptor.brian_namespace() | {
        "weight": brian_quantity(weight, receptor.receptor.weight_unit)
    }
    code = {"model": model, "pre": on_spike, "post": "", "tick": ""}
    code, values = declare_synaptic_constants(code, namespace, name)
    pre = np.arange(spikes.n_neurons, dtype=np.int32) if n_fibres else None
    post = None if pre is None else pre // np.int32(n_fibres)
    names = (f"{name}_synapses", name, group.name)
    sizes = (1, spikes.n_neurons, group.size)
    synapses = SynapsesPlan(*names, code, values, {}, delay, pre, post, *sizes)
    return SpikeGeneratorPlan(name, spikes), synapses
