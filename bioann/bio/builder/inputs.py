"""Plans of the input from outside the network: pre-drawn spikes of afferents and background."""

from __future__ import annotations

from typing import Any

import numpy as np

from bioann.base.heterogeneity import HeterogeneousQuantity
from bioann.base.units import brian_quantity
from bioann.bio.afferent import Afferent
from bioann.bio.builder.constants import declare_synaptic_constants
from bioann.bio.builder.context import BuildContext, SynapseTable
from bioann.bio.builder.modulation import write_modulation_factors
from bioann.bio.builder.plan import (
    NeuronGroupPlan,
    SpikeGeneratorPlan,
    SynapsesPlan,
    TimedArrayPlan,
)
from bioann.bio.builder.receptors import ReceptorCode, receptor_code
from bioann.bio.builder.synapses import PlannedPathway, plan_pathway
from bioann.bio.fibres import FibrePathway
from bioann.bio.input_spikes.draw import InputSpikes, draw_afferent_spikes, draw_background_spikes
from bioann.bio.input_spikes.schedule import schedule_spikes
from bioann.bio.modulation.effects import SynapticGain
from bioann.bio.neuron_parameters import values_of
from bioann.bio.population import Population
from bioann.bio.receptors import Receptor
from bioann.bio.scheduled_afferent import ScheduledAfferent


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


def is_delivered_directly(context: BuildContext, afferent: Afferent) -> bool:
    """Return whether spikes go straight to the neurons, because no fibre needs synapses.

    They do where each neuron has its own fibres, all synapses are equal and none has a state.
    """
    has_weights = context.weights is not None and afferent.name in context.weights
    has_own_fibres = afferent.connectivity is None
    return has_own_fibres and not (has_weights or has_synapse_states(afferent))


def has_synapse_states(afferent: FibrePathway) -> bool:
    """Return whether what a spike of a fibre does depends on the fibre's earlier spikes."""
    assert isinstance(afferent.receptor, Receptor)
    return bool(afferent.plasticity or afferent.receptor.per_synapse)


def plan_afferent(
    context: BuildContext, group: NeuronGroupPlan, afferent: Afferent, index: int
) -> tuple[SpikeGeneratorPlan, SynapsesPlan]:
    """Plan the spikes of an afferent that go straight to the neurons."""
    n = context.network.sizes[afferent.target]
    spikes = _draw_spikes(context, afferent, index, n, by_fibre=False)
    assert isinstance(afferent.receptor, Receptor)
    receptor = receptor_code(context.network, afferent.target, afferent.receptor)
    synapse = (afferent.weight, afferent.delay)
    gains = write_modulation_factors(context, afferent.name, SynapticGain)
    return plan_delivery(group, afferent_name(afferent, index), spikes, receptor, synapse, gains)


def afferent_name(afferent: FibrePathway, index: int) -> str:
    """Return the name in Brian2 of the afferent at a position in the network's list."""
    return f"afferent_{index}_{afferent.target}"


def own_weight_name(name: str) -> str:
    """Return the variable of a neuron with the weight of its own fibres, if neurons differ in it.

    Parameters
    ----------
    name : str
        Name of the afferent in Brian2.
    """
    return f"{name}_weight"


def plan_fibres(
    context: BuildContext, afferent: Afferent | ScheduledAfferent, index: int
) -> tuple[SpikeGeneratorPlan, PlannedPathway]:
    """Plan the fibres of an afferent one by one, and their synapses."""
    n, lanes = context.network.sizes[afferent.target], context.lanes
    if isinstance(afferent, ScheduledAfferent):
        spikes = schedule_spikes(afferent, context.duration, lanes)
    else:
        n_groups = n if afferent.connectivity is None else 1
        spikes = _draw_spikes(context, afferent, index, n_groups, by_fibre=True)
    name = afferent_name(afferent, index)
    generator = SpikeGeneratorPlan(name, _sort_by_fibre(spikes, not has_synapse_states(afferent)))
    table = context.weights.get(afferent.name) if context.weights else None
    if table is None:
        post, fibre, strength = afferent.draw_fibre_synapses(index, n, lanes.seed, lanes.wiring)
        weight = np.broadcast_to(values_of(afferent, "weight"), n)[post]
        table = SynapseTable(fibre, post, strength * weight, {})
    names, n_fibres = (f"{name}_synapses", name), afferent.count_fibres(n)
    return generator, plan_pathway(context, afferent, table, names, n_fibres)


def _draw_spikes(
    context: BuildContext, afferent: Afferent, index: int, n_groups: int, by_fibre: bool
) -> InputSpikes:
    """Draw the spikes of an afferent in all lanes, by fibre or by group of fibres."""
    stimulus, lanes = context.stimulus, context.lanes
    activation = context.channel_activation(afferent.channel)
    rates = afferent.compute_rates(activation, list(lanes.conditions))
    dt = stimulus.attrs["dt"]
    return draw_afferent_spikes(afferent, index, rates, n_groups, lanes, dt, by_fibre=by_fibre)


def _sort_by_fibre(spikes: InputSpikes, keep_repeats: bool) -> InputSpikes:
    """Sort spikes by fibre within a step; keep or drop repeated spikes of a fibre in one step.

    A synapse with a state takes one spike in a step: further ones are dropped.
    """
    fibres, counts = spikes.source_indices, spikes.counts
    if not keep_repeats:
        first = fibres < spikes.n_neurons
        counts = np.bincount(spikes.steps[first], minlength=len(counts)).astype(np.int32)
        fibres = fibres[first]
    fibres = (fibres % spikes.n_neurons).astype(spikes.neurons.dtype)
    return InputSpikes.from_sorted(fibres, counts, spikes.n_neurons)


def plan_delivery(
    group: NeuronGroupPlan,
    name: str,
    spikes: InputSpikes,
    receptor: ReceptorCode,
    synapse: tuple[float, float],
    gains: tuple[list[str], dict[str, Any], dict[str, TimedArrayPlan]] = ([], {}, {}),
) -> tuple[SpikeGeneratorPlan, SynapsesPlan]:
    """Plan a spike generator and the synapses that deliver its spikes.

    Parameters
    ----------
    group : NeuronGroupPlan
        Neurons that receive the spikes.
    name : str
        Name of the spike generator in Brian2.
    spikes : InputSpikes
        Pre-drawn spikes, by neuron.
    receptor : ReceptorCode
        Receptor of the target population that the spikes activate.
    synapse : tuple of float
        Weight and delay of a spike, in SI. A weight that differs between neurons is a variable of
        the group (`own_weight_name`).
    gains : tuple, optional
        Factors of the weight by modulators, as `write_modulation_factors` returns them.

    Returns
    -------
    generator : SpikeGeneratorPlan
        Source of the spikes.
    synapses : SynapsesPlan
        Synapses from the generator to the group.
    """
    weight, delay = synapse
    is_own = isinstance(weight, HeterogeneousQuantity)  # each neuron has its own
    amplitude = f"{own_weight_name(name)}_post" if is_own else "weight"
    factors, constants, timed_arrays = gains
    amplitude = f"({'*'.join([amplitude, *factors])})" if factors else amplitude
    on_spike = receptor.write_on_spike(amplitude, has_synapse_state=False).replace("; ", "\n")
    namespace = receptor.brian_namespace() | constants
    namespace["weight"] = brian_quantity(weight, receptor.receptor.weight_unit)
    code = {"model": "", "pre": on_spike, "post": "", "tick": ""}
    code, values = declare_synaptic_constants(code, namespace, name)
    names = (f"{name}_synapses", name, group.name)
    sizes = (1, spikes.n_neurons, group.size)
    synapses = SynapsesPlan(*names, code, values, timed_arrays, delay, None, None, *sizes)
    return SpikeGeneratorPlan(name, spikes), synapses
