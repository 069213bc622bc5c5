"""From a spiking network to a rate network with signed weights."""

from __future__ import annotations

from collections.abc import Mapping

from brian2 import Hz

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.seeds import DEFAULT_SEED
from bioann.base.units import SI, to_si
from bioann.bio.engines import list_candidates
from bioann.bio.network import SpikingNetwork
from bioann.correspondence import Correspondence, Match
from bioann.translate.target import target_population
from bioann.translate.to_ann.assessment import assess_rate_network
from bioann.translate.to_ann.design_points import make_design
from bioann.translate.to_ann.flags import compute_input_spread
from bioann.translate.to_ann.population_curves import (
    PopulationCurves,
    fit_measurement,
    fit_theory,
)
from bioann.translate.to_ann.rate_matrices import build_rate_network, unit_names
from bioann.translate.translation import Translation

METHODS = ("theory", "measured")
RESOLUTIONS = ("population", "neuron")
#: Relative spread of the input of single neurons that is due to rounding.
ROUNDING_SPREAD = 1e-9


@name_argument_errors
def to_ann(
    bio: SpikingNetwork,
    *,
    method: str = "theory",
    resolution: str = "population",
    scale: SI = 100 * Hz,
    span: Mapping[str, tuple[float, float]] | None = None,
    divisive: bool = False,
    seed: int = DEFAULT_SEED,
    engine: str = "auto",
) -> Translation:
    r"""Derive the rate network of a spiking network.

    A conductance becomes the weight

    .. math:: w = \frac{N q A \, (E - V)}{C (V_{th} - V_r)}

    with `N` synapses of quantum `q`, the integral `A` of the conductance after a spike, the driving
    force at the population's effective potential `V` (see `bioann.translate.to_ann.signed_sum`),
    and the charge of a spike in the denominator; from a channel it is multiplied by the rate at
    activation 1 over `scale`. The bias is the current of backgrounds and injections above rheobase
    over the same charge; the activation is the tabulated transfer curve; the time constant is that
    of the synapses, or a third of the driven membrane's if that is longer, because the rate follows
    a conductance as soon as it opens.

    Parameters
    ----------
    bio : SpikingNetwork
        The network to translate.
    method : {'theory', 'measured'}, optional
        Transfer curves from `bioann.theory.adiabatic_rate`, or from one run of the network on a
        design of stimuli, with random currents into connected populations.
    resolution : {'population', 'neuron'}, optional
        One unit for each population, or for each neuron (``population[i]``). The neurons of a
        population share effective potential, curve and time constant; each has its own synapses
        and electrodes.
    scale : quantity, optional
        Rate that corresponds to activation 1.
    span : mapping of str to (float, float), optional
        Lowest and highest activation of each channel; 0 to 1 unless given.
    divisive : bool, optional
        Whether shunting inhibition may divide as well as subtract: a population gets divisive
        weights if its transfer curve shows that it needs them
        (`bioann.translate.to_ann.signed_sum`).
    seed : int, optional
        Seed of the run whose random connectivity is used, and of the design of stimuli.
    engine : str, optional
        Engine that runs the measurement, as for `SpikingNetwork.run`.

    Returns
    -------
    Translation
        ``network, correspondence = to_ann(bio)``; with the range in which each unit is valid and
        a bound on its error there.

    Raises
    ------
    DescriptionError, UnknownNameError
        If `bio` is no spiking network, a class does not declare a quantity that is needed, or
        the method or resolution is unknown.

    See Also
    --------
    bioann.translate.to_ann.validity.is_in_range : Conditions of a stimulus in that range.
    bioann.translate.to_ann.validity.list_out_of_range : Conditions out of it, and why.
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
    list_candidates(engine)  # an error here also where the method simulates nothing
    scale_hz, per_neuron = to_si(scale, "Hz", "to_ann, scale"), resolution == "neuron"
    targets = {name: target_population(bio, name, seed=seed) for name in bio.units}
    # Neurons with equal input fire at the rate of the mean neuron.
    neurons_differ = per_neuron and any(
        compute_input_spread(bio, target, seed) > ROUNDING_SPREAD for target in targets.values()
    )
    if neurons_differ:
        targets = {
            name: target_population(bio, name, seed=seed, per_neuron=True) for name in bio.units
        }
    n_neurons = max(bio.sizes.values()) if neurons_differ else 1
    channels, n_points = make_design(bio, span, seed=seed, n_neurons=n_neurons)
    if method == "theory":
        design, fits = fit_theory(
            targets, channels, n_points, seed=seed,
            n_neurons=bio.sizes if neurons_differ else {}, divisive=divisive,
        )  # fmt: skip
    else:
        design, fits = fit_measurement(
            bio, targets, channels, n_points, seed=seed, engine=engine,
            per_neuron=neurons_differ, divisive=divisive,
        )  # fmt: skip
    unit_names_of = {n: unit_names(n, bio.sizes[n], per_neuron) for n in targets}
    curves = PopulationCurves(
        bio, targets, fits, design, method, scale_hz, seed, unit_names_of, neurons_differ
    )
    network, helpers = build_rate_network(curves)
    matches = (Match(unit, unit, scale=scale) for units in unit_names_of.values() for unit in units)
    correspondence = Correspondence(tuple(matches), ann_only=helpers)
    return Translation(network, correspondence, *assess_rate_network(curves, network))
