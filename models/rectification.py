"""Rectification: does a floor under the output erase the depth of inhibition?

Spiking model: cells at rest get an inhibitory current of some depth for 100 ms, and some time
after its end a short excitatory probe of some strength. Rate model, four readings of the same
cell: a ReLU of the present input; a ReLU whose *output* has the membrane's time constant; a ReLU of
a sum that has it, as a membrane does; and a tanh of the present input.

While inhibition lasts, nothing fires, whatever its depth: the output is floored. But the potential
is not, and it forgets with the membrane time constant. The mean response over probes of all
strengths falls with the depth that is left, depth * exp(-delay / tau), when the probe comes.
A ReLU after the leak does not answer a probe at all while what is left of inhibition outweighs it:
what it loses is lost for longer than the time constant.
"""

from functools import partial

import numpy as np
import xarray as xr
from brian2 import ms, nS, pA

import bioann as ba
from bioann.metrics.contrast import Contrast
from bioann.metrics.measures import OfOtherModel, OfSpikingModel
from bioann.metrics.memory import MemoryTimeConstant
from bioann.metrics.selection import MeanBetween
from bioann.models.figures.rectification import draw_memory

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
    """Build the rate model: four readings of the cell, one of them through a membrane."""
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


# What is measured in the cell, which is the same in all readings, and what in each unit.
INHIBITED_OUTPUT = "output under inhibition"
OUTPUT_DIFFERENCE = "output of the unit, half minus full depth"
FALL, FALL_OF_UNIT = "fall of the probe response", "fall of the unit's probe response"
MEMORY, MEMORY_OF_UNIT = "memory of depth", "memory of depth in the unit"
NO_INHIBITION = {"depth": 0}
HALF_DEPTH, FULL_DEPTH = {"depth": 0.5, "delay": 0}, {"depth": 1, "delay": 0}
#: Its last 50 ms.
DURING_INHIBITION = MeanBetween((PROBE_ONSET_MS - 50) * 1e-3, PROBE_ONSET_MS * 1e-3)
unit_metric = partial(ba.metrics.Metric, best=np.nan, unit="activation")
cell_metric = partial(unit_metric, per="pair", alone=True)
METRICS = (
    cell_metric(
        INHIBITED_OUTPUT,
        OfSpikingModel(Contrast(FULL_DEPTH, match="static")),
        best=0.0,
        unit="",
        over="time",
        prepare=DURING_INHIBITION,
    ),
    unit_metric(
        OUTPUT_DIFFERENCE,
        OfOtherModel(Contrast(HALF_DEPTH, FULL_DEPTH)),
        over="time",
        prepare=DURING_INHIBITION,
    ),
    cell_metric(FALL, OfSpikingModel(Contrast(NO_INHIBITION, FULL_DEPTH, match="static"))),
    cell_metric(
        MEMORY, OfSpikingModel(MemoryTimeConstant("depth", match="static")), best=TAU_MS, unit="ms"
    ),
    unit_metric(
        FALL_OF_UNIT, OfOtherModel(Contrast(NO_INHIBITION, FULL_DEPTH, relative=True)), unit=""
    ),
    unit_metric(
        MEMORY_OF_UNIT,
        OfOtherModel(MemoryTimeConstant("depth")),
        best=TAU_MS,
        unit="ms",
        note="inhibition that is over leaves nothing",
    ),
)

near_zero = partial(ba.rules.Between, low=-0.001, high=0.001)  # the rule that a score is zero
near_membrane_tau = partial(ba.rules.Between, low=0.85 * TAU_MS, high=1.15 * TAU_MS)
CLAIMS = (
    ba.Claim(
        "A3a",
        "ReLU floors a negative sum, as a cell does its rate; tanh keeps its size.",
        "AI Stack Exchange 2019",
        ba.rules.AllOf(
            (
                near_zero(INHIBITED_OUTPUT),
                near_zero(OUTPUT_DIFFERENCE, match="static"),
                ba.rules.at_least(OUTPUT_DIFFERENCE, 0.02, match="tanh"),
            )
        ),
    ),
    ba.Claim(
        "A3b",
        "So rectification erases inhibition: however deep, the cell then answers alike.",
        "AI Stack Exchange 2018",
        ba.rules.Between(FALL, -0.02, 0.02),
    ),
    ba.Claim(
        "A3c",
        "The membrane keeps the depth of inhibition for about its time constant.",
        "ours",
        near_membrane_tau(MEMORY),
    ),
    ba.Claim(
        "A3d",
        "A unit keeps it if its sum is leaky, not if it is static or leaks after the ReLU.",
        "ours",
        ba.rules.AllOf(
            (
                near_zero(FALL_OF_UNIT, match="static"),
                near_zero(FALL_OF_UNIT, match="leaky output"),
                ba.rules.at_least(FALL_OF_UNIT, 0.02, match="leaky sum"),
            )
        ),
    ),
    ba.Claim(
        "A3e",
        "And it keeps it as long as the membrane does.",
        "ours",
        near_membrane_tau(MEMORY_OF_UNIT, match="leaky sum"),
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
        metrics=METRICS,
        figures=(draw_memory,),
        claims=CLAIMS,
    )
