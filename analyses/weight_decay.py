"""Weight decay: does it make weights negative, and what gives an update its sign?

A classifier of scikit-learn's digits, 64-48-10 with ReLU units, learns with four strengths of
decoupled weight decay. Decay multiplies every weight by 1 - rate x decay > 0 in each step, so that
alone it cannot change a sign. The gradient of a weight is input times back-propagated error: with
inputs of 0 or more, all updates of a unit have one sign in each sample. The same images, centred,
are the control.

Where inputs correlate, decay removes minus signs: of y = x1 - a x2 with the correlation rho > a
between both inputs, x2 alone predicts y with a plus sign. Ridge regression gives x2 a negative
weight up to the penalty rho (1 - a rho) / (rho - a) - 1 per sample, and a positive one beyond.
"""

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

import bioann as ba
from bioann.analyses.sign_crossings import LAYERS, build_network
from bioann.ann.signs.sign_changes import compute_coherence, compute_negative_share
from bioann.base.randomness import make_rng

DECAYS = (0.0, 0.01, 0.1, 1.0)
INPUTS = ("pixels", "centred pixels")
PENALTIES = (0.01, 0.1, 0.5, 1.0, 1.5, 2.0, 5.0, 100.0)


@dataclasses.dataclass(frozen=True)
class Settings:
    """Training of the classifier; correlation, weight and samples of the regression."""

    epochs: int = 40
    batch: int = 32
    rate: float = 3e-3
    held_out: float = 0.2
    steps: tuple[int, ...] = (0, 50, 500)
    correlation: float = 0.7
    weight: float = 0.5
    samples: int = 20_000


SETTINGS = Settings()
DIMENSIONS = {
    "negative": ("decay", "layer"),
    "size": ("decay", "layer"),
    "mean_power": ("decay", "layer"),
    "coherence": ("pixels", "step"),
    "agreement": ("pixels",),
    "ridge": ("penalty",),
    "boundary": (),
    "hebbian": (),
}
COORDINATES = {
    "decay": DECAYS,
    "layer": LAYERS,
    "pixels": INPUTS,
    "step": SETTINGS.steps,
    "penalty": PENALTIES,
}


def measure_weights(seed: int, settings: Settings) -> xr.Dataset:
    """Train with every decay, split the updates of two trainings, and regress from one seed."""
    digits, _ = ba.tasks.split_samples(ba.tasks.digits(), settings.held_out, seed=0)
    is_live = digits.input.values.reshape(len(digits.sample), -1).any(axis=0)
    values: dict[str, Any] = {
        name: np.zeros((len(DECAYS), len(LAYERS))) for name in list(DIMENSIONS)[:3]
    }
    options = ba.training.TrainingOptions(
        epochs=settings.epochs, batch=settings.batch, rate=settings.rate
    )
    for k, decay in enumerate(DECAYS):
        decayed = dataclasses.replace(options, decay=decay)
        training = ba.train(build_network(), digits, decayed, seeds=(seed,), progress=False)
        for i, layer in enumerate(LAYERS):
            index = training.networks[0].names.index(layer)
            weights = training.networks[0].parameters[index]["W"]
            if layer == "hidden":
                weights = weights[:, is_live]
            values["negative"][k, i] = compute_negative_share(weights)
            values["size"][k, i] = np.sqrt((weights**2).mean())
            values["mean_power"][k, i] = weights.mean() ** 2 / (weights**2).mean()
    values["coherence"], values["agreement"] = split_updates(digits, seed, settings)
    values["ridge"], values["boundary"], values["hebbian"] = regress_with_penalties(seed, settings)
    return xr.Dataset(
        {name: (DIMENSIONS[name], np.asarray(array)) for name, array in values.items()},
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


def split_updates(
    digits: xr.Dataset, seed: int, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """Return the coherence of the updates of a unit by single samples, and their signs' agreement.

    The agreement is the share of the weights of the first layer whose update by plain gradient
    descent from a whole batch has the sign of minus error times input, summed over the batch.
    """
    options = ba.training.TrainingOptions("sgd", 0.1, epochs=settings.epochs, batch=settings.batch)
    snapshots = ba.training.Snapshots(settings.steps, updates=True, gradients=True)
    coherence, agreement = np.zeros((len(INPUTS), len(settings.steps))), np.zeros(len(INPUTS))
    for k, mean in enumerate((0.0, digits.input.mean("sample"))):
        data = digits.assign(input=digits.input - mean)
        training = ba.train(
            build_network(), data, options, seeds=(seed,), progress=False, snapshots=snapshots
        )
        records, name = training.snapshots, f"{LAYERS[0]}.W"
        by_sample = (records.errors[name] * records.inputs[name]).isel(seed=0, time=0)
        axis = by_sample.get_axis_num("source")
        per_unit = compute_coherence(by_sample.values, axis)
        coherence[k] = np.nanmean(per_unit.reshape(len(settings.steps), -1), axis=1)
        update, gradient = records.updates[name].values, -records.gradient(name).values
        is_moved = np.abs(update) > 1e-6  # beyond rounding of weights of about 0.2 in 32 bits
        agreement[k] = (np.sign(update) == np.sign(gradient))[is_moved].mean()
    return coherence, agreement


def regress_with_penalties(seed: int, settings: Settings) -> tuple[np.ndarray, float, float]:
    """Return x2's weight at every penalty, the penalty at which it is 0, and its Hebbian limit.

    The limit is the ratio of the weight at the largest penalty to the covariance of x2 and y over
    that penalty, 1 in the limit.
    """
    rho, rng = settings.correlation, make_rng(seed, "weight decay", "regression")
    x1, noise = rng.normal(size=(2, settings.samples))
    x = np.stack([x1, rho * x1 + np.sqrt(1 - rho**2) * noise])
    y = x[0] - settings.weight * x[1]
    covariance, target = x @ x.T / settings.samples, x @ y / settings.samples
    weights = np.array(
        [np.linalg.solve(covariance + penalty * np.eye(2), target)[1] for penalty in PENALTIES]
    )
    # Cramer's rule: the weight of x2 is 0 where (c11 + penalty) t2 = c12 t1.
    boundary = covariance[0, 1] * target[0] / target[1] - covariance[0, 0]
    return weights, float(boundary), float(weights[-1] * PENALTIES[-1] / target[1])


def predict_boundary(settings: Settings = SETTINGS) -> float:
    """Return the penalty at which the weight of x2 changes sign, in closed form."""
    rho, a = settings.correlation, settings.weight
    return rho * (1 - a * rho) / (rho - a) - 1


def predict_decayed_sign(settings: Settings = SETTINGS) -> float:
    """Return the sign of a weight of 1 after a training of decay alone, at the largest decay."""
    steps = settings.epochs * 45
    return float(np.sign((1 - settings.rate * max(DECAYS)) ** steps))


NEGATIVE = ba.measure(
    lambda data: data.negative - data.negative.sel(decay=0.0),
    "share of negative weights above that without decay",
)
CENTRING = ba.measure(
    lambda data: data.mean_power - data.mean_power.sel(decay=0.0),
    "squared mean over mean square of the weights above that without decay",
)
SIZE = ba.measure(
    lambda data: data["size"] / data["size"].sel(decay=0.0),
    "root mean square weight relative to that without decay",
)
COHERENCE = ba.measure(
    lambda data: data.coherence, "coherence of the updates of a unit by one sample"
)
AGREEMENT = ba.measure(
    lambda data: data.agreement, "share of updates with the sign of minus error times input"
)
RIDGE = ba.measure(lambda data: data.ridge, "weight of the second input")
BOUNDARY = ba.measure(
    lambda data: data.boundary - predict_boundary(),
    "penalty at which the weight changes sign minus its closed form",
    best=0.0,
)
HEBBIAN = ba.measure(
    lambda data: data.hebbian, "weight at the largest penalty over its Hebbian limit", best=1.0
)
DECAYED = ba.measure(lambda: predict_decayed_sign(), "sign of a positive weight after decay alone")
#: One weight in a hundred: what decay would have to make negative to explain any minus sign.
SOME = 0.01
SOURCE = "Cross Validated 2015"
CLAIMS = (
    ba.Claim(
        "D2a",
        "Weight decay keeps weights centred, so some of them are negative.",
        SOURCE,
        *(NEGATIVE.at(decay=DECAYS[-1], layer=k) >= SOME for k in LAYERS),
        refuted="No: it shrinks weights without turning any; the gradient of the error gives "
        "an update its sign",
        supported="Yes: with decay, more weights are negative",
    ),
    ba.Claim(
        "D2b",
        "Weight decay centres the weights: their mean shrinks more than their size.",
        SOURCE,
        *(CENTRING.at(decay=DECAYS[-1], layer=k) <= 0.0 for k in LAYERS),
        *(SIZE.at(decay=DECAYS[-1], layer=k) <= 1.0 for k in LAYERS),
    ),
    ba.Claim("D2c", "Weight decay alone changes no sign.", "ours", DECAYED.at() >= 1.0),
    ba.Claim(
        "D2d",
        "The gradient of the error carries the sign: an update is minus error times input.",
        SOURCE,
        *(AGREEMENT.at(pixels=kind) >= 0.999 for kind in INPUTS),
    ),
    ba.Claim(
        "D2e",
        "With inputs of 0 or more, one sample moves all weights of a unit in one direction; with "
        "centred inputs it does not.",
        "ours",
        *(COHERENCE.at(pixels=INPUTS[0], step=step) >= 1.0 for step in SETTINGS.steps),
        *(COHERENCE.at(pixels=INPUTS[1], step=step) <= 0.5 for step in SETTINGS.steps),
    ),
    ba.Claim(
        "D2f",
        "With correlated inputs decay removes minus signs: beyond a penalty the weight is positive "
        "and approaches the covariance over the penalty.",
        "ours",
        # The covariance of x2 and y, 0.2, has a standard error of 0.006: 3 % of 2.3, or 0.07.
        BOUNDARY.at().between(-0.1, 0.1),
        RIDGE.at(penalty=0.5) <= 0.0,
        RIDGE.at(penalty=2.0) >= 0.0,
        HEBBIAN.at().between(0.95, 1.05),
    ),
)
FIGURE = ba.figures.Panels(
    (
        ba.figures.StudyCurves(
            "negative",
            "decay",
            by="layer",
            scale=100,
            xlabel="weight decay [1]",
            ylabel="negative weights [%]",
        ),
        ba.figures.StudyCurves(
            lambda data: data.ridge.sel(penalty=slice(0, 5)),
            "penalty",
            xlabel="penalty per sample [1]",
            ylabel="weight of the second of two correlated inputs [1]",
        ),
    ),
    "Decay leaves fewer weights negative, and a growing penalty turns the negative weight of a "
    "correlated input positive.",
)


def study() -> ba.Study:
    return ba.Study(
        "weight_decay",
        measure_weights,
        DIMENSIONS,
        coordinates=COORDINATES,
        settings=SETTINGS,
        seeds=8,
        question="Does weight decay make weights negative?",
        source=SOURCE,
        claims=CLAIMS,
        figures=(FIGURE,),
    )
