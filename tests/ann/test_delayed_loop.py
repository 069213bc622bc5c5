"""A delayed negative loop: its Hopf boundary, and how it grows beside it."""

import numpy as np
import pytest

from bioann.ann import delayed_loop


@pytest.mark.parametrize("delay", [0.2, 1.0, 2.0])
def test_at_the_boundary_a_delayed_loop_has_an_imaginary_eigenvalue(delay):
    """1 + s + w exp(-s d) = 0 with s = i omega; no smaller weight has such a solution."""
    weight = delayed_loop.compute_hopf_weight(delay)
    omega = np.sqrt(weight**2 - 1)
    assert abs(1 + 1j * omega + weight * np.exp(-1j * omega * delay)) < 1e-9
    assert np.pi / 2 < omega * delay < np.pi


def test_a_delayed_loop_grows_above_its_boundary_and_decays_below():
    weights = delayed_loop.compute_hopf_weight(1.0) * np.array([0.9, 1.0, 1.1])
    below, at, above = delayed_loop.simulate_growth(weights, 1.0, dt=0.01)
    assert below < -0.02 < 0.02 < above
    assert at == pytest.approx(0.0, abs=2e-3)
