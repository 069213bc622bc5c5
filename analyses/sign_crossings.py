"""Sign crossings: how many weights change sign while a network learns, and does chance predict it?

A network with one layer of ReLU units learns scikit-learn's digits with Adam. A weight counts as
changed if its signs before and after the training are opposite: weights that flicker around zero
and return do not count. Pixels that are 0 in all images are left out.

The null law: a weight of standard deviation s that makes an independent step of standard deviation
k s changes sign with the probability arctan(k) / pi. Two further learners cannot cross zero:
exponentiated gradients multiply the weights, and a network with weights >= 0 is clipped at zero.
"""

import dataclasses

import numpy as np
import xarray as xr

import bioann as ba
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.flatten import Flatten
from bioann.ann.signs.constraints import Free, NonNegative
from bioann.ann.signs.sign_changes import (
    compute_change_share,
    fit_change_law,
    predict_change_share,
)

LEARNERS = ("Adam", "exponentiated", "clipped at zero")
LAYERS = ("hidden", "digit")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Epochs, batch size, learning rates of Adam and of exponentiated gradients, held-out share."""

    epochs: int = 40
    batch: int = 32
    rate: float = 3e-3
    exponentiated_rate: float = 0.3
    held_out: float = 0.2


SETTINGS = Settings()
N_TEST = 359
DIMENSIONS = {
    "changed": ("learner", "layer"),
    "predicted": ("law", "layer"),
    "zero": ("learner", "layer"),
    "crossings": ("layer",),
    "correct": ("learner", "image"),
}
COORDINATES = {
    "learner": LEARNERS,
    "layer": LAYERS,
    "law": ("independent steps", "correlated steps"),
    "image": range(N_TEST),
}


def build_network() -> ba.LayeredNetwork:
    """Return a classifier of 8 x 8 images, 64-48-10, with weights of zero."""
    layers = (Flatten(), Dense.of_size(64, 48), Dense.of_size(48, 10, "linear"))
    return ba.LayeredNetwork(layers, shape=(1, 8, 8), names=("flat", *LAYERS))


def choose_options(learner: str, settings: Settings) -> ba.training.TrainingOptions:
    """Return the training options of a learner."""
    is_multiplied = learner == "exponentiated"
    return ba.training.TrainingOptions(
        "exponentiated" if is_multiplied else "adam",
        settings.exponentiated_rate if is_multiplied else settings.rate,
        epochs=settings.epochs,
        batch=settings.batch,
        constraint=NonNegative() if learner == "clipped at zero" else Free(),
    )


def count_crossings(seed: int, settings: Settings) -> xr.Dataset:
    """Train with all learners from one seed, and compare the weights before and after."""
    digits, test = ba.tasks.split_samples(ba.tasks.digits(), settings.held_out, seed=0)
    is_live = digits.input.values.reshape(len(digits.sample), -1).any(axis=0)
    last = settings.epochs * -(-digits.sizes["sample"] // settings.batch)
    shape = (len(LEARNERS), len(LAYERS))
    changed, zero, predicted = np.zeros(shape), np.zeros(shape), np.zeros((2, len(LAYERS)))
    crossings, correct = np.zeros(len(LAYERS)), []
    for k, learner in enumerate(LEARNERS):
        training = ba.train(
            build_network(), digits, choose_options(learner, settings), seeds=(seed,),
            progress=False, snapshots=ba.training.Snapshots((0, last)),
        )  # fmt: skip
        answers = training.networks[0].predict(test.input.values).argmax(axis=1)
        correct.append(answers == test.target.values)
        for i, layer in enumerate(LAYERS):
            start, end = training.snapshots.weights[f"{layer}.W"].values[:, 0]
            if layer == "hidden":
                start, end = start[:, is_live], end[:, is_live]
            changed[k, i], zero[k, i] = compute_change_share(start, end), (end == 0).mean()
            if learner == "Adam":
                ratio, correlation = fit_change_law(start, end)
                predicted[:, i] = [predict_change_share(ratio, c) for c in (0.0, correlation)]
                counts = training.signs.crossings.sel(weight=f"{layer}.W")
                crossings[i] = float(counts.sum()) / start.size
    values = {
        "changed": changed,
        "predicted": predicted,
        "zero": zero,
        "crossings": crossings,
        "correct": np.array(correct, dtype=float),
    }
    return xr.Dataset(
        {name: (DIMENSIONS[name], array) for name, array in values.items()},
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


CHANGED = ba.measure(
    lambda data: data.changed, "share of weights with the opposite sign after training"
)
EXCESS = ba.measure(
    lambda data: data.changed.sel(learner="Adam") - data.predicted,
    "share of weights that changed sign minus its prediction",
    best=0.0,
)
FLICKER = ba.measure(
    lambda data: data.crossings / data.changed.sel(learner="Adam"),
    "crossings of zero per weight that changed sign",
)
ZERO = ba.measure(lambda data: data.zero, "share of weights of exactly zero")
LOSS = ba.measure(
    lambda data: 100 * (data.correct.sel(learner="Adam") - data.correct),
    "accuracy below that of the free network", unit="points", best=0.0,
)  # fmt: skip
#: A tenth of 0.3, the share that both laws predict for steps 1.4 times as large as the weights.
NEAR = 0.03
ARTICLE = "'Can Weights Be Negative?'"
CLAIMS = (
    ba.Claim(
        "D8a",
        "Weights cross zero during training: of three that the article tabulates, one does.",
        ARTICLE,
        # One of three is compatible with true shares from 0.0084 to 0.906 (Clopper-Pearson, 95 %).
        *(CHANGED.at(learner="Adam", layer=k).between(0.0084, 0.906) for k in LAYERS),
        source_detail="Table 8",
    ),
    ba.Claim(
        "D8b",
        "As many weights change sign as independent random steps of the same size would turn.",
        "ours",
        *(EXCESS.at(law="independent steps", layer=k).between(-NEAR, NEAR) for k in LAYERS),
        refuted="Not as many as independent random steps would turn",
        supported="As many as independent random steps of the same size would turn",
    ),
    ba.Claim(
        "D8c",
        "As many weights change sign as normal steps would turn that correlate with the start.",
        "Sheppard 1899",
        *(EXCESS.at(law="correlated steps", layer=k).between(-NEAR, NEAR) for k in LAYERS),
    ),
    ba.Claim(
        "D8d",
        "No weight that is multiplied crosses zero, and none that is clipped: it sticks at zero.",
        "Kivinen and Warmuth 1997",
        *(CHANGED.at(learner=n, layer=k) <= 0.0 for n in LEARNERS[1:] for k in LAYERS),
        *(ZERO.at(learner="exponentiated", layer=k) <= 0.0 for k in LAYERS),
        *(ZERO.at(learner="clipped at zero", layer=k) >= 0.1 for k in LAYERS),
    ),
    ba.Claim(
        "D8e",
        "A learner that cannot cross zero loses at most two points of accuracy, if it starts with "
        "weights of both signs.",
        "ours",
        LOSS.at(learner="exponentiated") <= 2.0,
    ),
    ba.Claim(
        "D8f",
        "Counting every crossing overstates the changes of sign at least twofold.",
        "ours",
        *(FLICKER.at(layer=k) >= 2.0 for k in LAYERS),
        source_detail="a warning",
    ),
)

FIGURE = ba.figures.StudyCurves(
    "changed",
    "layer",
    by="learner",
    ylabel="weights that changed sign [share]",
    xlabel="layer",
    message="Gradient descent turns some of the weights; exponentiated gradients and clipping at "
    "zero turn none.",
)


def study() -> ba.Study:
    return ba.Study(
        "sign_crossings",
        count_crossings,
        DIMENSIONS,
        coordinates=COORDINATES,
        settings=SETTINGS,
        seeds=104,  # a pilot run with other seeds: 103 would decide D8c
        shared=("image",),
        question="How many weights change sign while a network learns, and does chance predict it?",
        source=f"{ARTICLE}, Table 8",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
