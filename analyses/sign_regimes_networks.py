"""Networks of the study `sign_regimes`: constraints on signs, tasks, training and translation."""

from __future__ import annotations

import dataclasses

import numpy as np
import xarray as xr

import bioann as ba
from bioann.ann.init import He, initialise_weights
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.flatten import Flatten
from bioann.ann.signs.constraints import (
    DaleColumns,
    Free,
    NonNegative,
    NonPositive,
    SignConstraint,
    SignFrozen,
)
from bioann.ann.signs.separate_units import SeparateUnits
from bioann.base.randomness import make_rng
from bioann.correspondence import read_responses
from bioann.models.digits import IMAGE_DURATION, PIXELS, TIME_STEP

#: The regime of weights >= 0 that starts with hidden biases of minus half the summed weights.
CENTRED = "weights >= 0, centred"
#: Sign constraints by regime. Networks with weights <= 0 start with positive biases.
CONSTRAINTS: dict[str, SignConstraint] = {
    "free": Free(),
    "weights >= 0": NonNegative(),
    "weights <= 0": NonPositive(),
    "Dale columns": DaleColumns(),
    "separate units": SeparateUnits(),
    "signs frozen": SignFrozen(),
    CENTRED: NonNegative(),
}
#: Responses are averaged from this time on, in seconds from the onset of an image.
SETTLE_S = 0.2


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of all trainings and translations.

    Attributes
    ----------
    epochs, batch, rate : int, int, float
        Passes through the data, batch size and learning rate.
    accuracy : float
        Accuracy on the test images to which the steps are counted.
    sizes : tuple of int
        Numbers of training images of the learning curves, repeated to the same number of steps.
    calibration, shown : int
        Numbers of images that calibrate a translation and that it is tested with.
    """

    epochs: int = 30
    batch: int = 32
    rate: float = 3e-3
    accuracy: float = 0.9
    sizes: tuple[int, ...] = (90, 360, 1438)
    calibration: int = 12
    shown: int = 30


def build_network(n_hidden: int = 48) -> ba.LayeredNetwork:
    """Return a classifier of 8 x 8 images with zero weights; 0 hidden units for no hidden layer."""
    sizes = (64, n_hidden, 10) if n_hidden else (64, 10)
    hidden = (Dense.of_size(64, n_hidden),) if n_hidden else ()
    layers = (Flatten(), *hidden, Dense.of_size(sizes[-2], 10, "linear"))
    names = ("flat", *(("hidden",) if n_hidden else ()), "digit")
    return ba.LayeredNetwork(layers, shape=(1, 8, 8), names=names, channels=PIXELS)


def load_task(task: str) -> tuple[xr.Dataset, xr.Dataset]:
    """Return 1438 training and 359 test images of ``"digits"`` or ``"edges"``, the same always."""
    images = ba.tasks.digits() if task == "digits" else ba.tasks.edges(1797, seed=0, noise=0.3)
    return ba.tasks.split_samples(images, 0.2, seed=0)


def repeat_samples(data: xr.Dataset, count: int, seed: int) -> xr.Dataset:
    """Return the number of samples of a set, drawn from `count` of them, each equally often."""
    order = make_rng(seed, "sign regimes", "subset").permutation(data.sizes["sample"])[:count]
    return data.isel(sample=np.resize(order, data.sizes["sample"]))


def draw_centred_start(network: ba.LayeredNetwork, seed: int) -> ba.LayeredNetwork:
    """Return a network with weights >= 0 whose hidden units inputs of 1/2 put at threshold.

    With biases of 0 all units are active for all images, so that the network is linear, and it
    stays so if its biases do not fall below the smallest summed input. The biases mirror those
    with which networks of weights <= 0 start, see `bioann.signs.NonPositive`.
    """
    parameters = [dict(p) for p in initialise_weights(network, He(), seed=seed).parameters]
    for p in parameters:
        if "W" in p:
            p["W"] = np.abs(p["W"])
    hidden = parameters[network.names.index("hidden")]
    hidden["bias"] = -hidden["W"].sum(axis=1) / 2
    return network.with_parameters(parameters)


def train_network(
    network: ba.LayeredNetwork,
    data: xr.Dataset,
    test: xr.Dataset,
    regime: str,
    seed: int,
    settings: Settings,
) -> tuple[ba.LayeredNetwork, np.ndarray, np.ndarray]:
    """Train a network, and return it, which test images it gets right, and its steps to accuracy.

    The steps are those of the first epoch that ends with the accuracy of the settings, or of the
    whole training if none does.
    """
    is_centred = regime == CENTRED
    network = draw_centred_start(network, seed) if is_centred else network
    options = ba.training.TrainingOptions(
        epochs=settings.epochs,
        batch=settings.batch,
        rate=settings.rate,
        constraint=CONSTRAINTS[regime],
        initialisation=None if is_centred else He(),
    )
    training = ba.train(network, data, options, seeds=(seed,), validation=test, progress=False)
    accuracy = training.history.validation_accuracy.values[:, 0]
    epochs = np.append(np.flatnonzero(accuracy >= settings.accuracy), settings.epochs - 1)[0] + 1
    correct = training.networks[0].predict(test.input.values).argmax(axis=1) == test.target.values
    steps_per_epoch = -(-data.sizes["sample"] // settings.batch)
    return training.networks[0], correct, epochs * steps_per_epoch


def translate_decisions(
    network: ba.LayeredNetwork, data: xr.Dataset, test: xr.Dataset, seed: int, settings: Settings
) -> np.ndarray:
    """Translate a network to a spiking one, and return which of the test images it gets right."""

    def show(images: xr.Dataset) -> xr.DataArray:
        return ba.stimuli.images(images.input.values.reshape(-1, 8, 8), duration=IMAGE_DURATION)

    rate_network = network.to_rate_network()
    calibration = show(data.isel(sample=slice(settings.calibration)))
    translation = ba.to_bio(
        rate_network, inputs="rate", calibration=calibration, seed=seed, dt=TIME_STEP
    )
    recording = translation.network.run(show(test), trials=1, seed=seed)
    outputs = translation.correspondence.keep_matches(*rate_network.units[-10:])
    rates = read_responses(recording, outputs, "bio").isel(trial=0)
    late = np.asarray(rates.sel(time=slice(SETTLE_S, None)).mean("time").values)
    return late.argmax(axis=1) == test.target.values


def compute_sparseness(weights: np.ndarray) -> float:
    r"""Return the mean sparseness of the rows, 0 for equal magnitudes and 1 for a single weight.

    .. math:: \frac{\sqrt n - \|w\|_1 / \|w\|_2}{\sqrt n - 1}

    after Hoyer 2004; rows of zeros are left out.
    """
    rows = weights[weights.any(axis=1)]
    root = np.sqrt(rows.shape[1])
    ratio = np.abs(rows).sum(axis=1) / np.sqrt((rows**2).sum(axis=1))
    return float(((root - ratio) / (root - 1)).mean())
