"""Distributions have the moments that they state, and stay within their ends."""

import numpy as np
import pytest
import scipy.stats
from brian2 import farad, mV, nS, pA, pF
from hypothesis import given, strategies as st

import bioann as ba
from bioann.base.errors import DescriptionError, DimensionError

N = 40_000


def draw(distribution, n=N, seed=1):
    return distribution.draw(n, np.random.default_rng(seed))


def standard_error_of_std(values):
    """Standard error of the sample standard deviation of n values with excess kurtosis k.

    Var(s) = sigma^2 (k + 2) / 4 n.
    """
    kurtosis = scipy.stats.kurtosis(values)
    return values.std() * np.sqrt((kurtosis + 2) / 4 / len(values))


@pytest.mark.parametrize(
    ("distribution", "mean", "std"),
    [(ba.Normal(200 * pF, 20 * pF), 200e-12, 20e-12),
     (ba.LogNormal(1 * nS, 0.5 * nS), 1e-9, 0.5e-9),
     (ba.LogNormal(1 * nS, 2 * nS), 1e-9, 2e-9),
     (ba.Uniform(-3 * pA, 9 * pA), 3e-12, np.sqrt(12) * 1e-12)],
)  # fmt: skip
def test_values_have_the_stated_mean_and_standard_deviation(distribution, mean, std):
    values = draw(distribution)
    assert abs(values.mean() - mean) < 4 * std / np.sqrt(N)
    # Kurtosis is estimated from the same sample; heavy tails make the error of the error large.
    tolerance = 4 if scipy.stats.kurtosis(values) < 10 else 10
    assert abs(values.std() - std) < tolerance * standard_error_of_std(values)
    assert distribution.expected_value == pytest.approx(mean)


def test_the_logarithm_of_log_normal_values_is_normal():
    values = np.log(draw(ba.LogNormal(1 * nS, 2 * nS)))
    variance = np.log(1 + 2**2)
    standard = scipy.stats.norm(np.log(1e-9) - variance / 2, np.sqrt(variance))
    assert scipy.stats.kstest(values, standard.cdf).pvalue > 1e-3


def test_a_truncated_normal_is_drawn_again_and_not_clipped():
    distribution = ba.Normal(1 * nS, 1 * nS, minimum=0 * nS, maximum=2.5 * nS)
    values = draw(distribution)
    law = scipy.stats.truncnorm(-1, 1.5, 1e-9, 1e-9)
    assert scipy.stats.kstest(values, law.cdf).pvalue > 1e-3
    assert len(np.unique(values)) == N  # no mass at the ends
    assert distribution.expected_value == pytest.approx(law.mean(), rel=1e-12)


@given(st.floats(-5, 5), st.floats(0.1, 3), st.floats(-1, 1), st.floats(0.5, 3), st.integers(0, 99))
def test_no_value_leaves_the_support(mean, std, start, width, seed):
    low, high = mean + start * std, mean + (start + width) * std
    distributions = (
        ba.Normal(mean * mV, std * mV, low * mV, high * mV),
        ba.Uniform(low * mV, high * mV),
        ba.LogNormal((abs(mean) + 0.1) * mV, std * mV),
    )
    for distribution in distributions:
        values, (low_end, high_end) = draw(distribution, 200, seed), distribution.support
        assert (values > low_end).all()
        assert (values <= high_end).all()
        assert low_end < distribution.expected_value < high_end


def test_the_same_seed_gives_the_same_values():
    distribution = ba.Normal(1 * nS, 1 * nS, minimum=0 * nS)
    assert (draw(distribution, 100) == draw(distribution, 100)).all()
    assert (draw(distribution, 100) != draw(distribution, 100, seed=2)).all()


def test_distributions_compare_by_value_and_print_in_their_unit():
    assert ba.Normal(2e-10 * farad, 20 * pF) == ba.Normal(200 * pF, 20 * pF)
    assert repr(ba.Uniform(0 * nS, 1e-9 * nS * 1e9)) == "Uniform(low=0.0 * nS, high=1.0 * nS)"
    assert ba.Normal(-50 * mV, 2 * mV, minimum=-58 * mV).describe("mV") == (
        "normal, −50 ± 2, above −58"
    )
    assert ba.LogNormal(2 * nS, 1 * nS).describe("nS") == "log-normal, 2 ± 1"
    assert ba.Uniform(1 * nS, 3 * nS).describe("nS") == "uniform, 1 to 3"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [(lambda: ba.Normal(200, 20), DimensionError, "Normal: wanted quantities with a unit.*200, 20"),
     (lambda: ba.Normal(1 * mV, 1 * nS), DimensionError, "Normal, std: wanted a potential in mV"),
     (lambda: ba.Normal(1 * mV, 0 * mV), DescriptionError, "std: wanted a value above 0 mV"),
     (lambda: ba.Normal(np.nan * mV, 1 * mV), DescriptionError, "mean: wanted a finite number"),
     (lambda: ba.Normal([1, 2] * mV, 1 * mV), DescriptionError, "mean: wanted one potential"),
     (lambda: ba.Normal(0 * mV, 1 * mV, minimum=5 * mV), DescriptionError,
      "ends between which at least 1% of the distribution lies"),
     (lambda: ba.LogNormal(0 * nS, 1 * nS), DescriptionError, "mean: wanted a value above 0 nS"),
     (lambda: ba.Uniform(2 * nS, 1 * nS), DescriptionError, "wanted a low below high.*Swap")],
)  # fmt: skip
def test_distributions_that_cannot_be_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
