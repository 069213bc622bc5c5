"""Plans of synapses: the same in every lane, none across lanes."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.units import brian_quantity
from bioann.bio.builder.constants import declare_synaptic_constants
from bioann.bio.builder.context import BuildContext, SynapseTable
from bioann.bio.builder.modulation import write_modulation_factors
from bioann.bio.builder.plan import SynapsesPlan, TimedArrayPlan
from bioann.bio.builder.receptors import ReceptorCode, receptor_code
from bioann.bio.modulation.effects import PlasticityGate, SynapticGain
from bioann.bio.pathway import SynapticPathway
from bioann.bio.plasticity import LongTermPlasticity
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor


@dataclasses.dataclass(frozen=True)
class PlannedPathway:
    """A projection or an afferent with its plan and its synapses.

    Parameters
    ----------
    pathway : SynapticPathway
        Description of the projection or afferent that is planned.
    synapses : SynapsesPlan
        Plan of its synapses.
    table : SynapseTable
        The synapses of one lane; `pre` counts the fibres of an afferent.
    """

    pathway: SynapticPathway
    synapses: SynapsesPlan
    table: SynapseTable


def draw_synapses(context: BuildContext, projection: Projection) -> SynapseTable:
    """Draw the synapses of a projection, or return those of an earlier run."""
    if context.weights is not None and projection.name in context.weights:
        return context.weights[projection.name]
    if not projection.weight > 0:
        no_neurons = np.zeros(0, dtype=np.int32)
        return SynapseTable(no_neurons, no_neurons, np.zeros(0), {})
    lanes = context.lanes
    post, pre, strength = context.network.draw_synapses(projection, lanes.seed, lanes.wiring)
    weight = projection.draw_values("weight", post, pre, lanes.seed, lanes.wiring)
    if not projection.connectivity.has_equal_strengths:
        weight = strength * weight
    table = SynapseTable(pre, post, weight, {})
    if "delay" not in projection.heterogeneous_fields:
        return table
    delay = projection.draw_values("delay", post, pre, lanes.seed, lanes.wiring)
    return dataclasses.replace(table, delay=delay).sort_by_delay(lanes.dt)


def plan_projection(context: BuildContext, projection: Projection) -> PlannedPathway:
    """Plan the synapses of a projection."""
    names = (f"projection_{projection.name}", f"population_{projection.source}")
    n_pre = context.network.sizes[projection.source]
    return plan_pathway(context, projection, draw_synapses(context, projection), names, n_pre)


def plan_pathway(
    context: BuildContext,
    pathway: SynapticPathway,
    table: SynapseTable,
    names: tuple[str, str],
    n_pre: int,
) -> PlannedPathway:
    """Plan the synapses of a projection or an afferent.

    Parameters
    ----------
    context : BuildContext
        Network, lanes and stimulus.
    pathway : SynapticPathway
        Description of the synapses.
    table : SynapseTable
        The synapses of one lane.
    names : tuple of str
        Names of the Brian2 synapses, and of the group that their spikes come from.
    n_pre : int
        Number of neurons or fibres in one lane of that group.
    """
    assert isinstance(pathway.receptor, Receptor)
    receptor = receptor_code(context.network, pathway.target, pathway.receptor)
    code, namespace, timed_arrays = _write_code(context, pathway, receptor)
    values: dict[str, Any] = {}
    if pathway.long_term_rule is not None:
        values = _initial_strengths(pathway, table)
    elif table.weight.ndim == 1 and has_equal_weights(pathway):
        unit = receptor.receptor.weight_unit
        namespace["weight"] = brian_quantity(pathway.weight, unit)
    else:
        unit = {"nS": "siemens", "pA": "amp", "mV": "volt"}[receptor.receptor.weight_unit]
        code["model"] = _join_lines(code["model"], f"weight : {unit} (constant)")
        values = {"weight": table.weight}
    if pathway.short_term_rule is not None:
        initial = pathway.short_term_rule.initial_values
        values |= {name: np.asarray(value) for name, value in initial.items()}
    code, constants = declare_synaptic_constants(code, namespace, pathway.title())
    synapses = SynapsesPlan(
        *names,
        f"population_{pathway.target}",
        code,
        constants | values,
        timed_arrays,
        pathway.delay if table.delay is None else table.delay,
        table.pre.astype(np.int32, copy=False),
        table.post.astype(np.int32, copy=False),
        context.lanes.n,
        n_pre,
        context.network.sizes[pathway.target],
    )
    return PlannedPathway(pathway, synapses, table)


def has_equal_weights(pathway: SynapticPathway) -> bool:
    """Return whether all synapses of a pathway have its weight at the start."""
    if "weight" in pathway.heterogeneous_fields:
        return False
    return pathway.connectivity is None or pathway.connectivity.has_equal_strengths


def _initial_strengths(pathway: SynapticPathway, table: SynapseTable) -> dict[str, np.ndarray]:
    """Return the initial strength and hidden variables, in units of the pathway's weight."""
    rule = pathway.long_term_rule
    assert rule is not None
    initial = {name: table.hidden_states.get(name, table.weight) for name in rule.hidden_variables}
    initial["strength"] = table.weight
    strengths = {name: values / pathway.weight for name, values in initial.items()}
    return strengths | {name: np.asarray(x) for name, x in rule.initial_values.items()}


def _write_code(
    context: BuildContext, pathway: SynapticPathway, receptor: ReceptorCode
) -> tuple[dict[str, str], dict[str, Any], dict[str, TimedArrayPlan]]:
    """Write equations and pathways of a pathway; return code, constants and timed arrays."""
    short_term, rule = pathway.short_term_rule, pathway.long_term_rule
    namespace = receptor.brian_namespace()
    gains, constants, timed_arrays = write_modulation_factors(context, pathway.name, SynapticGain)
    namespace |= constants
    amplitude = ["weight" if rule is None else rule.amplitude, *gains]
    model = [receptor.write_synapse_equations()]
    release: list[str] = []
    if short_term is not None:
        model.append(short_term.model)
        namespace |= short_term.brian_namespace()
        release.append(short_term.release_code)
        amplitude.append("released")
    on_spike = receptor.write_on_spike(f"({'*'.join(amplitude)})")
    if rule is None:
        code = {
            "model": _join_lines(*model),
            "pre": _join_lines(*release, on_spike),
            "post": "",
            "tick": "",
        }
        return code, namespace, timed_arrays
    gate, constants, gate_arrays = _write_learning_gate(context, pathway, rule)
    namespace |= rule.brian_namespace() | constants
    namespace["nominal"] = brian_quantity(pathway.weight, receptor.receptor.weight_unit)
    step = rule.change_code(gate)
    learning = [rule.on_pre, step]
    pre = [on_spike, *learning] if rule.transmits_first else [*learning, on_spike]
    code = {
        "model": _join_lines(*model, "strength : 1", rule.model),
        "pre": _join_lines(*release, rule.advance_code, *pre),
        "post": _join_lines(rule.advance_code, rule.on_post, step),
        "tick": rule.advance_code if rule.advances_every_step else "",
    }
    return code, namespace, timed_arrays | gate_arrays


def _write_learning_gate(
    context: BuildContext, pathway: SynapticPathway, rule: LongTermPlasticity
) -> tuple[str, dict[str, Any], dict[str, TimedArrayPlan]]:
    """Write the factor of a rule's learning steps; return it, its constants and timed arrays."""
    gates, constants, timed_arrays = write_modulation_factors(context, pathway.name, PlasticityGate)
    for channel in rule.channels:
        values = context.channel_activation(channel).T
        timed_arrays["reward"] = TimedArrayPlan(f"reward_{pathway.name}", values, "1")
    return "*".join(gates) or "1", constants, timed_arrays


def _join_lines(*pieces: str) -> str:
    """Join code, one statement per line."""
    lines = [line.strip() for piece in pieces for line in piece.replace(";", "\n").splitlines()]
    return "\n".join(line for line in lines if line)
