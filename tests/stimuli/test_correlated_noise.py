"""Two correlated channels: exact moments, and the time course of Ornstein-Uhlenbeck noise."""

import numpy as np
import pytest
from brian2 import ms

import bioann as ba
from bioann.base.errors import BioannError, StimulusError

RHO = [-0.5, 0.0, 0.7, 1.0]


def draw(**options):
    settings = {"std": 0.2, "tau": 20 * ms, "samples": 3, "seed": 4, "duration": 1000 * ms}
    return ba.stimuli.correlated_noise(("a", "b"), correlations=RHO, **settings | options)


def test_mean_variance_and_correlation_are_exact_in_every_sample():
    stimulus = draw()
    assert stimulus.sizes == {"condition": 12, "time": 1000, "channel": 2}
    np.testing.assert_allclose(stimulus.mean("time"), 0, atol=1e-12)
    np.testing.assert_allclose(stimulus.std("time"), 0.2, rtol=1e-9)
    product = (stimulus.sel(channel="a") * stimulus.sel(channel="b")).mean("time")
    np.testing.assert_allclose(product / 0.04, stimulus.correlation, atol=1e-9)


def test_what_is_independent_does_not_correlate_at_any_lag():
    """Over one period, with time that goes on at the start."""
    stimulus = draw()
    a, b = stimulus.sel(channel=["a", "b"]).values[stimulus.correlation.values == 0][0].T
    spectra = np.conj(np.fft.rfft(a)) * np.fft.rfft(b)
    np.testing.assert_allclose(np.fft.irfft(spectra) / len(a) / 0.04, 0, atol=1e-12)


def test_noise_forgets_with_its_time_constant():
    """The correlation at lag t is e^(-t / tau) where amplitudes are those of the spectrum.

    Half of the frequencies of 10 s are 0.2 Hz apart: a sum in place of an integral, good to
    e^(-5 s / tau), less the frequency 0, of weight 2 tau / 5 s = 0.008.
    """
    stimulus = draw(duration=10_000 * ms, samples=1).sel(channel="a").values[0] / 0.2
    for lag in (10, 20, 40):
        product = np.mean(stimulus * np.roll(stimulus, lag))
        assert product == pytest.approx(np.exp(-lag / 20), abs=0.008)


def test_a_sample_is_the_same_at_all_correlations_and_for_any_number_of_samples():
    stimulus, single = draw(), draw(samples=1)
    first = stimulus.sel(channel="a")
    np.testing.assert_array_equal(first[stimulus.sample == 1], first[1:2].values.repeat(4, 0))
    np.testing.assert_array_equal(stimulus[stimulus.sample == 0], single)
    assert not np.allclose(first[0], first[1])
    equal = stimulus.isel(condition=stimulus.correlation.values == 1)
    np.testing.assert_allclose(equal.sel(channel="a"), equal.sel(channel="b"), rtol=1e-12)


def test_what_cannot_correlate_is_refused():
    with pytest.raises(StimulusError, match=r"from -1 to 1.*got \[1.2\]"):
        ba.stimuli.correlated_noise(
            ("a", "b"), correlations=[1.2], std=1.0, samples=1, seed=0, duration=100 * ms
        )
    with pytest.raises(BioannError, match=r"channels: wanted a sequence of 2.*\('a',\)"):
        ba.stimuli.correlated_noise(
            ("a",), correlations=[0], std=1.0, samples=1, seed=0, duration=100 * ms
        )
