"""Learned strengths as responses: two beakers, and weights in the middle of bins."""

import numpy as np
import pytest
from brian2 import Hz, ms, nS, pA

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError

RULE = ba.plasticity.PairSTDP(A_plus=0.02, A_minus=0.01)
STIMULUS = ba.steps({"x": [0.8, 1.0], "y": [0.9, 0.9]}, duration=100 * ms)
RUN = {"trials": 2, "seed": 3, "bin_width": 20 * ms}


def spiking_network(connectivity=ba.AllToAll()):  # noqa: B008
    return ba.SpikingNetwork(
        (ba.Population("a", 4, "glutamate"), ba.Population("b", 3, "glutamate")),
        (
            # Currents and scheduled spikes: a shorter run is the start of a longer one.
            ba.CurrentAfferent("x", "a", 500 * pA),
            ba.CurrentAfferent("y", "b", 500 * pA),
            ba.ScheduledAfferent([[5, 25, 42] * ms], "b", 3 * nS, plasticity=RULE, name="s_to_b"),
        ),
        (
            ba.Projection("a", "b", 0.5 * nS, plasticity=RULE, connectivity=connectivity),
            ba.Projection("b", "a", 2 * nS),
        ),
    )


def rate_network():
    network = ba.RateNetwork("u", channels=("x", "y"), W_in=[[0.3, -0.2]], activation="linear")
    hebb = ba.learning.Hebb("u", channels="x", rate=2 * Hz, name="h")
    oja = ba.learning.Oja("u", channels="y", rate=2 * Hz, name="o")
    return ba.learning.PlasticRateNetwork(network, (hebb, oja))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["numpy", "auto"])
def test_it_is_the_course_of_the_weights_in_the_middle_of_bins(engine):
    """They are the final weights of a run that ends there."""
    network = spiking_network()
    strength = ba.LearnedStrength(network, ("a_to_b", "s_to_b"))
    run = strength.run(STIMULUS, engine=engine, **RUN)
    assert run.activation.dims == ("condition", "trial", "time", "unit")
    for n_bins in (3, 5):
        options = RUN | {"bin_width": 10 * ms}
        shorter = network.run(STIMULUS.isel(time=slice(20 * n_bins - 10)), engine=engine, **options)
        for name, weight in (("a_to_b", 0.5e-9), ("s_to_b", 3e-9)):
            expected = shorter[f"weight_{name}"].mean(f"synapse_{name}") / weight
            assert np.abs(expected - 1).max() > 1e-3
            np.testing.assert_allclose(
                run.activation.sel(unit=name).isel(time=n_bins - 1), expected, rtol=1e-12
            )


def test_weights_of_a_rate_network_keep_their_sign_and_several_are_averaged():
    network = rate_network()
    strength = ba.LearnedStrength(network, {"hebb": "h", "both": ("h", "o")})
    run, expected = strength.run(STIMULUS, **RUN), network.run(STIMULUS, **RUN)
    h, o = (expected[f"weight_course_{name}"].isel({f"synapse_{name}": 0}) for name in "ho")
    assert (o < 0).any()
    np.testing.assert_array_equal(run.activation.sel(unit="hebb"), h)
    np.testing.assert_allclose(run.activation.sel(unit="both"), (h + o) / 2, rtol=1e-12)


@pytest.mark.slow
def test_changes_start_from_zero():
    for model, names, initial in (
        (rate_network(), ("h", "o"), [0.3, -0.2]),
        (spiking_network(), "a_to_b", [1.0]),
    ):
        strength = ba.LearnedStrength(model, names).run(STIMULUS, **RUN)
        change = ba.LearnedStrength(model, names, as_change=True).run(STIMULUS, **RUN)
        np.testing.assert_allclose(change.activation, strength.activation - initial, atol=1e-15)


def test_drawn_connections_are_those_of_the_network():
    network = spiking_network(ba.FixedProbability(0.5))
    strength = ba.LearnedStrength(network, "a_to_b")
    assert strength.has_drawn_wiring
    assert strength.has_numbered_trials
    run = strength.run(STIMULUS, **RUN)
    expected = network.run(STIMULUS.isel(time=slice(90)), **RUN | {"bin_width": 10 * ms})
    np.testing.assert_array_equal(run.wiring, expected.wiring)
    np.testing.assert_allclose(
        run.activation.isel(time=-1, unit=0),
        expected.weight_a_to_b.mean("synapse_a_to_b") / 0.5e-9,
        rtol=1e-12,
    )


@pytest.mark.slow
def test_it_is_a_model_of_a_pair():
    pair = ba.Pair(
        "weights",
        ba.LearnedStrength(spiking_network(), "a_to_b"),
        ba.LearnedStrength(rate_network(), "h"),
        ba.Correspondence((ba.Match("a_to_b", "h"),)),
        stimulus=STIMULUS,
        settle=0 * ms,
        bin_width=20 * ms,
    )
    run = pair.run(trials=2, seed=1)
    assert run["bio"].activation.sizes["time"] == run["ann"].activation.sizes["time"] == 5


TAU_FAST, TAU_SLOW = 20.0, 60.0


def beakers(weight=0.5 * nS):
    """Return cells that get no input: their synapses start above the hidden strength."""
    rule = ba.plasticity.Consolidation(tau_fast=TAU_FAST * ms, tau_slow=TAU_SLOW * ms)
    return ba.SpikingNetwork(
        (ba.Population("a", 2, "glutamate"), ba.Population("b", 3, "glutamate")),
        (ba.Afferent("x", "a", 3 * nS, fibres=10),),
        (ba.Projection("a", "b", weight, plasticity=rule),),
    )


@pytest.mark.slow
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
    visible, hidden = (courses[v].activation[0, 0, :, 0] for v in ("weight", "hidden"))
    hidden = hidden / 2
    np.testing.assert_allclose(visible[:1], 1.0, rtol=1e-12)
    np.testing.assert_allclose(visible[1:], 2 - flow * TAU_SLOW / (TAU_FAST + TAU_SLOW), rtol=1e-9)
    np.testing.assert_allclose(hidden[1:], 1 + flow * TAU_FAST / (TAU_FAST + TAU_SLOW), rtol=1e-9)
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


def test_what_does_not_learn_has_no_strength():
    with pytest.raises(UnknownNameError, match=r"learned variable.*'weight_b_to_a'.*a_to_b"):
        ba.LearnedStrength(spiking_network(), "b_to_a")
    with pytest.raises(DescriptionError, match=r"at least one projection.*\{'a': \(\)\}"):
        ba.LearnedStrength(spiking_network(), {"a": ()})
    with pytest.raises(UnknownNameError, match=r"'weight_a_to_c'. Did you mean 'weight_a_to_b'"):
        ba.LearnedStrength(beakers(), {"b": "a_to_c"})
    with pytest.raises(UnknownNameError, match=r"learned variable.*'slow_a_to_b'"):
        ba.LearnedStrength(beakers(), {"b": "a_to_b"}, "slow")
    with pytest.raises(DescriptionError, match="scale: wanted a number above 0, got 0"):
        ba.LearnedStrength(beakers(), {"b": "a_to_b"}, scale=0.0)
    with pytest.raises(DescriptionError, match="wanted synapses of one weight"):
        ba.LearnedStrength(beakers(ba.LogNormal(1 * nS, 0.1 * nS)), {"b": "a_to_b"})
