"""The synapses between populations: the same block in every lane, none across lanes."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.units import brian_quantity
from bioann.bio.builder.context import Wiring, Workshop
from bioann.bio.builder.modulation import factors
from bioann.bio.builder.plan import Table, Wires, synaptic_constants
from bioann.bio.builder.receptors import Coded, coded
from bioann.bio.modulation.modulation import PlasticityGate, SynapticGain
from bioann.bio.plasticity import LongTerm
from bioann.bio.projection import AllToAll, FixedProbability, OneToOne, Projection
from bioann.bio.receptors import Receptor

#: Rules under which all synapses have one strength.
ALIKE = (AllToAll, OneToOne, FixedProbability)


@dataclasses.dataclass(frozen=True)
class Projected:
    """A projection, its plan, and who is connected to whom."""

    projection: Projection
    wires: Wires
    wiring: Wiring


def wire(shop: Workshop, projection: Projection) -> Wiring:
    """Draw the synapses of a projection, or take up those that an earlier run left."""
    if shop.weights is not None and projection.name in shop.weights:
        return shop.weights[projection.name]
    if not projection.weight:
        none = np.zeros(0, dtype=np.int32)
        return Wiring(none, none, np.zeros(0), {})
    post, pre, strength = shop.described.synapses(projection, shop.lanes.seed)
    weight = float(projection.weight)
    if isinstance(projection.connectivity, ALIKE):
        return Wiring(pre, post, np.broadcast_to(weight, len(pre)), {})
    return Wiring(pre, post, strength * weight, {})


def projected(shop: Workshop, projection: Projection) -> Projected:
    """Plan the synapses of a projection."""
    wiring = wire(shop, projection)
    assert isinstance(projection.receptor, Receptor)
    receptor = coded(shop.described, projection.target, projection.receptor)
    code, namespace, tables = _code(shop, projection, receptor)
    values: dict[str, Any] = {}
    if projection.learning is not None:
        values = _start(projection, wiring)
    elif wiring.weight.ndim == 1 and isinstance(projection.connectivity, ALIKE):
        unit = receptor.receptor.weight_unit
        namespace["weight"] = brian_quantity(projection.weight, unit)
    else:
        base = {"nS": "siemens", "pA": "amp", "mV": "volt"}[receptor.receptor.weight_unit]
        code["model"] = _lines(code["model"], f"weight : {base} (constant)")
        values = {"weight": wiring.weight}
    code, numbers = synaptic_constants(code, namespace, projection.title())
    wires = Wires(
        f"projection_{projection.name}",
        f"population_{projection.source}",
        f"population_{projection.target}",
        code,
        numbers | values,
        tables,
        projection.delay,
        wiring.pre.astype(np.int32, copy=False),
        wiring.post.astype(np.int32, copy=False),
        shop.lanes.n,
        shop.described.sizes[projection.source],
        shop.described.sizes[projection.target],
    )
    return Projected(projection, wires, wiring)


def _start(projection: Projection, wiring: Wiring) -> dict[str, np.ndarray]:
    """Give the strengths that learning starts from, in units of the projection's weight."""
    rule = projection.learning
    assert rule is not None
    started = {name: wiring.hidden.get(name, wiring.weight) for name in rule.remembered}
    started["strength"] = wiring.weight
    return {name: given / projection.weight for name, given in started.items()}


def _code(
    shop: Workshop, projection: Projection, receptor: Coded
) -> tuple[dict[str, str], dict[str, Any], dict[str, Table]]:
    """Write equations and pathways of a projection, and give its numbers and tables."""
    short, rule = projection.releasing, projection.learning
    namespace = receptor.namespace()
    gains, tables = factors(shop, projection.name, SynapticGain)
    brought = ["weight" if rule is None else "nominal*strength", *gains]
    model = [receptor.remembered()]
    before: list[str] = []
    if short is not None:
        model.append(short.model)
        namespace |= short.namespace()
        before.append(short.release)
        brought.append("released")
    arrival = receptor.arrival(f"({'*'.join(brought)})")
    if rule is None:
        code = {"model": _lines(*model), "pre": _lines(*before, arrival), "post": "", "tick": ""}
        return code, namespace, tables
    gate, more = _learning(shop, projection, rule)
    namespace |= rule.namespace()
    namespace["nominal"] = brian_quantity(projection.weight, receptor.receptor.weight_unit)
    step = rule.apply(gate)
    code = {
        "model": _lines(*model, "strength : 1", rule.model),
        "pre": _lines(*before, rule.settle, arrival, rule.on_pre, step),
        "post": _lines(rule.settle, rule.on_post, step),
        "tick": rule.settle if rule.ticks else "",
    }
    return code, namespace, tables | more


def _learning(
    shop: Workshop, projection: Projection, rule: LongTerm
) -> tuple[str, dict[str, Table]]:
    """Write what scales the learning steps of a rule, and give its tables."""
    gates, tables = factors(shop, projection.name, PlasticityGate)
    for channel in rule.channels:
        values = shop.activation(channel).T
        tables["reward"] = Table(f"reward_{projection.name}", values, "1")
    return "*".join(gates) or "1", tables


def _lines(*parts: str) -> str:
    """Join pieces of code, one statement per line."""
    lines = [line.strip() for part in parts for line in part.replace(";", "\n").splitlines()]
    return "\n".join(line for line in lines if line)
