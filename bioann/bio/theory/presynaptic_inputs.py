"""Presynaptic input of a population: its sources with their synapses, for theories of the rate."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from brian2 import Hz, amp, second, siemens, volt

from bioann.base.errors import DescriptionError
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.cells.cell import Cell
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.network import SpikingNetwork
from bioann.bio.receptors import Receptor
from bioann.bio.theory.adiabatic import NODES, adiabatic_rate, is_adiabatic_valid
from bioann.bio.theory.equivalent_synapses import list_recurrent_input, pool_fibres
from bioann.bio.theory.poisson_input import PoissonCurrent, PoissonInput
from bioann.bio.theory.siegert import is_siegert_valid, siegert_rate_of_cell
from bioann.bio.theory.synaptic_input import SynapticInput, ValuesByName, equivalent_exponential

#: A conductance step in siemens so small that its fluctuations vanish.
NOISE_FREE_QUANTUM = 1e-24


@dataclasses.dataclass(frozen=True)
class PresynapticInputs:
    """All input of a neuron of a population.

    Attributes
    ----------
    cell : Cell
        Cell model of the population.
    synaptic_inputs : tuple of SynapticInput
        Synapses of backgrounds, afferents and projections.
    electrodes : tuple of CurrentAfferent or ElectrodeArray
        Injected currents that carry a stimulus.
    constant_current : float
        Constant injected current in ampere.
    constant_conductances : tuple of (float, float)
        Constant conductances: siemens, and reversal potential in volt.
    per_neuron : bool
        Whether results have a row for each neuron; otherwise they are those of the mean neuron.
    has_gap_junctions : bool
        Whether current also reaches the neurons through gap junctions, which no theory of this
        package includes.
    """

    cell: Cell
    synaptic_inputs: tuple[SynapticInput, ...]
    electrodes: tuple[CurrentAfferent | ElectrodeArray, ...]
    constant_current: float
    constant_conductances: tuple[tuple[float, float], ...]
    per_neuron: bool = False
    has_gap_junctions: bool = False

    def injected_current(self, channels: ValuesByName) -> np.ndarray:
        """Compute the injected current in ampere from the activations of the channels."""
        total = np.asarray(self.constant_current)
        for electrode in self.electrodes:
            if isinstance(electrode, CurrentAfferent):
                total = total + electrode.current * np.asarray(channels[electrode.channel])
                continue
            total = total + electrode.current * self._per_neuron_or_mean(electrode.constant)
            for channel, strengths in zip(electrode.channels, electrode.strengths.T, strict=True):
                activation = np.asarray(channels[channel])
                rectified = {"on": np.maximum(activation, 0), "off": np.maximum(-activation, 0)}
                strength = electrode.current * self._per_neuron_or_mean(strengths)
                total = total + strength * rectified.get(electrode.coding, activation)
        return np.asarray(total)

    def _per_neuron_or_mean(self, values: np.ndarray) -> np.ndarray:
        """Return the values of single neurons as a column, or their mean."""
        return values[:, None] if self.per_neuron else np.asarray(values.mean())

    def poisson_inputs(
        self, channels: ValuesByName, source_rates: ValuesByName
    ) -> tuple[PoissonInput, ...]:
        r"""Pool the synapses of each receptor into one Poisson input.

        The conductance :math:`g(t)` after a spike of weight `w` is replaced by the exponential with
        the same mean and variance: :math:`w' = 2 w \int g^2 / \int g`,
        :math:`\tau = (\int g)^2 / 2 \int g^2`. Different weights are replaced by
        :math:`\sum q^2 \nu / \sum q \nu`. A constant conductance consists of infinitely small
        spikes.

        Parameters
        ----------
        channels : mapping of str to array_like
            Activation of each stimulus channel, shape (point,).
        source_rates : mapping of str to array_like
            Rate of each population in Hz, ``(point,)``, or of its neurons, ``(neuron, point)``.

        Returns
        -------
        tuple of PoissonInput
            One for each receptor, then one for each constant conductance.

        Raises
        ------
        DescriptionError
            For a receptor without a reversal potential.
        """
        # Raises an error for a receptor without a reversal potential.
        for synapse in self.synaptic_inputs:
            equivalent_exponential(synapse.receptor)
        return self._pool_conductances(channels, source_rates)

    def _pool_conductances(
        self, channels: ValuesByName, source_rates: ValuesByName
    ) -> tuple[PoissonInput, ...]:
        """Pool the synapses of each receptor that has a reversal potential."""
        inputs = []
        for receptor in dict.fromkeys(synapse.receptor for synapse in self.synaptic_inputs):
            if receptor.reversal is None:
                continue
            tau, factor = equivalent_exponential(receptor)
            mean: Any = 0.0
            square: Any = 0.0
            for synapse in self.synaptic_inputs:
                if synapse.receptor == receptor:
                    rate = synapse.input_rate(channels, source_rates)
                    conductance = synapse.weight * factor * synapse.n_synapses * rate
                    mean = mean + conductance
                    square = square + conductance * synapse.weight * factor
            quantum = np.where(mean > 0, square / np.maximum(mean, 1e-300), 0.0)
            total = np.where(quantum > 0, mean / np.maximum(quantum, 1e-300), 0.0)
            inputs.append(
                PoissonInput(total * Hz, quantum * siemens, tau * second, receptor.reversal * volt)
            )
        for g, reversal in self.constant_conductances:
            spikes = (g / NOISE_FREE_QUANTUM * Hz, NOISE_FREE_QUANTUM * siemens)
            inputs.append(PoissonInput(*spikes, 1 * second, reversal * volt))
        return tuple(inputs)

    def poisson_currents(
        self, channels: ValuesByName, source_rates: ValuesByName
    ) -> tuple[PoissonCurrent, ...]:
        """List the synapses without a reversal potential; parameters as for `poisson_inputs`."""
        return tuple(
            PoissonCurrent(
                synapse.n_synapses * synapse.input_rate(channels, source_rates),
                synapse.receptor.charge_per_spike(
                    synapse.weight, self.cell.resting_potential, self.cell.capacitance
                ),
                float(synapse.receptor.decay_time),
            )
            for synapse in self.synaptic_inputs
            if synapse.receptor.reversal is None
        )

    def mean_input(
        self, channels: ValuesByName, source_rates: ValuesByName
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        r"""Compute the mean current, :math:`\Sigma g` and :math:`\Sigma gE`, in SI units.

        Parameters are those of `poisson_inputs`; the arrays broadcast. The current of synapses
        without a reversal potential is part of the current.
        """
        currents = self.poisson_currents(channels, source_rates)
        current = sum((c.reversal_current for c in currents), self.injected_current(channels))
        inputs, zero = self._pool_conductances(channels, source_rates), np.zeros(())
        conductance = sum((p.mean for p in inputs), zero)
        reversal_current = sum((p.mean * p.reversal for p in inputs), zero)
        return current, conductance, reversal_current

    def steady_rate(
        self, method: str, channels: ValuesByName, source_rates: ValuesByName, *, nodes: int = NODES
    ) -> np.ndarray:
        """Compute the steady rate in Hz from a theory.

        Parameters
        ----------
        method : {'noise-free', 'adiabatic', 'siegert'}
            The theory: the rate at the mean conductances, averaged over slow conductances, or under
            fast noise.
        channels, source_rates : mapping of str to array_like
            Activations and rates in Hz, as for `poisson_inputs`.
        nodes : int, optional
            Quadrature nodes of the adiabatic theory for each receptor.

        Raises
        ------
        DescriptionError
            If the neurons are coupled by gap junctions.
        """
        if self.has_gap_junctions:
            raise DescriptionError(
                "Firing rate from theory",
                "neurons that are not coupled",
                "a population with gap junctions",
                "Simulate the network, or set gap_junctions=None.",
            )
        if method == "noise-free":
            mean_input = self.mean_input(channels, source_rates)
            current, conductance, reversal_current = np.broadcast_arrays(*mean_input)
            return self.cell.steady_rate(current, conductance, reversal_current)
        current = self.injected_current(channels) * amp
        if method == "adiabatic":
            inputs = self.poisson_inputs(channels, source_rates)
            return adiabatic_rate(self.cell, inputs, current, nodes=nodes)
        return siegert_rate_of_cell(self.cell, self._fast_inputs(channels, source_rates), current)

    def is_valid(
        self, method: str, channels: ValuesByName, source_rates: ValuesByName
    ) -> np.ndarray:
        """Test where the adiabatic or Siegert's limit applies; parameters of `steady_rate`."""
        if method == "adiabatic":
            return is_adiabatic_valid(self.cell, self.poisson_inputs(channels, source_rates))
        current = self.injected_current(channels) * amp
        return is_siegert_valid(self.cell, self._fast_inputs(channels, source_rates), current)

    def _fast_inputs(
        self, channels: ValuesByName, source_rates: ValuesByName
    ) -> tuple[PoissonInput | PoissonCurrent, ...]:
        """List all inputs of Siegert's theory."""
        return (
            *self._pool_conductances(channels, source_rates),
            *self.poisson_currents(channels, source_rates),
        )


def presynaptic_inputs(
    network: SpikingNetwork, target: str, *, seed: int | None, per_neuron: bool = False
) -> PresynapticInputs:
    """List the presynaptic inputs of a population.

    Parameters
    ----------
    network : SpikingNetwork
        The network that the population belongs to.
    target : str
        Name of the population.
    seed : int or None
        Seed of the run whose random connectivity is used; None for the expected number of
        synapses, without drawing any.
    per_neuron : bool, optional
        Whether to keep the synapses of single neurons.

    Returns
    -------
    PresynapticInputs
        Unequal synapses of a projection are replaced by the number and weight of equal ones with
        the same mean and variance of the conductance in the mean neuron.

    Raises
    ------
    DescriptionError
        If the population receives scheduled spikes, which have no steady rate.
    """
    synaptic_inputs = []
    population = network.get_population(target)
    for k, background in enumerate(population.background):
        name, receptor = f"background {k}", background.receptor
        assert isinstance(receptor, Receptor)
        synaptic_inputs.append(
            SynapticInput(name, "background", receptor, background.quantum, 1.0, background)
        )
    electrodes: list[CurrentAfferent | ElectrodeArray] = []
    for k, a in enumerate(network.afferents):
        if a.target == target and isinstance(a, (CurrentAfferent, ElectrodeArray)):
            electrodes.append(a)
        elif a.target == target and isinstance(a, Afferent):
            assert isinstance(a.receptor, Receptor)
            synapses = pool_fibres(a, k, population.n, seed)
            synaptic_inputs.append(SynapticInput(a.channel, "channel", a.receptor, *synapses, a))
        elif a.target == target:
            raise DescriptionError(
                f"{a.title()} in a theory or translation of {target!r}",
                "input at a steady rate",
                "spikes at given times",
                "Leave the scheduled afferent out, or describe it as an Afferent with a rate.",
            )
    for p in network.projections:
        if p.target == target:
            synaptic_inputs += list_recurrent_input(network, p, seed, per_neuron)
    injections = [i for i in network.injections if i.target == target]
    constant_conductances = tuple(
        (float(i.conductance), float(i.receptor.reversal))  # type: ignore[union-attr]
        for i in injections
        if i.conductance > 0
    )
    constant_current = float(sum(i.current for i in injections))
    return PresynapticInputs(
        population.cell,
        tuple(synaptic_inputs),
        tuple(electrodes),
        constant_current,
        constant_conductances,
        per_neuron,
        population.gap_junctions is not None,
    )
