"""Measures of the study `sign_regimes`, and its closed forms."""

import numpy as np
from scipy.optimize import nnls

import bioann as ba
from bioann.analyses.sign_regimes_networks import MEAN_IMAGE
from bioann.metrics.binomial import count_samples_needed


def fit_inverse_relation() -> float:
    """Return R2 of the best line with a weight >= 0 and a free bias for y = 1 - x on 0 to 1."""
    x = np.linspace(0, 1, 101)
    y = 1 - x
    error = nnls(np.stack([x, np.ones_like(x), -np.ones_like(x)], axis=1), y)[1] ** 2
    return float(1 - error / ((y - y.mean()) ** 2).sum())


def compare_negated_networks() -> float:
    """Return the largest difference between a tanh network and its negative, for 1000 inputs.

    An odd activation between two layers: all weights and the hidden biases with the opposite sign
    give the same function, so that all-positive and all-negative networks are the same models.
    """
    rng = np.random.default_rng(0)
    W1, W2 = rng.random((48, 64)) / 8, rng.random((10, 48)) / 8
    bias, x = rng.normal(size=48), rng.random((1000, 64))
    outputs = [np.tanh(x @ (s * W1).T + s * bias) @ (s * W2).T for s in (1, -1)]
    return float(np.abs(outputs[0] - outputs[1]).max())


LOSS = ba.measure(
    lambda data: 100 * (data.correct.sel(regime="free") - data.correct),
    "accuracy of the free network minus that of the constrained one",
    unit="points",
    best=0.0,
)
SPIKING_LOSS = ba.measure(
    lambda data: (
        100
        * (
            data.translated_correct.sel(model="spiking model", translated="free", drop=True)
            - data.translated_correct.sel(model="spiking model", drop=True)
        )
    ),
    "accuracy of the free network minus that of the constrained one, spiking models",
    unit="points",
    best=0.0,
)
TRANSLATION_LOSS = ba.measure(
    lambda data: -100 * data.translated_correct.diff("model").isel(model=0, drop=True),
    "accuracy of the rate model minus that of the spiking model",
    unit="points",
    best=0.0,
)
ORDER = ba.measure(
    lambda data: (
        100 * (data.correct.sel(regime="weights >= 0") - data.correct.sel(regime="weights <= 0"))
    ),
    "accuracy with weights >= 0 minus that with weights <= 0",
    unit="points",
)
SLOWING = ba.measure(
    lambda data: data.steps.mean("seed") / data.steps.sel(regime="weights >= 0").mean("seed"),
    "steps to 90 % right relative to the network with weights >= 0",
)
CURVE = ba.measure(
    lambda data: 100 * (data.curve.sel(signs="free") - data.curve.sel(signs="weights >= 0")),
    "accuracy of the free network minus that with weights >= 0, by training images",
    unit="points",
)
DEPTH = ba.measure(
    lambda data: 100 * (data.curve.isel(size=-1) - data.shallow),
    "accuracy with a hidden layer minus that without",
    unit="points",
)
KAPPA = ba.measure(
    lambda data: (
        (data.two_classes - 0.5) / 0.5
        - (data.correct.sel(task="digits", start=MEAN_IMAGE, regime="free") - 0.1) / 0.9
    ),
    "chance-corrected accuracy, two classes minus ten",
)
SPARSENESS = ba.measure(
    lambda data: data.sparseness - data.sparseness.sel(signs="free"),
    "sparseness of the input weights minus that of the free network",
)
IMAGES = ba.measure(
    lambda: count_samples_needed(0.92, 0.01), "test images needed to see one point at 92 %"
)
INVERSE = ba.measure(fit_inverse_relation, "R2 of y = 1 - x with a weight >= 0")
SYMMETRY = ba.measure(compare_negated_networks, "difference of a tanh network and its negative")
