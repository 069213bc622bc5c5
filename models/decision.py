"""Decision: a shared inhibitory pool (spiking model) or direct mutual inhibition (rate model).

Spiking model: two populations that excite themselves and share one pool of inhibitory neurons;
whichever fires more drives the pool, and the pool silences the other. Rate model: two units,
each with a positive weight to itself and a negative one to the other, chosen by hand on other
samples of the noise (seed 3); its time constant is that of the driven membrane, C / G with about
twice the leak conductance. Both see the same noisy evidence for left and right; contrast is the
difference of its means over their sum.
"""

import numpy as np
from brian2 import Hz, ms, nS

import bioann as ba

CONTRASTS = np.array([-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3])
TEN_POINTS = ba.Margin(0.1, "two standard errors of a session with 100 trials per contrast")
CLAIMS = (
    ba.Claim(
        "B10a",
        "Units that inhibit each other directly choose as a shared inhibitory pool does.",
        "Wong and Wang 2006",
        ba.rules.Equivalent(ba.metrics.psychometric_metric("left", "contrast"), TEN_POINTS),
        ba.rules.Equivalent(ba.metrics.WINNER_AGREEMENT, TEN_POINTS),
    ),
)
FIGURE = ba.figures.PsychometricCurves(
    "contrast",
    "left",
    xlabel="contrast [(left \N{MINUS SIGN} right) / (left + right)]",
    message="Neither model decides by a step of contrast: the evidence is noisy.",
)


def pair() -> ba.Pair:
    bio = ba.SpikingNetwork(
        populations=(
            ba.Population("left", 40, "glutamate", background=2.5 * nS),
            ba.Population("right", 40, "glutamate", background=2.5 * nS),
            ba.Population("pool", 20, "GABA", background=2 * nS),
        ),
        afferents=(
            ba.Afferent("left", "left", 1.1 * nS, fibres=4),
            ba.Afferent("right", "right", 1.1 * nS, fibres=4),
        ),
        projections=(
            ba.Projection("left", "left", 0.3 * nS),
            ba.Projection("right", "right", 0.3 * nS),
            ba.Projection("left", "pool", 0.2 * nS),
            ba.Projection("right", "pool", 0.2 * nS),
            ba.Projection("pool", "left", 0.5 * nS),
            ba.Projection("pool", "right", 0.5 * nS),
        ),
    )
    evidence = ba.stimuli.noise(
        {"left": 0.5 * (1 + CONTRASTS), "right": 0.5 * (1 - CONTRASTS)},
        std=0.2,
        tau=50 * ms,
        samples=8,
        seed=11,
        minimum=0.0,
        duration=800 * ms,
        coords={"contrast": CONTRASTS},
    )
    return ba.Pair(
        "decision",
        bio,
        ba.RateNetwork(units=("left", "right"), W=[[0.3, -0.7], [-0.7, 0.3]], tau=10 * ms),
        ba.Correspondence.of_names("left", "right", scale=60 * Hz, bio_only=("pool",)),
        question="Does a negative weight between two units decide like a shared inhibitory pool?",
        source="Wang 2002; Wong and Wang 2006",
        stimulus=evidence,
        settle=400 * ms,
        readout=("left", "right"),
        margin=ba.Margin.of_spread(3.34 * Hz),
        trials=5,
        figures=(FIGURE,),
        key_figure=FIGURE,
        answer=CLAIMS[0].to_answer(
            supported="Yes: both models choose alike, to within the margin",
            refuted="No: the choices of the models differ by more than the margin",
            score=ba.Score(ba.metrics.WINNER_AGREEMENT),
        ),
        claims=CLAIMS,
    )
