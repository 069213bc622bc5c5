r"""Scaled negative weights: do too small ones underfit, and too large ones overfit?

Trains ReLU classifiers (64-48-10) of scikit-learn's digits, translates each to a conductance-based
network, multiplies all negative weights by 0 to 3, and shows both models images of the training set
and held-out images. An underfitted classifier is wrong on its training set, too; an overfitted one
is right there and wrong on other images: the gap between both accuracies is wide. As a control, the
same network is trained on few images, in as many steps.

The spiking model has no weights below zero. Those of the hidden cells are the conductances of
GABAergic synapses. Each output is the difference of two cells, one for its positive and one for its
negative part; the latter has all weights with the sign negated, so that its glutamatergic synapses
are those of negative weights. Needs the extras ``train`` and ``data``.
"""

import dataclasses
from typing import Any

import numpy as np
import xarray as xr
from brian2 import siemens

import bioann as ba
from bioann.analyses.digits_networks import (
    build_untrained_network,
    load_digit_sets,
    make_digit_stimulus,
    train_classifiers,
)
from bioann.analyses.digits_translation import translate_network
from bioann.analyses.sign_regimes_networks import repeat_samples
from bioann.ann.init import He
from bioann.ann.training.options import TrainingOptions
from bioann.correspondence import read_responses
from bioann.translate.explain.decisions_over_time import average_settled_responses, choose_classes

MODELS = ("spiking model", "rate model")
SETS = ("training", "held-out")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Factors of negative weights, duration of an image in seconds, and numbers of images.

    `n_images` of the training set and as many held-out ones are classified; `n_few` train the
    control.
    """

    factors: tuple[float, ...] = (0.0, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
    duration: float = 0.3
    n_images: int = 240
    n_few: int = 90


SETTINGS = Settings()
DIMENSIONS = {
    "correct": ("model", "factor", "set", "image"),
    "few_correct": ("set", "image"),
}
COORDINATES: dict[str, tuple[Any, ...]] = {
    "model": MODELS,
    "factor": SETTINGS.factors,
    "set": SETS,
    "image": tuple(range(SETTINGS.n_images)),
}


def scale_classifier(network: ba.LayeredNetwork, factor: float) -> ba.LayeredNetwork:
    """Return a classifier with all negative weights multiplied by a factor; biases are kept."""
    return network.with_parameters(
        [
            {
                name: np.where(array < 0, factor * array, array) if name == "W" else array
                for name, array in layer.items()
            }
            for layer in network.parameters
        ]
    )


def is_negative(projection: ba.Projection) -> bool:
    """Return whether the synapses of a translated classifier are those of negative weights."""
    is_inverted = projection.target.startswith("digit_off")
    return projection.source.endswith("GABA") != is_inverted


def scale_conductances(network: ba.SpikingNetwork, factor: float) -> ba.SpikingNetwork:
    """Return a translated classifier with the conductances of negative weights multiplied."""
    projections = tuple(
        dataclasses.replace(p, weight=p.weight * factor * siemens) if is_negative(p) else p
        for p in network.projections
    )
    return dataclasses.replace(network, projections=projections)


def classify_with_spikes(
    translation: ba.Translation,
    outputs: tuple[str, ...],
    images: xr.Dataset,
    seed: int,
    settings: Settings,
) -> np.ndarray:
    """Return the digits that a spiking network chooses, shape (factor, image)."""
    stimulus = make_digit_stimulus(images).sel(time=slice(0, settings.duration))
    matches = translation.correspondence.keep_matches(*outputs)
    choices = []
    for factor in settings.factors:
        network = scale_conductances(translation.network, factor)
        recording = network.run(stimulus, trials=1, seed=seed)
        responses = read_responses(recording, matches, "bio").isel(trial=0)
        choices.append(choose_classes(average_settled_responses(responses), 0.0))
    return np.array(choices)


def train_on_few(training: xr.Dataset, n_images: int, seed: int) -> tuple[Any, xr.Dataset]:
    """Train a classifier on few images, repeated to as many as all; return it, and the images."""
    few = repeat_samples(training, n_images, seed=seed)
    options = TrainingOptions(epochs=60, batch=32, rate=2e-3, decay=1e-2, initialisation=He())
    network = build_untrained_network("dense")
    return ba.train(network, few, options, seeds=(seed,), progress=False).networks[0], few


def classify_scaled(seed: int, settings: Settings) -> xr.Dataset:
    """Train and translate a classifier, scale its negative weights, and classify images."""
    training, held_out = load_digit_sets()
    (classifier,) = train_classifiers("dense", (seed,))
    rate_network = classifier.to_rate_network()
    translation = translate_network(rate_network, training, seed, "auto")
    shown = slice(settings.n_images)
    images = xr.concat([training.isel(sample=shown), held_out.isel(sample=shown)], dim="sample")
    spiking = classify_with_spikes(translation, rate_network.units[-10:], images, seed, settings)
    rate = [
        scale_classifier(classifier, factor).predict(images.input.values).argmax(axis=1)
        for factor in settings.factors
    ]
    shape = (len(MODELS), len(settings.factors), len(SETS), settings.n_images)
    correct = (np.array([spiking, rate]) == images.target.values).reshape(shape)
    few_network, few = train_on_few(training, settings.n_few, seed)
    few_images = xr.concat([few.isel(sample=shown), held_out.isel(sample=shown)], dim="sample")
    few_choices = few_network.predict(few_images.input.values).argmax(axis=1)
    few_correct = (few_choices == few_images.target.values).reshape(shape[2:])
    return xr.Dataset(
        {
            "correct": (DIMENSIONS["correct"], correct),
            "few_correct": (DIMENSIONS["few_correct"], few_correct),
        },
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


def compare_with_trained(data: xr.Dataset) -> xr.DataArray:
    """Return the accuracy in per cent minus that with the weights as trained, in points."""
    accuracy = 100 * data.correct
    return accuracy - accuracy.sel(factor=1.0, drop=True)


def compute_gap(correct: xr.DataArray) -> xr.DataArray:
    """Return the accuracy on training images minus that on held-out images, in points."""
    return 100 * (correct.sel(set=SETS[0], drop=True) - correct.sel(set=SETS[1], drop=True))


def compare_gaps(data: xr.Dataset) -> xr.DataArray:
    """Return the gap minus that with the weights as trained, in points."""
    gap = compute_gap(data.correct)
    return gap - gap.sel(factor=1.0, drop=True)


def draw_accuracy(images: str) -> ba.figures.StudyCurves:
    """Return the figure of the accuracies on a set of images."""
    return ba.figures.StudyCurves(
        lambda data: 100 * data.correct.sel(set=images, drop=True),
        along="factor",
        by="model",
        heading=f"{images} images",
        xlabel="factor of negative weights [1]",
        ylabel="accuracy [%]",
        ylim=(0.0, 102.0),
    )


def compare_models(data: xr.Dataset) -> xr.DataArray:
    """Return the accuracy of the spiking model minus that of the rate model, in points."""
    spiking, rate = (data.correct.sel(model=model, drop=True) for model in MODELS)
    return 100 * (spiking - rate)


POINTS = "percentage points"
CHANGE = ba.measure(
    compare_with_trained, "accuracy minus that with weights as trained", unit=POINTS
)
GAP = ba.measure(
    compare_gaps,
    "gap of training and held-out accuracy minus that with weights as trained",
    unit=POINTS,
)
FEW_GAP = ba.measure(
    lambda data: compute_gap(data.few_correct),
    "gap of training and held-out accuracy after training on few images",
    unit=POINTS,
)
DIFFERENCE = ba.measure(
    compare_models,
    "accuracy of the spiking model minus that of the rate model",
    unit=POINTS,
    best=0,
)
ARTICLE = "'Can Weights Be Negative?'"
SMALLEST, LARGEST = SETTINGS.factors[0], SETTINGS.factors[-1]
CLAIMS = (
    ba.Claim(
        "E15a",
        "Too small negative weights underfit: without them accuracy on the training set falls by "
        "10 points or more.",
        ARTICLE,
        *(CHANGE.at(model=m, factor=SMALLEST, set=SETS[0]) <= -10.0 for m in MODELS),
    ),
    ba.Claim(
        "E15b",
        "Too large negative weights overfit: with three times their size accuracy on the training "
        "set stays, and the gap to other images grows.",
        ARTICLE,
        *(CHANGE.at(model=m, factor=LARGEST, set=SETS[0]) >= -5.0 for m in MODELS),
        *(GAP.at(model=m, factor=LARGEST) >= 1.0 for m in MODELS),
        supported="Yes: too large negative weights widen the gap between training and other images",
        refuted="Too large ones do not overfit: accuracy falls on the training set as well, or the "
        "gap to other images does not grow",
    ),
    ba.Claim(
        "E15c",
        "Too large negative weights underfit, too: with three times their size accuracy on the "
        "training set falls by 10 points or more.",
        "ours",
        *(CHANGE.at(model=m, factor=LARGEST, set=SETS[0]) <= -10.0 for m in MODELS),
    ),
    ba.Claim(
        "E15d",
        "Control: the gap between training and other images shows overfitting where there is some; "
        "after training on 90 images it is 5 points or more.",
        "ours",
        FEW_GAP.at() >= 5.0,
    ),
    ba.Claim(
        "E15e",
        "Scaled conductances do to the spiking model what scaled weights do to the rate model: "
        "accuracies are the same to 5 points.",
        "ours",
        *(DIFFERENCE.at(factor=f, set=SETS[1]).between(-5.0, 5.0) for f in SETTINGS.factors),
    ),
)
FIGURE = ba.figures.Panels(
    (
        *map(draw_accuracy, SETS),
        ba.figures.StudyCurves(
            lambda data: compute_gap(data.correct),
            along="factor",
            by="model",
            heading="gap",
            xlabel="factor of negative weights [1]",
            ylabel="gap [percentage points]",
        ),
    ),
    "Both models lose accuracy on training images as well as on held-out ones, whether their "
    "negative weights are too small or too large. Gap: training minus held-out accuracy; as a "
    "control, that of a network trained on 90 images.",
    scores=(FEW_GAP.at(),),
)


def study() -> ba.Study:
    return ba.Study(
        "scaled_negative_weights",
        classify_scaled,
        DIMENSIONS,
        coordinates=COORDINATES,
        seeds=5,
        settings=SETTINGS,
        shared=("image",),
        question="Do too small negative weights underfit, and too large ones overfit?",
        source="'Neural Network: Can Weights Be Negative?' (web article); images: E. Alpaydin and "
        "C. Kaynak 1998, by scikit-learn",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
