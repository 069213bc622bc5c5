"""The rate in slow noise is that of the noise-free cell, averaged over the noise."""

import numpy as np
import pytest
from brian2 import ms, pA

import bioann as ba
from bioann.bio.cells.lif import LIF
from bioann.bio.theory.slow_noise import SlowNoise, slow_noise_rate

CELL, LEVELS = LIF(), np.r_[150.001, np.arange(151.0, 800.0)] * pA


def test_without_noise_it_is_the_noise_free_rate():
    mean = np.array([120.0, 200.0, 400.0]) * pA
    rates = slow_noise_rate(CELL, mean, 0 * mean, LEVELS)
    np.testing.assert_allclose(rates, CELL.rate(mean), rtol=1e-4)


def test_noise_is_averaged_over():
    rng = np.random.default_rng(1)
    samples = 160 + 20 * rng.standard_normal(40_000)
    rate = CELL.rate(samples * pA)
    actual = float(slow_noise_rate(CELL, np.array(160.0) * pA, np.array(20.0) * pA, LEVELS))
    error = rate.std() / len(rate) ** 0.5
    assert actual == pytest.approx(rate.mean(), abs=4 * error)
    below = slow_noise_rate(CELL, np.array(140.0) * pA, np.array(20.0) * pA, LEVELS)
    assert CELL.rate(140 * pA) == 0 < float(below)


def test_it_answers_to_stimuli_as_a_half():
    sent = {"drive": [1.0, 2.0, 1.0], "noise": [0.0, 0.0, 1.0]}
    weights = {"drive": 1.0, "noise": 0.5}
    answer = SlowNoise(CELL, weights, "noise", 0.1, LEVELS / (200 * pA), 200 * pA, 50.0, copies=2)
    half = ba.FunctionModel(answer, ("a", "b"), ("drive", "noise"))
    run = half.run(ba.steps(sent, duration=10 * ms), trials=1, seed=1)
    response = run["rate" if "rate" in run else "activation"].isel(trial=0, time=-1)
    mean, spread = np.array([200.0, 400.0, 300.0]) * pA, np.array([0.0, 0.0, 20.0]) * pA
    expected = slow_noise_rate(CELL, mean, spread, LEVELS) / 50
    for unit in ("a", "b"):
        np.testing.assert_allclose(response.sel(unit=unit), expected)
