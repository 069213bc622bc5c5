"""Radial basis: where are the negative weights of a unit that prefers a band of inputs?

Spiking model: a population T that an input drives, and that inhibitory cells I, driven by the same
input but with a higher threshold, inhibit more strongly still. Rate model: a radial basis unit, a
Gaussian of the distance between input and centre (`radial`), and two threshold-linear units, one of
which inhibits the other (`difference`): for relu(x - a) - k relu(x - c) with k > 1 the response
peaks at c and ends at (k c - a) / (k - 1). Their numbers were chosen by hand on other samples of
the noise (seed 7). Controls: T without I, and with an I that is driven less and so starts later.

The centre of a radial basis unit is a place in the space of its inputs: a place among data that
are not negative has no minus sign. Its output weights solve a linear system, here of 11 units at
equal distances that have to sum to a constant: the more they overlap, the more they must subtract.
"""

import numpy as np
from brian2 import Hz, Quantity, ms, nS

import bioann as ba
from bioann.claims.sources import ARTICLE, OURS
from bioann.metrics import Contrast, ModelDifference, PeakResponse, Ratio, TuningCentre

LEVELS = np.linspace(0, 1, 13)
N_CENTRES, N_NETWORKS = 11, 200
WIDTHS = np.arange(0.5, 2.001, 0.01)  # of the Gaussians, in distances between centres


def find_subtracting_width() -> float:
    """Return the smallest width at which an output weight is negative."""
    distances = np.subtract.outer(np.arange(N_CENTRES), np.arange(N_CENTRES))
    for width in WIDTHS:
        weights = np.linalg.solve(np.exp(-(distances**2) / (2 * width**2)), np.ones(N_CENTRES))
        if (weights < 0).any():
            return float(width)
    return float(WIDTHS[-1])


def count_band_pass_networks() -> float:
    """Count networks of 1, 8 and 1 ReLU units that fall somewhere, though no weight is negative."""
    rng = np.random.default_rng(8)
    w_in, w_out = rng.exponential(1, (2, N_NETWORKS, 8))
    hidden = np.maximum(LEVELS[:, None, None] * w_in - rng.uniform(0, 1, w_in.shape), 0)
    outputs = np.maximum((hidden * w_out).sum(-1) - rng.uniform(0, 1, N_NETWORKS), 0)
    return float((np.diff(outputs, axis=0) < 0).any(axis=0).sum())


#: Five times is what a glance at a tuning curve shows; 5 % is a change that nobody would notice.
BAND_PASS, MONOTONE = 5.0, 1.05
#: In activation: more than half the distance of two inputs.
CLEAR_SHIFT = 0.05
PEAK = ba.measure(
    Ratio(PeakResponse(), Contrast({"x": LEVELS[-1]})),
    "highest response over that to the strongest input",
    estimator="plug-in",
)
SHIFT = ba.measure(
    ModelDifference(TuningCentre("x"), from_first=True),
    "shift of the preferred input",
    unit="activation",
).of("bio", "late_inhibition", match="radial", name="shift of the preferred input by a later I")
SUBTRACTING_WIDTH = ba.measure(
    find_subtracting_width,
    "width of the Gaussians from which output weights are negative",
    unit="distances between centres",
).of()
BAND_PASS_NETWORKS = ba.measure(
    count_band_pass_networks, f"band-pass units among {N_NETWORKS} networks without minus signs"
).of()
CLAIMS = (
    ARTICLE.claim(
        "B8a",
        "A radial basis network has its negative weights in certain layers: that of the outputs.",
        ba.rules.Boundary(SUBTRACTING_WIDTH, WIDTHS[0], WIDTHS[-1], "above"),
    ),
    OURS.claim(
        "B8b",
        "A neuron prefers a band of inputs because of inhibition that starts later and grows "
        "faster than its excitation.",
        PEAK.of("bio", match="radial") >= BAND_PASS,
        PEAK.of("without_inhibition", match="radial") <= MONOTONE,
        supported="In a circuit, on the way through an inhibitory cell: without it the neuron "
        "fires the more, the stronger the input is",
    ),
    OURS.claim(
        "B8c",
        "The preferred band of inputs moves with the threshold of the inhibitory cells.",
        SHIFT >= CLEAR_SHIFT,
    ),
    OURS.claim(
        "B8d",
        "Threshold-linear units prefer a band of inputs without any negative weight.",
        BAND_PASS_NETWORKS >= 1,
    ),
)
FIGURE = ba.figures.Panels.of_figures(
    "T prefers a band of inputs because I inhibits it; without I it prefers the strongest (right). "
    "A radial basis unit falls on both sides alike; the difference of two threshold-linear units "
    "falls as T does.",
    ba.figures.ResponseCurves("x", ("radial", "difference"), xlabel="input x [activation]"),
    ba.figures.ResponseCurves(
        "x",
        "difference",
        models=("bio", "without_inhibition"),
        xlabel="input x [activation]",
        heading="without I",
    ),
)


def build_circuit(to_inhibitory: Quantity, inhibition: Quantity) -> ba.SpikingNetwork:
    fibres = {"fibres": 40, "rate": 30 * Hz}
    return ba.SpikingNetwork.of_members(
        ba.Population("T", 20, "glutamate"),
        ba.Population("I", 20, "GABA"),
        ba.Afferent("x", "T", 1.5 * nS, **fibres),
        ba.Afferent("x", "I", to_inhibitory, **fibres),
        ba.Projection("I", "T", inhibition, delay=2 * ms),
    )


def pair() -> ba.Pair:
    x = np.linspace(0, 1, 51)
    gaussian = ba.activations.Tabulated(x, 0.37 * np.exp(-((x - 0.4) ** 2) / (2 * 0.13**2)))
    softplus = ba.activations.Softplus
    ann = ba.RateNetwork(
        units=("radial", "difference", "I"),
        channels=("x",),
        W={"difference": {"I": -1.85}},
        W_in=[[1], [3.7], [2.8]],
        bias=[0, -3.7 * 0.22, -2.8 * 0.355],
        activation=(gaussian, softplus(0.17), softplus(0.1)),
    )
    return ba.Pair(
        "radial_basis",
        build_circuit(1 * nS, 1 * nS),
        ann,
        ba.Correspondence.of_units({"radial": "T", "difference": "T", "I": "I"}, scale=50 * Hz),
        question="Where are the negative weights of a unit that prefers a band of inputs?",
        source="'Neural Network: Can Weights Be Negative?' (web article); Broomhead and Lowe 1988",
        stimulus=ba.steps({"x": LEVELS}, duration=500 * ms),
        settle=100 * ms,
        margin=ba.Margin(2 * Hz, "about a tenth of the highest rate of T"),
        trials=20,
        controls={
            "without_inhibition": build_circuit(1 * nS, 0 * nS),
            "late_inhibition": build_circuit(0.8 * nS, 1 * nS),
        },
        figures=(FIGURE,),
        claims=CLAIMS,
    )
