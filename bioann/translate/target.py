"""A population as a target: what its cell needs to fire, and what reaches it at a potential."""

from __future__ import annotations

import dataclasses

import numpy as np
from brian2 import pA

from bioann.bio.cells.adex import AdEx
from bioann.bio.cells.cell import Cell
from bioann.bio.network import SpikingNetwork
from bioann.bio.receptors import DeltaSynapse, Receptor
from bioann.translate.presynaptic_input import Arrival, Inputs, Values, inputs
from bioann.translate.to_ann.signed_sum import SignedSum

#: Current in ampere up to which a rheobase is looked for, and the steps of the search.
MOST, HALVINGS = 1e-6, 40
#: Membrane time constant in seconds of a cell that names none.
FALLBACK = 0.01
#: Width in volt of the onset of a spike in a cell that names none.
ONSET = 3e-3


@dataclasses.dataclass(frozen=True)
class Site:
    """A population whose rate is to be a function of a signed sum.

    Attributes
    ----------
    name : str
        The population.
    inputs : Inputs
        What reaches it.
    rheobase : float
        Least constant current in ampere that makes its cell fire.
    charge : float
        Charge in coulomb that a spike costs.
    bounds : tuple of float
        Potentials (volt) between which the effective one lies.
    """

    name: str
    inputs: Inputs
    rheobase: float
    charge: float
    bounds: tuple[float, float]

    def push(self, arrival: Arrival, v: float) -> float:
        """Give the rate that one spike per second and synapse of an arrival pays for, in Hz."""
        return arrival.count * charge(arrival.receptor, arrival.weight, v, self) / self.charge

    def constant(self, v: float) -> float:
        """Give what injections into every neuron pay for above rheobase, in Hz."""
        held = sum(g * (e - v) for g, e in self.inputs.held)
        return float((self.inputs.current + held - self.rheobase) / self.charge)

    def total(self, v: float, channels: Values, units: Values) -> np.ndarray:
        """Give the whole signed sum in Hz, for activations of channels and rates of units."""
        stimulus = (self.inputs.injected(channels) - self.inputs.current) / self.charge
        found = np.asarray(self.constant(v) + stimulus)
        for a in self.inputs.arrivals:
            found = found + self.push(a, v) * a.rate(channels, units)
        return found

    def shunts(self, reversal: float | None) -> bool:
        """Tell whether a conductance with this reversal potential pulls below threshold."""
        return reversal is not None and reversal < self.inputs.cell.firing_threshold

    def shunted(self, channels: Values, units: Values) -> np.ndarray:
        """Give the inhibitory conductance over the leak."""
        found = np.asarray(sum(g for g, e in self.inputs.held if self.shunts(e)))
        for a in self.inputs.arrivals:
            if self.shunts(getattr(a.receptor, "reversal", None)):
                found = found + a.conductance() * a.rate(channels, units)
        return np.asarray(found / self.leak)

    def index(self, found: SignedSum, channels: Values, units: Values) -> np.ndarray:
        """Give the signed sum in Hz at the effective potential, over the divisor if it has one."""
        total = self.total(found.potential, channels, units)
        return np.asarray(total / self.divisor(found, channels, units))

    def divisor(self, found: SignedSum, channels: Values, units: Values) -> np.ndarray:
        """Give what the signed sum is divided by."""
        if not found.divisor:
            return np.ones(())
        return 1 + found.divisor * self.shunted(channels, units)

    def base(self, found: SignedSum, channels: Values) -> float:
        """Give what the signed sum is divided by while channels are at zero and units silent."""
        none = dict.fromkeys(channels, np.zeros(()))
        silent = {a.source: np.zeros(()) for a in self.inputs.arrivals if a.kind == "unit"}
        return float(np.mean(self.divisor(found, none, silent)))

    @property
    def leak(self) -> float:
        """Leak conductance in siemens."""
        cell = self.inputs.cell
        tau = cell.time_constants().get("membrane", FALLBACK)
        return float(getattr(cell, "g_L", getattr(cell, "C", 200e-12) / tau))

    def membrane(self, opened: np.ndarray) -> np.ndarray:
        """Give the membrane time constant in seconds with so much conductance open."""
        tau = self.inputs.cell.time_constants().get("membrane", FALLBACK)
        return tau * self.leak / (self.leak + opened)


def site(network: SpikingNetwork, name: str, *, seed: int, each: bool = False) -> Site:
    """Look at a population, or `each` of its neurons, as a target; `seed` says who is connected."""
    cell = network.population(name).cell
    reset = float(getattr(cell, "V_r", cell.rest))
    top = cell.firing_threshold
    # A sharp threshold ends the climb; where the spike starts by itself, some of it lies above.
    above = 0.0 if hasattr(cell, "V_th") else 3 * float(getattr(cell, "Delta_T", ONSET))
    bounds = (min(reset, cell.rest, top), top + above)
    reached = inputs(network, name, seed=seed, each=each)
    return Site(name, reached, rheobase(cell), spike_charge(cell, top - reset), bounds)


def rheobase(cell: Cell) -> float:
    """Find the least constant current (ampere) at which a cell keeps firing, by halving."""
    if isinstance(cell, AdEx) and cell.a == 0 and cell.b > 0:
        # Adaptation that only spikes feed fades without them: it cannot keep a cell silent that
        # fires without it, and without it the rate is a quadrature.
        cell = dataclasses.replace(cell, b=0 * pA)
    low, high = -MOST, MOST
    none = np.zeros(())
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        fires = float(cell.noise_free(np.asarray(middle), none, none)) > 0
        low, high = (low, middle) if fires else (middle, high)
    return high


def spike_charge(cell: Cell, depth: float) -> float:
    """Give the charge of a spike: capacitance times the way from reset to threshold."""
    return float(getattr(cell, "C", 200e-12)) * (depth if depth > 0 else 10e-3)


def charge(receptor: Receptor, weight: float, v: float, at: Site) -> float:
    """Give the charge in coulomb that one spike brings into a cell at a potential."""
    if isinstance(receptor, DeltaSynapse):  # its pulse has no duration, and moves the potential
        return float(getattr(at.inputs.cell, "C", 200e-12)) * weight * receptor.drive(v)
    return float(receptor.charge(weight, v))
