"""Flags of a derived rate network: properties of the spiking network that it does not represent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from bioann.base.derivation import Flag
from bioann.base.text import join_names
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.fibres import FibrePathway
from bioann.bio.network import SpikingNetwork
from bioann.bio.neuron_parameters import list_neuron_parameters
from bioann.bio.projection import Projection
from bioann.bio.theory.adiabatic import effective_time_constant
from bioann.bio.theory.synaptic_input import ValuesByName
from bioann.translate.target import TargetPopulation
from bioann.translate.to_ann.population_curves import PopulationCurves

#: Error of the theory, as a share of the largest rate, from which it is flagged: above it the R2 on
#: the grids fell below 0.98.
THEORY_ERROR_SHARE = 0.2
#: Driving force in volt below which the sign of a synapse is uncertain.
SMALL_DRIVING_FORCE = 3e-3
#: Relative spread of the input of single neurons up to which they count as equal.
ALIKE_SPREAD = 0.2
#: Delay, as a share of the unit's time constant, from which its omission is flagged.
DELAY_SHARE = 0.25
#: Sentence of each kind of flag.
SENTENCES = {
    "delay": (
        "Spikes reach {name!r} with delays of up to {delay_ms:.3g} ms, at a time constant of "
        "{tau_ms:.3g} ms; the rate network has no delays."
    ),
    "spread": (
        "The input of single neurons of {name!r} differs by {spread:.0%} of its mean; the curve is "
        "that of the mean neuron, and there is no error bound."
    ),
    "heterogeneity": (
        "Neurons of {name!r} differ in {fields}; its units have {curve}, and there is no error "
        "bound for that."
    ),
    "theory": (
        "The synapses of {name!r} fluctuate so much faster than it fires that the theory of slow "
        "noise may be off by {error:.0f} of {highest_rate:.0f} Hz. Try method='measured'."
    ),
    "plasticity": "{name} is plastic; its weight is that of the rested synapse.",
    "modulation": "The rate network has no neuromodulators.",
    "small driving force": (
        "{receptor} from {source!r} reverses {driving_force_mV:.2g} mV from the effective "
        "potential of {name!r}: the sign of its weight depends on the operating point."
    ),
    "compartment": (
        "{receptor} from {source!r} is at the {compartment} of {name!r}; its weight is that of a "
        "synapse at the soma."
    ),
    "nonlinear synapse": (
        "{receptor} from {source!r} to {name!r} does not add up spike by spike; its weight is that "
        "of single spikes."
    ),
}


def flag_rate_network(
    curves: PopulationCurves, taus: Mapping[str, float], spreads: Mapping[str, float]
) -> tuple[Flag, ...]:
    """Flag what a derived rate network leaves out or represents with uncertainty.

    Parameters
    ----------
    curves : PopulationCurves
        The curves that it was built from.
    taus : mapping of str to float
        Time constant in seconds of the units of each population.
    spreads : mapping of str to float
        Relative spread of the input of single neurons, by population.
    """
    flags: list[Flag] = []
    for name, target in curves.targets.items():
        flags += _flag_receptors(target, curves.fits[name].potential)
        pathways = [a.pathway for a in target.inputs.synaptic_inputs]
        delay = max((float(p.delay) for p in pathways if isinstance(p, Projection)), default=0.0)
        if delay > DELAY_SHARE * taus[name]:
            flags.append(_make_flag("delay", name, delay_ms=delay * 1e3, tau_ms=taus[name] * 1e3))
        flags += _flag_heterogeneity(curves, name)
        if spreads[name] > ALIKE_SPREAD:
            flags.append(_make_flag("spread", name, spread=spreads[name]))
        if curves.method == "theory":
            flags += _flag_theory_error(curves, target)
    for p in (*curves.network.fibres, *curves.network.projections):
        if p.plasticity:
            flags.append(_make_flag("plasticity", p.title()))
    if curves.network.modulations:
        flags.append(_make_flag("modulation", ""))
    by_sentence = {str(flag): flag for flag in flags}  # two pathways may have the same problem
    return tuple(by_sentence.values())


def _make_flag(kind: str, component: str, **values: object) -> Flag:
    return Flag(kind, SENTENCES[kind], component, values)


def _flag_heterogeneity(curves: PopulationCurves, name: str) -> Iterator[Flag]:
    """Flag a population whose neurons differ in parameters that its units have in common."""
    parameters = list_neuron_parameters(curves.network)
    fields = dict.fromkeys(p.field for p in parameters if p.population == name)
    if fields:
        is_theory = curves.method == "theory"
        curve = "the curve of a neuron with the mean parameters" if is_theory else "the mean curve"
        yield _make_flag("heterogeneity", name, fields=join_names(list(fields)), curve=curve)


def _flag_receptors(target: TargetPopulation, potential: float) -> Iterator[Flag]:
    """Flag the synapses of a population that a constant weight does not describe."""
    for synapse in target.inputs.synaptic_inputs:
        receptor = synapse.receptor
        names = {"receptor": receptor.name, "source": synapse.source}
        driving_force = receptor.driving_force(potential)
        if receptor.reversal is not None and abs(driving_force) < SMALL_DRIVING_FORCE:
            driving_force_mV = driving_force * 1e3
            yield _make_flag(
                "small driving force", target.name, driving_force_mV=driving_force_mV, **names
            )
        if receptor.compartment != "soma":
            yield _make_flag("compartment", target.name, compartment=receptor.compartment, **names)
        if receptor.per_synapse or not receptor.linear:
            yield _make_flag("nonlinear synapse", target.name, **names)


def compute_input_spread(network: SpikingNetwork, target: TargetPopulation, seed: int) -> float:
    """Compute the largest relative spread of an input between the neurons of a population."""
    spreads = [0.0]
    for a in target.inputs.synaptic_inputs:
        if isinstance(a.pathway, Projection):
            rows = network.draw_conductances(a.pathway, seed).sum(axis=1)
            spreads.append(float(rows.std() / rows.mean()))
        elif isinstance(a.pathway, FibrePathway) and a.pathway.connectivity is not None:
            index, n = network.afferents.index(a.pathway), network.sizes[target.name]
            post, _, strengths = a.pathway.draw_fibre_synapses(index, n, seed)
            rows = np.bincount(post, strengths, n)
            spreads.append(float(rows.std() / rows.mean()) if rows.any() else 0.0)
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
    r"""Estimate the error of the theory in Hz at each point, from the effect of fluctuations.

    .. math:: |\nu_{adiabatic} - \nu_0| \, \frac{\tau + t_{ref}}{\tau + t_{ref} + \tau_s}

    The cell follows conductances that are constant for as long as it takes to fire, about the
    driven membrane's :math:`\tau` and the refractory period; it averages faster ones, whose limit
    is the noise-free rate :math:`\nu_0`. On grids of E and I rates with :math:`\tau_s` from 0.5 to
    50 ms, in a quiet cell and under a background of 2 and 8 times its leak, the largest error was
    below the larger of this and the 5% of `bioann.translate.to_ann.error_bounds.THEORY_SHARE`.

    Single neurons fire more regularly than the Poisson trains of the theory: where each has a rate
    of its own, the whole effect of fluctuations is uncertain.

    Parameters
    ----------
    target : TargetPopulation
        The population as a target.
    channels, source_rates : mapping of str to array_like
        Activations and rates in Hz, as for `PresynapticInputs.poisson_inputs`.
    target_rates : numpy.ndarray, shape (point,) or (neuron, point)
        Rate of the population in Hz according to the theory.
    """
    inputs = target.inputs.poisson_inputs(channels, source_rates)
    tau = effective_time_constant(target.cell, inputs) + target.cell.refractory_period
    weights = [one.variance * (one.reversal - target.potential_bounds[1]) ** 2 for one in inputs]
    synaptic_tau = sum((w * one.tau for w, one in zip(weights, inputs, strict=True)), np.zeros(()))
    synaptic_tau = synaptic_tau / np.maximum(sum(weights, np.zeros(())), 1e-300)
    noise_free_rates = target.inputs.steady_rate("noise-free", channels, source_rates)
    noise_effect = np.abs(target_rates - noise_free_rates)
    if target.inputs.per_neuron:
        return np.asarray(noise_effect)
    return np.asarray(noise_effect * tau / (tau + synaptic_tau))


def _flag_theory_error(curves: PopulationCurves, target: TargetPopulation) -> list[Flag]:
    channels, source_rates, target_rates = curves.design
    rates = np.asarray(target_rates[target.name])
    error = float(estimate_theory_error(target, channels, source_rates, rates).max(initial=0.0))
    highest_rate = float(rates.max(initial=0.0))
    if error <= THEORY_ERROR_SHARE * highest_rate:
        return []
    return [_make_flag("theory", target.name, error=error, highest_rate=highest_rate)]
