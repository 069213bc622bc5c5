"""Plans of the synapses between populations: the same in every lane, none across lanes."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.units import brian_quantity
from bioann.bio.builder.context import BuildContext, SynapseTable
from bioann.bio.builder.modulation import write_modulation_factors
from bioann.bio.builder.plan import SynapsesPlan, TimedArrayPlan, declare_synaptic_constants
from bioann.bio.builder.receptors import ReceptorCode, receptor_code
from bioann.bio.connectivity import AllToAll, FixedProbability, OneToOne
from bioann.bio.modulation.modulation import PlasticityGate, SynapticGain
from bioann.bio.plasticity import LongTermPlasticity
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor

#: Connectivity rules that give all synapses the same strength.
EQUAL_STRENGTHS = (AllToAll, OneToOne, FixedProbability)


@dataclasses.dataclass(frozen=True)
class PlannedProjection:
    """A projection with its plan and its synapses."""

    projection: Projection
    synapses: SynapsesPlan
    table: SynapseTable


def draw_synapses(context: BuildContext, projection: Projection) -> SynapseTable:
    """Draw the synapses of a projection, or return those of an earlier run."""
    if context.weights is not None and projection.name in context.weights:
        return context.weights[projection.name]
    if not projection.weight:
        no_neurons = np.zeros(0, dtype=np.int32)
        return SynapseTable(no_neurons, no_neurons, np.zeros(0), {})
    lanes = context.lanes
    post, pre, strength = context.network.draw_synapses(projection, lanes.seed, lanes.wiring)
    weight = float(projection.weight)
    if isinstance(projection.connectivity, EQUAL_STRENGTHS):
        return SynapseTable(pre, post, np.broadcast_to(weight, len(pre)), {})
    return SynapseTable(pre, post, strength * weight, {})


def plan_projection(context: BuildContext, projection: Projection) -> PlannedProjection:
    """Plan the synapses of a projection."""
    table = draw_synapses(context, projection)
    assert isinstance(projection.receptor, Receptor)
    receptor = receptor_code(context.network, projection.target, projection.receptor)
    code, namespace, timed_arrays = _write_code(context, projection, receptor)
    values: dict[str, Any] = {}
    if projection.long_term_rule is not None:
        values = _initial_strengths(projection, table)
    elif table.weight.ndim == 1 and isinstance(projection.connectivity, EQUAL_STRENGTHS):
        unit = receptor.receptor.weight_unit
        namespace["weight"] = brian_quantity(projection.weight, unit)
    else:
        unit = {"nS": "siemens", "pA": "amp", "mV": "volt"}[receptor.receptor.weight_unit]
        code["model"] = _join_lines(code["model"], f"weight : {unit} (constant)")
        values = {"weight": table.weight}
    code, constants = declare_synaptic_constants(code, namespace, projection.title())
    synapses = SynapsesPlan(
        f"projection_{projection.name}",
        f"population_{projection.source}",
        f"population_{projection.target}",
        code,
        constants | values,
        timed_arrays,
        projection.delay,
        table.pre.astype(np.int32, copy=False),
        table.post.astype(np.int32, copy=False),
        context.lanes.n,
        context.network.sizes[projection.source],
        context.network.sizes[projection.target],
    )
    return PlannedProjection(projection, synapses, table)


def _initial_strengths(projection: Projection, table: SynapseTable) -> dict[str, np.ndarray]:
    """Return the initial strength and hidden variables, in units of the projection's weight."""
    rule = projection.long_term_rule
    assert rule is not None
    initial = {name: table.hidden_states.get(name, table.weight) for name in rule.hidden_variables}
    initial["strength"] = table.weight
    return {name: values / projection.weight for name, values in initial.items()}


def _write_code(
    context: BuildContext, projection: Projection, receptor: ReceptorCode
) -> tuple[dict[str, str], dict[str, Any], dict[str, TimedArrayPlan]]:
    """Write equations and pathways of a projection; return code, constants and timed arrays."""
    short_term, rule = projection.short_term_rule, projection.long_term_rule
    namespace = receptor.brian_namespace()
    gains, timed_arrays = write_modulation_factors(context, projection.name, SynapticGain)
    amplitude = ["weight" if rule is None else "nominal*strength", *gains]
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
    gate, gate_arrays = _write_learning_gate(context, projection, rule)
    namespace |= rule.brian_namespace()
    namespace["nominal"] = brian_quantity(projection.weight, receptor.receptor.weight_unit)
    step = rule.change_code(gate)
    code = {
        "model": _join_lines(*model, "strength : 1", rule.model),
        "pre": _join_lines(*release, rule.advance_code, on_spike, rule.on_pre, step),
        "post": _join_lines(rule.advance_code, rule.on_post, step),
        "tick": rule.advance_code if rule.advances_every_step else "",
    }
    return code, namespace, timed_arrays | gate_arrays


def _write_learning_gate(
    context: BuildContext, projection: Projection, rule: LongTermPlasticity
) -> tuple[str, dict[str, TimedArrayPlan]]:
    """Write the factor of a rule's learning steps; return it and the rule's timed arrays."""
    gates, timed_arrays = write_modulation_factors(context, projection.name, PlasticityGate)
    for channel in rule.channels:
        values = context.channel_activation(channel).T
        timed_arrays["reward"] = TimedArrayPlan(f"reward_{projection.name}", values, "1")
    return "*".join(gates) or "1", timed_arrays


def _join_lines(*pieces: str) -> str:
    """Join code, one statement per line."""
    lines = [line.strip() for piece in pieces for line in piece.replace(";", "\n").splitlines()]
    return "\n".join(line for line in lines if line)
