"""Intervals hold the truth as often as they say."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from bioann.metrics.bootstrap import (
    CONFIDENCE_LEVEL,
    bootstrap_interval,
    mean_over_trials,
    resample_weights,
)

RNG = np.random.default_rng(1)


def mean_of(x):
    return lambda chosen: x[chosen].mean(axis=-1)


def test_the_interval_of_a_normal_mean_covers_it_as_often_as_it_should():
    trials, repeats = 25, 200
    hits = 0
    for x in np.random.default_rng(7).normal(size=(repeats, trials)):
        low, high = bootstrap_interval(mean_of(x), trials, trials)
        hits += low <= 0 <= high
    # A bootstrap interval of a mean is as wide as +-1.96 standard errors with the variance over n,
    # not n - 1; what that covers follows from Student's t. Then chance: binomial, 0.1% either side.
    z = stats.norm.ppf(0.5 + CONFIDENCE_LEVEL / 2) * np.sqrt((trials - 1) / trials)
    covered = 1 - 2 * stats.t.sf(z, trials - 1)
    assert 0.92 < covered < CONFIDENCE_LEVEL
    low, high = stats.binom.ppf([1e-3, 1 - 1e-3], repeats, covered)
    assert low <= hits <= high


def test_a_large_sample_has_the_textbook_interval():
    x = RNG.normal(3, 2, size=100)
    low, high = bootstrap_interval(mean_of(x), 100, 100)
    half = 1.96 * x.std() / 10
    # The 2.5% points of 999 resamples are known to +-sqrt(0.025 * 0.975 / 999) / 0.058 = 0.085
    # standard errors (0.058 the normal density there); 3 of these.
    assert low == pytest.approx(x.mean() - half, abs=0.26 * half / 1.96)
    assert high == pytest.approx(x.mean() + half, abs=0.26 * half / 1.96)


def test_shifting_and_scaling_the_data_does_so_to_the_interval():
    x = RNG.normal(size=12)
    low, high = bootstrap_interval(mean_of(x), 12, 12)
    np.testing.assert_allclose(
        bootstrap_interval(mean_of(5 - 2 * x), 12, 12), [5 - 2 * high, 5 - 2 * low], atol=0.2
    )
    np.testing.assert_allclose(
        bootstrap_interval(mean_of(5 + 2 * x), 12, 12), [5 + 2 * low, 5 + 2 * high]
    )


def test_a_skewed_sample_has_a_skewed_interval():
    x = RNG.exponential(size=20)
    low, high = bootstrap_interval(mean_of(x), 20, 20)
    assert high - x.mean() > x.mean() - low


def test_it_repeats_and_the_seed_decides():
    x = RNG.normal(size=10)
    assert bootstrap_interval(mean_of(x), 10, 10) == bootstrap_interval(mean_of(x), 10, 10)
    assert bootstrap_interval(mean_of(x), 10, 10) != bootstrap_interval(mean_of(x), 10, 10, seed=1)


def test_the_batch_changes_nothing():
    x = RNG.normal(size=10)
    assert bootstrap_interval(mean_of(x), 10, 10) == bootstrap_interval(mean_of(x), 10, 10**6)


def test_the_noise_that_resampling_adds_is_taken_out():
    """The square of a mean grows by its variance when trials are resampled; the interval not."""
    x = RNG.normal(0, 1, size=40)
    low, high = bootstrap_interval(lambda c: x[c].mean(axis=-1) ** 2, 40, 40)
    middle = (low + high) / 2
    # Resamples are higher by var / n = 0.025 on average; a skewed interval may be off by less.
    assert low < x.mean() ** 2 < high
    drawn = x[RNG.integers(0, 40, size=(2000, 40))].mean(axis=1) ** 2
    assert drawn.mean() > x.mean() ** 2 + 0.015
    assert abs(middle - x.mean() ** 2) < abs(
        np.percentile(drawn, [2.5, 97.5]).mean() - x.mean() ** 2
    )


def test_no_end_leaves_the_limits():
    x = RNG.normal(0, 0.01, size=10)
    low, _ = bootstrap_interval(lambda c: np.abs(x[c].mean(axis=-1)), 10, 10, (0, np.inf))
    assert low >= 0
    assert bootstrap_interval(mean_of(x), 10, 10, (-1e-3, 1e-3))[0] >= -1e-3
    assert bootstrap_interval(mean_of(x + 1), 10, 10, (-1, 1))[1] <= 1


def test_equal_trials_have_an_interval_of_no_width():
    np.testing.assert_allclose(bootstrap_interval(mean_of(np.full(8, 0.3)), 8, 8), [0.3, 0.3])


def test_too_few_trials_and_undefined_scores_have_none():
    assert np.isnan(bootstrap_interval(mean_of(np.ones(1)), 1, 1)).all()
    assert np.isnan(bootstrap_interval(lambda c: np.full(len(c), np.nan), 5, 5)).all()


def test_a_score_that_is_undefined_in_some_resamples_has_the_interval_of_the_others():
    x = RNG.normal(size=9)

    def score(chosen):
        drawn = x[chosen].mean(axis=-1)
        return np.where((chosen == 0).any(axis=-1), drawn, np.nan)

    low, high = bootstrap_interval(score, 9, 9)
    assert low < x.mean() < high


def test_the_ends_are_plain_floats():
    assert all(type(end) is float for end in bootstrap_interval(mean_of(RNG.normal(size=6)), 6, 6))


def test_averages_over_chosen_trials():
    values = xr.DataArray(
        RNG.normal(size=(3, 5, 2)),
        dims=("condition", "trial", "match"),
        coords={"trial": np.arange(5)},
    )
    chosen = RNG.integers(0, 5, size=(7, 4))
    found = mean_over_trials(values, chosen).transpose("resample", "condition", "match")
    np.testing.assert_allclose(found, values.values[:, chosen].mean(axis=2).swapaxes(0, 1))
    whole = mean_over_trials(values, np.arange(5)[None])
    np.testing.assert_allclose(whole.isel(resample=0), values.mean("trial"))


def test_weights_count_what_was_chosen():
    found = resample_weights(np.array([[0, 0, 2], [1, 2, 0]]))
    np.testing.assert_allclose(found, [[2 / 3, 0, 1 / 3], [1 / 3, 1 / 3, 1 / 3]])
