"""Digits: a trained classifier with signed weights, and the same as neurons of two transmitters.

Rate model: 64-48-10 ReLU units trained on scikit-learn's digits. Spiking model: its translation,
with one neuron for each transmitter that a unit or pixel needs. The weights, the training images
for the calibration, its result and the held-out images that are shown are in digits.json, which
``python analyses/digits.py --seeds 1 --ship models/digits.json`` writes.
"""

import json
from importlib import resources
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.claims.sources import FORUM_2023

DIGITS = tuple(f"digit[{i}]" for i in range(10))
PIXELS = tuple(f"pixel_{r}_{c}" for r in range(8) for c in range(8))
#: Duration of each image; time step, within which spikes are timed.
IMAGE_DURATION, TIME_STEP = 500 * ms, 1 * ms


def read_stored_data() -> dict[str, Any]:
    file = resources.files("bioann.models") / "digits.json"
    return dict(json.loads(file.read_text(encoding="utf-8")))


def build_classifier(weights: dict[str, Any]) -> ba.LayeredNetwork:
    hidden = ba.layers.Dense(np.array(weights["W1"]), np.array(weights["b1"]))
    output = ba.layers.Dense(np.array(weights["W2"]), np.array(weights["b2"]), "linear")
    return ba.LayeredNetwork(
        (hidden, output), channels=PIXELS, names=("hidden", "digit"), outputs=DIGITS
    )


def translate_classifier(
    classifier: ba.LayeredNetwork, stored_data: dict[str, Any], **options: Any
) -> ba.Translation:
    # Without ``transfers`` it is calibrated on these images.
    images = np.array(stored_data["calibration"], dtype=float) / 16
    shown = ba.stimuli.images(images, duration=IMAGE_DURATION)
    return ba.to_bio(classifier, inputs="rate", calibration=shown, dt=TIME_STEP, **options)


def make_image_stimulus(stored_data: dict[str, Any]) -> xr.DataArray:
    held_out = np.array(stored_data["shown"], dtype=float) / 16
    names = [*(f"a {digit}" for digit in stored_data["labels"]), "all black", "all white"]
    return ba.stimuli.images(
        [*held_out, np.zeros((8, 8)), np.ones((8, 8))],
        duration=IMAGE_DURATION,
        names=names,
        coords={"uniform": [float(name.startswith("all")) for name in names]},
    )


def compute_least_output(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the smallest output for an image, the largest of all images."""
    return response.min("match").max("condition")


LEAST_OUTPUT = ba.measure(
    compute_least_output,
    "smallest output for the all-black and all-white image",
    best=0.0,
    per="pair",
    note="needs the all-black and the all-white image",
    where={"uniform": 1},
)
CLAIMS = (
    FORUM_2023.claim(
        "A8",
        "An all-black or all-white image does not make every output 1.",
        LEAST_OUTPUT.of("bio") <= 0.5,
    ),
    FORUM_2023.claim(
        "D11a",
        "A signed network classifies digits, and so does its translation into neurons.",
        ba.Score(ba.metrics.WINNER_AGREEMENT) >= 0.99,
        supported="Yes: both models choose the same digit for at least 99 % of the images",
    ),
)
FIGURE = ba.figures.OutputMatrix(
    (8, 8),
    message="The spiking model gives the outputs of the rate model, below zero as well. No "
    "all-black or all-white image makes every output 1.",
)


def pair() -> ba.Pair:
    stored_data = read_stored_data()
    classifier = build_classifier(stored_data)
    translation = translate_classifier(classifier, stored_data, transfers=stored_data["transfers"])
    return ba.Pair(
        "digits",
        translation.network,
        classifier.to_rate_network(),
        translation.correspondence.keep_matches(*DIGITS),
        question="Does a classifier of digits keep its decisions when its weights become synapses?",
        source=f"{FORUM_2023.citation}; images: E. Alpaydin and C. Kaynak 1998, by scikit-learn",
        stimulus=make_image_stimulus(stored_data),
        readout=DIGITS,
        margin=ba.Margin(0.1, "a tenth of the distance between the outputs of two classes"),
        trials=70,  # `bioann plan digits` asked for 69
        figures=(FIGURE,),
        claims=CLAIMS,
    )
