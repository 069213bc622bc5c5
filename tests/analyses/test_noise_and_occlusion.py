"""Noise and occlusion of images, and claims that can fail."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

import bioann as ba
from bioann.analyses import noise_and_occlusion
from bioann.analyses.perturbed_images import add_noise, occlude, perturb_two_thirds


def make_images(pixel, n=400):
    """Return images of 8 x 8 pixels of one brightness."""
    return ba.tasks.make_samples(np.full((n, 1, 8, 8), pixel), np.zeros(n))


def test_noise_brightens_black_pixels_as_clipping_does():
    r"""The mean of :math:`\max(0, sz)` for a normal z is :math:`s / \sqrt{2\pi}`."""
    noisy = add_noise(make_images(0.0), 0.3, seed=3).input.values
    error = 0.3 * np.sqrt(1 / 2 - 1 / (2 * np.pi)) / np.sqrt(noisy.size)
    assert noisy.mean() == pytest.approx(0.3 / np.sqrt(2 * np.pi), abs=4 * error)
    assert (noisy > 0).mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(noisy.size))


def test_noise_has_one_pattern_that_scales_with_its_level():
    gray = make_images(0.5)
    weak, strong = (add_noise(gray, level, seed=1).input - gray.input for level in (0.01, 0.02))
    np.testing.assert_allclose(strong, 2 * weak)
    assert float(abs(add_noise(gray, 0.0, seed=1).input - gray.input).max()) == 0.0
    assert not np.array_equal(weak, add_noise(gray, 0.01, seed=2).input - gray.input)


@pytest.mark.parametrize("side", [0, 1, 4, 8])
def test_every_image_has_a_square_of_the_side_within_it(side):
    is_black = occlude(make_images(1.0), side, seed=1).input.values[:, 0] == 0
    assert (is_black.sum(axis=(1, 2)) == side**2).all()
    rows, columns = is_black.any(axis=2), is_black.any(axis=1)
    assert (rows.sum(axis=1) == side).all()
    assert (columns.sum(axis=1) == side).all()


def test_all_places_of_a_square_are_as_likely():
    """Squares of side 4 in images of side 8 have 25 places, of which one covers each corner."""
    is_black = occlude(make_images(1.0, n=4000), 4, seed=1).input.values[:, 0] == 0
    corners = is_black[:, [0, 0, 7, 7], [0, 7, 0, 7]].mean(axis=0)
    np.testing.assert_allclose(corners, 1 / 25, atol=4 * np.sqrt(0.04 * 0.96 / 4000))


def test_a_third_of_the_images_is_noisy_and_another_third_occluded():
    gray = make_images(0.5, n=300)
    images = perturb_two_thirds(gray, 0.1, 3, seed=5).input.values.reshape(300, -1)
    n_black = (images == 0).sum(axis=1)
    is_clean = (images == 0.5).all(axis=1)
    assert is_clean.sum() == 100
    assert (n_black == 9).sum() == 100
    assert (n_black == 0).sum() == 200


def judge(change):
    """Return the outcomes for networks that are always right, with some data changed."""
    study = noise_and_occlusion.study()
    sizes = {dim: len(labels) for dim, labels in study.coordinates.items()}

    def compute(seed, settings):
        rng = np.random.default_rng(seed)
        data = xr.Dataset(
            {n: (d, np.ones([sizes[k] for k in d])) for n, d in study.returns.items()},
            {name: list(labels) for name, labels in study.coordinates.items()},
        )
        return change(data, rng)

    result = ba.run_study(dataclasses.replace(study, compute=compute), cached=False)
    return {verdict.claim.id: verdict.outcome for verdict in result.claims}


@pytest.mark.slow
def test_networks_that_are_never_wrong_are_not_sensitive_and_fail_the_control():
    outcomes = judge(lambda data, rng: data)
    assert {outcomes[k] for k in ("E16a", "E16b", "E16f")} == {"refuted"}
    assert {outcomes[k] for k in ("E16c", "E16d", "E16e")} == {"supported"}


@pytest.mark.slow
def test_a_constraint_and_a_translation_that_lose_more_are_seen():
    def spoil(data, rng):
        is_wrong = rng.random(data.noisy.shape[-1]) < 0.3
        chosen = {"network": "Dale columns", "noise": noise_and_occlusion.NOISE}
        data.noisy.loc[chosen] = 1.0 - is_wrong
        chosen = {"model": "spiking model", "condition": "noise"}
        data.translated.loc[chosen] = 1.0 - is_wrong[: data.sizes["shown"]]
        return data

    outcomes = judge(spoil)
    assert {outcomes[k] for k in ("E16c", "E16d")} == {"refuted"}
