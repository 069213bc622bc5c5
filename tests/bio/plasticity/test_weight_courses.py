"""The course of learned weights over a run."""

import numpy as np
import pytest
from brian2 import Hz, ms, nS, pA, second

import bioann as ba
from bioann.bio.engines.cpp import compiler

RULES = {
    "pair": ba.plasticity.PairSTDP(A_plus=0.02, A_minus=0.01),
    "reward": ba.plasticity.RewardSTDP("reward", gain=20 * Hz, tau_e=50 * ms),
    "consolidation": ba.plasticity.Consolidation(
        ba.plasticity.PairSTDP(A_plus=0.1), tau_fast=40 * ms, tau_slow=100 * ms
    ),
}
NAMES = tuple(RULES)


@pytest.fixture
def network():
    """Two populations that fire regularly, one shortly before the other."""
    return ba.SpikingNetwork(
        (ba.Population("pre", 3, "glutamate"), ba.Population("post", 2, "GABA")),
        (ba.CurrentAfferent("x", "pre", 400 * pA), ba.CurrentAfferent("x", "post", 380 * pA)),
        tuple(
            ba.Projection("pre", "post", 0.5 * nS, name=name, plasticity=rule)
            for name, rule in RULES.items()
        ),
    )


def run_network(network, duration=0.2, engine="numpy", **options):
    stimulus = ba.steps(
        {"x": [1, 1.3], "reward": [1, -0.5]}, onset=11 * ms, duration=duration * second
    )
    record = ba.Record(weights=NAMES, interval=5 * ms)
    return network.run(stimulus, trials=2, seed=1, engine=engine, **({"record": record} | options))


@pytest.mark.slow
def test_a_course_passes_through_the_final_weights_of_shorter_runs(network):
    run = run_network(network)
    assert run.weight_course_pair.dims == ("condition", "trial", "sample_time", "synapse_pair")
    assert run.weight_course_pair.attrs["units"] == "S"
    np.testing.assert_allclose(run.sample_time, np.arange(40) * 5e-3)
    variables = [*(f"weight_{name}" for name in NAMES), "hidden_consolidation"]
    for duration in (0.06, 0.125):
        shorter = run_network(network, duration, record=None)
        for variable in variables:
            kind, name = variable.split("_")
            course = run[f"{kind}_course_{name}"]
            now = course.sel(sample_time=duration, method="nearest")
            np.testing.assert_allclose(now, shorter[variable], rtol=1e-12, err_msg=variable)
    for name in NAMES:
        course = run[f"weight_course_{name}"]
        assert (course.isel(sample_time=0) == 0.5e-9).all()
        assert np.abs(course - 0.5e-9).max() > 0.5e-11


@pytest.mark.slow
def test_weights_change_at_spikes_and_only_there(network):
    run = run_network(network).isel(condition=0, trial=0)
    is_own = (run.spike_condition == 0) & (run.spike_trial == 0)
    times = run.spike_time.values[is_own]
    times = np.concatenate([times, times + 1e-3])  # arrivals, after the delay
    has_event = np.histogram(times, np.arange(41) * 5e-3)[0] > 0
    changes = np.diff(run.weight_course_pair.values, axis=0)
    assert (changes[~has_event[:39]] == 0).all()
    assert 10 < has_event.sum() < 40
    assert (changes != 0).any()


@pytest.mark.slow
def test_courses_are_the_same_on_the_compiled_engine_and_in_batches(network):
    run = run_network(network)
    others = [run_network(network, memory=1.0)]
    if compiler.find_compiler() is not None:
        others.append(run_network(network, engine="cpp"))
    for other in others:
        for name in (n for n in run.data_vars if "course" in n):
            np.testing.assert_allclose(run[name], other[name], rtol=1e-12, err_msg=name)


def test_the_weights_of_fibres_have_courses_too():
    network = ba.SpikingNetwork(
        (ba.Population("post", 2, "GABA"),),
        (
            ba.CurrentAfferent("x", "post", 500 * pA),
            ba.Afferent(
                "x", "post", 0.1 * nS, fibres=3, name="in", plasticity=ba.plasticity.PairSTDP()
            ),
        ),
    )
    stimulus = ba.steps({"x": [1]}, duration=200 * ms)
    record = ba.Record(weights=["in"])
    run = network.run(stimulus, trials=1, seed=1, engine="numpy", record=record)
    course = run.weight_course_in
    assert course.shape == (1, 1, 200, 6)
    np.testing.assert_allclose(course.isel(sample_time=0), 1e-10, rtol=1e-12)
    assert np.abs(course.isel(sample_time=-1) - 1e-10).max() > 1e-13


@pytest.mark.slow
def test_a_run_starts_from_a_recording_with_courses(network):
    recording = run_network(network)
    run = run_network(network, weights=recording)
    for name in NAMES:
        np.testing.assert_array_equal(
            run[f"weight_course_{name}"].isel(sample_time=0), recording[f"weight_{name}"]
        )
