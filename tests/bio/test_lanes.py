"""A lane's spikes depend on its condition, its trial and the seed, and on nothing beside it."""

import gc

import brian2 as b2
import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS, pA

from bioann.base.errors import SimulationError
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.background import Background
from bioann.bio.cells.adex import AdEx
from bioann.bio.connectivity import ExplicitMatrix, FixedProbability
from bioann.bio.injection import Injection
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.recordings.recording import SPIKE_FIELDS
from bioann.stimuli.stimulus import make_stimulus
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
    selection = recorded.isel(condition=conditions, trial=list(range(trials)))
    position = {c: k for k, c in enumerate(conditions)}
    of = recorded.spike_condition.values
    mine = np.isin(of, conditions) & (recorded.spike_trial.values < trials)
    selection = selection.isel(spike=np.flatnonzero(mine))
    new_conditions = [position[c] for c in selection.spike_condition.values]
    selection = selection.assign(spike_condition=("spike", np.array(new_conditions, int)))
    keys = [selection[f].values for f in reversed(SPIKE_FIELDS)]
    return selection.isel(spike=np.lexsort(keys))


@pytest.fixture(scope="module")
def full_run():
    recorded = run()
    assert recorded.sizes["spike"] > 300
    assert (recorded.rate.mean(["trial", "time"]) > 0).all()
    return recorded


def test_one_condition_alone_fires_as_it_does_among_three(full_run):
    assert_same_bits(run(STIMULUS.isel(condition=[1])), lanes_of(full_run, [1], 2))


def test_the_first_trials_do_not_depend_on_how_many_follow(full_run):
    assert_same_bits(run(trials=1), lanes_of(full_run, [0, 1, 2], 1))


def test_the_order_of_conditions_does_not_matter(full_run):
    assert_same_bits(run(STIMULUS.isel(condition=[2, 0, 1])), lanes_of(full_run, [2, 0, 1], 2))


@pytest.mark.slow
def test_a_second_build_in_one_process_fires_the_same(full_run):
    gc.collect()
    assert_same_bits(run(), full_run)


@pytest.mark.slow
def test_brians_own_seed_and_preferences_change_nothing(full_run):
    b2.seed(99)
    before = b2.prefs.codegen.target
    b2.prefs.codegen.target = "cython"
    try:
        assert_same_bits(run(), full_run)
        assert b2.prefs.codegen.target == "cython"  # put back as it was
    finally:
        b2.prefs.codegen.target = before


@pytest.mark.slow
def test_another_seed_fires_otherwise(full_run):
    assert run(seed=2).spike_time.values.tolist() != full_run.spike_time.values.tolist()


def test_trials_differ(full_run):
    times = [full_run.spike_time.values[full_run.spike_trial.values == t].tolist() for t in (0, 1)]
    assert times[0] != times[1]


def test_conditions_with_one_noise_key_differ_only_by_their_stimulus():
    """Equal stimuli have equal spikes; the key is that of the lane whose noise is repeated."""
    names = ["a", "dose | paired: 1", "dose | paired: 2"]
    values = np.full((3, 120, 2), 0.7)
    stimulus = make_stimulus(values, channels=("x", "y"), conditions=names)
    paired = run(stimulus, noise_keys=["a", "b", "a"])
    assert_same_bits(
        lanes_of(paired, [0], 2), lanes_of(paired, [2], 2).assign_coords(condition=["a"])
    )
    assert (paired.rate[0] != paired.rate[1]).any()
    # Batches of one lane each draw what all lanes draw together.
    assert_same_bits(run(stimulus, noise_keys=["a", "b", "a"], memory=1.0), paired)
    # Nothing is read out of a label.
    unpaired = run(stimulus)
    assert (unpaired.rate[1] != unpaired.rate[2]).any()
    assert_same_bits(lanes_of(unpaired, [0], 2), lanes_of(paired, [0], 2))


def test_a_noise_key_is_needed_for_every_condition():
    with pytest.raises(SimulationError, match=r"noise_keys: wanted one key for each of 3 cond.*2"):
        run(noise_keys=["a", "b"])


def test_the_stimulus_is_not_changed():
    before = STIMULUS.copy(deep=True)
    run(STIMULUS, trials=1)
    xr.testing.assert_identical(STIMULUS, before)


def test_spike_times_are_whole_steps(full_run):
    steps_ = full_run.spike_time.values / 1e-4
    np.testing.assert_array_equal(np.round(steps_) * 1e-4, full_run.spike_time.values)
    assert full_run.spike_time.values.max() < 0.12


def test_spikes_are_sorted_and_counted(full_run):
    keys = [tuple(k) for k in np.stack([full_run[f].values for f in SPIKE_FIELDS], axis=1)]
    assert keys == sorted(keys)
    assert float((full_run.rate * full_run.n_neurons * 0.01).sum()) == pytest.approx(len(keys))
    assert (full_run.spike_neuron.values < np.array([12, 5])[full_run.spike_unit.values]).all()
