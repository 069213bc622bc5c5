"""Plasticity on the synapses of afferents: closed forms under regular trains."""

import numpy as np
import pytest
from brian2 import Hz, ms, nA, nS

import bioann as ba
from bioann.base.errors import DescriptionError, SimulationError

DT, TAU = 5e-4, 5e-3
WEIGHT = 0.01  # nS, so small that the target never fires
U, TAU_REC = 0.4, 200e-3
STIMULUS = ba.steps({"x": [0.0]}, duration=1000 * ms)


def find_jumps(g):
    """Return the jumps of an AMPA conductance in units of the weight, and their steps."""
    jumps = (g[1:] - g[:-1] * np.exp(-DT / TAU)) / (WEIGHT * 1e-9)
    steps = np.flatnonzero(jumps > 1e-6)
    return jumps[steps], steps


def release(times, rule, probe, stimulus=STIMULUS):
    """Released share at each spike of one fibre."""
    network = ba.SpikingNetwork(
        (ba.Population("a", 1, "GABA"),),
        (ba.ScheduledAfferent([times * ms], "a", WEIGHT * nS, plasticity=rule),),
    )
    recording, _ = probe(network, stimulus, "a", "g_AMPA", dt=DT)
    return find_jumps(recording.g_AMPA.values[0])[0]


@pytest.mark.parametrize("interval", [5, 50, 400])
def test_the_paired_pulse_ratio_of_a_depressing_synapse(probe, interval):
    """Resources recover exponentially: 1 - U exp(-interval / tau_rec)."""
    rule = ba.plasticity.TsodyksMarkram(U, TAU_REC * 1e3 * ms)
    first, second = release(np.array([20, 20 + interval]), rule, probe)
    assert first == pytest.approx(U, rel=1e-9)
    assert second / first == pytest.approx(1 - U * np.exp(-interval * 1e-3 / TAU_REC), rel=1e-9)


def test_a_long_regular_train_reaches_the_steady_state(probe):
    """x = (1 - e) / (1 - (1 - U) e) with e = exp(-interval / tau_rec).

    What is missing after k spikes falls by (1 - U) e with each spike.
    """
    rule, interval = ba.plasticity.TsodyksMarkram(U, TAU_REC * 1e3 * ms), 20e-3
    jumps = release(np.arange(10, 990, 20), rule, probe)
    e = np.exp(-interval / TAU_REC)
    steady = (1 - e) / (1 - (1 - U) * e)
    k = np.arange(len(jumps))
    np.testing.assert_allclose(jumps / U, steady + (1 - steady) * ((1 - U) * e) ** k, rtol=1e-9)


def test_the_release_of_fast_trains_is_limited_by_recovery():
    """Rate times released share tends to 1 / tau_rec, from below, with 1/rate."""
    rule = ba.plasticity.TsodyksMarkram(U, TAU_REC * 1e3 * ms)
    rates = np.array([100.0, 400.0, 1600.0])
    released = np.array([rate * np.prod(rule.steady_state(1 / rate)) for rate in rates])
    # 1 - e = z - z^2 / 2 with z = 1 / (rate tau): the first missing term is z (1 / U - 1 / 2).
    z = 1 / (rates * TAU_REC)
    np.testing.assert_allclose(released * TAU_REC, 1 - z * (1 / U - 0.5), atol=(z / U).max() ** 2)
    assert (np.diff(abs(released * TAU_REC - 1)) < 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("connectivity", [None, ba.AllToAll()])
def test_a_fast_afferent_delivers_one_over_tau_rec(probe, connectivity):
    """The mean conductance of depressed regular fibres: N w tau U x rate."""
    rule = ba.plasticity.TsodyksMarkram(U, TAU_REC * 1e3 * ms)
    network = ba.SpikingNetwork(
        (ba.Population("a", 2, "GABA"),),
        (
            ba.Afferent(
                "x",
                "a",
                WEIGHT * nS,
                fibres=100,
                kind="regular",
                plasticity=rule,
                connectivity=connectivity,
            ),
        ),
    )
    stimulus = ba.steps({"x": [1.0]}, duration=1500 * ms)
    recording, _ = probe(network, stimulus, "a", "g_AMPA", dt=DT)
    g = recording.g_AMPA.values[:, 2000:]
    u, x = rule.steady_state(1 / 100)
    # After 1 s, 5 tau_rec, (1 - U)^100 of the transient is left: nothing. A sum over steps instead
    # of an integral: a spike is seen from the end of its step on.
    mean = 100 * WEIGHT * 1e-9 * u * x * 100 * DT / (1 - np.exp(-DT / TAU))
    # Phases are random but fixed over a whole number of periods: no statistical error.
    np.testing.assert_allclose(g.mean(axis=1), mean, rtol=2e-3)


def test_a_pair_of_spikes_changes_a_weight_by_the_window_of_the_rule(probe):
    """Pre before post by t: A_plus exp(-t / tau_plus); after it: -A_minus exp(-t / tau_minus)."""
    rule = ba.plasticity.PairSTDP(A_plus=0.02, A_minus=0.01, upper=2.0)
    times = np.arange(10, 95, 5.0)
    network = ba.SpikingNetwork(
        (ba.Population("a", 1, "GABA"),),
        (
            ba.CurrentAfferent("x", "a", 20 * nA),
            ba.ScheduledAfferent(
                [[t] * ms for t in times], "a", WEIGHT * nS, plasticity=rule, name="s"
            ),
        ),
    )
    stimulus = ba.stimuli.pulses({"x": [1.0]}, at=[52 * ms], width=1 * ms, duration=100 * ms)
    run = network.run(stimulus, trials=1, seed=1, engine="numpy")
    (post,) = run.spike_time.values
    delta = post - times[run.pre_s.values] * 1e-3
    change = run.weight_s.values[0, 0] / (WEIGHT * 1e-9) - 1
    expected = np.where(
        delta > 0,
        rule.A_plus * np.exp(-abs(delta) / rule.tau_plus),
        -rule.A_minus * np.exp(-abs(delta) / rule.tau_minus),
    )
    # The recorded time of a spike is that of its step.
    np.testing.assert_allclose(change, expected, rtol=1e-4 / min(rule.tau_plus, rule.tau_minus))


@pytest.mark.slow
def test_learned_weights_of_fibres_start_another_run(compiled):
    rule = ba.plasticity.PairSTDP(A_plus=0.02, A_minus=0.02)
    network = ba.SpikingNetwork(
        (ba.Population("a", 3, "glutamate"),),
        (ba.Afferent("x", "a", 3 * nS, fibres=60, plasticity=rule),),
    )
    stimulus = ba.steps({"x": [0.6, 1.0]}, duration=100 * ms)
    first = network.run(stimulus, trials=1, seed=1, engine=compiled)
    name = "weight_afferent_x_to_a"
    assert first[name].dims == ("condition", "trial", "synapse_afferent_x_to_a")
    assert first[name].shape == (2, 1, 180)
    np.testing.assert_array_equal(first.post_afferent_x_to_a, np.repeat([0, 1, 2], 60))
    assert (first[name] != 3e-9).any()
    silent = stimulus * 0
    silent.attrs = stimulus.attrs
    second = network.run(silent, trials=1, seed=2, engine=compiled, weights=first)
    np.testing.assert_allclose(second[name], first[name], rtol=1e-12)
    # Weights may be used where nothing learns.
    fixed = ba.SpikingNetwork(
        network.populations, (ba.Afferent("x", "a", 3 * nS, fibres=60, name="afferent_x_to_a"),)
    )
    zero = first.assign({name: first[name] * 0})
    quiet = fixed.run(stimulus, trials=1, seed=1, engine="numpy", weights=zero)
    assert quiet.spike_time.size == 0
    fewer = ba.SpikingNetwork(
        network.populations, (ba.Afferent("x", "a", 3 * nS, fibres=50, plasticity=rule),)
    )
    with pytest.raises(SimulationError, match="fibres below 150, got fibre 179"):
        fewer.run(stimulus, trials=1, seed=1, engine="numpy", weights=first)


def test_a_reward_reaches_the_synapses_of_afferents():
    rule = ba.plasticity.RewardSTDP("y", ba.plasticity.PairSTDP(A_plus=0.05, A_minus=0.0))
    network = ba.SpikingNetwork(
        (ba.Population("a", 2, "glutamate"),),
        (ba.Afferent("x", "a", 3 * nS, fibres=60, plasticity=rule, rate=80 * Hz),),
    )
    assert network.channels == ("x", "y")
    stimulus = ba.steps({"x": [1.0, 1.0, 1.0], "y": [-1.0, 0.0, 1.0]}, duration=60 * ms)
    run = network.run(stimulus, trials=1, seed=1, engine="numpy")
    change = run.weight_afferent_x_to_a.mean("synapse_afferent_x_to_a").values[:, 0] / 3e-9 - 1
    assert change[0] < -1e-3
    assert change[1] == pytest.approx(0, abs=1e-12)
    assert change[2] > 1e-3


def test_a_rule_needs_a_weight_and_is_reported():
    with pytest.raises(DescriptionError, match="a weight above 0, the unit of the learned"):
        ba.Afferent("x", "a", 0 * nS, plasticity=ba.plasticity.PairSTDP())
    with pytest.raises(DescriptionError, match="at most one short-term and one long-term rule"):
        ba.Afferent("x", "a", 1 * nS, plasticity=(ba.plasticity.PairSTDP(),) * 2)
    network = ba.SpikingNetwork(
        (ba.Population("a", 1, "GABA"),),
        (ba.Afferent("x", "a", 1 * nS, plasticity=ba.plasticity.TsodyksMarkram()),),
    )
    assert "TsodyksMarkram: afferent_x_to_a" in [e.caption for e in network.explain()]
