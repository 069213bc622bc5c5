"""Labelled samples: inputs, targets and weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import StimulusError
from bioann.base.randomness import make_rng
from bioann.base.units import SI, to_si

#: Names of the axes of one input, by their number.
FEATURE_AXES: dict[int, tuple[str, ...]] = {
    1: ("feature",),
    2: ("row", "column"),
    3: ("channel", "row", "column"),
}


@name_argument_errors
def make_samples(
    inputs: Any, targets: Any, *, dt: SI | None = None, weight: Any = None
) -> xr.Dataset:
    """Build a dataset of training samples from arrays.

    Parameters
    ----------
    inputs : array_like, shape (sample, ...) or, with `dt`, (sample, time, ...)
        Vectors, images ``(channel, row, column)``, or time series of these, in activation.
    targets : array_like, shape (sample, ...) or, with `dt`, (sample, time, ...)
        Class numbers (whole numbers from 0, one per sample and time step), or target outputs.
    dt : quantity, optional
        Time step of the time series, above 0; None for samples without time.
    weight : array_like, shape (sample, time), optional
        Weight of each sample and time step in the loss, 0 or more; equal weights by default.

    Returns
    -------
    xarray.Dataset
        ``input``, ``target`` and, if passed, ``weight``; ``dt`` in seconds as an attribute.

    Raises
    ------
    StimulusError
        If the shapes of inputs, targets and weights do not fit.
    """
    x, y = to_floats(inputs, "samples, inputs", StimulusError), np.asarray(targets)
    to_floats(targets, "samples, targets", StimulusError)
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
            "Use one target per sample; pass dt=... for time series.",
        )
    outputs = tuple(f"output_{k}" for k in range(n_target_axes))
    data: dict[str, Any] = {
        "input": ((*leading_axes, *FEATURE_AXES[n_input_axes]), x),
        "target": ((*leading_axes, *outputs), y),
    }
    if weight is not None:
        weights = to_floats(weight, "samples, weight", StimulusError)
        if not has_time or weights.shape != x.shape[:2]:
            raise StimulusError(
                "samples, weight",
                f"shape (sample, time) = {x.shape[:2]}, and dt",
                f"shape {weights.shape}",
                "Pass one weight for each sample and time step.",
            )
        data["weight"] = (leading_axes, weights)
    attrs = {} if dt is None else {"dt": to_si(dt, "ms", "samples, dt")}
    return xr.Dataset(data, attrs=attrs)


@name_argument_errors
def split_samples(data: xr.Dataset, share: float, *, seed: int) -> tuple[xr.Dataset, xr.Dataset]:
    """Split samples at random into two sets, for training and testing.

    Parameters
    ----------
    data : xarray.Dataset
        The samples, with a dimension ``sample``.
    share : float
        Fraction of the samples in the second set, between 0 and 1.
    seed : int
        Seed of the random split.

    Returns
    -------
    remaining, held_out : xarray.Dataset
        The two sets in the order of `data`, each with at least one sample.

    Raises
    ------
    StimulusError
        If one of the sets would be empty.
    """
    n = data.sizes["sample"]
    n_held_out = round(n * share)
    if not 0 < n_held_out < n:
        raise StimulusError(
            "split, share",
            "a fraction that leaves at least one sample in each set",
            f"{share!r} of {n} samples",
            "Use 0.2 to hold out one in five.",
        )
    order = make_rng(seed, "split").permutation(n)
    remaining, held_out = np.sort(order[n_held_out:]), np.sort(order[:n_held_out])
    return data.isel(sample=remaining), data.isel(sample=held_out)
