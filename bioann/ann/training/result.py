"""The result of a training."""

from __future__ import annotations

import dataclasses
from typing import Any

import xarray as xr

from bioann.ann.training.snapshots import RecordedSnapshots


@dataclasses.dataclass(frozen=True)
class TrainingResult:
    """Trained networks with the course of their training.

    Attributes
    ----------
    networks : tuple of RateNetwork or LayeredNetwork
        One trained network for each seed.
    seeds : tuple of int
        Seeds of the trainings, in the order of `networks`.
    history : xarray.Dataset
        ``loss``, and with a validation set ``validation_loss`` and, for classes,
        ``validation_accuracy`` (epoch, seed); NaN after a seed has stopped. ``epochs`` (seed) is
        the number of epochs trained, ``best`` (seed) the epoch whose weights were kept.
    signs : xarray.Dataset
        Signs of the weights over time; see `bioann.ann.training.statistics.SignHistory`.
    snapshots : RecordedSnapshots
        Weights, updates and gradients at chosen steps; empty unless `Snapshots` were passed.
    """

    networks: tuple[Any, ...]
    seeds: tuple[int, ...]
    history: xr.Dataset
    signs: xr.Dataset
    snapshots: RecordedSnapshots
