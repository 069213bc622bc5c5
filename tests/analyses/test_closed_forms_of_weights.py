"""Closed forms of the studies of weight updates, and of weights and correlation."""

import dataclasses

import numpy as np
import pytest
from scipy.special import ndtri, softmax, zeta

import bioann as ba
from bioann.analyses import (
    weight_updates_networks as updates,
    weights_and_correlation_fits as fits,
    weights_and_correlation_occlusion as occlusion,
)
from bioann.analyses.digits_networks import build_untrained_network


def test_updates_act_against_the_size_where_the_mean_of_the_weight_is_negative():
    before = np.array([[[1.0, 1.0, -1.0, -1.0, 1.0, 2.0]]])
    change = np.array([[[0.5, -3.0, 0.5, 3.0, -0.5, 0.0]]])
    # The second weight crosses zero and grows, the third shrinks; the last does not move.
    against, below_zero = updates.split_updates(before, change)
    assert against == below_zero == [pytest.approx(2 / 5)]
    w, step = np.random.default_rng(1).normal(size=(2, 3, 40, 50))
    assert updates.split_updates(w, step)[0] == updates.split_updates(w, step)[1]
    assert updates.split_updates(np.abs(w), np.abs(step))[0] == [0.0] * 3


def test_the_logarithm_of_a_log_normal_size_has_no_skewness_and_that_of_a_normal_one_has():
    normal = ndtri((np.arange(200_000) + 0.5) / 200_000)
    assert updates.compute_log_moments(np.exp(normal)) == pytest.approx((0.0, 0.0), abs=0.01)
    # The moments of log |N(0, 1)|: variance pi^2 / 8, third and fourth cumulants of polygammas.
    skewness = -28 * np.sqrt(2) * zeta(3) / np.pi**3
    moments = updates.compute_log_moments(np.append(normal, 0.0))  # zeros have no logarithm
    assert moments == pytest.approx((skewness, 4.0), abs=0.02)
    assert np.isnan(updates.compute_log_moments(np.array([0.3, -0.3]))).all()
    assert np.isnan(updates.compute_log_moments(np.zeros(3))).all()


def test_added_updates_turn_the_share_of_signs_that_a_gamma_distribution_gives():
    one = dataclasses.replace(updates.SETTINGS, n_updates=1, update_size=2.0)
    assert updates.predict_turned_share(one) == pytest.approx(1 - np.exp(-0.5))
    drawn = updates.draw_random_updates(1, updates.SETTINGS)
    predicted = updates.predict_turned_share()
    error = np.sqrt(predicted * (1 - predicted) / updates.SETTINGS.n_synapses)
    assert (drawn["additive"] < 0).mean() == pytest.approx(predicted, abs=3 * error)
    np.testing.assert_allclose(np.log(drawn["multiplicative"]), drawn["additive"] - 1)


def test_weights_of_equal_size_have_the_variance_of_he_and_both_signs():
    network = ba.init.initialise_weights(
        build_untrained_network("dense"), updates.EqualSize(), seed=1
    )
    weights = network.parameters[1]["W"]
    np.testing.assert_allclose(weights**2, 2 / 64)
    assert abs((weights < 0).mean() - 0.5) < 3 * 0.5 / np.sqrt(weights.size)


@pytest.mark.slow
def test_conductances_never_change_against_their_update_and_other_learners_keep_signs():
    settings = dataclasses.replace(updates.SETTINGS, epochs=2, steps=(0, 10))
    values = updates.record_updates(1, settings)
    by_learner = dict(zip(updates.LEARNERS, range(4), strict=True))
    np.testing.assert_array_equal(values["against"], values["below_zero"])
    assert (values["against"][by_learner["conductances"]] == 0).all()
    assert (values["changed"][1:] == 0).all()
    assert (values["zero"][by_learner["multiplicative"]] == 0).all()
    assert (values["against"][by_learner["multiplicative"]] > 0.2).all()


def make_regression_data(n_inputs=5, n_samples=400):
    rng = np.random.default_rng(3)
    x = rng.random((n_samples, n_inputs)) @ rng.random((n_inputs, n_inputs))
    return x, rng.integers(0, fits.N_CLASSES, n_samples)


@pytest.mark.parametrize("penalty", [0.1, 1e6])
def test_a_softmax_regression_is_stationary_and_its_classes_compete(penalty):
    x, labels = make_regression_data()
    w = fits.fit_softmax(x, labels, penalty, np.zeros((6, fits.N_CLASSES)), 1000)
    inputs = np.column_stack([x, np.ones(len(x))])
    error = np.eye(fits.N_CLASSES)[labels] - softmax(inputs @ w, axis=1)
    np.testing.assert_allclose(penalty * w[:-1], x.T @ error, atol=0.01)
    np.testing.assert_allclose(w[:-1].sum(axis=1), 0, atol=1e-6)
    if penalty > 1e3:  # the weights are then the covariances over the penalty
        expected = len(x) * fits.compute_covariance(x, labels) / penalty
        np.testing.assert_allclose(w[:-1], expected, atol=0.01 * np.abs(expected).max())


def test_a_suppressor_turns_where_the_correlation_is_its_weight():
    z = fits.list_independent_inputs(9)
    np.testing.assert_allclose(z @ z.T / z.shape[1], np.eye(2), atol=1e-12)
    for correlation in fits.CORRELATIONS:
        x = fits.correlate_inputs(z, correlation)
        assert np.corrcoef(x)[0, 1] == pytest.approx(correlation, abs=1e-12)
        expected = (1.0, -0.3, correlation - 0.3)
        assert fits.regress(x, x[0] - 0.3 * x[1]) == pytest.approx(expected)


def test_least_squares_weights_of_whitened_inputs_are_covariances():
    x, labels = make_regression_data()
    whitened = fits.whiten_inputs(np.column_stack([x, x[:, 0]]))  # one of them is redundant
    assert whitened.shape == x.shape
    np.testing.assert_allclose(np.cov(whitened.T, ddof=0), np.eye(5), atol=1e-10)
    w, covariance = (f(whitened, labels) for f in (fits.fit_least_squares, fits.compute_covariance))
    np.testing.assert_allclose(w, covariance, atol=1e-10)
    assert fits.measure_occlusion_gap(x, labels) < 1e-10


def test_other_units_of_the_inputs_leave_the_network_and_weight_times_deviation():
    network = ba.init.initialise_weights(build_untrained_network("dense"), ba.init.He(), seed=1)
    rng = np.random.default_rng(2)
    scales, stds, images = rng.uniform(0.1, 10, 64), rng.random(64), rng.random((5, 64))
    flat, hidden, readout = network.parameters
    rescaled = network.with_parameters([flat, {**hidden, "W": hidden["W"] / scales}, readout])
    np.testing.assert_allclose(
        rescaled.predict((images * scales).reshape(-1, 1, 8, 8)),
        network.predict(images.reshape(-1, 1, 8, 8)),
        atol=1e-5,
    )
    plain = occlusion.rank_sizes(network, stds, np.ones(64))
    changed = occlusion.rank_sizes(network, stds, scales)
    np.testing.assert_allclose(changed[1], plain[1])
    np.testing.assert_allclose(
        changed[0], occlusion.rank_sizes(rescaled, stds, np.ones(64))[0], rtol=1e-6
    )


def test_occlusion_holds_one_pixel_at_its_mean_and_raises_the_loss_by_its_logit():
    images, means = np.random.default_rng(1).random((3, 64)), np.full(64, 0.25)
    occluded = occlusion.occlude_pixels(images, means, np.array([7, 9]))
    assert occluded.shape == (3, 3, 64)
    np.testing.assert_array_equal(occluded[0], images)
    assert (occluded[2][:, 9] == 0.25).all()
    assert (occluded[2] != images).sum() == 3
    logits = np.log([[[0.5, 0.5]], [[0.25, 0.75]]])
    assert occlusion.measure_loss_rises(logits, np.array([0])) == pytest.approx([np.log(2)])
    assert occlusion.measure_output_changes(logits) == pytest.approx([np.log(3) / 2])
