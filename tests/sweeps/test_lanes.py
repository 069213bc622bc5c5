"""Networks of one structure, run as lanes of one run, have the bits of their own runs."""

import dataclasses

import numpy as np
import pytest
from brian2 import ms, mV, nS, pF

import bioann as ba
from bioann.bio.builder.merge_plans import merge_spikes
from bioann.bio.engines.run_together import can_run_together, run_together
from bioann.bio.input_spikes.spikes import InputSpikes
from bioann.parameters import replace_parameters

ADDRESSES = {
    "projection inh -> out, weight": 0.5 * nS,
    "population out, cell, C": 150 * pF,
    "population out, cell, E_L": -62 * mV,
    "projection inh -> out, receptor, tau": 7 * ms,
    "population out, background, conductance": 6 * nS,
    "afferent in -> inh, weight": 3 * nS,
    "population out, cell, t_ref": 3 * ms,
}


#: All addresses together are tested in every run of the suite, each by itself before a release.
ADDRESS_LISTS = [pytest.param([a], marks=pytest.mark.slow) for a in ADDRESSES] + [list(ADDRESSES)]


@pytest.mark.parametrize("addresses", ADDRESS_LISTS)
def test_lanes_have_the_bits_of_their_own_runs(swept_file, addresses):
    pair = ba.load(swept_file)
    other = replace_parameters(pair.bio, {a: ADDRESSES[a] for a in addresses})
    options = {"trials": 2, "seed": 3, "engine": "numpy"}
    together = run_together([pair.bio, other], [pair.stimulus] * 2, **options)
    for network, recording in zip((pair.bio, other), together, strict=True):
        assert recording.identical(network.run(pair.stimulus, **options))
    assert not together[0].rate.identical(together[1].rate)


@pytest.mark.slow
def test_networks_of_another_structure_run_beside_them_in_runs_of_their_own(swept_file):
    pair = ba.load(swept_file)
    slow = replace_parameters(pair.bio, {"projection inh -> out, delay": 4 * ms})
    without = replace_parameters(pair.bio, {"projection inh -> out, weight": 0 * nS})
    networks = [pair.bio, slow, without]
    together = run_together(networks, [pair.stimulus] * 3, trials=1, seed=3, engine="numpy")
    for network, recording in zip(networks, together, strict=True):
        own_run = network.run(pair.stimulus, trials=1, seed=3, engine="numpy")
        assert recording.identical(own_run)


def test_a_network_that_diverges_has_to_run_by_itself(swept_file):
    pair = ba.load(swept_file)
    slow_step = replace_parameters(
        pair.bio, {"projection inh -> out, receptor, tau": 0.01 * ms}
    )  # shorter than the time step
    together = run_together(
        [pair.bio, slow_step], [pair.stimulus] * 2, trials=1, seed=3, engine="numpy"
    )
    assert together[1] is None
    assert together[0] is not None


def test_learning_networks_run_alone(swept_file):
    bio = ba.load(swept_file).bio
    assert can_run_together(bio)
    rule = ba.plasticity.PairSTDP()
    projection = dataclasses.replace(bio.projections[0], plasticity=rule)
    assert not can_run_together(dataclasses.replace(bio, projections=(projection,)))


def test_merged_spikes_are_those_of_each_plan_at_the_same_steps():
    rng = np.random.default_rng(1)
    plans, arrays = [], []
    for n_neurons, n_steps in ((3, 10), (2, 7), (4, 10)):
        counts = rng.integers(0, 4, n_steps).astype(np.int32)
        neurons = rng.integers(0, n_neurons, counts.sum()).astype(np.uint16)
        arrays.append((neurons, counts, n_neurons))
        plans.append(InputSpikes.from_sorted(neurons, counts, n_neurons))
    merged, offset = merge_spikes(plans), 0
    for neurons, counts, n_neurons in arrays:
        is_here = (merged.neurons >= offset) & (merged.neurons < offset + n_neurons)
        assert (merged.neurons[is_here] - offset == neurons).all()
        assert (merged.steps[is_here] == np.repeat(np.arange(len(counts)), counts)).all()
        offset += n_neurons
    assert merged.n_neurons == 9
