"""Train a network: epoch after epoch, all seeds at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from bioann.ann.training import statistics
from bioann.ann.training.checkpoint import load_checkpoint, save_checkpoint
from bioann.ann.training.data import Samples
from bioann.ann.training.divergence import check_divergence
from bioann.ann.training.jax_optax import import_jax, use_precision
from bioann.ann.training.model import TrainableNetwork
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.step import CompiledSteps, compile_steps, stack_bounds
from bioann.base.randomness import make_rng
from bioann.base.units import hash_description


@dataclasses.dataclass(frozen=True)
class TrainingResult:
    """What a training made.

    Attributes
    ----------
    networks : tuple
        One for each seed.
    seeds : tuple of int
        The seeds.
    history : xarray.Dataset
        ``loss``, and with a validation set ``validation_loss`` and, for classes,
        ``validation_accuracy`` (epoch, seed); NaN after a seed has stopped. ``epochs`` (seed) says
        how many it was trained, ``best`` (seed) after which its weights were kept.
    signs : xarray.Dataset
        As in `bioann.ann.training.statistics.label_summaries`.
    """

    networks: tuple[Any, ...]
    seeds: tuple[int, ...]
    history: xr.Dataset
    signs: xr.Dataset


@dataclasses.dataclass(frozen=True)
class CheckpointOptions:
    """Where a training is kept while it is under way: file, epochs between, whether to go on."""

    path: Path | None = None
    every: int = 10
    resume: bool = False


class TrainingRun:
    """A training under way: what changes from epoch to epoch, and nothing else.

    Parameters
    ----------
    model : TrainableNetwork
        What is trained.
    options : TrainingOptions
        How.
    seeds : tuple of int
        Each decides a training by itself.
    data, validation : Samples
        What is shown; the second may be missing.
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
        # Not those of the state: JAX sorts the keys of what it returns.
        self.names = list(model.signed_weights(starts[0][0]))
        n = len(seeds)
        self.epoch = self.step = 0
        self.active, self.best_epoch = np.ones(n, dtype=bool), np.zeros(n, dtype=int)
        self.lasted = np.zeros(n, dtype=int)
        self.best_loss = np.full(n, np.inf)
        self.best_parameters = {
            name: np.asarray(v) for name, v in self.compute_parameters().items()
        }
        self.history: dict[str, list[Any]] = {"loss": []}
        self.moments: list[dict[str, np.ndarray]] = []
        self.moment_steps: list[int] = []
        self.record_signs(np.zeros((n, len(self.names)), dtype=int))

    def compute_parameters(self) -> dict[str, np.ndarray]:
        """Give all parameters, shape ``(seed, ...)``."""
        parameters = self.compiled_steps.constrain(self.state["free"], self.bounds)
        return {name: np.asarray(v) for name, v in parameters.items()}

    def record_signs(self, crossings: np.ndarray) -> None:
        """Note what the signs of the weights are now."""
        parameters = self.compute_parameters()
        snapshots = [
            statistics.summarise_weights(
                self.model.signed_weights({name: v[k] for name, v in parameters.items()})
            )
            for k in range(len(self.seeds))
        ]
        moment = {name: np.stack([one[name] for one in snapshots]) for name in snapshots[0]}
        self.moments.append(moment | {"crossings": crossings})
        self.moment_steps.append(self.step)

    def draw_batches(self) -> tuple[np.ndarray, np.ndarray]:
        """Draw the order of an epoch, shapes ``(seed, step, batch)``: samples, and which count."""
        n, batch = len(self.data[0]), min(self.options.batch, len(self.data[0]))
        steps = -(-n // batch)
        permutations = [make_rng(s, "batches", self.epoch).permutation(n) for s in self.seeds]
        index = np.zeros((len(self.seeds), steps * batch), dtype=np.int32)
        index[:, :n] = permutations
        valid = np.broadcast_to(np.arange(steps * batch) < n, index.shape).astype(self.dtype)
        shape = (len(self.seeds), steps, batch)
        return index.reshape(shape), valid.reshape(shape)

    def train_epoch(self, checkpointing: CheckpointOptions) -> None:
        """Train all seeds that are still learning for one epoch."""
        index, valid = self.draw_batches()
        chunk = index.shape[1] if self.options.record == "epoch" else 1
        losses = []
        for k in range(0, index.shape[1], chunk):
            span = slice(k, k + chunk)
            self.state, step_log = self.compiled_steps.advance(
                self.state,
                self.active,
                self.bounds,
                self.keys,
                index[:, span],
                valid[:, span],
                self.step,
                self.dtype(self.options.rate),
                self.data,
            )
            check_divergence(
                step_log, self.active, self.seeds, (self.step, self.epoch), checkpointing.path
            )
            self.step += chunk
            losses.append(np.asarray(step_log["loss"]))
            crossings = [np.asarray(step_log["crossed"][name]).sum(axis=1) for name in self.names]
            self.record_signs(np.where(self.active, crossings, 0).T.reshape(len(self.seeds), -1))
        self.epoch += 1
        self.lasted[self.active] = self.epoch
        mean = np.concatenate(losses, axis=1).mean(axis=1)
        self.history["loss"].append(np.where(self.active, mean, np.nan))
        self._update_best()

    def _update_best(self) -> None:
        """Judge on the validation set, keep what is best, and stop what gets no better."""
        parameters = self.compute_parameters()
        if self.validation is None:
            for name, v in parameters.items():
                self.best_parameters[name] = _replace_seeds(
                    self.active, v, self.best_parameters[name]
                )
            self.best_epoch[self.active] = self.epoch
            return
        value, output = self.compiled_steps.evaluate(self.state, self.bounds, self.validation)
        value = np.asarray(value, dtype=float)
        self.history.setdefault("validation_loss", []).append(np.where(self.active, value, np.nan))
        if self.options.loss == "cross-entropy":
            is_correct = np.asarray(output).argmax(axis=-1) == self.validation[1]
            weight = self.validation[2]
            share = (is_correct * weight).sum(axis=(1, 2)) / weight.sum()
            self.history.setdefault("validation_accuracy", []).append(
                np.where(self.active, share, np.nan)
            )
        patience = self.options.patience
        better = self.active if patience is None else self.active & (value < self.best_loss)
        for name, v in parameters.items():
            self.best_parameters[name] = _replace_seeds(better, v, self.best_parameters[name])
        self.best_loss = np.where(better, value, self.best_loss)
        self.best_epoch[better] = self.epoch
        if patience is not None:
            self.active = self.active & (self.epoch - self.best_epoch < patience)

    def save(self, path: Path) -> None:
        """Write everything that the rest of the training depends on."""
        arrays = {f"state/{k}": np.asarray(v) for k, v in enumerate(self._state_leaves())}
        arrays |= {f"best/{name}": v for name, v in self.best_parameters.items()}
        arrays |= {f"told/{name}": np.array(v) for name, v in self.history.items()}
        for name in self.moments[0]:
            arrays[f"moments/{name}"] = np.stack([m[name] for m in self.moments])
        for name in ("active", "lasted", "best_epoch", "best_loss", "moment_steps"):
            arrays[f"run/{name}"] = np.asarray(getattr(self, name))
        save_checkpoint(
            path, arrays, self.make_metadata() | {"epoch": self.epoch, "step": self.step}
        )

    def load(self, path: Path) -> None:
        """Go on from what `save_checkpoint` wrote."""
        arrays, metadata = load_checkpoint(path, self.make_metadata())
        self.epoch, self.step = metadata["epoch"], metadata["step"]
        leaves = [arrays[f"state/{k}"] for k in range(len(self._state_leaves()))]
        tree = import_jax().tree
        self.state = tree.unflatten(
            tree.structure(self.state), map(import_jax().numpy.asarray, leaves)
        )
        groups: dict[str, dict[str, np.ndarray]] = {}
        for name, array in arrays.items():
            group, _, key = name.partition("/")
            groups.setdefault(group, {})[key] = array
        self.best_parameters = groups["best"]
        self.history = {name: list(v) for name, v in groups["told"].items()}
        n = len(groups["run"]["moment_steps"])
        self.moments = [{name: v[k] for name, v in groups["moments"].items()} for k in range(n)]
        self.moment_steps = groups["run"].pop("moment_steps").tolist()
        for name, array in groups["run"].items():
            setattr(self, name, array)

    def _state_leaves(self) -> list[Any]:
        return import_jax().tree.leaves(self.state)

    def make_metadata(self) -> dict[str, Any]:
        """Say whose training it is; the number of epochs may be raised later."""
        options = dataclasses.replace(self.options, epochs=1)
        contents = [hash_description(array.tobytes()) for array in self.data]
        if self.validation is not None:
            contents += [hash_description(array.tobytes()) for array in self.validation]
        return {
            "recipe": repr(options),
            "network": hash_description(self.model.description),
            "data": " ".join(contents),
            "seeds": list(self.seeds),
        }

    def make_result(self) -> TrainingResult:
        """Label what came out."""
        networks = tuple(
            self.model.make_network(
                {name: v[k].astype(float) for name, v in self.best_parameters.items()}
            )
            for k in range(len(self.seeds))
        )
        coords = {"seed": list(self.seeds), "epoch": np.arange(1, self.epoch + 1)}
        data: dict[str, Any] = {
            k: (("epoch", "seed"), np.array(v)) for k, v in self.history.items()
        }
        data |= {"epochs": ("seed", self.lasted), "best": ("seed", self.best_epoch)}
        signs = statistics.label_summaries(self.moments, self.names, self.moment_steps)
        signs = signs.assign_coords(seed=list(self.seeds), regime=repr(self.options.constraint))
        return TrainingResult(networks, self.seeds, xr.Dataset(data, coords=coords), signs)


def _replace_seeds(mask: np.ndarray, new: np.ndarray, old: np.ndarray) -> np.ndarray:
    return np.where(mask.reshape(-1, *(1,) * (new.ndim - 1)), new, old)


def run_training(
    model: TrainableNetwork,
    options: TrainingOptions,
    seeds: Sequence[int],
    data: Samples,
    validation: Samples | None,
    checkpointing: CheckpointOptions,
    progress: bool,
) -> TrainingResult:
    """Train a model to the end; the parameters are those of `bioann.train`."""
    with use_precision(options.precision):
        training = TrainingRun(model, options, tuple(seeds), data, validation)
        if checkpointing.resume and checkpointing.path is not None and checkpointing.path.exists():
            training.load(checkpointing.path)
        bar = tqdm(
            total=options.epochs,
            initial=training.epoch,
            unit="epoch",
            desc="training",
            disable=None if progress else True,
        )
        with bar:
            while training.epoch < options.epochs and training.active.any():
                training.train_epoch(checkpointing)
                bar.update()
                bar.set_postfix(loss=f"{np.nanmean(training.history['loss'][-1]):.4g}")
                is_last = training.epoch == options.epochs or not training.active.any()
                if checkpointing.path is not None and (
                    is_last or training.epoch % checkpointing.every == 0
                ):
                    training.save(checkpointing.path)
        return training.make_result()
