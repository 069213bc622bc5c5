"""The law of `FixedProbability`: one independent Bernoulli variable for every pair of neurons.

Bounds leave each test a false alarm rate of 2e-4 or less over all seeds; the seeds are fixed.
"""

import itertools

import numpy as np
import pytest
from scipy import stats

from bioann.bio.connectivity import FixedProbability
from bioann.bio.connectivity.sampling import draw_successes

RNG = np.random.default_rng
TAIL = 1e-4


@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("p", [0.01, 0.1, 0.5, 0.9])
def test_counts_and_degrees_are_binomial(p, recurrent):
    n_pre, n_post = (250, 250) if recurrent else (300, 200)
    matrix = FixedProbability(p).draw_matrix(n_pre, n_post, recurrent, RNG(1))
    assert matrix.shape == (n_post, n_pre)
    assert set(np.unique(matrix)) == {0, 1}
    low, high = stats.binom.ppf([TAIL, 1 - TAIL], matrix.size - recurrent * n_pre, p)
    assert low < matrix.sum() < high
    # Independent draws make the degrees binomial: their dispersion is chi-square.
    for axis, n in ((0, n_post - recurrent), (1, n_pre - recurrent)):
        degrees = matrix.sum(axis=axis)
        k = len(degrees) - 1
        low, high = stats.chi2.ppf([TAIL, 1 - TAIL], k) / k
        assert low < degrees.var(ddof=1) / (n * p * (1 - p)) < high


@pytest.mark.slow
@pytest.mark.parametrize("recurrent", [False, True])
def test_all_wirings_of_a_small_network_occur_with_their_probability(recurrent):
    """Chi-square over the 2**6 wirings of six pairs: this includes every dependence of pairs."""
    n_pre, n_post, p, n_draws = (3, 3, 0.35, 20_000) if recurrent else (3, 2, 0.35, 20_000)
    rng = RNG(3)
    pairs = ~np.eye(3, dtype=bool) if recurrent else np.ones((2, 3), dtype=bool)
    counts = np.zeros(2**6)
    for _ in range(n_draws):
        matrix = FixedProbability(p).draw_matrix(n_pre, n_post, recurrent, rng)
        counts[int(matrix[pairs] @ 2 ** np.arange(6))] += 1
    n_synapses = np.array([bin(k).count("1") for k in range(2**6)])
    expected = n_draws * p**n_synapses * (1 - p) ** (6 - n_synapses)
    assert expected.min() > 20, "chi-square holds for expected counts above about 5"
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < stats.chi2.ppf(1 - TAIL, 2**6 - 1)


def test_neighbouring_pairs_are_independent():
    """Correlations of pairs at a lag: 1/sqrt(n) each, also across the ends of rows and draws."""
    matrix = FixedProbability(0.2).draw_matrix(700, 600, False, RNG(5))
    deviations = matrix.ravel() - 0.2
    n = deviations.size
    for lag in (1, 2, 3, 699, 700, 701):
        correlation = (deviations[lag:] * deviations[:-lag]).mean() / (0.2 * 0.8)
        assert abs(correlation) < stats.norm.ppf(1 - TAIL) / np.sqrt(n)


def test_a_probability_of_one_connects_all_pairs():
    all_pairs = FixedProbability(1.0).draw_matrix(30, 20, False, RNG(1))
    np.testing.assert_array_equal(all_pairs, np.ones((20, 30)))
    np.testing.assert_array_equal(
        FixedProbability(1.0).draw_matrix(30, 30, True, RNG(1)), 1 - np.eye(30)
    )


def test_single_neurons():
    assert len(FixedProbability(1.0).draw_synapses(1, 1, True, RNG(1))[0]) == 0
    assert len(FixedProbability(1.0).draw_synapses(1, 1, False, RNG(1))[0]) == 1
    one_target = [
        len(FixedProbability(0.5).draw_synapses(1, 1, False, RNG(s))[0]) for s in range(400)
    ]
    low, high = stats.binom.ppf([TAIL, 1 - TAIL], 400, 0.5)
    assert low < sum(one_target) < high


def test_tiny_probabilities():
    """Of 1e16 pairs with p = 1e-15 ten are connected; at p = 1e-300 none is."""
    counts = [len(FixedProbability(1e-15).draw_synapses(10**8, 10**8, True, RNG(s))[0])
              for s in range(100)]  # fmt: skip
    low, high = stats.poisson.ppf([TAIL, 1 - TAIL], 1000)
    assert low < sum(counts) < high
    post, pre, _ = FixedProbability(1e-300).draw_synapses(10**8, 10**8, False, RNG(1))
    assert len(post) == len(pre) == 0


@pytest.mark.parametrize("p", [0.02, 0.5])
def test_the_synapses_are_sorted_and_distinct(p):
    post, pre, strength = FixedProbability(p).draw_synapses(400, 400, True, RNG(8))
    assert (np.diff(post.astype(int) * 400 + pre) > 0).all()
    assert (post != pre).all()
    assert min(post.min(), pre.min()) >= 0
    assert max(post.max(), pre.max()) < 400
    np.testing.assert_array_equal(strength, np.ones(len(post)))


def test_memory_grows_with_the_synapses_not_with_the_pairs():
    """1e12 pairs would take hours and terabytes; 100,000 synapses take some milliseconds."""
    post, _, _ = FixedProbability(1e-7).draw_synapses(10**6, 10**6, True, RNG(1))
    low, high = stats.binom.ppf([TAIL, 1 - TAIL], 10**12 - 10**6, 1e-7)
    assert low < len(post) < high


@pytest.mark.parametrize("p", [0.05, 0.4])
def test_successes_do_not_depend_on_how_many_are_drawn_at_once(p, monkeypatch):
    expected = np.concatenate(list(draw_successes(10_000, p, RNG(2))))
    for at_once in (1, 7, 1000):
        monkeypatch.setattr("bioann.bio.connectivity.sampling.DRAWS_AT_ONCE", at_once)
        chunks = list(draw_successes(10_000, p, RNG(2)))
        np.testing.assert_array_equal(list(itertools.chain(*chunks)), expected)
        assert max(map(len, chunks)) <= at_once
