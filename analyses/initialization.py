"""Initialization: which initial weights can a network of ReLU units learn from?

Three starts are compared: all weights zero, Xavier's (Glorot and Bengio 2010) and He's (He et al.
2015). A ReLU passes half of the mean square of a symmetric input. A layer whose weights have the
variance v therefore multiplies the mean square of the activations by v n / 2, where n is the number
of its inputs: by 1/2 with Xavier's weights in layers of equal size (v = 1 / n), and by 1 with He's
(v = 2 / n). The first half of the study measures this factor in wide layers. The second half trains
classifiers of digits of several depths from each start, with the same budget.
"""

import dataclasses
import itertools
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import logsumexp

import bioann as ba
from bioann.analyses.digits_networks import N_HELD_OUT, load_digit_sets
from bioann.ann.training.options import TrainingOptions
from bioann.base.randomness import make_rng

STARTS = {"Xavier": ba.init.Glorot("normal"), "He": ba.init.He()}
#: Networks of wide layers: activation and initial weights.
CHAINS = {
    "ReLU, Xavier": (ba.activations.Relu(), STARTS["Xavier"]),
    "ReLU, He": (ba.activations.Relu(), STARTS["He"]),
    "tanh, Xavier": (ba.activations.Tanh(), STARTS["Xavier"]),
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """Sizes of the wide layers, and depths, size and epochs of the classifiers."""

    width: int = 512
    n_layers: int = 10
    n_inputs: int = 200
    depths: tuple[int, ...] = (1, 4, 10)
    hidden_units: int = 48
    epochs: int = 5


SETTINGS = Settings()


def build_network(sizes: list[int], activation: ba.activations.Activation) -> ba.LayeredNetwork:
    pairs = itertools.pairwise(sizes)
    layers = (ba.layers.Dense.of_size(n_in, n_out, activation) for n_in, n_out in pairs)
    return ba.LayeredNetwork(tuple(layers), shape=(sizes[0],))


def compute_mean_squares(seed: int, settings: Settings) -> np.ndarray:
    """Return the mean square of the activations of each layer, shape (chain, layer)."""
    inputs = make_rng(seed, "initialization").normal(size=(settings.n_inputs, settings.width))
    mean_squares = []
    for activation, start in CHAINS.values():
        network = build_network([settings.width] * (settings.n_layers + 1), activation)
        response = inputs
        for parameters in ba.init.initialise_weights(network, start, seed=seed).parameters:
            response = activation(response @ parameters["W"].T)
            mean_squares.append((response**2).mean())
    return np.reshape(mean_squares, (len(CHAINS), settings.n_layers))


def train_classifier(
    seed: int, settings: Settings, start: ba.init.Initialisation, depth: int
) -> tuple[ba.LayeredNetwork, ba.LayeredNetwork]:
    """Return a classifier of digits before and after its training."""
    hidden = build_network([64, *[settings.hidden_units] * depth], ba.activations.Relu()).layers
    readout = ba.layers.Dense.of_size(settings.hidden_units, 10, "linear")
    network = ba.LayeredNetwork((ba.layers.Flatten(), *hidden, readout), shape=(1, 8, 8))
    options = TrainingOptions(epochs=settings.epochs, batch=32, rate=2e-3, initialisation=start)
    result = ba.train(network, load_digit_sets()[0], options, seeds=(seed,), progress=False)
    return ba.init.initialise_weights(network, start, seed=seed), result.networks[0]


def zip_weights(
    before: ba.LayeredNetwork, after: ba.LayeredNetwork
) -> list[tuple[np.ndarray, np.ndarray]]:
    layers = zip(before.parameters[1:], after.parameters[1:], strict=True)
    return [(initial["W"], trained["W"]) for initial, trained in layers]


def compare_starts(seed: int, settings: Settings) -> xr.Dataset:
    """Measure activations over layers, and train classifiers from each start."""
    held_out = load_digit_sets()[1]
    labels = held_out.target.values
    correct = np.zeros((len(STARTS), len(settings.depths), len(labels)), dtype=bool)
    negative = np.zeros(correct.shape[:2])
    for i, start in enumerate(STARTS.values()):
        for k, depth in enumerate(settings.depths):
            before, after = train_classifier(seed, settings, start, depth)
            correct[i, k] = after.predict(held_out.input.values).argmax(-1) == labels
            # Pixels at the border are always 0, so that their weights never move.
            moved = [trained[trained != w] for w, trained in zip_weights(before, after)]
            negative[i, k] = (np.concatenate(moved) < 0).mean()
    before, after = train_classifier(seed, settings, ba.init.Zero(), 1)
    logits = after.predict(held_out.input.values)
    losses = logsumexp(logits, axis=-1) - logits[np.arange(len(labels)), labels]
    return xr.Dataset(
        {
            "mean_square": (("chain", "layer"), compute_mean_squares(seed, settings)),
            "correct": (("start", "depth", "image"), correct),
            "negative": (("start", "depth"), negative),
            "change": max(np.abs(w - trained).max() for w, trained in zip_weights(before, after)),
            "loss": ("image", losses),
        },
        COORDINATES,
    )


COORDINATES: dict[str, list[Any]] = {
    "chain": list(CHAINS),
    "layer": list(range(1, SETTINGS.n_layers + 1)),
    "start": list(STARTS),
    "depth": list(SETTINGS.depths),
    "image": list(range(N_HELD_OUT)),
}


def compute_factor(data: xr.Dataset) -> xr.DataArray:
    """Return the geometric mean of the factors from one layer to the next."""
    first, last = data.mean_square.isel(layer=0), data.mean_square.isel(layer=-1)
    return (last.drop_vars("layer") / first.drop_vars("layer")) ** (1 / (data.sizes["layer"] - 1))


def compute_advantage(data: xr.Dataset) -> xr.DataArray:
    correct = 100.0 * data.correct
    return correct.sel(start="He", drop=True) - correct.sel(start="Xavier", drop=True)


def find_depth_of_failure(data: xr.Dataset) -> xr.DataArray:
    """Return the depth from which the accuracy is 5 points behind that from He's weights."""
    advantage = compute_advantage(data).mean(["seed", "image"])
    return ba.metrics.find_first_below(-advantage, "depth", -5.0)


FACTOR = ba.measure(compute_factor, "factor of the mean square per layer", best=1.0)
CHANGE = ba.measure(lambda data: data.change, "largest change of a weight from zero")
EXCESS_LOSS = ba.measure(
    lambda data: data.loss - float(np.log(10)), "loss from zero weights, minus that of guessing"
)
ACCURACY = ba.measure(lambda data: 100.0 * data.correct, "accuracy", unit="%", limits=(0, 100))
DEPTH = ba.measure(
    find_depth_of_failure, "depth from which Xavier's weights cost 5 points", unit="hidden layers"
)
NEGATIVE = ba.measure(lambda data: data.negative, "share of negative weights", limits=(0, 1))
ARTICLE, HE_2015 = "'Can Weights Be Negative?'", "He et al. 2015"
CLAIMS = (
    ba.Claim(
        "D5a",
        "From weights of zero a network learns nothing: all its units stay the same.",
        ARTICLE,
        CHANGE.at() <= 0.0,
        EXCESS_LOSS.at().between(-0.01, 0.01),
    ),
    ba.Claim(
        "D5b",
        "Xavier's weights halve the mean square of the activations in each layer of ReLU units, "
        "and He's keep it.",
        HE_2015,
        FACTOR.at(chain="ReLU, Xavier").between(0.475, 0.525),
        FACTOR.at(chain="ReLU, He").between(0.95, 1.05),
    ),
    ba.Claim(
        "D5c",
        "Xavier's weights keep the size of the activations over the layers of a tanh network.",
        "Glorot and Bengio 2010",
        FACTOR.at(chain="tanh, Xavier").between(0.9, 1.1),
    ),
    ba.Claim(
        "D5d",
        "Xavier's initialisation is unsuitable for ReLU: it costs accuracy.",
        ARTICLE,
        ba.rules.Boundary(DEPTH.at(), SETTINGS.depths[0], SETTINGS.depths[-1], "above"),
        supported="From He's at every depth; Xavier's cost 5 points of accuracy at each",
        refuted="From random weights of either size at every depth tested, not from zero; "
        "Xavier's cost less than 5 points of accuracy",
        depends="From random weights, not from zero; Xavier's fail in deep networks",
    ),
    ba.Claim(
        "D5e",
        "Weights that start at random around zero become positive and negative.",
        ARTICLE,
        *(
            NEGATIVE.at(start=start, depth=depth).between(0.3, 0.7)
            for start in STARTS
            for depth in SETTINGS.depths
        ),
    ),
)
CURVES = ba.figures.StudyCurves(
    "mean_square",
    along="layer",
    by="chain",
    ylabel="mean square of the activations [1]",
    message="Each layer of ReLU units halves the mean square of its input with Xavier's weights. "
    "He's weights keep it.",
)


def study() -> ba.Study:
    return ba.Study(
        "initialization",
        compare_starts,
        {
            "mean_square": ("chain", "layer"),
            "correct": ("start", "depth", "image"),
            "negative": ("start", "depth"),
            "change": (),
            "loss": ("image",),
        },
        coordinates=COORDINATES,
        settings=SETTINGS,
        seeds=20,  # a pilot run with other seeds: 18 would decide D5b
        shared=("image",),
        question="Which initial weights can a network of ReLU units learn from?",
        source="'Neural Network: Can Weights Be Negative?' (web article); He et al. 2015",
        claims=CLAIMS,
        measures=(ACCURACY,),
        figures=(CURVES,),
    )
