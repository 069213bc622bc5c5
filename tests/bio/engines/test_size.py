"""Runs that are too large are refused before anything is drawn or built."""

import pytest
from brian2 import Hz, ms, nS, pA, second, uM

import bioann as ba
from bioann.base import memory
from bioann.base.errors import BioannError, SimulationError, StimulusError
from bioann.bio.engines import cost

STIMULUS = ba.steps({"x": [0.0, 0.5]}, duration=300 * ms)
MANY = ba.Record(spikes=False, voltage={"out": range(1000)})
STATES = ba.Record(spikes=False, states={"out": {"v": range(1000)}})


def make_network(n=3, connectivity=None, plasticity=(), **afferent):
    projections = ()
    if connectivity is not None:
        projections = (
            ba.Projection("out", "out", 1 * nS, connectivity=connectivity, plasticity=plasticity),
        )
    return ba.SpikingNetwork(
        populations=(ba.Population("out", n, "glutamate", background=8 * nS),),
        afferents=(ba.Afferent("x", "out", 2 * nS, **{"fibres": 5} | afferent),),
        projections=projections,
    )


@pytest.fixture(autouse=True)
def ten_gigabytes(monkeypatch):
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: Memory)


class Memory:
    available = 10**10


FEWER = "Use fewer neurons."
LOWER = "Lower the rate or the fibres of the inputs"
#: Network, options of the run, what it would take, and what to change.
TOO_LARGE = {
    "neurons": ({"n": 10**12}, {}, "1e+12 neurons, 0 synapses", FEWER),
    "as many as can be counted": ({"n": 2**63 - 1}, {}, "9.22e+18 neurons", FEWER),
    "all to all": (
        {"n": 10**5, "connectivity": ba.AllToAll()},
        {},
        "1e+10 synapses and 5.7e+07 spikes a trial: about 160 GB",
        "connectivity=FixedProbability(p)",
    ),
    "fibres": ({"fibres": 10**12}, {}, "about 680 TB", LOWER),
    "rate": ({"rate": 1e15 * Hz}, {}, "about 34 PB", LOWER),
    "trials": ({}, {"trials": 10**9}, "a recording of 1e+09 trials of 2", "Ask for at most 19"),
    "voltages": ({"n": 1000}, {"trials": 10**4, "record": MANY}, "480 GB", "at most 208 trials"),
    "states": ({"n": 1000}, {"trials": 10**5, "record": STATES}, "480 GB", "at most 2083 trials"),
    "weights": (
        {"n": 100, "connectivity": ba.AllToAll(), "plasticity": ba.plasticity.PairSTDP()},
        {"trials": 10**5, "record": ba.Record(spikes=False, weights="out_to_out")},
        "4.8 TB",
        "at most 208 trials",
    ),
    "time steps": ({}, {"dt": 1e-12 * second}, "3e+11", "take a longer dt"),
    "years": (
        {"n": 10**5},
        {"trials": 10**8, "record": ba.Record(spikes=False)},
        "years for 2e+08 lanes",
        "Ask for fewer trials or neurons",
    ),
}


@pytest.mark.parametrize("case", TOO_LARGE)
def test_a_run_that_is_too_large_says_what_it_would_take_and_what_to_change(case, monkeypatch):
    network, options, items, remedy = TOO_LARGE[case]
    if case == "years":
        monkeypatch.setattr(Memory, "available", 10**12)
    monkeypatch.setattr("bioann.bio.engines.run.start_batches", pytest.fail)
    with pytest.raises(SimulationError) as caught:
        make_network(**network).run(STIMULUS, **{"trials": 1, "seed": 1} | options)
    assert items in caught.value.got
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    "build",
    [
        lambda: ba.steps({"x": [0.0]}, duration=1e12 * second),
        lambda: ba.steps({"x": [0.0]}, duration=1 * second, dt=1e-15 * second),
        lambda: ba.stimuli.noise({"x": [0.0]}, std=1, samples=10**12, seed=1, duration=1 * second),
        lambda: ba.stimuli.images([[[0.0]]], duration=1e12 * second),
        lambda: ba.stimuli.spike_trains({"x": []}, duration=1e12 * second, rate=1 * Hz),
    ],
)
def test_a_stimulus_that_is_too_large_is_refused(build):
    with pytest.raises(StimulusError, match=r"at most the 10 GB of memory .* Shorten the dur"):
        build()


@pytest.mark.parametrize("dt", [0 * ms, -1 * ms, 11 * ms])
def test_a_stimulus_has_at_least_one_step(dt):
    with pytest.raises(StimulusError, match="above 0 and at most the duration, 10 ms"):
        ba.steps({"x": [0.0]}, duration=10 * ms, dt=dt)


def test_other_models_are_refused_before_they_are_called():
    options = {"trials": 10**9, "seed": 1}
    for model in (
        ba.FunctionModel(pytest.fail, ("a",), ("x",), random=True),
        ba.BrianNetwork(pytest.fail, {"a": 1}, ("x",)),
    ):
        with pytest.raises(BioannError, match=r", trials: .* Ask for fewer trials"):
            model.run(STIMULUS, **options)
    # A model without randomness has one trial, however many are requested.
    assert ba.FunctionModel(lambda s, rng: s.values, ("a",), ("x",)).run(STIMULUS, **options)


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 bytes"),
        (999, "1 kB"),
        (1000, "1 kB"),
        (1.26e9, "1.3 GB"),
        (1e25, "10000000 EB"),
    ],
)
def test_bytes_have_a_unit(n_bytes, text):
    assert memory.format_bytes(n_bytes) == text


def make_release(n):
    """A population that releases a modulator, which acts on its own neurons."""
    substance = ba.modulation.Modulator(
        "m", clearance=100 * ms, population="out", release=0.01 * uM
    )
    effect = ba.modulation.Excitability("out", 10 * pA)
    return ba.SpikingNetwork(
        ba.Population("out", n, "glutamate"),
        ba.Afferent("x", "out", 2 * nS, fibres=5),
        modulations=ba.modulation.Modulation(substance, ba.modulation.Hill(1 * uM), effect),
    )


def test_synapses_that_release_a_modulator_count_as_those_between_populations():
    """Each of n neurons that release it reaches each of the n that it acts on."""
    assert cost.estimate_synapse_count(make_release(100)) == 100**2
    plain = ba.SpikingNetwork(
        ba.Population("out", 100, "glutamate"), ba.Afferent("x", "out", 2 * nS, fibres=5)
    )
    with_release, without = (
        cost.estimate_lane_bytes(network, STIMULUS, cost.PROGRAM_LANE_BYTES)
        for network in (make_release(100), plain)
    )
    assert with_release - without == 100**2 * cost.PROGRAM_LANE_BYTES.per_synapse


def test_a_release_that_is_too_large_is_refused():
    with pytest.raises(SimulationError) as error:
        make_release(10**5).run(STIMULUS, trials=1, seed=1)
    assert "1e+10 synapses" in str(error.value)
    assert "Let fewer neurons release the modulator" in str(error.value)
