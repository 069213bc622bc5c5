"""From a spiking network, or any other model, to a rate network with signed weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brian2 import Hz

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.seeds import DEFAULT_SEED
from bioann.base.units import SI, to_si
from bioann.bio.engines import list_candidates
from bioann.bio.network import SpikingNetwork
from bioann.correspondence import Correspondence, Match
from bioann.model import check_model, kind_of
from bioann.translate.identification.identify import identify_rate_network
from bioann.translate.identification.options import IdentificationOptions
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

METHODS = ("theory", "measured", "identification")
RESOLUTIONS = ("population", "neuron")
#: Relative spread of the input of single neurons that is due to rounding.
ROUNDING_SPREAD = 1e-9


@name_argument_errors
def to_ann(
    bio: Any,
    *,
    method: str = "theory",
    resolution: str = "population",
    scale: SI = 100 * Hz,
    span: Mapping[str, tuple[float, float]] | None = None,
    divisive: bool = False,
    seed: int = DEFAULT_SEED,
    engine: str = "auto",
    identification: IdentificationOptions | None = None,
) -> Translation:
    r"""Derive the rate network of a spiking network, or of any other model.

    A conductance of a `SpikingNetwork` becomes the weight

    .. math:: w = \frac{N q A \, (E - V)}{C (V_{th} - V_r)}

    with `N` synapses of quantum `q`, the integral `A` of the conductance after a spike, the driving
    force at the population's effective potential `V` (see `bioann.translate.to_ann.signed_sum`),
    and the charge of a spike in the denominator; from a channel it is multiplied by the rate at
    activation 1 over `scale`. The bias is the current of backgrounds and injections above rheobase
    over the same charge; the activation is the tabulated transfer curve; the time constant is that
    of the synapses, or a third of the driven membrane's if that is longer, because the rate follows
    a conductance as soon as it opens.

    A model without description (`BrianNetwork`, `FunctionModel`, one's own class) is identified: it
    runs on a design of stimuli, and weights and activations are fitted to its steady responses
    (`bioann.translate.identification`). Recorded data are fitted to the conditions that they have.

    Parameters
    ----------
    bio : SpikingNetwork or Model
        The network to translate.
    method : {'theory', 'measured', 'identification'}, optional
        Transfer curves from `bioann.theory.adiabatic_rate`, or from one run of the network on a
        design of stimuli, with random currents into connected populations. By identification,
        nothing of the description is used. Of models without a description, all is measured:
        ``'measured'`` and ``'identification'`` are the same.
    resolution : {'population', 'neuron'}, optional
        One unit for each population, or for each neuron (``population[i]``). The neurons of a
        population share effective potential, curve and time constant; each has its own synapses
        and electrodes. Identification has one unit for each unit of the model.
    scale : quantity, optional
        Rate that corresponds to activation 1.
    span : mapping of str to (float, float), optional
        Lowest and highest activation of each channel; 0 to 1 unless given.
    divisive : bool, optional
        Whether shunting inhibition may divide as well as subtract: a population gets divisive
        weights if its transfer curve shows that it needs them
        (`bioann.translate.to_ann.signed_sum`). Not by identification.
    seed : int, optional
        Seed of the run whose random connectivity is used, and of the design of stimuli.
    engine : str, optional
        Engine that runs the measurement, as for `SpikingNetwork.run`.
    identification : IdentificationOptions, optional
        Stimuli, trials and sign constraint of an identification.

    Returns
    -------
    Translation
        ``network, correspondence = to_ann(bio)``; with the range in which each unit is valid and
        a bound on its error there.

    Raises
    ------
    DescriptionError, UnknownNameError
        If `bio` is no model, a class does not declare a quantity that is needed, the method or
        resolution is unknown, or an option does not belong to the method.
    SimulationError
        If a model fails on a stimulus of the design.

    See Also
    --------
    bioann.translate.to_ann.validity.is_in_range : Conditions of a stimulus in that range.
    bioann.translate.to_ann.validity.list_out_of_range : Conditions out of it, and why.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS
    >>> network = ba.SpikingNetwork(
    ...     (ba.Population("cell", 10, "glutamate", background=4 * nS),),
    ...     (ba.Afferent("brake", "cell", 0.3 * nS, fibres=10, transmitter="GABA"),),
    ... )
    >>> ann, correspondence = ba.to_ann(network)
    >>> ann.W_in.round(2)
    array([[-0.31]])
    """
    for option, choice, known_names in (
        ("method", method, METHODS),
        ("resolution", resolution, RESOLUTIONS),
    ):
        if choice not in known_names:
            raise unknown_name_error("to_ann", option, choice, known_names)
    list_candidates(engine)  # an error here also where the method simulates nothing
    scale_hz, per_neuron = to_si(scale, "Hz", "to_ann, scale"), resolution == "neuron"
    if method == "identification" or not isinstance(bio, SpikingNetwork):
        _check_identifiable(bio, method, resolution, divisive, scale_hz)
        options = IdentificationOptions() if identification is None else identification
        return identify_rate_network(
            bio, options, scale=scale_hz, span=span, seed=seed, engine=engine
        )
    if identification is not None:
        raise DescriptionError(
            "to_ann, identification",
            f"None with method={method!r}, which reads the weights from the description",
            repr(identification),
            "Leave it out, or pass method='identification'.",
        )
    return _translate_description(
        bio, method=method, per_neuron=per_neuron, scale=scale, span=span, divisive=divisive,
        seed=seed, engine=engine,
    )  # fmt: skip


def _check_identifiable(
    model: Any, method: str, resolution: str, divisive: bool, scale_hz: float
) -> None:
    """Raise `DescriptionError` for what is no model, and for options of described networks."""
    check_model(model, "to_ann")
    if method == "theory":
        raise DescriptionError(
            "to_ann, method",
            "a SpikingNetwork for method='theory', which reads its description",
            kind_of(model),
            "Pass method='measured': weights and activations are fitted to its responses.",
        )
    for option, expected, is_other, got in (
        ("resolution", "'population', one unit for each unit of the model",
         resolution != "population", repr(resolution)),
        ("divisive", "False, because a weighted sum is fitted", divisive, repr(divisive)),
        ("scale", "a rate above 0 Hz", not scale_hz > 0, f"{scale_hz:g} Hz"),
    ):  # fmt: skip
        if is_other:
            remedy = f"Leave out {option}."
            raise DescriptionError(f"to_ann, {option} of an identification", expected, got, remedy)


def _translate_description(
    bio: SpikingNetwork,
    *,
    method: str,
    per_neuron: bool,
    scale: SI,
    span: Mapping[str, tuple[float, float]] | None,
    divisive: bool,
    seed: int,
    engine: str,
) -> Translation:
    """Derive the rate network from the description of a spiking network."""
    scale_hz = to_si(scale, "Hz", "to_ann, scale")
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
