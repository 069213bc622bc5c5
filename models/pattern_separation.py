"""Pattern separation: does inhibiting irrelevant features separate patterns?

Four patterns have three features in common, which do not tell them apart, and one distinctive
feature each. Spiking model: one population per feature, driven by an input of its own; inhibitory
cells, which fire all the time, inhibit the populations of the common features. Rate model: one unit
per feature, and negative weights from a unit that is always active; its numbers were chosen by hand
on other trials (seed 3). Controls: no inhibition; inhibition of the distinctive features instead;
inhibition of all features.

The overlap of two patterns is the cosine of the angle between them, which no gain changes. If
inhibition leaves the share f of the responses to n common features, and each pattern has one
distinctive feature, it is n f^2 / (n f^2 + 1): 3/4 without inhibition, 1/3 at f = 0.41.
"""

import numpy as np
from brian2 import Hz, ms, nS

import bioann as ba

N_COMMON, N_PATTERNS = 3, 4
FEATURES = tuple(f"feature_{k}" for k in range(1, N_COMMON + N_PATTERNS + 1))
COMMON, DISTINCTIVE = FEATURES[:N_COMMON], FEATURES[N_COMMON:]
PATTERNS = np.hstack([np.ones((N_PATTERNS, N_COMMON)), np.eye(N_PATTERNS)])
#: Response of a unit to its feature, and what inhibition takes off it, in activation.
GAIN, INHIBITION = 1.09, 0.65
#: A change of the overlap by less than a twentieth counts as none.
NO_CHANGE = 0.05

RATIO = ba.measure(ba.metrics.overlap_ratio, "overlap of responses over overlap of patterns")
ARTICLE = "'Can Weights Be Negative?'"
CLAIMS = (
    ba.Claim(
        "E13a",
        "Inhibiting irrelevant features separates patterns.",
        ARTICLE,
        RATIO.of_each(("bio", "ann")) <= 1 - 2 * NO_CHANGE,
        RATIO.of("no_inhibition").within(NO_CHANGE, of=1.0),
        supported="Yes, if the circuit knows which features are irrelevant: their inhibition "
        "lowers the overlap of the responses below that of the patterns",
        refuted="No: the responses overlap as much as the patterns",
    ),
    ba.Claim(
        "E13b",
        "Inhibition separates patterns whichever features it suppresses, also distinctive ones.",
        "ours",
        RATIO.of("distinctive_inhibited") <= 1 - 2 * NO_CHANGE,
    ),
    ba.Claim(
        "E13c",
        "Inhibition of all features alike does not separate patterns, if the features are equally "
        "strong: the circuit has to know which of them are irrelevant.",
        "ours",
        RATIO.of("all_inhibited").within(NO_CHANGE, of=1.0),
    ),
)
FIGURE = ba.figures.ConditionBars(
    {COMMON[0]: "a feature that all patterns have", DISTINCTIVE[0]: "the feature of pattern 1"},
    ("pattern",),
    models={
        "bio": "common features inhibited",
        "no_inhibition": "no inhibition",
        "distinctive_inhibited": "distinctive features inhibited",
        "all_inhibited": "all features inhibited",
        "ann": "rate model, common features inhibited",
    },
    xlabel="pattern [number]",
    ylabel="response [activation]",
    message="Responses to the features that all patterns have make the patterns alike. Inhibition "
    "of these features separates the patterns; inhibition of the distinctive ones brings them "
    "together.",
)


def build_circuit(inhibited: tuple[str, ...]) -> ba.SpikingNetwork:
    return ba.SpikingNetwork(
        (
            *(ba.Population(f, 20, "glutamate", background=0.8 * nS) for f in FEATURES),
            ba.Population("inhibitory", 20, "GABA", background=4 * nS),
        ),
        tuple(ba.Afferent(f, f, 0.9 * nS, fibres=40, rate=20 * Hz) for f in FEATURES),
        tuple(ba.Projection("inhibitory", f, 0.3 * nS) for f in inhibited),
    )


def build_rate_model() -> ba.RateNetwork:
    return ba.RateNetwork(
        (*FEATURES, "inhibitory"),
        W={feature: {"inhibitory": -INHIBITION} for feature in COMMON},
        W_in={feature: {feature: GAIN} for feature in FEATURES},
        channels=FEATURES,
        bias={"inhibitory": 1.0},
    )


def pair() -> ba.Pair:
    levels = dict(zip(FEATURES, PATTERNS.T, strict=True))
    return ba.Pair(
        "pattern_separation",
        build_circuit(COMMON),
        build_rate_model(),
        ba.Correspondence.of_names(
            *FEATURES, scale=50 * Hz, bio_only=("inhibitory",), ann_only=("inhibitory",)
        ),
        question="Does inhibiting irrelevant features separate patterns?",
        source="'Neural Network: Can Weights Be Negative?' (web article)",
        stimulus=ba.steps(
            levels, duration=500 * ms, coords={"pattern": np.arange(1, N_PATTERNS + 1)}
        ),
        settle=200 * ms,
        margin=ba.Margin(0.1, "a tenth of the response to a feature without inhibition"),
        trials=6,  # `bioann plan pattern_separation` asks for as many
        controls={
            "no_inhibition": build_circuit(()),
            "distinctive_inhibited": build_circuit(DISTINCTIVE),
            "all_inhibited": build_circuit(FEATURES),
        },
        figures=(FIGURE,),
        claims=CLAIMS,
    )
