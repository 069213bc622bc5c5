"""A list of synapses is the matrix that holds them."""

import numpy as np
import pytest
from brian2 import mV, nS

import bioann as ba
from bioann.base.randomness import make_rng
from bioann.bio.connectivity import ExplicitMatrix, ExplicitSynapses

MATRIX = np.random.default_rng(2).random((5, 7)) * (np.random.default_rng(3).random((5, 7)) < 0.4)


def test_a_list_and_a_matrix_of_the_same_synapses_are_equal():
    post, pre = np.nonzero(MATRIX)
    shuffled = np.random.default_rng(1).permutation(len(post))
    rule = ExplicitSynapses(post[shuffled], pre[shuffled], MATRIX[post, pre][shuffled])
    rng = make_rng(1, "synapses")
    for a, b in zip(
        rule.draw_synapses(7, 5, False, rng),
        ExplicitMatrix(MATRIX).draw_synapses(7, 5, False, rng),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)
    assert rule.expected_synapse_count(7, 5) == np.count_nonzero(MATRIX)
    assert not rule.is_drawn


def test_several_synapses_of_a_pair_add_up():
    rule = ExplicitSynapses([1, 1, 0], [2, 2, 0])
    matrix = rule.draw_matrix(3, 2, False, make_rng(1, "synapses"))
    assert matrix.tolist() == [[1, 0, 0], [0, 0, 2]]
    assert rule.has_equal_strengths


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1], [0]), "of one length, got shapes (1,), (2,)"),
        (([0.5], [0]), "post: wanted indices of neurons: whole numbers >= 0, got 0.5"),
        (([0], [-1]), "pre: wanted indices of neurons: whole numbers >= 0, got -1"),
        (([0], [0], [-2]), "strength: wanted finite numbers above 0, got smallest -2"),
    ],
)
def test_impossible_synapses_are_errors(arguments, message):
    with pytest.raises(ba.BioannError) as caught:
        ExplicitSynapses(*arguments)
    assert message in str(caught.value)


def test_neurons_beyond_the_population_are_an_error():
    population = ba.Population("a", 3, "glutamate", initial_potential=-60 * mV)
    projection = ba.Projection("a", "a", 1 * nS, connectivity=ExplicitSynapses([0], [3]))
    with pytest.raises(ba.BioannError, match="pre: wanted neurons below 3"):
        ba.SpikingNetwork((population,), projections=(projection,))
