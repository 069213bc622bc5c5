"""Decision: a shared inhibitory pool (spiking model) or direct mutual inhibition (rate model).

Spiking model: two populations that excite themselves through NMDA receptors and share one pool of
inhibitory neurons; whichever fires more drives the pool, and the pool silences the other (Wang
2002). Rate model: two units, each with a positive weight to itself and a negative one to the other,
chosen by hand on other samples of the noise (seed 3). Both see the same noisy evidence for left and
right from 100 ms on; contrast is the difference of its means over their sum. A decision is made
when the rates of left and right differ by 15 Hz, averaged over 50 ms. Controls: AMPA instead of
NMDA receptors, with the same charge per spike; and the populations without recurrence.
"""

from typing import Any

import numpy as np
from brian2 import Hz, Quantity, ms, nS

import bioann as ba

CONTRASTS = np.array([-0.5, -0.2, -0.08, 0.0, 0.08, 0.2, 0.5])
TEN_POINTS = ba.Margin(0.1, "two standard errors of a session with 100 trials per contrast")
SCALE = 60 * Hz
DECISION = ba.metrics.DecisionTime("left", "right", bound=float(15 * Hz / SCALE), onset=0.1)


DECISION_TIMES = DECISION.measure_options()  # measures of time courses, in ms
SLOWING = ba.measure(
    ba.metrics.Contrast({"contrast": 0.0}, {"contrast": 0.5}),
    "decision time at contrast 0 minus that at 0.5",
    **DECISION_TIMES,
)
DELAY = ba.measure(ba.metrics.mean_bias, "difference of decision times", **DECISION_TIMES)
MINUS_THAT = "decision time, spiking model minus that"
DRIFT_DIFFUSION = ba.metrics.DriftDiffusion(DECISION, "contrast")
DIFFUSION = ba.measure(
    DRIFT_DIFFUSION,
    "variance of decision times explained by the drift-diffusion model of the choices",
)
CLAIMS = (
    ba.Claim(
        "B10a",
        "Units that inhibit each other directly choose as a shared inhibitory pool does.",
        "Wong and Wang 2006",
        ba.rules.Equivalent(ba.metrics.psychometric_metric("left", "contrast"), TEN_POINTS),
        ba.rules.Equivalent(ba.metrics.WINNER_AGREEMENT, TEN_POINTS),
        supported="Yes: both models choose alike, to within the margin",
        refuted="No: the choices of the models differ by more than the margin",
        answer_score=ba.Score(ba.metrics.WINNER_AGREEMENT),
    ),
    ba.Claim(
        "B10b",
        "A decision takes longer, the weaker the evidence; one drift-diffusion model describes the "
        "choices and times of the spiking model.",
        "Palmer, Huk and Shadlen 2005",
        SLOWING.of_each(("bio", "ann")) >= 20.0,  # longer than the time constant of the units
        DIFFUSION.of("bio") >= 0.8,
    ),
    ba.Claim(
        "B10c",
        "Slow recurrent synapses let evidence add up: with fast ones of the same charge the "
        "decision comes sooner, without recurrence much later or not at all.",
        "Wang 2002",
        # A bin of the responses, and a quarter of the duration of the evidence.
        DELAY.of("bio", "fast_synapses", name=f"{MINUS_THAT} with fast synapses") >= 10.0,
        DELAY.of("bio", "without_recurrence", name=f"{MINUS_THAT} without recurrence") <= -100.0,
    ),
)
AXES: dict[str, Any] = {"xlabel": "contrast [1]", "diffusion": DRIFT_DIFFUSION}
FIGURE = ba.figures.Panels(
    (
        ba.figures.PsychometricCurves("contrast", "left", **AXES),
        ba.figures.ChronometricCurves(
            "contrast", decision=DECISION, models=("bio", "fast_synapses", "ann"), **AXES
        ),
    ),
    "The weaker the evidence, the less certain the choice and the longer it takes. One "
    "drift-diffusion model fits choices and times of the spiking model. Contrast is "
    "(left \N{MINUS SIGN} right) / (left + right).",
)


def build_circuit(weight: Quantity, receptor: str = "NMDA") -> ba.SpikingNetwork:
    sides = ("left", "right")
    return ba.SpikingNetwork(
        populations=(
            *(ba.Population(side, 30, "glutamate", background=1.25 * nS) for side in sides),
            ba.Population("pool", 15, "GABA", background=2 * nS),
        ),
        afferents=tuple(ba.Afferent(side, side, 1 * nS, fibres=20) for side in sides),
        projections=(
            *(ba.Projection(side, side, weight, receptor) for side in sides if weight > 0 * nS),
            *(ba.Projection(side, "pool", 0.25 * nS) for side in sides),
            *(ba.Projection("pool", side, 2 * nS) for side in sides),
        ),
    )


def pair() -> ba.Pair:
    means = {"left": 0.25 * (1 + CONTRASTS), "right": 0.25 * (1 - CONTRASTS)}
    noise = {"std": 0.03, "tau": 30 * ms, "samples": 12, "seed": 11, "minimum": 0.0}
    times = {"duration": 500 * ms, "onset": 100 * ms}
    return ba.Pair(
        "decision",
        build_circuit(0.65 * nS),
        ba.RateNetwork(units=("left", "right"), W=[[0.5, -0.7], [-0.7, 0.5]], tau=15 * ms),
        ba.Correspondence.of_names("left", "right", scale=SCALE, bio_only=("pool",)),
        question="Does a negative weight between two units decide like a shared inhibitory pool?",
        source="Wang 2002; Wong and Wang 2006",
        stimulus=ba.stimuli.noise(means, coords={"contrast": CONTRASTS}, **noise, **times),
        settle=300 * ms,
        readout=("left", "right"),
        margin=ba.Margin.of_spread(4.15 * Hz),
        trials=8,
        controls={
            "fast_synapses": build_circuit(0.46 * nS, "AMPA"),
            "without_recurrence": build_circuit(0 * nS),
        },
        figures=(FIGURE,),
        claims=CLAIMS,
    )
