"""Learned strength as a response: two beakers in a spiking model, and a weight that follows."""

import numpy as np
import pytest
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError

TAU_FAST, TAU_SLOW = 20.0, 60.0


def beakers(weight=0.5 * nS):
    """Return cells that get no input: their synapses start above the hidden strength."""
    rule = ba.plasticity.Consolidation(tau_fast=TAU_FAST * ms, tau_slow=TAU_SLOW * ms)
    return ba.SpikingNetwork(
        (ba.Population("a", 2, "glutamate"), ba.Population("b", 3, "glutamate")),
        (ba.Afferent("x", "a", 3 * nS, fibres=10),),
        (ba.Projection("a", "b", weight, plasticity=rule),),
    )


def test_the_visible_strength_falls_and_the_hidden_one_rises_as_two_beakers_do():
    """From h = 1 with s set to 2: (s - h) decays with 1 / (1 / tau_f + 1 / tau_h)."""
    phases = (ba.Phase("rest", 2 * ms), ba.Phase("forget", 40 * ms, SET))
    stimulus = ba.steps({"x": [0.0]}, duration=42 * ms)
    courses = {
        variable: ba.LearnedStrength(
            ba.Protocol(beakers(), phases), {"b": "a_to_b"}, variable, scale
        ).run(stimulus, trials=1, seed=1, engine="numpy", bin_width=2 * ms)
        for variable, scale in (("weight", 1.0), ("hidden", 0.5))
    }
    time = np.arange(20) * 2 + 1.0
    tau = 1 / (1 / TAU_FAST + 1 / TAU_SLOW)
    flow = 1 - np.exp(-time / tau)
    visible, hidden = (courses[v].activation[0, 0, :, 1] for v in ("weight", "hidden"))
    hidden = hidden / 2
    np.testing.assert_allclose(visible[:1], 1.0, rtol=1e-12)
    np.testing.assert_allclose(visible[1:], 2 - flow * TAU_SLOW / (TAU_FAST + TAU_SLOW), rtol=1e-9)
    np.testing.assert_allclose(hidden[1:], 1 + flow * TAU_FAST / (TAU_FAST + TAU_SLOW), rtol=1e-9)
    assert (courses["weight"].activation[0, 0, :, 0] == 0).all()
    assert "weight_a_to_b" in courses["weight"]


SET = ba.Lesion("weight_a_to_b", strength=2.0)


def test_of_a_rate_network_it_is_the_weight():
    """y = w x decays as its fast part does: nothing teaches it."""
    network = ba.RateNetwork("y", channels="x", W_in=[[1.0]], activation="linear")
    rule = ba.learning.FastSlow(
        "y", channels="x", rate=1 * Hz, goals="goal", tau_fast=100 * ms, name="w"
    )
    learner = ba.learning.PlasticRateNetwork(network, rule)
    stimulus = ba.steps({"x": [0.0], "goal": [0.0]}, duration=200 * ms)
    run = ba.LearnedStrength(learner, {"y": "w"}).run(stimulus, trials=1, seed=1)
    time = (np.arange(20) + 1) * 10.0
    np.testing.assert_allclose(run.activation[0, 0, :, 0], np.exp(-time / 100), rtol=1e-9)


def test_names_that_do_not_learn_are_errors():
    with pytest.raises(UnknownNameError, match=r"'weight_a_to_c'. Did you mean 'weight_a_to_b'"):
        ba.LearnedStrength(beakers(), {"b": "a_to_c"})
    with pytest.raises(UnknownNameError, match=r"learned variable.*'slow_a_to_b'"):
        ba.LearnedStrength(beakers(), {"b": "a_to_b"}, "slow")
    with pytest.raises(UnknownNameError, match=r"population or unit.*'c'"):
        ba.LearnedStrength(beakers(), {"c": "a_to_b"})
    with pytest.raises(DescriptionError, match="at least one, got none"):
        ba.LearnedStrength(beakers(), {})
    with pytest.raises(DescriptionError, match="scale: wanted a number above 0, got 0"):
        ba.LearnedStrength(beakers(), {"b": "a_to_b"}, scale=0.0)
    with pytest.raises(DescriptionError, match="synapses of one weight"):
        ba.LearnedStrength(beakers(ba.LogNormal(1 * nS, 0.1 * nS)), {"b": "a_to_b"})
