"""Matrices of the weights or delays of the synapses of a projection."""

from __future__ import annotations

import numpy as np

from bioann.bio.description import NetworkDescription
from bioann.bio.projection import Projection


def draw_matrix_of(
    network: NetworkDescription, projection: Projection, field: str, seed: int, wiring: int
) -> np.ndarray:
    """Draw a value of every synapse of a projection.

    Parameters
    ----------
    network : NetworkDescription
        Network that the projection belongs to.
    projection : Projection
        A projection of this network.
    field : {'weight', 'delay'}
        Which value: a weight includes the relative strength of the connectivity.
    seed, wiring : int
        Seed of the run, and number of the wiring.

    Returns
    -------
    numpy.ndarray, shape (n_post, n_pre)
        Values in SI units, 0 where there is no synapse: the sum of the weights of several synapses
        of a pair, the mean of their delays.
    """
    post, pre, strength = network.draw_synapses(projection, seed, wiring)
    values = projection.draw_values(field, post, pre, seed, wiring)
    shape = (network.sizes[projection.target], network.sizes[projection.source])
    total, count = np.zeros(shape), np.zeros(shape)
    # A pair of neurons may have several synapses.
    np.add.at(total, (post, pre), values * strength if field == "weight" else values)
    if field == "weight":
        return total
    np.add.at(count, (post, pre), 1)
    return np.asarray(total / np.maximum(count, 1))
