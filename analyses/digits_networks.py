"""Classifiers of handwritten digits: images, training, and the data of the pair `digits`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

import bioann as ba
from bioann.ann.init import He
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.layer import Layer
from bioann.ann.training.options import TrainingOptions
from bioann.base.files import write_atomically
from bioann.base.randomness import make_rng
from bioann.models.digits import IMAGE_DURATION, PIXELS, build_classifier, translate_classifier
from bioann.translate.to_bio.to_bio import transfers_of

KINDS = ("dense", "convolutional")
#: Number of images that are used neither for training nor for calibration.
N_HELD_OUT = 360
#: Number of training images that calibrate the pair `digits`.
N_STORED_CALIBRATION = 64


def build_untrained_network(kind: str) -> ba.LayeredNetwork:
    """Build an untrained network: ``"dense"`` is 64-48-10, ``"convolutional"`` has 8 maps."""
    layers: tuple[Layer, ...]
    if kind == "dense":
        layers = (Flatten(), Dense.of_size(64, 48), Dense.of_size(48, 10, "linear"))
        names = ("flat", "hidden", "digit")
    else:
        convolution = Conv2d.of_size(1, 8, 3, stride=2, padding=1)
        layers = (convolution, Flatten(), Dense.of_size(128, 10, "linear"))
        names = ("conv", "flat", "digit")
    return ba.LayeredNetwork(layers, shape=(1, 8, 8), names=names, channels=PIXELS)


def load_digit_sets() -> tuple[xr.Dataset, xr.Dataset]:
    """Load the training images and the held-out images, which are the same for all seeds."""
    digits = ba.tasks.digits()
    order = make_rng(0, "digits", "held out").permutation(digits.sizes["sample"])
    return digits.isel(sample=order[N_HELD_OUT:]), digits.isel(sample=order[:N_HELD_OUT])


def make_digit_stimulus(digits: xr.Dataset) -> xr.DataArray:
    """Build a stimulus that shows each image of a set for `IMAGE_DURATION`."""
    return ba.stimuli.images(digits.input.values.reshape(-1, 8, 8), duration=IMAGE_DURATION)


def train_classifiers(kind: str, seeds: Sequence[int]) -> tuple[ba.LayeredNetwork, ...]:
    """Train one network per seed on the same images."""
    options = TrainingOptions(epochs=60, batch=32, rate=2e-3, decay=1e-2, initialisation=He())
    network, training = build_untrained_network(kind), load_digit_sets()[0]
    return ba.train(network, training, options, seeds=seeds, progress=False).networks


def write_pair_data(path: Path, network: ba.LayeredNetwork, engine: str) -> None:
    """Write the data of the pair `digits`: weights, images and the calibrated transfers.

    Parameters
    ----------
    path : pathlib.Path
        The JSON file to write.
    network : LayeredNetwork
        A trained network of the kind ``"dense"``.
    engine : str
        Engine of the calibration runs.
    """
    training, held_out = load_digit_sets()
    command = f"python analyses/digits.py --seeds 1 --ship {path}"
    contents: dict[str, object] = {"command": command}
    dense_layers = [layer for layer in network.layers if isinstance(layer, Dense)]
    for k, layer in enumerate(dense_layers, start=1):
        contents |= {f"W{k}": layer.W.round(4).tolist(), f"b{k}": layer.bias.round(4).tolist()}
    one_of_each = [int(np.flatnonzero(held_out.target.values == c)[0]) for c in range(10)]
    order = make_rng(0, "digits", "shipped").permutation(training.sizes["sample"])
    image_sets = {
        "calibration": training.isel(sample=order[:N_STORED_CALIBRATION]),
        "shown": held_out.isel(sample=one_of_each),
    }
    for name, images in image_sets.items():
        contents[name] = (images.input.values[:, 0] * 16).round().astype(int).tolist()
    contents["labels"] = list(range(10))
    translation = translate_classifier(build_classifier(contents), contents, engine=engine)
    contents["transfers"] = {
        name: [round(v, 4) for v in pair] for name, pair in transfers_of(translation).items()
    }
    with write_atomically(path) as (temporary,):
        temporary.write_text(json.dumps(contents) + "\n", encoding="utf-8")
