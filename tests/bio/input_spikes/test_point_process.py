"""Point processes: what statistics says about them."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from bioann.bio.input_spikes import point_process
from bioann.bio.input_spikes.point_process import make_inverse

DT = 1e-3
#: Two-sided chance of a false alarm of each statistical test; all seeds are fixed.
ALPHA = 1e-4
rates_of_steps = st.lists(st.floats(0, 2000), min_size=1, max_size=20).filter(any)


def expected(rates):
    return np.concatenate([[0.0], np.cumsum(rates) * DT])


def rng(seed=1):
    return np.random.default_rng(seed)


def poisson(*arguments):
    return together(point_process.draw_poisson(*arguments))


def regular(*arguments):
    return together(point_process.draw_regular(*arguments))


def together(spikes):
    nothing = [(np.zeros(0), np.zeros(0, np.int64))]
    times, neurons = zip(*[*spikes, *nothing], strict=True)
    return np.concatenate(times), np.concatenate(neurons)


class TestPoisson:
    """An inhomogeneous Poisson process."""

    def test_counts_are_poisson(self):
        n, fibres, rate = 4000, 3, 20.0
        times, neurons = poisson(expected([rate] * 500), DT, n, fibres, rng())
        counts = np.bincount(neurons, minlength=n)
        mean = rate * 0.5 * fibres
        # Fisher's dispersion test: (n - 1) * Fano factor is chi-square; the total is Poisson.
        low, high = stats.chi2.ppf([ALPHA, 1 - ALPHA], n - 1) / (n - 1)
        assert low < counts.var(ddof=1) / counts.mean() < high
        low, high = stats.poisson.ppf([ALPHA, 1 - ALPHA], n * mean)
        assert low < len(times) < high

    def test_the_total_is_poisson_too(self):
        source = rng()
        totals = [len(poisson(expected([100.0] * 200), DT, 3, 1, source)[0]) for _ in range(400)]
        low, high = stats.chi2.ppf([ALPHA, 1 - ALPHA], 399) / 399
        assert low < np.var(totals, ddof=1) / 60 < high

    def test_intervals_are_exponential(self):
        times, _ = poisson(expected([500.0] * 4000), DT, 1, 1, rng())
        assert stats.kstest(np.diff(np.sort(times)), "expon", (0, 1 / 500)).pvalue > ALPHA

    def test_times_follow_the_rate(self):
        ramp = np.linspace(0, 400, 200)
        times, _ = poisson(expected(ramp), DT, 300, 1, rng())
        up_to = np.interp(times, np.arange(201) * DT, expected(ramp)) / expected(ramp)[-1]
        assert len(times) == pytest.approx(300 * expected(ramp)[-1], rel=0.05)
        assert stats.kstest(up_to, "uniform").pvalue > ALPHA

    @given(rates_of_steps)
    def test_nothing_fires_where_the_rate_is_zero(self, rates):
        times, neurons = poisson(expected(rates), DT, 5, 2, rng())
        assert all(rates[int(t / DT)] > 0 for t in times)
        assert ((neurons >= 0) & (neurons < 5)).all()

    def test_neurons_and_halves_of_time_are_independent(self):
        n = 5000
        times, neurons = poisson(expected([40.0] * 100), DT, n, 1, rng())
        early = np.bincount(neurons[times < 0.05], minlength=n)
        late = np.bincount(neurons[times >= 0.05], minlength=n)
        for a, b in ((early, late), (early[:-1], early[1:])):
            assert stats.pearsonr(a, b).pvalue > ALPHA

    def test_fibres_add_up(self):
        # Superposition: 10 fibres at 5 Hz are one at 50 Hz, in law.
        many = poisson(expected([5.0] * 1000), DT, 2000, 10, rng(1))[1]
        fast = poisson(expected([50.0] * 1000), DT, 2000, 1, rng(2))[1]
        counts = [np.bincount(x, minlength=2000) for x in (many, fast)]
        assert stats.ks_2samp(*counts).pvalue > ALPHA

    @pytest.mark.parametrize("left", [False, True])
    def test_spikes_that_come_some_at_a_time_are_those_of_one_draw(self, monkeypatch, left):
        total, one, many = expected([40.0] * 50), rng(), rng()
        for source in (one, many) if left else ():
            source.integers(0, 9)  # of which half a random number is left over
        count = one.poisson(total[-1] * 300 * 2)
        times = np.interp(one.uniform(0, total[-1], count), total, np.arange(51) * DT)
        monkeypatch.setattr(point_process, "BLOCK_SIZE", 100)
        found = poisson(total, DT, 300, 2, many)
        np.testing.assert_array_equal(found[0], times)
        np.testing.assert_array_equal(found[1], one.integers(0, 300, count))
        assert many.integers(0, 2**60) == one.integers(0, 2**60)


shapes = st.one_of(
    rates_of_steps,
    st.builds(lambda rate, n: [rate] * n, st.floats(1, 500), st.integers(1, 300)),
    st.builds(lambda early, late: [0] * early + [50] + [0] * late, *[st.integers(0, 30)] * 2),
)


@given(shapes, st.integers(0, 2**32))
def test_times_of_expected_counts_are_those_of_interpolation(rates, seed):
    total = expected(rates)
    within = rng(seed).uniform(0, total[-1], 4000)
    edges = [np.nextafter(total, way) for way in (-np.inf, np.inf)]
    at = np.clip(np.concatenate([within, total, *edges]), 0, total[-1])
    exact = np.interp(at, total, np.arange(len(total)) * DT)
    np.testing.assert_array_equal(make_inverse(total, DT, len(at))(at), exact)
    np.testing.assert_array_equal(make_inverse(total, DT, 1)(at), exact)


class TestRegular:
    """Evenly spaced spikes with a random phase per fibre."""

    @given(st.integers(1, 300), st.floats(1, 400), st.integers(1, 4), st.integers(1, 3))
    def test_each_fibre_fires_its_expected_number_rounded_up_or_down(self, n, rate, cells, fibres):
        total = expected([rate] * n)
        times, neurons = regular(total, DT, cells, fibres, rng())
        counts = np.bincount(neurons, minlength=cells)
        assert (counts >= fibres * int(total[-1])).all()
        assert (counts <= fibres * (int(total[-1]) + 1)).all()
        assert (times <= n * DT + 1e-12).all()

    def test_spikes_are_one_period_apart(self):
        times, neurons = regular(expected([40.0] * 1000), DT, 20, 1, rng())
        for i in range(20):
            np.testing.assert_allclose(np.diff(np.sort(times[neurons == i])), 1 / 40)

    def test_phases_are_uniform_and_differ(self):
        times, neurons = regular(expected([10.0] * 100), DT, 3000, 1, rng())
        assert np.bincount(neurons).tolist() == [1] * 3000  # one whole period
        assert stats.kstest(times, "uniform", (0, 0.1)).pvalue > ALPHA

    def test_the_spacing_follows_the_rate(self):
        # After a doubling of the rate the period halves.
        times, _ = regular(expected([20.0] * 500 + [40.0] * 500), DT, 1, 1, rng())
        early, late = np.diff(times[times < 0.5]), np.diff(times[times > 0.5])
        np.testing.assert_allclose(early, 1 / 20)
        np.testing.assert_allclose(late, 1 / 40)
