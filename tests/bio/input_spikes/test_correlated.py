"""Correlated Poisson fibres: rate, pairwise correlation, and cumulants of the summed count."""

import numpy as np
import pytest
from brian2 import Hz, ms, nS
from hypothesis import given, strategies as st

from bioann.base.errors import DescriptionError
from bioann.bio.afferent import CORRELATED_KINDS, Afferent
from bioann.bio.input_spikes.correlated import draw_multiple_interaction, draw_single_interaction
from bioann.bio.input_spikes.draw import Lanes, draw_afferent_spikes

PROCESSES = {
    "single_interaction": draw_single_interaction,
    "multiple_interaction": draw_multiple_interaction,
}
#: Expected spikes of a fibre, number of fibres in a group, correlation, number of groups.
MEAN, N, C, GROUPS = 4.0, 10, 0.2, 20_000


def draw_counts(kind, mean=MEAN, n_fibres=N, correlation=C, groups=GROUPS, seed=1):
    """Spike counts of each fibre, shape ``(group, fibre)``."""
    rng = np.random.default_rng(seed)
    expected = np.array([0.0, mean])
    blocks = PROCESSES[kind](expected, 1.0, groups, n_fibres, correlation, rng)
    fibres = np.concatenate([fibres for _, fibres in blocks])
    return np.bincount(fibres, minlength=groups * n_fibres).reshape(groups, n_fibres)


@pytest.fixture(scope="module", params=PROCESSES)
def counts(request):
    return request.param, draw_counts(request.param)


def test_each_fibre_is_poisson_with_the_stated_mean(counts):
    """Mean and variance of a count are the expected count, whatever the correlation."""
    # Standard error of the mean over groups, and of the variance of a Poisson count, where
    # var(s^2) = (mu4 - mu^2) / n with mu4 = mu + 3 mu^2; 4.5 of them for each of 10 fibres.
    x = counts[1]
    np.testing.assert_allclose(x.mean(axis=0), MEAN, atol=4.5 * np.sqrt(MEAN / GROUPS))
    error = np.sqrt((MEAN + 2 * MEAN**2) / GROUPS)
    np.testing.assert_allclose(x.var(axis=0), MEAN, atol=4.5 * error)


def test_any_two_fibres_have_the_stated_count_correlation(counts):
    correlations = np.corrcoef(counts[1].T)[np.triu_indices(N, 1)]
    # The standard error of a correlation coefficient of Gaussian counts is (1 - c^2) / sqrt(n);
    # common spikes give the counts a heavier tail: their product has the cumulant c mu too.
    error = np.sqrt(((1 - C**2) ** 2 + C / MEAN) / GROUPS)
    np.testing.assert_allclose(correlations, C, atol=4.5 * error)


def test_groups_are_independent(counts):
    sums = counts[1].sum(axis=1)
    lagged = np.corrcoef(sums[1:], sums[:-1])[0, 1]
    assert abs(lagged) < 4 / np.sqrt(GROUPS)


def test_the_summed_count_has_the_variance_and_skewness_of_its_process(counts):
    """A compound Poisson sum has the cumulants rate * E[jump^k].

    Single interaction: jumps of 1 at N (1 - c) mu and of N at c mu. Multiple interaction: binomial
    jumps (N, c) at mu / c. The variance is the same, the third cumulant tells them apart.
    """
    kind, x = counts
    sums = x.sum(axis=1)
    variance = N * MEAN * (1 + (N - 1) * C)
    if kind == "single_interaction":
        third = N * (1 - C) * MEAN + N**3 * C * MEAN
    else:
        # E[B^3] of a binomial: n c + 3 n (n - 1) c^2 + n (n - 1) (n - 2) c^3.
        moment = N * C + 3 * N * (N - 1) * C**2 + N * (N - 1) * (N - 2) * C**3
        third = MEAN / C * moment
    deviations = sums - N * MEAN
    for power, expected in ((2, variance), (3, third)):
        values = deviations.astype(float) ** power
        error = values.std() / np.sqrt(GROUPS)
        assert values.mean() == pytest.approx(expected, abs=4.5 * error)


@pytest.mark.parametrize("kind", PROCESSES)
def test_fully_correlated_fibres_are_copies(kind):
    counts = draw_counts(kind, correlation=1.0, groups=50)
    assert counts.sum() > 0
    np.testing.assert_array_equal(counts, np.repeat(counts[:, :1], N, axis=1))


@given(
    kind=st.sampled_from(sorted(PROCESSES)),
    mean=st.floats(0, 20),
    n_fibres=st.integers(1, 40),
    correlation=st.floats(0.01, 1),
)
def test_spikes_lie_in_the_run_and_on_fibres_of_the_group(kind, mean, n_fibres, correlation):
    rng = np.random.default_rng(0)
    blocks = PROCESSES[kind](np.array([0, mean / 2, mean]), 0.5, 3, n_fibres, correlation, rng)
    for times, fibres in blocks:
        assert len(times) == len(fibres)
        assert ((times >= 0) & (times <= 1)).all()
        assert ((fibres >= 0) & (fibres < 3 * n_fibres)).all()


@pytest.mark.parametrize("kind", CORRELATED_KINDS)
def test_pooling_the_fibres_of_a_neuron_loses_no_spike(kind):
    """Spikes by fibre and by neuron are the same spikes, and follow the rate over time."""
    afferent = Afferent("x", "a", 1 * nS, fibres=7, kind=kind, correlation=0.3)
    rates = np.repeat([[200.0, 0.0]], 50, axis=1).reshape(1, 2, 50).reshape(1, 100)
    lanes = Lanes(("a",), 2, 3, 1e-4)
    pooled, single = (
        draw_afferent_spikes(afferent, 0, rates, 5, lanes, 1e-3, by_fibre=by_fibre)
        for by_fibre in (False, True)
    )
    np.testing.assert_array_equal(pooled.counts, single.counts)
    np.testing.assert_array_equal(np.bincount(pooled.neurons), np.bincount(single.neurons // 7))
    assert pooled.counts[501:].sum() == 0  # silent in the second half


def test_spikes_of_a_lane_do_not_depend_on_other_lanes():
    afferent = Afferent("x", "a", 1 * nS, fibres=7, kind="multiple_interaction", correlation=0.3)
    rates = np.array([[100.0] * 50, [300.0] * 50])
    both = draw_afferent_spikes(afferent, 0, rates, 5, Lanes(("a", "b"), 1, 3, 1e-4), 1e-3)
    alone = draw_afferent_spikes(afferent, 0, rates[1:], 5, Lanes(("b",), 1, 3, 1e-4), 1e-3)
    np.testing.assert_array_equal(both.neurons[both.neurons >= 5] - 5, alone.neurons)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "single_interaction"}, "correlation: wanted a number above 0 and at most 1, got"),
        ({"kind": "multiple_interaction", "correlation": 1.1}, "at most 1, got 1.1"),
        ({"kind": "multiple_interaction", "correlation": 0.0}, "Use kind='poisson' for independ"),
        ({"kind": "multiple_interaction", "correlation": np.nan}, "correlation"),
        ({"correlation": 0.1}, "none for kind='poisson', got 0.1.*kind='single_interaction' or"),
        ({"kind": "regular", "correlation": 0.1}, "none for kind='regular'"),
    ],
)
def test_a_correlation_belongs_to_a_correlated_kind(options, message):
    with pytest.raises(DescriptionError, match=message):
        Afferent("x", "a", 1 * nS, rate=50 * Hz, delay=1 * ms, **options)
