"""Depression or inhibition: is a lower weight of excitation the same as added inhibition?

Spiking model: three cells with the same input fibres. `depressed` has synapses from x of 0.6 times
the weight of `before`; `inhibited` has the weights of `before` and a constant conductance that
pulls to -80 mV, chosen so that it fires as often as `depressed` at input 1 (by hand, on other
samples of the noise, seed 7). Rate model: a unit for each cell, with a lower weight or a lower
bias, equal at input 1 as well. A second input y shows what happens to other synapses. Control: the
membrane potential of the same cells, for the size of excitatory postsynaptic potentials (EPSPs).

A mean conductance g depolarises a cell that does not fire by (E - v0) g / (g_L + g_I + g), with the
potential v0 before, which inhibition lowers. A lower weight multiplies g of its own input only;
inhibition divides the EPSPs of all inputs, as it makes the membrane leakier.
"""

import numpy as np
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.claims.sources import FORUM_2018, OURS, Source
from bioann.metrics import Contrast, CurveShift, Difference, DifferenceOfMatches, OfMatch

WEIGHT, FIBRES, FIBRE_RATE = 0.4 * nS, {"x": 100, "y": 10}, 50 * Hz
DEPRESSION, INHIBITION = 0.6, 7.75 * nS
CELL_NAMES = ("before", "depressed", "inhibited")
SCALE_HZ, ONSET_MS = 100, 200
#: An input so weak that no cell fires; of x it opens as much conductance as y at activation 1.
WEAK = {"x": FIBRES["y"] / FIBRES["x"], "y": 1.0}
LEVELS = np.array([0, WEAK["x"], 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4])
#: In activation: 5 Hz.
NO_CHANGE = 0.05
DROPS = [
    ba.measure(DifferenceOfMatches("before", cell), f"drop of the rate at input 1, {cell}")
    for cell in CELL_NAMES[1:]
]
BETWEEN_CELLS = DifferenceOfMatches("depressed", "inhibited")
DIFFERENCE = {
    x: ba.measure(BETWEEN_CELLS, f"depressed minus inhibited, input {x:g}").at_levels(x=x, y=0.0)
    for x in (0.8, 1.0, 1.4)
}
CURVES = {cell: ba.metrics.ResponseCurve(cell, {"y": 0.0}) for cell in CELL_NAMES}
GAINS = {
    cell: ba.measure(
        CurveShift(CURVES[cell], CURVES["before"], "x", 0.2, 1.3), f"gain of x, {cell}", best=gain
    )
    for cell, gain in (("depressed", DEPRESSION), ("inhibited", 1.0))
}


def predict_epsp(depression: float = 1.0, inhibition: float = 0.0) -> float:
    """Return the depolarisation in mV by a weak input: rest -65 mV, leak 10 nS."""
    g = depression * FIBRES["y"] * float(WEIGHT * FIBRE_RATE / Hz / nS) * 5e-3
    v0 = (-65 * 10 - 80 * inhibition) / (10 + inhibition)
    return -v0 * g / (10 + inhibition + g)


def measure_epsp(cell: str, channel: str, expected: float) -> ba.Score:
    """Return the score of an EPSP relative to that of the cell before."""
    rest = {"x": 0.0, "y": 0.0}
    weak = rest | {channel: WEAK[channel]}
    epsps = (Contrast(weak, rest, match=name) for name in (cell, "before"))
    name = f"EPSP of {channel}, {cell}, relative to before"
    return ba.measure(ba.metrics.Ratio(*epsps), name, best=expected).of("potential")


#: Inhibition makes the EPSPs of both inputs smaller by the same factor.
DIVISION = predict_epsp(inhibition=float(INHIBITION / nS)) / predict_epsp()
EPSPS = [
    measure_epsp("depressed", "x", predict_epsp(DEPRESSION) / predict_epsp()),
    measure_epsp("depressed", "y", 1.0),
    measure_epsp("inhibited", "x", DIVISION),
    measure_epsp("inhibited", "y", DIVISION),
]
FIRST_SPIKE = ba.metrics.FirstSpikeTime(ONSET_MS * 1e-3, SCALE_HZ)
DELAY = ba.measure(
    Difference(OfMatch(FIRST_SPIKE, "inhibited"), OfMatch(FIRST_SPIKE, "depressed")),
    "first spike, inhibited later than depressed",
).at_levels(x=1.0, y=0.0)
CLAIMS = (
    FORUM_2018.claim(
        "E4a",
        "Lowering a weight resembles inhibition: either lowers the rate, by the same amount.",
        *(drop.at_levels(x=1.0, y=0.0).of_each() >= 0.3 for drop in DROPS),
        DIFFERENCE[1.0].of_each().between(-NO_CHANGE, NO_CHANGE),
    ),
    OURS.claim(
        "E4b",
        "A lower weight and inhibition that lower the rate equally at one input do so at all.",
        *(DIFFERENCE[x].of("bio").between(-NO_CHANGE, NO_CHANGE) for x in (0.8, 1.4)),
        refuted="Only at one input: depression flattens the response, inhibition moves it",
    ),
    Source("Holt and Koch 1997").claim(
        "E4c",
        "Depression scales the input, a constant conductance keeps the gain; so do a lower weight "
        "and a lower bias.",
        GAINS["depressed"].of_each().within(0.1),
        # As in inhibition_modes: below 0.85 it would divide.
        GAINS["inhibited"].of_each() >= 0.85,
    ),
    OURS.claim(
        "E4d",
        "EPSPs tell which: depression shrinks those of its own input, inhibition those of all.",
        *(epsp.within(0.04) for epsp in EPSPS),  # 4 % of a ratio; inhibition changes it by 35 %
    ),
    OURS.claim(
        "E4e",
        "At the same rate the inhibited cell fires first later: it starts further from threshold.",
        DELAY.of("bio") >= 0.5,  # five time steps; of the units, one counts as none
    ),
    OURS.claim(
        "E4f",
        "Units with one time constant respond at the same time: no delay tells a lower weight "
        "from a lower bias.",
        DELAY.of("ann").between(-0.1, 0.1),
    ),
)
FIGURE = ba.figures.ResponseCurves(
    "x",
    curves=CURVES,
    has_model_panels=True,
    xlabel="input x [activation]",
    ylabel="rate [Hz]",
    y_scale=SCALE_HZ,
    message="Depression and inhibition lower the rate equally at input 1 alone: depression "
    "flattens the curve, inhibition moves it, in both models.",
)


def build_cells() -> ba.SpikingNetwork:
    weights = {"before": WEIGHT, "depressed": DEPRESSION * WEIGHT, "inhibited": WEIGHT}
    fibres = {channel: {"fibres": n, "rate": FIBRE_RATE} for channel, n in FIBRES.items()}
    return ba.SpikingNetwork.of_members(
        *(ba.Population(name, 20, "glutamate") for name in CELL_NAMES),
        *(ba.Afferent("x", name, weights[name], **fibres["x"]) for name in CELL_NAMES),
        *(ba.Afferent("y", name, WEIGHT, **fibres["y"]) for name in CELL_NAMES),
        ba.Injection("inhibited", conductance=INHIBITION),
    )


def pair() -> ba.Pair:
    weight, bias = 1.7, -0.17
    to_y = weight * FIBRES["y"] / FIBRES["x"]
    ann = ba.RateNetwork(
        units=CELL_NAMES,
        channels=("x", "y"),
        W_in=[[weight, to_y], [DEPRESSION * weight, to_y], [weight, to_y]],
        bias=[bias, bias, bias - (1 - DEPRESSION) * weight],  # equal at input 1
        tau=10 * ms,
        activation=ba.activations.Softplus(0.05),
    )
    levels = ba.stimuli.join_levels({"x": LEVELS}, {"y": [WEAK["y"]]})
    return ba.Pair(
        "depression_or_inhibition",
        build_cells(),
        ann,
        ba.Correspondence.of_names(*CELL_NAMES, scale=SCALE_HZ * Hz),
        question="Is a lower weight of excitation the same as added inhibition?",
        stimulus=ba.steps(levels, duration=500 * ms, onset=ONSET_MS * ms),
        settle=(ONSET_MS + 100) * ms,
        bin_width=2 * ms,
        margin=ba.Margin(NO_CHANGE, "5 Hz, a twentieth of the rate at which they are compared"),
        trials=26,
        controls={"potential": ba.Potential(build_cells(), neurons=20)},
        figures=(FIGURE,),
        claims=CLAIMS,
    )
