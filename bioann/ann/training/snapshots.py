"""Snapshots of the weights in the course of a training."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from bioann.ann.training.statistics import spectral_norm_and_radius
from bioann.base.arguments import is_whole_number
from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.memory import format_bytes
from bioann.base.text import shorten_repr


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Snapshots(Description):
    """The steps of a training at which weights are recorded, and what else is recorded there.

    Recording does not change a training: its results are identical to the last bit.

    Parameters
    ----------
    steps : sequence of int
        Numbers of optimiser steps before each snapshot, 0 for the start, in increasing order.
    updates : bool, optional
        Whether to record the change of every weight in the step that follows.
    gradients : bool, optional
        Whether to record the gradient of the loss in the step that follows as its two factors, the
        inputs of the layers and the back-propagated errors; dense layers only.
    max_bytes : float, optional
        Largest memory of all snapshots, in bytes.
    """

    steps: tuple[int, ...]
    updates: bool = False
    gradients: bool = False
    max_bytes: float = 2e8

    def __post_init__(self) -> None:
        """Accept any sequence of steps."""
        if isinstance(self.steps, Iterable) and not isinstance(self.steps, str):
            self.set_field("steps", tuple(self.steps))
        super().__post_init__()

    def check(self) -> None:
        """Raise `DescriptionError` unless the steps are whole numbers in increasing order."""
        are_counts = self.steps and all(is_whole_number(step, 0) for step in self.steps)
        if not are_counts or any(b <= a for a, b in itertools.pairwise(self.steps)):
            raise DescriptionError(
                "Snapshots, steps",
                "whole numbers from 0 on in increasing order, at least one",
                shorten_repr(self.steps),
                "Try steps=(0, 10, 100), or range(0, 1000, 10).",
            )

    @property
    def stops(self) -> tuple[int, ...]:
        """Numbers of steps at which the training has to stop for the snapshots."""
        nexts = [step + 1 for step in self.steps] if self.updates else []
        return tuple(sorted({*self.steps, *nexts}))

    def check_training(self, n_steps: int, n_bytes: float) -> None:
        """Raise `DescriptionError` if a training cannot be recorded, before it starts.

        Parameters
        ----------
        n_steps : int
            Number of optimiser steps of the training.
        n_bytes : float
            Size of a single snapshot of all seeds, in bytes.
        """
        needs_next_step = self.updates or self.gradients
        if self.steps[-1] > n_steps - needs_next_step:
            raise DescriptionError(
                "Snapshots, steps",
                f"steps up to {n_steps - needs_next_step} in a training of {n_steps} steps"
                + (", because updates and gradients are those of the next" * needs_next_step),
                f"{self.steps[-1]}",
                "Leave out the later ones, or train for more epochs.",
            )
        n_all = n_bytes * len(self.steps)
        if n_all > self.max_bytes:
            raise DescriptionError(
                "Snapshots, memory",
                f"at most {format_bytes(self.max_bytes)}",
                f"{format_bytes(n_all)} for {len(self.steps)} snapshots of all seeds",
                "Record fewer steps or seeds, leave out gradients, or raise max_bytes.",
            )


@dataclasses.dataclass(frozen=True)
class RecordedSnapshots:
    """The snapshots of a training, each a mapping from the name of the weights, ``layer.field``.

    Attributes
    ----------
    weights : mapping of str to xarray.DataArray, dimensions (step, seed, target, source, ...)
        Signed weights at each snapshot by array name.
    updates : mapping of str to xarray.DataArray, dimensions (step, seed, target, source, ...)
        Changes in the step that follows; empty unless recorded.
    inputs : mapping of str to xarray.DataArray, dimensions (step, seed, sample, time, source)
        Inputs of the layer for the samples of the step that follows; empty unless recorded.
    errors : mapping of str to xarray.DataArray, dimensions (step, seed, sample, time, target)
        Back-propagated errors, the derivatives of the mean loss of the batch with respect to each
        sample's summed input, 0 for padding; empty unless recorded.
    """

    weights: Mapping[str, xr.DataArray]
    updates: Mapping[str, xr.DataArray]
    inputs: Mapping[str, xr.DataArray]
    errors: Mapping[str, xr.DataArray]

    def gradient(self, name: str) -> xr.DataArray:
        """Return the gradient of the mean loss of a batch, errors times inputs.

        Parameters
        ----------
        name : str
            Name of the weights, ``layer.field``.

        Returns
        -------
        xarray.DataArray, dimensions (step, seed, target, source)
            Without the gradient of any weight decay.
        """
        return (self.errors[name] * self.inputs[name]).sum(("sample", "time"))

    def spectral_radius(self, name: str) -> xr.DataArray:
        """Return the spectral radius of square weights at every step; NaN for others.

        Parameters
        ----------
        name : str
            Name of the weights, ``layer.field``.

        Returns
        -------
        xarray.DataArray, dimensions (step, seed)
            Largest magnitude of an eigenvalue.
        """
        weights = self.weights[name]
        radii = [[spectral_norm_and_radius(w)[1] for w in by_seed] for by_seed in weights.values]
        coords = {"step": weights.step, "seed": weights.seed}
        return xr.DataArray(np.array(radii), coords, ("step", "seed"), name="spectral_radius")


def label_snapshots(
    kind: str, arrays: Mapping[str, list[np.ndarray]], coords: Mapping[str, Any]
) -> dict[str, xr.DataArray]:
    """Label arrays ``(seed, ...)`` of some steps with the dimensions of `RecordedSnapshots`."""
    axes = {"inputs": ("sample", "time", "source"), "errors": ("sample", "time", "target")}
    dims = ("step", "seed", *axes.get(kind, ("target", "source", "row", "column")))
    labelled = {}
    for name, values in arrays.items():
        all_coords = {"step": list(coords["step"][: len(values)]), "seed": coords["seed"]}
        labelled[name] = xr.DataArray(np.stack(values), all_coords, dims[: values[0].ndim + 1])
    return labelled
