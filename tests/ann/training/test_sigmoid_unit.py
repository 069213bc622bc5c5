"""A unit trained by itself does what a network without hidden layers does."""

import numpy as np
import pytest

from bioann.ann.training.logistic import descend_gradient
from bioann.ann.training.sigmoid_unit import SigmoidUnit

INVERTER = SigmoidUnit((0.0, 1.0), (1.0, 0.0), steps=8000, rate=0.5)


@pytest.mark.parametrize("target", [(1.0, 0.0), (0.0, 1.0)])
def test_its_trajectory_is_that_of_a_network_without_hidden_layers(target):
    x = np.array([[0.0], [1.0]])
    trajectory = SigmoidUnit((0.0, 1.0), target, steps=30, rate=0.5).trajectory
    for steps in (1, 30):
        (layer,) = descend_gradient(
            [np.zeros((1, 2, 1))], x, np.array(target), steps=steps, rate=0.5
        )
        np.testing.assert_allclose(trajectory[steps - 1], layer[0, :, 0], rtol=1e-12)
    kept = SigmoidUnit((0.0, 1.0), target, steps=30, rate=0.5, positive=True).trajectory
    assert (kept[:, 0] >= 0).all()
    assert (kept[:, 0] == 0).all() == (target == (1.0, 0.0))


def test_only_a_free_weight_separates_points_that_need_a_negative_one():
    assert INVERTER.compute_separation() > 0.99
    kept = SigmoidUnit(INVERTER.x, INVERTER.target, steps=100, rate=0.5, positive=True)
    assert kept.compute_separation() == 0


def test_its_weight_grows_by_two_for_each_factor_e_of_steps_and_narrows_the_transition():
    assert INVERTER.compute_weight_growth() == pytest.approx(INVERTER.weight_growth.best, abs=0.2)
    assert INVERTER.width_ratio.metric.function() == INVERTER.compute_width_ratio()
    x = np.linspace(-2, 3, 100_001)

    def width(step):
        output = INVERTER.compute_output(x, step)
        return np.interp([0.9, 0.1], output[::-1], x[::-1]) @ [-1, 1]

    assert INVERTER.compute_width_ratio() == pytest.approx(width(8000) / width(80), rel=1e-3)
