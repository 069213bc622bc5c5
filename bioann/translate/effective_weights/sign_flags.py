"""Regimes in which the sign of an effect may not be that of its synapse."""

from __future__ import annotations

import numpy as np

from bioann.bio.connection_table import SATURATED
from bioann.bio.network import SpikingNetwork
from bioann.translate.effective_weights.perturbation import Connection
from bioann.translate.target import TargetPopulation

#: Rate in Hz up to which a population counts as silent.
SILENT = 1.0
#: Driving force in volt within which a synapse has no sign of its own.
SHUNT = 2e-3


def loops(network: SpikingNetwork) -> dict[str, bool]:
    """Tell which populations act on themselves through others or directly."""
    names = list(network.units)
    reaches = np.zeros((len(names), len(names)), dtype=bool)
    for p in network.projections:
        reaches[names.index(p.source), names.index(p.target)] = True
    for through in range(len(names)):  # Warshall's algorithm
        reaches |= reaches[:, [through]] & reaches[[through]]
    return {name: bool(reaches[k, k]) for k, name in enumerate(names)}


def regimes(
    c: Connection,
    at: TargetPopulation,
    fired: float,
    top: float,
    effect: tuple[float, float, float],
    looped: bool,
) -> list[str]:
    """Name the regimes in which a sign may not be what its synapse says.

    `fired` is the largest mean rate of the target in Hz, with the extra spikes or without; `top`
    the largest at any operating point without.
    """
    found = []
    cell, reversal = at.inputs.cell, getattr(c.receptor, "reversal", None)
    if reversal is not None and getattr(c.receptor, "transmitter", "") == "GABA":
        if reversal > cell.resting_potential + SHUNT:
            found.append("depolarising GABA")
        elif reversal > cell.resting_potential - SHUNT:
            found.append("shunt at rest")
    _, low, high = effect
    if (low > 0 or high < 0) and c.sign and np.sign(low + high) != c.sign:
        found.append("paradoxical" if looped else "against its synapse")
    if fired <= SILENT:
        found.append("dead")
    if cell.refractory_period > 0 and top > SATURATED / cell.refractory_period:
        found.append("saturated")
    if np.isnan(low):
        found.append("not measured")
    return found
