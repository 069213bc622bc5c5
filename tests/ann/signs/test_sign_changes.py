"""Shares of weights that change sign: closed forms, limits and symmetries."""

import numpy as np
import pytest

from bioann.ann.signs.sign_changes import (
    compute_change_share,
    compute_coherence,
    compute_negative_share,
    fit_change_law,
    predict_change_share,
)


def test_zeros_have_no_sign():
    assert compute_negative_share(np.array([-1.0, 0.0, 0.0, 2.0])) == 0.5
    assert np.isnan(compute_negative_share(np.zeros(3)))
    assert compute_change_share(np.array([1.0, -1, 0, 2]), np.array([-2.0, 0, 3, 1])) == 0.25


@pytest.mark.parametrize(("ratio", "share"), [(0.2, 0.0628), (0.5, 0.1476), (1, 0.25)])
def test_independent_steps_change_arctan_of_the_ratio(ratio, share):
    assert predict_change_share(ratio) == pytest.approx(share, abs=5e-5)


def test_limits_of_the_law():
    assert predict_change_share(0.0) == 0.0
    assert predict_change_share(1e12) == pytest.approx(0.5)  # the start is forgotten
    assert predict_change_share(3.0, 1.0) == 0.0  # steps that only grow the weights
    assert predict_change_share(3.0, -1.0) == 1.0  # all weights are turned over
    assert predict_change_share(0.5, -1.0) == 0.0  # shrunk to one half, as decay does


@pytest.mark.parametrize(("ratio", "correlation"), [(0.3, 0.0), (0.8, 0.44), (1.5, -0.6)])
def test_drawn_weights_obey_the_law(ratio, correlation):
    """200,000 pairs: a standard error of at most 0.0011, and 0.003 for the fitted numbers."""
    rng = np.random.default_rng(1)
    w, noise = 0.2 * rng.normal(size=(2, 200_000))
    step = ratio * (correlation * w + np.sqrt(1 - correlation**2) * noise)
    law = predict_change_share(ratio, correlation)
    assert compute_change_share(w, w + step) == pytest.approx(law, abs=0.004)
    assert fit_change_law(w, w + step) == pytest.approx((ratio, correlation), abs=0.012)


def test_coherence_is_1_for_equal_signs_and_falls_as_the_root_of_the_number():
    changes = np.array([[0.1, 3.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(compute_coherence(changes, 1), [1.0, 0.0, np.nan])
    drawn = compute_coherence(np.random.default_rng(1).normal(size=(4000, 100)), 1).mean()
    # The mean of |N(0, 1)| / 10, with a standard error of 0.6 / 10 / sqrt(4000) = 0.001.
    assert drawn == pytest.approx(np.sqrt(2 / np.pi) / 10, abs=0.004)
