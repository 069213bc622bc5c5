"""Disynaptic: is a detour over an inhibitory cell the same as a negative weight?

Spiking model: excitatory fibres drive inhibitory cells I, which inhibit target cells T; T fires
because of a constant background. Rate model: one unit has a negative weight from the input
(`direct`), another is inhibited by a unit with a threshold and a time constant (`relay`). Their
numbers were chosen by hand on other samples of the noise (seed 7); the direct weight halves T at
the same input. Control: the same fibres release GABA onto T, without a detour.

A leaky integrate-and-fire cell first fires tau ln(d / (d - theta)) after a step, with the driven
depolarisation d and the distance theta from rest to threshold: the sooner, the more it is driven.
A unit with a time constant lags by the same time at all inputs. After a synchronous volley in the
hippocampus, inhibition follows within 2 ms (Pouille and Scanziani 2001); here the fibres fire at
random times, and I is later.
"""

import numpy as np
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.claims.sources import CROSS_VALIDATED, OURS, Source

LEVELS = np.array([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0])
ONSET_MS = 200
#: In activation: 5 % of the rate of T without inhibition, which a reader of T would not notice.
NO_CHANGE = 0.05
SMALL_INPUT, LARGER_INPUT = (
    ba.measure(ba.metrics.Contrast({"x": high}, {"x": low}), f"change of T, inputs {low} to {high}")
    for low, high in ((0.0, 0.2), (0.4, 0.6))
)
LATENCY = {level: ba.metrics.Latency("x", level, ONSET_MS * 1e-3) for level in (0.5, 1.0)}
LATENCY_FALL = ba.measure(
    ba.metrics.Difference(LATENCY[0.5], LATENCY[1.0]), "latency of I, input 0.5 minus input 1"
)
INHIBITION_LATENCY = ba.metrics.Latency("x", 1.0, ONSET_MS * 1e-3, is_inhibitory=True)
DETOUR_LATENCY = ba.measure(
    ba.metrics.ModelDifference(INHIBITION_LATENCY), "latency of inhibition"
).of(
    "bio", "no_detour", match="relay", name="latency of inhibition by the detour minus that without"
)
CLAIMS = (
    CROSS_VALIDATED.claim(
        "B1a",
        "A negative connection may be a detour: what passes an inhibitory cell is subtracted.",
        LARGER_INPUT.of("bio", match="relay") <= -NO_CHANGE,
        LARGER_INPUT.of_each("ann", ("relay", "direct")) <= -NO_CHANGE,
    ),
    CROSS_VALIDATED.claim(
        "B1b",
        "A detour over an inhibitory cell is a negative weight at small inputs as well.",
        SMALL_INPUT.of("bio", match="relay") <= -NO_CHANGE,
    ),
    OURS.claim(
        "B1c",
        "Below the threshold of the inhibitory cell the weight of the detour is zero, as that of "
        "a unit with a threshold, and unlike a negative weight or GABA without a detour.",
        SMALL_INPUT.of_each(matches="relay").between(-NO_CHANGE, NO_CHANGE),
        SMALL_INPUT.of("ann", match="direct") <= -NO_CHANGE,
        SMALL_INPUT.of("no_detour", match="relay") <= -NO_CHANGE,
        supported="Only where the inhibitory cell fires: below its threshold the detour has no "
        "weight",
    ),
    Source("Pouille and Scanziani 2001").claim(
        "B1d",
        "The detour is late by more than the delay of its synapse (1 ms).",
        DETOUR_LATENCY >= 1.0,
    ),
    OURS.claim(
        "B1e",
        "The inhibitory cell is the later the less it is driven; a unit is equally late.",
        LATENCY_FALL.of("bio", match="interneuron") >= 1.0,  # half a bin of the responses
        LATENCY_FALL.of("ann", match="interneuron").between(-0.1, 0.1),
    ),
)
FIGURE = ba.figures.ResponseCurves(
    "x",
    ("relay", "direct"),
    xlabel="input x [activation]",
    ylabel="T [activation]",
    message="The detour has no weight until the inhibitory cell fires; from there on it subtracts. "
    "A unit behind a threshold (relay) follows; a negative weight (direct) acts at all inputs.",
)


def build_target(*, has_detour: bool) -> ba.SpikingNetwork:
    background = ba.Background(4.2 * nS, quantum=1.5 * nS)
    target = ba.Population("T", 20, "glutamate", background=background)
    inhibitory = ba.Population("I", 20, "GABA")
    fibres = {"fibres": 40, "rate": 20 * Hz}
    to_inhibitory = ba.Afferent("x", "I", 1.5 * nS, **fibres)
    if not has_detour:
        to_target = ba.Afferent("x", "T", 2 * nS, "GABA", **fibres)
        return ba.SpikingNetwork.of_members(target, inhibitory, to_inhibitory, to_target)
    detour = ba.Projection("I", "T", 0.6 * nS, delay=1 * ms)
    return ba.SpikingNetwork.of_members(target, inhibitory, to_inhibitory, detour)


def pair() -> ba.Pair:
    ann = ba.RateNetwork(
        units=("relay", "direct", "interneuron"),
        channels=("x",),
        W={"relay": {"interneuron": -1.4}},
        W_in={"direct": {"x": -1.2}, "interneuron": {"x": 2.7}},
        bias={"relay": 0.98, "direct": 0.98, "interneuron": -0.93},
        tau={"interneuron": 10 * ms},
        activation=(*[ba.activations.Softplus(0.25)] * 2, ba.activations.Softplus(0.13)),
    )
    matches = {"relay": "T", "direct": "T", "interneuron": "I"}
    return ba.Pair(
        "disynaptic",
        build_target(has_detour=True),
        ann,
        ba.Correspondence.of_units(matches, scale=50 * Hz),
        question="Is a detour over an inhibitory cell the same as a negative weight?",
        stimulus=ba.steps({"x": LEVELS}, duration=500 * ms, onset=ONSET_MS * ms),
        settle=(ONSET_MS + 100) * ms,
        bin_width=2 * ms,
        margin=ba.Margin(NO_CHANGE, "5 % of the rate of T without inhibition"),
        trials=25,
        controls={"no_detour": build_target(has_detour=False)},
        figures=(FIGURE,),
        claims=CLAIMS,
    )
