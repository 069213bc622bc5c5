"""Gating: is the opposite of inhibiting a signal to transmit it?

Spiking model: `output` cells receive a signal x. While `close` drives the GABA cells of the gate
they are silenced; `open` drives other GABA cells, which inhibit the gate (disinhibition). A probe
current measures how far a silent cell is from excitable. Rate model: `subtractive` subtracts the
activation of a gate unit, as inhibition does in a subLSTM (Costa et al. 2017); `multiplicative` is
multiplied by one minus it, as the output gate of an LSTM does. Weights are chosen by hand.
"""

import numpy as np
from brian2 import Hz, ms, nS, pA

import bioann as ba
from bioann.claims.sources import FORUM_2018, OURS, Source
from bioann.metrics import Contrast, CrossingLevel, DecayTime, Latency, Ratio

#: Signal, in activation: 1 is 25 Hz per fibre.
SIGNALS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.4, 1.8, 2.2)
UNGATED, CLOSED, OPENED = (
    {"close": float(k > 0), "open": float(k > 1), "probe": 0.0, "brief": 0.0} for k in range(3)
)
#: Two silent states, and a probe.
WITHDRAWN, INHIBITED = {**UNGATED, "x": 0.0}, {**CLOSED, "x": 0.8}
PROBE, BRIEF = {"probe": 1.0}, {**OPENED, "x": 1.0, "brief": 1.0}
#: Times in ms: when the gate opens, when a brief signal ends, and when all end.
OPENING, END_OF_BRIEF, END = 250, 500, 600
LEVELS = ba.stimuli.join_levels(
    *({"x": SIGNALS, **levels} for levels in (UNGATED, CLOSED, OPENED)),
    *({**state, **PROBE} for state in (WITHDRAWN, INHIBITED)),
    BRIEF,
)
UNITS = ("subtractive", "multiplicative")
RATE = ba.measure(ba.metrics.MeanResponse(100), "rate", unit="Hz")
LOSS_OPENED, LOSS_CLOSED = (
    ba.measure(
        Contrast(UNGATED, levels, relative=True), f"share of the signal lost at {name} gate"
    ).at_levels(x=(0.0, 1.0))
    for levels, name in ((OPENED, "an opened"), (CLOSED, "a closed"))
)
LEAK_START = ba.measure(
    CrossingLevel({25 * x: Contrast({"x": x, **CLOSED}) for x in SIGNALS}, bound=0.05),
    "signal at which a closed gate leaks 5 Hz",
    unit="Hz per fibre",
)
OPENING_DELAY = ba.measure(
    Latency("open", level=1.0, onset=OPENING / 1e3), "delay of opening"
).at_levels(x=(0.0, 1.0), brief=0.0)
RETENTION = ba.measure(
    DecayTime(END_OF_BRIEF / 1e3, END / 1e3), "decay time after a brief signal"
).at_levels("", **BRIEF)
PROBE_RATIO = ba.measure(
    Ratio(*(Contrast({**state, **PROBE}, state) for state in (INHIBITED, WITHDRAWN))),
    "depolarisation by the probe under inhibition, over that without input",
)


def fill_cell(layer: ba.layers.LSTM | ba.layers.SubLSTM, gate: float) -> float:
    """Return the content of an empty memory cell after one step with a candidate of 0.5.

    `gate` is the summed input of its input gate. Later steps multiply the content by a factor that
    does not depend on the gate.
    """
    return float(layer.next_state(np.zeros(1), gate, 0, 0.5, 0)[0][0])


#: The subtractive gate is closed to a signal of half the size.
SIGNAL = 1 / (1 + np.exp(-0.5))
LSTM, SUBLSTM = ba.layers.LSTM.of_size(1, 1), ba.layers.SubLSTM.of_size(1, 1)
LEAK = "content of a memory cell behind a closed input gate, over that behind an open one"
LSTM_LEAK = ba.measure(fill_cell(LSTM, -5) / fill_cell(LSTM, 20), f"{LEAK}, LSTM")
SUBLSTM_LEAK = ba.measure(
    fill_cell(SUBLSTM, np.log(SIGNAL / (2 - SIGNAL))) / fill_cell(SUBLSTM, -20),
    f"{LEAK}, subLSTM at twice the signal",
)
#: With a bias of 5 of the forget gate.
(KEPT,) = LSTM.next_state(np.ones(1), -20, 5, 0, 0)[0]
LSTM_MEMORY = ba.measure(-1 / np.log(KEPT), "time constant of an LSTM cell", unit="steps")
CLAIMS = (
    FORUM_2018.claim(
        "B11a",
        "The opposite of inhibiting a signal is transmitting it: a closed gate stops it, opening "
        "restores it and adds nothing.",
        LOSS_CLOSED.of("bio", match=UNITS[0]) >= 0.95,
        LOSS_CLOSED.of_each("ann", UNITS) >= 0.95,
        LOSS_OPENED.of("bio", match=UNITS[0]).between(-0.05, 0.05),
        LOSS_OPENED.of_each("ann", UNITS).between(-0.05, 0.05),
        RATE.at_levels(" without signal", x=0.0, **OPENED).of("bio", match=UNITS[0]) <= 1.0,
        answer_score=LOSS_OPENED.of("bio", match=UNITS[0]),
    ),
    FORUM_2018.claim(
        "B11b",
        "A gate that multiplies, as in an LSTM, stays closed however strong the signal.",
        LEAK_START.of("ann", match="multiplicative") >= 55.0,
        LSTM_LEAK.of() <= 0.05,
    ),
    OURS.claim(
        "B11c",
        "A gate that inhibits stays closed however strong the signal.",
        *(ba.rules.Boundary(s, 0.0, 55.0, "below") for s in LEAK_START.of_each(matches=UNITS[0])),
    ),
    Source("Costa et al. 2017").claim(
        "B11d",
        "The input gate of a subLSTM, which subtracts, stays closed as that of an LSTM does when "
        "the signal doubles.",
        SUBLSTM_LEAK.of() <= 0.05,
    ),
    OURS.claim(
        "B11e",
        "A gate of cells takes time to open; that of a static unit opens at once.",
        OPENING_DELAY.of("bio", match=UNITS[0]) >= 5.0,
        OPENING_DELAY.of_each("ann", UNITS).between(-1e-6, 1e-6),
    ),
    FORUM_2018.claim(
        "B11f",
        "Gates hold memory: a forget gate keeps what a cell contains. A gate of cells keeps "
        "nothing: what it transmits ends with the signal, within 50 ms.",
        LSTM_MEMORY.of() >= 100.0,
        RETENTION.of("bio", match=UNITS[0]) <= 50.0,
    ),
    FORUM_2018.claim(
        "E8a",
        "The opposite of stimulation is the lack of stimulation, not inhibition: both silence a "
        "cell, but inhibition also shrinks what a further input does, to less than two thirds.",
        RATE.at_levels(" of inhibited cells", **INHIBITED).of("bio", match=UNITS[0]) <= 1.0,
        RATE.at_levels(" without input", **WITHDRAWN).of("bio", match=UNITS[0]) <= 1.0,
        PROBE_RATIO.of("potential", match=UNITS[0]) <= 2 / 3,
    ),
)
FIGURE = ba.figures.Panels.of_figures(
    "An opened gate transmits the signal as no gate does. The closed gate of the spiking model and "
    "the unit that subtracts leak strong signals; the unit that multiplies does not.",
    ba.figures.ResponseCurves(
        "x",
        UNITS,
        curves={"no gate": UNGATED, "closed": CLOSED, "opened": OPENED},
        xlabel="signal [activation]",
    ),
    ba.figures.TimeCourses(
        match=UNITS[0], where={"x": 0.8, **OPENED}, start=OPENING / 1e3, heading="opening"
    ),
)


def pair() -> ba.Pair:
    bio = ba.SpikingNetwork.of_members(
        ba.Population("output", 20, "glutamate"),
        *(ba.Population(name, 10, "GABA") for name in ("gate", "opener")),
        ba.Afferent("x", "output", 1.5 * nS, fibres=40, rate=25 * Hz),
        ba.Afferent("close", "gate", 1.5 * nS, fibres=40, rate=30 * Hz),
        ba.Afferent("open", "opener", 1.5 * nS, fibres=40, rate=30 * Hz),
        ba.CurrentAfferent("probe", "output", 60 * pA),
        ba.Projection("gate", "output", 1 * nS),
        ba.Projection("opener", "gate", 1.5 * nS),
    )
    ann = ba.RateNetwork(
        units=("gate", "transmission", *UNITS),
        channels=("x", "close", "open", "probe"),
        W={"transmission": {"gate": -1}, "subtractive": {"gate": -1.2}},
        W_in={"gate": {"close": 1, "open": -1}} | {u: {"x": 1.7, "probe": 0.3} for u in UNITS},
        bias=dict.fromkeys(UNITS, -0.5) | {"transmission": 1},
        activation=dict.fromkeys(UNITS, ba.activations.PowerLaw(2 / 3)),
        gates={"multiplicative": "transmission"},
    )
    # A brief signal of 250 ms would have the mean of a lasting one of 0.6, and pass for it.
    brief_end = np.where(LEVELS["brief"], END_OF_BRIEF + 1, END)
    times = {"onset": {"open": OPENING * ms}, "offset": {"x": brief_end * ms}}
    channels = {name: levels for name, levels in LEVELS.items() if name != "brief"}
    return ba.Pair(
        "gating",
        bio,
        ann,
        ba.Correspondence.of_units(
            dict.fromkeys(UNITS, "output"),
            bio_only=("gate", "opener"),
            ann_only=("gate", "transmission"),
        ),
        question="Is the opposite of inhibiting a signal to transmit it?",
        stimulus=ba.steps(channels, **times, duration=END * ms, coords=LEVELS),
        settle=350 * ms,
        margin=ba.Margin.of_spread(1.61 * Hz),
        trials=12,
        controls={"potential": ba.Potential(bio)},
        figures=(FIGURE,),
        claims=CLAIMS,
    )
