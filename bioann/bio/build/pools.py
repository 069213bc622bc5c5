"""What a receptor has to know of all synapses onto its cell."""

from __future__ import annotations

from collections.abc import Sequence

import brian2 as b2
import numpy as np

from bioann.bio.afferent import Afferent
from bioann.bio.build.receptors import coded
from bioann.bio.build.shop import Workshop
from bioann.bio.build.synapses import Projected
from bioann.bio.receptors import Receptor


def fill_pools(
    shop: Workshop, groups: dict[str, b2.NeuronGroup], wired: Sequence[Projected]
) -> None:
    """Give every receptor with a ``total`` the sum of the weights onto each neuron."""
    for name, group in groups.items():
        for receptor in shop.described.receptors(name):
            part = coded(shop.described, name, receptor)
            if "total" in part.state:
                getattr(group, f"{part.names()['total']}_")[:] = _total(shop, name, receptor, wired)


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
            for lane in range(shop.lanes.n):
                weights = part.wiring.weight[lane]
                total[lane] += np.bincount(part.wiring.post, weights, minlength=n)
    # A neuron without such synapses gets no spike either; any total keeps the quotient finite.
    return np.where(total > 0, total, 1e-9).ravel()
