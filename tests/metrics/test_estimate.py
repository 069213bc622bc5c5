"""Intervals of estimates: Student's t, Hall's correction, exact binomial shares, p-values."""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, example, given, strategies as st
from scipy import stats

from bioann.metrics.binomial import binomial_interval
from bioann.metrics.estimate import (
    MIN_P_VALUE,
    Estimate,
    JackknifeEstimate,
    ResampledEstimate,
    find_p_value,
)
from bioann.metrics.skewness import invert_hall, scale_skewness

levels = st.floats(0.05, 0.999)
values = st.floats(-5, 5)
sizes = st.integers(3, 60)
errors = st.floats(0.01, 2)
skews = st.floats(-2, 2)


def make_estimate(value=1.0, error=0.2, n=10, skewness=0.0, kind=JackknifeEstimate, **more):
    fields = {"centre": value, "standard_error": error, "skewness": skewness}
    return kind(value, n, "trials", **fields | more)


@st.composite
def estimates(draw):
    """Estimates of every kind."""
    value, n, skewness = draw(values), draw(sizes), draw(skews)
    kind = draw(st.sampled_from(["smooth", "square", "share", "resampled"]))
    if kind == "square":
        noise, dimensions, centre = draw(st.floats(0.01, 0.5)), draw(st.floats(1, 20)), abs(value)
        options = {"centre": centre, "noise": noise, "dimensions": dimensions, "is_square": True}
        # That of noise alone, and some of the largest that a difference can add.
        variance = 4 * noise**2 / dimensions + draw(st.floats(0, 1)) * 4 * noise * centre
        options["limits"] = (0.0, np.inf)
        return make_estimate(centre**0.5, variance**0.5, n, skewness, **options)
    if kind == "share":
        share = draw(st.integers(0, n)) / n
        return make_estimate(share, draw(errors), n, skewness, limits=(0.0, 1.0), n_outcomes=n)
    if kind == "resampled":
        resampled = value + draw(errors) * np.sort(stats.norm.ppf((np.arange(50) + 0.5) / 50))
        return make_estimate(
            value, draw(errors), n, skewness, ResampledEstimate, resampled=tuple(resampled)
        )
    return make_estimate(value, draw(errors), n, skewness)


class TestInterval:
    """The ends of intervals in closed form, and what holds for all of them."""

    @given(values, errors, sizes, levels)
    def test_without_skewness_it_is_students(self, value, error, n, level):
        low, high = stats.t.interval(level, n - 1, value, error)
        found = make_estimate(value, error, n).interval(level)
        np.testing.assert_allclose(found, (low, high), rtol=1e-9, atol=1e-9)

    @given(values, errors, sizes, st.floats(0, 2), levels)
    def test_skewness_moves_an_end_outwards_and_the_other_less_far_inwards(
        self, value, error, n, skewness, level
    ):
        low, high = make_estimate(value, error, n, skewness).interval(level)
        student_low, student_high = make_estimate(value, error, n).interval(level)
        t = (student_high - value) / error
        assume(scale_skewness(skewness, n) * t < 9)  # the transform turns beyond
        assert -1e-9 <= high - student_high <= student_high - value + 1e-9
        assert student_low - 1e-9 <= low <= value
        assert high - low >= 0.75 * (student_high - student_low) - 1e-9

    @given(values, errors, sizes, skews, levels)
    def test_a_mirror_image_has_the_mirrored_interval(self, value, error, n, skewness, level):
        low, high = make_estimate(value, error, n, skewness).interval(level)
        mirrored = make_estimate(-value, error, n, -skewness).interval(level)
        np.testing.assert_allclose(mirrored, (-high, -low), rtol=1e-9, atol=1e-9)

    def test_it_reaches_further_to_the_side_of_the_long_tail(self):
        """By the value of Hall's transform at 2.5 % that is worked out by hand."""
        n, skewness = 16, 0.6
        low, high = make_estimate(0.0, 1.0, n, skewness).interval()
        a, t = 1.5 * skewness / 4, stats.t.ppf(0.975, n - 1)
        assert high == pytest.approx(3 / a * (1 - np.cbrt(1 - a * (t + a / 6))))
        inwards = 3 / a * (np.cbrt(1 + a * (t - a / 6)) - 1)
        assert low == pytest.approx(-(0.75 * t + 0.25 * inwards))
        # The transform has a vertical tangent at a (t + a / 6) = 1, and is cut off before.
        assert make_estimate(0.0, 1.0, n, 2.0).interval()[1] == pytest.approx(2 * t)

    @given(estimates(), levels, levels)
    def test_a_higher_level_has_a_wider_interval(self, estimate, one, other):
        narrow, wide = (estimate.interval(level) for level in sorted((one, other)))
        assert wide[0] <= narrow[0] + 1e-9
        assert wide[1] >= narrow[1] - 1e-9

    @given(estimates(), levels)
    def test_it_holds_the_value_and_stays_within_the_limits(self, estimate, level):
        low, high = estimate.interval(level)
        tolerance = 1e-9
        if estimate.is_square or estimate.n_outcomes or level >= 0.5:
            assert low - tolerance <= estimate.value <= high + tolerance
        assert estimate.limits[0] <= low <= high <= estimate.limits[1]

    @given(st.floats(0, 5), errors, sizes, levels)
    def test_that_of_a_root_is_the_root_of_that_of_the_square(self, square, error, n, level):
        """Without noise, and without the bend of noise in few dimensions."""
        estimate = make_estimate(square**0.5, error, n, centre=square, is_square=True)
        ends = np.maximum(stats.t.interval(level, n - 1, square, error), 0.0)
        np.testing.assert_allclose(estimate.interval(level), np.sqrt(ends), rtol=1e-9, atol=1e-9)

    def test_noise_of_few_dimensions_bends_the_upper_end(self):
        """The square of a normal mean: for large `n` its interval ends at the mean's end squared.

        With mean `m`, error `e` and one dimension, ``m^2`` has the error ``2 m e``, its average is
        too large by ``e^2``, and ``(m + t e)^2 = m^2 - e^2 + 2 m t e + (e^2 + t^2 e^2)``.
        """
        m, e, n = 1.0, 0.1, 10**6
        bent = make_estimate(
            m, 2 * m * e, n, centre=m**2 - e**2, noise=e**2, dimensions=1.0, is_square=True
        )
        assert bent.interval()[1] == pytest.approx(m + stats.norm.ppf(0.975) * e, rel=1e-4)

    def test_noise_that_pulls_a_score_from_its_limit_bends_the_other_end_by_half_of_that(self):
        """Of ``r = 1 - m^2 / 2``, whose distance from 1 has the bend of ``m^2`` halved twice."""
        distance, error, noise, n = 0.08, 0.02, 0.004, 10**6
        near = make_estimate(1 - distance + noise, error, n, noise=noise, limits=(-1.0, 1.0))
        z, along = stats.norm.ppf(0.975), error**2 / (4 * distance)
        low, high = near.interval()
        assert low == pytest.approx(near.centre - z * error - (1 + z**2) / 2 * along, abs=1e-6)
        assert high == pytest.approx(near.centre + z * error, abs=1e-6)
        mirrored = make_estimate(-near.centre, error, n, noise=-noise, limits=(-1.0, 1.0))
        np.testing.assert_allclose(mirrored.interval(), (-high, -low))
        unlimited = make_estimate(near.centre, error, n, noise=noise)
        assert unlimited.interval()[0] == pytest.approx(near.centre - z * error, abs=1e-6)

    @pytest.mark.parametrize("kind", [JackknifeEstimate, ResampledEstimate])
    def test_without_an_error_there_is_none(self, kind):
        estimate = kind(1.0, 2, "trials", centre=1.0)
        assert np.isnan(estimate.interval()).all()
        assert not estimate.is_exact

    @given(values, levels)
    def test_an_exact_value_is_its_own_interval(self, value, level):
        exact = Estimate(value)
        assert exact.is_exact
        assert exact.interval(level) == (value, value)
        assert exact.with_n(100) is exact
        assert np.isnan(Estimate(value, 2, "trials").interval(level)).all()

    def test_that_of_a_score_that_is_not_smooth_holds_both(self):
        resampled = tuple(np.linspace(-1, 3, 101))
        estimate = make_estimate(1.0, 0.1, 10, kind=ResampledEstimate, resampled=resampled)
        np.testing.assert_allclose(estimate.interval(0.9), np.quantile(resampled, [0.05, 0.95]))
        wide = dataclasses.replace(estimate, standard_error=5.0)
        np.testing.assert_allclose(wide.interval(0.9), stats.t.interval(0.9, 9, 1.0, 5.0))

    def test_resampled_values_outside_the_limits_do_not_carry_it_there(self):
        estimate = make_estimate(
            0.5, 0.1, kind=ResampledEstimate, limits=(0.0, 1.0), resampled=(-2.0, 0.4, 0.6, 3.0)
        )
        assert estimate.interval() == (0.0, 1.0)


def transform(t, a):
    """Hall's transformation, as the module writes it."""
    return t + a / 3 * t**2 + a**2 / 27 * t**3 + a / 6


@given(st.floats(-20, 20), st.floats(-3, 3))
@example(1.0, 2e-9)
@example(-5.0, 0.0)
def test_hall_is_inverted(x, a):
    # The cube root of a number next to 1 is rounded by 1e-16, times 3 / a.
    tolerance = 1e-8 * (1 + x**2) + 1e-15 / max(abs(a), 1e-9)
    assert transform(invert_hall(x, a), a) == pytest.approx(x, abs=tolerance)


@given(st.floats(-20, 20), st.floats(0.001, 5), st.floats(-3, 3))
def test_hall_is_monotone(x, step, a):
    assert invert_hall(x + step, a) >= invert_hall(x, a)


@pytest.mark.parametrize("n", [10, 20])
def test_few_exponential_trials_show_as_much_less_skewness_as_is_made_up_for(n):
    samples = np.random.default_rng(1).standard_exponential((20_000, n))
    sample_skewness = stats.skew(samples, axis=1, bias=False)
    error = sample_skewness.std() / np.sqrt(20_000)
    scaled = scale_skewness(sample_skewness.mean(), n) * np.sqrt(n)
    assert scaled == pytest.approx(2, abs=0.06 + 3.3 * 2 * error)


class TestBinomial:
    """Shares of yes-or-no outcomes."""

    @given(st.integers(0, 40), st.integers(1, 40), levels)
    def test_it_is_that_of_scipy(self, k, n, level):
        assume(k <= n)
        expected = stats.binomtest(k, n).proportion_ci(level, "exact")
        found = binomial_interval(k / n, n, level)
        np.testing.assert_allclose(found, (expected.low, expected.high), atol=1e-7)

    def test_where_all_outcomes_are_equal_it_is_the_rule_of_three(self):
        """All of `n` right, at 90 %: at least 0.05^(1 / n), about 1 - 3 / n."""
        estimate = make_estimate(1.0, 0.0, 5, limits=(0.0, 1.0), n_outcomes=60)
        assert estimate.interval(0.9) == pytest.approx((0.05 ** (1 / 60), 1.0))
        assert estimate.interval(0.9)[0] == pytest.approx(1 - 3 / 60, abs=0.002)

    @given(st.floats(0, 1), st.integers(1, 50), levels)
    def test_yes_and_no_are_alike(self, share, n, level):
        low, high = binomial_interval(share, n, level)
        np.testing.assert_allclose(
            binomial_interval(1 - share, n, level), (1 - high, 1 - low), atol=1e-7
        )


class TestPValue:
    """The smallest error level at which a verdict stands."""

    @given(st.floats(0.05, 12), sizes)
    def test_it_is_that_of_students_test(self, t, n):
        p = find_p_value(make_estimate(t, 1.0, n), lambda ends: ends[0] > 0)
        assert p == pytest.approx(max(2 * stats.t.sf(t, n - 1), MIN_P_VALUE), rel=1e-6)

    @given(estimates(), st.floats(-6, 6))
    def test_the_interval_at_that_level_just_excludes_the_bound(self, estimate, bound):
        def is_above(ends):
            return ends[0] > bound

        p = find_p_value(estimate, is_above)
        if np.isnan(p):
            assert not is_above(estimate.interval(1e-9))
        elif p > MIN_P_VALUE:
            assert is_above(estimate.interval(1 - min(1.001 * p, 1 - 1e-9)))
            assert not is_above(estimate.interval(1 - 0.999 * p))
        else:
            assert is_above(estimate.interval(1 - MIN_P_VALUE))

    @given(estimates(), st.floats(-6, 6), st.floats(0, 3))
    def test_a_bound_further_off_is_excluded_with_a_smaller_one(self, estimate, bound, step):
        near, far = (
            find_p_value(estimate, lambda ends, b=b: ends[0] > b) for b in (bound, bound - step)
        )
        if np.isfinite(near):
            assert far <= near * (1 + 1e-6)

    def test_an_exact_value_has_none_and_a_verdict_that_never_stands_is_not_a_number(self):
        assert find_p_value(Estimate(1.0), lambda ends: ends[0] > 0) == 0.0
        assert np.isnan(find_p_value(make_estimate(-1.0), lambda ends: ends[0] > 0))


class TestWithN:
    """What more trials are expected to give."""

    @given(values, errors, sizes, st.integers(3, 500))
    def test_the_error_falls_with_the_root_of_the_number(self, value, error, n, more):
        found = make_estimate(value, error, n).with_n(more).interval()
        expected = stats.t.interval(0.95, more - 1, value, error * np.sqrt(n / more))
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)

    @given(estimates(), st.integers(3, 100), st.integers(3, 100))
    def test_two_steps_are_one(self, estimate, one, other):
        assume(not estimate.n_outcomes)  # a number of outcomes is rounded
        steps, step = estimate.with_n(one).with_n(other), estimate.with_n(other)
        assert (steps.n, steps.value) == (step.n, step.value)
        np.testing.assert_allclose(steps.interval(), step.interval(), rtol=1e-6, atol=1e-9)

    @given(estimates())
    def test_the_number_that_it_has_changes_nothing(self, estimate):
        same = estimate.with_n(estimate.n)
        np.testing.assert_allclose(same.interval(), estimate.interval(), rtol=1e-12, atol=1e-12)

    @given(estimates(), st.integers(2, 9))
    def test_more_units_have_a_narrower_interval(self, estimate, factor):
        low, high = estimate.interval()
        more_low, more_high = estimate.with_n(factor * estimate.n).interval()
        assert more_high - more_low <= high - low + 1e-9

    def test_outcomes_grow_with_the_trials(self):
        share = make_estimate(1.0, 0.0, 5, limits=(0.0, 1.0), n_outcomes=20)
        assert share.with_n(15).n_outcomes == 60
