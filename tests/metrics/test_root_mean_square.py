"""The interval of a root mean square, where a closed form is known."""

import numpy as np
import pytest
from scipy import stats

from bioann.analyses.synthetic_responses import RATE_MODEL, Noise, draw_noise_batches, estimate_runs
from bioann.metrics.agreement import RMSE


@pytest.mark.parametrize("difference", [0.3, -0.3])
def test_of_one_condition_its_upper_end_is_that_of_students_interval(difference):
    half = np.random.default_rng(3).normal(0, 0.1, 6)
    # Without skewness, for which intervals allow.
    responses = difference + np.concatenate([half, -half]).reshape(1, 12, 1)
    (estimate,) = estimate_runs(RMSE, responses, np.zeros(1))
    t = stats.ttest_1samp(abs(difference) / difference * responses.ravel(), 0).confidence_interval()
    low, high = estimate.interval()
    assert high == pytest.approx(t.high, rel=0.02)
    assert 0 < low < t.low


@pytest.mark.parametrize("shared", [0.0, 0.3, 0.7])
def test_noise_that_conditions_share_seldom_hides_a_difference(shared):
    n_runs, truth = 600, 0.05
    noise = next(draw_noise_batches(Noise("normal", shared), 500, 10, seed=6))[0]
    more = next(draw_noise_batches(Noise("normal", shared), 100, 10, seed=7))[0]
    estimates = estimate_runs(RMSE, RATE_MODEL + truth + np.concatenate([noise, more]))
    n_missed = sum(estimate.interval()[1] < truth for estimate in estimates)
    # 4 % at most; 8 to 11 % when the bend was divided by the dimensions of the noise.
    assert n_missed <= stats.binom.ppf(0.999, n_runs, 0.04)


def test_without_a_difference_its_low_end_is_zero():
    noise = next(draw_noise_batches(Noise("normal"), 100, 10, seed=6))[0]
    lows = [estimate.interval()[0] for estimate in estimate_runs(RMSE, RATE_MODEL + noise)]
    assert np.count_nonzero(lows) <= stats.binom.ppf(0.999, 100, 0.025)
