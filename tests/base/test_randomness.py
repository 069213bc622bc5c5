import numpy as np
import pytest
from hypothesis import given, strategies as st

from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng

labels = st.lists(st.text(max_size=5) | st.integers(0, 9), max_size=4)


@given(st.integers(0, 2**70), labels)
def test_the_same_purpose_gets_the_same_numbers(seed, purpose):
    first, second = make_rng(seed, *purpose), make_rng(seed, *purpose)
    assert (first.random(3) == second.random(3)).all()


@given(labels, labels, st.integers(0, 5), st.integers(0, 5))
def test_another_purpose_or_seed_gets_other_numbers(one, other, seed_one, seed_other):
    same = seed_one == seed_other and [str(x) for x in one] == [str(x) for x in other]
    drawn = make_rng(seed_one, *one).random(), make_rng(seed_other, *other).random()
    assert (drawn[0] == drawn[1]) == same


def test_labels_do_not_run_into_each_other():
    drawn = [
        make_rng(1, *purpose).random()
        for purpose in (("a", "b"), ("ab",), ("a, b",), ("a', 'b",), ("a", "b", ""), ("b", "a"))
    ]
    assert len(set(drawn)) == len(drawn)


def test_the_stream_is_frozen():
    # Whoever changes this changes every recorded run: the digest and PCG64 are part of the format.
    drawn = make_rng(1, "afferent", 0, "left", "trial", 3).integers(2**32, size=3)
    assert drawn.tolist() == [53863444, 1894975255, 1326007218]


def test_a_global_seed_changes_nothing():
    np.random.seed(1)  # noqa: NPY002
    first = make_rng(1, "x").random()
    np.random.seed(2)  # noqa: NPY002
    assert make_rng(1, "x").random() == first


def test_numpy_integers_are_whole_numbers():
    assert make_rng(np.int64(3), "x").random() == make_rng(3, "x").random()


@pytest.mark.parametrize("seed", [-1, 1.0, "1", None, True])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(DescriptionError, match="seed: wanted a whole number >= 0"):
        make_rng(seed, "x")


def test_streams_of_neighbouring_purposes_are_uncorrelated():
    n = 20_000
    a, b = (make_rng(1, "x", trial).normal(size=n) for trial in (0, 1))
    # The correlation of n independent pairs has standard deviation 1 / sqrt(n); 4 of them.
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(n)


def test_a_seed_too_long_to_write_is_an_error():
    with pytest.raises(DescriptionError, match=r"at most 4096 bits, got an object of type int"):
        make_rng(10**5000)
