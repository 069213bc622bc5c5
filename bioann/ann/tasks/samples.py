"""Labelled samples: inputs, what should be answered, and what counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from bioann.base.errors import StimulusError
from bioann.base.randomness import make_rng
from bioann.base.units import SI, to_si

#: Names of the axes of one input, by how many there are.
FEATURE_AXES: dict[int, tuple[str, ...]] = {
    1: ("feature",),
    2: ("row", "column"),
    3: ("channel", "row", "column"),
}


def make_samples(
    inputs: Any, targets: Any, *, dt: SI | None = None, weight: Any = None
) -> xr.Dataset:
    """Label arrays as samples to train on.

    Parameters
    ----------
    inputs : array_like, shape (sample, ...) or, with `dt`, (sample, time, ...)
        What is shown: vectors, images ``(channel, row, column)``, or courses of these.
    targets : array_like, shape (sample, ...) or, with `dt`, (sample, time, ...)
        Class numbers (whole numbers, one per sample and moment), or what should be answered.
    dt : quantity, optional
        Time step of courses.
    weight : array_like, shape (sample, time), optional
        What counts how much in the loss; everything alike unless given.

    Returns
    -------
    xarray.Dataset
        ``input``, ``target`` and ``weight``.

    Raises
    ------
    StimulusError
        If shapes do not fit.
    """
    x, y = np.asarray(inputs, dtype=float), np.asarray(targets)
    has_time = dt is not None
    leading_axes = ("sample", "time") if has_time else ("sample",)
    n_input_axes, n_target_axes = x.ndim - len(leading_axes), y.ndim - len(leading_axes)
    if (
        n_input_axes not in FEATURE_AXES
        or n_target_axes < 0
        or x.shape[: len(leading_axes)] != y.shape[: len(leading_axes)]
    ):
        raise StimulusError(
            "samples",
            f"inputs and targets with the same {' and '.join(leading_axes)}, "
            "inputs of 1 to 3 axes more",
            f"shapes {x.shape} and {y.shape}",
            "Give one target per sample; pass dt=... for courses in time.",
        )
    outputs = tuple(f"output_{k}" for k in range(n_target_axes))
    data: dict[str, Any] = {
        "input": ((*leading_axes, *FEATURE_AXES[n_input_axes]), x),
        "target": ((*leading_axes, *outputs), y),
    }
    if weight is not None:
        weights = np.asarray(weight, dtype=float)
        if not has_time or weights.shape != x.shape[:2]:
            raise StimulusError(
                "samples, weight",
                f"shape (sample, time) = {x.shape[:2]}, and dt",
                f"shape {weights.shape}",
                "Say of each moment how much it counts.",
            )
        data["weight"] = (leading_axes, weights)
    attrs = {} if dt is None else {"dt": to_si(dt, "ms", "samples, dt")}
    return xr.Dataset(data, attrs=attrs)


def split_samples(data: xr.Dataset, share: float, *, seed: int) -> tuple[xr.Dataset, xr.Dataset]:
    """Set a random share of the samples aside.

    Parameters
    ----------
    data : xarray.Dataset
        Samples.
    share : float
        The share of the second part, between 0 and 1.
    seed : int
        Decides which samples.

    Returns
    -------
    rest, aside : xarray.Dataset
        Both have at least one sample.

    Raises
    ------
    StimulusError
        If a part would be empty.
    """
    n = data.sizes["sample"]
    n_held_out = round(n * share)
    if not 0 < n_held_out < n:
        raise StimulusError(
            "split, share",
            "a share that leaves samples on both sides",
            f"{share!r} of {n} samples",
            "0.2 sets one in five aside.",
        )
    order = make_rng(seed, "split").permutation(n)
    remaining, held_out = np.sort(order[n_held_out:]), np.sort(order[:n_held_out])
    return data.isel(sample=remaining), data.isel(sample=held_out)
