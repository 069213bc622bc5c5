r"""Banks put together as a conductance network.

A neuron whose activation should be :math:`y` gets the current :math:`\kappa (\alpha y + \beta)`
above its rheobase, with :math:`\kappa = r q`: the rate :math:`r` per activation times the charge
:math:`q` of a spike. A presynaptic spike brings the charge :math:`g \tau_s (E - V)`, so a weight
:math:`w` from a neuron that fires :math:`r'` per activation is the conductance

.. math:: g = \frac{|w| \, \alpha \, r \, q}{r' \tau_s |E - V|}

of a synapse of the glutamatergic neuron where :math:`w > 0`, of the GABAergic one where
:math:`w < 0`. :math:`\alpha` and :math:`\beta` are what calibration leaves open.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from brian2 import amp, nS, second, volt

from bioann.ann.network import RateNetwork
from bioann.base.units import SI
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.projection import ExplicitMatrix, Projection
from bioann.bio.receptors import AMPA, GABA_A
from bioann.translate.to_bio.integrator_cell import Neuron
from bioann.translate.to_bio.unit_groups import Bank


@dataclasses.dataclass(frozen=True)
class Transfer:
    """How the current of a bank's neurons follows from what they should fire for.

    Parameters
    ----------
    gain, offset : float
        Current over kappa is ``gain * y + offset``.
    spread : float
        Range over which the offsets of the copies of a neuron are spread evenly: a cell's rate
        begins with a jump, the mean of several that begin one after the other does not.
    """

    gain: float = 1.0
    offset: float = 0.0
    spread: float = 0.0

    def current(self, y: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Give the current over kappa of neurons at `places` among their copies (`Bank.place`)."""
        return np.asarray(self.gain * y + self.offset + self.spread * places)


@dataclasses.dataclass(frozen=True, eq=False)
class Assembly:
    """All that a translated network is made from.

    Parameters
    ----------
    ann : RateNetwork
        What is translated.
    banks : tuple of Bank
        Of channels and units.
    neuron : Neuron
        The cell.
    twins : bool
        Whether GABAergic neurons get their partner's input; else they are driven by it.
    delay : float
        Of every synapse, in seconds.
    opponent : bool
        Whether channels have OFF neurons.
    dt : quantity or None
        Time step of the network.
    """

    ann: RateNetwork
    banks: tuple[Bank, ...]
    neuron: Neuron
    twins: bool
    delay: float
    opponent: bool
    dt: SI | None

    def weights(self, source: Bank, target: Bank) -> np.ndarray:
        """Give the signed weight between neurons, shape ``(n_target, n_source)``."""
        matrix = self.ann.W_in if source.channels else self.ann.W
        between = matrix[np.ix_(target.unit, source.unit)]
        return np.asarray(target.branch.sign * between * source.worth)

    @property
    def spiking_inputs(self) -> bool:
        """Whether stimulus channels have neurons."""
        return any(bank.channels for bank in self.banks)

    def targets(self) -> tuple[Bank, ...]:
        """Give the banks that get weighted input."""
        return tuple(b for b in self.banks if not b.channels)

    def inhibitory(self, bank: Bank) -> np.ndarray:
        """Index the neurons of a bank that need a GABAergic partner."""
        negative = [(self.weights(bank, t) < 0).any(axis=0) for t in self.targets()]
        return np.flatnonzero(np.any(negative, axis=0))

    def network(self, transfers: Mapping[str, Transfer]) -> SpikingNetwork:
        """Put the network together, with each population's transfer by its name."""
        populations, afferents, projections = [], [], []
        partners = {bank.name: self.inhibitory(bank) for bank in self.banks}
        for bank in self.banks:
            own = {"glutamate": np.arange(bank.n), "GABA": partners[bank.name]}
            for transmitter, neurons in own.items():
                if not len(neurons):
                    continue
                name = f"{bank.name}_{transmitter}"
                cell = self.neuron.cell
                populations.append(Population(name, len(neurons), transmitter, cell=cell))
                relay = transmitter == "GABA" and not self.twins
                transfer = transfers[name]
                afferents.append(self._electrodes(bank, name, neurons, transfer, relay))
                if relay:
                    projections.append(self._relay(bank, neurons, transfer))
        for target in self.targets():
            for source in self.banks:
                projections += self._projections(source, target, partners, transfers)
        return SpikingNetwork(tuple(populations), tuple(afferents), tuple(projections), dt=self.dt)

    def kappa(self, bank: Bank) -> float:
        """Give the current in ampere of activation 1."""
        return bank.per_activation * self.neuron.charge

    def _electrodes(
        self, bank: Bank, name: str, neurons: np.ndarray, transfer: Transfer, relay: bool
    ) -> ElectrodeArray:
        """Inject what makes a neuron ready to fire, its bias and, in input neurons, its channel."""
        kappa = self.kappa(bank)
        silent = transfer.current(np.zeros(len(neurons)), bank.place[neurons])
        constant = self.neuron.rheobase + kappa * silent
        channels: tuple[str, ...] = ()
        strengths = np.zeros((len(neurons), 0))
        coding = "signed"
        if bank.channels and not relay:
            assert self.ann.channels is not None
            channels = tuple(self.ann.channels)
            strengths = np.eye(len(channels))[bank.unit[neurons]] * kappa * transfer.gain
            coding = {1: "on", -1: "off"}[bank.branch.sign] if self.opponent else "rate"
        elif not relay:
            if not self.spiking_inputs:
                assert self.ann.channels is not None
                channels = tuple(self.ann.channels)
                signed = bank.branch.sign * self.ann.W_in[bank.unit[neurons]]
                strengths = signed * kappa * transfer.gain
            bias = bank.branch.sign * self.ann.bias[bank.unit] - bank.threshold
            constant = constant + kappa * transfer.gain * bias[neurons]
        size = max(float(np.abs(constant).max()), float(np.abs(strengths).max(initial=0.0)), 1e-15)
        return ElectrodeArray(
            channels, name, size * amp, strengths / size, constant / size, coding=coding
        )

    def _relay(self, bank: Bank, neurons: np.ndarray, transfer: Transfer) -> Projection:
        """Drive each interneuron by its partner, so that it fires at the same rate."""
        per_weight = self._conductance(bank, bank, transfer.gain, "glutamate")
        matrix = np.eye(bank.n)[neurons] * per_weight
        return self._projection(bank, "glutamate", f"{bank.name}_GABA", matrix)

    def _projections(
        self,
        source: Bank,
        target: Bank,
        partners: Mapping[str, np.ndarray],
        transfers: Mapping[str, Transfer],
    ) -> list[Projection]:
        weights = self.weights(source, target)
        rows = {"glutamate": np.arange(target.n)}
        if self.twins:
            rows["GABA"] = partners[target.name]
        found = []
        for released, signed in (("glutamate", weights), ("GABA", -weights)):
            columns = np.arange(source.n) if released == "glutamate" else partners[source.name]
            for transmitter, neurons in rows.items():
                magnitudes = np.maximum(signed[np.ix_(neurons, columns)], 0.0)
                if not magnitudes.any():
                    continue
                name = f"{target.name}_{transmitter}"
                per_weight = self._conductance(source, target, transfers[name].gain, released)
                found.append(self._projection(source, released, name, magnitudes * per_weight))
        return found

    def _conductance(self, source: Bank, target: Bank, gain: float, released: str) -> float:
        """Give the conductance in siemens of a weight of 1."""
        neuron = self.neuron
        reversal = neuron.excitatory if released == "glutamate" else neuron.inhibitory
        drive = abs(reversal - neuron.potential)
        return gain * self.kappa(target) / (source.per_activation * source.tau * drive)

    def _projection(
        self, source: Bank, released: str, target: str, conductances: np.ndarray
    ) -> Projection:
        tau, neuron = source.tau * second, self.neuron
        receptor = (
            AMPA(tau=tau, reversal=neuron.excitatory * volt)
            if released == "glutamate"
            else GABA_A(tau=tau, reversal=neuron.inhibitory * volt)
        )
        matrix = ExplicitMatrix(conductances * 1e9)
        delay = self.delay * second
        return Projection(f"{source.name}_{released}", target, 1 * nS, receptor, matrix, delay)
