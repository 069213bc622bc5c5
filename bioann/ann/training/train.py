"""The door to training: a network, samples, a recipe and seeds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.layer import Shape
from bioann.ann.network import RateNetwork
from bioann.ann.training.data import Samples, read_samples
from bioann.ann.training.jax_optax import import_jax, import_optax
from bioann.ann.training.loop import Keeping, Trained, learn
from bioann.ann.training.model import LayeredModel, Model
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.rate_model import RateModel
from bioann.base.errors import DescriptionError, StimulusError


def train(
    network: LayeredNetwork | RateNetwork,
    data: xr.Dataset,
    recipe: TrainingOptions | None = None,
    *,
    seeds: Sequence[int],
    validation: xr.Dataset | None = None,
    checkpoint: str | Path | None = None,
    every: int = 10,
    resume: bool = False,
    progress: bool = True,
) -> Trained:
    """Train a network with gradients, once for each seed, all at the same time.

    Parameters
    ----------
    network : LayeredNetwork or RateNetwork
        Its layers and sizes; also its weights, if the recipe does not draw new ones. In a rate
        network a weight of zero is no connection and stays zero; all its units are outputs.
    data : xarray.Dataset
        ``input`` (sample, [time,] ...) and ``target``; see `bioann.samples`.
    recipe : Training, optional
        How.
    seeds : sequence of int
        Each decides the initial weights, the order of the samples and dropout of one training.
    validation : xarray.Dataset, optional
        Samples to judge on after each epoch; early stopping needs it.
    checkpoint : str or pathlib.Path, optional
        A file, ``.npz`` by custom, that holds the training while it is under way.
    every : int, optional
        Epochs between checkpoints.
    resume : bool, optional
        Go on from the checkpoint if it is there; the result is the same to the last bit.
    progress : bool, optional
        Show a progress bar on a terminal.

    Returns
    -------
    Trained
        A network for each seed, losses, and what the signs of the weights did.

    Raises
    ------
    MissingExtraError
        Without the extra ``train``.
    StimulusError
        If the samples do not suit the network or the loss.
    SimulationError
        If numbers leave the range that means something; the message names seed, layer, step and
        the last good checkpoint.
    OutputError
        If the checkpoint cannot be written, or belongs to another training.
    """
    import_jax(), import_optax()
    recipe = TrainingOptions() if recipe is None else recipe
    check_seeds(seeds)
    if recipe.patience is not None and validation is None:
        raise DescriptionError(
            "train, patience",
            "a validation set, on which early stopping judges",
            "none",
            "Pass validation=..., or patience=None.",
        )
    network = recipe.regime.rebuilt(network)
    shown = read_samples(data, recipe.loss)
    judged = None if validation is None else read_samples(validation, recipe.loss)
    for name, part in (("data", shown), ("validation", judged)):
        if part is not None:
            _check_samples(name, part, network, recipe.loss)
    dt = data.attrs.get("dt")
    model: Model
    if isinstance(network, RateNetwork):
        network.additive("train")
        model = RateModel(network, dt)
    else:
        model = LayeredModel(network, dt)
    path = None if checkpoint is None else Path(checkpoint)
    return learn(model, recipe, seeds, shown, judged, Keeping(path, every, resume), progress)


def check_seeds(seeds: Sequence[int]) -> None:
    """Raise `DescriptionError` unless seeds are different whole numbers, at least one."""
    given = [seeds] if isinstance(seeds, (int, np.integer)) else list(seeds)
    if isinstance(seeds, (int, np.integer)) or not given or len(set(given)) != len(given):
        raise DescriptionError(
            "train, seeds", "different whole numbers, at least one", repr(seeds), "Try seeds=(1,)."
        )


def _check_samples(
    name: str, given: Samples, network: LayeredNetwork | RateNetwork, loss: str
) -> None:
    if isinstance(network, RateNetwork):
        shapes: tuple[Shape, ...] = ((network.W_in.shape[1],), (len(network.units),))
    else:
        shapes = network.shapes
    shape, output = shapes[0], shapes[-1]
    if given.x.shape[2:] != shape:
        raise StimulusError(
            f"train, {name}, input",
            f"inputs of the network's shape {shape}",
            f"{given.x.shape[2:]}",
            "Change the network's shape, or reshape the samples.",
        )
    if loss == "mse" and given.y.shape != (*given.x.shape[:2], *output):
        raise StimulusError(
            f"train, {name}, target",
            f"an answer of shape {output} for every sample and moment",
            f"shape {given.y.shape}",
            "Give one target per output.",
        )
    if loss == "cross-entropy" and not (
        len(output) == 1 and given.y.min() >= 0 and given.y.max() < output[0]
    ):
        raise StimulusError(
            f"train, {name}, target",
            f"class numbers from 0 to {output[0] - 1}, one for each output",
            f"{given.y.min()} to {given.y.max()}, and outputs of shape {output}",
            "Give the last layer as many units as there are classes.",
        )
