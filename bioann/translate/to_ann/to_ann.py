"""From a spiking network to a rate network with signed weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import Hz, ms

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import SI, to_si
from bioann.bio.network import SpikingNetwork
from bioann.bio.theory.adiabatic import MIN_DECAY, NODES
from bioann.correspondence import Correspondence, Match
from bioann.translate.target import TargetPopulation, target_population
from bioann.translate.to_ann.decisions import list_decisions
from bioann.translate.to_ann.design_points import find_consistent_rates, make_design, scatter_rates
from bioann.translate.to_ann.error_bounds import bound_errors, flag_misfits
from bioann.translate.to_ann.flags import ALIKE_SPREAD, compute_input_spread, flag_rate_network
from bioann.translate.to_ann.measured import measure_design
from bioann.translate.to_ann.rate_matrices import build_rate_network, unit_names
from bioann.translate.to_ann.signed_sum import SignedSumFit, fit_signed_sum
from bioann.translate.translation import Translation

METHODS = ("theory", "measured")
RESOLUTIONS = ("population", "neuron")
#: Rounds in which the theory is asked again at the rates that its own network settles at.
MAX_ROUNDS = 4
#: Spread of what reaches single neurons, as a share of its mean, that is rounding.
ROUNDING_SPREAD = 1e-9
#: Quadrature nodes of the rounds before the last.
COARSE_NODES = 7


def to_ann(
    bio: SpikingNetwork,
    *,
    method: str = "theory",
    resolution: str = "population",
    scale: SI = 100 * Hz,
    span: Mapping[str, tuple[float, float]] | None = None,
    divisive: bool = False,
    seed: int = 0,
    engine: str = "auto",
) -> Translation:
    r"""Derive the rate network of a spiking network.

    A conductance becomes the weight

    .. math:: w = \frac{N q A \, (E - V)}{C (V_{th} - V_r)}

    with `N` synapses of quantum `q`, the integral `A` of the conductance after a spike, the driving
    force at the population's effective potential `V` (see `bioann.translate.to_ann.signed_sum`),
    and the charge that a spike costs; from a channel it is multiplied by what activation 1 is there
    over `scale`. The bias is the current of backgrounds and injections above rheobase over the same
    charge; the activation is the transfer curve, written out; the time constant is that of the
    synapses, or a third of the driven membrane's if that is longer: a step of conductance shows in
    the rate as soon as the conductance is there.

    Parameters
    ----------
    bio : SpikingNetwork
        What to translate.
    method : {'theory', 'measured'}, optional
        Transfer curves from `bioann.theory.adiabatic_rate`, or from one run of the network on
        stimuli of its own, with random currents into populations that are connected.
    resolution : {'population', 'neuron'}, optional
        One unit for each population, or for each neuron (``population[i]``). The neurons of a
        population share effective potential, curve and time constant; each has its own synapses
        and electrodes.
    scale : quantity, optional
        Rate that counts as activation 1.
    span : mapping of str to (float, float), optional
        Activations that each channel may have; 0 to 1 unless given.
    divisive : bool, optional
        Whether shunting inhibition may divide as well as subtract: a population gets divisive
        weights if its transfer curve shows that it needs them
        (`bioann.translate.to_ann.signed_sum`).
    seed : int, optional
        Of the run whose choice of who is connected is meant; decides the stimuli, too.
    engine : str, optional
        What executes the measurement.

    Returns
    -------
    Translation
        ``network, correspondence = to_ann(bio)``; with the range in which each unit is valid and
        a bound on its error there.

    Raises
    ------
    DescriptionError, UnknownNameError
        For something else than a spiking network, or another method or resolution.

    See Also
    --------
    bioann.translate.to_ann.validity.is_in_range : Which conditions of a stimulus lie in that range.
    bioann.translate.to_ann.validity.list_out_of_range : Which do not, and why.
    """
    if not isinstance(bio, SpikingNetwork):
        raise DescriptionError(
            "to_ann", "a SpikingNetwork", type(bio).__name__, "Translate the described model."
        )
    for option, choice, known_names in (
        ("method", method, METHODS),
        ("resolution", resolution, RESOLUTIONS),
    ):
        if choice not in known_names:
            raise unknown_name_error("to_ann", option, choice, known_names)
    scale_hz, per_neuron = to_si(scale, "Hz", "to_ann, scale"), resolution == "neuron"
    targets = {name: target_population(bio, name, seed=seed) for name in bio.units}
    # Where all get the same sums they answer alike, and the mean neuron is every one of them.
    neurons_differ = per_neuron and any(
        compute_input_spread(bio, at, seed) > ROUNDING_SPREAD for at in targets.values()
    )
    if neurons_differ:
        targets = {
            name: target_population(bio, name, seed=seed, per_neuron=True) for name in bio.units
        }
    n_neurons = max(bio.sizes.values()) if neurons_differ else 1
    channels, n_points = make_design(bio, span, seed=seed, n_neurons=n_neurons)
    if method == "theory":
        design_inputs, fits = _fit_theory(
            targets, channels, n_points, seed, bio.sizes if neurons_differ else {}, divisive
        )
    else:
        design_inputs, fits = _fit_measurement(
            bio, targets, channels, n_points, seed, engine, neurons_differ, divisive
        )
    taus = {name: _compute_time_constant(targets[name], design_inputs) for name in targets}
    network, helpers = build_rate_network(
        bio,
        targets,
        fits,
        {n: t * 1e3 * ms for n, t in taus.items()},
        scale_hz,
        per_neuron=per_neuron,
        seed=seed,
    )
    unit_names_of = {n: unit_names(n, bio.sizes[n], per_neuron) for n in targets}
    matches = (Match(unit, unit, scale=scale) for units in unit_names_of.values() for unit in units)
    correspondence = Correspondence(tuple(matches), ann_only=helpers)
    neurons_alike = all(
        neurons_differ or compute_input_spread(bio, at, seed) <= ALIKE_SPREAD
        for at in targets.values()
    )
    validity = bound_errors(
        targets,
        fits,
        design_inputs,
        network,
        unit_names_of,
        method,
        scale_hz,
        neurons_alike=neurons_alike,
    )
    flags = flag_rate_network(
        bio, targets, fits, taus, design_inputs, method, seed, per_neuron=neurons_differ
    )
    return Translation(
        network,
        correspondence,
        list_decisions(targets, fits, taus, method, scale_hz, channels),
        (*flags, *flag_misfits(validity, unit_names_of, design_inputs[0], scale_hz)),
        validity,
    )


#: Activations, rates of populations as sources, and as targets, each by name, shape (point,);
#: rates are (neuron, point) where neurons are told apart.
DesignInputs = tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]


def _fit_theory(
    targets: Mapping[str, TargetPopulation],
    channels: dict[str, np.ndarray],
    n_points: int,
    seed: int,
    n_neurons: Mapping[str, int],
    divisive: bool,
) -> tuple[DesignInputs, dict[str, SignedSumFit]]:
    """Ask the theory, at first where noise-free populations agree, then where the curves do."""

    def rate_shape(name: str, length: int) -> tuple[int, ...]:
        return (n_neurons[name], length) if n_neurons else (length,)

    def noise_free_rates(source_rates: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        rates = {
            n: target.inputs.steady_rate("noise-free", channels, source_rates)
            for n, target in targets.items()
        }
        return {n: np.broadcast_to(r, rate_shape(n, n_points)) for n, r in rates.items()}

    rates = find_consistent_rates(noise_free_rates, targets, n_points)
    has_projections = any(
        a.kind == "unit" for target in targets.values() for a in target.inputs.synaptic_inputs
    )
    rounds = MAX_ROUNDS if has_projections else 1
    for k in range(rounds):
        is_last = k == rounds - 1
        source_rates, design_points = scatter_rates(rates, seed=seed)
        levels = {c: v[design_points] for c, v in channels.items()}
        target_rates = {
            n: np.broadcast_to(
                target.inputs.steady_rate(
                    "adiabatic", levels, source_rates, nodes=NODES if is_last else COARSE_NODES
                ),
                rate_shape(n, len(design_points)),
            )
            for n, target in targets.items()
        }
        design_inputs = (levels, source_rates, target_rates)
        fits = _fit_signed_sums(targets, design_inputs, divisive=divisive)

        def predict_rates(
            rates: dict[str, np.ndarray], fits: dict[str, SignedSumFit] = fits
        ) -> dict[str, np.ndarray]:
            return {
                n: fits[n](target.summed_input(fits[n], channels, rates))
                + np.zeros(rate_shape(n, n_points))
                for n, target in targets.items()
            }

        rates = find_consistent_rates(predict_rates, targets, n_points)
    return design_inputs, fits


def _fit_measurement(
    bio: SpikingNetwork,
    targets: Mapping[str, TargetPopulation],
    channels: dict[str, np.ndarray],
    n_points: int,
    seed: int,
    engine: str,
    per_neuron: bool,
    divisive: bool,
) -> tuple[DesignInputs, dict[str, SignedSumFit]]:
    """Ask the network itself."""
    levels, probe_currents, rates = measure_design(
        bio, targets, channels, n_points, seed=seed, engine=engine, per_neuron=per_neuron
    )
    design_inputs = (levels, rates, rates)
    probe_drives = {n: current / targets[n].spike_charge for n, current in probe_currents.items()}
    return design_inputs, _fit_signed_sums(targets, design_inputs, probe_drives, divisive=divisive)


def _fit_signed_sums(
    targets: Mapping[str, TargetPopulation],
    design_inputs: DesignInputs,
    extra_drives: Mapping[str, Any] | None = None,
    *,
    divisive: bool,
) -> dict[str, SignedSumFit]:
    """Find the signed sum of every population; `extra_drives` is what else reached it, in Hz."""
    channels, source_rates, target_rates = design_inputs
    fits = {}
    for name, target in targets.items():
        extra = (extra_drives or {}).get(name, 0.0)

        def sum_at(v: float, target: TargetPopulation = target, extra: Any = extra) -> np.ndarray:
            return np.ravel(
                target.signed_sum(v, channels, source_rates)
                + extra
                + np.zeros_like(target_rates[target.name])
            )

        shunt = None
        if divisive:
            shunt = np.ravel(
                target.inhibition_over_leak(channels, source_rates)
                + np.zeros_like(target_rates[name])
            )
        fits[name] = fit_signed_sum(
            sum_at, np.ravel(target_rates[name]), target.potential_bounds, shunt
        )
    return fits


def _compute_time_constant(target: TargetPopulation, design_inputs: DesignInputs) -> float:
    """Give the time constant of a population's unit in seconds, where it fires."""
    channels, source_rates, target_rates = design_inputs
    weight = np.asarray(target_rates[target.name]) + 1e-9
    conductance, drive, weighted_tau = (np.zeros_like(weight) for _ in range(3))
    for synapse in target.inputs.synaptic_inputs:
        rate = synapse.input_rate(channels, source_rates)
        synapse_drive = np.abs(target.rate_weight(synapse, target.potential_bounds[1])) * rate
        drive = drive + synapse_drive
        weighted_tau = weighted_tau + synapse_drive * synapse.slowest_time_constant()
        conductance = conductance + synapse.conductance_per_hertz() * rate
    conductance = conductance + sum(g for g, _ in target.inputs.constant_conductances)
    synaptic_tau = weighted_tau / np.maximum(drive, 1e-12)
    membrane_tau = target.membrane_time_constant(conductance)
    return float(np.average(np.maximum(synaptic_tau, MIN_DECAY * membrane_tau), weights=weight))
