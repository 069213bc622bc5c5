"""Networks trained side by side do what one network trained by hand does."""

import numpy as np
import pytest

from bioann.ann.logistic import descend, forward

X = np.array([[0.0], [1.0]])
INVERTED = np.array([1.0, 0.0])


def test_the_weight_of_an_inverter_grows_by_two_for_each_factor_e_of_steps():
    start = [np.zeros((1, 2, 1))]
    early, late = (descend(start, X, INVERTED, steps=n, rate=0.5)[0][0, 0, 0] for n in (800, 8000))
    assert (early - late) / np.log(10) == pytest.approx(2, abs=0.2)


def test_a_step_goes_down_the_gradient_of_the_logistic_loss():
    rng = np.random.default_rng(2)
    layers = [rng.normal(size=(1, 2, 3)), rng.normal(size=(1, 4, 1))]

    def loss(layers):
        y = forward(layers, X)[-1][0, :, 0]
        return -np.mean(INVERTED * np.log(y) + (1 - INVERTED) * np.log(1 - y))

    moved = descend(layers, X, INVERTED, steps=1, rate=1.0)
    for k, w in enumerate(layers):
        for index in np.ndindex(w.shape):
            nudged = [w.copy() for w in layers]
            nudged[k][index] += 1e-6
            slope = (loss(nudged) - loss(layers)) / 1e-6
            assert (w - moved[k])[index] == pytest.approx(slope, abs=1e-5)


def test_networks_do_not_see_each_other_and_weights_kept_positive_cannot_invert():
    rng = np.random.default_rng(3)
    layers = [rng.normal(size=(4, 2, 3)), rng.normal(size=(4, 4, 1))]
    together = descend(layers, X, INVERTED, steps=50, rate=0.5)
    alone = descend([w[2:3] for w in layers], X, INVERTED, steps=50, rate=0.5)
    for both, one in zip(together, alone, strict=True):
        np.testing.assert_allclose(both[2:3], one, rtol=1e-12)
    kept = descend(layers, X, INVERTED, steps=50, rate=0.5, positive=True)
    assert min(w[:, :-1].min() for w in kept) >= 0
    answers = forward(kept, X)[-1][..., 0]
    assert (answers[:, 1] >= answers[:, 0]).all()
