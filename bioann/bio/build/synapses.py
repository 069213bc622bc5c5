"""The synapses between populations: the same block in every lane, none across lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import brian2 as b2
import numpy as np

from bioann.bio.build.shop import Workshop
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor

if TYPE_CHECKING:
    from bioann.bio.network import SpikingNetwork


def conductance(described: SpikingNetwork, population: str, receptor: Receptor) -> str:
    """Name the state variable of a receptor: ``g_AMPA``, or ``g_GABA_A_2`` for a second kind."""
    kinds = [r for r in described.receptors(population) if r.name == receptor.name]
    place = kinds.index(receptor)
    return f"g_{receptor.name}" + (f"_{place + 1}" if place else "")


def projected(
    shop: Workshop, groups: dict[str, b2.NeuronGroup], projection: Projection
) -> b2.Synapses:
    """Make the synapses of a projection: the same block in every lane, none across lanes."""
    strengths = shop.described.strengths(projection, shop.lanes.seed)
    post, pre = np.nonzero(strengths)
    assert isinstance(projection.receptor, Receptor)
    variable = conductance(shop.described, projection.target, projection.receptor)
    synapses = b2.Synapses(
        groups[projection.source],
        groups[projection.target],
        "weight : siemens (constant)",
        on_pre=f"{variable}_post += weight",
        delay=projection.delay * b2.second,
        clock=shop.clock,
        name=f"projection_{projection.name}",
    )
    lane = np.arange(shop.lanes.n)[:, None]
    n_post, n_pre = strengths.shape
    if len(post):
        synapses.connect(i=(lane * n_pre + pre).ravel(), j=(lane * n_post + post).ravel())
        synapses.weight_[:] = np.tile(strengths[post, pre], shop.lanes.n)
    else:
        synapses.active = False
    return synapses
