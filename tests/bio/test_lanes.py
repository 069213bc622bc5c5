"""A lane's spikes depend on its condition, its trial and the seed, and on nothing beside it."""

import gc

import brian2 as b2
import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS, pA

from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.cells.adex import AdEx
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Background, Injection, Population
from bioann.bio.projection import ExplicitMatrix, FixedProbability, Projection
from bioann.recordings.recording import SPIKE_FIELDS
from bioann.stimuli.waveforms import steps

RNG = np.random.default_rng(3)
#: Something of everything: two cell models, two receptors, all kinds of input, unequal weights.
NETWORK = SpikingNetwork(
    (
        Population(
            "e", 12, "glutamate", background=(Background(6 * nS), Background(2 * nS, "GABA_A"))
        ),
        Population("i", 5, "GABA", cell=AdEx(), background=12 * nS),
    ),
    (
        Afferent("x", "e", 0.9 * nS, fibres=30),
        Afferent("x", "i", 0.7 * nS, fibres=10, kind="regular", delay=2 * ms),
        Afferent("y", "i", 0.3 * nS, transmitter="GABA", coding="baseline", baseline=1.0),
        CurrentAfferent("y", "e", 90 * pA),
    ),
    (
        Projection("e", "i", 1.7 * nS, connectivity=ExplicitMatrix(RNG.random((5, 12)))),
        Projection("e", "e", 0.7 * nS, connectivity=FixedProbability(0.5), delay=1.5 * ms),
        Projection("i", "e", 2.1 * nS, delay=0.7 * ms),
    ),
    (Injection("e", 20 * pA, conductance=1 * nS),),
)
STIMULUS = steps({"x": [0.4, 1.0, 0.7], "y": [0.5, -0.4, 0.0]}, duration=120 * ms)


def run(stimulus=STIMULUS, trials=2, seed=1, **more):
    return NETWORK.run(stimulus, trials=trials, seed=seed, **more)


def assert_same_bits(one, other):
    for field in SPIKE_FIELDS:
        np.testing.assert_array_equal(one[field].values, other[field].values)
    xr.testing.assert_identical(one.rate, other.rate)


def lanes_of(recorded, conditions, trials):
    """The spikes of some lanes, renumbered as if they had been run alone."""
    chosen = recorded.isel(condition=conditions, trial=list(range(trials)))
    place = {c: k for k, c in enumerate(conditions)}
    of = recorded.spike_condition.values
    mine = np.isin(of, conditions) & (recorded.spike_trial.values < trials)
    chosen = chosen.isel(spike=np.flatnonzero(mine))
    moved = [place[c] for c in chosen.spike_condition.values]
    chosen = chosen.assign(spike_condition=("spike", np.array(moved, int)))
    keys = [chosen[f].values for f in reversed(SPIKE_FIELDS)]
    return chosen.isel(spike=np.lexsort(keys))


@pytest.fixture(scope="module")
def whole():
    recorded = run()
    assert recorded.sizes["spike"] > 300
    assert (recorded.rate.mean(["trial", "time"]) > 0).all()
    return recorded


def test_one_condition_alone_fires_as_it_does_among_three(whole):
    assert_same_bits(run(STIMULUS.isel(condition=[1])), lanes_of(whole, [1], 2))


def test_the_first_trials_do_not_depend_on_how_many_follow(whole):
    assert_same_bits(run(trials=1), lanes_of(whole, [0, 1, 2], 1))


def test_the_order_of_conditions_does_not_matter(whole):
    assert_same_bits(run(STIMULUS.isel(condition=[2, 0, 1])), lanes_of(whole, [2, 0, 1], 2))


def test_a_second_build_in_one_process_fires_the_same(whole):
    gc.collect()
    assert_same_bits(run(), whole)


def test_brians_own_seed_and_preferences_change_nothing(whole):
    b2.seed(99)
    before = b2.prefs.codegen.target
    b2.prefs.codegen.target = "cython"
    try:
        assert_same_bits(run(), whole)
        assert b2.prefs.codegen.target == "cython"  # put back as it was
    finally:
        b2.prefs.codegen.target = before


def test_another_seed_fires_otherwise(whole):
    assert run(seed=2).spike_time.values.tolist() != whole.spike_time.values.tolist()


def test_trials_differ(whole):
    times = [whole.spike_time.values[whole.spike_trial.values == t].tolist() for t in (0, 1)]
    assert times[0] != times[1]


def test_the_stimulus_is_not_changed():
    before = STIMULUS.copy(deep=True)
    run(STIMULUS, trials=1)
    xr.testing.assert_identical(STIMULUS, before)


def test_spike_times_are_whole_steps(whole):
    steps_ = whole.spike_time.values / 1e-4
    np.testing.assert_array_equal(np.round(steps_) * 1e-4, whole.spike_time.values)
    assert whole.spike_time.values.max() < 0.12


def test_spikes_are_sorted_and_counted(whole):
    keys = [tuple(k) for k in np.stack([whole[f].values for f in SPIKE_FIELDS], axis=1)]
    assert keys == sorted(keys)
    assert float((whole.rate * whole.n_neurons * 0.01).sum()) == pytest.approx(len(keys))
    assert (whole.spike_neuron.values < np.array([12, 5])[whole.spike_unit.values]).all()
