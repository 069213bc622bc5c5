"""Several wirings: each is the network that its synapses make, and a trial keeps its input."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS

import bioann as ba
from bioann.base.errors import SimulationError
from bioann.bio.connectivity import Connectivity
from bioann.recordings.recording import SPIKE_FIELDS

STIMULUS = ba.steps({"x": [0.5, 1.0]}, duration=60 * ms)
DRAWN = ba.FixedProbability(0.4)
OPTIONS = {"trials": 3, "seed": 3, "engine": "numpy"}


def make_network(connectivity=DRAWN, **options):
    return ba.SpikingNetwork(
        (ba.Population("e", 12, "glutamate"), ba.Population("i", 6, "GABA")),
        (ba.Afferent("x", "e", 2 * nS, fibres=40),),
        (
            ba.Projection("e", "i", 4 * nS, connectivity=connectivity, **options),
            ba.Projection("i", "e", 6 * nS, connectivity=connectivity),
        ),
    )


def fix_wiring(network, seed, wiring):
    """Write the synapses of one wiring into the description."""
    projections = tuple(
        dataclasses.replace(
            p,
            connectivity=ba.ExplicitMatrix(
                network.draw_conductances(p, seed, wiring) / float(p.weight)
            ),
        )
        for p in network.projections
    )
    return dataclasses.replace(network, projections=projections)


def spikes_of_trial(recording, trial):
    is_of_trial = recording.spike_trial.values == trial
    return {field: recording[field].values[is_of_trial] for field in SPIKE_FIELDS}


@pytest.fixture(scope="module")
def recording():
    return make_network().run(STIMULUS, wirings=2, **OPTIONS)


def test_wirings_differ_in_their_synapses_and_the_first_is_that_of_the_seed():
    network = make_network()
    projection = network.projections[0]
    first, second = (network.draw_conductances(projection, 3, wiring) for wiring in (0, 1))
    assert (first != second).any()
    np.testing.assert_array_equal(first, network.draw_conductances(projection, 3))
    post, pre, _ = network.draw_synapses(projection, 3, 1)
    np.testing.assert_array_equal(np.nonzero(second), (post, pre))


@pytest.mark.slow
@pytest.mark.parametrize("wiring", [0, 1])
def test_each_wiring_runs_as_it_does_alone(recording, wiring):
    alone = fix_wiring(make_network(), OPTIONS["seed"], wiring).run(STIMULUS, **OPTIONS)
    trials = [trial for trial in range(3) if trial % 2 == wiring]
    xr.testing.assert_equal(recording.rate.isel(trial=trials).drop_vars("wiring"),
                            alone.rate.isel(trial=trials))  # fmt: skip
    for trial in trials:
        assert len(spikes_of_trial(alone, trial)["spike_time"]) > 10
        for field, values in spikes_of_trial(alone, trial).items():
            np.testing.assert_array_equal(spikes_of_trial(recording, trial)[field], values)


def test_one_wiring_is_the_run_without_the_option(recording):
    run = make_network().run(STIMULUS, **OPTIONS)
    xr.testing.assert_identical(make_network().run(STIMULUS, wirings=1, **OPTIONS), run)
    assert not run.wiring.any()
    xr.testing.assert_equal(run.rate.isel(trial=[0, 2]), recording.rate.isel(trial=[0, 2]))
    assert not run.rate.isel(trial=1).equals(recording.rate.isel(trial=1))


@pytest.mark.slow
def test_a_recording_of_several_wirings_is_labelled_sorted_and_reproducible(recording):
    assert recording.wiring.dims == ("trial",)
    assert recording.wiring.values.tolist() == [0, 1, 0]
    assert recording.trial.values.tolist() == list(range(3))
    assert recording.rate.dims == ("condition", "trial", "time", "unit")
    columns = [recording[field].values for field in reversed(SPIKE_FIELDS)]
    np.testing.assert_array_equal(np.lexsort(columns), np.arange(recording.sizes["spike"]))
    in_batches = make_network().run(STIMULUS, wirings=2, memory=1, **OPTIONS)
    xr.testing.assert_identical(in_batches, recording)


def test_more_trials_leave_those_that_are_there(recording):
    more = make_network().run(STIMULUS, wirings=2, **(OPTIONS | {"trials": 4}))
    xr.testing.assert_equal(more.rate.isel(trial=slice(3)), recording.rate)


@pytest.mark.slow
def test_what_is_recorded_besides_spikes_has_the_trials_in_order():
    record = ba.Record(counts=True, voltage={"e": (0, 1)})
    recording = make_network().run(STIMULUS, wirings=2, record=record, **OPTIONS)
    counts = np.zeros(recording.count_e.shape)
    is_e = recording.spike_unit.values == 0
    indices = (recording[f"spike_{name}"].values[is_e] for name in ("condition", "trial", "neuron"))
    np.add.at(counts, tuple(indices), 1)
    np.testing.assert_array_equal(recording.count_e, counts)
    alone = make_network().run(STIMULUS, record=record, **OPTIONS)
    trials = {"trial": [0, 2]}
    xr.testing.assert_equal(recording.voltage_e.isel(trials), alone.voltage_e.isel(trials))


class Ring(Connectivity):
    """A rule of one's own, which says nothing about randomness."""

    def draw_synapses(self, n_pre, n_post, recurrent, rng):
        post = np.arange(n_post)
        return post, (post - 1) % n_pre, np.ones(n_post)


@pytest.mark.parametrize(
    ("rule", "is_drawn"),
    [(ba.AllToAll(), False), (ba.ExplicitMatrix(np.ones((6, 12))), False),
     (ba.FixedProbability(1), False), (ba.FixedProbability(0.9), True), (Ring(), True)],
)  # fmt: skip
def test_a_network_says_whether_its_wiring_is_drawn(rule, is_drawn):
    network = dataclasses.replace(
        make_network(), projections=(ba.Projection("e", "i", 1 * nS, connectivity=rule),)
    )
    assert network.has_drawn_wiring == is_drawn
    silent = dataclasses.replace(network.projections[0], weight=0 * nS)
    assert not dataclasses.replace(network, projections=(silent,)).has_drawn_wiring


@pytest.mark.parametrize(
    ("network", "wirings", "message"),
    [(make_network(), 4, "at most the number of trials, 3, got 4"),
     (make_network(), 0, "wirings: wanted a whole number >= 1, got 0"),
     (make_network(ba.AllToAll()), 2,
      "1, because no synapses or parameters of this network are drawn, got 2")],
)  # fmt: skip
def test_wirings_that_cannot_be_run_are_refused(network, wirings, message):
    with pytest.raises(SimulationError, match=message):
        network.run(STIMULUS, wirings=wirings, **OPTIONS)


@pytest.mark.slow
def test_learned_weights_stay_on_their_wiring():
    """All-to-all synapses learn, and others of the network are drawn."""
    network = make_network()
    plastic = dataclasses.replace(
        network.projections[0], connectivity=ba.AllToAll(), plasticity=ba.plasticity.PairSTDP()
    )
    network = dataclasses.replace(network, projections=(plastic, network.projections[1]))
    learned = network.run(STIMULUS, wirings=2, **OPTIONS)
    assert learned.weight_e_to_i.dims == ("condition", "trial", "synapse_e_to_i")
    with pytest.raises(SimulationError, match=r"of wirings 0, 1, 0, .* got one of wiring 0\. Run"):
        network.run(STIMULUS, wirings=2, weights=learned.isel(trial=[0]), **OPTIONS)
    with pytest.raises(SimulationError, match=r"wiring 0, which .* got one of wirings 0, 1, 0\."):
        network.run(STIMULUS, weights=learned, **OPTIONS)
    of_first = learned.isel(trial=learned.wiring == 0)
    again = network.run(STIMULUS, weights=of_first, **(OPTIONS | {"trials": 2}))
    both = network.run(STIMULUS, wirings=2, weights=learned, **OPTIONS)
    # Trial 2 of the run on both wirings is the second one on wiring 0, under another number.
    np.testing.assert_array_equal(both.weight_e_to_i[:, 0], again.weight_e_to_i[:, 0])
    assert (both.weight_e_to_i != learned.weight_e_to_i).any()


@pytest.mark.slow
def test_drawn_synapses_learn_in_each_wiring():
    """A weight is NaN where a wiring lacks the synapse, and a run goes on where it was."""
    network = make_network(plasticity=ba.plasticity.PairSTDP())
    learned = network.run(STIMULUS, wirings=2, **OPTIONS)
    exists = learned.weight_e_to_i[0].notnull().values
    assert (exists[0] == exists[2]).all()
    assert (exists[0] != exists[1]).any()
    for trial in (0, 1):
        post, pre, _ = network.draw_synapses(network.projections[0], OPTIONS["seed"], trial)
        names = (learned.post_e_to_i, learned.pre_e_to_i)
        np.testing.assert_array_equal([n[exists[trial]] for n in names], [post, pre])
    # One wiring alone is the same trial of the same run.
    alone = network.run(STIMULUS, **(OPTIONS | {"trials": 1}))
    np.testing.assert_array_equal(alone.weight_e_to_i[:, 0], learned.weight_e_to_i[:, 0, exists[0]])
    of_first = learned.isel(trial=[0])
    later = network.run(STIMULUS, wirings=2, weights=learned, **OPTIONS)
    of_first = network.run(STIMULUS, weights=of_first, **(OPTIONS | {"trials": 1}))
    np.testing.assert_array_equal(
        later.weight_e_to_i[:, 0, exists[0]], of_first.weight_e_to_i[:, 0]
    )
    np.testing.assert_array_equal(later.weight_e_to_i.notnull(), learned.weight_e_to_i.notnull())
