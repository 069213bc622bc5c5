"""Where a translation to a rate network leaves what it is valid for, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.network import SpikingNetwork
from bioann.bio.projection import Projection
from bioann.bio.theory.adiabatic import effective_time_constant
from bioann.translate.presynaptic_input import ValuesByName
from bioann.translate.target import TargetPopulation
from bioann.translate.to_ann.signed_sum import SignedSumFit

#: Share of the largest rate by which the theory may be off without a word: beyond it the R2 on the
#: grids fell below 0.98.
THEORY_ERROR_SHARE = 0.2
#: Driving force in volt below which the sign of a synapse is not sure.
SMALL_DRIVING_FORCE = 3e-3
#: Spread of what reaches single neurons, as a share of its mean, up to which they count as alike.
ALIKE_SPREAD = 0.2
#: Delay, as a share of the unit's time constant, up to which it is left out without a word.
DELAY_SHARE = 0.25


def flag_rate_network(
    network: SpikingNetwork,
    targets: Mapping[str, TargetPopulation],
    fits: Mapping[str, SignedSumFit],
    taus: Mapping[str, float],
    design_inputs: tuple[ValuesByName, ValuesByName, ValuesByName],
    method: str,
    seed: int,
    *,
    per_neuron: bool,
) -> tuple[str, ...]:
    """Say in sentences what the rate network does not know of, or does not know surely."""
    flags = []
    channels, source_rates, target_rates = design_inputs
    for name, target in targets.items():
        flags += _flag_receptors(name, target, fits[name])
        longest_delay = max(
            (float(getattr(a.pathway, "delay", 0.0)) for a in target.inputs.synaptic_inputs),
            default=0.0,
        )
        if longest_delay > DELAY_SHARE * taus[name]:
            flags.append(
                f"Spikes reach {name!r} up to {longest_delay * 1e3:.3g} ms late, beside a time "
                f"constant of {taus[name] * 1e3:.3g} ms; delays are left out."
            )
        spread = 0.0 if per_neuron else compute_input_spread(network, target, seed)
        if spread > ALIKE_SPREAD:
            flags.append(
                f"The input of single neurons of {name!r} differs by {spread:.0%} of its mean; the "
                "curve is that of the mean neuron, and no bound is given."
            )
        if method == "theory":
            flags += _flag_theory_error(
                name, target, channels, source_rates, np.asarray(target_rates[name])
            )
    for p in network.projections:
        if p.plasticity:
            flags.append(f"{p.title()} is plastic; its weight is that of the rested synapse.")
    if network.modulations:
        flags.append("Neuromodulators are left out.")
    return tuple(dict.fromkeys(flags))


def _flag_receptors(name: str, target: TargetPopulation, fit: SignedSumFit) -> list[str]:
    """Say which synapses of a population are no plain weights."""
    flags = []
    for synapse in target.inputs.synaptic_inputs:
        receptor = synapse.receptor
        driving_force = receptor.driving_force(fit.potential)
        if hasattr(receptor, "reversal") and abs(driving_force) < SMALL_DRIVING_FORCE:
            flags.append(
                f"{receptor.name} from {synapse.source!r} reverses {driving_force * 1e3:.2g} mV "
                f"from the effective potential of {name!r}: the sign of its weight depends on the "
                "operating point."
            )
        if receptor.compartment != "soma":
            flags.append(
                f"{receptor.name} from {synapse.source!r} sits at the {receptor.compartment} of "
                f"{name!r}; its weight is that of a synapse at the soma."
            )
        if receptor.per_synapse or not receptor.linear:
            flags.append(
                f"{receptor.name} from {synapse.source!r} to {name!r} does not add up spike by "
                "spike; its weight is that of single spikes."
            )
    return flags


def compute_input_spread(network: SpikingNetwork, target: TargetPopulation, seed: int) -> float:
    """Give how far neurons of a population differ in what reaches them: the largest spread."""
    spreads = [0.0]
    for a in target.inputs.synaptic_inputs:
        if isinstance(a.pathway, Projection):
            rows = network.draw_conductances(a.pathway, seed).sum(axis=1)
            spreads.append(float(rows.std() / rows.mean()))
    for e in target.inputs.electrodes:
        if isinstance(e, ElectrodeArray):
            rows = np.column_stack([e.strengths, e.constant])
            mean = np.abs(rows).mean()
            spreads.append(float((rows.std(axis=0) / mean).max()) if mean else 0.0)
    return max(spreads)


def estimate_theory_error(
    target: TargetPopulation,
    channels: ValuesByName,
    source_rates: ValuesByName,
    target_rates: np.ndarray,
) -> np.ndarray:
    r"""Estimate the error of the theory in Hz at each point, from what fluctuations do to the rate.

    .. math:: |\nu_{adiabatic} - \nu_0| \, \frac{\tau + t_{ref}}{\tau + t_{ref} + \tau_s}

    The cell follows conductances that stand still for as long as it takes to fire, about the driven
    membrane's :math:`\tau` and the refractory period; it averages faster ones, whose limit is the
    noise-free rate :math:`\nu_0`. On grids of E and I rates with :math:`\tau_s` from 0.5 to 50 ms,
    in a quiet cell and under 2 and 8 times its leak of background, the largest error lay below the
    largest of this and the 5% of `bioann.translate.to_ann.error_bounds.THEORY_SHARE`.

    Single neurons fire more regularly than the Poisson trains of the theory: where they are told
    apart, all that fluctuations do is in doubt.
    """
    try:
        inputs = target.inputs.poisson_inputs(channels, source_rates)
        cell = target.inputs.cell
        tau = effective_time_constant(cell, inputs) + cell.refractory_period
    except (DescriptionError, AttributeError):
        return np.zeros(target_rates.shape)
    weights = [one.variance * (one.reversal - target.potential_bounds[1]) ** 2 for one in inputs]
    synaptic_tau = sum((w * one.tau for w, one in zip(weights, inputs, strict=True)), np.zeros(()))
    synaptic_tau = synaptic_tau / np.maximum(sum(weights, np.zeros(())), 1e-300)
    noise_free_rates = target.inputs.steady_rate("noise-free", channels, source_rates)
    noise_effect = np.abs(target_rates - noise_free_rates)
    if target.inputs.per_neuron:
        return np.asarray(noise_effect)
    return np.asarray(noise_effect * tau / (tau + synaptic_tau))


def _flag_theory_error(
    name: str,
    target: TargetPopulation,
    channels: ValuesByName,
    source_rates: ValuesByName,
    target_rates: np.ndarray,
) -> list[str]:
    error = float(
        estimate_theory_error(target, channels, source_rates, target_rates).max(initial=0.0)
    )
    highest_rate = float(target_rates.max(initial=0.0))
    if error <= THEORY_ERROR_SHARE * highest_rate:
        return []
    return [
        f"The synapses of {name!r} fluctuate so much faster than it fires that the theory of slow "
        f"noise may be off by {error:.0f} of {highest_rate:.0f} Hz. Try method='measured'."
    ]
