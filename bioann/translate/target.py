"""A population as the target of a translation: its cell, its input, and its signed sum."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from brian2 import pA

from bioann.bio.cells.adex import AdEx
from bioann.bio.cells.cell import Cell
from bioann.bio.cells.equation_cell import EquationCell
from bioann.bio.network import SpikingNetwork
from bioann.bio.receptors import Receptor
from bioann.bio.theory.presynaptic_inputs import PresynapticInputs, presynaptic_inputs
from bioann.bio.theory.synaptic_input import SynapticInput, ValuesByName
from bioann.translate.to_ann.signed_sum import SignedSumFit

#: Largest current in ampere of the search for a rheobase, and the number of bisections.
LARGEST_CURRENT, BISECTIONS = 1e-6, 40
#: Largest effective potential above threshold, in onset widths: a sharp threshold has none.
MAX_ONSET_WIDTHS = 3
#: Smallest rheobase that is a scale of currents, as a share of the current that the leak carries
#: between reset and threshold.
MIN_RHEOBASE = 0.05
#: Depolarisation in volt that defines the charge of a spike of a cell that resets above threshold.
#: It is a unit of the signed sum and cancels in the rate.
NOMINAL_DEPOLARISATION = 10e-3


@dataclasses.dataclass(frozen=True)
class TargetPopulation:
    """A population whose rate is to be described as a function of a signed sum.

    Attributes
    ----------
    name : str
        Name of the population.
    inputs : PresynapticInputs
        All input of its neurons.
    rheobase : float
        Least constant current in ampere at which its cell fires.
    """

    name: str
    inputs: PresynapticInputs
    rheobase: float

    @property
    def cell(self) -> Cell:
        """Cell model of the population."""
        return self.inputs.cell

    @property
    def current_scale(self) -> float:
        """Scale in ampere of currents that change the rate: the size of the rheobase.

        The rheobase of a cell that nearly fires by itself, or does, can be close to zero. Then the
        current that the leak carries between reset and threshold is the scale.
        """
        distance = abs(self.cell.firing_threshold - self.cell.reset_potential)
        leak_current = self.cell.leak_conductance * distance
        is_large = abs(self.rheobase) > MIN_RHEOBASE * leak_current
        return abs(self.rheobase) if is_large else float(leak_current)

    @property
    def spike_charge(self) -> float:
        """Charge of a spike in coulomb: capacitance times the distance from reset to threshold."""
        distance = self.cell.firing_threshold - self.cell.reset_potential
        return float(self.cell.capacitance * (distance if distance > 0 else NOMINAL_DEPOLARISATION))

    @property
    def potential_bounds(self) -> tuple[float, float]:
        """Lower and upper bound in volt of the effective potential."""
        cell = self.cell
        lowest = min(cell.reset_potential, cell.resting_potential, cell.firing_threshold)
        return lowest, cell.firing_threshold + MAX_ONSET_WIDTHS * cell.spike_onset_width

    def charge_per_input_spike(self, receptor: Receptor, weight: float, v: float) -> float:
        """Compute the charge in coulomb of one presynaptic spike at a potential in volt."""
        return float(receptor.charge_per_spike(weight, v, self.cell.capacitance))

    def rate_weight(self, synapse: SynapticInput, v: float) -> float:
        """Compute the rate in Hz that 1 Hz at each synapse of an input adds at potential `v`."""
        charge = self.charge_per_input_spike(synapse.receptor, synapse.weight, v)
        return synapse.n_synapses * charge / self.spike_charge

    def injection_bias(self, v: float) -> float:
        """Compute the rate in Hz of the constant injected input above rheobase."""
        driving_current = sum(g * (e - v) for g, e in self.inputs.constant_conductances)
        return float(
            (self.inputs.constant_current + driving_current - self.rheobase) / self.spike_charge
        )

    def signed_sum(
        self, v: float, channels: ValuesByName, source_rates: ValuesByName
    ) -> np.ndarray:
        """Compute the signed sum in Hz at potential `v` (volt).

        Parameters
        ----------
        v : float
            Potential in volt at which driving forces are taken.
        channels, source_rates : mapping of str to array_like
            Activations of channels and rates of populations in Hz, as for
            `PresynapticInputs.poisson_inputs`.
        """
        drive = (
            self.inputs.injected_current(channels) - self.inputs.constant_current
        ) / self.spike_charge
        total = np.asarray(self.injection_bias(v) + drive)
        for synapse in self.inputs.synaptic_inputs:
            total = total + self.rate_weight(synapse, v) * synapse.input_rate(
                channels, source_rates
            )
        return total

    def mean_potential(self, channels: ValuesByName, source_rates: ValuesByName) -> np.ndarray:
        """Compute the steady potential in volt under the mean input, at most threshold."""
        current, conductance, reversal_current = self.inputs.mean_input(channels, source_rates)
        leak = self.cell.leak_conductance
        steady = (leak * self.cell.resting_potential + current + reversal_current) / (
            leak + conductance
        )
        return np.minimum(steady, self.cell.firing_threshold)

    def is_shunting(self, reversal: float | None) -> bool:
        """Test whether a conductance has a reversal potential (volt) below threshold."""
        return reversal is not None and reversal < self.cell.firing_threshold

    def inhibition_over_leak(
        self, channels: ValuesByName, source_rates: ValuesByName
    ) -> np.ndarray:
        """Compute the inhibitory conductance over the leak; parameters as for `signed_sum`."""
        conductance = np.asarray(
            sum(g for g, e in self.inputs.constant_conductances if self.is_shunting(e))
        )
        for synapse in self.inputs.synaptic_inputs:
            if self.is_shunting(synapse.receptor.reversal):
                conductance = conductance + synapse.conductance_per_hertz() * synapse.input_rate(
                    channels, source_rates
                )
        return np.asarray(conductance / self.cell.leak_conductance)

    def summed_input(
        self, fit: SignedSumFit, channels: ValuesByName, source_rates: ValuesByName
    ) -> np.ndarray:
        """Compute the signed sum in Hz at the effective potential, divided by `divisor`."""
        total = self.signed_sum(fit.potential, channels, source_rates)
        return np.asarray(total / self.divisor(fit, channels, source_rates))

    def divisor(
        self, fit: SignedSumFit, channels: ValuesByName, source_rates: ValuesByName
    ) -> np.ndarray:
        """Compute the divisor of the signed sum; 1 without a divisive term."""
        if not fit.divisor:
            return np.ones(())
        return 1 + fit.divisor * self.inhibition_over_leak(channels, source_rates)

    def resting_divisor(self, fit: SignedSumFit, channels: ValuesByName) -> float:
        """Compute the divisor of the signed sum with channels at zero and silent populations."""
        zero_channels = dict.fromkeys(channels, np.zeros(()))
        silent_sources = {
            a.source: np.zeros(()) for a in self.inputs.synaptic_inputs if a.kind == "unit"
        }
        return float(np.mean(self.divisor(fit, zero_channels, silent_sources)))

    def membrane_time_constant(self, synaptic_conductance: np.ndarray) -> np.ndarray:
        """Compute the membrane time constant in seconds with a synaptic conductance (siemens)."""
        return np.asarray(
            self.cell.capacitance / (self.cell.leak_conductance + synaptic_conductance)
        )


def target_population(
    network: SpikingNetwork, name: str, *, seed: int, per_neuron: bool = False
) -> TargetPopulation:
    """Return a population of a network as a target; parameters as for `presynaptic_inputs`."""
    inputs = presynaptic_inputs(network, name, seed=seed, per_neuron=per_neuron)
    return TargetPopulation(name, inputs, find_rheobase(inputs.cell))


def _search_rheobase(cell: EquationCell, low: float, high: float) -> float:
    """Find the rheobase between two currents in ampere by repeated search on a grid."""
    no_conductance = np.zeros(())
    for _ in range(2):
        currents = np.linspace(low, high, 201)
        fires = np.flatnonzero(cell.steady_rate(currents, no_conductance, no_conductance) > 0)
        if not len(fires):
            return high
        low, high = currents[max(fires[0] - 1, 0)], currents[fires[0]]
    return float(high)


@functools.lru_cache(maxsize=64)
def find_rheobase(
    cell: Cell, low: float = -LARGEST_CURRENT, high: float = LARGEST_CURRENT
) -> float:
    """Find the least constant current in ampere at which a cell keeps firing, by bisection.

    Parameters
    ----------
    cell : Cell
        Cell model without input.
    low, high : float, optional
        Currents in ampere between which it is searched; the cell fires at the higher.
    """
    if isinstance(cell, AdEx) and cell.a == 0 and cell.b > 0:
        # Adaptation that grows with spikes alone decays in their absence: it cannot silence a cell
        # that fires without it. Without it the rate is a quadrature, which is faster.
        cell = dataclasses.replace(cell, b=0 * pA)
    no_conductance = np.zeros(())
    if isinstance(cell, EquationCell):  # a simulation of many currents takes as long as one
        return _search_rheobase(cell, low, high)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        fires = float(cell.steady_rate(np.asarray(middle), no_conductance, no_conductance)) > 0
        low, high = (low, middle) if fires else (middle, high)
    return high
