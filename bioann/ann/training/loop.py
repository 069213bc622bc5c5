"""The training loop: epoch after epoch, all seeds at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from bioann.ann.training.checkpoint import load_checkpoint, save_checkpoint
from bioann.ann.training.data import Samples
from bioann.ann.training.divergence import check_divergence
from bioann.ann.training.early_stopping import EarlyStopping
from bioann.ann.training.jax_optax import import_jax, use_precision
from bioann.ann.training.model import TrainableNetwork
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.statistics import SignHistory
from bioann.ann.training.step import CompiledSteps, compile_steps, stack_bounds
from bioann.base.as_code import hash_description
from bioann.base.randomness import make_rng


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
    """

    networks: tuple[Any, ...]
    seeds: tuple[int, ...]
    history: xr.Dataset
    signs: xr.Dataset


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
    """

    def __init__(
        self,
        model: TrainableNetwork,
        options: TrainingOptions,
        seeds: tuple[int, ...],
        data: Samples,
        validation: Samples | None,
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

    def compute_parameters(self) -> dict[str, np.ndarray]:
        """Compute all parameters from the optimised numbers, shape ``(seed, ...)``."""
        parameters = self.compiled_steps.constrain(self.state["free"], self.bounds)
        return {name: np.asarray(v) for name, v in parameters.items()}

    def record_signs(self, crossings: np.ndarray) -> None:
        """Append the present signs of the weights and their zero crossings ``(seed, weight)``."""
        parameters = self.compute_parameters()
        weights = [
            self.model.signed_weights({name: v[k] for name, v in parameters.items()})
            for k in range(len(self.seeds))
        ]
        self.signs.record(self.step, weights, crossings)

    def draw_batches(self) -> tuple[np.ndarray, np.ndarray]:
        """Draw the sample order of an epoch.

        Returns
        -------
        index : numpy.ndarray of int, shape (seed, step, batch)
            Indices of the samples, padded with 0 in the last step.
        valid : numpy.ndarray, shape (seed, step, batch)
            1 for samples, 0 for padding.
        """
        n, batch = len(self.data[0]), min(self.options.batch, len(self.data[0]))
        steps = -(-n // batch)
        permutations = [make_rng(s, "batches", self.epoch).permutation(n) for s in self.seeds]
        index = np.zeros((len(self.seeds), steps * batch), dtype=np.int32)
        index[:, :n] = permutations
        valid = np.broadcast_to(np.arange(steps * batch) < n, index.shape).astype(self.dtype)
        shape = (len(self.seeds), steps, batch)
        return index.reshape(shape), valid.reshape(shape)

    def train_epoch(self, checkpoint: Path | None) -> None:
        """Train all active seeds for one epoch; `checkpoint` is named if the training diverges."""
        index, valid = self.draw_batches()
        chunk = index.shape[1] if self.options.record == "epoch" else 1
        is_active, losses = self.stopping.is_active, []
        for k in range(0, index.shape[1], chunk):
            span = slice(k, k + chunk)
            self.state, step_log = self.compiled_steps.advance(
                self.state,
                is_active,
                self.bounds,
                self.keys,
                index[:, span],
                valid[:, span],
                self.step,
                self.dtype(self.options.rate),
                self.data,
            )
            check_divergence(step_log, is_active, self.seeds, (self.step, self.epoch), checkpoint)
            self.step += chunk
            losses.append(np.asarray(step_log["loss"]))
            crossings = [
                np.asarray(step_log["crossings"][name]).sum(axis=1) for name in self.signs.names
            ]
            self.record_signs(np.where(is_active, crossings, 0).T.reshape(len(self.seeds), -1))
        self.epoch += 1
        self._append("loss", np.concatenate(losses, axis=1).mean(axis=1))
        validation_loss = None if self.validation is None else self._validate(self.validation)
        self.stopping.update(
            self.epoch, self.compute_parameters(), validation_loss, self.options.patience
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
        return TrainingResult(networks, self.seeds, xr.Dataset(data, coords=coords), signs)


def run_training(
    model: TrainableNetwork,
    options: TrainingOptions,
    seeds: Sequence[int],
    data: Samples,
    validation: Samples | None,
    checkpointing: CheckpointOptions,
    progress: bool,
) -> TrainingResult:
    """Train a model until all seeds have stopped; the parameters are those of `bioann.train`."""
    path = checkpointing.path
    with use_precision(options.precision):
        training = TrainingRun(model, options, tuple(seeds), data, validation)
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
