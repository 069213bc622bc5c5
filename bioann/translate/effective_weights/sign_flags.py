"""Regimes in which the sign of an effect may not be that of its synapse."""

from __future__ import annotations

import numpy as np

from bioann.bio.connection_table import SATURATION_SHARE
from bioann.bio.network import SpikingNetwork
from bioann.translate.effective_weights.perturbation import ConnectionProbe
from bioann.translate.target import TargetPopulation

#: Rate in Hz up to which a population counts as silent.
SILENT_RATE = 1.0
#: Driving force in volt within which a synapse has no sign of its own.
SHUNT_RANGE = 2e-3


def find_loops(network: SpikingNetwork) -> dict[str, bool]:
    """Tell which populations act on themselves through others or directly."""
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
    """Name the regimes in which a sign may not be what its synapse says.

    `highest_mean` is the largest mean rate of the target in Hz, with the extra spikes or without;
    `highest_rate` the largest at any operating point without.
    """
    flags = []
    cell, reversal = target.inputs.cell, getattr(probe.receptor, "reversal", None)
    if reversal is not None and getattr(probe.receptor, "transmitter", "") == "GABA":
        if reversal > cell.resting_potential + SHUNT_RANGE:
            flags.append("depolarising GABA")
        elif reversal > cell.resting_potential - SHUNT_RANGE:
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
