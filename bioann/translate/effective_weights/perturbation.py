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
RHEOBASE_SHARE, LEAK_SHARE = 0.4, 0.5


@dataclasses.dataclass(frozen=True)
class ConnectionProbe:
    """One row of the effective weights: where it is, and what perturbs it by one lane block.

    Attributes
    ----------
    source, kind, target, synapse : str
        Names; `kind` is ``"channel"`` or ``"unit"``.
    afferent : Afferent, CurrentAfferent or None
        What is added to the network; None for what cannot be probed.
    source_step : float
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
    afferent: Afferent | CurrentAfferent | None
    source_step: float
    receptor: Receptor | None
    sign: float


def list_connection_probes(
    network: SpikingNetwork, targets: Mapping[str, TargetPopulation]
) -> list[ConnectionProbe]:
    """List the connections in the order of ``network.connections()``, each with its probe."""
    table = network.connections()
    pathways: list[Any] = []
    for a in network.afferents:
        pathways += [a] if hasattr(a, "channel") else [None] * len(a.channels)
    pathways += network.projections
    probes = []
    for k, (row, pathway) in enumerate(zip(table.itertuples(), pathways, strict=True)):
        target = targets[row.target]
        afferent: Afferent | CurrentAfferent | None = None
        source_step, receptor = np.nan, getattr(pathway, "receptor", None)
        if isinstance(pathway, CurrentAfferent) and pathway.current:
            current = RHEOBASE_SHARE * abs(target.rheobase) * np.sign(pathway.current)
            afferent = CurrentAfferent(
                f"probe {k}", pathway.target, current * amp, pathway.compartment
            )
            source_step = float(current / pathway.current)
        elif receptor is not None:
            synaptic_input = next(
                (a for a in target.inputs.synaptic_inputs if a.pathway is pathway), None
            )
            if synaptic_input is not None and synaptic_input.weight > 0:
                afferent, source_step = _make_probe_fibres(k, synaptic_input, target)
        names = (row.source, row.source_kind, row.target, row.mechanism)
        probes.append(ConnectionProbe(*names, afferent, source_step, receptor, float(row.sign)))
    return probes


def _make_probe_fibres(
    k: int, synaptic_input: SynapticInput, target: TargetPopulation
) -> tuple[Afferent, float]:
    """Make the fibres that spike beside those of a connection, and what their rate stands for."""
    fibres = max(round(synaptic_input.n_synapses), 1)
    potential = target.potential_bounds[1]
    receptor = synaptic_input.receptor
    charge = charge_per_input_spike(receptor, synaptic_input.weight, potential, target)
    current_per_hertz = abs(charge) * fibres
    conductance_per_hertz = (
        synaptic_input.conductance_per_hertz() * fibres / synaptic_input.n_synapses
    )
    leak = float(getattr(target.inputs.cell, "g_L", 10e-9))
    rate = min(
        RHEOBASE_SHARE * abs(target.rheobase) / max(current_per_hertz, 1e-30),
        LEAK_SHARE * leak / max(conductance_per_hertz, 1e-30) if conductance_per_hertz else np.inf,
    )
    pathway = synaptic_input.pathway
    assert isinstance(pathway, (Afferent, Projection))
    weight = brian_quantity(synaptic_input.weight, receptor.weight_unit)
    probe = Afferent(
        f"probe {k}", target.name, weight, receptor.transmitter, receptor, fibres, rate * Hz
    )
    if isinstance(pathway, Projection):
        return probe, rate * fibres / synaptic_input.n_synapses
    return probe, rate / float(pathway.rate)
