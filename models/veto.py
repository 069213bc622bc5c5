"""Veto: can inhibition stop a pulse?

Spiking model: ten excitatory fibres fire together and make every cell fire once; ten inhibitory
fibres, which open a shunt (reversal at rest, decay time 10 ms), fire up to 80 ms before or 15 ms
after them. In the cells `double` the shunt is twice that of `single`. Rate model: `static` is a
unit of a multilayer perceptron, a weighted sum without memory. `single` and `double` are the
nearest units with a window: their inhibition decays with the same 10 ms. Their weights were
chosen by hand on other samples of the noise (seed 7). Control: inhibitory fibres without synapses.

The shunt that a pulse meets is g exp(-t / tau), t after it opened. So twice the shunt stops the
same pulse tau ln 2 = 6.9 ms longer, whatever the cell; for a sum that decays the same holds.
"""

import numpy as np
from brian2 import Hz, Quantity, ms, mV, nS

import bioann as ba
from bioann.claims.sources import FORUM_2018, OURS

PERIOD_MS = 200
DECAY = 10 * ms
#: Time in ms from the excitatory pulse to the inhibitory one.
LAGS = np.array([-80, -40, -28, -22, -19, -16, -13, -10, -7, -5, -3, 0, 1, 2, 3, 5, 7, 10, 15])
TIMES = {-10: "10 ms before", -3: "3 ms before", 0: "at the same time"}
TIMES |= {1: "1 ms after", 7: "7 ms after"}
#: Share of the pulses that inhibition of this lag stops, relative to inhibition 80 ms before.
STOPPED = {
    lag: ba.measure(
        ba.metrics.Contrast({"lag": LAGS[0]}, {"lag": lag}, relative=True),
        f"share of pulses stopped, inhibition {time}",
    )
    for lag, time in TIMES.items()
}
MIDPOINT = ba.metrics.TransitionMidpoint("lag")
LONGER = ba.measure(
    ba.metrics.Difference(*(ba.metrics.OfMatch(MIDPOINT, m) for m in ("single", "double"))),
    "time by which twice the inhibition lengthens the window",
    unit="ms",
    where={"lag": (LAGS[0], 0)},
)
EXPECTED_MS = float(DECAY / ms * np.log(2))
CLAIMS = (
    FORUM_2018.claim(
        "E5a",
        "A multilayer perceptron cannot inhibit a pulse, unless inhibition comes in the same step.",
        *(STOPPED[lag].of("ann", match="static").between(-1e-9, 1e-9) for lag in (-10, -3, 1)),
        STOPPED[0].of("ann", match="static") >= 0.9,
    ),
    FORUM_2018.claim(
        "E5b",
        "In a neuron inhibition shortly before a pulse stops it.",
        STOPPED[-3].of_each("bio", ("single", "double")) >= 0.9,
        STOPPED[-3].of("no_inhibition", match="single").between(-0.1, 0.1),
        supported="Yes, in a cell: a pulse that comes while the inhibition lasts is not "
        "transmitted",
    ),
    OURS.claim(
        "E5c",
        "No artificial unit can stop a pulse by inhibition that came before.",
        STOPPED[-3].of("ann", match="single") <= 0.1,
    ),
    OURS.claim(
        "E5d",
        "Inhibition that comes after the spike stops nothing.",
        STOPPED[7].of_each(matches=("single", "double")) <= 0.1,
    ),
    OURS.claim(
        "E5e",
        "Twice the inhibition lengthens the window by its decay time times ln 2, in a neuron and "
        "in a unit whose inhibition decays.",
        # To within half the distance of the lags where the pulse is stopped or not.
        LONGER.of_each().between(EXPECTED_MS - 1.5, EXPECTED_MS + 1.5),
    ),
)
FIGURE = ba.figures.ResponseCurves(
    "lag",
    ("static", "single", "double"),
    xlabel="inhibition after excitation [ms]",
    ylabel="transmitted [per pulse]",
    share_y=True,
    xlim=(-45.0, 17.0),
    message="A shunt stops pulses that come while it lasts (left of 0), and those that have not "
    "yet made the cell fire. A sum without memory (static) stops a pulse of the same moment only; "
    "one whose inhibition decays has a window too, with softer edges. Twice the inhibition "
    "(double) lengthens both windows by 7 ms.",
)


def build_cells(inhibition: Quantity) -> ba.SpikingNetwork:
    # A regular fibre at 1000 Hz fires once in a pulse of 1 ms, at a random moment of it.
    fibres = {"fibres": 10, "kind": "regular", "rate": 1000 * Hz}
    shunt = ba.receptors.GABA_A(tau=DECAY, reversal=ba.cells.LIF().E_L / 1e-3 * mV)
    weights = {"single": inhibition, "double": 2 * inhibition}
    return ba.SpikingNetwork.of_members(
        *(ba.Population(name, 20, "glutamate", background=0.7 * nS) for name in weights),
        *(ba.Afferent("e", name, 2 * nS, **fibres) for name in weights),
        *(ba.Afferent("i", name, w, "GABA", shunt, **fibres) for name, w in weights.items()),
    )


def pair() -> ba.Pair:
    # A pulse of 1 ms in a period of 200 ms is worth 1.
    pulse = float(PERIOD_MS)
    ann = ba.RateNetwork(
        units=("static", "single", "double", "inhibition"),
        channels=("e", "i"),
        W={"single": {"inhibition": -17 * pulse}, "double": {"inhibition": -34 * pulse}},
        W_in=[[pulse, -2 * pulse], [pulse, 0], [pulse, 0], [0, 1]],
        tau={"inhibition": DECAY},
        activation={"inhibition": "linear"},
    )
    return ba.Pair(
        "veto",
        build_cells(5 * nS),
        ann,
        ba.Correspondence.of_units(
            {"static": "single", "single": "single", "double": "double"},
            scale=1e3 / PERIOD_MS * Hz,
            ann_only=("inhibition",),
        ),
        question="Can inhibition stop a pulse?",
        source="'How to implement inhibition / negative input?' (AI Stack Exchange, 2018); Koch, "
        "Poggio and Torre 1983",
        stimulus=ba.stimuli.paired_pulses(
            ("e", "i"), lags=LAGS * ms, period=PERIOD_MS * ms, duration=2 * PERIOD_MS * ms
        ),
        settle=0 * ms,
        bin_width=PERIOD_MS * ms,
        margin=ba.Margin(0.1, "one pulse in ten"),
        trials=8,
        controls={"no_inhibition": build_cells(0 * nS)},
        figures=(FIGURE,),
        claims=CLAIMS,
    )
