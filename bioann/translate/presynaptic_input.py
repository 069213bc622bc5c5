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

Values: TypeAlias = Mapping[str, Any]
#: A conductance step in siemens so small that its fluctuations are none.
NOTHING = 1e-24


@dataclasses.dataclass(frozen=True, eq=False)
class Arrival:
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
    count : float
        Synapses of a neuron, on average.
    part : Afferent, Projection or Background
        Where it is described.
    share : numpy.ndarray or None, shape (neuron, source neuron)
        Where neurons are told apart, the synapses of each as a share of the mean neuron's.
    """

    source: str
    kind: str
    receptor: Receptor
    weight: float
    count: float
    part: Afferent | Projection | Background
    share: np.ndarray | None = None

    def conductance(self) -> float:
        """Give the mean conductance (S) for a rate of 1 Hz; zero for a current-based synapse."""
        opens = hasattr(self.receptor, "reversal")
        return self.weight * self.count * self.receptor.area() * opens

    def decay(self) -> float:
        """Give the slowest time constant of the synapse in seconds."""
        return max(self.receptor.time_constants().values(), default=0.0)

    def rate(self, channels: Values, units: Values) -> np.ndarray:
        """Give the rate in Hz of each synapse, from activations of channels and rates of units.

        Where neurons are told apart, rates of units and what is returned are ``(neuron, point)``.
        """
        if isinstance(self.part, Background):
            return np.asarray(self.part.rate)
        if isinstance(self.part, Projection):
            each = np.asarray(units[self.source])
            if self.share is None:
                return each
            return self.share @ np.broadcast_to(each, (self.share.shape[1], each.shape[-1]))
        flat = np.ravel(channels[self.source])[:, None]
        rates = self.part.rates(flat, [f"point {k}" for k in range(len(flat))])
        return rates.reshape(np.shape(channels[self.source]))


@dataclasses.dataclass(frozen=True)
class Inputs:
    """All that reaches a neuron of a population.

    Attributes
    ----------
    cell : Cell
        Its cell model.
    arrivals : tuple of Arrival
        Synapses: backgrounds, afferents, projections.
    electrodes : tuple of CurrentAfferent or ElectrodeArray
        Currents that carry a stimulus.
    current : float
        Constant current in ampere.
    held : tuple of (float, float)
        Constant conductances: siemens and reversal potential in volt.
    each : bool
        Whether neurons are told apart; else the mean neuron's electrodes count.
    """

    cell: Cell
    arrivals: tuple[Arrival, ...]
    electrodes: tuple[CurrentAfferent | ElectrodeArray, ...]
    current: float
    held: tuple[tuple[float, float], ...]
    each: bool = False

    def injected(self, channels: Values) -> np.ndarray:
        """Give the current in ampere, for activations of the channels."""
        total = np.asarray(self.current)
        for e in self.electrodes:
            if isinstance(e, CurrentAfferent):
                total = total + e.current * np.asarray(channels[e.channel])
                continue
            total = total + e.current * self._of(e.constant)
            for channel, strengths in zip(e.channels, e.strengths.T, strict=True):
                given = np.asarray(channels[channel])
                coded = {"on": np.maximum(given, 0), "off": np.maximum(-given, 0)}
                total = total + e.current * self._of(strengths) * coded.get(e.coding, given)
        return np.asarray(total)

    def _of(self, values: np.ndarray) -> np.ndarray:
        """Give what is said of each neuron as a column, or its mean."""
        return values[:, None] if self.each else np.asarray(values.mean())

    def bombardments(self, channels: Values, units: Values) -> tuple[PoissonInput, ...]:
        r"""Pool what opens one receptor, as the theories of the rate want it.

        A conductance :math:`g(t)` after a spike of weight `w` is read as the exponential with the
        same mean and variance: :math:`w' = 2 w \int g^2 / \int g`,
        :math:`\tau = (\int g)^2 / 2 \int g^2`. Different weights are read as
        :math:`\sum q^2 \nu / \sum q \nu`. A constant conductance is spikes of no size.

        Parameters
        ----------
        channels : mapping of str to array_like
            Activation of each stimulus channel.
        units : mapping of str to array_like
            Rate of each population in Hz.

        Returns
        -------
        tuple of Bombardment
            One for each receptor, then one for each constant conductance.

        Raises
        ------
        DescriptionError
            For a receptor without a reversal potential.
        """
        pooled = []
        for receptor in dict.fromkeys(a.receptor for a in self.arrivals):
            tau, factor = kinetics(receptor)
            mean: Any = 0.0
            square: Any = 0.0
            for a in self.arrivals:
                if a.receptor == receptor:
                    each = a.weight * factor * a.count * a.rate(channels, units)
                    mean, square = mean + each, square + each * a.weight * factor
            quantum = np.where(mean > 0, square / np.maximum(mean, 1e-300), 0.0)
            total = np.where(quantum > 0, mean / np.maximum(quantum, 1e-300), 0.0)
            reversal = float(receptor.reversal)  # type: ignore[attr-defined]
            pooled.append(
                PoissonInput(total * Hz, quantum * siemens, tau * second, reversal * volt)
            )
        for g, reversal in self.held:
            steady = (g / NOTHING * Hz, NOTHING * siemens, 1 * second, reversal * volt)
            pooled.append(PoissonInput(*steady))
        return tuple(pooled)

    def rate(
        self, method: str, channels: Values, units: Values, *, nodes: int = NODES
    ) -> np.ndarray:
        """Give the steady rate in Hz from a theory; arguments as for `bombardments`.

        Parameters
        ----------
        method : {'noise-free', 'adiabatic', 'siegert'}
            Which theory.
        channels, units : mapping of str to array_like
            What reaches the population.
        nodes : int, optional
            Quadrature nodes of the adiabatic theory for each receptor.
        """
        inputs, current = self.bombardments(channels, units), self.injected(channels)
        if method == "adiabatic":
            return adiabatic_rate(self.cell, inputs, current * amp, nodes=nodes)
        if method == "siegert":
            return siegert_rate_of_cell(self.cell, inputs, current * amp)
        zero = np.zeros(())
        g = sum((b.mean for b in inputs), zero)
        pull = sum((b.mean * b.reversal for b in inputs), zero)
        current, g, pull = np.broadcast_arrays(current, g, pull)
        return self.cell.noise_free(current, g, pull)


def inputs(network: SpikingNetwork, target: str, *, seed: int, each: bool = False) -> Inputs:
    """List what reaches a population.

    Parameters
    ----------
    network : SpikingNetwork
        The network.
    target : str
        The population.
    seed : int
        Of the run whose choice of who is connected is meant.
    each : bool, optional
        Tell neurons apart.

    Returns
    -------
    Inputs
        A projection whose synapses differ is told by the weight and number of equal ones with the
        same mean and variance of the conductance in the mean neuron.
    """
    found = []
    population = network.population(target)
    for k, background in enumerate(population.background):
        name, opened = f"background {k}", background.receptor
        assert isinstance(opened, Receptor)
        found.append(Arrival(name, "background", opened, background.quantum, 1.0, background))
    electrodes: list[CurrentAfferent | ElectrodeArray] = []
    for a in network.afferents:
        if a.target == target and isinstance(a, (CurrentAfferent, ElectrodeArray)):
            electrodes.append(a)
        elif a.target == target and isinstance(a, Afferent):
            assert isinstance(a.receptor, Receptor)
            found.append(Arrival(a.channel, "channel", a.receptor, a.weight, a.fibres, a))
    for p in network.projections:
        if p.target == target:
            assert isinstance(p.receptor, Receptor)
            strengths = network.strengths(p, seed)
            total, squares = strengths.sum(axis=1).mean(), (strengths**2).sum(axis=1).mean()
            if total > 0:
                count = total**2 / squares
                share = strengths / total if each else None
                found.append(Arrival(p.source, "unit", p.receptor, total / count, count, p, share))
    mine = [i for i in network.injections if i.target == target]
    held = tuple(
        (float(i.conductance), float(i.receptor.reversal))  # type: ignore[union-attr]
        for i in mine
        if i.conductance > 0
    )
    current = float(sum(i.current for i in mine))
    return Inputs(population.cell, tuple(found), tuple(electrodes), current, held, each)


@functools.lru_cache(maxsize=64)
def kinetics(receptor: Receptor) -> tuple[float, float]:
    """Give decay time (s) and weight of the exponential that a receptor's course is read as."""
    if not hasattr(receptor, "reversal"):
        raise DescriptionError(
            receptor.title(),
            "a receptor that opens a conductance",
            "one without a reversal potential",
            "Use AMPA or GABA_A, or method='measured'.",
        )
    t = np.linspace(0.0, 12 * max(receptor.time_constants().values()), 24_001)
    square = float(np.trapezoid(receptor.course(t) ** 2, t))
    area = receptor.area()
    return area**2 / (2 * square), 2 * square / area
