"""The chance level: the same magnitudes with other signs."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from bioann.ann.network import RateNetwork


def make_network(w_in, w=None):
    w_in = np.array(w_in, float)
    return RateNetwork(
        tuple(f"u{i}" for i in range(len(w_in))),
        W=w,
        W_in=w_in,
        bias=0.5,
        activation="tanh",
        channels=tuple(f"c{i}" for i in range(w_in.shape[1])),
    )


def sign_pattern(one, other):
    """The signs of one network times those of another, as a tuple."""
    both = [np.concatenate([n.W_in.ravel(), n.W.ravel()]) for n in (one, other)]
    return tuple(np.sign(both[0] * both[1]).astype(int))


weights = st.lists(
    st.lists(st.sampled_from([0.0, 0.5, -1.0, 2.0, -0.25]), min_size=3, max_size=3),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40)
@given(weights, st.integers(1, 30), st.integers(0, 99))
def test_magnitudes_stay_signs_change_and_nothing_comes_twice(w_in, count, seed):
    network = make_network(w_in)
    n = int((network.W_in != 0).sum())
    shuffles = network.shuffle_signs(count, seed=seed)
    assert len(shuffles) == min(count, 2**n - 1)
    patterns = [sign_pattern(network, one) for one in shuffles]
    assert len(set(patterns)) == len(patterns)
    for one, signs in zip(shuffles, patterns, strict=True):
        np.testing.assert_array_equal(np.abs(one.W_in), np.abs(network.W_in))
        np.testing.assert_array_equal(one.bias, network.bias)
        assert one.activation == network.activation
        assert -1 in signs  # never the true pattern


def test_recurrent_weights_are_turned_too():
    network = make_network([[1, 0], [0, 0]], [[0, 0], [-2, 0]])
    shuffles = network.shuffle_signs(10, seed=1)
    assert {(one.W_in[0, 0], one.W[1, 0]) for one in shuffles} == {(1, 2), (-1, -2), (-1, 2)}


@pytest.mark.parametrize("n", [3, 6, 7])
def test_all_patterns_come_when_all_are_asked_for(n):
    network = make_network([[1.0] * n])
    shuffles = {tuple(one.W_in[0]) for one in network.shuffle_signs(1000, seed=1)}
    assert shuffles == set(itertools.product((1.0, -1.0), repeat=n)) - {(1.0,) * n}


def test_no_weights_no_chance_level():
    assert make_network([[0.0, 0.0]]).shuffle_signs(20, seed=1) == ()


def test_the_seed_decides():
    network = make_network(np.ones((3, 4)))
    assert network.shuffle_signs(5, seed=1) == network.shuffle_signs(5, seed=1)
    assert network.shuffle_signs(5, seed=1) != network.shuffle_signs(5, seed=2)
    # The first patterns do not depend on how many follow.
    assert network.shuffle_signs(9, seed=1)[:5] == network.shuffle_signs(5, seed=1)


def test_signs_are_fair():
    network = make_network(np.ones((5, 8)))
    shuffled_weights = np.array([one.W_in for one in network.shuffle_signs(200, seed=1)])
    # 8000 fair signs have mean 0 with standard deviation 1 / sqrt(8000); 4 of them.
    assert abs(shuffled_weights.mean()) < 4 / np.sqrt(8000)
