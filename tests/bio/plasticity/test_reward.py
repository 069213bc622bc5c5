"""Three factors: eligibility waits, reward decides the sign."""

import numpy as np
import pytest
from brian2 import Hz, ms, nS

from bioann.base.errors import DescriptionError
from bioann.bio.network import SpikingNetwork
from bioann.bio.plasticity import Consolidation, PairSTDP, RewardSTDP, TsodyksMarkram
from bioann.bio.population import Population
from bioann.bio.projection import Projection

DELAY = 1e-3
WEAK = 1e-6 * nS
RULE = RewardSTDP(
    "reward", PairSTDP(A_plus=0.1, A_minus=0.12), tau_e=300 * ms, gain=5 * Hz, upper=2.0
)


def pulse(size, start, stop, duration=0.6):
    t = np.arange(round(duration * 1e3)) * 1e-3
    return np.where((t >= start - 1e-9) & (t < stop - 1e-9), size, 0.0)


@pytest.fixture
def run(trains, electrodes):
    def go(rewards, pre=0.05, post=0.06, rule=RULE):
        network = SpikingNetwork(
            (Population("pre", 1, "glutamate"), Population("post", 1, "glutamate")),
            electrodes("pre", "post"),
            (Projection("pre", "post", WEAK, plasticity=rule),),
        )
        n = len(rewards)
        stimulus = trains({"pre": [[pre]] * n, "post": [[post]] * n, "reward": rewards}, 0.6)
        return network.run(stimulus, trials=1, seed=1)

    return go


def change(recorded):
    return recorded.weight_pre_to_post.values[:, 0, 0] / float(WEAK) - 1


def expected(size, start, stop, spikes, rule=RULE):
    """Gain times reward times the integral of the eligibility."""
    pre, post = spikes[0] + DELAY, spikes[1]
    eligible = float(rule.rule.stdp_window(post - pre))
    since = max(pre, post)
    decay = [np.exp(-(max(t, since) - since) / rule.tau_e) for t in (start, stop)]
    return rule.gain * size * eligible * rule.tau_e * (decay[0] - decay[1])


@pytest.mark.slow
def test_reward_turns_eligibility_into_strength_in_closed_form(run, spikes_of):
    pulses = [(1.0, 0.1, 0.2), (-1.0, 0.1, 0.2), (1.0, 0.3, 0.4), (0.5, 0.03, 0.6), (0.0, 0, 0.1)]
    recorded = run([pulse(*p) for p in pulses])
    changes = change(recorded)
    for c, p in enumerate(pulses):
        spikes = [spikes_of(recorded, name, c)[0] for name in ("pre", "post")]
        assert changes[c] == pytest.approx(expected(*p, spikes), rel=1e-6, abs=1e-12)
    assert changes[0] > 0 > changes[1]
    assert changes[0] == pytest.approx(-changes[1], rel=0.02)  # spikes differ by 0.1 ms
    assert changes[2] == pytest.approx(changes[0] * np.exp(-0.2 / 0.3), rel=0.02)
    assert changes[4] == 0


def test_punishment_of_the_reverse_order_strengthens(run):
    changes = change(run([pulse(1.0, 0.1, 0.2), pulse(-1.0, 0.1, 0.2)], pre=0.06, post=0.05))
    assert changes[0] < 0 < changes[1]


def test_a_reward_that_comes_before_changes_nothing(run):
    assert change(run([pulse(1.0, 0.0, 0.04)]))[0] == 0


def test_strength_stays_between_its_bounds(run):
    strengths = change(run([pulse(1e3, 0.1, 0.5), pulse(-1e3, 0.1, 0.5)])) + 1
    assert strengths.tolist() == [2.0, 0.0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RewardSTDP("", PairSTDP()), "channel: wanted the name of a stimulus channel"),
        (lambda: RewardSTDP("r", RULE), "rule: wanted a long-term rule that changes"),
        (lambda: RewardSTDP("r", TsodyksMarkram()), "Use PairSTDP"),
        (lambda: Consolidation(RULE), "rule: wanted a long-term rule that changes"),
        (lambda: RewardSTDP("r", tau_e=0 * ms), "tau_e: wanted a value above 0"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_written(make, message):
    with pytest.raises(DescriptionError, match=message):
        make()


def test_the_reward_is_a_channel_of_the_network():
    network = SpikingNetwork(
        (Population("a", 1, "glutamate"),),
        (),
        Projection("a", "a", 1 * nS, plasticity=RULE),
    )
    assert network.channels == ("reward",)
    assert [e.caption for e in network.explain()][-2:] == [
        "RewardSTDP: a_to_a",
        "RewardSTDP of PairSTDP: a_to_a",
    ]
