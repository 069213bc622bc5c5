"""Distances of neurons, of pairs and of all neurons of a population."""

from __future__ import annotations

import numpy as np

from bioann.base.arguments import check_whole_number, name_argument_errors
from bioann.bio.connectivity.positions import Positions


def compute_distances(
    first: np.ndarray, second: np.ndarray, period: tuple[float, ...] | None
) -> np.ndarray:
    """Compute the distances between positions, pair by pair.

    Parameters
    ----------
    first, second : numpy.ndarray, shape (..., axis)
        Coordinates of both ends; shapes are broadcast.
    period : tuple of float or None
        Length of each axis after which space repeats: the nearest image counts.

    Returns
    -------
    numpy.ndarray, shape (...)
        Euclidean distances.
    """
    offsets = np.abs(first - second)
    if period is not None:
        offsets = np.minimum(offsets, np.asarray(period) - offsets)
    if offsets.shape[-1] == 1:
        return np.asarray(offsets[..., 0])
    return np.asarray(np.sqrt((offsets**2).sum(axis=-1)))


@name_argument_errors
def make_distance_matrix(positions: Positions, n: int) -> np.ndarray:
    """Make the matrix of distances between all neurons, or units, at some positions.

    The weights of a rate network that follow the same kernel as those of a spiking network are a
    function of it: ``0.5 * bioann.connectivity.GaussianKernel(2.0)(distances)``.

    Parameters
    ----------
    positions : Positions
        Where they lie, such as ``bioann.connectivity.Ring(12)``.
    n : int
        Number of positions, at least 1.

    Returns
    -------
    numpy.ndarray, shape (n, n)
        Distances in the unit of the positions; 0 on the diagonal.
    """
    coordinates = positions.make_coordinates(check_whole_number(n, "make_distance_matrix, n"))
    return compute_distances(coordinates[:, None], coordinates, positions.period)
