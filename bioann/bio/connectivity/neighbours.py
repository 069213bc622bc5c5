"""Pairs of neurons within a distance of each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from bioann.bio.connectivity.positions import compute_distances

#: Targets whose neighbours are listed at once; bounds the memory.
TARGETS_AT_ONCE = 256


def list_neighbours(
    targets: np.ndarray, sources: np.ndarray, period: tuple[float, ...] | None, radius: float
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """List the sources within a radius of each target, in time proportional to their number.

    Parameters
    ----------
    targets, sources : numpy.ndarray, shape (neuron, axis)
        Coordinates of the postsynaptic and of the presynaptic neurons.
    period : tuple of float or None
        Length of each axis after which space repeats.
    radius : float
        Largest distance, included.

    Yields
    ------
    post, pre : numpy.ndarray of int32, shape (pair,)
        Index of the target and of the source, sorted by target, then by source.
    distance : numpy.ndarray, shape (pair,)
        Their distance.
    """
    tree = cKDTree(sources, boxsize=period)
    for first in range(0, len(targets), TARGETS_AT_ONCE):
        some_targets = cKDTree(targets[first : first + TARGETS_AT_ONCE], boxsize=period)
        # Slightly more than the radius: the tree rounds its distances in its own way.
        pairs = some_targets.sparse_distance_matrix(tree, radius * 1.001, output_type="ndarray")
        order = np.lexsort((pairs["j"], pairs["i"]))
        post, pre = first + pairs["i"][order], pairs["j"][order]
        distance = compute_distances(targets[post], sources[pre], period)
        near = distance <= radius
        yield post[near].astype(np.int32), pre[near].astype(np.int32), distance[near]
