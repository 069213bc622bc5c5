"""The slope that the window of STDP predicts for inputs whose correlation with the goal rises."""

import numpy as np
import pytest
from brian2 import Hz, nS
from scipy.integrate import quad

import bioann as ba
from bioann.models import hebb_and_gradient


def integrate_window(lag):
    """Integral of a window of area 0 over a covariance e^(-|t - lag| / tau), both of 20 ms."""
    tau = hebb_and_gradient.TAU
    parts = [
        quad(lambda t: np.sign(t) * np.exp(-abs(t) / tau - abs(t - lag) / tau), *bounds)[0]
        for bounds in ((-1, 0), (0, lag), (lag, 1))
    ]
    return sum(parts)


def test_the_predicted_slope_is_the_window_over_the_covariance_of_both_rates():
    decay = hebb_and_gradient.LAG
    average, _ = quad(lambda lag: integrate_window(lag) * np.exp(-lag / decay) / decay, 0, 0.1)
    drift = hebb_and_gradient.AMPLITUDE * average * hebb_and_gradient.STD**2
    drift *= hebb_and_gradient.INPUT_HZ * hebb_and_gradient.GOAL_HZ
    predicted = hebb_and_gradient.PREDICTED_SLOPE
    assert predicted == pytest.approx(drift * hebb_and_gradient.LEARNING_TIME, rel=1e-4)


def test_the_rise_of_the_rate_with_the_goal_is_that_of_the_theory():
    goal = ba.Afferent(
        "goal", "task", 0.9 * nS, fibres=50, rate=22 * Hz, coding="baseline", baseline=0.6
    )
    network = ba.SpikingNetwork((ba.Population("task", 10, "glutamate"),), (goal,))
    low, high = (
        float(ba.theory.solve_rates(network, {"goal": x}, theory="adiabatic").rates.item())
        for x in (-0.2, 0.2)
    )
    assert (high - low) / 0.4 == pytest.approx(hebb_and_gradient.GOAL_HZ, rel=0.01)
