"""Depression and facilitation against their steady states and recovery."""

import numpy as np
import pytest
from brian2 import ms, nS

from bioann.base.errors import DescriptionError
from bioann.bio.network import SpikingNetwork
from bioann.bio.plasticity import PairSTDP, TsodyksMarkram
from bioann.bio.population import Population
from bioann.bio.projection import Projection

DT = 5e-4  # s; all is exact between spikes, so the step is as long as two spikes allow
RULES = {
    "depressing": TsodyksMarkram(0.5, 200 * ms),
    "facilitating": TsodyksMarkram(0.1, 50 * ms, 300 * ms),
    "only_facilitating": TsodyksMarkram(0.2, 0 * ms, 300 * ms),
    "all_at_once": TsodyksMarkram(1.0, 100 * ms),
}


def network(electrodes):
    """One neuron onto one target per rule, so that all see the same spikes."""
    targets = tuple(Population(name, 1, "GABA") for name in RULES)
    return SpikingNetwork(
        (Population("pre", 1, "glutamate"), *targets),
        electrodes("pre"),
        tuple(Projection("pre", n, 0.01 * nS, plasticity=rule) for n, rule in RULES.items()),
    )


def released(g, steps):
    """Jumps of an AMPA conductance in units of the weight."""
    return (g[steps] - g[steps - 1] * np.exp(-DT / 5e-3)) / 0.01e-9


INTERVAL, N, PAUSE = 0.02, 40, 0.25


@pytest.fixture(scope="module")
def train(probe, trains, electrodes):
    """Steps in which the spikes of a train and of one after a pause arrive, and conductances."""
    times = [0.01 + INTERVAL * k for k in range(N)]
    stimulus = trains({"pre": [[*times, times[-1] + PAUSE]]}, times[-1] + PAUSE + 0.02)
    recording, spikes = probe(network(electrodes), stimulus, tuple(RULES), "g_AMPA", dt=DT)
    at = spikes["pre"][1] + round(1e-3 / DT) + 1  # a delay of 1 ms
    assert len(at) == N + 1
    return at, dict(zip(RULES, recording.g_AMPA.values, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
def test_trains_reach_the_steady_state_and_recover(name, train):
    at, courses = train
    jumps = released(courses[name], at)
    rule = RULES[name]
    assert jumps[0] == pytest.approx(rule.U, rel=1e-6)
    paired = rule.paired_pulse_ratio((at[1] - at[0]) * DT)
    assert jumps[1] / jumps[0] == pytest.approx(paired, rel=1e-6)
    u, x = rule.steady_state(INTERVAL)
    assert jumps[N - 1] == pytest.approx(u * x, rel=1e-3)
    # After the pause: what was left recovers to one, what was ready fades to zero.
    gap = (at[-1] - at[-2]) * DT
    recovered = 1 - (1 - x * (1 - u)) * np.exp(-gap / rule.tau_rec) if rule.tau_rec else 1.0
    ready = u * np.exp(-gap / rule.tau_facil) if rule.tau_facil else 0.0
    again = ready + rule.U * (1 - ready) if rule.tau_facil else rule.U
    assert jumps[-1] == pytest.approx(again * recovered, rel=1e-3)


def test_depression_makes_the_mean_conductance_independent_of_rate():
    """Far above 1/(U tau_rec) rate times release saturates."""
    rule = RULES["depressing"]
    drive = [rate * np.prod(rule.steady_state(1 / rate)) for rate in (100.0, 200.0)]
    assert drive[1] == pytest.approx(drive[0], rel=0.05)
    assert drive[1] == pytest.approx(1 / 0.2, rel=0.05)


def test_facilitation_grows_with_rate_and_depression_falls():
    for name, grows in (("only_facilitating", True), ("depressing", False)):
        release = [np.prod(RULES[name].steady_state(1 / rate)) for rate in (1.0, 10.0, 30.0)]
        assert (np.diff(release) > 0).all() == grows


@pytest.mark.parametrize("wrong", [{"U": 0}, {"U": -0.1}, {"U": 1.01}, {"U": np.nan}])
def test_a_release_is_a_share(wrong):
    with pytest.raises(
        DescriptionError, match=r"TsodyksMarkram, U: wanted a fraction .*0 < U <= 1"
    ):
        TsodyksMarkram(**wrong)


def test_times_are_not_negative():
    with pytest.raises(DescriptionError, match="tau_rec: wanted a value at least 0 ms"):
        TsodyksMarkram(tau_rec=-1 * ms)


@pytest.mark.parametrize(
    "rules", [(TsodyksMarkram(), TsodyksMarkram(0.1)), "STDP", (PairSTDP(), PairSTDP())]
)
def test_a_projection_has_one_rule_of_each_kind(rules):
    with pytest.raises(DescriptionError, match="at most one short-term and one long-term rule"):
        Projection("a", "b", 1 * nS, plasticity=rules)


def test_the_report_is_told_the_rule():
    titles = [e.caption for e in network(lambda *p: ()).explain()]
    assert "TsodyksMarkram: pre_to_depressing" in titles
