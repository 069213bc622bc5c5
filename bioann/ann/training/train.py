"""The door to training: a network, samples, options and seeds."""

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
from bioann.ann.training.loop import CheckpointOptions, TrainingResult, run_training
from bioann.ann.training.model import TrainableLayeredNetwork, TrainableNetwork
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.rate_model import TrainableRateNetwork
from bioann.base.errors import DescriptionError, StimulusError


def train(
    network: LayeredNetwork | RateNetwork,
    data: xr.Dataset,
    options: TrainingOptions | None = None,
    *,
    seeds: Sequence[int],
    validation: xr.Dataset | None = None,
    checkpoint: str | Path | None = None,
    every: int = 10,
    resume: bool = False,
    progress: bool = True,
) -> TrainingResult:
    """Train a network with gradients, once for each seed, all at the same time.

    Parameters
    ----------
    network : LayeredNetwork or RateNetwork
        Its layers and sizes; also its weights, if the options do not draw new ones. In a rate
        network a weight of zero is no connection and stays zero; all its units are outputs.
    data : xarray.Dataset
        ``input`` (sample, [time,] ...) and ``target``; see `bioann.samples`.
    options : TrainingOptions, optional
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
    options = TrainingOptions() if options is None else options
    check_seeds(seeds)
    if options.patience is not None and validation is None:
        raise DescriptionError(
            "train, patience",
            "a validation set, on which early stopping judges",
            "none",
            "Pass validation=..., or patience=None.",
        )
    network = options.constraint.rebuild_network(network)
    samples = read_samples(data, options.loss)
    validation_samples = None if validation is None else read_samples(validation, options.loss)
    for name, subset in (("data", samples), ("validation", validation_samples)):
        if subset is not None:
            _check_samples(name, subset, network, options.loss)
    dt = data.attrs.get("dt")
    model: TrainableNetwork
    if isinstance(network, RateNetwork):
        network.require_additive("train")
        model = TrainableRateNetwork(network, dt)
    else:
        model = TrainableLayeredNetwork(network, dt)
    path = None if checkpoint is None else Path(checkpoint)
    return run_training(
        model,
        options,
        seeds,
        samples,
        validation_samples,
        CheckpointOptions(path, every, resume),
        progress,
    )


def check_seeds(seeds: Sequence[int]) -> None:
    """Raise `DescriptionError` unless seeds are different whole numbers, at least one."""
    values = [seeds] if isinstance(seeds, (int, np.integer)) else list(seeds)
    if isinstance(seeds, (int, np.integer)) or not values or len(set(values)) != len(values):
        raise DescriptionError(
            "train, seeds", "different whole numbers, at least one", repr(seeds), "Try seeds=(1,)."
        )


def _check_samples(
    name: str, samples: Samples, network: LayeredNetwork | RateNetwork, loss: str
) -> None:
    if isinstance(network, RateNetwork):
        shapes: tuple[Shape, ...] = ((network.W_in.shape[1],), (len(network.units),))
    else:
        shapes = network.shapes
    shape, output = shapes[0], shapes[-1]
    if samples.x.shape[2:] != shape:
        raise StimulusError(
            f"train, {name}, input",
            f"inputs of the network's shape {shape}",
            f"{samples.x.shape[2:]}",
            "Change the network's shape, or reshape the samples.",
        )
    if loss == "mse" and samples.y.shape != (*samples.x.shape[:2], *output):
        raise StimulusError(
            f"train, {name}, target",
            f"an answer of shape {output} for every sample and moment",
            f"shape {samples.y.shape}",
            "Give one target per output.",
        )
    if loss == "cross-entropy" and not (
        len(output) == 1 and samples.y.min() >= 0 and samples.y.max() < output[0]
    ):
        raise StimulusError(
            f"train, {name}, target",
            f"class numbers from 0 to {output[0] - 1}, one for each output",
            f"{samples.y.min()} to {samples.y.max()}, and outputs of shape {output}",
            "Give the last layer as many units as there are classes.",
        )
