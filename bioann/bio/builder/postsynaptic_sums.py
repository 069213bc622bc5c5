"""What a receptor has to know of all synapses onto its cell."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from bioann.bio.afferent import Afferent
from bioann.bio.builder.context import Workshop
from bioann.bio.builder.plan import Neurons
from bioann.bio.builder.receptors import coded
from bioann.bio.builder.synapses import Projected
from bioann.bio.receptors import Receptor


def pooled(shop: Workshop, name: str, group: Neurons, wired: Sequence[Projected]) -> Neurons:
    """Give every receptor with a ``total`` the sum of the weights onto each neuron."""
    totals = {}
    for receptor in shop.described.receptors(name):
        part = coded(shop.described, name, receptor)
        if "total" in part.state:
            totals[part.names()["total"]] = _total(shop, name, receptor, wired)
    return dataclasses.replace(group, values={**group.values, **totals})


def _total(shop: Workshop, name: str, receptor: Receptor, wired: Sequence[Projected]) -> np.ndarray:
    n = shop.described.sizes[name]
    total = np.zeros((shop.lanes.n, n))
    for afferent in shop.described.afferents:
        if not isinstance(afferent, Afferent) or afferent.target != name:
            continue
        if afferent.receptor == receptor:
            total += afferent.weight * afferent.fibres
    for part in wired:
        if part.projection.target == name and part.projection.receptor == receptor:
            size = len(part.wiring.post)
            for lane, weights in enumerate(np.broadcast_to(part.wiring.weight, (len(total), size))):
                total[lane] += np.bincount(part.wiring.post, weights, minlength=n)
    # A neuron without such synapses gets no spike either; any total keeps the quotient finite.
    return np.where(total > 0, total, 1e-9).ravel()
