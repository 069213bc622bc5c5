"""Fit the curve of every population over its signed sum, by theory or from a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from bioann.bio.network import SpikingNetwork
from bioann.bio.theory.adiabatic import MIN_DECAY, NODES
from bioann.translate.target import TargetPopulation
from bioann.translate.to_ann.design_points import find_consistent_rates, scatter_rates
from bioann.translate.to_ann.measured import measure_design
from bioann.translate.to_ann.signed_sum import SignedSumFit, fit_signed_sum

#: Rounds of the theory: each is evaluated around the rates at which the previous curves settle.
MAX_ROUNDS = 4
#: Quadrature nodes of the rounds before the last.
COARSE_NODES = 7


class DesignRates(NamedTuple):
    """Input and output of all populations at the points of a design.

    Arrays by name, shape (point,): activations of channels, and rates in Hz of populations as
    sources and as targets. Rates are ``(neuron, point)`` where neurons differ.
    """

    channels: dict[str, np.ndarray]
    source_rates: dict[str, np.ndarray]
    target_rates: dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True, eq=False)
class PopulationCurves:
    """The curves that a rate network is built from, and how they were determined.

    Parameters
    ----------
    network : SpikingNetwork
        The network that is translated.
    targets : mapping of str to TargetPopulation
        The populations by name.
    fits : mapping of str to SignedSumFit
        Curve of each population over its signed sum, both in Hz.
    design : DesignRates
        Points that the curves were fitted to.
    method : {'theory', 'measured'}
        Origin of the rates at these points.
    scale : float
        Rate in Hz that corresponds to activation 1.
    seed : int
        Seed of the run whose random connectivity is used.
    unit_names_of : mapping of str to sequence of str
        Names of the rate units of each population.
    neurons_differ : bool
        Whether input and rates are those of single neurons.
    """

    network: SpikingNetwork
    targets: Mapping[str, TargetPopulation]
    fits: Mapping[str, SignedSumFit]
    design: DesignRates
    method: str
    scale: float
    seed: int
    unit_names_of: Mapping[str, Sequence[str]]
    neurons_differ: bool

    def time_constant(self, name: str) -> float:
        """Compute the time constant in seconds of a population's units, averaged where it fires."""
        target, (channels, source_rates, target_rates) = self.targets[name], self.design
        weight = np.asarray(target_rates[name]) + 1e-9
        conductance, drive, weighted_tau = (np.zeros_like(weight) for _ in range(3))
        for synapse in target.inputs.synaptic_inputs:
            rate = synapse.input_rate(channels, source_rates)
            synapse_drive = np.abs(target.rate_weight(synapse, target.potential_bounds[1])) * rate
            drive = drive + synapse_drive
            weighted_tau = weighted_tau + synapse_drive * synapse.receptor.decay_time
            conductance = conductance + synapse.conductance_per_hertz() * rate
        conductance = conductance + sum(g for g, _ in target.inputs.constant_conductances)
        synaptic_tau = weighted_tau / np.maximum(drive, 1e-12)
        membrane_tau = target.membrane_time_constant(conductance)
        return float(np.average(np.maximum(synaptic_tau, MIN_DECAY * membrane_tau), weights=weight))


def fit_theory(
    targets: Mapping[str, TargetPopulation],
    channels: dict[str, np.ndarray],
    n_points: int,
    *,
    seed: int,
    n_neurons: Mapping[str, int],
    divisive: bool,
) -> tuple[DesignRates, dict[str, SignedSumFit]]:
    """Fit curves to the theory of slow noise, around rates at which all populations agree.

    Parameters
    ----------
    targets : mapping of str to TargetPopulation
        The populations by name.
    channels : dict of str to numpy.ndarray, shape (point,)
        Activation of each channel at the points of the design.
    n_points : int
        Number of points of the design.
    seed : int
        Seed of the scatter around consistent rates.
    n_neurons : mapping of str to int
        Neurons of each population where they differ; else empty.
    divisive : bool
        Whether shunting inhibition may divide.
    """

    def broadcast_rates(name: str, rates: np.ndarray, length: int = n_points) -> np.ndarray:
        return np.broadcast_to(rates, (n_neurons[name], length) if n_neurons else (length,))

    def noise_free_rates(source_rates: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {
            n: broadcast_rates(n, target.inputs.steady_rate("noise-free", channels, source_rates))
            for n, target in targets.items()
        }

    rates = find_consistent_rates(noise_free_rates, targets, n_points)
    has_projections = any(
        a.kind == "unit" for target in targets.values() for a in target.inputs.synaptic_inputs
    )
    rounds = MAX_ROUNDS if has_projections else 1
    for k in range(rounds):
        nodes = NODES if k == rounds - 1 else COARSE_NODES
        source_rates, design_points = scatter_rates(rates, seed=seed)
        levels = {c: v[design_points] for c, v in channels.items()}
        target_rates = {
            n: broadcast_rates(
                n,
                target.inputs.steady_rate("adiabatic", levels, source_rates, nodes=nodes),
                len(design_points),
            )
            for n, target in targets.items()
        }
        design = DesignRates(levels, source_rates, target_rates)
        fits = _fit_signed_sums(targets, design, divisive=divisive)

        def predict_rates(
            rates: dict[str, np.ndarray], fits: dict[str, SignedSumFit] = fits
        ) -> dict[str, np.ndarray]:
            return {
                n: broadcast_rates(n, fits[n](target.summed_input(fits[n], channels, rates)))
                for n, target in targets.items()
            }

        rates = find_consistent_rates(predict_rates, targets, n_points)
    return design, fits


def fit_measurement(
    network: SpikingNetwork,
    targets: Mapping[str, TargetPopulation],
    channels: dict[str, np.ndarray],
    n_points: int,
    *,
    seed: int,
    engine: str,
    per_neuron: bool,
    divisive: bool,
) -> tuple[DesignRates, dict[str, SignedSumFit]]:
    """Fit curves to one run of the network; parameters as for `measure_design`."""
    levels, probe_currents, rates = measure_design(
        network, targets, channels, n_points, seed=seed, engine=engine, per_neuron=per_neuron
    )
    design = DesignRates(levels, rates, rates)
    probe_drives = {n: current / targets[n].spike_charge for n, current in probe_currents.items()}
    return design, _fit_signed_sums(targets, design, probe_drives, divisive=divisive)


def _fit_signed_sums(
    targets: Mapping[str, TargetPopulation],
    design: DesignRates,
    extra_drives: Mapping[str, Any] | None = None,
    *,
    divisive: bool,
) -> dict[str, SignedSumFit]:
    """Fit the signed sum of every population; `extra_drives` are further inputs in Hz."""
    channels, source_rates, target_rates = design
    fits = {}
    for name, target in targets.items():
        extra = (extra_drives or {}).get(name, 0.0)
        zeros = np.zeros_like(target_rates[name])

        def sum_at(
            v: float,
            target: TargetPopulation = target,
            extra: Any = extra,
            zeros: np.ndarray = zeros,
        ) -> np.ndarray:
            return np.ravel(target.signed_sum(v, channels, source_rates) + extra + zeros)

        shunt = None
        if divisive:
            shunt = np.ravel(target.inhibition_over_leak(channels, source_rates) + zeros)
        fits[name] = fit_signed_sum(
            sum_at, np.ravel(target_rates[name]), target.potential_bounds, shunt
        )
    return fits
