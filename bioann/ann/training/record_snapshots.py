"""Record the snapshots of a training while it runs."""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bioann.ann.training.gradient_factors import require_dense_layers
from bioann.ann.training.model import TrainableNetwork
from bioann.ann.training.snapshots import RecordedSnapshots, Snapshots, label_snapshots

#: Computes arrays ``(seed, ...)`` by the name of the weights.
ComputeArrays = Callable[[], Mapping[str, Any]]


class SnapshotRecorder:
    """Collects the arrays of `Snapshots`.

    Parameters
    ----------
    snapshots : Snapshots
        Steps and kinds of what is recorded.
    """

    def __init__(self, snapshots: Snapshots) -> None:
        self.snapshots = snapshots
        self.arrays: dict[str, dict[str, list[np.ndarray]]] = collections.defaultdict(
            lambda: collections.defaultdict(list)
        )

    def check_training(
        self,
        model: TrainableNetwork,
        weights: Mapping[str, np.ndarray],
        batch_shape: tuple[int, int],
        n_steps: int,
    ) -> None:
        """Raise `DescriptionError` if a training cannot be recorded, before it starts.

        Parameters
        ----------
        model : TrainableNetwork
            The network that is trained.
        weights : mapping of str to numpy.ndarray, shape (seed, ...)
            Signed weights of the network by array name.
        batch_shape : (int, int)
            Numbers of samples and time steps in a batch.
        n_steps : int
            Number of optimiser steps of the training.
        """
        n_bytes = sum(array.nbytes for array in weights.values()) * (1 + self.snapshots.updates)
        if self.snapshots.gradients:
            require_dense_layers(model)
            factors = [array[:, 0, :].nbytes + array[:, :, 0].nbytes for array in weights.values()]
            n_bytes += batch_shape[0] * batch_shape[1] * sum(factors)
        self.snapshots.check_training(n_steps, n_bytes)

    def list_stops(self, first: int, last: int) -> list[int]:
        """Return the numbers of steps between two at which there is something to record."""
        return [step for step in self.snapshots.stops if first < step < last]

    def record(
        self, step: int, compute_weights: ComputeArrays, split_gradient: ComputeArrays | None = None
    ) -> None:
        """Record whatever belongs to a step.

        Parameters
        ----------
        step : int
            Number of optimiser steps so far.
        compute_weights : callable
            ``compute_weights()``, the present signed weights ``(seed, ...)`` by name.
        split_gradient : callable, optional
            ``split_gradient()``, inputs and errors ``(seed, ...)`` of the step that follows by the
            name of the weights; none after the last step.
        """
        if step not in self.snapshots.stops:
            return
        weights = compute_weights()
        if self.snapshots.updates and step - 1 in self.snapshots.steps:
            for name, after in weights.items():
                self.arrays["updates"][name].append(after - self.arrays["weights"][name][-1])
        if step in self.snapshots.steps:
            for name, array in weights.items():
                self.arrays["weights"][name].append(array)
            if self.snapshots.gradients and split_gradient is not None:
                for name, (inputs, errors) in split_gradient().items():
                    self.arrays["inputs"][name].append(np.asarray(inputs))
                    self.arrays["errors"][name].append(np.asarray(errors))

    def make_result(self, seeds: Sequence[int]) -> RecordedSnapshots:
        """Return the labelled snapshots, up to the last step if a training stopped early."""
        kinds = ("weights", "updates", "inputs", "errors")
        coords = {"step": self.snapshots.steps, "seed": list(seeds)}
        return RecordedSnapshots(
            **{kind: label_snapshots(kind, self.arrays[kind], coords) for kind in kinds}
        )
