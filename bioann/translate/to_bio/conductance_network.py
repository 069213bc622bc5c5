r"""Build a conductance network from unit groups.

A neuron with the target activation :math:`y` receives the current :math:`\kappa (\alpha y + \beta)`
above its rheobase, with :math:`\kappa = r q`: the rate :math:`r` per activation times the charge
:math:`q` of a spike. A presynaptic spike brings the charge :math:`g \tau_s (E - V)`, so a weight
:math:`w` from a neuron with the rate :math:`r'` per activation becomes the conductance

.. math:: g = \frac{|w| \, \alpha \, r \, q}{r' \tau_s |E - V|}

of a synapse of the glutamatergic neuron where :math:`w > 0`, of the GABAergic one where
:math:`w < 0`. The calibration determines :math:`\alpha` and :math:`\beta`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from brian2 import amp, nS, second, volt

from bioann.ann.network import RateNetwork
from bioann.base.units import SI
from bioann.bio.connectivity import ExplicitMatrix
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.receptors import AMPA, GABA_A
from bioann.translate.to_bio.integrator_cell import CellProperties
from bioann.translate.to_bio.unit_groups import UnitGroup


@dataclasses.dataclass(frozen=True)
class Transfer:
    """The current of a group's neurons as a function of their target activation.

    Parameters
    ----------
    gain, offset : float
        The current over kappa is ``gain * y + offset``.
    spread : float
        Range over which the offsets of the copies of a neuron are spread evenly. The rate of one
        cell jumps at its onset; the mean rate of copies with different onsets does not.
    """

    gain: float = 1.0
    offset: float = 0.0
    spread: float = 0.0

    def relative_current(self, y: np.ndarray, copy_positions: np.ndarray) -> np.ndarray:
        """Compute the current over kappa of neurons at `copy_positions` among their copies."""
        return np.asarray(self.gain * y + self.offset + self.spread * copy_positions)


@dataclasses.dataclass(frozen=True, eq=False)
class NetworkBlueprint:
    """Everything that determines a translated network, except its transfers.

    Parameters
    ----------
    ann : RateNetwork
        The network that is translated.
    groups : tuple of UnitGroup
        Groups of input neurons and of units.
    cell_properties : CellProperties
        Cell model of all neurons, with rheobase and charge per spike.
    twins : bool
        Whether GABAergic neurons receive their partner's input; otherwise it drives them.
    delay : float
        Delay of every synapse in seconds.
    opponent : bool
        Whether channels have OFF neurons.
    dt : quantity or None
        Time step of the network; None for that of the cell.
    """

    ann: RateNetwork
    groups: tuple[UnitGroup, ...]
    cell_properties: CellProperties
    twins: bool
    delay: float
    opponent: bool
    dt: SI | None

    def neuron_weights(self, source: UnitGroup, target: UnitGroup) -> np.ndarray:
        """Compute the signed weights between neurons, shape ``(n_target, n_source)``."""
        matrix = self.ann.W_in if source.is_input else self.ann.W
        unit_weights = matrix[np.ix_(target.member_of_neuron, source.member_of_neuron)]
        return np.asarray(target.branch.sign * unit_weights * source.readout_weights)

    @property
    def has_input_neurons(self) -> bool:
        """Whether stimulus channels have neurons."""
        return any(group.is_input for group in self.groups)

    def unit_groups(self) -> tuple[UnitGroup, ...]:
        """Return the groups of units, which receive weighted input."""
        return tuple(b for b in self.groups if not b.is_input)

    def find_inhibitory_partners(self, group: UnitGroup) -> np.ndarray:
        """Return the indices of neurons of a group that need a GABAergic partner."""
        has_negative_weight = [
            (self.neuron_weights(group, t) < 0).any(axis=0) for t in self.unit_groups()
        ]
        return np.flatnonzero(np.any(has_negative_weight, axis=0))

    def build_network(self, transfers: Mapping[str, Transfer]) -> SpikingNetwork:
        """Build the network; `transfers` are those of the populations by name."""
        populations, afferents, projections = [], [], []
        partners = {group.name: self.find_inhibitory_partners(group) for group in self.groups}
        for group in self.groups:
            neurons_of = {"glutamate": np.arange(group.n_neurons), "GABA": partners[group.name]}
            for transmitter, neurons in neurons_of.items():
                if not len(neurons):
                    continue
                name = f"{group.name}_{transmitter}"
                cell = self.cell_properties.cell
                populations.append(Population(name, len(neurons), transmitter, cell=cell))
                is_relay = transmitter == "GABA" and not self.twins
                transfer = transfers[name]
                afferents.append(self._make_electrodes(group, name, neurons, transfer, is_relay))
                if is_relay:
                    projections.append(self._make_relay(group, neurons, transfer))
        for target in self.unit_groups():
            for source in self.groups:
                projections += self._make_projections(source, target, partners, transfers)
        return SpikingNetwork(tuple(populations), tuple(afferents), tuple(projections), dt=self.dt)

    def current_per_activation(self, group: UnitGroup) -> float:
        """Return the current in ampere that corresponds to activation 1."""
        return group.rate_per_activation * self.cell_properties.spike_charge

    def _make_electrodes(
        self, group: UnitGroup, name: str, neurons: np.ndarray, transfer: Transfer, is_relay: bool
    ) -> ElectrodeArray:
        """Inject rheobase, bias and, into input neurons, the stimulus channel."""
        kappa = self.current_per_activation(group)
        resting_current = transfer.relative_current(
            np.zeros(len(neurons)), group.copy_positions[neurons]
        )
        constant = self.cell_properties.rheobase + kappa * resting_current
        channels: tuple[str, ...] = ()
        strengths = np.zeros((len(neurons), 0))
        coding = "signed"
        if group.is_input and not is_relay:
            assert self.ann.channels is not None
            channels = tuple(self.ann.channels)
            selection = np.eye(len(channels))[group.member_of_neuron[neurons]]
            strengths = selection * kappa * transfer.gain
            coding = {1: "on", -1: "off"}[group.branch.sign] if self.opponent else "rate"
        elif not is_relay:
            if not self.has_input_neurons:
                assert self.ann.channels is not None
                channels = tuple(self.ann.channels)
                input_weights = group.branch.sign * self.ann.W_in[group.member_of_neuron[neurons]]
                strengths = input_weights * kappa * transfer.gain
            bias = group.branch.sign * self.ann.bias[group.member_of_neuron] - group.thresholds
            constant = constant + kappa * transfer.gain * bias[neurons]
        size = max(float(np.abs(constant).max()), float(np.abs(strengths).max(initial=0.0)), 1e-15)
        return ElectrodeArray(
            channels, name, size * amp, strengths / size, constant / size, coding=coding
        )

    def _make_relay(self, group: UnitGroup, neurons: np.ndarray, transfer: Transfer) -> Projection:
        """Return the projection by which partners drive interneurons to fire at their rate."""
        per_weight = self._conductance_per_weight(group, group, transfer.gain, "glutamate")
        matrix = np.eye(group.n_neurons)[neurons] * per_weight
        return self._make_projection(group, "glutamate", f"{group.name}_GABA", matrix)

    def _make_projections(
        self,
        source: UnitGroup,
        target: UnitGroup,
        partners: Mapping[str, np.ndarray],
        transfers: Mapping[str, Transfer],
    ) -> list[Projection]:
        weights = self.neuron_weights(source, target)
        rows = {"glutamate": np.arange(target.n_neurons)}
        if self.twins:
            rows["GABA"] = partners[target.name]
        projections = []
        for source_transmitter, signed_weights in (("glutamate", weights), ("GABA", -weights)):
            columns = (
                np.arange(source.n_neurons)
                if source_transmitter == "glutamate"
                else partners[source.name]
            )
            for target_transmitter, neurons in rows.items():
                magnitudes = np.maximum(signed_weights[np.ix_(neurons, columns)], 0.0)
                if not magnitudes.any():
                    continue
                name = f"{target.name}_{target_transmitter}"
                per_weight = self._conductance_per_weight(
                    source, target, transfers[name].gain, source_transmitter
                )
                projections.append(
                    self._make_projection(source, source_transmitter, name, magnitudes * per_weight)
                )
        return projections

    def _conductance_per_weight(
        self, source: UnitGroup, target: UnitGroup, gain: float, transmitter: str
    ) -> float:
        """Compute the conductance in siemens of a weight of 1."""
        cell = self.cell_properties
        reversal = (
            cell.excitatory_reversal if transmitter == "glutamate" else cell.inhibitory_reversal
        )
        driving_force = abs(reversal - cell.driving_potential)
        per_current = source.rate_per_activation * source.tau * driving_force
        return gain * self.current_per_activation(target) / per_current

    def _make_projection(
        self, source: UnitGroup, transmitter: str, target: str, conductances: np.ndarray
    ) -> Projection:
        tau, cell = source.tau * second, self.cell_properties
        receptor = (
            AMPA(tau=tau, reversal=cell.excitatory_reversal * volt)
            if transmitter == "glutamate"
            else GABA_A(tau=tau, reversal=cell.inhibitory_reversal * volt)
        )
        matrix = ExplicitMatrix(conductances * 1e9)
        delay = self.delay * second
        return Projection(f"{source.name}_{transmitter}", target, 1 * nS, receptor, matrix, delay)
