"""Perturbation of a connection: extra spikes at its synapses, or an extra current."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import Hz, amp

from bioann.base.units import brian_quantity
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.network import SpikingNetwork
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor
from bioann.bio.scheduled_afferent import ScheduledAfferent
from bioann.bio.theory.synaptic_input import SynapticInput
from bioann.translate.target import TargetPopulation

#: Largest current of the extra spikes over rheobase, and largest conductance over the leak.
RHEOBASE_SHARE, LEAK_SHARE = 0.4, 0.5


@dataclasses.dataclass(frozen=True)
class ConnectionProbe:
    """A connection and the input that perturbs it.

    Attributes
    ----------
    source, kind, target, synapse : str
        Names of source, target and synapse; `kind` of the source is ``"channel"`` or ``"unit"``.
    afferent : Afferent, CurrentAfferent or None
        Input that is added to the network; None for a connection that cannot be perturbed.
    source_step : float
        Change of the source that activation 1 of the input corresponds to: activation of a channel,
        rate in Hz of a population.
    receptor : Receptor or None
        Receptor of the synapse; None for a current.
    sign : float
        Sign of the driving force at the target's threshold, or of the current.
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
        if isinstance(a, ScheduledAfferent):
            continue
        pathways += [None] * len(a.channels) if isinstance(a, ElectrodeArray) else [a]
    pathways += network.projections
    probes = []
    for k, (row, pathway) in enumerate(zip(table.itertuples(), pathways, strict=True)):
        target = targets[row.target]
        afferent: Afferent | CurrentAfferent | None = None
        source_step = np.nan
        receptor: Receptor | None = None
        if isinstance(pathway, CurrentAfferent) and pathway.current:
            current = RHEOBASE_SHARE * target.current_scale * np.sign(pathway.current)
            afferent = CurrentAfferent(
                f"probe {k}", pathway.target, current * amp, pathway.compartment
            )
            source_step = float(current / pathway.current)
        elif isinstance(pathway, (Afferent, Projection)):
            assert isinstance(pathway.receptor, Receptor)
            receptor = pathway.receptor
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
    """Return an afferent of extra spikes at a connection, and the step of the source it equals."""
    fibres = max(round(synaptic_input.n_synapses), 1)
    potential = target.potential_bounds[1]
    receptor = synaptic_input.receptor
    charge = target.charge_per_input_spike(receptor, synaptic_input.weight, potential)
    current_per_hertz = abs(charge) * fibres
    conductance_per_hertz = (
        synaptic_input.conductance_per_hertz() * fibres / synaptic_input.n_synapses
    )
    leak = target.cell.leak_conductance
    rate = min(
        RHEOBASE_SHARE * target.current_scale / max(current_per_hertz, 1e-30),
        LEAK_SHARE * leak / max(conductance_per_hertz, 1e-30) if conductance_per_hertz else np.inf,
    )
    pathway = synaptic_input.pathway
    assert isinstance(pathway, (Afferent, Projection))
    weight = brian_quantity(synaptic_input.weight, receptor.weight_unit)
    probe = Afferent(
        f"probe {k}", target.name, weight, receptor.transmitter, receptor, fibres, rate * Hz
    )
    source_step = rate * fibres / synaptic_input.n_synapses
    return probe, source_step if isinstance(pathway, Projection) else source_step / pathway.rate
