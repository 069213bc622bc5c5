"""Several synapses of one pair: each is a synapse, on every engine."""

import dataclasses

import numpy as np
import pytest
from brian2 import ms, nS

import bioann as ba

STIMULUS = ba.steps({"x": [1.0]}, duration=120 * ms)
N = 20


def make_network(connectivity, **options):
    return ba.SpikingNetwork(
        (ba.Population("a", N, "glutamate"), ba.Population("b", N, "glutamate")),
        (ba.Afferent("x", "a", 3 * nS, fibres=30), ba.Afferent("x", "b", 1 * nS, fibres=30)),
        (ba.Projection("a", "b", 2 * nS, connectivity=connectivity, **options),),
    )


MULTAPSES = ba.connectivity.FixedInDegree(12, multapses=True)
NETWORK = make_network(MULTAPSES)
POST, PRE, _ = NETWORK.draw_synapses(NETWORK.projections[0], 1)
SYNAPSES_OF_PAIR = np.zeros((N, N))
np.add.at(SYNAPSES_OF_PAIR, (POST, PRE), 1)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_synapses_of_a_pair_act_as_one_of_their_summed_strength(engine, compiled):
    """The sums are rounded in another order, which moves no spike here."""
    assert SYNAPSES_OF_PAIR.max() >= 3
    options = {"trials": 2, "seed": 1, "engine": compiled if engine == "compiled" else engine}
    first, second = (
        model.run(STIMULUS, **options)
        for model in (NETWORK, make_network(ba.ExplicitMatrix(SYNAPSES_OF_PAIR)))
    )
    assert (first.spike_unit.values == 1).sum() > 100
    for name in ("spike_neuron", "spike_unit"):
        np.testing.assert_array_equal(first[name], second[name])
    np.testing.assert_allclose(first.spike_time, second.spike_time, atol=1e-9)


@pytest.mark.slow
def test_depressing_synapses_of_a_pair_act_as_one():
    """Release depends on the presynaptic spikes only, so synapses of a pair release alike."""
    rule = ba.plasticity.TsodyksMarkram()
    first, second = (
        make_network(connectivity, plasticity=rule).run(STIMULUS, trials=1, seed=1, engine="numpy")
        for connectivity in (MULTAPSES, ba.ExplicitMatrix(SYNAPSES_OF_PAIR))
    )
    np.testing.assert_allclose(first.spike_time, second.spike_time, atol=1e-9)
    assert len(first.spike_time) > 100


@pytest.mark.slow
def test_each_synapse_of_a_pair_learns():
    """Synapses of a pair see the same spikes from the same start, so they stay equal."""
    network = make_network(MULTAPSES, plasticity=ba.plasticity.PairSTDP())
    run = network.run(STIMULUS, trials=1, seed=1, engine="numpy")
    weights = run.weight_a_to_b.isel(condition=0, trial=0).values
    np.testing.assert_array_equal(run.post_a_to_b, POST)
    np.testing.assert_array_equal(run.pre_a_to_b, PRE)
    assert len(np.unique(weights)) > 20
    same = (np.diff(POST) == 0) & (np.diff(PRE) == 0)
    assert same.sum() > 20
    np.testing.assert_array_equal(weights[1:][same], weights[:-1][same])
    # A rerun from the learned weights has each of them again, in the order of the list.
    again = dataclasses.replace(network).run(
        STIMULUS, trials=1, seed=7, engine="numpy", weights=run
    )
    np.testing.assert_array_equal(again.post_a_to_b, POST)
