"""Plans of the neurons of a population: cell, receptors and injected currents."""

from __future__ import annotations

from typing import Any

import brian2 as b2
import numpy as np

from bioann.base.units import brian_quantity
from bioann.bio.afferent import CurrentAfferent
from bioann.bio.builder.constants import declare_constants, filter_namespace
from bioann.bio.builder.context import BuildContext
from bioann.bio.builder.differing_parameters import list_differing_parameters, list_own_weights
from bioann.bio.builder.gap_junctions import CURRENT_NAME
from bioann.bio.builder.modulation import write_excitability
from bioann.bio.builder.plan import NeuronGroupPlan, TimedArrayPlan
from bioann.bio.builder.receptors import receptor_code, write_receptors
from bioann.bio.builder.release import write_concentrations
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.input_spikes.draw import draw_initial_states
from bioann.bio.integration.spike_timing import write_firing
from bioann.bio.population import Population
from bioann.bio.postsynaptic_receptors import list_initial_conductances
from bioann.bio.receptors import Receptor


def plan_neurons(context: BuildContext, population: Population) -> NeuronGroupPlan:
    """Plan the neurons of a population, with one state per distinct receptor."""
    cell, lanes = population.cell, context.lanes
    equations, namespace, timed_arrays = _write_equations(context, population)
    per_neuron = list_differing_parameters(context.network, population)
    rule = population.intrinsic_plasticity
    spikes = write_firing(cell, namespace, lanes.dt, True, per_neuron, rule)
    code = {"equations": f"{equations}\n{spikes.equations}", **spikes.code}
    own_weights = list_own_weights(context, population)
    namespace = namespace | spikes.namespace
    constants = filter_namespace(namespace, *code.values()) | {
        name: brian_quantity(weight, weight.unit) for name, weight in own_weights.items()
    }
    per_neuron |= {name: np.asarray(weight.values) for name, weight in own_weights.items()}
    declarations, values = declare_constants(constants, population.title(), per_neuron)
    code["equations"] = "\n".join([code["equations"], *declarations])
    initial = draw_initial_states(population, lanes)
    initial |= _list_initial_conductances(context, population)
    for variable, value in write_concentrations(context.network, population.name)[2].items():
        initial[variable] = np.full(population.n * lanes.n, value)
    condition = np.repeat(np.arange(lanes.n) // lanes.trials, population.n)
    initial["lane"] = condition
    if "site" in filter_namespace({"site": 0}, equations):
        initial["site"] = condition * population.n + np.tile(np.arange(population.n), lanes.n)
    name = f"population_{population.name}"
    return NeuronGroupPlan(
        name, population.n * lanes.n, code, values | initial, timed_arrays, spikes.method
    )


def _list_initial_conductances(
    context: BuildContext, population: Population
) -> dict[str, np.ndarray]:
    """Return the initial values of receptors that are open at the start, by name in the code."""
    states = {}
    conductances = list_initial_conductances(context.network, population.name)
    for receptor, conductance in conductances.items():
        names = receptor_code(context.network, population.name, receptor).name_map()
        for name, value in receptor.initial_state(conductance).items():
            values = np.broadcast_to(value, population.n)
            states[names[name]] = np.tile(values, context.lanes.n)
    return states


def _write_equations(
    context: BuildContext, population: Population
) -> tuple[str, dict[str, Any], dict[str, TimedArrayPlan]]:
    """Write the equations of a population; return them, their constants and timed arrays."""
    equations, synaptic_terms, receptor_constants = write_receptors(
        context.network, population.name
    )
    lines = [population.cell.model, "lane : integer (constant)", *equations]
    injected_terms, constants, timed_arrays = _write_injections(context, population)
    arrays = [a for a in context.network.afferents if isinstance(a, ElectrodeArray)]
    arrays = [a for a in arrays if a.target == population.name]
    lines += ["site : integer (constant)"] * bool(arrays)
    for k, array in enumerate(arrays):
        injected_terms[array.compartment].append(f"I_electrodes_{k}(t, site)")
        current = array.compute_currents(context.changing_activations(array.channels))
        name = f"electrodes_{population.name}_{k}"
        timed_arrays[f"I_electrodes_{k}"] = TimedArrayPlan(
            name, current.reshape(len(current), -1), "amp"
        )
    concentrations, extra_constants, _ = write_concentrations(context.network, population.name)
    lines += concentrations
    if population.intrinsic_plasticity is not None:
        lines.append(population.intrinsic_plasticity.model)
        extra_constants |= population.intrinsic_plasticity.brian_namespace()
    if population.gap_junctions is not None:
        lines.append(f"{CURRENT_NAME} : amp")
        injected_terms["soma"].append(CURRENT_NAME)
    for current_name, all_terms in (("I_syn", synaptic_terms), ("I_inj", injected_terms)):
        for compartment, terms in all_terms.items():
            name = current_name if compartment == "soma" else f"{current_name}_{compartment}"
            lines.append(f"{name} = {' + '.join(terms) or '0*amp'} : amp")
    namespace = population.cell.brian_namespace() | receptor_constants | constants
    namespace |= extra_constants
    return "\n".join(lines), namespace, timed_arrays


def _write_injections(
    context: BuildContext, population: Population
) -> tuple[dict[str, list[str]], dict[str, Any], dict[str, TimedArrayPlan]]:
    """Write injections, current afferents and modulatory currents, as terms by compartment."""
    network, compartments = context.network, population.cell.compartments
    terms: dict[str, list[str]] = {name: [] for name in compartments}
    terms["soma"], namespace, timed_arrays = write_excitability(context, population.name)
    for k, injection in enumerate(i for i in network.injections if i.target == population.name):
        assert isinstance(injection.receptor, Receptor)
        v = compartments[injection.compartment]
        terms[injection.compartment] += [
            f"I_injected_{k}", f"g_injected_{k}*(E_injected_{k} - {v})"
        ]  # fmt: skip
        namespace[f"I_injected_{k}"] = injection.current * b2.amp
        namespace[f"g_injected_{k}"] = injection.conductance * b2.siemens
        namespace[f"E_injected_{k}"] = injection.receptor.reversal * b2.volt
    currents = (a for a in network.afferents if isinstance(a, CurrentAfferent))
    for k, afferent in enumerate(a for a in currents if a.target == population.name):
        terms[afferent.compartment].append(f"I_afferent_{k}(t, lane)")
        current = context.channel_activation(afferent.channel).T * afferent.current
        timed_arrays[f"I_afferent_{k}"] = TimedArrayPlan(
            f"current_{population.name}_{k}", current, "amp"
        )
    return terms, namespace, timed_arrays
