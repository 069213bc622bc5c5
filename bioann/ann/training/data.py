"""Samples as arrays: inputs, targets and weights."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.errors import StimulusError


@dataclasses.dataclass(frozen=True)
class Samples:
    """The samples of a training.

    Attributes
    ----------
    x : numpy.ndarray, shape (sample, time, ...)
        Inputs to the network, in activation.
    y : numpy.ndarray, shape (sample, time) or (sample, time, ...)
        Class numbers as integers, or target outputs as floats.
    weight : numpy.ndarray, shape (sample, time)
        Weight of each sample and time step in the loss, 0 or more.
    """

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray

    def cast(self, dtype: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return inputs, targets and weights in one precision; class numbers stay integers."""
        y = self.y if self.y.dtype.kind == "i" else self.y.astype(dtype)
        return self.x.astype(dtype), y, self.weight.astype(dtype)


def read_samples(data: xr.Dataset, loss: str) -> Samples:
    """Read a dataset of samples and check it.

    Parameters
    ----------
    data : xarray.Dataset
        ``input`` (sample, [time,] ...), ``target`` (sample, [time,] ...), and optionally
        ``weight`` (sample, time). Without a dimension ``time`` there is a single time step.
    loss : {'cross-entropy', 'mse'}
        Loss of the training; cross-entropy requires class numbers as targets.

    Returns
    -------
    Samples
        Arrays with a time axis.

    Raises
    ------
    StimulusError
        If a variable or dimension is missing, a number is not finite, or the targets do not suit
        the loss.
    """
    for name in ("input", "target"):
        if name not in data or data[name].dims[:1] != ("sample",):
            raise StimulusError(
                f"samples, {name}",
                f"a variable {name!r} whose first dimension is 'sample'",
                f"variables {list(map(str, data.data_vars))}",
                "Make the samples with bioann.tasks.make_samples, or use a task of bioann.tasks.",
            )
    x, y = _add_time_axis(data["input"]).astype(float), _add_time_axis(data["target"])
    if not np.isfinite(x).all():
        raise StimulusError(
            "samples, input", "finite numbers", "NaN or infinite values", "Clean the data first."
        )
    if loss == "cross-entropy":
        if y.ndim != 2 or y.dtype.kind not in "iu":
            raise StimulusError(
                "samples, target",
                "one class number (0, 1, ...) per sample for cross-entropy",
                f"shape {y.shape} of {y.dtype}",
                "Use whole numbers, or train with loss='mse'.",
            )
        y = y.astype(np.int32)
    else:
        y = y.astype(float)
    weight = np.asarray(data["weight"], dtype=float) if "weight" in data else np.ones(y.shape[:2])
    return Samples(x, y, weight)


def _add_time_axis(array: xr.DataArray) -> np.ndarray:
    values = np.asarray(array.values)
    return values if array.dims[1:2] == ("time",) else values[:, None]
