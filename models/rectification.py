"""Rectification: does a floor under the output erase the depth of inhibition?

Spiking model: cells at rest get an inhibitory current for 100 ms, and some time after its end a
short excitatory probe. Rate model, four units for the same cell: a ReLU of the present input; a
ReLU whose *output* has the membrane's time constant; a ReLU of a sum that has it; and a tanh.

While inhibition lasts nothing fires, whatever its depth: the output is floored. The potential is
not, and forgets with the membrane time constant tau: the response to probes of all strengths falls
with what is left of the depth, depth * exp(-delay / tau). A ReLU after the leak is silent as long
as that outweighs the probe, so it loses its response for longer than tau.
"""

from functools import partial

import numpy as np
from brian2 import Hz, ms, nS, pA

import bioann as ba
from bioann.claims.sources import FORUM_2018, FORUM_2019, OURS
from bioann.metrics import Contrast, MemoryTimeConstant

UNIT_KINDS = ("static", "leaky output", "leaky sum", "tanh")
#: Of 150 pA, which is 14 mV below rest; and of 1000 pA for 5 ms: enough for one spike at most.
DEPTHS, PROBE_STRENGTHS = (0.5, 1.0), np.linspace(0.35, 0.95, 9)

#: Conditions without inhibition, and with a probe right after inhibition of half and of full depth.
NONE, HALF, FULL = {"depth": 0}, {"depth": 0.5, "delay": 0}, {"depth": 1, "delay": 0}
DURING_INHIBITION = {"over": "time", "prepare": ba.metrics.MeanBetween(0.15, 0.2)}
# The cell is the same in all matches; what is measured of it is measured once.
INHIBITED_OUTPUT = ba.measure(
    Contrast(FULL, match="tanh"), "response during inhibition", best=0.0, **DURING_INHIBITION
)
HALF_MINUS_FULL = "output at half minus output at full depth of inhibition"
DEPTH_DIFFERENCE = ba.measure(
    Contrast(HALF, FULL), HALF_MINUS_FULL, unit="activation", **DURING_INHIBITION
)
PROBE_LOSS = ba.measure(
    Contrast(NONE, FULL, match="tanh"), "loss of the probe response", unit="activation"
)
LOSS_SHARE = ba.measure(Contrast(NONE, FULL, relative=True), "relative loss of the probe response")
TIME_CONSTANT = "time constant of the memory of depth"
measure_memory = partial(ba.measure, MemoryTimeConstant("depth", match="leaky sum"), TIME_CONSTANT)
ZERO = (-0.001, 0.001)


def compute_tau_ms(cells: ba.Population) -> float:
    """Return the time constant of the membrane in ms, with the background conductance."""
    (background,) = cells.background
    conductance = cells.cell.leak_conductance + float(background.conductance)
    return float(cells.cell.capacitance / conductance) * 1e3


def make_claims(tau_ms: float) -> tuple[ba.Claim, ...]:
    memory = measure_memory(best=tau_ms)
    return (
        FORUM_2019.claim(
            "A3a",
            "ReLU sets every negative sum to zero, as a cell does its rate; tanh keeps its size.",
            INHIBITED_OUTPUT.of("bio").between(*ZERO),
            DEPTH_DIFFERENCE.of("ann", match="static").between(*ZERO),
            DEPTH_DIFFERENCE.of("ann", match="tanh") >= 0.02,
        ),
        FORUM_2018.claim(
            "A3b",
            "So rectification erases the depth of inhibition: the cell then responds as if there "
            "had been none.",
            PROBE_LOSS.of("bio").between(-0.02, 0.02),
            refuted="No: a cell that was inhibited while silent responds less to a later probe",
        ),
        OURS.claim(
            "A3c",
            "The membrane keeps the depth of inhibition for about its time constant.",
            memory.of("bio").within(0.15),
        ),
        OURS.claim(
            "A3d",
            "A unit keeps it if its sum is leaky, not if it is static or leaks after the ReLU.",
            LOSS_SHARE.of_each("ann", ("static", "leaky output")).between(*ZERO),
            LOSS_SHARE.of("ann", match="leaky sum") >= 0.02,
        ),
        OURS.claim(
            "A3e",
            "Such a unit keeps it as long as the membrane does.",
            memory.of("ann", name=f"{TIME_CONSTANT}, leaky sum").within(0.15),
        ),
    )


FIGURE = ba.figures.ResponseCurves(
    "delay",
    ("leaky sum", "static"),
    by="depth",
    where={"depth": DEPTHS},
    relative_to={"depth": 0.0},
    xlabel="delay of the probe [ms]",
    ylabel="response lost [activation]",
    y_scale=-1.0,
    scores=(measure_memory().of("bio"),),
    message="The response that a probe loses after inhibition shows its depth, and decays with the "
    "membrane time constant. A ReLU of a leaky sum is silent at first; a static one loses nothing.",
)


def derive_pair(bio: ba.SpikingNetwork) -> ba.Pair:
    """Return the pair of a cell and of units with the time constant of its membrane."""
    tau_ms = compute_tau_ms(bio.populations[0])
    # In units of 1000 pA. A gain of 10 gives the leaky sum the cell's size, and is not judged.
    threshold, inputs = 0.1, [-0.15, 1]
    ann = ba.RateNetwork(
        units=("membrane", *UNIT_KINDS),
        channels=("inhibit", "probe"),
        W={"leaky sum": {"membrane": 10}},
        W_in=[inputs, inputs, inputs, [0, 0], inputs],
        bias=[0, -threshold, -threshold, -10 * threshold, -threshold],
        tau=dict.fromkeys(("membrane", "leaky output"), tau_ms * ms),
        activation={"membrane": "linear", "tanh": "tanh"},
    )
    times = {"delays": [0, 5, 10, 20, 40, 80] * ms, "widths": (100 * ms, 5 * ms), "onset": 200 * ms}
    return ba.Pair(
        "rectification",
        bio,
        ann,
        ba.Correspondence.of_units(dict.fromkeys(UNIT_KINDS, "cell"), ann_only=("membrane",)),
        question="Does a floor under the output erase the depth of inhibition?",
        stimulus=ba.stimuli.delayed_probes(
            {"inhibit": DEPTHS}, {"probe": PROBE_STRENGTHS}, duration=220 * ms, **times
        ),
        margin=ba.Margin.of_spread(2.83 * Hz),
        figures=(FIGURE,),
        claims=make_claims(tau_ms),
        derive=derive_pair,
    )


def pair() -> ba.Pair:
    cell = ba.Population("cell", 20, "glutamate", background=1 * nS)
    currents = {"inhibit": -150 * pA, "probe": 1000 * pA}
    afferents = (ba.CurrentAfferent(name, "cell", i) for name, i in currents.items())
    return derive_pair(ba.SpikingNetwork.of_members(cell, *afferents))
