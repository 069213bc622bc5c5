"""A divisive term is given where a transfer curve needs it, and not where it does not."""

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS

import bioann as ba
from bioann.base.randomness import make_rng
from bioann.translate.to_ann.signed_sum import NEEDED_REDUCTION, fit_signed_sum
from bioann.translate.to_ann.validity import is_in_range

HELD_BACK = ba.steps(
    ba.stimuli.cross_levels({"E": [0.03, 0.17, 0.41, 0.73, 0.97], "I": [0.05, 0.37, 0.88]}),
    duration=1000 * ms,
)


def fit_planted_division(divisor, noise=0.3):
    """Rates of a unit whose excitation `e` and inhibition `i` are known, with trial noise in Hz."""
    rng = make_rng(1, "divisive")
    e, i = rng.uniform(0, 1, (2, 300))
    shunt = 3 * i
    total = 80 * e - 20 * i
    rate = np.maximum(total / (1 + divisor * shunt), 0) ** 1.2 + rng.normal(0, noise, 300)
    return fit_signed_sum(lambda v: total + 0 * v, rate, (-0.06, -0.05), shunt)


@pytest.mark.parametrize("divisor", [0.2, 0.7])
def test_a_planted_division_is_found(divisor):
    fit = fit_planted_division(divisor)
    assert fit.aicc_reduction > NEEDED_REDUCTION
    # 300 points with 0.3 Hz of noise on rates up to 190 Hz leave it to a few percent.
    assert fit.divisor == pytest.approx(divisor, rel=0.05)
    assert fit.r2 > 0.999


def test_a_subtraction_is_given_no_term():
    fit = fit_planted_division(0.0)
    assert fit.aicc_reduction < NEEDED_REDUCTION
    assert fit.divisor == 0


def test_noise_that_hides_a_division_hides_its_need():
    assert fit_planted_division(0.02, noise=40.0).divisor == 0


def cell_with_poisson_input(reversal):
    excitation = ba.Afferent("E", "cell", 3 * nS, fibres=80, rate=40 * Hz)
    inhibition = ba.Afferent(
        "I", "cell", 6 * nS, fibres=20, rate=40 * Hz, transmitter="GABA",
        receptor=ba.receptors.GABA_A(reversal=reversal * mV),
    )  # fmt: skip
    return ba.SpikingNetwork((ba.Population("cell", 4, "glutamate"),), (excitation, inhibition))


def steady_responses(model, name):
    run = model.run(HELD_BACK, trials=1, seed=11)[name].sel(time=slice(0.3, None))
    return run.mean(["time", "trial"]).transpose("condition", "unit").values


def divisive_decision(translation):
    return next(d for d in translation.decisions if d.what == "divisive term of cell")


@pytest.mark.slow
def test_a_translation_takes_the_term_that_the_theory_needs():
    """Under hyperpolarising inhibition; held-back rates come nearer, inside the stated bound."""
    bio = cell_with_poisson_input(-80)
    rates = steady_responses(bio, "rate")
    plain, divided = ba.to_ann(bio), ba.to_ann(bio, divisive=True)
    assert plain.network.divisive is None
    assert divisive_decision(divided).value > 0
    assert divisive_decision(divided).why.startswith("needed: ")
    errors = [
        abs(100 * steady_responses(m.network, "activation") - rates) for m in (plain, divided)
    ]
    assert (errors[1] ** 2).mean() < (errors[0] ** 2).mean()
    (valid,) = divided.validity
    within = is_in_range(divided, HELD_BACK).values
    assert within.any()
    assert errors[1][within].max() < 100 * valid.bound
    # Excitation has no divisive weight.
    channels = divided.network.channels
    assert divided.network.divisive_in[0, channels.index("E")] == 0
    assert divided.network.divisive_in[0, channels.index("I")] > 0


def test_a_translation_leaves_out_the_term_that_it_does_not_need():
    translation = ba.to_ann(cell_with_poisson_input(-65), divisive=True)
    assert translation.network.divisive is None
    assert divisive_decision(translation).value == 0
    assert divisive_decision(translation).why.startswith("not needed: ")


@pytest.mark.slow
def test_neurons_divide_as_their_population_does():
    """Feedback inhibition, all to all: every neuron is the mean one."""
    bio = ba.SpikingNetwork(
        (ba.Population("cell", 6, "glutamate", background=3 * nS),
         ba.Population("brake", 5, "GABA", background=3 * nS)),
        (ba.Afferent("x", "cell", 0.8 * nS, fibres=20, rate=40 * Hz),),
        (ba.Projection("cell", "brake", 0.5 * nS), ba.Projection("brake", "cell", 3 * nS)),
    )  # fmt: skip
    stimulus = ba.steps({"x": [0.2, 0.8]}, duration=300 * ms)
    lumped, apart = (
        ba.to_ann(bio, divisive=True, resolution=r).network for r in ("population", "neuron")
    )
    assert lumped.divisive is not None
    of_populations, of_neurons = (
        n.run(stimulus, trials=1, seed=1).activation.values[:, 0, -1] for n in (lumped, apart)
    )
    np.testing.assert_allclose(
        of_neurons, np.repeat(of_populations, [6, 5], axis=1), rtol=1e-6, atol=1e-9
    )
