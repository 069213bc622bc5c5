"""Metrics of agreement, by hand and by their symmetries."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp

from bioann.claims.measure import measure
from bioann.metrics.agreement import (
    COMMON_METRICS,
    CORRELATION_OVER_TIME,
    LAG,
    RMSE,
    correlation_over_conditions,
    correlation_over_time,
    mean_bias,
    response_gain,
    response_offset,
    rmse,
)
from bioann.metrics.lag import response_lag

NONE = xr.DataArray(np.zeros((1, 1)), dims=("condition", "channel"))
WIDTH = 0.01
rows = hnp.arrays(float, 6, elements=st.floats(-5, 5).map(lambda x: round(x, 6)))
varied = rows.filter(lambda x: x.std() > 0.1)


def steady(values):
    return xr.DataArray(np.asarray(values, float), dims="condition")


def courses(values):
    values = np.atleast_2d(np.asarray(values, float))
    time = (np.arange(values.shape[1]) + 0.5) * WIDTH
    return xr.DataArray(values, dims=("condition", "time"), coords={"time": time})


def evaluate(function, one, other):
    return float(function(one, other, NONE))


def test_by_hand():
    bio, ann = steady([1, 2, 4]), steady([1, 1, 1])
    assert evaluate(rmse, bio, ann) == pytest.approx(np.sqrt((0 + 1 + 9) / 3))
    assert evaluate(mean_bias, bio, ann) == pytest.approx(4 / 3)
    bio, ann = steady([1, 3, 2]), steady([0, 1, 2])
    assert evaluate(correlation_over_conditions, bio, ann) == pytest.approx(0.5)
    assert evaluate(response_gain, bio, ann) == pytest.approx(0.5)
    assert evaluate(response_offset, bio, ann) == pytest.approx(1.5)


@pytest.mark.parametrize("metric", [RMSE, CORRELATION_OVER_TIME, LAG])
def test_a_measure_has_the_options_of_the_metric_with_its_function(metric):
    named = measure(metric.function, metric.name, note=metric.note).of("bio", "ann").metric
    assert named == metric


@given(varied)
def test_perfect_agreement_is_the_best_value(x):
    for metric in COMMON_METRICS:
        if metric.over == "window":
            assert evaluate(metric.function, steady(x), steady(x)) == pytest.approx(
                metric.best, abs=1e-9
            )


def test_perfect_agreement_in_time_is_the_best_value():
    x = courses(np.random.default_rng(1).normal(size=(3, 40)))
    assert evaluate(correlation_over_time, x, x) == pytest.approx(1)
    assert evaluate(response_lag, x, x) == pytest.approx(0, abs=1e-9)


@given(varied, st.floats(0.1, 5), st.floats(-3, 3))
def test_an_affine_relation_is_found(x, a, b):
    bio, ann = steady(a * x + b), steady(x)
    assert evaluate(response_gain, bio, ann) == pytest.approx(a, abs=1e-9)
    assert evaluate(response_offset, bio, ann) == pytest.approx(b, abs=1e-8)
    assert evaluate(correlation_over_conditions, bio, ann) == pytest.approx(1)
    assert evaluate(correlation_over_conditions, -bio, ann) == pytest.approx(-1)


@given(rows, varied)
def test_the_line_is_that_of_least_squares(y, x):
    slope, intercept = np.polyfit(x, y, 1)
    assert evaluate(response_gain, steady(y), steady(x)) == pytest.approx(slope, abs=1e-8)
    assert evaluate(response_offset, steady(y), steady(x)) == pytest.approx(intercept, abs=1e-8)


@given(rows, rows)
def test_size_splits_into_bias_and_scatter(x, y):
    one, other = steady(x), steady(y)
    assert evaluate(rmse, one, other) == evaluate(rmse, other, one)
    assert evaluate(mean_bias, one, other) == -evaluate(mean_bias, other, one)
    assert evaluate(rmse, one, other) ** 2 == pytest.approx(
        evaluate(mean_bias, one, other) ** 2 + (x - y).var(), abs=1e-9
    )


@given(varied, varied)
def test_correlation_is_pearsons(x, y):
    found = evaluate(correlation_over_conditions, steady(x), steady(y))
    assert found == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-9)


def test_what_does_not_vary_has_no_correlation_and_no_gain():
    flat, slope = steady([0.1 + 0.2] * 4), steady([1, 2, 3, 4])
    assert np.isnan(evaluate(correlation_over_conditions, flat, slope))
    assert np.isnan(evaluate(correlation_over_conditions, slope, flat))
    assert np.isnan(evaluate(response_gain, slope, flat))
    assert np.isnan(evaluate(response_offset, slope, flat))
    assert evaluate(response_gain, flat, slope) == pytest.approx(0)


def test_two_conditions_correlate_in_any_case_and_say_nothing():
    assert np.isnan(evaluate(correlation_over_conditions, steady([1, 2]), steady([5, 3])))


def test_correlation_over_time_averages_the_conditions_that_vary():
    t = np.linspace(0, 1, 30)
    bio = courses([np.sin(9 * t), np.sin(9 * t), np.ones(30)])
    ann = courses([np.sin(9 * t), -np.sin(9 * t), np.sin(9 * t)])
    assert evaluate(correlation_over_time, bio, ann) == pytest.approx(0, abs=1e-12)
    assert evaluate(correlation_over_time, bio[:1], ann[:1]) == pytest.approx(1)
    assert np.isnan(evaluate(correlation_over_time, bio[2:], ann[2:]))


class TestLag:
    """Positive where biology comes later."""

    T = (np.arange(120) + 0.5) * WIDTH

    def bump(self, shift):
        """A smooth course of 3 bins width, far from both ends."""
        return np.exp(-((self.T - 0.6 - shift) ** 2) / (2 * 0.03**2))

    @pytest.mark.parametrize("bins", [-7, -3, 0, 1, 5])
    def test_a_copy_some_bins_later_lags_by_these_bins(self, bins):
        found = evaluate(response_lag, courses(self.bump(bins * WIDTH)), courses(self.bump(0)))
        assert found == pytest.approx(bins * 10, abs=0.01)

    @settings(max_examples=8)
    @given(st.floats(-0.08, 0.08))
    def test_less_than_a_bin_is_resolved(self, shift):
        found = evaluate(response_lag, courses(self.bump(shift)), courses(self.bump(0)))
        # The correlation of two Gaussians is one of width s = 3 sqrt(2) bins. A parabola through
        # three points of it, d <= 1/2 bin off the peak, errs by d (1 - 4 d^2) / (6 s^2) bins or so:
        # below 0.005 bins; twice that.
        assert found == pytest.approx(shift * 1e3, abs=0.1)

    @settings(max_examples=8)
    @given(st.floats(-0.08, 0.08))
    def test_who_follows_turns_with_the_roles(self, shift):
        one, other = courses(self.bump(shift)), courses(self.bump(0))
        assert evaluate(response_lag, one, other) == pytest.approx(
            -evaluate(response_lag, other, one), abs=1e-6
        )

    def test_gain_and_offset_do_not_matter(self):
        one, other = courses(0.2 + 7 * self.bump(0.033)), courses(5 - 0 + self.bump(0))
        assert evaluate(response_lag, one, other) == pytest.approx(33, abs=0.1)

    def test_conditions_count_by_their_covariance(self):
        bio = courses([self.bump(0.02), np.zeros(120)])
        ann = courses([self.bump(0), self.bump(0)])
        assert evaluate(response_lag, bio, ann) == pytest.approx(20, abs=0.1)

    def test_where_it_does_not_apply(self):
        flat, far = courses(np.ones(120)), courses(self.bump(0.3))
        bump = courses(self.bump(0))
        assert np.isnan(evaluate(response_lag, flat, bump))
        assert np.isnan(evaluate(response_lag, bump, flat))
        assert np.isnan(
            evaluate(response_lag, far, bump)
        )  # 300 ms: beyond the 100 ms that are looked at
        assert np.isnan(evaluate(response_lag, bump[:, :3], bump[:, :3]))


@pytest.mark.parametrize("metric", COMMON_METRICS, ids=lambda m: m.name)
def test_resamples_ride_along(metric):
    """A further dimension gives, for each entry, what that entry gives by itself."""
    rng = np.random.default_rng(2)
    both = [courses(rng.normal(size=(4, 50))) for _ in range(3)]
    if metric.over == "window":
        both = [x.mean("time") for x in both]
    stacked = xr.concat(both[:2], dim="resample")
    together = metric.function(stacked, both[2], NONE)
    alone = [evaluate(metric.function, x, both[2]) for x in both[:2]]
    np.testing.assert_allclose(together.values, alone)
    turned = metric.function(both[2], stacked, NONE)
    np.testing.assert_allclose(
        turned.values, [evaluate(metric.function, both[2], x) for x in both[:2]]
    )
