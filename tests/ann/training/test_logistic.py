"""Networks trained side by side do what one network trained by hand does."""

import dataclasses

import numpy as np
import pytest

from bioann.ann.training.logistic import (
    TrainedNetworks,
    compute_activities,
    descend_gradient,
    find_steepest_fall,
)

X = np.array([[0.0], [1.0]])
INVERTED = np.array([1.0, 0.0])


def test_the_weight_of_an_inverter_grows_by_two_for_each_factor_e_of_steps():
    start = [np.zeros((1, 2, 1))]
    early, late = (
        descend_gradient(start, X, INVERTED, steps=n, rate=0.5)[0][0, 0, 0] for n in (800, 8000)
    )
    assert (early - late) / np.log(10) == pytest.approx(2, abs=0.2)


def test_a_step_goes_down_the_gradient_of_the_logistic_loss():
    rng = np.random.default_rng(2)
    layers = [rng.normal(size=(1, 2, 3)), rng.normal(size=(1, 4, 1))]

    check_gradient(layers)
    check_gradient([layers[0], rng.normal(size=(1, 4, 2))])  # two outputs, compared


def check_gradient(layers):
    def loss(layers):
        y = compute_activities(layers, X)[-1][0, :, 0]
        return -np.mean(INVERTED * np.log(y) + (1 - INVERTED) * np.log(1 - y))

    moved = descend_gradient(layers, X, INVERTED, steps=1, rate=1.0)
    for k, w in enumerate(layers):
        for index in np.ndindex(w.shape):
            nudged = [w.copy() for w in layers]
            nudged[k][index] += 1e-6
            slope = (loss(nudged) - loss(layers)) / 1e-6
            assert (w - moved[k])[index] == pytest.approx(slope, abs=1e-5)


def test_networks_do_not_see_each_other_and_weights_kept_positive_cannot_invert():
    rng = np.random.default_rng(3)
    layers = [rng.normal(size=(4, 2, 3)), rng.normal(size=(4, 4, 1))]
    together = descend_gradient(layers, X, INVERTED, steps=50, rate=0.5)
    alone = descend_gradient([w[2:3] for w in layers], X, INVERTED, steps=50, rate=0.5)
    for both, one in zip(together, alone, strict=True):
        np.testing.assert_allclose(both[2:3], one, rtol=1e-12)
    kept = descend_gradient(layers, X, INVERTED, steps=50, rate=0.5, positive=True)
    assert min(w[:, :-1].min() for w in kept) >= 0
    answers = compute_activities(kept, X)[-1][..., 0]
    assert (answers[:, 1] >= answers[:, 0]).all()


def test_random_networks_invert_unless_their_weights_are_kept_positive():
    free = TrainedNetworks(
        label="free signs", x=X, target=INVERTED, depths=(1, 2), hidden_units=3, count=5,
        key=(4, "test"), steps=400, rate=1.0,
    )  # fmt: skip
    kept = dataclasses.replace(free, positive=True)
    assert [w.shape for w in free.layers[2]] == [(5, 2, 3), (5, 4, 3), (5, 4, 1)]
    assert all((shares == 1).all() for shares in free.shares_correct.values())
    assert (free.find_best_share(), kept.find_best_share()) == (1.0, 0.5)
    assert dataclasses.replace(kept, target=1 - INVERTED).find_best_share() == 1.0
    assert free.find_steepest_fall() < 0 <= kept.find_steepest_fall()
    assert free.best_share.text == "points right, best of the trained networks with free signs"
    assert free.best_share.metric.function() == free.best_share.best == 1.0
    assert kept.worst_share.metric.function() == kept.find_worst_share()
    assert kept.steepest_fall.metric.function() >= 0


def test_two_outputs_that_are_compared_invert_with_positive_weights():
    """The first output rises more than the second: their difference falls."""
    one = TrainedNetworks(
        label="weights >= 0", x=X, target=INVERTED, depths=(1,), hidden_units=3, count=5,
        key=(4, "test"), steps=400, rate=1.0, positive=True,
    )  # fmt: skip
    two = dataclasses.replace(one, outputs=2)
    assert all((w[:, :-1] >= 0).all() for w in two.layers[1])
    assert (one.find_worst_share(), two.find_worst_share()) == (0.5, 1.0)
    assert two.find_steepest_fall() < 0
    first, second = (w[..., [k]] for w in two.layers[1][-1:] for k in (0, 1))
    rises = [find_steepest_fall([*two.layers[1][:-1], w]) for w in (first, second)]
    assert min(r.min() for r in rises) >= 0  # each output alone is monotone
    # The comparison as one output unit with weights of both signs.
    signed = [*two.layers[1][:-1], second - first]
    np.testing.assert_allclose(
        compute_activities(signed, X)[-1], compute_activities(two.layers[1], X)[-1], rtol=1e-12
    )


def test_only_a_negative_weight_makes_an_output_fall_where_an_input_rises():
    rng = np.random.default_rng(5)
    layers = [rng.normal(size=(6, 3, 4)), rng.normal(size=(6, 5, 1))]
    positive = [np.concatenate([abs(w[:, :-1]), w[:, -1:]], axis=1) for w in layers]
    assert (find_steepest_fall(positive) >= 0).all()
    # One unit of two inputs, which falls along the second alone: from 1/2 to 1/(1 + e) at once.
    falling = [np.array([[[2.0], [-1.0], [0.0]]])]
    at_zero = 1 / (1 + np.e) - 1 / 2
    assert find_steepest_fall(falling, points=2)[0] == pytest.approx(at_zero)
