"""Regimes in which the sign of an effective weight may differ from that of its synapse."""

from __future__ import annotations

import numpy as np

from bioann.bio.network import SpikingNetwork
from bioann.bio.network_flags import SATURATION_SHARE
from bioann.translate.effective_weights.perturbation import ConnectionProbe
from bioann.translate.target import TargetPopulation

#: Rate in Hz up to which a population counts as silent.
SILENT_RATE = 1.0
#: Distance in volt from rest within which a synapse shunts; from reset for a cell that fires by
#: itself.
SHUNT_RANGE = 2e-3


def find_loops(network: SpikingNetwork) -> dict[str, bool]:
    """Test which populations have a path back to themselves."""
    names = list(network.units)
    reaches = np.zeros((len(names), len(names)), dtype=bool)
    for p in network.projections:
        reaches[names.index(p.source), names.index(p.target)] = True
    for relay in range(len(names)):  # Warshall's algorithm
        reaches |= reaches[:, [relay]] & reaches[[relay]]
    return {name: bool(reaches[k, k]) for k, name in enumerate(names)}


def flag_sign_exceptions(
    probe: ConnectionProbe,
    target: TargetPopulation,
    highest_mean: float,
    highest_rate: float,
    effective_weight: tuple[float, float, float],
    in_loop: bool,
) -> list[str]:
    """List the regimes in which the sign of an effective weight may differ from its synapse's.

    Parameters
    ----------
    probe : ConnectionProbe
        The connection and its perturbation.
    target : TargetPopulation
        Target population of the connection.
    highest_mean : float
        Larger mean rate of the target in Hz, with the extra spikes or without.
    highest_rate : float
        Largest rate of the target in Hz at any operating point, without extra spikes.
    effective_weight : tuple of float
        Effective weight, and the bounds of its 95% confidence interval; NaN if not measured.
    in_loop : bool
        Whether the target has a path back to itself.
    """
    flags = []
    cell, receptor = target.cell, probe.receptor
    if receptor is not None and receptor.transmitter == "GABA" and receptor.reversal is not None:
        reversal = receptor.reversal
        if reversal > cell.starting_potential + SHUNT_RANGE:
            flags.append("depolarising GABA")
        elif reversal > cell.starting_potential - SHUNT_RANGE:
            flags.append("shunt at rest")
    _, low, high = effective_weight
    if (low > 0 or high < 0) and probe.sign and np.sign(low + high) != probe.sign:
        flags.append("paradoxical" if in_loop else "against its synapse")
    if highest_mean <= SILENT_RATE:
        flags.append("dead")
    if cell.refractory_period > 0 and highest_rate > SATURATION_SHARE / cell.refractory_period:
        flags.append("saturated")
    if np.isnan(low):
        flags.append("not measured")
    return flags
