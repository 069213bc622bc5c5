"""What reaches a neuron of a population: each source with its synapses, ready for a theory."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from brian2 import Hz, amp, second, siemens, volt

from bioann.base.errors import DescriptionError
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.cells.cell import Cell
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Background
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor
from bioann.bio.theory.adiabatic import NODES, adiabatic_rate
from bioann.bio.theory.poisson_input import PoissonInput
from bioann.bio.theory.siegert import siegert_rate_of_cell

ValuesByName: TypeAlias = Mapping[str, Any]
#: A conductance step in siemens so small that its fluctuations are none.
NOISE_FREE_QUANTUM = 1e-24


@dataclasses.dataclass(frozen=True, eq=False)
class SynapticInput:
    """One kind of synapse onto a neuron.

    Attributes
    ----------
    source, kind : str
        Name of the stimulus channel, population or background, and which of these it is:
        ``"channel"``, ``"unit"`` or ``"background"``.
    receptor : Receptor
        What opens.
    weight : float
        Step of one spike, SI.
    n_synapses : float
        Synapses of a neuron, on average.
    pathway : Afferent, Projection or Background
        Where it is described.
    relative_strengths : numpy.ndarray or None, shape (neuron, source neuron)
        Where neurons are told apart, the synapses of each as a share of the mean neuron's.
    """

    source: str
    kind: str
    receptor: Receptor
    weight: float
    n_synapses: float
    pathway: Afferent | Projection | Background
    relative_strengths: np.ndarray | None = None

    def conductance_per_hertz(self) -> float:
        """Give the mean conductance (S) for a rate of 1 Hz; zero for a current-based synapse."""
        has_conductance = hasattr(self.receptor, "reversal")
        return self.weight * self.n_synapses * self.receptor.time_integral() * has_conductance

    def slowest_time_constant(self) -> float:
        """Give the slowest time constant of the synapse in seconds."""
        return max(self.receptor.time_constants().values(), default=0.0)

    def input_rate(self, channels: ValuesByName, source_rates: ValuesByName) -> np.ndarray:
        """Give the rate in Hz of each synapse, from activations of channels and rates of units.

        Where neurons are told apart, rates of units and what is returned are ``(neuron, point)``.
        """
        if isinstance(self.pathway, Background):
            return np.asarray(self.pathway.rate)
        if isinstance(self.pathway, Projection):
            rates_of_source = np.asarray(source_rates[self.source])
            if self.relative_strengths is None:
                return rates_of_source
            return self.relative_strengths @ np.broadcast_to(
                rates_of_source, (self.relative_strengths.shape[1], rates_of_source.shape[-1])
            )
        activations = np.ravel(channels[self.source])[:, None]
        rates = self.pathway.compute_rates(
            activations, [f"point {k}" for k in range(len(activations))]
        )
        return rates.reshape(np.shape(channels[self.source]))


@dataclasses.dataclass(frozen=True)
class PresynapticInputs:
    """All that reaches a neuron of a population.

    Attributes
    ----------
    cell : Cell
        Its cell model.
    synaptic_inputs : tuple of SynapticInput
        Synapses: backgrounds, afferents, projections.
    electrodes : tuple of CurrentAfferent or ElectrodeArray
        Currents that carry a stimulus.
    constant_current : float
        Constant current in ampere.
    constant_conductances : tuple of (float, float)
        Constant conductances: siemens and reversal potential in volt.
    per_neuron : bool
        Whether neurons are told apart; else the mean neuron's electrodes count.
    """

    cell: Cell
    synaptic_inputs: tuple[SynapticInput, ...]
    electrodes: tuple[CurrentAfferent | ElectrodeArray, ...]
    constant_current: float
    constant_conductances: tuple[tuple[float, float], ...]
    per_neuron: bool = False

    def injected_current(self, channels: ValuesByName) -> np.ndarray:
        """Give the current in ampere, for activations of the channels."""
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
        """Give what is said of each neuron as a column, or its mean."""
        return values[:, None] if self.per_neuron else np.asarray(values.mean())

    def poisson_inputs(
        self, channels: ValuesByName, source_rates: ValuesByName
    ) -> tuple[PoissonInput, ...]:
        r"""Pool what opens one receptor, as the theories of the rate want it.

        A conductance :math:`g(t)` after a spike of weight `w` is read as the exponential with the
        same mean and variance: :math:`w' = 2 w \int g^2 / \int g`,
        :math:`\tau = (\int g)^2 / 2 \int g^2`. Different weights are read as
        :math:`\sum q^2 \nu / \sum q \nu`. A constant conductance is spikes of no size.

        Parameters
        ----------
        channels : mapping of str to array_like
            Activation of each stimulus channel.
        source_rates : mapping of str to array_like
            Rate of each population in Hz.

        Returns
        -------
        tuple of PoissonInput
            One for each receptor, then one for each constant conductance.

        Raises
        ------
        DescriptionError
            For a receptor without a reversal potential.
        """
        inputs = []
        for receptor in dict.fromkeys(synapse.receptor for synapse in self.synaptic_inputs):
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
            reversal = float(receptor.reversal)  # type: ignore[attr-defined]
            inputs.append(
                PoissonInput(total * Hz, quantum * siemens, tau * second, reversal * volt)
            )
        for g, reversal in self.constant_conductances:
            spikes = (g / NOISE_FREE_QUANTUM * Hz, NOISE_FREE_QUANTUM * siemens)
            inputs.append(PoissonInput(*spikes, 1 * second, reversal * volt))
        return tuple(inputs)

    def steady_rate(
        self, method: str, channels: ValuesByName, source_rates: ValuesByName, *, nodes: int = NODES
    ) -> np.ndarray:
        """Give the steady rate in Hz from a theory; arguments as for `poisson_inputs`.

        Parameters
        ----------
        method : {'noise-free', 'adiabatic', 'siegert'}
            Which theory.
        channels, source_rates : mapping of str to array_like
            What reaches the population.
        nodes : int, optional
            Quadrature nodes of the adiabatic theory for each receptor.
        """
        inputs = self.poisson_inputs(channels, source_rates)
        current = self.injected_current(channels)
        if method == "adiabatic":
            return adiabatic_rate(self.cell, inputs, current * amp, nodes=nodes)
        if method == "siegert":
            return siegert_rate_of_cell(self.cell, inputs, current * amp)
        zero = np.zeros(())
        conductance = sum((p.mean for p in inputs), zero)
        reversal_current = sum((p.mean * p.reversal for p in inputs), zero)
        current, conductance, reversal_current = np.broadcast_arrays(
            current, conductance, reversal_current
        )
        return self.cell.steady_rate(current, conductance, reversal_current)


def presynaptic_inputs(
    network: SpikingNetwork, target: str, *, seed: int, per_neuron: bool = False
) -> PresynapticInputs:
    """List what reaches a population.

    Parameters
    ----------
    network : SpikingNetwork
        The network.
    target : str
        The population.
    seed : int
        Of the run whose choice of who is connected is meant.
    per_neuron : bool, optional
        Tell neurons apart.

    Returns
    -------
    PresynapticInputs
        A projection whose synapses differ is told by the weight and number of equal ones with the
        same mean and variance of the conductance in the mean neuron.
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
    for a in network.afferents:
        if a.target == target and isinstance(a, (CurrentAfferent, ElectrodeArray)):
            electrodes.append(a)
        elif a.target == target and isinstance(a, Afferent):
            assert isinstance(a.receptor, Receptor)
            synaptic_inputs.append(
                SynapticInput(a.channel, "channel", a.receptor, a.weight, a.fibres, a)
            )
    for p in network.projections:
        if p.target == target:
            assert isinstance(p.receptor, Receptor)
            strengths = network.draw_conductances(p, seed)
            total, squares = strengths.sum(axis=1).mean(), (strengths**2).sum(axis=1).mean()
            if total > 0:
                n_synapses = total**2 / squares
                relative_strengths = strengths / total if per_neuron else None
                synaptic_inputs.append(
                    SynapticInput(
                        p.source,
                        "unit",
                        p.receptor,
                        total / n_synapses,
                        n_synapses,
                        p,
                        relative_strengths,
                    )
                )
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
    )


@functools.lru_cache(maxsize=64)
def equivalent_exponential(receptor: Receptor) -> tuple[float, float]:
    """Give decay time (s) and weight of the exponential that a receptor's course is read as."""
    if not hasattr(receptor, "reversal"):
        raise DescriptionError(
            receptor.title(),
            "a receptor that opens a conductance",
            "one without a reversal potential",
            "Use AMPA or GABA_A, or method='measured'.",
        )
    t = np.linspace(0.0, 12 * max(receptor.time_constants().values()), 24_001)
    square = float(np.trapezoid(receptor.time_course(t) ** 2, t))
    area = receptor.time_integral()
    return area**2 / (2 * square), 2 * square / area
