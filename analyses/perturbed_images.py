"""Perturbed images: noise in every pixel, and a black square."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bioann.base.randomness import make_rng


def add_noise(data: xr.Dataset, deviation: float, seed: int) -> xr.Dataset:
    """Return images with Gaussian noise, clipped to the range of a pixel, 0 to 1.

    Parameters
    ----------
    data : xarray.Dataset
        Samples with ``input`` (sample, channel, row, column).
    deviation : float
        Standard deviation of the noise before clipping, in units of the range of a pixel.
    seed : int
        Seed of the pattern, which is the same for all deviations.
    """
    pattern = make_rng(seed, "perturbed images", "noise").normal(size=data.input.shape)
    return data.assign(input=(data.input + deviation * pattern).clip(0, 1))


def occlude(data: xr.Dataset, side: int, seed: int) -> xr.Dataset:
    """Return images with a black square within each.

    Parameters
    ----------
    data : xarray.Dataset
        Samples with ``input`` (sample, channel, row, column).
    side : int
        Side of the square, in pixels, from 0 to the side of the images.
    seed : int
        Seed of its places; squares of all sides are about the same relative places.
    """
    n, _, height, width = data.input.shape
    places = make_rng(seed, "perturbed images", "square").random((n, 2))
    top, left = np.floor(places * (height - side + 1, width - side + 1)).astype(int).T[:, :, None]
    rows, columns = (
        (start <= np.arange(size)) & (np.arange(size) < start + side)
        for start, size in ((top, height), (left, width))
    )
    is_black = (rows[:, :, None] & columns[:, None, :])[:, None]
    return data.assign(input=data.input.where(~is_black, 0.0))


def perturb_two_thirds(data: xr.Dataset, deviation: float, side: int, seed: int) -> xr.Dataset:
    """Return the same images, of which a random third is noisy and another third is occluded.

    Parameters
    ----------
    data : xarray.Dataset
        Samples with ``input`` (sample, channel, row, column).
    deviation, side : float, int
        Standard deviation of the noise, and side of the square in pixels.
    seed : int
        Seed of the thirds, of the noise and of the places of the square.
    """
    kinds = make_rng(seed, "perturbed images", "thirds").permutation(data.sizes["sample"]) % 3
    kind = xr.DataArray(kinds, dims="sample")
    noisy, occluded = add_noise(data, deviation, seed), occlude(data, side, seed)
    images = data.input.where(kind != 1, noisy.input).where(kind != 2, occluded.input)
    return data.assign(input=images)
