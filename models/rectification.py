"""Rectification: does a floor under the output erase the depth of inhibition?

Spiking model: cells at rest get an inhibitory current of some depth for 100 ms, and some time
after its end a short excitatory probe of some strength. Rate model, four units for the same
cell: a ReLU of the present input; a ReLU whose *output* has the membrane's time constant; a ReLU of
a sum that has it, as a membrane does; and a tanh of the present input.

While inhibition lasts, nothing fires, whatever its depth: the output is floored. But the potential
is not, and it forgets with the membrane time constant. The mean response over probes of all
strengths falls with the depth that is left, depth * exp(-delay / tau), when the probe comes.
A ReLU after the leak does not respond to a probe at all while the remaining inhibition outweighs
it, so the loss lasts longer than the time constant.
"""

from functools import partial

import numpy as np
import xarray as xr
from brian2 import ms, nS, pA

import bioann as ba
from bioann.metrics.contrast import Contrast
from bioann.metrics.memory import MemoryTimeConstant
from bioann.metrics.selection import MeanBetween

UNIT_KINDS = ("static", "leaky output", "leaky sum", "tanh")
CELL = ba.cells.LIF()
BACKGROUND_CONDUCTANCE = 1 * nS
TAU_MS = float(CELL.C / (float(CELL.g_L) + float(BACKGROUND_CONDUCTANCE))) * 1e3
DEPTHS = (0.5, 1.0)  # x 150 pA, which is 14 mV below rest
DELAYS_MS = (0.0, 5.0, 10.0, 20.0, 40.0, 80.0)
PROBE_STRENGTHS = np.linspace(0.35, 0.95, 9)  # x 1000 pA, for 5 ms: enough for one spike at most
PROBE_ONSET_MS, INHIBITION_MS = 200, 100


def make_probe_stimulus() -> xr.DataArray:
    """Make every probe after every depth and delay, and without inhibition."""
    inhibition = [(0.0, 0.0), *((depth, delay) for depth in DEPTHS for delay in DELAYS_MS)]
    depth, delay, probe = np.array([(*row, p) for row in inhibition for p in PROBE_STRENGTHS]).T
    time_ms = np.arange(PROBE_ONSET_MS + 20)[None, :]
    end_ms = PROBE_ONSET_MS - delay[:, None]
    inhibit = depth[:, None] * ((time_ms >= end_ms - INHIBITION_MS) & (time_ms < end_ms))
    pulse = probe[:, None] * ((time_ms >= PROBE_ONSET_MS) & (time_ms < PROBE_ONSET_MS + 5))
    levels = np.stack([inhibit, pulse], axis=-1)
    coords = {"depth": depth, "delay": delay, "strength": probe}
    return ba.stimuli.make_stimulus(levels, channels=("inhibit", "probe"), coords=coords)


def build_resting_cells() -> ba.SpikingNetwork:
    """Build the spiking model: currents into cells that are at rest."""
    cell = ba.Population("cell", 20, "glutamate", cell=CELL, background=BACKGROUND_CONDUCTANCE)
    currents = {"inhibit": -150 * pA, "probe": 1000 * pA}
    afferents = (ba.CurrentAfferent(name, "cell", current) for name, current in currents.items())
    return ba.SpikingNetwork((cell,), tuple(afferents))


def build_rate_units() -> ba.RateNetwork:
    """Build the rate model: four units for the cell, one of them behind a membrane."""
    # In units of 1000 pA. A gain of 10 gives the leaky sum the cell's size, and is not judged.
    threshold, full_depth = 100 / 1000, 150 / 1000
    return ba.RateNetwork(
        units=("membrane", *UNIT_KINDS),
        channels=("inhibit", "probe"),
        W=[[0] * 5, [0] * 5, [0] * 5, [10, 0, 0, 0, 0], [0] * 5],
        W_in=[[-full_depth, 1], [-full_depth, 1], [-full_depth, 1], [0, 0], [-full_depth, 1]],
        bias=[0, -threshold, -threshold, -10 * threshold, -threshold],
        tau=(TAU_MS * ms, None, TAU_MS * ms, None, None),
        activation=("linear", "relu", "relu", "relu", "tanh"),
    )


NO_INHIBITION = {"depth": 0}
HALF_DEPTH, FULL_DEPTH = {"depth": 0.5, "delay": 0}, {"depth": 1, "delay": 0}
#: Responses in the last 50 ms of inhibition.
during_inhibition = {
    "over": "time",
    "prepare": MeanBetween((PROBE_ONSET_MS - 50) * 1e-3, PROBE_ONSET_MS * 1e-3),
}
# The cell is the same in all matches; what is measured of it is measured once.
cell_measure = partial(ba.measure, per="pair")
INHIBITED_OUTPUT = cell_measure(
    Contrast(FULL_DEPTH, match="static"),
    "response during inhibition",
    best=0.0,
    **during_inhibition,
)
DEPTH_DIFFERENCE = ba.measure(
    Contrast(HALF_DEPTH, FULL_DEPTH),
    "output at half minus output at full depth of inhibition",
    unit="activation",
    **during_inhibition,
)
PROBE_LOSS = cell_measure(
    Contrast(NO_INHIBITION, FULL_DEPTH, match="static"),
    "loss of the probe response",
    unit="activation",
)
RELATIVE_LOSS = ba.measure(
    Contrast(NO_INHIBITION, FULL_DEPTH, relative=True), "relative loss of the probe response"
)
MEMORY = cell_measure(
    MemoryTimeConstant("depth", match="static"),
    "time constant of the memory of depth",
    best=TAU_MS,
    unit="ms",
)
UNIT_MEMORY = ba.measure(
    MemoryTimeConstant("depth"),
    "time constant of the memory of depth",
    best=TAU_MS,
    unit="ms",
    note="inhibition that is over leaves nothing",
)
ZERO, MEMBRANE_TAU = (-0.001, 0.001), (0.85 * TAU_MS, 1.15 * TAU_MS)
CLAIMS = (
    ba.Claim(
        "A3a",
        "ReLU sets every negative sum to zero, as a cell does its rate; tanh keeps its size.",
        "AI Stack Exchange 2019",
        INHIBITED_OUTPUT.of("bio").between(*ZERO),
        DEPTH_DIFFERENCE.of("ann", match="static").between(*ZERO),
        DEPTH_DIFFERENCE.of("ann", match="tanh") >= 0.02,
    ),
    ba.Claim(
        "A3b",
        "So rectification erases the depth of inhibition: the cell then responds as if there "
        "had been none.",
        "AI Stack Exchange 2018",
        PROBE_LOSS.of("bio").between(-0.02, 0.02),
    ),
    ba.Claim(
        "A3c",
        "The membrane keeps the depth of inhibition for about its time constant.",
        "ours",
        MEMORY.of("bio").between(*MEMBRANE_TAU),
    ),
    ba.Claim(
        "A3d",
        "A unit keeps it if its sum is leaky, not if it is static or leaks after the ReLU.",
        "ours",
        RELATIVE_LOSS.of("ann", match="static").between(*ZERO),
        RELATIVE_LOSS.of("ann", match="leaky output").between(*ZERO),
        RELATIVE_LOSS.of("ann", match="leaky sum") >= 0.02,
    ),
    ba.Claim(
        "A3e",
        "Such a unit keeps it as long as the membrane does.",
        "ours",
        UNIT_MEMORY.of("ann", match="leaky sum").between(*MEMBRANE_TAU),
    ),
)


def pair() -> ba.Pair:
    """Return the pair."""
    return ba.Pair(
        "rectification",
        build_resting_cells(),
        build_rate_units(),
        ba.Correspondence(
            tuple(ba.Match("cell", unit) for unit in UNIT_KINDS), ann_only=("membrane",)
        ),
        question="Does a floor under the output erase the depth of inhibition?",
        source="'What effect does a negative output of a neuron have on neighbouring neurons?' and "
        "'How to implement inhibition ...?' (AI Stack Exchange, 2019 and 2018)",
        stimulus=make_probe_stimulus(),
        settle=PROBE_ONSET_MS * ms,
        trials=5,
        controls={"potential": ba.Potential(build_resting_cells())},
        figures=(
            ba.figures.Panels(
                (
                    ba.figures.TimeCourses(
                        by="depth",
                        where={"delay": 40.0, "strength": PROBE_STRENGTHS[0]},
                        models={"potential": "spiking model"},
                        heading="potential above rest",
                        start=(PROBE_ONSET_MS - 40) * 1e-3,
                        xlabel="time after inhibition [s]",
                        ylabel="potential [mV]",
                        y_scale=15.0,
                    ),
                    ba.figures.ResponseCurves(
                        "delay",
                        ("leaky sum", "static"),
                        by="depth",
                        where={"depth": (DEPTHS[0], DEPTHS[-1])},
                        relative_to={"depth": 0.0},
                        xlabel="delay of the probe [ms]",
                        ylabel="response lost [activation]",
                        y_scale=-1.0,
                    ),
                ),
                "No cell fires during inhibition, yet its depth shows afterwards: the response "
                "lost to a probe decays with the membrane time constant. A ReLU of a leaky sum "
                "is silent until enough has leaked; a static ReLU loses nothing.",
                scores=(MEMORY.of("bio"),),
            ),
        ),
        claims=CLAIMS,
    )
