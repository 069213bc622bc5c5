"""Closed forms of the studies of learned signs."""

import numpy as np
import pytest

from bioann.analyses.sign_regimes_measures import (
    compare_negated_networks,
    fit_inverse_relation,
)
from bioann.analyses.sign_regimes_networks import (
    Settings,
    build_network,
    compute_sparseness,
    load_task,
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
    (digits, test), (edges, _) = load_task("digits"), load_task("edges")
    assert digits.sizes == edges.sizes
    assert test.sizes["sample"] == 359
    few = repeat_samples(digits, Settings().sizes[0], seed=1)
    assert few.sizes == digits.sizes
    pixels, counts = np.unique(few.input.values.reshape(1438, -1), axis=0, return_counts=True)
    assert len(pixels) == 90
    assert counts.max() - counts.min() <= 1
    assert [len(build_network(n).layers) for n in (48, 0)] == [3, 2]
