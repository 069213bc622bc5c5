"""Two theories of the rate under noise, against simulation and against each other's limits."""

import numpy as np
import pytest
from brian2 import Hz, amp, ms, mV, nS, pA, pF, second
from scipy.integrate import quad
from scipy.special import erf

from bioann.base.errors import DescriptionError
from bioann.bio.afferent import Afferent
from bioann.bio.cells.adex import AdEx
from bioann.bio.cells.eif import EIF
from bioann.bio.cells.lif import LIF
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.receptors import AMPA, GABA_A
from bioann.bio.theory.adiabatic import adiabatic_rate, is_adiabatic_valid
from bioann.bio.theory.poisson_input import PoissonInput
from bioann.bio.theory.siegert import (
    ALPHA,
    diffusion_approximation,
    is_siegert_valid,
    siegert_rate,
    siegert_rate_of_cell,
)
from bioann.stimuli.levels import cross_levels
from bioann.stimuli.waveforms import steps

CELL = LIF()
BOUNDS = {"threshold": -50 * mV, "reset": -60 * mV}


def r_squared(actual, expected):
    return 1 - ((actual - expected) ** 2).sum() / ((actual - actual.mean()) ** 2).sum()


@pytest.fixture(scope="module", params=[-80, -65], ids=["hyperpolarising", "shunting"])
def bombarded(request):
    """Rates of one cell on a grid of excitatory and inhibitory fibre rates, and its inputs."""
    network = SpikingNetwork(
        (Population("a", 1, "GABA", cell=CELL),),
        (
            Afferent("e", "a", 3 * nS, receptor=AMPA(), fibres=80, rate=1 * Hz),
            Afferent("i", "a", 6 * nS, transmitter="GABA", fibres=20, rate=1 * Hz,
                     receptor=GABA_A(reversal=request.param * mV)),
        ),
    )  # fmt: skip
    levels = cross_levels({"e": np.linspace(5, 55, 17), "i": np.linspace(0, 60, 13)})
    stimulus = steps(levels, duration=2 * second)
    recorded = network.run(stimulus, trials=1, seed=3)
    rate = recorded.rate.isel(trial=0, unit=0).sel(time=slice(0.2, None)).mean("time").values
    e, i = (stimulus.isel(time=0).sel(channel=c).values for c in "ei")
    inputs = (
        PoissonInput(80 * e * Hz, 3 * nS, 5 * ms, 0 * mV),
        PoissonInput(20 * i * Hz, 6 * nS, 10 * ms, request.param * mV),
    )
    return rate, inputs


def test_frozen_conductances_give_the_rate_of_a_driven_cell(bombarded):
    rate, inputs = bombarded
    theory = adiabatic_rate(CELL, inputs)
    holds = is_adiabatic_valid(CELL, inputs)
    assert holds.mean() > 0.5
    assert r_squared(rate, theory) > 0.99
    assert r_squared(rate[holds], theory[holds]) > 0.99
    assert np.abs(theory - rate).max() < 0.12 * rate.max()


def test_white_noise_is_the_wrong_limit_there_and_says_so(bombarded):
    rate, inputs = bombarded
    assert not is_siegert_valid(CELL, inputs).any()
    assert not is_siegert_valid(CELL, inputs, shifted=False).any()
    assert r_squared(rate, siegert_rate_of_cell(CELL, inputs, shifted=False)) < 0.95


def test_without_noise_both_are_the_noise_free_curve():
    current = np.linspace(160, 900, 9) * 1e-12
    free = CELL.rate(current * amp)
    np.testing.assert_allclose(adiabatic_rate(CELL, (), current * amp), free, rtol=1e-12)
    np.testing.assert_allclose(siegert_rate_of_cell(CELL, (), current * amp), free, rtol=1e-6)


def test_siegert_is_the_integral_it_says():
    for mu, sigma in ((-62, 6), (-55, 3), (-48, 5)):
        low, high = (-60 - mu) / sigma, (-50 - mu) / sigma
        integral, _ = quad(
            lambda x: np.exp(x * x) * (1 + erf(x)), low, high, epsabs=0, epsrel=1e-11
        )
        expected = 1 / (2e-3 + 20e-3 * np.sqrt(np.pi) * integral)
        actual = siegert_rate(mu * mV, sigma * mV, 20 * ms, **BOUNDS, t_ref=2 * ms)
        assert actual == pytest.approx(expected, rel=1e-7)


def test_far_below_threshold_escape_is_kramers():
    r"""For (V_th - mu) >> sigma: nu = y / (tau sqrt(pi)) e^{-y^2}, y = (V_th - mu) / sigma.

    The next term of the expansion of the integral is 1 / (2 y^2).
    """
    y = np.array([5.0, 8.0, 12.0])
    actual = siegert_rate((-50 - y) * mV, 1 * mV, 20 * ms, threshold=-50 * mV, reset=-80 * mV)
    np.testing.assert_allclose(
        actual, y / (20e-3 * np.sqrt(np.pi)) * np.exp(-(y**2)) / (1 + 1 / (2 * y**2)), rtol=2e-3
    )


def noisy(tau_s, mu, sigma, tau, dt, n=600, duration=1.0):
    """Rate of `n` cells under Gaussian noise of a correlation time, in plain NumPy."""
    rng = np.random.default_rng(5)
    v = np.full(n, mu)
    z = rng.standard_normal(n)
    keep, fresh = np.exp(-dt / tau), np.exp(-dt / tau_s) if tau_s else 0.0
    spikes, start = 0, int(0.2 / dt)
    for step in range(start + int(duration / dt)):
        if tau_s:  # white noise through a filter of tau_s, the same power at low frequencies
            z = z * fresh + np.sqrt(1 - fresh**2) * rng.standard_normal(n)
            drive = sigma * np.sqrt(tau / (2 * tau_s)) * z
            v = mu + drive + (v - mu - drive) * keep
        else:
            v = mu + (v - mu) * keep + sigma * np.sqrt((1 - keep**2) / 2) * rng.standard_normal(n)
        fired = v > -50e-3
        v[fired] = -60e-3
        spikes += int(fired.sum()) * (step >= start)
    return spikes / n / duration


@pytest.mark.parametrize(("mu", "sigma"), [(-51, 5), (-47, 3)])
def test_siegert_is_the_rate_under_white_noise(mu, sigma):
    dt = 0.02e-3
    actual = noisy(0.0, mu * 1e-3, sigma * 1e-3, 20e-3, dt)
    # A threshold that is only looked at every dt acts as if shifted by 0.5826 of the noise per
    # step, sigma sqrt(dt / tau) (Broadie, Glasserman and Kou 1997): a bias of the simulation.
    late = 0.5826 * sigma * np.sqrt(dt / 20e-3)
    expected = siegert_rate(mu * mV, sigma * mV, 20 * ms, threshold=(-50 + late) * mV,
                          reset=-60 * mV)  # fmt: skip
    assert actual == pytest.approx(expected, rel=0.025)
    wrong = siegert_rate(mu * mV, 1.1 * sigma * mV, 20 * ms, **BOUNDS)
    assert abs(wrong - actual) > 0.025 * actual


def test_the_threshold_shift_is_the_effect_of_a_synaptic_filter():
    """At tau_s / tau = 0.1 the filter costs a fifth of the rate; the shift foresees that."""
    mu, sigma, tau, tau_s = -52e-3, 5e-3, 20e-3, 2e-3
    actual = noisy(tau_s, mu, sigma, tau, 0.05e-3)
    kinds = {"mu": mu / 1e-3 * mV, "sigma": sigma / 1e-3 * mV, "tau": 20 * ms, **BOUNDS}
    white, shifted = siegert_rate(**kinds), siegert_rate(**kinds, tau_s=2 * ms)
    assert actual < 0.9 * white
    assert shifted == pytest.approx(actual, rel=0.07)
    assert pytest.approx(2.0653, abs=1e-4) == ALPHA


def test_siegert_holds_for_many_weak_fast_synapses_and_is_right_there():
    """Weak conductances and a slow membrane: tau_s / tau below 0.02."""
    cell = LIF(C=2000 * pF, g_L=40 * nS, t_ref=2 * ms)
    inputs = (
        PoissonInput(6000 * Hz, 9 * nS, 0.5 * ms, 0 * mV),
        PoissonInput(6630 * Hz, 9 * nS, 0.5 * ms, -80 * mV),
    )
    assert is_siegert_valid(cell, inputs).all()
    assert not is_adiabatic_valid(cell, inputs).any()
    assert diffusion_approximation(cell, inputs).mu < cell.V_th  # noise alone makes it fire
    m = diffusion_approximation(cell, inputs)
    assert float(m.tau_s) == pytest.approx(0.5e-3)
    n, dt = 200, 0.05
    network = SpikingNetwork(
        (Population("a", n, "GABA", cell=cell),),
        (
            Afferent("e", "a", 9 * nS, receptor=AMPA(tau=0.5 * ms), rate=6000 * Hz),
            Afferent("i", "a", 9 * nS, transmitter="GABA", rate=6630 * Hz,
                     receptor=GABA_A(tau=0.5 * ms)),
        ),
    )  # fmt: skip
    recorded = network.run(steps({"e": [1], "i": [1]}, duration=0.6 * second), trials=1, seed=1,
                           dt=dt * ms)  # fmt: skip
    actual = float(recorded.rate.sel(time=slice(0.1, None)).mean())
    assert siegert_rate_of_cell(cell, inputs) == pytest.approx(actual, rel=0.06)
    assert abs(adiabatic_rate(cell, inputs) - actual) > 0.06 * actual


def test_the_adiabatic_theory_takes_any_cell():
    slow = (PoissonInput(1000 * Hz, 1 * nS, 100 * ms, 0 * mV),)
    mean = [(100 * nS, 0 * mV)]
    for cell in (EIF(), AdEx(a=0 * nS, b=0 * pA)):
        # Campbell: 100 nS with a standard deviation of 7 nS; the curve is nearly straight there.
        assert adiabatic_rate(cell, slow) == pytest.approx(cell.rate(0 * amp, mean), rel=0.02)


def average_by_brute_force(cell, inputs, n=4001):
    """Average the noise-free rate over Gaussian conductances floored at zero, one by one."""
    x = np.linspace(-6, 6, n)
    weight = np.exp(-(x**2) / 2) / np.exp(-(x**2) / 2).sum()
    conductance, pulled, weights = 0.0, 0.0, 1.0
    for k, poisson in enumerate(inputs):
        axes = (...,) + (None,) * (len(inputs) - 1 - k)
        g = np.maximum(poisson.mean + np.sqrt(poisson.variance) * x, 0)[axes]
        conductance, pulled = conductance + g, pulled + g * poisson.reversal
        weights = weights * weight[axes]
    return (cell.steady_rate(np.zeros(()), conductance, pulled) * weights).sum()


@pytest.mark.parametrize("cell", [LIF(), EIF()], ids=["LIF", "EIF"])
@pytest.mark.parametrize("quantum", [2, 40])
def test_the_average_is_that_by_brute_force(cell, quantum):
    for rate in (500, 1500, 6000):
        inputs = (PoissonInput(4 * rate / quantum * Hz, quantum * nS, 5 * ms, 0 * mV),)
        expected = average_by_brute_force(cell, inputs, n=20001)
        assert adiabatic_rate(cell, inputs) == pytest.approx(expected, abs=0.02)


def test_the_average_over_two_conductances_is_that_by_brute_force():
    inputs = (
        PoissonInput(3000 * Hz, 3 * nS, 5 * ms, 0 * mV),
        PoissonInput(600 * Hz, 6 * nS, 10 * ms, -80 * mV),
    )
    expected = average_by_brute_force(CELL, inputs, n=1501)
    assert adiabatic_rate(CELL, inputs) == pytest.approx(expected, abs=0.05)
    assert adiabatic_rate(CELL, inputs[::-1]) == pytest.approx(adiabatic_rate(CELL, inputs))


@pytest.mark.parametrize("cell", [LIF(), EIF()], ids=["LIF", "EIF"])
@pytest.mark.parametrize("quantum", [1, 40])
def test_the_rate_is_smooth_in_the_input(cell, quantum):
    """Where the rate is above 1 Hz, its third differences change sign at most once.

    With fixed nodes, which cross rheobase one after another, they change sign up to 14 times.
    """
    mean = np.linspace(2, 60, 120) * nS  # of 5 ms exponentials
    rate = adiabatic_rate(cell, (PoissonInput(mean / (quantum * nS * 5 * ms), quantum * nS, 5 * ms,
                                              0 * mV),))  # fmt: skip
    assert (np.diff(rate) > 0).all()
    third = np.diff(rate[rate > 1], 3)
    assert (np.diff(np.sign(third[np.abs(third) > 1e-3])) != 0).sum() <= 1


def test_shot_noise_is_campbells():
    one = PoissonInput(np.array([100, 4000]) * Hz, 2 * nS, 5 * ms, 0 * mV)
    np.testing.assert_allclose(one.mean, [1e-9, 40e-9])
    np.testing.assert_allclose(np.sqrt(one.variance), [1e-9, np.sqrt(40) * 1e-9])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: PoissonInput(-1 * Hz, 1 * nS, 5 * ms, 0 * mV), "rate: wanted values >= 0"),
        (lambda: PoissonInput(1 * Hz, -1 * nS, 5 * ms, 0 * mV), "Sign belongs to the reversal"),
        (lambda: PoissonInput(1 * Hz, 1 * nS, 0 * ms, 0 * mV), "wanted times above 0"),
        (lambda: siegert_rate(0 * mV, -1 * mV, 20 * ms, **BOUNDS), "sigma >= 0"),
        (lambda: siegert_rate_of_cell(EIF(), ()), "Use adiabatic_rate"),
    ],
)
def test_what_cannot_be_is_refused(make, text):
    with pytest.raises(DescriptionError, match=text):
        make()


def test_the_units_of_a_theory_are_checked():
    with pytest.raises(DescriptionError, match=r"Write it as 5 \* ms"):
        PoissonInput(1 * Hz, 1 * nS, 5 * mV, 0 * mV)
