"""Networks of the study `sign_regimes`: constraints on signs, first biases, tasks and training."""

from __future__ import annotations

import dataclasses

import numpy as np
import xarray as xr

import bioann as ba
from bioann.ann.init import He
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
from bioann.ann.training.model import TrainableLayeredNetwork
from bioann.base.randomness import make_rng
from bioann.models.digits import PIXELS

#: Sign constraints by regime. Separate units divide, too, as in Cornford et al. 2021, unless they
#: only subtract; only those can be translated to spiking neurons.
CONSTRAINTS: dict[str, SignConstraint] = {
    "free": Free(),
    "weights >= 0": NonNegative(),
    "weights <= 0": NonPositive(),
    "Dale columns": DaleColumns(),
    "separate units": SeparateUnits(),
    "subtractive units": SeparateUnits(shunting=False),
    "signs frozen": SignFrozen(),
}
#: Images that the first biases put at the threshold of every hidden unit. `USUAL` are biases of 0,
#: or, with weights <= 0, which would be silent and not learn, those of a grey image.
MEAN_IMAGE, GREY_IMAGE, USUAL = STARTS = ("mean image", "grey image", "usual")
#: Images of each task, an even number, so that its halves are equal.
N_IMAGES = 1796


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
    sizes: tuple[int, ...] = (90, 360, N_IMAGES // 2)
    calibration: int = 12
    shown: int = 500  # with 200, the interval of a loss is as wide as what is called no loss


@dataclasses.dataclass(frozen=True)
class TestedNetworks:
    """The two networks of one regime: each learned one half of the images, and saw the other.

    Attributes
    ----------
    networks : tuple of LayeredNetwork
        The trained networks; the first learned the second half.
    correct : numpy.ndarray of bool, shape (image,)
        Which images the network got right that had not learned them.
    steps : float
        Mean number of steps to the accuracy of the settings.
    """

    networks: tuple[ba.LayeredNetwork, ...]
    correct: np.ndarray
    steps: float


def build_network(n_hidden: int = 48) -> ba.LayeredNetwork:
    """Return a classifier of 8 x 8 images with zero weights; 0 hidden units for no hidden layer."""
    sizes = (64, n_hidden, 10) if n_hidden else (64, 10)
    hidden = (Dense.of_size(64, n_hidden),) if n_hidden else ()
    layers = (Flatten(), *hidden, Dense.of_size(sizes[-2], 10, "linear"))
    names = ("flat", *(("hidden",) if n_hidden else ()), "digit")
    return ba.LayeredNetwork(layers, shape=(1, 8, 8), names=names, channels=PIXELS)


def load_halves(task: str) -> tuple[xr.Dataset, xr.Dataset]:
    """Return the images of ``"digits"`` or ``"edges"`` in two random halves, the same always."""
    images = ba.tasks.digits() if task == "digits" else ba.tasks.edges(N_IMAGES, seed=0, noise=0.3)
    return ba.tasks.split_samples(images.isel(sample=slice(N_IMAGES)), 0.5, seed=0)


def repeat_samples(data: xr.Dataset, count: int, seed: int) -> xr.Dataset:
    """Return the number of samples of a set, drawn from `count` of them, each equally often."""
    order = make_rng(seed, "sign regimes", "subset").permutation(data.sizes["sample"])[:count]
    return data.isel(sample=np.resize(order, data.sizes["sample"]))


def draw_start(
    network: ba.LayeredNetwork, regime: str, start: str, data: xr.Dataset, seed: int
) -> ba.LayeredNetwork:
    """Draw the initial weights of a network within its constraint, and set its first biases.

    The units of a hidden layer start at threshold for the image of the start, so that about half
    of them are active for another image whatever the signs of their weights. With weights >= 0 and
    biases of 0 all are active for all images, and the network is linear.

    Parameters
    ----------
    network : LayeredNetwork
        The network, whose parameters have no effect.
    regime, start : str
        A key of `CONSTRAINTS`, and one of `STARTS`.
    data : xarray.Dataset
        Training images, for their mean.
    seed : int
        Seed of the weights.

    Returns
    -------
    LayeredNetwork
        The network before training.
    """
    constraint = CONSTRAINTS[regime]
    model = TrainableLayeredNetwork(constraint.rebuild_network(network), None)
    drawn = model.make_network(model.start_within_bounds(He(), constraint, seed)[0])
    if start == USUAL or "hidden" not in drawn.names:
        return drawn
    image = data.input.mean("sample").values.reshape(1, -1)
    image = image if start == MEAN_IMAGE else np.full_like(image, 0.5)
    parameters, k = [dict(p) for p in drawn.parameters], drawn.names.index("hidden")
    parameters[k]["bias"] = np.zeros_like(parameters[k]["bias"])
    unit_sums = dataclasses.replace(drawn.layers[k], activation="linear")
    parameters[k]["bias"] = -unit_sums.forward(parameters[k], image)[0]
    return drawn.with_parameters(parameters)


def train_on_halves(
    network: ba.LayeredNetwork,
    halves: tuple[xr.Dataset, xr.Dataset],
    regime: str,
    seed: int,
    settings: Settings,
    start: str = MEAN_IMAGE,
    count: int | None = None,
) -> TestedNetworks:
    """Train a network on each half of the images, and test it on the other.

    The steps are those of the first epoch that ends with the accuracy of the settings, or of the
    whole training if none does.

    Parameters
    ----------
    network : LayeredNetwork
        The network, whose parameters have no effect.
    halves : tuple of xarray.Dataset
        The two halves, of equal size.
    regime, start : str
        A key of `CONSTRAINTS`, and one of `STARTS`.
    seed : int
        Seed of weights and order of images, the same for both.
    settings : Settings
        Duration and learning rate.
    count : int, optional
        Number of different training images; all unless given.

    Returns
    -------
    TestedNetworks
        The networks, which images they got right, and their steps.
    """
    networks, correct, steps = [], [], []
    for data, test in (halves[::-1], halves):
        training_data = data if count is None else repeat_samples(data, count, seed)
        options = ba.training.TrainingOptions(
            epochs=settings.epochs,
            batch=settings.batch,
            rate=settings.rate,
            constraint=CONSTRAINTS[regime],
            initialisation=None,
        )
        first = draw_start(network, regime, start, data, seed)
        training = ba.train(
            first, training_data, options, seeds=(seed,), validation=test, progress=False
        )
        networks.append(training.networks[0])
        choices = training.networks[0].predict(test.input.values).argmax(axis=1)
        correct.append(choices == test.target.values)
        accuracy = training.history.validation_accuracy.values[:, 0]
        reached = np.append(np.flatnonzero(accuracy >= settings.accuracy), settings.epochs - 1)
        steps.append((reached[0] + 1) * -(-data.sizes["sample"] // settings.batch))
    return TestedNetworks(tuple(networks), np.concatenate(correct), float(np.mean(steps)))


def train_usual_network(
    data: xr.Dataset, regime: str, seed: int, settings: Settings
) -> ba.LayeredNetwork:
    """Train a classifier of a regime from the start of He et al. 2015, with biases of 0."""
    options = ba.training.TrainingOptions(
        epochs=settings.epochs,
        batch=settings.batch,
        rate=settings.rate,
        constraint=CONSTRAINTS[regime],
        initialisation=He(),
    )
    return ba.train(build_network(), data, options, seeds=(seed,), progress=False).networks[0]


def compute_sparseness(weights: np.ndarray) -> float:
    r"""Return the mean sparseness of the rows, 0 for equal magnitudes and 1 for a single weight.

    .. math:: \frac{\sqrt n - \|w\|_1 / \|w\|_2}{\sqrt n - 1}

    after Hoyer 2004; rows of zeros are left out.
    """
    rows = weights[weights.any(axis=1)]
    root = np.sqrt(rows.shape[1])
    ratio = np.abs(rows).sum(axis=1) / np.sqrt((rows**2).sum(axis=1))
    return float(((root - ratio) / (root - 1)).mean())


def compute_input_sparseness(networks: tuple[ba.LayeredNetwork, ...], data: xr.Dataset) -> float:
    """Return the mean sparseness of the input weights of networks, without pixels always black."""
    is_live = data.input.values.reshape(data.sizes["sample"], -1).any(axis=0)
    weights = [network.to_rate_network().W_in[:, is_live] for network in networks]
    return float(np.mean([compute_sparseness(w) for w in weights]))
