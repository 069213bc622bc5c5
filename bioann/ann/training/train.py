"""Train a network on labelled samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import xarray as xr

from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.layer import Shape
from bioann.ann.network import RateNetwork
from bioann.ann.training.data import Samples, read_samples
from bioann.ann.training.jax_optax import import_jax, import_optax
from bioann.ann.training.loop import CheckpointOptions, run_training
from bioann.ann.training.model import TrainableLayeredNetwork, TrainableNetwork
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.rate_model import TrainableRateNetwork
from bioann.ann.training.result import TrainingResult
from bioann.ann.training.silent_start import require_active_layers
from bioann.ann.training.snapshots import Snapshots
from bioann.base.arguments import is_whole_number, name_argument_errors
from bioann.base.errors import DescriptionError, StimulusError


@name_argument_errors
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
    snapshots: Snapshots | None = None,
) -> TrainingResult:
    """Train a network by gradient descent, with all seeds in parallel.

    Parameters
    ----------
    network : LayeredNetwork or RateNetwork
        The network to train. Its weights are the initial ones only if the options have no
        initialisation. In a rate network all units are outputs, and weights of zero are absent
        connections, which stay zero.
    data : xarray.Dataset
        ``input`` (sample, [time,] ...) and ``target``; see `bioann.tasks.make_samples`.
    options : TrainingOptions, optional
        Optimiser, loss, duration, sign constraint and initialisation.
    seeds : sequence of int
        One training for each; a seed determines initial weights, sample order and dropout.
    validation : xarray.Dataset, optional
        Samples for the validation loss after each epoch; required for early stopping.
    checkpoint : str or pathlib.Path, optional
        File for the state of the training, usually ``.npz``; no checkpoints by default.
    every : int, optional
        Number of epochs between two checkpoints, at least 1.
    resume : bool, optional
        Continue from the checkpoint if the file exists; the result is identical to the last bit.
    progress : bool, optional
        Show a progress bar on a terminal.
    snapshots : Snapshots, optional
        Steps at which weights, updates and gradients are recorded; none by default. A resumed
        training cannot be recorded.

    Returns
    -------
    TrainingResult
        A network for each seed, the losses, the signs of the weights over time, and the snapshots.

    Raises
    ------
    MissingExtraError
        Without the extra ``train``.
    StimulusError
        If the samples do not suit the network or the loss.
    SimulationError
        If the training diverges; the message names seed, layer, step and the last checkpoint.
    OutputError
        If the checkpoint cannot be written, or belongs to another training.

    Examples
    --------
    >>> import bioann as ba
    >>> layer = ba.layers.Dense([[0.1, 0.2], [0.2, 0.1]], activation="linear")
    >>> network = ba.LayeredNetwork((layer,))
    >>> options = ba.training.TrainingOptions(epochs=5)
    >>> result = ba.train(network, ba.tasks.xor(), options, seeds=range(3))
    >>> len(result.networks)
    3
    """
    import_jax(), import_optax()
    options = TrainingOptions() if options is None else options
    check_seeds(seeds)
    if options.patience is not None and validation is None:
        raise DescriptionError(
            "train, patience",
            "a validation set, which early stopping needs",
            "none",
            "Pass validation=..., or patience=None.",
        )
    if snapshots is not None and resume:
        raise DescriptionError(
            "train, snapshots",
            "a training that starts at step 0",
            "resume=True",
            "Pass resume=False, or no snapshots.",
        )
    network = options.constraint.rebuild_network(network)
    samples = _read_checked_samples("data", data, network, options.loss)
    validation_samples = None
    if validation is not None:
        validation_samples = _read_checked_samples("validation", validation, network, options.loss)
    model = _make_trainable(network, data.attrs.get("dt"))
    if options.initialisation is None:
        require_active_layers(model, options.constraint, samples.x, data.attrs.get("dt"))
    return run_training(
        model,
        options,
        seeds,
        samples,
        validation_samples,
        CheckpointOptions(None if checkpoint is None else Path(checkpoint), every, resume),
        progress,
        snapshots,
    )


def _make_trainable(network: LayeredNetwork | RateNetwork, dt: float | None) -> TrainableNetwork:
    if isinstance(network, RateNetwork):
        network.require_additive("train")
        return TrainableRateNetwork(network, dt)
    return TrainableLayeredNetwork(network, dt)


def check_seeds(seeds: Sequence[int]) -> None:
    """Raise `DescriptionError` unless there is at least one seed and all are different."""
    is_sequence = isinstance(seeds, Iterable) and not isinstance(seeds, (str, bytes))
    values = list(seeds) if is_sequence else []
    is_seed = [is_whole_number(value, 0) for value in values]
    if not values or not all(is_seed) or len(set(values)) != len(values):
        raise DescriptionError(
            "train, seeds", "different whole numbers, at least one", repr(seeds), "Try seeds=(1,)."
        )


def _read_checked_samples(
    name: str, data: xr.Dataset, network: LayeredNetwork | RateNetwork, loss: str
) -> Samples:
    """Read samples; raise `StimulusError` if they do not fit the network or the loss."""
    samples = read_samples(data, loss)
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
            f"an output of shape {output} for every sample and time step",
            f"shape {samples.y.shape}",
            "Use one target per output.",
        )
    if loss == "cross-entropy" and not (
        len(output) == 1 and samples.y.min() >= 0 and samples.y.max() < output[0]
    ):
        raise StimulusError(
            f"train, {name}, target",
            f"class numbers from 0 to {output[0] - 1}, one for each output",
            f"{samples.y.min()} to {samples.y.max()}, and outputs of shape {output}",
            "Use as many units in the last layer as there are classes.",
        )
    return samples
