"""Rectification: does a floor under the output erase the depth of inhibition?

Biological half: cells at rest get an inhibitory current of some depth for 100 ms, and some time
after its end a short excitatory probe of some strength. Artificial half, four readings of the same
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
from bioann.models.figures.rectification import memory_figure

READINGS = ("static", "leaky output", "leaky sum", "tanh")
CELL = ba.cells.LIF()
BACKGROUND = 1 * nS
TAU = float(CELL.C / (float(CELL.g_L) + float(BACKGROUND))) * 1e3  # ms
DEPTHS = (0.5, 1.0)  # x 150 pA, which is 14 mV below rest
DELAYS = (0.0, 5.0, 10.0, 20.0, 40.0, 80.0)  # ms
PROBES = np.linspace(0.35, 0.95, 9)  # x 1000 pA, for 5 ms: enough for one spike at most
PROBE_AT, LASTS = 200, 100  # ms


def stimulus() -> xr.DataArray:
    """Make every probe after every depth and delay, and without inhibition."""
    before = [(0.0, 0.0), *((depth, delay) for depth in DEPTHS for delay in DELAYS)]
    depth, delay, probe = np.array([(*both, p) for both in before for p in PROBES]).T
    t = np.arange(PROBE_AT + 20)[None, :]
    end = PROBE_AT - delay[:, None]
    inhibited = depth[:, None] * ((t >= end - LASTS) & (t < end))
    probed = probe[:, None] * ((t >= PROBE_AT) & (t < PROBE_AT + 5))
    levels = np.stack([inhibited, probed], axis=-1)
    asked = {"depth": depth, "delay": delay, "strength": probe}
    return ba.stimuli.make_stimulus(levels, channels=("inhibit", "probe"), coords=asked)


def neurons() -> ba.SpikingNetwork:
    """Build the biological half: currents into cells that are at rest."""
    cell = ba.Population("cell", 20, "glutamate", cell=CELL, background=BACKGROUND)
    currents = {"inhibit": -150 * pA, "probe": 1000 * pA}
    afferents = (ba.CurrentAfferent(name, "cell", size) for name, size in currents.items())
    return ba.SpikingNetwork((cell,), tuple(afferents))


def units() -> ba.RateNetwork:
    """Build the artificial half: four readings of the cell, one of them through a membrane."""
    # In units of 1000 pA. A gain of 10 gives the leaky sum the cell's size, and is not judged.
    threshold, deep = 100 / 1000, 150 / 1000
    return ba.RateNetwork(
        units=("membrane", *READINGS),
        channels=("inhibit", "probe"),
        W=[[0] * 5, [0] * 5, [0] * 5, [10, 0, 0, 0, 0], [0] * 5],
        W_in=[[-deep, 1], [-deep, 1], [-deep, 1], [0, 0], [-deep, 1]],
        bias=[0, -threshold, -threshold, -10 * threshold, -threshold],
        tau=(TAU * ms, None, TAU * ms, None, None),
        activation=("linear", "relu", "relu", "relu", "tanh"),
    )


# What is measured in the cell, which is the same in all readings, and what in each unit.
FLOOR, KEEPS = "output under inhibition", "output of the unit, half minus full depth"
FALL, FALL_OF_UNIT = "fall of the probe response", "fall of the unit's probe response"
MEMORY, MEMORY_OF_UNIT = "memory of depth", "memory of depth in the unit"
NONE, HALF, FULL = {"depth": 0}, {"depth": 0.5, "delay": 0}, {"depth": 1, "delay": 0}
LAST = MeanBetween((PROBE_AT - 50) * 1e-3, PROBE_AT * 1e-3)  # 50 ms of inhibition
metric = partial(ba.metrics.Metric, best=np.nan, unit="activation")
of_cell = partial(metric, per="pair", alone=True)
METRICS = (
    of_cell(
        FLOOR,
        OfSpikingModel(Contrast(FULL, match="static")),
        best=0.0,
        unit="",
        over="time",
        prepare=LAST,
    ),
    metric(KEEPS, OfOtherModel(Contrast(HALF, FULL)), over="time", prepare=LAST),
    of_cell(FALL, OfSpikingModel(Contrast(NONE, FULL, match="static"))),
    of_cell(
        MEMORY, OfSpikingModel(MemoryTimeConstant("depth", match="static")), best=TAU, unit="ms"
    ),
    metric(FALL_OF_UNIT, OfOtherModel(Contrast(NONE, FULL, relative=True)), unit=""),
    metric(
        MEMORY_OF_UNIT,
        OfOtherModel(MemoryTimeConstant("depth")),
        best=TAU,
        unit="ms",
        note="inhibition that is over leaves nothing",
    ),
)

zero = partial(ba.rules.Between, low=-0.001, high=0.001)  # the rule that a score is zero
as_long = partial(ba.rules.Between, low=0.85 * TAU, high=1.15 * TAU)
CLAIMS = (
    ba.Claim(
        "A3a",
        "ReLU floors a negative sum, as a cell does its rate; tanh keeps its size.",
        "AI Stack Exchange 2019",
        ba.rules.AllOf(
            (zero(FLOOR), zero(KEEPS, match="static"), ba.rules.at_least(KEEPS, 0.02, match="tanh"))
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
        as_long(MEMORY),
    ),
    ba.Claim(
        "A3d",
        "A unit keeps it if its sum is leaky, not if it is static or leaks after the ReLU.",
        "ours",
        ba.rules.AllOf(
            (
                zero(FALL_OF_UNIT, match="static"),
                zero(FALL_OF_UNIT, match="leaky output"),
                ba.rules.at_least(FALL_OF_UNIT, 0.02, match="leaky sum"),
            )
        ),
    ),
    ba.Claim(
        "A3e",
        "And it keeps it as long as the membrane does.",
        "ours",
        as_long(MEMORY_OF_UNIT, match="leaky sum"),
    ),
)


def pair() -> ba.Pair:
    """Return the pair."""
    return ba.Pair(
        "rectification",
        neurons(),
        units(),
        ba.Correspondence(tuple(ba.Match("cell", r) for r in READINGS), ann_only=("membrane",)),
        question="Does a floor under the output erase the depth of inhibition?",
        source="'What effect does a negative output of a neuron have on neighbouring neurons?' and "
        "'How to implement inhibition ...?' (AI Stack Exchange, 2019 and 2018)",
        stimulus=stimulus(),
        settle=PROBE_AT * ms,
        trials=5,
        controls={"potential": ba.Potential(neurons())},
        metrics=METRICS,
        figures=(memory_figure,),
        claims=CLAIMS,
    )
