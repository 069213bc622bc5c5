"""From a spiking network to a rate network with signed weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import Hz, ms

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import SI, to_si
from bioann.bio.network import SpikingNetwork
from bioann.bio.theory.adiabatic import NODES, SLOW
from bioann.correspondence import Correspondence, Match
from bioann.translate.target import TargetPopulation, target_population
from bioann.translate.to_ann.decisions import decisions
from bioann.translate.to_ann.design_points import design, scattered, settled
from bioann.translate.to_ann.error_bounds import bounded, missed
from bioann.translate.to_ann.flags import ALIKE, limits, unlike
from bioann.translate.to_ann.measured import measured
from bioann.translate.to_ann.rate_matrices import unit_names, wired
from bioann.translate.to_ann.signed_sum import SignedSum, signed_sum
from bioann.translate.translation import Translation

METHODS = ("theory", "measured")
RESOLUTIONS = ("population", "neuron")
#: Rounds in which the theory is asked again at the rates that its own network settles at.
ROUNDS = 4
#: Spread of what reaches single neurons, as a share of its mean, that is rounding.
SAME = 1e-9
#: Quadrature nodes of the rounds before the last.
COARSE = 7


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
    bioann.translate.to_ann.validity.inside : Which conditions of a stimulus lie in that range.
    bioann.translate.to_ann.validity.outside : Which do not, and why.
    """
    if not isinstance(bio, SpikingNetwork):
        raise DescriptionError(
            "to_ann", "a SpikingNetwork", type(bio).__name__, "Translate the described half."
        )
    for what, asked, known in (
        ("method", method, METHODS),
        ("resolution", resolution, RESOLUTIONS),
    ):
        if asked not in known:
            raise unknown_name_error("to_ann", what, asked, known)
    hertz, each = to_si(scale, "Hz", "to_ann, scale"), resolution == "neuron"
    sites = {name: target_population(bio, name, seed=seed) for name in bio.units}
    # Where all get the same sums they answer alike, and the mean neuron is every one of them.
    apart = each and any(unlike(bio, at, seed) > SAME for at in sites.values())
    if apart:
        sites = {
            name: target_population(bio, name, seed=seed, per_neuron=True) for name in bio.units
        }
    most = max(bio.sizes.values()) if apart else 1
    channels, points = design(bio, span, seed=seed, neurons=most)
    if method == "theory":
        met, sums = _theory(sites, channels, points, seed, bio.sizes if apart else {}, divisive)
    else:
        met, sums = _measured(bio, sites, channels, points, seed, engine, apart, divisive)
    taus = {name: _tau(sites[name], met) for name in sites}
    network, helpers = wired(
        bio, sites, sums, {n: t * 1e3 * ms for n, t in taus.items()}, hertz, each=each, seed=seed
    )
    names = {n: unit_names(n, bio.sizes[n], each) for n in sites}
    matched = (Match(unit, unit, scale=scale) for units in names.values() for unit in units)
    same = Correspondence(tuple(matched), ann_only=helpers)
    sure = all(apart or unlike(bio, at, seed) <= ALIKE for at in sites.values())
    validity = bounded(sites, sums, met, network, names, method, hertz, sure=sure)
    flags = limits(bio, sites, sums, taus, met, method, seed, each=apart)
    return Translation(
        network,
        same,
        decisions(sites, sums, taus, method, hertz, channels),
        (*flags, *missed(validity, names, met[0], hertz)),
        validity,
    )


#: Activations, rates of populations as sources, and as targets, each by name, shape (point,);
#: rates are (neuron, point) where neurons are told apart.
Met = tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]


def _theory(
    sites: Mapping[str, TargetPopulation],
    channels: dict[str, np.ndarray],
    points: int,
    seed: int,
    neurons: Mapping[str, int],
    divisive: bool,
) -> tuple[Met, dict[str, SignedSum]]:
    """Ask the theory, at first where noise-free populations agree, then where the curves do."""

    def shape(name: str, points: int) -> tuple[int, ...]:
        return (neurons[name], points) if neurons else (points,)

    def noise_free(rates: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        found = {n: at.inputs.steady_rate("noise-free", channels, rates) for n, at in sites.items()}
        return {n: np.broadcast_to(r, shape(n, points)) for n, r in found.items()}

    rates = settled(noise_free, sites, points)
    connected = any(a.kind == "unit" for at in sites.values() for a in at.inputs.synaptic_inputs)
    rounds = ROUNDS if connected else 1
    for k in range(rounds):
        last = k == rounds - 1
        units, which = scattered(rates, seed=seed)
        shown = {c: v[which] for c, v in channels.items()}
        answers = {
            n: np.broadcast_to(
                at.inputs.steady_rate("adiabatic", shown, units, nodes=NODES if last else COARSE),
                shape(n, len(which)),
            )
            for n, at in sites.items()
        }
        met = (shown, units, answers)
        sums = _sums(sites, met, divisive=divisive)

        def predicted(
            rates: dict[str, np.ndarray], sums: dict[str, SignedSum] = sums
        ) -> dict[str, np.ndarray]:
            return {
                n: sums[n](at.summed_input(sums[n], channels, rates)) + np.zeros(shape(n, points))
                for n, at in sites.items()
            }

        rates = settled(predicted, sites, points)
    return met, sums


def _measured(
    bio: SpikingNetwork,
    sites: Mapping[str, TargetPopulation],
    channels: dict[str, np.ndarray],
    points: int,
    seed: int,
    engine: str,
    each: bool,
    divisive: bool,
) -> tuple[Met, dict[str, SignedSum]]:
    """Ask the network itself."""
    shown, kicks, rates = measured(
        bio, sites, channels, points, seed=seed, engine=engine, each=each
    )
    met = (shown, rates, rates)
    paid = {n: k / sites[n].spike_charge for n, k in kicks.items()}
    return met, _sums(sites, met, paid, divisive=divisive)


def _sums(
    sites: Mapping[str, TargetPopulation],
    met: Met,
    extra: Mapping[str, Any] | None = None,
    *,
    divisive: bool,
) -> dict[str, SignedSum]:
    """Find the signed sum of every population; `extra` is what else reached it, in Hz."""
    channels, units, answers = met
    found = {}
    for name, at in sites.items():
        more = (extra or {}).get(name, 0.0)

        def total(v: float, at: TargetPopulation = at, more: Any = more) -> np.ndarray:
            return np.ravel(
                at.signed_sum(v, channels, units) + more + np.zeros_like(answers[at.name])
            )

        shunt = None
        if divisive:
            shunt = np.ravel(
                at.inhibition_over_leak(channels, units) + np.zeros_like(answers[name])
            )
        found[name] = signed_sum(total, np.ravel(answers[name]), at.potential_bounds, shunt)
    return found


def _tau(at: TargetPopulation, met: Met) -> float:
    """Give the time constant of a population's unit in seconds, where it fires."""
    channels, units, answers = met
    weight = np.asarray(answers[at.name]) + 1e-9
    opened, pushed, slow = np.zeros_like(weight), np.zeros_like(weight), np.zeros_like(weight)
    for a in at.inputs.synaptic_inputs:
        rate = a.input_rate(channels, units)
        size = np.abs(at.rate_weight(a, at.potential_bounds[1])) * rate
        pushed, slow = pushed + size, slow + size * a.slowest_time_constant()
        opened = opened + a.conductance_per_hertz() * rate
    opened = opened + sum(g for g, _ in at.inputs.constant_conductances)
    synapses = slow / np.maximum(pushed, 1e-12)
    return float(
        np.average(np.maximum(synapses, SLOW * at.membrane_time_constant(opened)), weights=weight)
    )
