"""Train a self-organising map, and say how well it is ordered."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.layers.self_organising_map import SelfOrganisingMap
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng


def train_som(
    sheet: SelfOrganisingMap,
    inputs: Any,
    *,
    seed: int,
    epochs: int = 20,
    rate: tuple[float, float] = (0.5, 0.02),
    radius: tuple[float, float] | None = None,
) -> SelfOrganisingMap:
    r"""Train a map on inputs, one after the other (Kohonen 1982).

    .. math:: w_j \leftarrow w_j + \eta(t)\, e^{-d_{jb}^2 / 2 \sigma(t)^2} (x - w_j)

    `b` is the unit nearest to the input, `d` the distance on the grid; :math:`\eta` and
    :math:`\sigma` fall exponentially from the first to the second value that is given.

    Parameters
    ----------
    sheet : SelfOrganisingMap
        Its size counts; its weights begin at inputs drawn at random.
    inputs : array_like, shape (sample, input)
        What it is shown.
    seed : int
        Decides the first weights and the order of the inputs.
    epochs : int, optional
        Passes through the inputs.
    rate : (float, float), optional
        Learning rate :math:`\eta`.
    radius : (float, float), optional
        Width :math:`\sigma` of the neighbourhood in units; half of the longer side to 0.5 unless
        given.

    Returns
    -------
    SelfOrganisingMap
        The trained map.
    """
    x = _validate_inputs(sheet, inputs)
    rows, columns, n = sheet.W.shape
    grid_positions = np.argwhere(np.ones((rows, columns)))
    squared_distances = ((grid_positions[:, None] - grid_positions[None]) ** 2).sum(axis=-1)
    wide, narrow = (max(rows, columns) / 2, 0.5) if radius is None else radius
    W = x[make_rng(seed, "map", "weights").integers(len(x), size=rows * columns)].copy()
    total = epochs * len(x)
    for epoch in range(epochs):
        for k, at in enumerate(make_rng(seed, "map", "order", epoch).permutation(len(x))):
            progress = (epoch * len(x) + k) / max(total - 1, 1)
            eta = rate[0] * (rate[1] / rate[0]) ** progress
            sigma = wide * (narrow / wide) ** progress
            difference = x[at] - W
            nearest = np.argmin((difference**2).sum(axis=1))
            neighbourhood = np.exp(-squared_distances[nearest] / (2 * sigma**2))
            W += eta * neighbourhood[:, None] * difference
    return dataclasses.replace(sheet, W=W.reshape(rows, columns, n))


def quantisation_error(sheet: SelfOrganisingMap, inputs: Any) -> float:
    """Give the mean distance of an input from the nearest unit's weights, in units of input."""
    return float(_distances_to_units(sheet, inputs).min(axis=1).mean())


def topographic_error(sheet: SelfOrganisingMap, inputs: Any) -> float:
    """Give the share of inputs whose two nearest units are not neighbours on the grid.

    Neighbours share a side or a corner (Kiviluoto 1996).
    """
    nearest_two = np.argsort(_distances_to_units(sheet, inputs), axis=1)[:, :2]
    row, column = np.divmod(nearest_two, sheet.W.shape[1])
    grid_distance = np.maximum(np.abs(np.diff(row)), np.abs(np.diff(column)))
    return float((grid_distance > 1).mean())


def _distances_to_units(sheet: SelfOrganisingMap, inputs: Any) -> np.ndarray:
    x = _validate_inputs(sheet, inputs)
    W = sheet.W.reshape(-1, sheet.W.shape[2])
    return np.sqrt(((x[:, None] - W) ** 2).sum(axis=2))


def _validate_inputs(sheet: SelfOrganisingMap, inputs: Any) -> np.ndarray:
    x = np.asarray(inputs, dtype=float)
    if x.ndim != 2 or not len(x) or x.shape[1] != sheet.W.shape[2] or not np.isfinite(x).all():
        raise DescriptionError(
            "self-organising map, inputs",
            f"finite numbers of shape (sample, {sheet.W.shape[2]})",
            f"shape {x.shape}",
            "Flatten images into vectors.",
        )
    return x
