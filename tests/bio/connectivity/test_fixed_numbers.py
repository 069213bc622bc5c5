"""Rules with a fixed number of synapses per target, per source or in all.

Each test with random numbers has fixed seeds and a false alarm rate of about 1e-4 over all seeds.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from scipy import stats

from bioann.base.errors import DescriptionError
from bioann.bio.connectivity import FixedInDegree, FixedOutDegree, FixedTotalNumber
from bioann.bio.connectivity.sampling import draw_subsets

RNG = np.random.default_rng
TAIL = 1e-4


@settings(max_examples=60, deadline=None)
@given(
    n_pre=strategies.integers(2, 30),
    n_post=strategies.integers(2, 30),
    k=strategies.integers(1, 40),
    multapses=strategies.booleans(),
    self_connections=strategies.booleans(),
    recurrent=strategies.booleans(),
)
def test_degrees_are_exact_in_every_network(
    n_pre, n_post, k, multapses, self_connections, recurrent
):
    n_post = n_pre if recurrent else n_post
    options = {"multapses": multapses, "self_connections": self_connections}
    most = n_pre - (recurrent and not self_connections)
    k_in = k if multapses else min(k, most)
    post, pre, strength = FixedInDegree(k_in, **options).draw_synapses(
        n_pre, n_post, recurrent, RNG(1)
    )
    assert (np.bincount(post, minlength=n_post) == k_in).all()
    check_list(post, pre, strength, n_pre, n_post, recurrent, **options)

    most = n_post - (recurrent and not self_connections)
    k_out = k if multapses else min(k, most)
    post, pre, strength = FixedOutDegree(k_out, **options).draw_synapses(
        n_pre, n_post, recurrent, RNG(1)
    )
    assert (np.bincount(pre, minlength=n_pre) == k_out).all()
    check_list(post, pre, strength, n_pre, n_post, recurrent, **options)

    n_pairs = n_post * (n_pre - (recurrent and not self_connections))
    n = k if multapses else min(k, n_pairs)
    post, pre, strength = FixedTotalNumber(n, **options).draw_synapses(
        n_pre, n_post, recurrent, RNG(1)
    )
    assert len(post) == n
    check_list(post, pre, strength, n_pre, n_post, recurrent, **options)


def check_list(post, pre, strength, n_pre, n_post, recurrent, multapses, self_connections):
    """Synapses are sorted; pairs occur once, and not with themselves, unless this is allowed."""
    assert ((post >= 0) & (post < n_post) & (pre >= 0) & (pre < n_pre)).all()
    steps = np.diff(post.astype(int) * n_pre + pre)
    assert (steps >= (0 if multapses else 1)).all()
    if recurrent and not self_connections:
        assert (post != pre).all()
    np.testing.assert_array_equal(strength, np.ones(len(post)))


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_all_subsets_have_the_same_probability(k):
    """Chi-square over all subsets of five items, for both ways of drawing them."""
    n_draws, n = 5000, 5
    subsets = draw_subsets(n_draws, n, k, RNG(k)).reshape(n_draws, k)
    items = subsets - n * np.arange(n_draws)[:, None]
    codes = (2**items).sum(axis=1)
    counts = [(codes == sum(2**i for i in c)).sum() for c in itertools.combinations(range(n), k)]
    assert sum(counts) == n_draws
    expected = n_draws / len(counts)
    chi_square = ((np.array(counts) - expected) ** 2 / expected).sum()
    assert chi_square <= stats.chi2.ppf(1 - TAIL, max(len(counts) - 1, 1))


def test_multapses_are_independent_draws():
    """The number of distinct sources of a target is that of the occupancy problem."""
    n, k, n_post = 40, 30, 4000
    post, pre, _ = FixedInDegree(k, multapses=True).draw_synapses(n, n_post, False, RNG(2))
    n_distinct = np.bincount(np.unique(post.astype(int) * n + pre) // n, minlength=n_post)
    empty = (1 - 1 / n) ** k
    mean = n * (1 - empty)
    variance = n * empty * (1 - empty) + n * (n - 1) * ((1 - 2 / n) ** k - empty**2)
    assert abs(n_distinct.mean() - mean) < stats.norm.ppf(1 - TAIL) * np.sqrt(variance / n_post)
    # Sources are uniform.
    counts = np.bincount(pre, minlength=n)
    assert ((counts - k * n_post / n) ** 2 / (k * n_post / n)).sum() < stats.chi2.ppf(
        1 - TAIL, n - 1
    )


def test_the_other_degree_is_binomial():
    """Given the in-degrees, the out-degree of a source is the sum of n_post Bernoulli draws."""
    n, k = 600, 30
    for rule, end in ((FixedInDegree(k), 1), (FixedOutDegree(k), 0)):
        neurons = rule.draw_synapses(n, n, False, RNG(4))[end]
        degrees = np.bincount(neurons, minlength=n)
        low, high = stats.chi2.ppf([TAIL, 1 - TAIL], n - 1) / (n - 1)
        # Degrees share their sum, which makes their sample variance that of independent ones.
        assert low < degrees.var(ddof=1) / (n * k / n * (1 - k / n)) / (n / (n - 1)) < high


def test_a_fixed_number_of_pairs_spreads_over_all_pairs():
    n_pre, n_post, n, n_draws = 4, 3, 5, 4000
    counts = np.zeros((n_post, n_pre))
    rng = RNG(6)
    for _ in range(n_draws):
        counts += FixedTotalNumber(n, multapses=False).draw_matrix(n_pre, n_post, False, rng)
    p = n / 12
    # Hypergeometric counts: their covariance makes the sum of squares (12 - 1)/12 of independent.
    chi_square = ((counts - n_draws * p) ** 2).sum() / (n_draws * p * (1 - p)) * 11 / 12
    assert chi_square < stats.chi2.ppf(1 - TAIL, 11)


def test_a_matrix_sums_the_synapses_of_a_pair():
    matrix = FixedInDegree(50, multapses=True).draw_matrix(3, 4, False, RNG(1))
    np.testing.assert_array_equal(matrix.sum(axis=1), np.full(4, 50))
    assert matrix.max() > 1


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (FixedInDegree(5), "FixedInDegree, k: wanted at most 4, the number of sources that a "
         "synapse can have, got 5. Lower it, or add neurons, or allow several synapses per pair"),
        (FixedOutDegree(5), "FixedOutDegree, k: wanted at most 4, the number of targets"),
        (FixedTotalNumber(21, multapses=False), "at most 20, the number of pairs .*, got 21"),
    ],
)  # fmt: skip
def test_more_synapses_than_there_are_pairs_is_an_error(rule, message):
    with pytest.raises(DescriptionError, match=message):
        rule.check_sizes(5, 5, True)
    with pytest.raises(DescriptionError, match=message):
        rule.draw_synapses(5, 5, True, RNG(1))
    rule.check_sizes(5, 5, False)


def test_a_single_neuron_has_nobody_to_connect_to():
    for rule in (FixedInDegree, FixedOutDegree, FixedTotalNumber):
        with pytest.raises(DescriptionError, match="wanted at most 0, the number of"):
            rule(1, multapses=True).check_sizes(1, 1, True)
        post, pre, _ = rule(2, multapses=True, self_connections=True).draw_synapses(
            1, 1, True, RNG(1)
        )
        assert post.tolist() == pre.tolist() == [0, 0]


@pytest.mark.parametrize("rule", [FixedInDegree, FixedOutDegree, FixedTotalNumber])
@pytest.mark.parametrize("number", [0, -1, 2.5, "3", True, None])
def test_the_number_is_a_whole_number(rule, number):
    with pytest.raises(DescriptionError, match=f"{rule.__name__}, [kn]: wanted a whole number"):
        rule(number)


def test_a_hundred_thousand_neurons_take_memory_for_their_synapses_only():
    """1e10 pairs would take 10 GB as one byte each."""
    n = 100_000
    for rule in (FixedInDegree(2), FixedOutDegree(2), FixedTotalNumber(2 * n, multapses=False)):
        assert len(rule.draw_synapses(n, n, True, RNG(1))[0]) == 2 * n
