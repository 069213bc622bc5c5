"""The rate in slow noise is that of the noise-free cell, averaged over the noise."""

import numpy as np
import pytest
from brian2 import pA

from bioann.bio.cells.lif import LIF
from bioann.bio.theory.slow_noise import slow_noise_rate

CELL, LEVELS = LIF(), np.r_[150.001, np.arange(151.0, 800.0)] * pA


def test_without_noise_it_is_the_noise_free_rate():
    mean = np.array([120.0, 200.0, 400.0]) * pA
    found = slow_noise_rate(CELL, mean, 0 * mean, LEVELS)
    np.testing.assert_allclose(found, CELL.rate(mean), rtol=1e-4)


def test_noise_is_averaged_over():
    rng = np.random.default_rng(1)
    drawn = 160 + 20 * rng.standard_normal(40_000)
    rate = CELL.rate(drawn * pA)
    found = float(slow_noise_rate(CELL, np.array(160.0) * pA, np.array(20.0) * pA, LEVELS))
    error = rate.std() / len(rate) ** 0.5
    assert found == pytest.approx(rate.mean(), abs=4 * error)
    below = slow_noise_rate(CELL, np.array(140.0) * pA, np.array(20.0) * pA, LEVELS)
    assert CELL.rate(140 * pA) == 0 < float(below)
