"""Inhibitory plasticity: closed forms of what the local rule on rates learns."""

import numpy as np
import pytest
from brian2 import Hz, ms

import bioann as ba
from bioann.models import inhibitory_plasticity as model

ETA, GOAL = 0.12, 0.05


@pytest.fixture(scope="module")
def weights():
    """Final weights of the rate model onto `five`, shape (condition, group)."""
    run = model.build_learner().run(model.build_stimulus(), trials=1, seed=0)
    return np.stack([run[f"weight_{g}_to_five"].values.squeeze() for g in model.GROUPS], axis=-1)


def test_a_displaced_spike_train_has_the_mean_rate_of_its_window():
    """The rate convolved with a uniform distribution from -100 to 100 ms."""
    stimulus = model.build_stimulus().sel(channel=[f"i{k}" for k in range(model.N_GROUPS)])
    timed, displaced = stimulus.values[0], stimulus.values[2]
    n = round(0.2 / model.STEP)
    for start in (0, 7, 100):
        np.testing.assert_allclose(timed[start : start + n].mean(axis=0), displaced[start])
    assert timed.max() > 2 * timed.mean()  # there was a time course to lose


@pytest.mark.slow
def test_weights_that_move_with_excitation_cancel_all_of_it_but_the_goal(weights):
    r"""y = sum_k (a_k d + w_k) x_k with sum_k x_k = N: y = y0 at all times if a_k d + w_k = y0 / N.

    Within a cycle T the groups learn one after the other. This adds differences between them of
    the relative size eta T / 2, of which the finest have not decayed at the end.
    """
    for row, drive in ((0, 1.0), (1, 1.3)):
        expected = GOAL / model.N_GROUPS - 0.05 * drive * model.TUNING
        tolerance = 0.05 * drive * ETA * model.CYCLE / 2
        np.testing.assert_allclose(weights[row], expected, atol=tolerance)


def test_weights_of_a_constant_rate_have_no_tuning(weights):
    np.testing.assert_allclose(weights[2:4], weights[2:4, :1] * np.ones(model.N_GROUPS))


def approach(x, goal, seconds, speed=1.0):
    """Excess over the goal of a unit with eight constant inhibitory inputs, 1 s apart."""
    units = ("y", *model.GROUPS)
    recurrent, inputs = np.zeros((9, 9)), np.zeros((9, 2))
    inputs[0, 0] = inputs[1:, 1] = 1.0
    network = ba.RateNetwork(
        units, channels=("e", "i"), W=recurrent, W_in=inputs, tau=None, activation="linear"
    )
    rule = ba.learning.Homeostatic(
        ("y",), model.GROUPS, rate=speed * ETA * Hz, goal=goal, name="inhibition"
    )
    stimulus = ba.steps({"e": [0.5], "i": [x]}, duration=seconds * 1e3 * ms)
    learner = ba.learning.PlasticRateNetwork(network, rule)
    run = learner.run(stimulus, trials=1, seed=0, bin_width=1000 * ms)
    return 0.5 + 8 * x * run.weight_course_inhibition.values[0, 0, :, 0] - goal


@pytest.mark.parametrize("goal", [0.05, 0.1])
@pytest.mark.parametrize(("x", "speed"), [(1.0, 1.0), (0.5, 1.0), (1.0, 2.0)])
def test_the_excess_decays_with_eta_and_the_square_of_the_inhibitory_rate(x, speed, goal):
    """d(y - y0)/dt = -eta sum_k x_k^2 (y - y0)."""
    seconds = np.arange(1, 5)
    expected = (0.5 - goal) * np.exp(-speed * ETA * 8 * x**2 * seconds)
    # ln(1 - k dt) / dt = -k (1 + k dt / 2 + ...) in Euler's method, with steps of 1 ms.
    error = (speed * ETA * 8 * x**2) ** 2 * 1e-3 / 2 * seconds.max()
    np.testing.assert_allclose(approach(x, goal, 4, speed), expected, rtol=1.1 * error)


def test_half_of_the_inhibitory_rate_takes_four_times_as_long():
    """Twice over: the weight changes at half the speed, and inhibits by half."""
    slow, fast = approach(0.5, 0.05, 8)[3::4], approach(1.0, 0.05, 2)
    np.testing.assert_allclose(slow, fast, rtol=0.005)


def test_the_rule_is_the_gradient_of_the_squared_excess():
    """By central differences, which are exact for a square."""
    x, w, excitation, goal = np.array([0.3, 0.8]), np.array([-0.1, -0.4]), 0.9, 0.1
    rule = ba.learning.Homeostatic(("y",), ("a", "b"), rate=1 * Hz, goal=goal, name="r")
    step = ba.learning.learning_rule.LearningStep(
        w[None, None], x[None], np.array([[excitation + w @ x]]), np.zeros((1, 0)), {}, 1.0
    )

    def loss(weights):
        return (excitation + weights @ x - goal) ** 2 / 2

    shifts = 1e-3 * np.eye(2)
    gradient = [(loss(w + s) - loss(w - s)) / 2e-3 for s in shifts]
    np.testing.assert_allclose(rule.compute_change(step)[0, 0], -np.array(gradient))
