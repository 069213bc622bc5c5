"""Train a network: epoch after epoch, all seeds at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from bioann.ann.training import checkpoint, statistics
from bioann.ann.training.data import Samples
from bioann.ann.training.divergence import check_divergence
from bioann.ann.training.jax_optax import import_jax, use_precision
from bioann.ann.training.model import Model
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.step import Stepper, stacked, stepper
from bioann.base.randomness import make_rng
from bioann.base.units import hash_description


@dataclasses.dataclass(frozen=True)
class Trained:
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
        As in `bioann.ann.training.statistics.over_training`.
    """

    networks: tuple[Any, ...]
    seeds: tuple[int, ...]
    history: xr.Dataset
    signs: xr.Dataset


@dataclasses.dataclass(frozen=True)
class Keeping:
    """Where a training is kept while it is under way: file, epochs between, whether to go on."""

    path: Path | None = None
    every: int = 10
    resume: bool = False


class Run:
    """A training under way: what changes from epoch to epoch, and nothing else.

    Parameters
    ----------
    model : Model
        What is trained.
    recipe : Training
        How.
    seeds : tuple of int
        Each decides a training by itself.
    data, validation : Samples
        What is shown; the second may be missing.
    """

    def __init__(
        self,
        model: Model,
        recipe: TrainingOptions,
        seeds: tuple[int, ...],
        data: Samples,
        validation: Samples | None,
    ) -> None:
        self.model, self.recipe, self.seeds = model, recipe, seeds
        self.kind = np.float32 if recipe.precision == "single" else np.float64
        self.data = data.cast(self.kind)
        self.validation = None if validation is None else validation.cast(self.kind)
        self.steps: Stepper = stepper(model, recipe)
        starts = [model.start(recipe.initialisation, recipe.regime, seed) for seed in seeds]
        self.bounds = stacked([bounds for _, bounds in starts], self.kind)
        free = {
            name: np.stack([start[name] for start, _ in starts]).astype(self.kind)
            for name in starts[0][0]
        }
        keys = [make_rng(seed, "dropout").integers(2**32, dtype=np.uint32) for seed in seeds]
        self.keys = np.stack([np.asarray(import_jax().random.PRNGKey(key)) for key in keys])
        self.state = self.steps.begin(free, self.bounds)
        # Not those of the state: JAX sorts the keys of what it returns.
        self.names = list(model.effective(starts[0][0]))
        n = len(seeds)
        self.epoch = self.step = 0
        self.active, self.best_epoch = np.ones(n, dtype=bool), np.zeros(n, dtype=int)
        self.lasted = np.zeros(n, dtype=int)
        self.best_loss = np.full(n, np.inf)
        self.best = {name: np.asarray(v) for name, v in self.weights().items()}
        self.told: dict[str, list[Any]] = {"loss": []}
        self.moments: list[dict[str, np.ndarray]] = []
        self.moment_steps: list[int] = []
        self.look(np.zeros((n, len(self.names)), dtype=int))

    def weights(self) -> dict[str, np.ndarray]:
        """Give all parameters, shape ``(seed, ...)``."""
        found = self.steps.weights(self.state["free"], self.bounds)
        return {name: np.asarray(v) for name, v in found.items()}

    def look(self, crossings: np.ndarray) -> None:
        """Note what the signs of the weights are now."""
        now = self.weights()
        each = [
            statistics.snapshot(self.model.effective({name: v[k] for name, v in now.items()}))
            for k in range(len(self.seeds))
        ]
        moment = {name: np.stack([one[name] for one in each]) for name in each[0]}
        self.moments.append(moment | {"crossings": crossings})
        self.moment_steps.append(self.step)

    def order(self) -> tuple[np.ndarray, np.ndarray]:
        """Draw the order of an epoch, shapes ``(seed, step, batch)``: samples, and which count."""
        n, batch = len(self.data[0]), min(self.recipe.batch, len(self.data[0]))
        steps = -(-n // batch)
        drawn = [make_rng(s, "batches", self.epoch).permutation(n) for s in self.seeds]
        index = np.zeros((len(self.seeds), steps * batch), dtype=np.int32)
        index[:, :n] = drawn
        valid = np.broadcast_to(np.arange(steps * batch) < n, index.shape).astype(self.kind)
        shape = (len(self.seeds), steps, batch)
        return index.reshape(shape), valid.reshape(shape)

    def train_epoch(self, keeping: Keeping) -> None:
        """Train all seeds that are still learning for one epoch."""
        index, valid = self.order()
        piece = index.shape[1] if self.recipe.record == "epoch" else 1
        losses = []
        for k in range(0, index.shape[1], piece):
            at = slice(k, k + piece)
            self.state, told = self.steps.advance(
                self.state,
                self.active,
                self.bounds,
                self.keys,
                index[:, at],
                valid[:, at],
                self.step,
                self.kind(self.recipe.rate),
                self.data,
            )
            check_divergence(told, self.active, self.seeds, (self.step, self.epoch), keeping.path)
            self.step += piece
            losses.append(np.asarray(told["loss"]))
            crossed = [np.asarray(told["crossed"][name]).sum(axis=1) for name in self.names]
            self.look(np.where(self.active, crossed, 0).T.reshape(len(self.seeds), -1))
        self.epoch += 1
        self.lasted[self.active] = self.epoch
        mean = np.concatenate(losses, axis=1).mean(axis=1)
        self.told["loss"].append(np.where(self.active, mean, np.nan))
        self._validate()

    def _validate(self) -> None:
        """Judge on the validation set, keep what is best, and stop what gets no better."""
        now = self.weights()
        if self.validation is None:
            for name, v in now.items():
                self.best[name] = _chosen(self.active, v, self.best[name])
            self.best_epoch[self.active] = self.epoch
            return
        value, output = self.steps.judge(self.state, self.bounds, self.validation)
        value = np.asarray(value, dtype=float)
        self.told.setdefault("validation_loss", []).append(np.where(self.active, value, np.nan))
        if self.recipe.loss == "cross-entropy":
            right = np.asarray(output).argmax(axis=-1) == self.validation[1]
            weight = self.validation[2]
            share = (right * weight).sum(axis=(1, 2)) / weight.sum()
            self.told.setdefault("validation_accuracy", []).append(
                np.where(self.active, share, np.nan)
            )
        patience = self.recipe.patience
        better = self.active if patience is None else self.active & (value < self.best_loss)
        for name, v in now.items():
            self.best[name] = _chosen(better, v, self.best[name])
        self.best_loss = np.where(better, value, self.best_loss)
        self.best_epoch[better] = self.epoch
        if patience is not None:
            self.active = self.active & (self.epoch - self.best_epoch < patience)

    def save(self, path: Path) -> None:
        """Write everything that the rest of the training depends on."""
        arrays = {f"state/{k}": np.asarray(v) for k, v in enumerate(self._leaves())}
        arrays |= {f"best/{name}": v for name, v in self.best.items()}
        arrays |= {f"told/{name}": np.array(v) for name, v in self.told.items()}
        for name in self.moments[0]:
            arrays[f"moments/{name}"] = np.stack([m[name] for m in self.moments])
        for name in ("active", "lasted", "best_epoch", "best_loss", "moment_steps"):
            arrays[f"run/{name}"] = np.asarray(getattr(self, name))
        checkpoint.save_checkpoint(
            path, arrays, self.about() | {"epoch": self.epoch, "step": self.step}
        )

    def load(self, path: Path) -> None:
        """Go on from what `save_checkpoint` wrote."""
        arrays, about = checkpoint.load_checkpoint(path, self.about())
        self.epoch, self.step = about["epoch"], about["step"]
        leaves = [arrays[f"state/{k}"] for k in range(len(self._leaves()))]
        tree = import_jax().tree
        self.state = tree.unflatten(
            tree.structure(self.state), map(import_jax().numpy.asarray, leaves)
        )
        parts: dict[str, dict[str, np.ndarray]] = {}
        for name, array in arrays.items():
            part, _, rest = name.partition("/")
            parts.setdefault(part, {})[rest] = array
        self.best = parts["best"]
        self.told = {name: list(v) for name, v in parts["told"].items()}
        n = len(parts["run"]["moment_steps"])
        self.moments = [{name: v[k] for name, v in parts["moments"].items()} for k in range(n)]
        self.moment_steps = parts["run"].pop("moment_steps").tolist()
        for name, array in parts["run"].items():
            setattr(self, name, array)

    def _leaves(self) -> list[Any]:
        return import_jax().tree.leaves(self.state)

    def about(self) -> dict[str, Any]:
        """Say whose training it is; the number of epochs may be raised later."""
        recipe = dataclasses.replace(self.recipe, epochs=1)
        contents = [hash_description(part.tobytes()) for part in self.data]
        if self.validation is not None:
            contents += [hash_description(part.tobytes()) for part in self.validation]
        return {
            "recipe": repr(recipe),
            "network": hash_description(self.model.described),
            "data": " ".join(contents),
            "seeds": list(self.seeds),
        }

    def result(self) -> Trained:
        """Label what came out."""
        networks = tuple(
            self.model.network({name: v[k].astype(float) for name, v in self.best.items()})
            for k in range(len(self.seeds))
        )
        coords = {"seed": list(self.seeds), "epoch": np.arange(1, self.epoch + 1)}
        data: dict[str, Any] = {k: (("epoch", "seed"), np.array(v)) for k, v in self.told.items()}
        data |= {"epochs": ("seed", self.lasted), "best": ("seed", self.best_epoch)}
        signs = statistics.over_training(self.moments, self.names, self.moment_steps)
        signs = signs.assign_coords(seed=list(self.seeds), regime=repr(self.recipe.regime))
        return Trained(networks, self.seeds, xr.Dataset(data, coords=coords), signs)


def _chosen(which: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.where(which.reshape(-1, *(1,) * (one.ndim - 1)), one, other)


def learn(
    model: Model,
    recipe: TrainingOptions,
    seeds: Sequence[int],
    data: Samples,
    validation: Samples | None,
    keeping: Keeping,
    progress: bool,
) -> Trained:
    """Train a model to the end; the parameters are those of `bioann.train`."""
    with use_precision(recipe.precision):
        run = Run(model, recipe, tuple(seeds), data, validation)
        if keeping.resume and keeping.path is not None and keeping.path.exists():
            run.load(keeping.path)
        bar = tqdm(
            total=recipe.epochs,
            initial=run.epoch,
            unit="epoch",
            desc="training",
            disable=None if progress else True,
        )
        with bar:
            while run.epoch < recipe.epochs and run.active.any():
                run.train_epoch(keeping)
                bar.update()
                bar.set_postfix(loss=f"{np.nanmean(run.told['loss'][-1]):.4g}")
                done = run.epoch == recipe.epochs or not run.active.any()
                if keeping.path is not None and (done or run.epoch % keeping.every == 0):
                    run.save(keeping.path)
        return run.result()
