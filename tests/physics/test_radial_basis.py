"""Preference for a band of inputs: closed forms, and where the minus signs must be."""

import numpy as np
import pytest
from brian2 import ms

import bioann as ba
from bioann.models.radial_basis import (
    WIDTHS,
    count_band_pass_networks,
    find_subtracting_width,
)


@pytest.mark.parametrize(("onset", "distance", "factor"), [(0, 0.3, 1.2), (0.4, 0.4, 5)])
def test_a_difference_of_relus_peaks_where_the_second_starts_and_ends_in_closed_form(
    onset, distance, factor
):
    """relu(x - a) - k relu(x - c): the slope is 1, then 1 - k; zero at (k c - a) / (k - 1)."""
    start, end = onset + distance, (factor * (onset + distance) - onset) / (factor - 1)
    network = ba.RateNetwork(
        ("T", "I"), channels=("x",), W=[[0, -factor], [0, 0]], W_in=[[1], [1]],
        bias=[-onset, -start],
    )  # fmt: skip
    inputs = np.array([onset, start, (start + end) / 2, end, end + 1])
    run = network.run(ba.steps({"x": inputs}, duration=10 * ms), trials=1, seed=0)
    response = run.activation.sel(unit="T").isel(trial=0, time=-1).values
    np.testing.assert_allclose(response, [0, distance, distance / 2, 0, 0], atol=1e-9)


def gram_matrix(centres, width):
    """Responses of radial basis units to the centres of all of them, as the layer computes them."""
    layer = ba.layers.RadialBasis(centres[:, None], 1 / (2 * width**2))
    return ba.LayeredNetwork((layer,)).predict(centres[:, None])


def test_two_overlapping_gaussians_need_a_minus_sign_for_targets_of_unequal_size():
    """Weights (1 - rho b, b - rho) / (1 - rho^2) for targets 1 and b: negative if b < rho."""
    for b in (0.2, 0.8):
        rho = np.exp(-1 / 2)  # two centres a standard deviation apart
        gram = gram_matrix(np.arange(2.0), 1.0)
        weights = np.linalg.solve(gram, [1, b])
        assert gram[0, 1] == pytest.approx(rho)
        assert weights == pytest.approx(np.array([1 - rho * b, b - rho]) / (1 - rho**2))
        assert (weights[1] < 0) == (b < rho)


def test_wide_gaussians_subtract_and_narrow_ones_do_not():
    width = find_subtracting_width()
    assert WIDTHS[0] < width < WIDTHS[-1]
    # The second weight from the edge is the first to turn: near the edge, b' - rho' < 0 as above.
    centres = np.arange(11.0)
    for scale, is_negative in ((0.98, False), (1.02, True)):
        weights = np.linalg.solve(gram_matrix(centres, scale * width), np.ones(11))
        assert (weights < 0).any() == is_negative
        assert weights.argmin() in (1, 9)
    # Every second weight is negative, and the sum of all sizes is far above the size of the sum.
    weights = np.linalg.solve(gram_matrix(centres, 1.5), np.ones(11))
    assert (weights < 0).sum() == 5
    assert np.abs(weights).sum() / abs(weights.sum()) == pytest.approx(8.74, abs=0.01)


def test_networks_without_negative_weights_are_monotone():
    assert count_band_pass_networks() == 0
