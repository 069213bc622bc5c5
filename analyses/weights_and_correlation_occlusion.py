"""Occlusion of pixels in classifiers of digits for the study `weights_and_correlation`."""

from typing import Any

import numpy as np
import xarray as xr
from scipy.special import log_softmax
from scipy.stats import spearmanr

import bioann as ba
from bioann.analyses.digits_networks import build_untrained_network, make_digit_stimulus
from bioann.analyses.digits_translation import average_late_rates, translate_network
from bioann.analyses.weights_and_correlation_fits import N_CLASSES, Settings
from bioann.base.randomness import make_rng
from bioann.correspondence import read_responses

N_PIXELS = 64
DECAYS = (0.0, 1.0)
PREDICTORS = ("size", "size times s.d.")
EFFECTS = ("output", "loss")


def train_classifier(
    data: xr.Dataset, seed: int, decay: float, settings: Settings
) -> ba.LayeredNetwork:
    """Train a classifier of digits, 64-48-10."""
    options = ba.training.TrainingOptions(
        epochs=settings.epochs, batch=32, rate=settings.rate, decay=decay
    )
    network = build_untrained_network("dense")
    return ba.train(network, data, options, seeds=(seed,), progress=False).networks[0]


def occlude_pixels(images: np.ndarray, means: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Return images as they are, then with each pixel at its mean: (1 + pixel, image, 64)."""
    occluded = np.repeat(images[None], 1 + len(pixels), axis=0)
    for copy, pixel in zip(occluded[1:], pixels, strict=True):
        copy[:, pixel] = means[pixel]
    return occluded


def measure_output_changes(outputs: np.ndarray) -> np.ndarray:
    """Return the mean size of the change of the outputs by each occlusion.

    Parameters
    ----------
    outputs : numpy.ndarray, shape (1 + pixel, image, class)
        Outputs for images as they are, and with each pixel occluded.

    Returns
    -------
    numpy.ndarray, shape (pixel,)
    """
    return np.asarray(np.abs(outputs[1:] - outputs[0]).mean(axis=(1, 2)))


def measure_loss_rises(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the rise of the mean cross-entropy by each occlusion; see `measure_output_changes`."""
    losses = -log_softmax(logits, axis=-1)[:, np.arange(len(labels)), labels].mean(axis=1)
    return np.asarray(losses[1:] - losses[0])


def rank_sizes(network: ba.LayeredNetwork, stds: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Return what is ranked for each input: (predictor, pixel).

    Parameters
    ----------
    network : LayeredNetwork
        A classifier with the layers flat, hidden and digit.
    stds : numpy.ndarray, shape (64,)
        Standard deviation of each pixel.
    scales : numpy.ndarray, shape (64,)
        Factor by which the unit of each input is changed: inputs are multiplied by it and weights
        divided, so that the network computes the same.
    """
    sizes = np.sqrt((network.parameters[1]["W"] ** 2).mean(axis=0)) / scales
    return np.stack([sizes, sizes * stds * scales])


def correlate_ranks(predictors: np.ndarray, effect: np.ndarray) -> list[float]:
    """Return Spearman's rank correlation of each predictor with an effect."""
    return [float(spearmanr(predictor, effect).statistic) for predictor in predictors]


def measure_spiking_outputs(
    network: ba.LayeredNetwork, data: xr.Dataset, variants: np.ndarray, seed: int
) -> np.ndarray:
    """Translate a classifier, and return rates relative to activation 1: shape as of the logits."""
    rate_network = network.to_rate_network()
    translation = translate_network(rate_network, data, seed, "auto")
    matches = translation.correspondence.keep_matches(*rate_network.units[-N_CLASSES:])
    shown = xr.Dataset({"input": (("sample", "y", "x"), variants.reshape(-1, 8, 8))})
    recording = translation.network.run(make_digit_stimulus(shown), trials=1, seed=seed)
    rates = average_late_rates(read_responses(recording, matches, "bio").isel(trial=0))
    return rates.reshape(*variants.shape[:2], N_CLASSES)


def measure_sizes(
    data: xr.Dataset, test: xr.Dataset, seed: int, settings: Settings
) -> dict[str, np.ndarray | float]:
    """Occlude every pixel that varies, in classifiers and in the translation of the first."""
    x, images = (d.input.values.reshape(-1, N_PIXELS) for d in (data, test))
    means, stds, pixels = x.mean(axis=0), x.std(axis=0), np.flatnonzero(x.std(axis=0) > 0)
    variants, shown = (occlude_pixels(images[:n], means, pixels) for n in (None, settings.n_images))
    scales = 10 ** make_rng(seed, "weights and correlation", "units").uniform(-1, 1, N_PIXELS)
    values: dict[str, Any] = {"rank": np.zeros((len(DECAYS), len(PREDICTORS), len(EFFECTS)))}
    for k, decay in enumerate(DECAYS):
        network = train_classifier(data, seed, decay, settings)
        predictors = rank_sizes(network, stds, np.ones(N_PIXELS))[:, pixels]
        logits = network.predict(variants.reshape(-1, 1, 8, 8)).reshape(*variants.shape[:2], -1)
        rises = measure_loss_rises(logits, test.target.values)
        for i, effect in enumerate((measure_output_changes(logits), rises)):
            values["rank"][k, :, i] = correlate_ranks(predictors, effect)
        if k == 0:
            rescaled = rank_sizes(network, stds, scales)[:, pixels]
            values["rescaled_rank"] = np.array(correlate_ranks(rescaled, rises))
            rates = measure_spiking_outputs(network, data, shown, seed)
            effects = [measure_output_changes(o) for o in (rates, logits[:, : shown.shape[1]])]
            ranks = [correlate_ranks(predictors, effect) for effect in effects]
            values["rank_of_output"] = np.array(ranks)
            values["agreement"] = correlate_ranks(np.array(effects[:1]), effects[1])[0]
    return values
