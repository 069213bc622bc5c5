"""The jackknife: exact for means and mean squares, blind to order, unit and repetition."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from bioann.base.errors import UnknownNameError
from bioann.metrics.estimate import Estimate, JackknifeEstimate, ResampledEstimate
from bioann.metrics.jackknife import (
    ESTIMATORS,
    MAX_PAIRED_UNITS,
    MIN_UNITS,
    Sampling,
    estimate_over_trials,
    find_trial_groups,
    make_trial_weights,
)
from bioann.metrics.metric import Metric

RNG = np.random.default_rng(1)
numbers = st.floats(-5, 5).map(lambda x: round(x, 3))
trials = st.integers(3, 15).flatmap(lambda n: hnp.arrays(float, n, elements=numbers))
differences = st.tuples(st.integers(3, 11), st.integers(1, 5)).flatmap(
    lambda shape: hnp.arrays(float, shape, elements=numbers)
)


def estimate_mean(x, groups=None, estimator="plug-in", **more):
    groups = np.arange(len(x)) if groups is None else groups
    return estimate_over_trials(lambda w: w.rows @ x, groups, estimator=estimator, **more)


def estimate_rms(d, groups=None):
    """Estimate the root mean square over conditions of differences (trial, condition)."""
    groups = np.arange(len(d)) if groups is None else groups
    return estimate_over_trials(
        lambda w: np.sqrt(((w.rows @ d) ** 2).mean(axis=1)), groups, estimator="unbiased square"
    )


def assert_same_estimate(one, other, rtol=1e-6, atol=1e-8):
    """Compare value, error, skewness and interval; 1e-8 is the rounding of squares of 5."""
    assert (one.n, one.sampled) == (other.n, other.sampled)
    np.testing.assert_allclose(
        [one.value**2, one.centre, one.standard_error],
        [other.value**2, other.centre, other.standard_error],
        rtol,
        atol,
    )
    np.testing.assert_allclose(
        np.square(one.interval()), np.square(other.interval()), rtol, 1e2 * atol
    )


class TestMean:
    """Of a mean all numbers are known."""

    @given(trials)
    def test_it_has_the_textbook_error_and_skewness(self, x):
        estimate, n = estimate_mean(x), len(x)
        assert estimate.value == pytest.approx(x.mean(), abs=1e-9)
        assert estimate.standard_error == pytest.approx(x.std(ddof=1) / np.sqrt(n), abs=1e-9)
        if x.std() > 1e-2:
            assert estimate.skewness == pytest.approx(stats.skew(x, bias=False), abs=1e-6)
        assert (estimate.n, estimate.sampled) == (n, "trials")

    @given(hnp.arrays(float, 4, elements=numbers))
    def test_of_symmetric_trials_the_interval_is_students(self, half):
        x = np.concatenate([half, -half]) + 1.5
        error = x.std(ddof=1) / np.sqrt(8)
        expected = stats.t.interval(0.95, 7, x.mean(), error) if error else (1.5, 1.5)
        np.testing.assert_allclose(estimate_mean(x).interval(), expected, atol=1e-6)

    @given(trials, st.floats(0.1, 10), st.floats(-3, 3))
    def test_it_follows_shift_and_scale(self, x, scale, shift):
        low, high = estimate_mean(x).interval()
        moved = estimate_mean(scale * x + shift).interval()
        expected = (scale * low + shift, scale * high + shift)
        np.testing.assert_allclose(moved, expected, rtol=1e-6, atol=1e-6)
        mirrored = estimate_mean(-x).interval()
        np.testing.assert_allclose(mirrored, (-high, -low), rtol=1e-6, atol=1e-6)

    def test_equal_trials_have_an_interval_without_width(self):
        for estimator in ESTIMATORS:
            low, high = estimate_mean(np.full(8, 0.3), estimator=estimator).interval()
            assert low == pytest.approx(0.3, abs=1e-7)
            assert high == pytest.approx(0.3, abs=1e-7)


class TestMeanSquare:
    """A root mean square is estimated by its square, without the share of trial noise."""

    @given(differences)
    def test_the_noise_is_taken_out_exactly(self, d):
        """Of each condition: the squared mean minus its squared standard error."""
        estimate, n = estimate_rms(d), len(d)
        noise = d.var(axis=0, ddof=1) / n
        expected = (d.mean(axis=0) ** 2 - noise).mean()
        assert estimate.centre == pytest.approx(expected, abs=1e-8)
        assert estimate.noise == pytest.approx(noise.mean(), abs=1e-8)
        assert estimate.value == pytest.approx(np.sqrt(max(expected, 0)), abs=1e-4)

    @given(differences, st.randoms(use_true_random=False))
    def test_the_order_of_trials_does_not_matter(self, d, random):
        order = list(range(len(d)))
        random.shuffle(order)
        assert_same_estimate(estimate_rms(d), estimate_rms(d[order]))
        assert len(d) < MAX_PAIRED_UNITS

    @given(differences)
    def test_conditions_that_are_listed_twice_count_as_before(self, d):
        assert_same_estimate(estimate_rms(d), estimate_rms(np.repeat(d, 2, axis=1)))

    @given(differences, st.floats(0.1, 10))
    def test_it_follows_the_scale_and_not_the_sign(self, d, scale):
        one, other = estimate_rms(d), estimate_rms(-scale * d)
        np.testing.assert_allclose(
            np.square(other.interval()), scale**2 * np.square(one.interval()), 1e-6, 1e-5
        )

    @pytest.mark.parametrize(
        ("mixing", "expected"),
        [
            (np.ones((1, 6)), 1),
            ([[1.0, 2.0, 3.0]], 1),
            (np.eye(3), 3),
            (np.eye(8), 8),
            (np.diag([1, 1, 1, 3]), 12 * 84 / 732),
        ],
        ids=["shared", "shared and scaled", "3 conditions", "8 conditions", "one is noisier"],
    )
    def test_noise_has_as_many_dimensions_as_it_varies_in(self, mixing, expected):
        """``tr S tr(S^2) / tr(S^3)``: the number of conditions if their noise is alike."""
        rng, n = np.random.default_rng(2), 12
        inverses = [
            1 / estimate_rms(rng.normal(size=(n, len(mixing))) @ mixing + 1).dimensions
            for _ in range(100)
        ]
        # A ratio of forms with n - 1 degrees of freedom is too small by up to a share of
        # 2 / (n - 1), its correction too large by 4 / (n - 1); and its mean is known to its
        # standard error.
        error = 3.3 * np.std(inverses) / np.sqrt(100)
        lowest = (1 - 2 / (n - 1)) / expected
        assert lowest - error <= np.mean(inverses) <= (1 + 4 / (n - 1)) / expected + error


class TestUnits:
    """Trials, or groups of trials, are the independent units."""

    def test_fewer_than_three_have_no_interval(self):
        for estimator in ESTIMATORS:
            for n in (1, 2):
                estimate = estimate_mean(np.arange(1.0, n + 1), estimator=estimator)
                assert np.isnan(estimate.interval()).all()
                assert (estimate.n, estimate.is_exact) == (n, False)
            three = estimate_mean(np.arange(1.0, MIN_UNITS + 1), estimator=estimator)
            assert np.isfinite(three.interval()).all()

    @given(hnp.arrays(float, (4, 3), elements=numbers), st.sampled_from(["plug-in", "unbiased"]))
    def test_groups_of_equal_size_have_the_interval_of_their_means(self, x, estimator):
        groups = np.repeat(np.arange(4), 3)
        grouped = estimate_mean(x.ravel(), groups, estimator, sampled="wirings")
        means = estimate_mean(x.mean(axis=1), None, estimator)
        np.testing.assert_allclose(grouped.interval(), means.interval(), atol=1e-6)
        assert (grouped.n, grouped.sampled) == (4, "wirings")

    @given(hnp.arrays(float, (4, 3, 2), elements=numbers))
    def test_so_has_a_root_mean_square_of_them(self, d):
        groups = np.repeat(np.arange(4), 3)
        grouped = estimate_rms(d.reshape(12, 2), groups)
        assert_same_estimate(grouped, estimate_rms(d.mean(axis=1)))

    def test_groups_of_equal_size_are_resampled_as_their_means_are(self):
        x = RNG.normal(size=(5, 3))
        grouped = make_trial_weights(np.repeat(np.arange(5), 3), "resampled")
        means = make_trial_weights(np.arange(5), "resampled")
        assert grouped.rows.shape == (1 + 5 + 999, 15)
        # The draws differ, for their seed depends on the number of trials; their spread does not.
        spreads = [(w.rows @ v).std() for w, v in ((grouped, x.ravel()), (means, x.mean(axis=1)))]
        assert spreads[0] == pytest.approx(spreads[1], rel=0.25)

    @given(hnp.arrays(int, 9, elements=st.integers(0, 3)), st.sampled_from(ESTIMATORS))
    def test_weights_of_trials_sum_to_one(self, groups, estimator):
        weights = make_trial_weights(groups, estimator, n_resamples=20)
        np.testing.assert_allclose(weights.rows.sum(axis=1), 1.0)
        assert weights.n_units == len(np.unique(groups))
        for row, unit in zip(weights.rows[1:], np.unique(groups), strict=False):
            if weights.n_units > 1:
                assert (row[groups == unit] == 0).all()

    def test_units_are_wirings_if_there_are_several(self):
        groups, sampled = find_trial_groups(np.array([0, 0, 1, 1]), 4)
        assert (groups.tolist(), sampled) == ([0, 0, 1, 1], "wirings")
        for wirings in (None, np.zeros(4, int)):
            groups, sampled = find_trial_groups(wirings, 4)
            assert (groups.tolist(), sampled) == ([0, 1, 2, 3], "trials")


class TestResampling:
    """For what is not smooth: draws with the spread of Student's t."""

    def test_a_mean_has_the_spread_of_students_t(self):
        """Their variance is ``s^2 / n`` times ``(n - 1) / (n - 3)``, that of t."""
        n, x = 20, RNG.normal(size=20)
        weights = make_trial_weights(np.arange(n), "resampled", n_resamples=20_000)
        means = weights.rows[n + 1 :] @ x
        # The variance of 20,000 draws of t with 19 degrees of freedom, whose kurtosis is 3.4.
        error = np.sqrt((3.4 - 1) / 20_000)
        variance = x.var(ddof=1) / n * (n - 1) / (n - 3)
        assert means.var() == pytest.approx(variance, rel=4 * error)
        assert means.mean() == pytest.approx(x.mean(), abs=4 * np.sqrt(variance / 20_000))

    def test_draws_repeat_and_the_seed_decides(self):
        def draw(seed):
            return make_trial_weights(np.arange(5), "resampled", 30, seed).rows

        np.testing.assert_array_equal(draw(0), draw(0))
        assert not np.allclose(draw(0)[6:], draw(1)[6:])
        assert not draw(0).flags.writeable  # scores share them

    def test_a_score_that_is_undefined_in_some_draws_has_the_interval_of_the_others(self):
        weights = make_trial_weights(np.arange(9), "resampled")
        values = weights.rows @ RNG.normal(size=9)
        for n_undefined, is_defined in ((40, True), (60, False)):
            some = values.copy()
            some[10 : 10 + n_undefined] = np.nan
            estimate = Sampling("resampled", "trials", weights).estimate(some)
            assert isinstance(estimate, ResampledEstimate)
            assert np.isfinite(estimate.interval()).all() == is_defined


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_many_scores_are_estimated_as_each_alone(estimator):
    weights = make_trial_weights(np.arange(7), estimator, n_resamples=50)
    values = RNG.normal(0.5, 0.2, size=(4, len(weights.rows)))
    values[1, 0] = np.nan
    sampling = Sampling(estimator, "trials", weights, (0.0, 1.0))
    samples = RNG.normal(0.5, [[0.001], [0.1], [9.0], [9.0]], size=(4, 6))
    together = sampling.estimate_all(values, samples)
    assert len({estimate.sampled for estimate in together}) == 2
    for row, without, estimate in zip(values, samples, together, strict=True):
        alone = sampling.estimate(row, without)
        assert (type(alone), alone.n, alone.sampled) == (
            type(estimate),
            estimate.n,
            estimate.sampled,
        )
        np.testing.assert_allclose(alone.interval(), estimate.interval())


def test_a_score_without_a_value_has_no_interval():
    estimate = estimate_mean(np.array([1.0, np.nan, 2.0]))
    assert np.isnan([estimate.value, *estimate.interval()]).all()
    assert isinstance(estimate, Estimate)
    assert not isinstance(estimate, JackknifeEstimate)


def test_a_score_that_needs_all_units_has_no_interval():
    """It is undefined without the first trial."""
    estimate = estimate_over_trials(
        lambda w: np.where(w.rows[:, 0] > 0, w.rows @ np.arange(5.0), np.nan), np.arange(5)
    )
    assert estimate.value == 2.0
    assert np.isnan(estimate.interval()).all()


def test_samples_are_the_units_where_they_differ_more_than_trials():
    x = RNG.normal(0, 0.1, size=10)
    weights = make_trial_weights(np.arange(10), "plug-in")
    sampling = Sampling("plug-in", "trials", weights)
    values = weights.rows @ x
    samples = RNG.normal(0, 1.0, size=6)  # the value of each sample
    without = values[0] + (samples.mean() - samples) / 5
    wide = sampling.estimate(values, without)
    assert (wide.n, wide.sampled) == (6, "samples")
    assert wide.standard_error == pytest.approx(samples.std(ddof=1) / np.sqrt(6))
    still = sampling.estimate(values, np.full(6, values[0]))
    assert (still.n, still.sampled) == (10, "trials")
    assert still.interval() == sampling.estimate(values).interval()


def test_averages_over_trials_take_their_place():
    values = xr.DataArray(
        RNG.normal(size=(3, 5, 2)),
        dims=("condition", "trial", "match"),
        coords={"trial": np.arange(5)},
    )
    averages = make_trial_weights(np.arange(5), "plug-in").average(values)
    assert dict(averages.sizes) == {"resample": 6, "condition": 3, "match": 2}
    np.testing.assert_allclose(averages.isel(resample=0), values.mean("trial"))
    without_second = values.drop_sel(trial=1).mean("trial")
    np.testing.assert_allclose(averages.isel(resample=2), without_second)


def test_an_unknown_estimator_is_refused():
    with pytest.raises(UnknownNameError, match=r"metric 'x', estimator.*got 'unbiassed'"):
        Metric("x", np.mean, estimator="unbiassed")
