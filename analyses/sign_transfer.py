"""Sign transfer: does a pretrained network learn faster, and are its signs enough?

A classifier with 48 ReLU units learns the digits 0 to 4, and then one with the same hidden layer
and a new readout learns the digits 5 to 9 from a few images. The steps until it gets 90 % of other
images right are counted. Its hidden layer starts with random weights; with the pretrained
weights; with the pretrained weights in a random order, which have the same sizes; or with random
sizes and the pretrained signs, or random signs, which then stay as they are. Two more sources are
edges in noise, and, as a control, other images of the digits 5 to 9 themselves, from which transfer
has to show if this study can detect it.

A network that does not get there counts with all of its steps (a restricted mean), so that it is
not left out. Each seed has its own images, weights and random signs. Steps do not depend on how
fast a machine is or whether code has to be compiled, and one step costs the same from every start.
"""

import dataclasses
import functools

import numpy as np
import xarray as xr

import bioann as ba
from bioann.ann.init import He, initialise_weights
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.flatten import Flatten
from bioann.ann.signs.constraints import Free, SignFrozen
from bioann.base.randomness import make_rng
from bioann.claims.measure import Measure

RANDOM, RANDOM_SIGNS = "random weights", "random signs, frozen"
PRETRAINED, SHUFFLED, SIGNS = (
    "digits 0 to 4",
    "digits 0 to 4, shuffled",
    "digits 0 to 4, signs only",
)
SAME, SAME_SIGNS, EDGES = "same digits", "same digits, signs only", "edges"
STARTS = (RANDOM, RANDOM_SIGNS, PRETRAINED, SHUFFLED, SIGNS, SAME, SAME_SIGNS, EDGES)
FROZEN = (RANDOM_SIGNS, SIGNS, SAME_SIGNS)


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of all trainings.

    Attributes
    ----------
    hidden : int
        ReLU units of every network.
    batch, rate : int, float
        Batch size and learning rate of Adam.
    source_epochs, epochs : int
        Passes through the data of the pretraining and of the training that follows.
    source_images, images : int
        Images of the pretraining, and images of the digits 5 to 9 that a network learns from.
        Those that are left of these digits test it.
    accuracy : float
        Share of the test images at which the steps are counted.
    """

    hidden: int = 48
    batch: int = 32
    rate: float = 3e-3
    source_epochs: int = 40
    epochs: int = 25
    source_images: int = 384
    images: int = 128
    accuracy: float = 0.9


SETTINGS = Settings()
STEPS_PER_EPOCH = -(-SETTINGS.images // SETTINGS.batch)
DIMENSIONS = {"steps": ("start",), "reached": ("start",), "accuracy": ("start", "step")}
COORDINATES = {
    "start": STARTS,
    "step": tuple(STEPS_PER_EPOCH * (k + 1) for k in range(SETTINGS.epochs)),
}


def build_network(settings: Settings, seed: int) -> ba.LayeredNetwork:
    """Return a classifier of 8 x 8 images in five classes, with random weights."""
    layers = (
        Flatten(),
        Dense.of_size(64, settings.hidden),
        Dense.of_size(settings.hidden, 5, "linear"),
    )
    network = ba.LayeredNetwork(layers, shape=(1, 8, 8), names=("flat", "hidden", "class"))
    return initialise_weights(network, He(), seed=seed)


def load_digits(lowest: int) -> xr.Dataset:
    """Return the images of five digits from `lowest` on, as classes 0 to 4."""
    digits = ba.tasks.digits()
    chosen = (digits.target >= lowest) & (digits.target < lowest + 5)
    digits = digits.isel(sample=np.flatnonzero(chosen))
    return digits.assign(target=digits.target - lowest)


def shuffle_samples(data: xr.Dataset, seed: int) -> xr.Dataset:
    rng = make_rng(seed, "sign transfer", "images")
    return data.isel(sample=rng.permutation(data.sizes["sample"]))


def choose_options(settings: Settings, epochs: int, *, frozen: bool) -> ba.training.TrainingOptions:
    """Return the options of a training that starts from the network's own weights."""
    return ba.training.TrainingOptions(
        rate=settings.rate,
        batch=settings.batch,
        epochs=epochs,
        constraint=SignFrozen() if frozen else Free(),
        initialisation=None,
    )


def pretrain_hidden(seed: int, settings: Settings, source: xr.Dataset) -> dict[str, np.ndarray]:
    """Return weights and biases of a hidden layer that has learned another task."""
    # Another seed than that of the networks that follow: nothing is shared but what was learned.
    seed = int(make_rng(seed, "sign transfer", "source").integers(2**31))
    options = choose_options(settings, settings.source_epochs, frozen=False)
    training = ba.train(
        build_network(settings, seed), source, options, seeds=(seed,), progress=False
    )
    return dict(training.networks[0].parameters[1])


def make_starts(seed: int, settings: Settings, same: xr.Dataset) -> dict[str, ba.LayeredNetwork]:
    """Return the network of each start, all with one readout; `same` has the digits 5 to 9."""
    network = build_network(settings, seed)
    flat, own, readout = network.parameters
    digits = shuffle_samples(load_digits(0), seed).isel(sample=slice(settings.source_images))
    edges = ba.tasks.edges(settings.source_images, seed=seed, noise=0.3)
    pretrained, from_same, from_edges = (
        pretrain_hidden(seed, settings, source) for source in (digits, same, edges)
    )
    rng = make_rng(seed, "sign transfer", "shuffle")
    shuffled = rng.permutation(pretrained["W"].ravel()).reshape(own["W"].shape)
    hidden = {
        RANDOM: own,
        RANDOM_SIGNS: own,
        PRETRAINED: pretrained,
        SHUFFLED: pretrained | {"W": shuffled},
        SIGNS: dict(own) | {"W": np.copysign(own["W"], pretrained["W"])},
        SAME: from_same,
        SAME_SIGNS: dict(own) | {"W": np.copysign(own["W"], from_same["W"])},
        EDGES: from_edges,
    }
    return {name: network.with_parameters((flat, hidden[name], readout)) for name in STARTS}


def count_steps(seed: int, settings: Settings) -> xr.Dataset:
    """Train a network from each start, and count its steps to the accuracy of the settings."""
    digits = shuffle_samples(load_digits(5), seed)
    ends = np.cumsum([settings.images, settings.source_images])
    data, same, test = (
        digits.isel(sample=k) for k in np.split(np.arange(len(digits.sample)), ends)
    )
    steps_per_epoch = -(-settings.images // settings.batch)
    steps, reached, curves = [], [], []
    for name, network in make_starts(seed, settings, same).items():
        options = choose_options(settings, settings.epochs, frozen=name in FROZEN)
        training = ba.train(network, data, options, seeds=(seed,), validation=test, progress=False)
        curve = training.history.validation_accuracy.values[:, 0]
        is_reached = curve >= settings.accuracy
        last = int(is_reached.argmax()) if is_reached.any() else settings.epochs - 1
        steps.append(steps_per_epoch * (last + 1))
        reached.append(is_reached.any())
        curves.append(curve)
    arrays = (np.array(steps), np.array(reached), np.array(curves))
    return xr.Dataset(
        {name: (dims, a) for (name, dims), a in zip(DIMENSIONS.items(), arrays, strict=True)},
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


def divide_steps(data: xr.Dataset, other: str) -> xr.DataArray:
    """Return the mean steps from each start, relative to those from another one."""
    steps = data.steps.mean("seed")
    return steps / steps.sel(start=other, drop=True)


def compare_savings(data: xr.Dataset) -> xr.DataArray:
    """Return the steps that signs alone save minus half of those that weights save, by source."""
    steps = {name: data.steps.sel(start=name, drop=True) for name in STARTS}
    savings = [
        steps[RANDOM_SIGNS] - steps[signs] - (steps[RANDOM] - steps[weights]) / 2
        for weights, signs in ((PRETRAINED, SIGNS), (SAME, SAME_SIGNS))
    ]
    return xr.concat(savings, "start").assign_coords(start=[SIGNS, SAME_SIGNS])


def define_ratio(other: str) -> Measure:
    compute = functools.partial(divide_steps, other=other)
    return ba.measure(
        compute,
        f"steps to {100 * SETTINGS.accuracy:.0f} % right relative to those from {other}",
        best=1.0,
    )


TO_RANDOM, TO_SHUFFLED, TO_RANDOM_SIGNS = map(define_ratio, (RANDOM, SHUFFLED, RANDOM_SIGNS))
SAVED = ba.measure(
    compare_savings, "steps saved by signs minus half of those saved by weights", unit="steps"
)
REACHED = ba.measure(
    lambda data: data.reached, "share of networks that get 90 % right", limits=(0, 1)
)
ARTICLE = "'Can Weights Be Negative?'"
#: Half of the change of the time of training that the article reports for a multilayer perceptron,
#: 54 s against 69 s.
CHANGE = 1.14
CLAIMS = (
    ba.Claim(
        "E18a",
        "Transfer learning shortens training: weights that learned other digits take fewer steps.",
        ARTICLE,
        TO_RANDOM.at(start=PRETRAINED) <= 1 / CHANGE,
        supported="Yes: weights pretrained on other digits save at least 12 % of the steps",
        refuted="Not always: weights pretrained on other digits save less than 12 % of the "
        "steps, or cost some",
    ),
    ba.Claim(
        "E18b",
        "What was learned shortens training, not the sizes of pretrained weights: shuffled weights "
        "take more steps.",
        "ours",
        TO_SHUFFLED.at(start=PRETRAINED) <= 1 / CHANGE,
    ),
    ba.Claim(
        "E18c",
        "Signs pretrained on other digits, with random sizes, shorten training compared with "
        "random signs.",
        "ours",
        TO_RANDOM_SIGNS.at(start=SIGNS) <= 1 / CHANGE,
    ),
    ba.Claim(
        "E18d",
        "If the source is other images of the same digits, signs alone save at least half of the "
        "steps that weights save.",
        "ours",
        TO_RANDOM.at(start=SAME) <= 1 / CHANGE,
        SAVED.at(start=SAME_SIGNS) >= 0.0,
        source_detail="stated after a first run",
    ),
    ba.Claim(
        "E18e",
        "Random signs that cannot change do not lengthen training.",
        "ours",
        TO_RANDOM.at(start=RANDOM_SIGNS) <= CHANGE,
    ),
    ba.Claim(
        "E18f",
        "Weights that were pretrained on another kind of images, edges, shorten training.",
        "ours",
        TO_RANDOM.at(start=EDGES) <= 1 / CHANGE,
    ),
    ba.Claim(
        "E18g",
        "Control: weights pretrained on other images of the same digits shorten training.",
        "ours",
        TO_RANDOM.at(start=SAME) <= 1 / CHANGE,
        source_detail="stated after a first run",
    ),
)
FIGURE = ba.figures.Panels(
    (
        ba.figures.StudyCurves(
            lambda data: data.accuracy.sel(start=[RANDOM, PRETRAINED, SAME, SAME_SIGNS]),
            "step",
            by="start",
            scale=100,
            xlabel="steps of training [1]",
            ylabel="accuracy on digits 5 to 9 [%]",
            y_lines=(100 * SETTINGS.accuracy,),
            xlim=(0, 80),
        ),
        ba.figures.StudyCurves(
            "steps", "start", xlabel="start", ylabel="steps to 90 % right [1]", ylim=(0, None)
        ),
    ),
    "Accuracy after different starts of the hidden layer (a), and the steps until 90 % of the test "
    "images are right (b).",
    row_heights=(1.2, 1.0),
    height=6.0,
)


def study() -> ba.Study:
    return ba.Study(
        "sign_transfer",
        count_steps,
        DIMENSIONS,
        coordinates=COORDINATES,
        settings=SETTINGS,
        seeds=20,
        question="Does a pretrained network learn faster, and are its signs enough?",
        source=f"{ARTICLE} (web article)",
        claims=CLAIMS,
        measures=(REACHED,),
        figures=(FIGURE,),
    )
