"""What stands for a connection when it is perturbed: extra spikes beside its own, or a current."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import Hz, amp

from bioann.base.units import brian_quantity
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.network import SpikingNetwork
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor
from bioann.translate.presynaptic_input import SynapticInput
from bioann.translate.target import TargetPopulation, charge_per_input_spike

#: The extra spikes bring this share of rheobase, and open this share of the leak at most.
PUSH, OPEN = 0.4, 0.5


@dataclasses.dataclass(frozen=True)
class Connection:
    """One row of the effective weights: where it is, and what perturbs it by one lane block.

    Attributes
    ----------
    source, kind, target, synapse : str
        Names; `kind` is ``"channel"`` or ``"unit"``.
    probe : Afferent, CurrentAfferent or None
        What is added to the network; None for what cannot be probed.
    step : float
        Change of the source that activation 1 of the probe stands for: activation of a channel, Hz
        of a population.
    receptor : Receptor or None
        None for a current.
    sign : float
        Of the driving force at the target's threshold, or of the current.
    """

    source: str
    kind: str
    target: str
    synapse: str
    probe: Afferent | CurrentAfferent | None
    step: float
    receptor: Receptor | None
    sign: float


def connections(network: SpikingNetwork, sites: Mapping[str, TargetPopulation]) -> list[Connection]:
    """List the connections in the order of ``network.connections()``, each with its probe."""
    table = network.connections()
    parts: list[Any] = []
    for a in network.afferents:
        parts += [a] if hasattr(a, "channel") else [None] * len(a.channels)
    parts += network.projections
    found = []
    for k, (row, part) in enumerate(zip(table.itertuples(), parts, strict=True)):
        at = sites[row.target]
        probe: Afferent | CurrentAfferent | None = None
        step, receptor = np.nan, getattr(part, "receptor", None)
        if isinstance(part, CurrentAfferent) and part.current:
            size = PUSH * abs(at.rheobase) * np.sign(part.current)
            probe = CurrentAfferent(f"probe {k}", part.target, size * amp, part.compartment)
            step = float(size / part.current)
        elif receptor is not None:
            arrival = next((a for a in at.inputs.synaptic_inputs if a.pathway is part), None)
            if arrival is not None and arrival.weight > 0:
                probe, step = _extra(k, arrival, at)
        ends = (row.source, row.source_kind, row.target, row.mechanism)
        found.append(Connection(*ends, probe, step, receptor, float(row.sign)))
    return found


def _extra(k: int, arrival: SynapticInput, at: TargetPopulation) -> tuple[Afferent, float]:
    """Make the fibres that spike beside those of a connection, and what their rate stands for."""
    fibres = max(round(arrival.n_synapses), 1)
    top = at.potential_bounds[1]
    each = (
        abs(charge_per_input_spike(arrival.receptor, arrival.weight, top, at)) * fibres
    )  # per Hz, in ampere
    opened = arrival.conductance_per_hertz() * fibres / arrival.n_synapses
    leak = float(getattr(at.inputs.cell, "g_L", 10e-9))
    rate = min(
        PUSH * abs(at.rheobase) / max(each, 1e-30),
        OPEN * leak / max(opened, 1e-30) if opened else np.inf,
    )
    part = arrival.pathway
    assert isinstance(part, (Afferent, Projection))
    weight = brian_quantity(arrival.weight, arrival.receptor.weight_unit)
    probe = Afferent(
        f"probe {k}", at.name, weight, arrival.receptor.transmitter, arrival.receptor, fibres,
        rate * Hz,
    )  # fmt: skip
    if isinstance(part, Projection):
        return probe, rate * fibres / arrival.n_synapses
    return probe, rate / float(part.rate)
