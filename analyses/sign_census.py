"""Sign census: where are the negative weights of six kinds of networks?

A table of the article says how negative weights are distributed: evenly in feedforward networks, in
certain layers of radial basis networks, all over self-organising maps, in the kernels of
convolutional networks, and in the recurrent connections of RNN and LSTM. Networks of each kind are
trained here, and their weights counted before and after: shares are of the weights that are not
zero, and leave out pixels that are blank in all images.

The centres of a radial basis layer and the weights of a map are places in the space of the inputs:
they are means of inputs, so that none is negative if no input is. `bioann inspect FILE` makes the
same count of any ONNX file.
"""

import dataclasses
import itertools
from collections.abc import Callable

import numpy as np
import xarray as xr

import bioann as ba
from bioann.analyses.digits_networks import load_digit_sets
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.self_organising_map import train_som
from bioann.base.randomness import make_rng


@dataclasses.dataclass(frozen=True)
class Settings:
    """Epochs of training, units of the recurrent networks, and centres of radial basis units."""

    epochs: int = 20
    map_epochs: int = 5
    n_units: int = 32
    n_centres: int = 60


SETTINGS = Settings()
Weights = dict[str, np.ndarray]


def dense(*sizes: int) -> tuple[ba.layers.Dense, ...]:
    """Return dense layers of these sizes: ReLU units, and a linear readout."""
    last = len(sizes) - 2
    return tuple(
        ba.layers.Dense.of_size(sizes[k], sizes[k + 1], "linear" if k == last else "relu")
        for k in range(last + 1)
    )


def train_layers(
    layers: tuple[ba.layers.Layer, ...], shape: tuple[int, ...], seed: int, settings: Settings
) -> tuple[tuple[Weights, ...], tuple[Weights, ...]]:
    """Return the parameters of each layer before and after training."""
    network = ba.LayeredNetwork(layers, shape=shape)
    data = ba.tasks.delayed_memory(200, seed=seed) if len(shape) == 1 else load_digit_sets()[0]
    options = TrainingOptions(epochs=settings.epochs, rate=3e-3, initialisation=ba.init.He())
    trained = ba.train(network, data, options, seeds=(seed,), progress=False).networks[0]
    start = ba.init.initialise_weights(network, ba.init.He(), seed=seed)
    return tuple(start.parameters), tuple(trained.parameters)


def find_used_pixels() -> np.ndarray:
    """Return the indices of the pixels that are not blank in every image."""
    return np.flatnonzero(load_digit_sets()[0].input.values.reshape(-1, 64).any(axis=0))


def list_feedforward(seed: int, settings: Settings) -> list[Weights]:
    stages = train_layers((ba.layers.Flatten(), *dense(64, 48, 48, 10)), (1, 8, 8), seed, settings)
    names = ("first layer", "second layer", "output layer")
    weights = [[layer["W"] for layer in stage[1:]] for stage in stages]
    for stage in weights:
        stage[0] = stage[0][:, find_used_pixels()]
    return [dict(zip(names, stage, strict=True)) for stage in weights]


def list_convolutional(seed: int, settings: Settings) -> list[Weights]:
    convolutions = (
        ba.layers.Conv2d.of_size(1, 8, 3, stride=2, padding=1),
        ba.layers.Conv2d.of_size(8, 8, 3, stride=1, padding=1),
    )
    layers = (*convolutions, ba.layers.Flatten(), *dense(128, 10))
    return [
        {
            "first kernels": first["kernel"],
            "second kernels": second["kernel"],
            "output layer": readout["W"],
        }
        for first, second, _, readout in train_layers(layers, (1, 8, 8), seed, settings)
    ]


def list_recurrent(seed: int, settings: Settings) -> list[Weights]:
    layers = (ba.layers.Recurrent.of_size(5, settings.n_units), *dense(settings.n_units, 4))
    return [
        {"input": first["W"], "recurrent": first["U"], "output layer": readout["W"]}
        for first, readout in train_layers(layers, (5,), seed, settings)
    ]


def list_lstm(seed: int, settings: Settings) -> list[Weights]:
    layers = (ba.layers.LSTM.of_size(5, settings.n_units), *dense(settings.n_units, 4))
    return [
        {"input": first["W"], "recurrent": first["U"], "output layer": readout["W"]}
        for first, readout in train_layers(layers, (5,), seed, settings)
    ]


def list_radial_basis(seed: int, settings: Settings) -> list[Weights]:
    """Centres are images of the training set; only the readout is trained, by least squares."""
    images = load_digit_sets()[0]
    pixels = images.input.values.reshape(-1, 64)
    rng = make_rng(seed, "sign_census", "centres")
    centres = pixels[rng.choice(len(pixels), settings.n_centres, replace=False)]
    distances = ((pixels[:, None] - centres) ** 2).sum(axis=-1)
    # The width is the mean distance to the nearest other centre, a common choice: units overlap.
    between = ((centres[:, None] - centres) ** 2).sum(axis=-1) + np.diag([np.inf] * len(centres))
    response = np.exp(-distances / (2 * np.sqrt(between.min(axis=1)).mean() ** 2))
    targets = np.eye(10)[images.target.values]
    readout = np.linalg.lstsq(np.c_[response, np.ones(len(pixels))], targets, rcond=None)[0][:-1]
    start = ba.init.initialise_weights(
        ba.LayeredNetwork(dense(len(centres), 10), shape=(len(centres),)), ba.init.He(), seed=seed
    )
    used = find_used_pixels()
    return [
        {"centres": centres[:, used], "output layer": start.parameters[0]["W"]},
        {"centres": centres[:, used], "output layer": readout.T},
    ]


def list_map(seed: int, settings: Settings) -> list[Weights]:
    pixels = load_digit_sets()[0].input.values.reshape(-1, 64)
    sheet = ba.layers.SelfOrganisingMap(np.zeros((8, 8, 64)))
    trained = train_som(sheet, pixels, seed=seed, epochs=settings.map_epochs)
    rows = make_rng(seed, "sign_census", "map").choice(len(pixels), 64, replace=False)
    return [{"map": pixels[rows]}, {"map": trained.W}]


KINDS: dict[str, Callable[[int, Settings], list[Weights]]] = {
    "feedforward": list_feedforward,
    "convolutional": list_convolutional,
    "RNN": list_recurrent,
    "LSTM": list_lstm,
    "radial basis": list_radial_basis,
    "self-organising map": list_map,
}
ARRAYS = {
    "feedforward": ("first layer", "second layer", "output layer"),
    "convolutional": ("first kernels", "second kernels", "output layer"),
    "RNN": ("input", "recurrent", "output layer"),
    "LSTM": ("input", "recurrent", "output layer"),
    "radial basis": ("centres", "output layer"),
    "self-organising map": ("map",),
}
LABELS = {kind: [f"{kind}, {name}" for name in names] for kind, names in ARRAYS.items()}
COORDINATES = {"array": list(itertools.chain(*LABELS.values())), "stage": ["start", "end"]}


def count_signs(seed: int, settings: Settings) -> xr.Dataset:
    """Train a network of each kind, and return the shares of its weights that are negative."""
    shares = []
    for kind, list_weights in KINDS.items():
        stages = list_weights(seed, settings)
        for name in ARRAYS[kind]:
            nonzero = [stage[name][stage[name] != 0] for stage in stages]
            shares.append([(weights < 0).mean() for weights in nonzero])
    return xr.Dataset({"negative": (("array", "stage"), np.array(shares))}, COORDINATES)


NEGATIVE = ba.measure(lambda data: data.negative, "share of negative weights", limits=(0, 1))
ARTICLE = "'Can Weights Be Negative?'"


def at_end(kind: str) -> list[ba.Score]:
    return [NEGATIVE.at(array=label, stage="end") for label in LABELS[kind]]


CLAIMS = (
    ba.Claim(
        "D7a",
        "In feedforward networks negative weights are distributed evenly.",
        ARTICLE,
        *(score.between(0.4, 0.6) for score in at_end("feedforward")),
        supported="About half of all weights that are learnt by gradients are negative, in "
        "every layer; centres and maps have none",
        refuted="Not evenly in feedforward networks, and nowhere in maps and centres",
    ),
    ba.Claim(
        "D7b",
        "In radial basis networks they are concentrated in certain layers.",
        ARTICLE,
        at_end("radial basis")[0] <= 0.0,
        at_end("radial basis")[1].between(0.3, 0.7),
    ),
    ba.Claim(
        "D7c",
        "In self-organising maps they are scattered over the whole network.",
        ARTICLE,
        at_end("self-organising map")[0] >= 0.1,
    ),
    ba.Claim(
        "D7d",
        "In convolutional networks they are in the kernels.",
        ARTICLE,
        *(score.between(0.3, 0.7) for score in at_end("convolutional")[:2]),
    ),
    ba.Claim(
        "D7e",
        "In RNN and LSTM they are in the recurrent connections, where they are as many as the "
        "positive ones to within a tenth.",
        ARTICLE,
        at_end("RNN")[1].between(0.4, 0.6),
        at_end("LSTM")[1].between(0.4, 0.6),
    ),
)
FIGURE = ba.figures.StudyCurves(
    "negative",
    along="array",
    by="stage",
    height=4.2,
    xlabel="weights",
    ylabel="share of negative weights [1]",
    message="Training moves shares of negative weights by a tenth at most. Centres and maps, which "
    "are places among the inputs, have none.",
)


def study() -> ba.Study:
    return ba.Study(
        "sign_census",
        count_signs,
        {"negative": ("array", "stage")},
        coordinates=COORDINATES,
        settings=SETTINGS,
        seeds=5,
        question="Where are the negative weights of six kinds of networks?",
        source="'Neural Network: Can Weights Be Negative?' (web article), Table 9",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
