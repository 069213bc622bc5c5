"""Classification tasks with generated points and images."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bioann.ann.tasks.samples import make_samples
from bioann.base.arguments import check_minimum, name_argument_errors
from bioann.base.randomness import make_rng


@name_argument_errors
def rings(n: int = 400, *, seed: int, noise: float = 0.05) -> xr.Dataset:
    """Draw points on two concentric rings; the ring is the class.

    Parameters
    ----------
    n : int, optional
        Number of points, half of them on each ring.
    seed : int
        Seed of angles and noise.
    noise : float, optional
        Standard deviation of the radius, 0 or more.

    Returns
    -------
    xarray.Dataset
        Points within about 0 to 1 on both axes; class 0 has radius 0.2, class 1 radius 0.4.
    """
    check_minimum("rings", 1, n=n)
    check_minimum("rings", 0, noise=noise)
    rng = make_rng(seed, "rings")
    ring = np.arange(n) % 2
    radius = 0.2 + 0.2 * ring + noise * rng.normal(size=n)
    angle = rng.uniform(0, 2 * np.pi, n)
    points = 0.5 + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return make_samples(points, ring)


@name_argument_errors
def edges(n: int = 400, *, seed: int, size: int = 8, noise: float = 0.1) -> xr.Dataset:
    """Draw images of one straight edge; its orientation is the class.

    Parameters
    ----------
    n : int, optional
        Number of images, at least 1.
    seed : int
        Seed of positions, polarities and noise.
    size : int, optional
        Height and width in pixels, at least 1.
    noise : float, optional
        Standard deviation of the noise of each pixel, 0 or more; pixels are clipped to 0 to 1.

    Returns
    -------
    xarray.Dataset
        Images ``(1, size, size)``, bright on one side; classes 0 to 3 for edges at 0, 45, 90 and
        135 degrees. The polarity is random, so that the mean brightness does not depend on the
        class.
    """
    check_minimum("edges", 1, n=n, size=size)
    check_minimum("edges", 0, noise=noise)
    rng = make_rng(seed, "edges")
    kind = np.arange(n) % 4
    angle = kind * np.pi / 4
    shift = rng.uniform(-size / 4, size / 4, n)
    row, column = np.indices((size, size)) - (size - 1) / 2
    # Distance of each pixel from the centre, along the normal of the edge.
    distance = row * np.cos(angle)[:, None, None] - column * np.sin(angle)[:, None, None]
    is_bright = (distance > shift[:, None, None]) ^ (rng.random(n) < 0.5)[:, None, None]
    images = np.clip(0.1 + 0.8 * is_bright + noise * rng.normal(size=is_bright.shape), 0, 1)
    return make_samples(images[:, None], kind)
