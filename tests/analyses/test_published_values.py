"""Closed forms of the study of published values."""

import itertools

import numpy as np
import pytest
import xarray as xr

from bioann.analyses.published_values import (
    ARRAYS,
    compare_widths,
    compute_all_negative_share,
    correct_for_chance,
    subtract_corrected,
)
from bioann.metrics.binomial import count_samples_needed


def test_the_share_of_negative_triples_is_that_of_all_triples_of_a_unit():
    weights = np.random.default_rng(1).normal(size=(4, 9))
    weights[0, :7], weights[1, 2:5] = -1.0, 0.0
    shares = []
    for row in weights:
        triples = list(itertools.combinations(row[row != 0], 3))
        shares.append(np.mean([max(triple) < 0 for triple in triples]))
    assert compute_all_negative_share(weights) == pytest.approx(np.mean(shares))
    assert compute_all_negative_share(weights.reshape(4, 1, 3, 3)) == pytest.approx(np.mean(shares))


def test_three_weights_of_random_signs_are_negative_in_one_of_eight_cases():
    """The standard error of a mean over units of so many weights is below 0.003."""
    weights = np.random.default_rng(2).normal(size=(200, 64))
    assert compute_all_negative_share(weights) == pytest.approx(1 / 8, abs=0.01)
    assert compute_all_negative_share(-np.abs(weights)) == 1.0
    assert compute_all_negative_share(np.abs(weights)) == 0.0


def test_two_classes_are_0_90_and_ten_0_82_beyond_chance():
    assert correct_for_chance(0.95, 2) == pytest.approx(0.90)
    assert correct_for_chance(0.84, 10) == pytest.approx(0.82, abs=0.005)
    assert correct_for_chance(0.25, 4) == 0.0
    assert subtract_corrected() == pytest.approx(0.9 - 0.74 / 0.9)


@pytest.mark.parametrize("share", [0.92, 0.87, 0.78])
def test_so_many_images_show_one_point_in_four_of_five_tests(share):
    n, rng = round(count_samples_needed(share, 0.01)), np.random.default_rng(3)
    high, low = (rng.binomial(n, share + d, 4000) / n for d in (0.005, -0.005))
    pooled = (high + low) / 2
    z = (high - low) / np.sqrt(2 * pooled * (1 - pooled) / n)
    assert (abs(z) > 1.96).mean() == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / 4000))


def test_widths_are_compared_between_quantiles():
    low, high = -np.arange(1.0, 1 + len(ARRAYS)), np.ones(len(ARRAYS))
    data = xr.Dataset(
        {"weight": (("array", "quantile"), np.stack([low, high], axis=1))},
        {"array": list(ARRAYS), "quantile": ["5 %", "95 %"]},
    )
    assert float(compare_widths(data)) == (1 + len(ARRAYS)) / 2
