"""A fast visible strength and a slow hidden one: fading, recovery, savings."""

import numpy as np
import pytest
from brian2 import ms, nS

from bioann.base.errors import DescriptionError
from bioann.bio.network import SpikingNetwork
from bioann.bio.plasticity import Consolidation, PairSTDP
from bioann.bio.population import Population
from bioann.bio.projection import Projection

WEAK = 1e-6 * nS
FAST, SLOW = 0.5, 4.0
RULE = Consolidation(
    PairSTDP(A_plus=0.1, A_minus=0.0), tau_fast=FAST * 1e3 * ms, tau_slow=SLOW * 1e3 * ms, upper=3.0
)


@pytest.fixture
def network(electrodes):
    return SpikingNetwork(
        (Population("pre", 1, "glutamate"), Population("post", 1, "glutamate")),
        electrodes("pre", "post"),
        (Projection("pre", "post", WEAK, plasticity=RULE),),
    )


def pairings(trains, n, duration, every=0.02):
    times = [0.01 + every * k for k in range(n)]
    return trains({"pre": [times], "post": [[t + 0.005 for t in times]]}, duration)


def state(recorded):
    strengths = [recorded[f"{v}_pre_to_post"].values[0, 0, 0] for v in ("weight", "hidden")]
    return np.array(strengths) / float(WEAK)


def given(recorded, visible, hidden):
    """The same recording with other strengths."""
    weight = np.full_like(recorded.weight_pre_to_post.values, visible * float(WEAK))
    slow = np.full_like(weight, hidden * float(WEAK))
    return recorded.assign(
        weight_pre_to_post=recorded.weight_pre_to_post.copy(data=weight),
        hidden_pre_to_post=recorded.hidden_pre_to_post.copy(data=slow),
    )


@pytest.fixture
def silence(network, trains):
    return network.run(pairings(trains, 0, 0.1), trials=1, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("spikes", [0, 12])
def test_the_two_approach_each_other_in_closed_form(spikes, silence, network, trains):
    """Also where lone presynaptic spikes make the synapse look at itself again and again."""
    times = [0.01 + 0.03 * k for k in range(spikes)]
    stimulus = trains({"pre": [times], "post": [[]]}, 0.6)
    run = network.run(stimulus, trials=1, seed=1, weights=given(silence, 2.0, 1.0))
    visible, hidden = state(run)
    gap = np.exp(-0.6 * (1 / FAST + 1 / SLOW))
    assert visible - hidden == pytest.approx(gap, rel=1e-9)
    assert FAST * visible + SLOW * hidden == pytest.approx(FAST * 2 + SLOW * 1, rel=1e-9)


@pytest.mark.slow
def test_what_is_learnt_fades_to_the_share_that_was_consolidated(network, trains):
    learnt = network.run(pairings(trains, 8, 0.2), trials=1, seed=1)
    later = network.run(pairings(trains, 0, 3.0), trials=1, seed=1, dt=0.5 * ms, weights=learnt)
    before, after = state(learnt), state(later)
    assert before[0] > 1.3
    assert after[0] == pytest.approx(after[1], rel=2e-3)
    equilibrium = (FAST * before[0] + SLOW * before[1]) / (FAST + SLOW)
    assert 1 < after[0] == pytest.approx(equilibrium, rel=2e-3)


@pytest.mark.slow
def test_what_was_wiped_out_returns_in_part_and_is_learnt_again_sooner(silence, network, trains):
    """Savings: the visible strength is zero in both; only the hidden one differs."""
    fresh, trained = given(silence, 0.0, 0.0), given(silence, 0.0, 2.0)
    recovery = network.run(pairings(trains, 0, 1.0), trials=1, seed=1, dt=0.5 * ms, weights=trained)
    assert state(recovery)[0] > 1.0
    needed = []
    for start in (fresh, trained):
        final_weights = [
            state(network.run(pairings(trains, n, 0.3), trials=1, seed=1, weights=start))[0]
            for n in (4, 8)
        ]
        needed.append(final_weights)
    # Half the pairings bring the trained synapse above where the fresh one gets with all.
    assert needed[1][0] > needed[0][1]


def test_the_hidden_strength_is_the_slow_one():
    with pytest.raises(DescriptionError, match="tau_slow: wanted a time above tau_fast"):
        Consolidation(tau_fast=5000 * ms, tau_slow=1000 * ms)


def test_predicted_strengths_follow_the_two_equations():
    """ds/dt = (h - s) / tau_f + a, dh/dt = (s - h) / tau_h, by small steps of Euler's method."""
    strength, hidden, drive, dt = 0.3, 1.2, 0.7, 1e-5
    expected = RULE.predict_strengths(1.5, drive=drive, strength=strength, hidden=hidden)
    for _ in range(round(1.5 / dt)):
        flow = (hidden - strength) * dt
        strength, hidden = strength + flow / FAST + drive * dt, hidden - flow / SLOW
    np.testing.assert_allclose(expected, (strength, hidden), rtol=1e-4)


def test_a_share_of_what_was_learned_lasts_and_part_of_it_comes_back():
    """The steady state of a change is tau_f / (tau_f + tau_h) of it; a wipe leaves tau_h h."""
    steady = RULE.predict_strengths(1000.0, strength=1.0)
    np.testing.assert_allclose(steady, FAST / (FAST + SLOW))
    back = RULE.predict_strengths(1000.0, hidden=steady[1])
    np.testing.assert_allclose(back, steady[1] * SLOW / (FAST + SLOW))


@pytest.mark.parametrize("values", [(0.0, 1.0, 0.0), (1.0, -1.0, 0.0), (1.0, 1.0, -0.5)])
def test_a_strength_that_does_not_rise_has_no_learning_time(values):
    goal, drive, hidden = values
    message = "predict_learning_time: wanted a goal and a drive above 0, .* Use predict_strengths"
    with pytest.raises(DescriptionError, match=message):
        RULE.predict_learning_time(goal, drive=drive, hidden=hidden)


@pytest.mark.parametrize("hidden", [0.0, 0.4, 3.0])
def test_the_learning_time_is_when_the_predicted_strength_reaches_the_goal(hidden):
    time = RULE.predict_learning_time(0.8, drive=0.5, hidden=hidden)
    assert RULE.predict_strengths(time, drive=0.5, hidden=hidden)[0] == pytest.approx(0.8)
    if hidden:
        assert time < RULE.predict_learning_time(0.8, drive=0.5)
