"""The training loop: epoch after epoch, all seeds at once."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from bioann.ann.training.batches import count_batches, draw_batches, select_steps
from bioann.ann.training.checkpoint import load_checkpoint, save_checkpoint
from bioann.ann.training.data import Samples
from bioann.ann.training.divergence import check_divergence
from bioann.ann.training.early_stopping import EarlyStopping
from bioann.ann.training.jax_optax import import_jax, use_precision
from bioann.ann.training.model import TrainableNetwork
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.record_snapshots import SnapshotRecorder
from bioann.ann.training.result import TrainingResult
from bioann.ann.training.snapshots import RecordedSnapshots, Snapshots
from bioann.ann.training.statistics import SignHistory
from bioann.ann.training.step import CompiledSteps, compile_steps, stack_bounds
from bioann.base.as_code import hash_description
from bioann.base.randomness import make_rng


@dataclasses.dataclass(frozen=True)
class CheckpointOptions:
    """File of the checkpoints (None for none), epochs between them, and whether to resume."""

    path: Path | None = None
    every: int = 10
    resume: bool = False


class TrainingRun:
    """The state of a training: everything that changes from epoch to epoch.

    Parameters
    ----------
    model : TrainableNetwork
        The network that is trained.
    options : TrainingOptions
        Optimiser, loss, constraint and all other options.
    seeds : tuple of int
        One independent training for each seed.
    data, validation : Samples
        Training samples, and samples for the validation loss or None.
    snapshots : Snapshots or None
        Steps at which weights and gradients are recorded.
    """

    def __init__(
        self,
        model: TrainableNetwork,
        options: TrainingOptions,
        seeds: tuple[int, ...],
        data: Samples,
        validation: Samples | None,
        snapshots: Snapshots | None = None,
    ) -> None:
        self.model, self.options, self.seeds = model, options, seeds
        self.dtype = np.float32 if options.precision == "single" else np.float64
        self.data = data.cast(self.dtype)
        self.validation = None if validation is None else validation.cast(self.dtype)
        self.compiled_steps: CompiledSteps = compile_steps(model, options)
        starts = [
            model.start_within_bounds(options.initialisation, options.constraint, seed)
            for seed in seeds
        ]
        self.bounds = stack_bounds([bounds for _, bounds in starts], self.dtype)
        free = {
            name: np.stack([start[name] for start, _ in starts]).astype(self.dtype)
            for name in starts[0][0]
        }
        keys = [make_rng(seed, "dropout").integers(2**32, dtype=np.uint32) for seed in seeds]
        self.keys = np.stack([np.asarray(import_jax().random.PRNGKey(key)) for key in keys])
        self.state = self.compiled_steps.init_state(free, self.bounds)
        self.epoch = self.step = 0
        self.stopping = EarlyStopping.from_start(self.compute_parameters(), len(seeds))
        self.history: dict[str, list[Any]] = {"loss": []}
        # The names are not taken from the state, because JAX sorts the keys of what it returns.
        self.signs = SignHistory(tuple(model.signed_weights(starts[0][0])))
        self.record_signs(np.zeros((len(seeds), len(self.signs.names)), dtype=int))
        self.recorder: SnapshotRecorder | None = None
        if snapshots is not None:
            self.recorder = SnapshotRecorder(snapshots)
            n_samples, n_times = self.data[0].shape[:2]
            self.recorder.check_training(
                model,
                self.compute_signed_weights(),
                (min(options.batch, n_samples), n_times),
                options.epochs * count_batches(n_samples, options.batch),
            )

    def compute_parameters(self) -> dict[str, np.ndarray]:
        """Compute all parameters from the optimised numbers, shape ``(seed, ...)``."""
        parameters = self.compiled_steps.constrain(self.state["free"], self.bounds)
        return {name: np.asarray(v) for name, v in parameters.items()}

    def record_signs(self, crossings: np.ndarray) -> None:
        """Append the present signs of the weights and their zero crossings ``(seed, weight)``."""
        arrays = self.compute_signed_weights()
        weights = [{name: v[k] for name, v in arrays.items()} for k in range(len(self.seeds))]
        self.signs.record(self.step, weights, crossings)

    def compute_signed_weights(self) -> dict[str, np.ndarray]:
        """Compute the present signed weights by name, shape ``(seed, ...)``."""
        parameters = self.compute_parameters()
        weights = [
            self.model.signed_weights({name: v[k] for name, v in parameters.items()})
            for k in range(len(self.seeds))
        ]
        return {name: np.stack([w[name] for w in weights]) for name in self.signs.names}

    def train_epoch(self, checkpoint: Path | None) -> None:
        """Train all active seeds for one epoch; `checkpoint` is named if the training diverges."""
        batches = draw_batches(
            len(self.data[0]), self.options.batch, self.seeds, self.epoch, self.dtype
        )
        n_steps, losses = batches[0].shape[1], []
        interval = n_steps if self.options.record == "epoch" else 1
        for start in range(0, n_steps, interval):
            losses.append(self.take_steps(batches, start, start + interval, checkpoint))
        self.epoch += 1
        self._append("loss", np.concatenate(losses, axis=1).mean(axis=1))
        validation_loss = None if self.validation is None else self._validate(self.validation)
        self.stopping.update(
            self.epoch, self.compute_parameters(), validation_loss, self.options.patience
        )

    def take_steps(
        self, batches: tuple[np.ndarray, np.ndarray], start: int, stop: int, checkpoint: Path | None
    ) -> np.ndarray:
        """Train on some batches of an epoch, and return the losses ``(seed, step)``."""
        is_active, first = self.stopping.is_active, self.step - start
        stops = (
            () if self.recorder is None else self.recorder.list_stops(first + start, first + stop)
        )
        crossings = np.zeros((len(self.seeds), len(self.signs.names)), dtype=int)
        losses = []
        for span in itertools.pairwise([start, *(k - first for k in stops), stop]):
            self._record_snapshot(batches, span[0])
            self.state, log = self.compiled_steps.advance(
                self.state, is_active, self.bounds, self.keys, *batches, first,
                (self.dtype(self.options.rate), self.dtype(self.options.decay)), self.data, span,
            )  # fmt: skip
            step_log = select_steps(log, span)
            check_divergence(step_log, is_active, self.seeds, (self.step, self.epoch), checkpoint)
            self.step += span[1] - span[0]
            losses.append(step_log["loss"])
            counts = [step_log["crossings"][name].sum(axis=1) for name in self.signs.names]
            crossings += np.where(is_active, counts, 0).T.reshape(crossings.shape)
        self.record_signs(crossings)
        return np.concatenate(losses, axis=1)

    def _record_snapshot(self, batches: tuple[np.ndarray, np.ndarray], k: int) -> None:
        """Record what belongs to the step of batch `k` of this epoch."""
        if self.recorder is not None:
            batch = [array[:, k] for array in batches]
            self.recorder.record(
                self.step,
                self.compute_signed_weights,
                lambda: self.compiled_steps.split(
                    self.state, self.bounds, self.keys, *batch, self.step, self.data
                ),
            )

    def _append(self, name: str, values: np.ndarray) -> None:
        """Append values ``(seed,)`` to the history; NaN for seeds that have stopped."""
        column = np.where(self.stopping.is_active, values, np.nan)
        self.history.setdefault(name, []).append(column)

    def _validate(self, samples: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
        """Compute loss and accuracy on the validation set; return the loss, shape ``(seed,)``."""
        loss, output = self.compiled_steps.evaluate(self.state, self.bounds, samples)
        loss = np.asarray(loss, dtype=float)
        self._append("validation_loss", loss)
        if self.options.loss == "cross-entropy":
            _, classes, weight = samples
            is_correct = np.asarray(output).argmax(axis=-1) == classes
            accuracy = (is_correct * weight).sum(axis=(1, 2)) / weight.sum()
            self._append("validation_accuracy", accuracy)
        return loss

    def save(self, path: Path) -> None:
        """Write everything on which the rest of the training depends."""
        groups = {
            "state": {str(k): np.asarray(v) for k, v in enumerate(self._state_leaves())},
            "history": {name: np.array(v) for name, v in self.history.items()},
            "best": self.stopping.best_parameters,
            "stopping": self.stopping.progress_arrays(),
            "signs": self.signs.to_arrays(),
        }
        arrays = {f"{group}/{k}": v for group, values in groups.items() for k, v in values.items()}
        progress = {"epoch": self.epoch, "step": self.step}
        save_checkpoint(path, arrays, self.make_metadata() | progress)

    def load(self, path: Path) -> None:
        """Continue from the state that `save` wrote."""
        arrays, metadata = load_checkpoint(path, self.make_metadata())
        self.epoch, self.step = metadata["epoch"], metadata["step"]
        groups: dict[str, dict[str, np.ndarray]] = {}
        for name, array in arrays.items():
            group, _, key = name.partition("/")
            groups.setdefault(group, {})[key] = array
        jax = import_jax()
        leaves = [groups["state"][str(k)] for k in range(len(self._state_leaves()))]
        structure = jax.tree.structure(self.state)
        self.state = jax.tree.unflatten(structure, map(jax.numpy.asarray, leaves))
        self.history = {name: list(v) for name, v in groups["history"].items()}
        self.stopping = EarlyStopping(groups["best"], **groups["stopping"])
        self.signs = SignHistory.from_arrays(self.signs.names, groups["signs"])

    def _state_leaves(self) -> list[Any]:
        return import_jax().tree.leaves(self.state)

    def make_metadata(self) -> dict[str, Any]:
        """Return what identifies the training; the number of epochs may be raised later."""
        options = dataclasses.replace(self.options, epochs=1)
        contents = [hash_description(array.tobytes()) for array in self.data]
        if self.validation is not None:
            contents += [hash_description(array.tobytes()) for array in self.validation]
        return {
            "options": repr(options),
            "network": hash_description(self.model.description),
            "data": " ".join(contents),
            "seeds": list(self.seeds),
        }

    def make_result(self) -> TrainingResult:
        """Return the best networks and the labelled history."""
        networks = tuple(
            self.model.make_network(
                {name: v[k].astype(float) for name, v in self.stopping.best_parameters.items()}
            )
            for k in range(len(self.seeds))
        )
        coords = {"seed": list(self.seeds), "epoch": np.arange(1, self.epoch + 1)}
        data: dict[str, Any] = {
            k: (("epoch", "seed"), np.array(v)) for k, v in self.history.items()
        }
        data["epochs"] = ("seed", self.stopping.n_epochs)
        data["best"] = ("seed", self.stopping.best_epoch)
        signs = self.signs.to_dataset().assign_coords(
            seed=list(self.seeds), constraint=repr(self.options.constraint)
        )
        snapshots = RecordedSnapshots({}, {}, {}, {})
        if self.recorder is not None:
            self.recorder.record(self.step, self.compute_signed_weights)
            snapshots = self.recorder.make_result(self.seeds)
        history = xr.Dataset(data, coords=coords)
        return TrainingResult(networks, self.seeds, history, signs, snapshots)


def run_training(
    model: TrainableNetwork,
    options: TrainingOptions,
    seeds: Sequence[int],
    data: Samples,
    validation: Samples | None,
    checkpointing: CheckpointOptions,
    progress: bool,
    snapshots: Snapshots | None = None,
) -> TrainingResult:
    """Train a model until all seeds have stopped; the parameters are those of `bioann.train`."""
    path = checkpointing.path
    with use_precision(options.precision):
        training = TrainingRun(model, options, tuple(seeds), data, validation, snapshots)
        if checkpointing.resume and path is not None and path.exists():
            training.load(path)
        bar = tqdm(
            total=options.epochs,
            initial=training.epoch,
            unit="epoch",
            desc="training",
            disable=None if progress else True,
        )
        with bar:
            while training.epoch < options.epochs and training.stopping.is_active.any():
                training.train_epoch(path)
                bar.update()
                bar.set_postfix(loss=f"{np.nanmean(training.history['loss'][-1]):.4g}")
                is_last = training.epoch == options.epochs or not training.stopping.is_active.any()
                if path is not None and (is_last or training.epoch % checkpointing.every == 0):
                    training.save(path)
        return training.make_result()
