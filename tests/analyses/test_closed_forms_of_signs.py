"""Closed forms of the studies of initial weights, stability, attribution, and counts of signs."""

import dataclasses

import numpy as np
import pytest

import bioann as ba
from bioann.analyses import initialization, sign_census, stability
from bioann.analyses.attribution import compute_bias_share, compute_gradient
from bioann.analyses.digits_networks import build_untrained_network, load_digit_sets


def test_a_layer_of_relu_halves_the_mean_square_from_xavier_and_keeps_it_from_he():
    """The factor of n units scatters by sqrt(5 / n), the geometric mean of 9 by a third of it."""
    settings = dataclasses.replace(initialization.SETTINGS, width=256, n_inputs=100)
    squares = initialization.compute_mean_squares(1, settings)
    factors = dict(
        zip(initialization.CHAINS, (squares[:, -1] / squares[:, 0]) ** (1 / 9), strict=True)
    )
    tolerance = 3 * np.sqrt(5 / 256 / 9)
    assert factors["ReLU, Xavier"] == pytest.approx(0.5, rel=tolerance)
    assert factors["ReLU, He"] == pytest.approx(1.0, rel=tolerance)


@pytest.mark.slow
def test_zero_row_sums_confine_the_eigenvalues_to_the_circle():
    settings = dataclasses.replace(stability.SETTINGS, n_excitatory=160, n_inhibitory=40)
    confined, loose, magnitudes = stability.draw_radii(1, settings)
    # The largest of n eigenvalues exceeds the radius by about sqrt(log(n) / (4 n)), 8 % here.
    assert confined == pytest.approx(settings.radius, rel=3 * np.sqrt(np.log(200) / 800))
    assert max(confined, loose) <= magnitudes


def test_no_signs_give_a_matrix_a_larger_radius_than_its_magnitudes():
    rng = np.random.default_rng(1)
    W = rng.random((30, 30))
    radius = stability.compute_radius(W)
    for _ in range(5):
        assert stability.compute_radius(W * rng.choice([-1, 1], W.shape)) <= radius + 1e-12
    # Signs that a change of the signs of units undoes leave the radius as it is.
    signs = rng.choice([-1, 1], 30)
    assert stability.compute_radius(W * np.outer(signs, signs)) == pytest.approx(radius)


def test_evidence_and_biases_add_up_to_the_output_and_the_gradient_is_that_of_differences():
    start = ba.init.initialise_weights(build_untrained_network("dense"), ba.init.He(), seed=1)
    rng = np.random.default_rng(2)
    network = start.with_parameters(
        [
            {name: rng.normal(size=w.shape) if name == "bias" else w for name, w in layer.items()}
            for layer in start.parameters
        ]
    )
    image = load_digit_sets()[1].input.values[0].reshape(64)
    gradient, bias = compute_gradient(network, image, 3), compute_bias_share(network, image, 3)
    step = 1e-3
    shown = np.concatenate([[image], image + step * np.eye(64), image - step * np.eye(64)])
    output, *shifted = network.predict(shown.reshape(-1, 1, 8, 8))[:, 3]
    assert abs(bias) > 0.1
    assert image @ gradient + bias == pytest.approx(output, abs=1e-5)
    differences = np.subtract(shifted[:64], shifted[64:]) / (2 * step)
    np.testing.assert_allclose(differences, gradient, atol=1e-3)


@pytest.mark.parametrize(
    ("list_weights", "name"),
    [(sign_census.list_radial_basis, "centres"), (sign_census.list_map, "map")],
)
def test_centres_and_maps_stay_among_the_images(list_weights, name):
    """Means of images lie between the smallest and the largest value of each pixel."""
    settings = dataclasses.replace(sign_census.SETTINGS, map_epochs=1, n_centres=10)
    pixels = load_digit_sets()[0].input.values.reshape(-1, 64)
    pixels = pixels if name == "map" else pixels[:, sign_census.find_used_pixels()]
    for stage in list_weights(1, settings):
        places = stage[name].reshape(-1, pixels.shape[1])
        assert (places >= pixels.min(axis=0) - 1e-12).all()
        assert (places <= pixels.max(axis=0) + 1e-12).all()
