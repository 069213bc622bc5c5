"""Coincidence: does it matter when the pulses come, if there are equally many?

Spiking model: a slow and a fast cell (membrane time constants 20 and 5 ms) under volleys of
input spikes. In the aligned condition all fibres fire together ten times a second; in the others
each spike is moved by a random time, so that every fibre keeps its rate exactly.
Rate model: `rates` is a unit as in a multilayer perceptron, a weighted sum of the same input
without any memory. `leaky` is the nearest unit that can tell: the same sum leaks with the slow
membrane's time constant, and the threshold comes after the leak.
"""

import numpy as np
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.claims.sources import FORUM_2018, OURS
from bioann.metrics import TransitionHeight, TransitionMidpoint

FIBRES = tuple(f"fibre_{k}" for k in range(5))
PERIOD, VOLLEY_RATE = 100 * ms, 10 * Hz  # one spike a volley counts as activation 1
JITTERS = [0, 1, 2, 4, 8, 16, 32] * ms  # standard deviations

#: The share of the aligned response that the largest jitter takes, and where half of that is lost.
FALL = ba.measure(TransitionHeight("jitter", relative=True), "response lost by jitter", best=1.0)
MIDPOINT = ba.measure(TransitionMidpoint("jitter"), "jitter at half of the loss", unit="ms")
CLAIMS = (
    FORUM_2018.claim(
        "B14a",
        "Temporal alignment matters in brains: jitter of its time constant silences a neuron.",
        FALL.of_each("bio", ("slow", "fast")) >= 0.8,
        # A normal jitter spreads a volley over about four standard deviations.
        MIDPOINT.of("bio", match="slow").between(20 / 4, 20),
        MIDPOINT.of("bio", match="fast").between(5 / 4, 5),
    ),
    FORUM_2018.claim(
        "B14b",
        "A multilayer perceptron has no pulses: inputs with equal rates are equal to a unit.",
        FALL.of("ann", match="slow").between(-1e-9, 1e-9),
    ),
    OURS.claim(
        "B14c",
        "No artificial unit can tell aligned from jittered pulses.",
        FALL.of("ann", match="leaky") <= 0.2,
    ),
)
FIGURE = ba.figures.ResponseCurves(
    "jitter",
    ("slow", "fast", "leaky"),
    xlabel="SD of the jitter [ms]",
    ylabel="response [per volley]",
    log_x=True,
    share_y=True,
    message="A cell loses its response when the jitter reaches its time constant (slow: 20 ms, "
    "fast: 5 ms). A unit that sums rates (slow, fast) does not; one whose sum leaks does.",
)


def pair() -> ba.Pair:
    cells = {"slow": ba.cells.LIF(), "fast": ba.cells.LIF(g_L=40 * nS)}
    # A regular fibre at 1000 Hz fires once in a pulse of 1 ms, at a random moment of it. An aligned
    # volley is 1.4 times what brings the cell from rest to threshold.
    weights = {"slow": 9 * nS, "fast": 12.9 * nS}
    regular = {"receptor": ba.receptors.AMPA(tau=2 * ms), "rate": 1000 * Hz, "kind": "regular"}
    bio = ba.SpikingNetwork.of_members(
        *(ba.Population(name, 5, "glutamate", cell) for name, cell in cells.items()),
        *(
            ba.Afferent(fibre, name, w, **regular)
            for name, w in weights.items()
            for fibre in FIBRES
        ),
    )
    # With these weights a volley (1 ms on every fibre) is worth 1, averaged over its 100 ms.
    input_weights = np.full(len(FIBRES), PERIOD / ms / len(FIBRES))
    # It brings the leaky sum to about 5; the threshold is two thirds of that, 66 / 19.5 = 3.4, and
    # the gain of 19.5 makes the response to an aligned volley about 1.
    ann = ba.RateNetwork(
        units=("rates", "sum", "leaky"),
        channels=FIBRES,
        W={"leaky": {"sum": 19.5}},
        W_in=[input_weights, input_weights, 0 * input_weights],
        bias={"leaky": -66.0},
        tau={"sum": 20 * ms},
        activation={"sum": "linear"},
    )
    matches = (("slow", "rates", "slow"), ("fast", "rates", "fast"), ("slow", "leaky", "leaky"))
    return ba.Pair(
        "coincidence",
        bio,
        ann,
        ba.Correspondence(
            tuple(ba.Match(cell, unit, VOLLEY_RATE, name) for cell, unit, name in matches),
            ann_only=("sum",),
        ),
        question="Does it matter when pulses come, if there are equally many?",
        stimulus=ba.stimuli.jittered_volleys(
            FIBRES, jitters=JITTERS, samples=3, seed=14, period=PERIOD, duration=400 * ms
        ),
        settle=0 * ms,
        bin_width=PERIOD,
        margin=ba.Margin(0.1, "a threshold at one half reads the same from a tenth more or less"),
        trials=5,
        figures=(FIGURE,),
        claims=CLAIMS,
    )
