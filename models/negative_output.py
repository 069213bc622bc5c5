"""Negative output: what can a spiking neuron put in the place of an output below zero?

Rate model: a tanh unit that gets an output o through a positive weight (channel `plus`) or a
negative one (`minus`): the sign of what it does is the product of two signs. Spiking model, four
codes for o:

- baseline: fibres and receiver fire at a baseline, and below it for o < 0; the sign of the weight
  is the transmitter of the fibres;
- opponent: one set of fibres carries o > 0, another -o, to two receivers that are read as their
  difference; the sign of the weight is which wire goes where;
- potential: a cell that stays below threshold, depolarised or hyperpolarised by o, read by its
  potential;
- no spike: a cell at threshold without a baseline, read by its spikes.
"""

from functools import partial

import numpy as np
from brian2 import Hz, Quantity, ms, nS, pA

import bioann as ba
from bioann.claims.sources import FORUM_2019, OURS
from bioann.metrics import CorrectSignProducts, Latency

RATE_SCALE, ONSET_MS = 50 * Hz, 200  # of activation 1; nothing is sent before the onset
OUTPUT_LEVELS = np.array([-1.0, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1.0])


def build_receivers(quiet_current: Quantity) -> ba.SpikingNetwork:
    afferent = partial(ba.Afferent, weight=0.45 * nS, fibres=20, rate=40 * Hz)
    tonic_afferent = partial(afferent, target="tonic", coding="baseline", baseline=1.0)
    # The first fires at about 50 Hz; the others stay just below their rheobase of 150 pA.
    currents = {"tonic": 220 * pA, "on": 145 * pA, "off": 145 * pA, "quiet": quiet_current}
    return ba.SpikingNetwork.of_members(
        *(ba.Population(name, 10, "glutamate") for name in currents),
        tonic_afferent("plus"),
        tonic_afferent("minus", transmitter="GABA"),
        afferent("plus", "on", coding="on"),
        afferent("plus", "off", coding="off"),
        afferent("minus", "on", coding="off"),  # the wires cross
        afferent("minus", "off", coding="on"),
        ba.CurrentAfferent("plus", "quiet", 80 * pA),
        ba.CurrentAfferent("minus", "quiet", -80 * pA),
        *(ba.Injection(name, current=current) for name, current in currents.items()),
    )


#: Of the four products of the signs of an output and of a weight, those that come out right: with
#: at least a third of the size that the tanh has, at |o| = 0.75.
PRODUCTS = ba.measure(
    CorrectSignProducts({"plus": 1, "minus": -1}, 0.75, min_effect=np.tanh(0.75) / 3),
    "correct products of signs",
)
LATENCY = ba.measure(Latency("plus", -1.0, ONSET_MS * 1e-3), "latency of an output of -1")
CLAIMS = (
    FORUM_2019.claim(
        "A2a",
        "The effect of a negative output depends on the sign of the weight, too.",
        PRODUCTS.of("ann", match="opponent") >= 4,
    ),
    OURS.claim(
        "A2b",
        "A rate below a baseline, or an opponent pair, stands for a negative output.",
        PRODUCTS.of_each("bio", ("baseline", "opponent")) >= 4,
        supported="A rate below a baseline, or a second cell: all four products come out right",
    ),
    OURS.claim(
        "A2c",
        "The potential of a cell that never fires keeps a negative output.",
        PRODUCTS.of("potential", match="no spike") >= 4,
    ),
    FORUM_2019.claim(
        "A2d",
        "A cell without a baseline can send a negative output.",
        PRODUCTS.of("bio", match="no spike") >= 4,
    ),
)
draw_effects = partial(
    ba.figures.ResponseCurves,
    {"plus": 1.0, "minus": 1.0},
    curves={"weight +": {"minus": 0.0}, "weight \N{MINUS SIGN}": {"plus": 0.0}},
    relative_to={"plus": 0.0, "minus": 0.0},
    xlabel="output o [activation]",
)
FIGURE = ba.figures.Panels.of_figures(
    "A negative output survives as a rate below a baseline, or in a second cell. The potential "
    "below threshold carries it; the spikes of a cell without a baseline do not.",
    draw_effects(match=("baseline", "opponent", "no spike")),
    draw_effects(
        match="no spike",
        models={"potential": "spiking model", "ann": "rate model"},
        heading="no spike, potential",
    ),
    scores=tuple(PRODUCTS.of_each("bio", ("baseline", "opponent", "no spike"))),
    share_y=True,
)


def pair() -> ba.Pair:
    inputs = ba.stimuli.join_levels({"plus": np.r_[0, OUTPUT_LEVELS]}, {"minus": OUTPUT_LEVELS})
    ann = ba.RateNetwork(
        units=("output", "baseline"),
        channels=("plus", "minus"),
        W_in=[[1, -1], [0, 0]],
        bias=[0, 1],  # a constant 1: the baseline that a rate of 50 Hz stands for
        activation=("tanh", "relu"),
    )
    matches = (
        ba.Match("tonic", {"output": 1, "baseline": 1}, RATE_SCALE, "baseline"),
        ba.Match({"on": 1, "off": -1}, "output", RATE_SCALE, "opponent"),
        ba.Match("quiet", "output", RATE_SCALE, "no spike"),
    )
    return ba.Pair(
        "negative_output",
        build_receivers(145 * pA),
        ann,
        ba.Correspondence(matches),
        question="What can a spiking neuron put in the place of an output below zero?",
        stimulus=ba.steps(inputs, duration=600 * ms, onset=ONSET_MS * ms),
        settle=(ONSET_MS + 100) * ms,
        margin=ba.Margin(0.1, "a threshold at one half reads the same from a tenth more or less"),
        trials=5,
        controls={"potential": ba.Potential(build_receivers(0 * pA))},
        metrics=(LATENCY.of("potential"), LATENCY.of("bio")),
        figures=(FIGURE,),
        claims=CLAIMS,
    )
