"""A population as a target: what its cell needs to fire, and what reaches it at a potential."""

from __future__ import annotations

import dataclasses

import numpy as np
from brian2 import pA

from bioann.bio.cells.adex import AdEx
from bioann.bio.cells.cell import Cell
from bioann.bio.network import SpikingNetwork
from bioann.bio.receptors import DeltaSynapse, Receptor
from bioann.translate.presynaptic_input import (
    PresynapticInputs,
    SynapticInput,
    ValuesByName,
    presynaptic_inputs,
)
from bioann.translate.to_ann.signed_sum import SignedSumFit

#: Current in ampere up to which a rheobase is looked for, and the steps of the search.
LARGEST_CURRENT, BISECTIONS = 1e-6, 40
#: Membrane time constant in seconds of a cell that names none.
DEFAULT_MEMBRANE_TAU = 0.01
#: Width in volt of the onset of a spike in a cell that names none.
SPIKE_ONSET_WIDTH = 3e-3


@dataclasses.dataclass(frozen=True)
class TargetPopulation:
    """A population whose rate is to be a function of a signed sum.

    Attributes
    ----------
    name : str
        The population.
    inputs : PresynapticInputs
        What reaches it.
    rheobase : float
        Least constant current in ampere that makes its cell fire.
    spike_charge : float
        Charge in coulomb that a spike costs.
    potential_bounds : tuple of float
        Potentials (volt) between which the effective one lies.
    """

    name: str
    inputs: PresynapticInputs
    rheobase: float
    spike_charge: float
    potential_bounds: tuple[float, float]

    def rate_weight(self, synapse: SynapticInput, v: float) -> float:
        """Give the rate that one spike per second and synapse of an arrival pays for, in Hz."""
        return (
            synapse.n_synapses
            * charge_per_input_spike(synapse.receptor, synapse.weight, v, self)
            / self.spike_charge
        )

    def injection_bias(self, v: float) -> float:
        """Give what injections into every neuron pay for above rheobase, in Hz."""
        driving_current = sum(g * (e - v) for g, e in self.inputs.constant_conductances)
        return float(
            (self.inputs.constant_current + driving_current - self.rheobase) / self.spike_charge
        )

    def signed_sum(
        self, v: float, channels: ValuesByName, source_rates: ValuesByName
    ) -> np.ndarray:
        """Give the whole signed sum in Hz, for activations of channels and rates of units."""
        drive = (
            self.inputs.injected_current(channels) - self.inputs.constant_current
        ) / self.spike_charge
        total = np.asarray(self.injection_bias(v) + drive)
        for synapse in self.inputs.synaptic_inputs:
            total = total + self.rate_weight(synapse, v) * synapse.input_rate(
                channels, source_rates
            )
        return total

    def is_shunting(self, reversal: float | None) -> bool:
        """Tell whether a conductance with this reversal potential pulls below threshold."""
        return reversal is not None and reversal < self.inputs.cell.firing_threshold

    def inhibition_over_leak(
        self, channels: ValuesByName, source_rates: ValuesByName
    ) -> np.ndarray:
        """Give the inhibitory conductance over the leak."""
        conductance = np.asarray(
            sum(g for g, e in self.inputs.constant_conductances if self.is_shunting(e))
        )
        for synapse in self.inputs.synaptic_inputs:
            if self.is_shunting(getattr(synapse.receptor, "reversal", None)):
                conductance = conductance + synapse.conductance_per_hertz() * synapse.input_rate(
                    channels, source_rates
                )
        return np.asarray(conductance / self.leak_conductance)

    def summed_input(
        self, fit: SignedSumFit, channels: ValuesByName, source_rates: ValuesByName
    ) -> np.ndarray:
        """Give the signed sum in Hz at the effective potential, over the divisor if it has one."""
        total = self.signed_sum(fit.potential, channels, source_rates)
        return np.asarray(total / self.divisor(fit, channels, source_rates))

    def divisor(
        self, fit: SignedSumFit, channels: ValuesByName, source_rates: ValuesByName
    ) -> np.ndarray:
        """Give what the signed sum is divided by."""
        if not fit.divisor:
            return np.ones(())
        return 1 + fit.divisor * self.inhibition_over_leak(channels, source_rates)

    def resting_divisor(self, fit: SignedSumFit, channels: ValuesByName) -> float:
        """Give what the signed sum is divided by while channels are at zero and units silent."""
        zero_channels = dict.fromkeys(channels, np.zeros(()))
        silent_sources = {
            a.source: np.zeros(()) for a in self.inputs.synaptic_inputs if a.kind == "unit"
        }
        return float(np.mean(self.divisor(fit, zero_channels, silent_sources)))

    @property
    def leak_conductance(self) -> float:
        """Leak conductance in siemens."""
        cell = self.inputs.cell
        tau = cell.time_constants().get("membrane", DEFAULT_MEMBRANE_TAU)
        return float(getattr(cell, "g_L", getattr(cell, "C", 200e-12) / tau))

    def membrane_time_constant(self, synaptic_conductance: np.ndarray) -> np.ndarray:
        """Give the membrane time constant in seconds with so much conductance open."""
        tau = self.inputs.cell.time_constants().get("membrane", DEFAULT_MEMBRANE_TAU)
        return tau * self.leak_conductance / (self.leak_conductance + synaptic_conductance)


def target_population(
    network: SpikingNetwork, name: str, *, seed: int, per_neuron: bool = False
) -> TargetPopulation:
    """Describe a population, or each of its neurons, as a target; `seed` says who is connected."""
    cell = network.get_population(name).cell
    reset = float(getattr(cell, "V_r", cell.resting_potential))
    threshold = cell.firing_threshold
    # A sharp threshold ends the climb; where the spike starts by itself, some of it lies above.
    spike_onset = (
        0.0 if hasattr(cell, "V_th") else 3 * float(getattr(cell, "Delta_T", SPIKE_ONSET_WIDTH))
    )
    potential_bounds = (min(reset, cell.resting_potential, threshold), threshold + spike_onset)
    inputs = presynaptic_inputs(network, name, seed=seed, per_neuron=per_neuron)
    return TargetPopulation(
        name,
        inputs,
        find_rheobase(cell),
        compute_spike_charge(cell, threshold - reset),
        potential_bounds,
    )


def find_rheobase(cell: Cell) -> float:
    """Find the least constant current (ampere) at which a cell keeps firing, by halving."""
    if isinstance(cell, AdEx) and cell.a == 0 and cell.b > 0:
        # Adaptation that only spikes feed fades without them: it cannot keep a cell silent that
        # fires without it, and without it the rate is a quadrature.
        cell = dataclasses.replace(cell, b=0 * pA)
    low, high = -LARGEST_CURRENT, LARGEST_CURRENT
    no_conductance = np.zeros(())
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        fires = float(cell.steady_rate(np.asarray(middle), no_conductance, no_conductance)) > 0
        low, high = (low, middle) if fires else (middle, high)
    return high


def compute_spike_charge(cell: Cell, depth: float) -> float:
    """Give the charge of a spike: capacitance times the way from reset to threshold."""
    return float(getattr(cell, "C", 200e-12)) * (depth if depth > 0 else 10e-3)


def charge_per_input_spike(
    receptor: Receptor, weight: float, v: float, target: TargetPopulation
) -> float:
    """Give the charge in coulomb that one spike brings into a cell at a potential."""
    if isinstance(receptor, DeltaSynapse):  # its pulse has no duration, and moves the potential
        return float(getattr(target.inputs.cell, "C", 200e-12)) * weight * receptor.driving_force(v)
    return float(receptor.charge_per_spike(weight, v))
