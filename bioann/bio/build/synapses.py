"""The synapses between populations: the same block in every lane, none across lanes."""

from __future__ import annotations

import dataclasses
from typing import Any

import brian2 as b2
import numpy as np

from bioann.bio.build.modulation import factors, timed
from bioann.bio.build.receptors import Coded, coded
from bioann.bio.build.shop import Wiring, Workshop
from bioann.bio.modulation import PlasticityGate, SynapticGain
from bioann.bio.plasticity import LongTerm
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor
from bioann.units import brian_quantity


@dataclasses.dataclass(frozen=True)
class Projected:
    """A projection in Brian2, and who is connected to whom."""

    projection: Projection
    synapses: b2.Synapses
    wiring: Wiring


def wire(shop: Workshop, projection: Projection) -> Wiring:
    """Draw the synapses of a projection, or take up those that an earlier run left."""
    if shop.weights is not None and projection.name in shop.weights:
        return shop.weights[projection.name]
    strengths = shop.described.strengths(projection, shop.lanes.seed)
    post, pre = np.nonzero(strengths)
    return Wiring(pre, post, np.tile(strengths[post, pre], (shop.lanes.n, 1)), {})


def projected(
    shop: Workshop, groups: dict[str, b2.NeuronGroup], projection: Projection
) -> Projected:
    """Make the synapses of a projection."""
    wiring = wire(shop, projection)
    assert isinstance(projection.receptor, Receptor)
    receptor = coded(shop.described, projection.target, projection.receptor)
    code = _code(shop, projection, receptor)
    synapses = b2.Synapses(
        groups[projection.source],
        groups[projection.target],
        code.pop("model"),
        delay={"pre": projection.delay * b2.second},
        clock=shop.clock,
        method="exact",
        name=f"projection_{projection.name}",
        **code,
    )
    lane = np.arange(shop.lanes.n)[:, None]
    n_post = shop.described.sizes[projection.target]
    n_pre = shop.described.sizes[projection.source]
    if not len(wiring.post):
        synapses.active = False
        return Projected(projection, synapses, wiring)
    synapses.connect(i=(lane * n_pre + wiring.pre).ravel(), j=(lane * n_post + wiring.post).ravel())
    if projection.learning is None:
        synapses.weight_[:] = wiring.weight.ravel()
    else:
        _start(shop, projection, synapses, wiring)
    return Projected(projection, synapses, wiring)


def _start(shop: Workshop, projection: Projection, synapses: b2.Synapses, wiring: Wiring) -> None:
    """Set the strengths that learning starts from, and what brings them up to date."""
    rule = projection.learning
    assert rule is not None
    synapses.strength_[:] = (wiring.weight / projection.weight).ravel()
    for name in rule.remembered:
        given = wiring.hidden.get(name, wiring.weight)
        getattr(synapses, f"{name}_")[:] = (given / projection.weight).ravel()
    if rule.ticks:
        synapses.run_regularly(
            rule.settle,
            clock=shop.slow_clock,
            when="before_synapses",
            name=f"projection_{projection.name}_tick",
        )


def _code(shop: Workshop, projection: Projection, receptor: Coded) -> dict[str, Any]:
    """Write equations, pathways and namespace of a projection."""
    short, rule = projection.releasing, projection.learning
    unit = receptor.receptor.weight_unit
    base = {"nS": "siemens", "pA": "amp", "mV": "volt"}[unit]
    namespace = receptor.namespace()
    gains, numbers = factors(shop, projection.name, SynapticGain)
    namespace |= numbers
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
        model.append(f"weight : {base} (constant)")
        on_pre = _lines(*before, arrival)
        return {"model": _lines(*model), "on_pre": on_pre, "namespace": namespace}
    gate, numbers = _learning(shop, projection, rule)
    model += ["strength : 1", rule.model]
    namespace |= numbers | {"nominal": brian_quantity(projection.weight, unit)}
    step = rule.apply(gate)
    return {
        "model": _lines(*model),
        "on_pre": _lines(*before, rule.settle, arrival, rule.on_pre, step),
        "on_post": _lines(rule.settle, rule.on_post, step),
        "namespace": namespace,
    }


def _learning(shop: Workshop, projection: Projection, rule: LongTerm) -> tuple[str, dict[str, Any]]:
    """Write what scales the learning steps of a rule, and the rule's numbers."""
    gates, namespace = factors(shop, projection.name, PlasticityGate)
    for channel in rule.channels:
        values = shop.activation(channel)
        namespace["reward"] = timed(shop, values, 1, f"reward_{projection.name}")
    return "*".join(gates) or "1", namespace | rule.namespace()


def _lines(*parts: str) -> str:
    """Join pieces of code, one statement per line."""
    lines = [line.strip() for part in parts for line in part.replace(";", "\n").splitlines()]
    return "\n".join(line for line in lines if line)
