"""Closed forms of the training of an inverter, with and without weight decay."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

import bioann as ba
from bioann.analyses.inverter_training import (
    UNIT,
    compute_largest_gradient,
    predict_weight_size,
)


def test_the_weight_grows_with_the_logarithm_of_the_steps():
    """Late errors are exponentials of the sums, and bias and weight follow in continuous time.

    With the size k and both points' mean gradient, k' = r / 2 exp(b - k), b' = r / 2 (exp(-b) -
    exp(b - k)); the solution is k = 2 ln(r t / (4 sqrt(3 / 2))), b = k / 2 - ln(3 / 2) / 2.
    """
    w, b = UNIT.trajectory[-1]
    k = 2 * np.log(UNIT.rate * UNIT.steps / (4 * np.sqrt(1.5)))
    # Corrections are of the order of the errors, exp(-k / 2) = 1e-4, times the logarithm of steps.
    assert (-w, b) == pytest.approx((k, (k - np.log(1.5)) / 2), abs=0.01)


@pytest.mark.parametrize(("decay", "size"), [(1e-3, 9.33), (1e-2, 5.64), (1e-1, 2.36)])
def test_a_decayed_weight_stops_where_the_error_equals_the_decay(decay, size):
    w, b = replace(UNIT, steps=20_000, decay=decay).trajectory[-1]
    assert -w == pytest.approx(size, abs=0.005)
    assert -w == pytest.approx(predict_weight_size(decay), rel=1e-6)
    assert expit(w / 2) == pytest.approx(-decay * w, rel=1e-6)
    assert b == pytest.approx(-w / 2, rel=1e-6)


def test_only_a_step_has_no_gradient():
    assert compute_largest_gradient(ba.activations.Threshold()) == 0
    # That of one point at target 0, 2 y^2 (1 - y), is at most 8 / 27, at y = 2 / 3.
    assert compute_largest_gradient(ba.activations.Sigmoid()) > 0.2
