"""Closed forms of the studies of learned signs."""

import dataclasses

import numpy as np
import pytest

from bioann.analyses.sign_regimes_measures import (
    compare_negated_networks,
    fit_inverse_relation,
)
from bioann.analyses.sign_regimes_networks import (
    CONSTRAINTS,
    GREY_IMAGE,
    MEAN_IMAGE,
    N_IMAGES,
    STARTS,
    USUAL,
    Settings,
    build_network,
    compute_sparseness,
    draw_start,
    load_halves,
    repeat_samples,
)
from bioann.analyses.weight_decay import (
    SETTINGS,
    predict_boundary,
    predict_decayed_sign,
    regress_with_penalties,
)
from bioann.metrics.binomial import count_samples_needed


@pytest.mark.parametrize(("share", "count"), [(0.92, 11_554), (0.87, 17_754), (0.78, 26_938)])
def test_one_point_takes_tens_of_thousands_of_images(share, count):
    assert count_samples_needed(share, 0.01) == pytest.approx(count, abs=1)


def test_a_weight_of_0_or_more_explains_nothing_of_an_inverse_relation():
    assert fit_inverse_relation() == pytest.approx(0.0, abs=1e-12)


def test_tanh_networks_of_opposite_weights_are_the_same():
    assert compare_negated_networks() < 1e-14


def test_sparseness_is_0_for_equal_magnitudes_and_1_for_a_single_weight():
    assert compute_sparseness(np.array([[1.0, -1.0, 1.0, 1.0]])) == pytest.approx(0.0)
    assert compute_sparseness(np.array([[0.0, -3.0, 0.0, 0.0], [0, 0, 0, 0]])) == pytest.approx(1.0)


def test_the_penalty_that_turns_a_minus_sign_is_that_of_the_closed_form():
    """y = x1 - x2 / 2 with correlation 0.7; 20,000 samples: a standard error of about 0.07."""
    assert predict_boundary() == pytest.approx(0.7 * 0.65 / 0.2 - 1)
    weights, boundary, hebbian = regress_with_penalties(1, SETTINGS)
    assert boundary == pytest.approx(predict_boundary(), abs=0.25)
    assert weights[0] < 0 < weights[-2]
    assert hebbian == pytest.approx(1.0, abs=0.05)


def test_decay_alone_keeps_a_positive_weight_positive():
    assert predict_decayed_sign() == 1.0


def test_all_training_sets_have_the_same_number_of_samples_and_steps():
    (digits, test), (edges, _) = load_halves("digits"), load_halves("edges")
    assert digits.sizes == edges.sizes
    assert digits.sizes["sample"] == test.sizes["sample"] == N_IMAGES // 2 == Settings().sizes[-1]
    few = repeat_samples(digits, Settings().sizes[0], seed=1)
    assert few.sizes == digits.sizes
    pixels, counts = np.unique(
        few.input.values.reshape(N_IMAGES // 2, -1), axis=0, return_counts=True
    )
    assert len(pixels) == 90
    assert counts.max() - counts.min() <= 1
    assert [len(build_network(n).layers) for n in (48, 0)] == [3, 2]


def compute_hidden_sums(network, image):
    """Return the summed input of all hidden units for one image."""
    k = network.names.index("hidden")
    linear = dataclasses.replace(network.layers[k], activation="linear")
    return linear.forward(network.parameters[k], image.reshape(1, -1))[0]


@pytest.mark.parametrize("regime", CONSTRAINTS)
def test_every_regime_starts_at_threshold_for_the_same_image(regime):
    data = load_halves("digits")[0]
    images = {MEAN_IMAGE: data.input.mean("sample").values, GREY_IMAGE: np.full((8, 8), 0.5)}
    for start, image in images.items():
        network = draw_start(build_network(), regime, start, data, 1)
        np.testing.assert_allclose(compute_hidden_sums(network, image), 0, atol=1e-9)


@pytest.mark.parametrize("regime", CONSTRAINTS)
def test_a_start_changes_the_first_biases_and_no_weight(regime):
    data = load_halves("digits")[0]
    networks = [draw_start(build_network(), regime, start, data, 1) for start in STARTS]
    for layer in zip(*(network.parameters for network in networks), strict=True):
        for field in set(layer[0]) - {"bias"}:
            np.testing.assert_array_equal(layer[0][field], layer[1][field])
            np.testing.assert_array_equal(layer[0][field], layer[2][field])


def test_positive_weights_with_biases_of_0_are_active_for_all_images_and_silent_near_grey():
    """Digits have a mean of 0.3: summed positive inputs never reach those of a grey image."""
    data = load_halves("digits")[0]
    shares = {}
    for start in STARTS:
        network = draw_start(build_network(), "weights >= 0", start, data, 1)
        hidden = network.layers[network.names.index("hidden")]
        pixels = data.input.values.reshape(data.sizes["sample"], -1)
        sums = pixels @ hidden.W.T + hidden.bias
        shares[start] = (sums > 0).mean()
    assert shares[USUAL] == 1
    assert 0.3 < shares[MEAN_IMAGE] < 0.7
    assert shares[GREY_IMAGE] < 0.01


def test_weights_that_start_within_their_constraint_keep_its_signs():
    data = load_halves("edges")[0]
    for regime, expected in (("weights >= 0", {0.0, 1.0}), ("weights <= 0", {0.0, -1.0})):
        network = draw_start(build_network(), regime, MEAN_IMAGE, data, 2)
        signs = {s for p in network.parameters if "W" in p for s in np.unique(np.sign(p["W"]))}
        assert signs <= expected
    columns = np.sign(draw_start(build_network(), "Dale columns", USUAL, data, 2).layers[1].W)
    assert (columns == columns[:1]).all()
    assert (columns[0] < 0).sum() == round(0.2 * 64)
