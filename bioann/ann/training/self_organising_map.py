"""Train a self-organising map and measure its topographic order."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.layers.self_organising_map import SelfOrganisingMap
from bioann.base.arguments import check_minimum, name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng
from bioann.base.text import shorten_repr


@name_argument_errors
def train_som(
    sheet: SelfOrganisingMap,
    inputs: Any,
    *,
    seed: int,
    epochs: int = 20,
    rate: tuple[float, float] = (0.5, 0.02),
    radius: tuple[float, float] | None = None,
) -> SelfOrganisingMap:
    r"""Train a map on one input at a time (Kohonen 1982).

    .. math:: w_j \leftarrow w_j + \eta(t)\, e^{-d_{jb}^2 / 2 \sigma(t)^2} (x - w_j)

    `b` is the unit nearest to the input and `d` the distance on the grid; :math:`\eta` and
    :math:`\sigma` decrease exponentially from their first to their second value.

    Parameters
    ----------
    sheet : SelfOrganisingMap
        Map with the size of the grid; its weights are replaced by randomly drawn inputs.
    inputs : array_like, shape (sample, input)
        Training inputs, finite numbers.
    seed : int
        Seed of the initial weights and of the order of the inputs.
    epochs : int, optional
        Passes through the inputs, at least 1.
    rate : (float, float), optional
        Learning rate :math:`\eta` at the start and at the end, above 0.
    radius : (float, float), optional
        Width :math:`\sigma` of the neighbourhood at the start and at the end, in grid units; half
        of the longer side of the grid and 0.5 by default.

    Returns
    -------
    SelfOrganisingMap
        The trained map.
    """
    x = _validate_inputs(sheet, inputs)
    check_minimum("train_som", 1, epochs=epochs)
    rate = _check_decrease(rate, "rate")
    radius = None if radius is None else _check_decrease(radius, "radius")
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


def _check_decrease(value: tuple[float, float], name: str) -> tuple[float, float]:
    """Return the first and the second value of an exponential decrease, both above 0."""
    numbers = to_floats(value, f"train_som, {name}")
    if numbers.shape != (2,) or not (np.isfinite(numbers) & (numbers > 0)).all():
        remedy = f"Pass {name}=(0.5, 0.02), or leave it out for its default."
        raise DescriptionError(
            f"train_som, {name}", "two numbers above 0", shorten_repr(value), remedy
        )
    return float(numbers[0]), float(numbers[1])


@name_argument_errors
def quantisation_error(sheet: SelfOrganisingMap, inputs: Any) -> float:
    """Compute the mean distance of an input from the weights of the nearest unit."""
    return float(_distances_to_units(sheet, inputs).min(axis=1).mean())


@name_argument_errors
def topographic_error(sheet: SelfOrganisingMap, inputs: Any) -> float:
    """Compute the fraction of inputs whose two nearest units are not neighbours on the grid.

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
    x = to_floats(inputs, "self-organising map, inputs")
    if x.ndim != 2 or not len(x) or x.shape[1] != sheet.W.shape[2] or not np.isfinite(x).all():
        raise DescriptionError(
            "self-organising map, inputs",
            f"finite numbers of shape (sample, {sheet.W.shape[2]})",
            f"shape {x.shape}",
            "Flatten images into vectors.",
        )
    return x
