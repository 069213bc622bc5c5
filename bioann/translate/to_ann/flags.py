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
MUCH = 0.2
#: Driving force in volt below which the sign of a synapse is not sure.
NEAR = 3e-3
#: Spread of what reaches single neurons, as a share of its mean, up to which they count as alike.
ALIKE = 0.2
#: Delay, as a share of the unit's time constant, up to which it is left out without a word.
LATE = 0.25


def limits(
    network: SpikingNetwork,
    sites: Mapping[str, TargetPopulation],
    sums: Mapping[str, SignedSumFit],
    taus: Mapping[str, float],
    met: tuple[ValuesByName, ValuesByName, ValuesByName],
    method: str,
    seed: int,
    *,
    each: bool,
) -> tuple[str, ...]:
    """Say in sentences what the rate network does not know of, or does not know surely."""
    found = []
    channels, units, answers = met
    for name, at in sites.items():
        found += _receptors(name, at, sums[name])
        late = max(
            (float(getattr(a.pathway, "delay", 0.0)) for a in at.inputs.synaptic_inputs),
            default=0.0,
        )
        if late > LATE * taus[name]:
            found.append(
                f"Spikes reach {name!r} up to {late * 1e3:.3g} ms late, beside a time constant of "
                f"{taus[name] * 1e3:.3g} ms; delays are left out."
            )
        spread = 0.0 if each else unlike(network, at, seed)
        if spread > ALIKE:
            found.append(
                f"The input of single neurons of {name!r} differs by {spread:.0%} of its mean; the "
                "curve is that of the mean neuron, and no bound is given."
            )
        if method == "theory":
            found += _theory(name, at, channels, units, np.asarray(answers[name]))
    for p in network.projections:
        if p.plasticity:
            found.append(f"{p.title()} is plastic; its weight is that of the rested synapse.")
    if network.modulations:
        found.append("Neuromodulators are left out.")
    return tuple(dict.fromkeys(found))


def _receptors(name: str, at: TargetPopulation, own: SignedSumFit) -> list[str]:
    """Say which synapses of a population are no plain weights."""
    found = []
    for a in at.inputs.synaptic_inputs:
        force = a.receptor.driving_force(own.potential)
        if hasattr(a.receptor, "reversal") and abs(force) < NEAR:
            found.append(
                f"{a.receptor.name} from {a.source!r} reverses {force * 1e3:.2g} mV from the "
                f"effective potential of {name!r}: the sign of its weight depends on the "
                "operating point."
            )
        if a.receptor.compartment != "soma":
            found.append(
                f"{a.receptor.name} from {a.source!r} sits at the {a.receptor.compartment} of "
                f"{name!r}; its weight is that of a synapse at the soma."
            )
        if a.receptor.per_synapse or not a.receptor.linear:
            found.append(
                f"{a.receptor.name} from {a.source!r} to {name!r} does not add up spike by "
                "spike; its weight is that of single spikes."
            )
    return found


def unlike(network: SpikingNetwork, at: TargetPopulation, seed: int) -> float:
    """Give how far neurons of a population differ in what reaches them: the largest spread."""
    found = [0.0]
    for a in at.inputs.synaptic_inputs:
        if isinstance(a.pathway, Projection):
            rows = network.strengths(a.pathway, seed).sum(axis=1)
            found.append(float(rows.std() / rows.mean()))
    for e in at.inputs.electrodes:
        if isinstance(e, ElectrodeArray):
            rows = np.column_stack([e.strengths, e.constant])
            mean = np.abs(rows).mean()
            found.append(float((rows.std(axis=0) / mean).max()) if mean else 0.0)
    return max(found)


def smoothed(
    at: TargetPopulation, channels: ValuesByName, units: ValuesByName, answers: np.ndarray
) -> np.ndarray:
    r"""Estimate the error of the theory in Hz at each point, from what fluctuations do to the rate.

    .. math:: |\nu_{adiabatic} - \nu_0| \, \frac{\tau + t_{ref}}{\tau + t_{ref} + \tau_s}

    The cell follows conductances that stand still for as long as it takes to fire, about the driven
    membrane's :math:`\tau` and the refractory period; it averages faster ones, whose limit is the
    noise-free rate :math:`\nu_0`. On grids of E and I rates with :math:`\tau_s` from 0.5 to 50 ms,
    in a quiet cell and under 2 and 8 times its leak of background, the largest error lay below the
    largest of this and the 5% of `bioann.translate.to_ann.error_bounds.SHARE`.

    Single neurons fire more regularly than the Poisson trains of the theory: where they are told
    apart, all that fluctuations do is in doubt.
    """
    try:
        inputs = at.inputs.poisson_inputs(channels, units)
        tau = effective_time_constant(at.inputs.cell, inputs) + at.inputs.cell.refractory_period
    except (DescriptionError, AttributeError):
        return np.zeros(answers.shape)
    weights = [one.variance * (one.reversal - at.potential_bounds[1]) ** 2 for one in inputs]
    slow = sum((w * one.tau for w, one in zip(weights, inputs, strict=True)), np.zeros(()))
    slow = slow / np.maximum(sum(weights, np.zeros(())), 1e-300)
    moved = np.abs(answers - at.inputs.steady_rate("noise-free", channels, units))
    return np.asarray(moved if at.inputs.per_neuron else moved * tau / (tau + slow))


def _theory(
    name: str,
    at: TargetPopulation,
    channels: ValuesByName,
    units: ValuesByName,
    answers: np.ndarray,
) -> list[str]:
    off = float(smoothed(at, channels, units, answers).max(initial=0.0))
    top = float(answers.max(initial=0.0))
    if off <= MUCH * top:
        return []
    return [
        f"The synapses of {name!r} fluctuate so much faster than it fires that the theory of slow "
        f"noise may be off by {off:.0f} of {top:.0f} Hz. Try method='measured'."
    ]
