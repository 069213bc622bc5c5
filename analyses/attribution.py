r"""Attribution: can one say which inputs decided, and do both models decide by the same ones?

The units of a ReLU network that are active for one input make it linear there: the output is
:math:`y = \sum_i x_i g_i + b`, with the gradient :math:`g` and a contribution :math:`b` of the
biases. The terms :math:`x_i g_i` above zero are the excitatory evidence for a class, those below
zero the inhibitory evidence. The study trains classifiers of digits, translates each to a spiking
network, and removes pixels of one image of each class from both: the pixels with most evidence of
either sign, pixels at random, and each pixel alone.
"""

import dataclasses

import numpy as np
import xarray as xr

import bioann as ba
from bioann.analyses.digits_networks import (
    build_untrained_network,
    load_digit_sets,
    make_digit_stimulus,
)
from bioann.analyses.digits_translation import average_late_rates, translate_network
from bioann.ann.init import He
from bioann.ann.training.options import TrainingOptions
from bioann.base.randomness import make_rng
from bioann.correspondence import read_responses

N_PIXELS, N_CLASSES = 64, 10
MODELS = ("spiking model", "rate model")
REMOVALS = ("excitatory evidence", "inhibitory evidence", "random pixels")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Epochs of training, pixels that are removed together, and random sets of them."""

    epochs: int = 30
    n_removed: int = 8
    n_random: int = 10


SETTINGS = Settings()
COORDINATES = {
    "model": MODELS,
    "removal": REMOVALS,
    "pixel": tuple(range(N_PIXELS)),
    "image": tuple(range(N_CLASSES)),
}


def compute_gradient(network: ba.LayeredNetwork, image: np.ndarray, output: int) -> np.ndarray:
    """Return the derivative of an output with respect to each pixel, shape (64,)."""
    _, hidden, readout = network.parameters
    is_active = hidden["W"] @ image + hidden["bias"] > 0
    return (readout["W"][output] * is_active) @ hidden["W"]


def compute_bias_share(network: ba.LayeredNetwork, image: np.ndarray, output: int) -> float:
    """Return what the biases contribute to an output."""
    _, hidden, readout = network.parameters
    is_active = hidden["W"] @ image + hidden["bias"] > 0
    return float(readout["bias"][output] + (readout["W"][output] * is_active) @ hidden["bias"])


def choose_pixels(
    evidence: np.ndarray, image: np.ndarray, settings: Settings, rng: np.random.Generator
) -> list[np.ndarray]:
    """Return the sets of pixels to remove: most evidence of either sign, then random sets."""
    order, n = np.argsort(evidence), settings.n_removed
    inked = np.flatnonzero(image > 0)
    random = [rng.choice(inked, n, replace=False) for _ in range(settings.n_random)]
    return [order[-n:], order[:n], *random]


def remove_pixels(image: np.ndarray, pixel_sets: list[np.ndarray]) -> np.ndarray:
    """Return the image as it is, then without each set of pixels, shape (1 + set, 64)."""
    images = np.tile(image, (1 + len(pixel_sets), 1))
    for row, pixels in zip(images[1:], pixel_sets, strict=True):
        row[pixels] = 0.0
    return images


def attribute_decisions(seed: int, settings: Settings) -> xr.Dataset:
    """Train a classifier, and remove pixels of one image of each class from both models."""
    training, held_out = load_digit_sets()
    options = TrainingOptions(
        epochs=settings.epochs, batch=32, rate=2e-3, decay=1e-2, initialisation=He()
    )
    network = ba.train(
        build_untrained_network("dense"), training, options, seeds=(seed,), progress=False
    ).networks[0]
    labels = held_out.target.values
    pixels = held_out.input.values.reshape(len(labels), N_PIXELS)
    images = pixels[[np.flatnonzero(labels == digit)[0] for digit in range(N_CLASSES)]]
    rng, variants, gradients = make_rng(seed, "attribution"), [], []
    outputs = network.predict(images.reshape(-1, 1, 8, 8)).argmax(axis=-1)
    for image, output in zip(images, outputs, strict=True):
        gradients.append(compute_gradient(network, image, output))
        sets = choose_pixels(image * gradients[-1], image, settings, rng)
        variants.append(remove_pixels(image, [*sets, *np.arange(N_PIXELS)[:, None]]))
    return measure_effects(network, np.array(variants), outputs, np.array(gradients), seed)


def measure_effects(
    network: ba.LayeredNetwork,
    variants: np.ndarray,
    outputs: np.ndarray,
    gradients: np.ndarray,
    seed: int,
) -> xr.Dataset:
    """Show both models the images with pixels removed, and return the changes of the outputs."""
    n_images, n_variants, _ = variants.shape
    shown = xr.Dataset({"input": (("sample", "y", "x"), variants.reshape(-1, 8, 8))})
    rate_network = network.to_rate_network()
    translation = translate_network(rate_network, load_digit_sets()[0], seed, "auto")
    matches = translation.correspondence.keep_matches(*rate_network.units[-N_CLASSES:])
    recording = translation.network.run(make_digit_stimulus(shown), trials=1, seed=seed)
    rates = average_late_rates(read_responses(recording, matches, "bio").isel(trial=0))
    logits = network.predict(variants.reshape(-1, 1, 8, 8))
    responses = np.stack([rates, logits]).reshape(len(MODELS), n_images, n_variants, N_CLASSES)
    chosen = np.take_along_axis(responses, outputs[None, :, None, None], axis=-1)[..., 0]
    changes = chosen[..., 1:] - chosen[..., :1]
    n_sets = n_variants - 1 - N_PIXELS
    by_set, by_pixel = changes[..., :n_sets], changes[..., n_sets:]
    removal = np.stack([by_set[..., 0], by_set[..., 1], by_set[..., 2:].mean(axis=-1)], axis=1)
    shown_images = zip(variants[:, 0], outputs, strict=True)
    bias = np.array([compute_bias_share(network, image, output) for image, output in shown_images])
    total = (variants[:, 0] * gradients).sum(axis=-1) + bias
    return xr.Dataset(
        {
            "gap": ("image", np.abs(total - chosen[1, :, 0])),
            "change": (("model", "removal", "image"), removal),
            "pixel_change": (("model", "image", "pixel"), by_pixel),
            "evidence": (("image", "pixel"), variants[:, 0] * gradients),
            "gradient": (("image", "pixel"), gradients),
        },
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


def correlate_pixels(data: xr.Dataset) -> xr.DataArray:
    """Correlate the effects of removing each pixel on the two models, for each image."""
    spiking, rate = (data.pixel_change.sel(model=model, drop=True) for model in MODELS)
    return xr.corr(spiking, rate, dim="pixel")


def compare_with_random(data: xr.Dataset) -> xr.DataArray:
    """Return the change that removing evidence makes, minus that of removing random pixels."""
    return data.change - data.change.sel(removal="random pixels", drop=True)


def compare_signs(data: xr.Dataset) -> xr.DataArray:
    """Return the share of pixels whose gradient has the sign of their evidence."""
    return (np.sign(data.gradient) == np.sign(data.evidence)).mean("pixel")


GAP = ba.measure(lambda data: data.gap, "output that the evidence leaves unexplained", best=0.0)
EFFECT = ba.measure(compare_with_random, "effect of removing pixels, minus that of random ones")
CORRELATION = ba.measure(
    correlate_pixels, "correlation of the effects of single pixels", best=1.0, limits=(-1, 1)
)
SIGNS = ba.measure(compare_signs, "share of pixels whose gradient has the sign of their evidence")
ARTICLE = "'Can Weights Be Negative?'"
CLAIMS = (
    ba.Claim(
        "D12a",
        "That networks are black boxes is a misconception: one can say what each input "
        "contributed to an output.",
        ARTICLE,
        GAP.at() <= 1e-5,
        EFFECT.at(model="rate model", removal=REMOVALS[0]) <= 0.0,
        EFFECT.at(model="rate model", removal=REMOVALS[1]) >= 0.0,
    ),
    ba.Claim(
        "D12b",
        "Nor is a spiking network: what is evidence in the rate model is evidence there.",
        "ours",
        EFFECT.at(model="spiking model", removal=REMOVALS[0]) <= 0.0,
        EFFECT.at(model="spiking model", removal=REMOVALS[1]) >= 0.0,
        CORRELATION.at() >= 0.9,
        supported="Yes: pixels that are excitatory or inhibitory evidence in the rate model "
        "are so in the spiking model",
        refuted="In the rate model, but the spiking model decides by other inputs",
    ),
    ba.Claim(
        "D12c",
        "The sign of the gradient tells whether an input excites or inhibits the output.",
        "ours",
        SIGNS.at() >= 0.95,
    ),
)

FIGURE = ba.figures.StudyCurves(
    "change",
    along="removal",
    by="model",
    xlabel="pixels that are removed",
    ylabel="change of the output [activation]",
    message="Removing the pixels with most excitatory evidence lowers the output of both models, "
    "and removing inhibitory evidence raises it.",
)


def study() -> ba.Study:
    return ba.Study(
        "attribution",
        attribute_decisions,
        {
            "gap": ("image",),
            "change": ("model", "removal", "image"),
            "pixel_change": ("model", "image", "pixel"),
            "evidence": ("image", "pixel"),
            "gradient": ("image", "pixel"),
        },
        coordinates=COORDINATES,
        settings=SETTINGS,
        seeds=5,
        shared=("image",),
        question="Can one say which inputs decided, and are they the same ones in both models?",
        source="'Neural Network: Can Weights Be Negative?' (web article)",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
