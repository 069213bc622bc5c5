import numpy as np
import pytest
from brian2 import ms, nS, pA

from bioann.base.errors import DescriptionError, DimensionError
from bioann.bio.connectivity import AllToAll, ExplicitMatrix, FixedProbability, OneToOne
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.receptors import AMPA, GABA_A

RNG = np.random.default_rng


def test_all_to_all_is_everyone_but_oneself():
    np.testing.assert_array_equal(AllToAll().draw_matrix(2, 3, False, RNG(1)), np.ones((3, 2)))
    np.testing.assert_array_equal(AllToAll().draw_matrix(3, 3, True, RNG(1)), 1 - np.eye(3))


def test_one_to_one_is_the_identity():
    np.testing.assert_array_equal(OneToOne().draw_matrix(4, 4, False, RNG(1)), np.eye(4))
    with pytest.raises(DescriptionError, match="OneToOne: wanted populations of equal size"):
        OneToOne().draw_matrix(4, 3, False, RNG(1))


def test_no_rule_but_a_matrix_makes_a_neuron_its_own_target():
    for rule in (AllToAll(), FixedProbability(0.9), FixedProbability(1.0)):
        assert not np.diag(rule.draw_matrix(50, 50, True, RNG(1))).any()
    assert np.diag(ExplicitMatrix(np.eye(3)).draw_matrix(3, 3, True, RNG(1))).all()


@pytest.mark.parametrize("same", [False, True])
@pytest.mark.parametrize(
    "rule", [AllToAll(), OneToOne(), FixedProbability(0.3), ExplicitMatrix(RNG(4).random((50, 50)))]
)
def test_listed_synapses_are_those_of_the_matrix(rule, same, monkeypatch):
    matrix = rule.draw_matrix(50, 50, same, RNG(1))
    for at_once in (1, 170, 2**18):
        monkeypatch.setattr("bioann.bio.connectivity.sampling.DRAWS_AT_ONCE", at_once)
        post, pre, strength = rule.draw_synapses(50, 50, same, RNG(1))
        np.testing.assert_array_equal(np.stack([post, pre]), np.nonzero(matrix))
        np.testing.assert_array_equal(strength, matrix[post, pre])


@pytest.mark.parametrize("rule", [AllToAll(), OneToOne(), FixedProbability(0.3)])
def test_as_many_synapses_are_expected_as_are_there(rule):
    """On average; the standard deviation of 250,000 pairs of probability 0.3 is 229."""
    n_synapses = len(rule.draw_synapses(500, 500, False, RNG(1))[0])
    expected = rule.expected_synapse_count(500, 500)
    assert abs(expected - n_synapses) <= 4 * 229 * isinstance(rule, FixedProbability)


def test_one_to_one_needs_no_place_for_every_pair():
    """A matrix of 300,000 x 300,000 numbers would take 720 GB."""
    post, pre, strength = OneToOne().draw_synapses(300_000, 300_000, True, RNG(1))
    assert len(post) == len(pre) == len(strength) == 300_000
    with pytest.raises(DescriptionError, match="OneToOne: wanted populations of equal size"):
        OneToOne().draw_synapses(3, 4, False, RNG(1))


@pytest.mark.parametrize("p", [0, -0.1, 1.1, np.nan])
def test_a_probability_is_one(p):
    with pytest.raises(DescriptionError, match="FixedProbability, p"):
        FixedProbability(p)


@pytest.mark.parametrize("values", [[[1, -1]], [[np.nan]], [1, 2], [[np.inf]]])
def test_a_matrix_holds_magnitudes(values):
    with pytest.raises(DescriptionError, match="ExplicitMatrix"):
        ExplicitMatrix(values)


def test_a_matrix_has_targets_as_rows_and_cannot_be_changed():
    values = np.array([[1.0, 2.0, 3.0]])
    matrix = ExplicitMatrix(values)
    values[0, 0] = 9
    np.testing.assert_array_equal(matrix.draw_matrix(3, 1, False, RNG(1)), [[1, 2, 3]])
    with pytest.raises(DescriptionError, match=r"shape \(n_post, n_pre\) = \(3, 1\)"):
        matrix.draw_matrix(1, 3, False, RNG(1))
    with pytest.raises(ValueError, match="read-only"):
        matrix.values[0, 0] = 9


class TestInANetwork:
    """A projection gets its receptor from its source, and its synapses from the seed."""

    def network(self, *projections):
        return SpikingNetwork(
            (Population("e", 40, "glutamate"), Population("i", 20, "GABA")), projections=projections
        )

    def test_the_source_decides_the_receptor(self):
        network = self.network(
            Projection("e", "i", 1 * nS), Projection("i", "e", 1 * nS), Projection("i", "i", 1 * nS)
        )
        assert [p.receptor for p in network.projections] == [AMPA(), GABA_A(), GABA_A()]

    def test_a_receptor_for_another_transmitter_is_refused(self):
        with pytest.raises(DescriptionError, match=r"'e' -> 'i', receptor: .*glutamate.*\(Dale\)"):
            self.network(Projection("e", "i", 1 * nS, receptor="GABA_A"))

    def test_strengths_are_weight_times_rule(self):
        values = RNG(1).random((20, 40))
        network = self.network(Projection("e", "i", 2 * nS, connectivity=ExplicitMatrix(values)))
        strengths = network.draw_conductances(network.projections[0], seed=1)
        np.testing.assert_allclose(strengths, values * 2e-9)

    def test_the_seed_decides_who_is_connected(self):
        network = self.network(
            Projection("e", "i", 1 * nS, connectivity=FixedProbability(0.5)),
            Projection("e", "i", 1 * nS, connectivity=FixedProbability(0.5), name="other"),
        )
        one, other = network.projections
        first = network.draw_conductances(one, seed=1)
        assert (network.draw_conductances(one, seed=1) == first).all()
        assert (network.draw_conductances(one, seed=2) != first).any()
        assert (network.draw_conductances(other, seed=1) != first).any()

    def test_two_projections_between_the_same_populations_need_names(self):
        twice = Projection("e", "i", 1 * nS), Projection("e", "i", 2 * nS)
        with pytest.raises(DescriptionError, match="different name for each projection"):
            self.network(*twice)

    def test_a_matrix_that_does_not_fit_is_seen_where_it_is_written(self):
        with pytest.raises(DescriptionError, match="Rows are targets"):
            self.network(
                Projection("e", "i", 1 * nS, connectivity=ExplicitMatrix(np.ones((40, 20))))
            )
        with pytest.raises(DescriptionError, match="populations of equal size"):
            self.network(Projection("e", "i", 1 * nS, connectivity=OneToOne()))


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"weight": -1 * nS}, DescriptionError, "Sign belongs to the transmitter"),
        ({"weight": 1 * pA}, DimensionError, "Projection 'a' -> 'b', weight"),
        ({"connectivity": "all"}, DescriptionError, "connectivity: wanted a rule"),
        ({"delay": -1 * ms}, DescriptionError, "delay"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_written(wrong, kind, message):
    with pytest.raises(kind, match=message):
        Projection(**({"source": "a", "target": "b", "weight": 1 * nS} | wrong))
