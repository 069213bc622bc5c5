"""Winner take all: how strongly must two neighbours inhibit each other for one to be silenced?

Spiking model: five pairs of excitatory populations a and b. Each excites inhibitory cells of its
own, which inhibit the other population of its pair; the pairs differ in the conductance of that
inhibition. Rate model: five pairs of threshold-linear units with the weight -w between them. Both
members of a pair have nearly equal inputs, whose contrast d is their difference over their sum.

Two such units have responses of the contrast d (1 + w) / (1 - w), until one is silent: from w = 1
on, the smallest difference decides. Here the winner takes all where a contrast of 0.05 of the
inputs becomes one of 0.5, so that one fires three times as much as the other: in the units at
(1 + w) / (1 - w) = 10, w = 9 / 11.
"""

from typing import Any

import numpy as np
from brian2 import Hz, ms, nS

import bioann as ba

#: Conductance of the inhibition in nS, and weight of the units, of each pair.
CONDUCTANCES, WEIGHTS = (0.0, 0.3, 0.6, 1.2, 2.4), (0.0, 0.3, 0.6, 0.8, 0.85)
COUPLINGS = {"bio": CONDUCTANCES, "ann": WEIGHTS}
PAIRS = range(len(WEIGHTS))
CONTRASTS, SMALL, WINS = np.array([0.0, 0.05, 0.1, 0.2]), 0.05, 0.5
SETTLE_MS = 400  # six time constants of the slowest pair of units, 10 ms / (1 - 0.85)


def list_contrasts(model: str, contrast: float) -> dict[float, ba.metrics.ResponseContrast]:
    """Return, by coupling, the contrast of a pair's responses at a contrast of its inputs."""
    where = {"contrast": contrast}
    pairs = enumerate(COUPLINGS[model])
    return {g: ba.metrics.ResponseContrast(f"a{k}", f"b{k}", where) for k, g in pairs}


def score_boundary(model: str, unit: str) -> ba.Score:
    """Return the score of the coupling from which the winner takes all."""
    crossing = ba.metrics.CrossingLevel(list_contrasts(model, SMALL), bound=WINS)
    return ba.measure(crossing, "coupling from which the winner takes all", unit=unit).of(model)


UNCOUPLED_GAIN, THIRD_GAIN = (
    ba.metrics.ContrastGain(f"a{k}", f"b{k}", "contrast") for k in (PAIRS[0], PAIRS[2])
)
AMPLIFICATION = ba.measure(
    ba.metrics.Ratio(THIRD_GAIN, UNCOUPLED_GAIN),
    "contrast gain of the third pair over that of the uncoupled one",
)
IN_CELLS = score_boundary("bio", "nS")
IN_UNITS = score_boundary("ann", "")
CLAIMS = (
    ba.Claim(
        "B4i",
        "Inhibition between two neighbours amplifies the contrast of their responses.",
        "Hartline and Ratliff 1957",
        AMPLIFICATION.of("bio") >= 1.5,
        AMPLIFICATION.of("ann").within(0.01, of=(1 + WEIGHTS[2]) / (1 - WEIGHTS[2])),
    ),
    ba.Claim(
        "B4j",
        "Both neighbours go on responding, however strongly they inhibit each other.",
        "ours",
        ba.rules.Boundary(IN_CELLS, CONDUCTANCES[0], CONDUCTANCES[-1], "below"),
        ba.rules.Boundary(IN_UNITS, WEIGHTS[0], WEIGHTS[-1], "below"),
        supported="Stronger than tested: both go on responding in all pairs",
        refuted="Not at all: even without inhibition one response is three times the other",
        depends="So strong that a difference of a few per cent is amplified tenfold: below that "
        "both respond, above it the stronger input silences the other",
    ),
)


def draw_contrasts(model: str, **options: Any) -> ba.figures.MeasureCurves:
    """Draw the contrast of the responses over the coupling, for each contrast of the inputs."""
    functions = {f"inputs: {d:g}": list_contrasts(model, d) for d in CONTRASTS[1:]}
    options |= {"ylabel": "contrast of the responses [1]", "ylim": (0.0, 1.05)}
    return ba.figures.MeasureCurves(functions, model, **options)


FIGURE = ba.figures.Panels(
    (
        draw_contrasts("bio", xlabel="inhibition of the other [nS]", heading="spiking model"),
        draw_contrasts("ann", xlabel="weight w [1]", heading="rate model"),
    ),
    "Inhibition between two neighbours raises the contrast of their responses above that of their "
    "inputs (0.05, 0.1, 0.2), until one is silent.",
    scores=(IN_CELLS, IN_UNITS),
)


def build_circuit() -> ba.SpikingNetwork:
    populations, afferents, projections = [], [], []
    for k, conductance in enumerate(CONDUCTANCES):
        for name, other in (("a", "b"), ("b", "a")):
            cells, inhibitory = f"{name}{k}", f"{name}{k}_inhibition"
            populations.append(ba.Population(cells, 20, "glutamate"))
            populations.append(ba.Population(inhibitory, 10, "GABA"))
            afferents.append(ba.Afferent(name, cells, 1.5 * nS, fibres=40, rate=16 * Hz))
            projections.append(ba.Projection(cells, inhibitory, 0.5 * nS))
            projections.append(ba.Projection(inhibitory, f"{other}{k}", conductance * nS))
    return ba.SpikingNetwork(tuple(populations), tuple(afferents), tuple(projections))


def build_units() -> ba.RateNetwork:
    units = tuple(f"{name}{k}" for k in PAIRS for name in "ab")
    W = np.zeros((len(units), len(units)))
    for k, weight in enumerate(WEIGHTS):
        W[2 * k, 2 * k + 1] = W[2 * k + 1, 2 * k] = -weight
    W_in = np.tile(np.eye(2), (len(WEIGHTS), 1))
    return ba.RateNetwork(units, channels=("a", "b"), W=W, W_in=W_in, tau=10 * ms)


def pair() -> ba.Pair:
    bio, ann = build_circuit(), build_units()
    inhibitory = tuple(name for name in bio.units if name.endswith("inhibition"))
    return ba.Pair(
        "winner_take_all",
        bio,
        ann,
        ba.Correspondence.of_names(*ann.units, scale=60 * Hz, bio_only=inhibitory),
        question="How strong must inhibition between two neighbours be for one to silence the "
        "other?",
        source="'What effect does a negative output of a neuron have on neighbouring neurons?' (AI "
        "Stack Exchange, 2019); Hartline and Ratliff 1957",
        stimulus=ba.steps(
            {"a": 1 + CONTRASTS, "b": 1 - CONTRASTS},
            duration=900 * ms,
            coords={"contrast": CONTRASTS},
        ),
        settle=SETTLE_MS * ms,
        margin=ba.Margin(0.1, "a tenth of the response without inhibition"),
        figures=(FIGURE,),
        claims=CLAIMS,
    )
