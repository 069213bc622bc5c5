"""Summarises a rate network that was read from a file, for a terminal."""

from __future__ import annotations

import numpy as np

from bioann.ann.network import RateNetwork

#: Largest number of kinds of units that are listed.
MAX_LINES = 20


def summarise_rate_network(network: RateNetwork) -> list[str]:
    """Return lines with the size of a network, its weights, and the kinds of its units.

    Parameters
    ----------
    network : RateNetwork
        The network. Units with the same activation and time constant share a line.
    """
    lines = [f"{len(network.units)} units, {len(network.channels or ())} channels"]
    for label, matrix in (("channels", network.W_in), ("units", network.W)):
        weights = np.asarray(matrix)
        weights = weights[weights != 0]
        negative = f", {np.mean(weights < 0):.1%} of them negative" if len(weights) else ""
        lines.append(f"weights from {label}: {len(weights)}{negative}")
    kinds: dict[str, list[str]] = {}
    for unit, tau, phi in zip(network.units, network.tau, network.activation, strict=True):
        time = "no time constant" if tau is None else f"time constant {tau!r}"
        kinds.setdefault(f"{time}, activation {phi!r}", []).append(unit)
    for description, units in list(kinds.items())[:MAX_LINES]:
        label = units[0] if len(units) == 1 else f"{len(units)} units, {units[0]} to {units[-1]}"
        lines.append(f"{label}: {description}")
    if len(kinds) > MAX_LINES:
        lines.append(f"and {len(kinds) - MAX_LINES} further kinds of units")
    return lines
