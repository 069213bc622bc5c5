"""Plans of the input from outside the network: pre-drawn spikes of afferents and background."""

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
    # Background fibres are not simulated one by one, so its synapses have no states of their own.
    return plan_delivery(group, name, spikes, receptor, (background.quantum, 0.0))


def plan_afferent(
    context: BuildContext, group: NeuronGroupPlan, afferent: Afferent, index: int
) -> tuple[SpikeGeneratorPlan, SynapsesPlan]:
    """Plan the spikes of an afferent and its synapses."""
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
    # The synapses have states of their own, so each fibre is simulated separately. A fibre fires at
    # most once per time step: further spikes are dropped (0.5% at 100 Hz and 0.1 ms).
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
    """Plan a spike generator and the synapses that deliver its spikes.

    Parameters
    ----------
    group : NeuronGroupPlan
        Neurons that receive the spikes.
    name : str
        Name of the spike generator in Brian2.
    spikes : InputSpikes
        Pre-drawn spikes, by neuron; by fibre if `n_fibres` is not zero.
    receptor : ReceptorCode
        Receptor of the target population that the spikes activate.
    synapse : tuple of float
        Weight and delay of a spike, in SI.
    n_fibres : int, optional
        Number of fibres per neuron, each with a synapse that has its own state; 0 for spikes that
        go straight to the neurons.

    Returns
    -------
    generator : SpikeGeneratorPlan
        Source of the spikes.
    synapses : SynapsesPlan
        Synapses from the generator to the group.
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
