"""Noise and occlusion: are networks sensitive to noisy or incomplete input, and do signs matter?

Classifiers of 8 x 8 digits with 48 ReLU units, with free weights and under two sign constraints,
learn from clean images and are tested with perturbed ones: with Gaussian noise in every pixel, and
with a square of black pixels, which is the colour of the background. Another network with free
weights learns from as many images, of which a third are noisy and a third are occluded. The free
network is translated to a spiking one.

Every test image has five noise patterns, each scaled to the level, and five places of its square,
the same for all networks and seeds, so that the images are counted once. The spiking network, and
the network that it translates, see one of each of 180 test images.
"""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

import bioann as ba
from bioann.analyses import sign_regimes_networks as networks
from bioann.analyses.perturbed_images import add_noise, occlude, perturb_two_thirds
from bioann.analyses.sign_regimes_translation import translate_decisions
from bioann.claims.measure import Measure

#: Sign constraint of each network, a regime of the study `sign_regimes`.
REGIMES = {
    "free": "free",
    "weights >= 0": "weights >= 0",
    "Dale columns": "Dale columns",
    "free, trained with perturbed images": "free",
}
CONSTRAINED = ("weights >= 0", "Dale columns")
PERTURBED = "free, trained with perturbed images"
MODELS = ("rate model", "spiking model")
#: Perturbations of the images that both models see.
CONDITIONS = ("clean", "noise", "occlusion", "blank")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Perturbations, and how the networks are trained and translated.

    Attributes
    ----------
    noise : tuple of float
        Standard deviations of the noise, in units of the range of a pixel.
    sides : tuple of int
        Sides of the black square, in pixels; 8 covers the image.
    patterns : int
        Noise patterns and places of the square of each test image.
    shown : int
        Number of test images that both models see.
    training : sign_regimes_networks.Settings
        Epochs, batch, learning rate, and number of images that calibrate a translation.
    """

    noise: tuple[float, ...] = (0.0, 0.15, 0.3, 0.6)
    sides: tuple[int, ...] = (0, 2, 4, 6, 8)
    patterns: int = 5
    shown: int = 180
    training: networks.Settings = dataclasses.field(default_factory=networks.Settings)


SETTINGS = Settings()
#: Where the claims are judged: noise as large as the standard deviation of a pixel over images,
#: 0.28 of its range (root mean square over the pixels that vary), and a square that covers a
#: quarter of the image.
NOISE, SIDE = 0.3, 4
DIMENSIONS = {
    "noisy": ("network", "noise", "image"),
    "occluded": ("network", "side", "image"),
    "translated": ("model", "condition", "shown"),
}
COORDINATES = {
    "network": tuple(REGIMES),
    "noise": SETTINGS.noise,
    "side": SETTINGS.sides,
    "image": range(359),
    "shown": range(SETTINGS.shown),
    "model": MODELS,
    "condition": CONDITIONS,
}


def find_correct(network: ba.LayeredNetwork, sets: Sequence[xr.Dataset]) -> np.ndarray:
    """Return which images of several test sets a network gets right: (set, image)."""
    answers = [network.predict(test.input.values).argmax(axis=1) for test in sets]
    return np.array(answers) == sets[0].target.values


def translate_free_network(
    network: ba.LayeredNetwork, data: xr.Dataset, test: xr.Dataset, seed: int, settings: Settings
) -> np.ndarray:
    """Return which images both models get right in each condition: (model, condition, image)."""
    clean = test.isel(sample=slice(settings.shown))
    sets = [clean, add_noise(clean, NOISE, 0), occlude(clean, SIDE, 0), occlude(clean, 8, 0)]
    training = dataclasses.replace(settings.training, shown=len(sets) * settings.shown)
    correct = translate_decisions(network, data, xr.concat(sets, "sample"), seed, training)
    return correct.reshape(len(MODELS), len(sets), -1)


def evaluate_networks(seed: int, settings: Settings) -> xr.Dataset:
    """Train all networks from one seed, translate one of them, and test them."""
    data, test = ba.tasks.split_samples(ba.tasks.digits(), 0.2, seed=0)
    patterns = range(settings.patterns)
    noisy = [[add_noise(test, level, k) for k in patterns] for level in settings.noise]
    occluded = [[occlude(test, side, k) for k in patterns] for side in settings.sides]
    values: dict[str, list[np.ndarray]] = {"noisy": [], "occluded": []}
    for name, regime in REGIMES.items():
        # Seeds from 0 on are those of the test images.
        images = perturb_two_thirds(data, NOISE, SIDE, seed + 1000) if name == PERTURBED else data
        network = networks.train_usual_network(images, regime, seed, settings.training)
        for kind, levels in (("noisy", noisy), ("occluded", occluded)):
            correct = [find_correct(network, sets).mean(axis=0) for sets in levels]
            values[kind].append(np.array(correct))
        if name == "free":
            values["translated"] = list(translate_free_network(network, data, test, seed, settings))
    return xr.Dataset(
        {name: (dims, np.array(values[name], dtype=float)) for name, dims in DIMENSIONS.items()},
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


def compute_loss(data: xr.Dataset, kind: str, level: str) -> xr.DataArray:
    """Return the accuracy for clean images minus that at each level, in percentage points."""
    correct = data[kind].astype(float)
    return 100 * (correct.sel({level: 0}, drop=True) - correct)


def subtract_free(data: xr.Dataset, kind: str, level: str) -> xr.DataArray:
    """Return the loss of each network minus that of the free one, in percentage points."""
    loss = compute_loss(data, kind, level)
    return loss - loss.sel(network="free", drop=True)


def subtract_half(data: xr.Dataset, kind: str, level: str) -> xr.DataArray:
    """Return the loss after training with perturbed images minus half of that without."""
    loss = compute_loss(data, kind, level)
    return loss.sel(network=PERTURBED, drop=True) - loss.sel(network="free", drop=True) / 2


def compute_translated_loss(data: xr.Dataset) -> xr.DataArray:
    """Return the accuracy for clean images minus that in each condition, by model."""
    correct = data.translated
    return 100 * (correct.sel(condition="clean", drop=True) - correct)


def subtract_rate_model(data: xr.Dataset) -> xr.DataArray:
    """Return the loss of the spiking network minus that of the network that it translates."""
    rate, spiking = (compute_translated_loss(data).sel(model=m, drop=True) for m in MODELS)
    return spiking - rate


#: Variable, dimension and judged level of each perturbation.
PERTURBATIONS = {"noise": ("noisy", "noise", NOISE), "occlusion": ("occluded", "side", SIDE)}
POINTS: dict[str, Any] = {"unit": "percentage points", "best": 0.0}


def define_measures(function: Callable[..., xr.DataArray], text: str) -> tuple[Measure, ...]:
    """Return a measure for each perturbation; `text` is its name, with {} for the perturbation."""
    return tuple(
        ba.measure(
            functools.partial(function, kind=kind, level=level), text.format(cause), **POINTS
        )
        for cause, (kind, level, _) in PERTURBATIONS.items()
    )


def read_scores(measures: tuple[Measure, ...], **labels: str) -> list[ba.Score]:
    """Return the scores of all perturbations at the levels that are judged."""
    return [
        measure.at(**{level: value}, **labels)
        for measure, (_, level, value) in zip(measures, PERTURBATIONS.values(), strict=True)
    ]


LOSS = define_measures(compute_loss, "accuracy lost by {}")
EXCESS = define_measures(subtract_free, "accuracy lost by {}, minus that of the free network")
TRAINED_LOSS = define_measures(
    subtract_half, "accuracy lost by {} after training with it, minus half of that without"
)
LOST = "accuracy lost by perturbed images"
TRANSLATED_LOSS = ba.measure(compute_translated_loss, LOST, **POINTS)
TRANSLATION = ba.measure(subtract_rate_model, f"{LOST}, spiking model minus rate model", **POINTS)
BLANK = ba.measure(
    lambda data: 100 * data.occluded.sel(side=8, drop=True), "accuracy for blank images", unit="%"
)
SPIKING_BLANK = ba.measure(
    lambda data: 100 * data.translated.sel(model=MODELS[1], condition="blank", drop=True),
    "accuracy for blank images, spiking model",
    unit="%",
)
ARTICLE = "'Can Weights Be Negative?'"
#: Difference in percentage points that the article reports between networks of positive and of
#: negative weights, 75 % against 68 %.
DIFFERENCE = 7.0
HALF = DIFFERENCE / 2


SENSITIVE = [
    [score >= DIFFERENCE, TRANSLATED_LOSS.at(model=MODELS[1], condition=cause) >= DIFFERENCE]
    for cause, score in zip(PERTURBATIONS, read_scores(LOSS, network="free"), strict=True)
]
CLAIMS = (
    ba.Claim(
        "E16a",
        "Neural networks are sensitive to noisy input.",
        ARTICLE,
        *SENSITIVE[0],
        supported="Yes: noise as large as the variation of the images costs at least seven points",
        refuted="Not each: noise as large as the variation of images costs one less than 7 points",
    ),
    ba.Claim(
        "E16b",
        "Neural networks are sensitive to incomplete input.",
        ARTICLE,
        *SENSITIVE[1],
    ),
    ba.Claim(
        "E16c",
        "Signs do not matter for sensitivity to noise and occlusion: a sign constraint changes the "
        "loss of accuracy by less than three and a half percentage points.",
        "ours",
        *(
            score.between(-HALF, HALF)
            for network in CONSTRAINED
            for score in read_scores(EXCESS, network=network)
        ),
    ),
    ba.Claim(
        "E16d",
        "A spiking network loses as much accuracy by noise and occlusion as the network that it "
        "translates, to within three and a half percentage points.",
        "ours",
        *(TRANSLATION.at(condition=cause).between(-HALF, HALF) for cause in PERTURBATIONS),
    ),
    ba.Claim(
        "E16e",
        "The training set makes a network sensitive: one that learns from perturbed images loses "
        "at most half as much accuracy by them.",
        "ours",
        *(score <= 0.0 for score in read_scores(TRAINED_LOSS)),
    ),
    ba.Claim(
        "E16f",
        "Control: if the image is covered completely, accuracy is at chance (5 to 15 %), in both "
        "models.",
        "ours",
        *(BLANK.at(network=network).between(5.0, 15.0) for network in REGIMES),
        SPIKING_BLANK.at().between(5.0, 15.0),
    ),
)


def draw_curves(kind: str, level: str, xlabel: str) -> ba.figures.StudyCurves:
    return ba.figures.StudyCurves(
        kind, level, by="network", scale=100, xlabel=xlabel, ylabel="accuracy [%]"
    )


FIGURE = ba.figures.Panels(
    (
        draw_curves("noisy", "noise", "s.d. of noise [range of a pixel]"),
        draw_curves("occluded", "side", "side of the square [pixel]"),
    ),
    "Accuracy for test images with noise, and with a black square; a side of 8 covers the image.",
    height=3.6,
    share_y=True,
)
TRANSLATED_FIGURE = ba.figures.StudyCurves(
    "translated",
    "condition",
    by="model",
    scale=100,
    xlabel="test images",
    ylabel="accuracy [%]",
    message="The free network and its spiking translation for the same test images: noise of 0.3, "
    "a square with a side of 4, and one that covers the image.",
)


def study() -> ba.Study:
    return ba.Study(
        "noise_and_occlusion",
        evaluate_networks,
        DIMENSIONS,
        coordinates=COORDINATES,
        settings=SETTINGS,
        seeds=5,
        shared=("image", "shown"),
        question="Are networks sensitive to noisy or incomplete input, and do signs matter?",
        source=f"{ARTICLE} (web article)",
        claims=CLAIMS,
        figures=(FIGURE, TRANSLATED_FIGURE),
    )
