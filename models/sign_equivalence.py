"""Sign equivalence: is a positive transmitter times a receptor an output times a signed weight?

Biological half: one cell under excitatory bombardment that sets its operating point, and eight sets
of GABA fibres, alike but for the reversal potential of their receptor, from -80 mV to 0 mV. In each
condition one set fires. Artificial half: one unit; each set is a channel with one weight, computed
at the middle operating point, from the rate of the cell averaged over the noise of its conductances
(`bioann.theory.adiabatic_rate`). Nothing is fitted.

A conductance that reverses below rest lowers the rate, one that reverses above threshold raises
it. Between rest and threshold it depolarises a silent cell and may yet lower the rate of a firing
one. Without noise the effect turns at threshold in a cell at rheobase, and in the middle of reset
and threshold, -55 mV, in one that is driven far above it; noise blurs the operating point.
"""

from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from brian2 import Hz, ms, mV, nS

import bioann as ba
from bioann.ann.activations.transfer_functions import Tabulated
from bioann.metrics.agreement import rmse
from bioann.metrics.input_effects import SignChangePoint
from bioann.metrics.measures import Difference, OfSpikingModel
from bioann.models.figures.sign_equivalence import draw_effects

#: The sets by the name of their channel ("m80" is minus 80), and their reversal potentials in mV.
REVERSAL = {f"E_{'m' * (e < 0)}{abs(e)}": e for e in (-80, -70, -62, -58, -54, -50, -46, 0)}
WITHIN = [name for name, e in REVERSAL.items() if -65 <= e <= -50]  # rest to threshold
OUTSIDE = [name for name in REVERSAL if name not in WITHIN]
#: Near the turn: by the theory of `rate`, a line through these three misses it by 0.2 mV at most.
NEAR = {name: e for name, e in REVERSAL.items() if -60 < e < -48}
DRIVES = (0.25, 0.6, 1.0)  # operating points: weak, middle, strong
CELL = ba.cells.LIF()
EXCITATION = ba.Afferent("drive", "cell", 2 * nS, fibres=60, rate=20 * Hz)
FIBRES, GABA, TOP = 20, 2 * nS, 10 * Hz  # each set: 4 nS on average at activation 1


def rate(drive: Any, signal: float = 0.0, reversal: float = 0.0) -> np.ndarray:
    """Give the cell's rate in Hz, averaged over the noise of both conductances."""
    # 60 fibres of 20 Hz are 1200 Hz; AMPA decays with 5 ms, GABA with 10 ms.
    inputs = [ba.theory.PoissonInput(np.asarray(drive) * 1200 * Hz, 2 * nS, 5 * ms, 0 * mV)]
    if signal:
        inputs.append(ba.theory.PoissonInput(signal * FIBRES * TOP, GABA, 10 * ms, reversal * mV))
    return ba.theory.adiabatic_rate(CELL, inputs)


def weight(reversal: float) -> float:
    """Give the weight of a set: the change of drive with the same effect as the set at 1."""
    levels = np.linspace(0, 2, 201)
    same = np.interp(rate([DRIVES[1]], 1.0, reversal), rate(levels), levels)
    return float(same[0] - DRIVES[1])


def stimulus() -> xr.DataArray:
    """Make the conditions: each drive alone, and with each set at two activations."""
    sets = np.eye(len(REVERSAL))
    rows = [(drive, *np.zeros(len(sets))) for drive in DRIVES]
    rows += [(drive, *(x * one)) for drive in DRIVES for one in sets for x in (0.5, 1.0)]
    levels = dict(zip(("drive", *REVERSAL), np.array(rows).T, strict=True))
    return ba.steps(levels, duration=500 * ms)


ASKED = "AI Stack Exchange 2018"
SILENT = dict.fromkeys(REVERSAL, 0.0)
TURNS = [SignChangePoint(NEAR, SILENT | {"drive": drive}) for drive in DRIVES]
NAMES = [f"E_rev of no effect at drive {drive:g}" for drive in DRIVES]
FURTHER = "E_rev of no effect, weak minus strong drive"
OFF = "RMSE, E_rev outside rest to threshold"

CLAIMS = (
    ba.Claim(
        "A5a",
        "Where the receptor reverses outside rest to threshold, its sign is the weight's.",
        ASKED,
        ba.rules.at_least("sign agreement", 1, detail=OUTSIDE),
    ),
    ba.Claim(
        "A5b",
        "And there the rates are those of the signed weight.",
        ASKED,
        ba.rules.WithinCeiling(OFF, match="cell"),
    ),
    ba.Claim(
        "A5c",
        "The receptor decides the sign, as a low reversal potential inhibits whatever "
        "the cell is doing.",
        ASKED,
        ba.rules.AllOf(tuple(ba.rules.Boundary(name, -65, -46, holds="below") for name in NAMES)),
    ),
    ba.Claim(
        "A5d",
        "Where the effect turns depends on the cell: the more it fires, the further "
        "below threshold.",
        "ours",
        ba.rules.at_least(FURTHER, 0.0),
    ),
)


def pair() -> ba.Pair:
    """Return the pair."""
    sets = tuple(
        ba.Afferent(
            name,
            "cell",
            GABA,
            "GABA",
            ba.receptors.GABA_A(reversal=e * mV),
            fibres=FIBRES,
            rate=TOP,
        )
        for name, e in REVERSAL.items()
    )
    grid = np.linspace(-0.5, 2.5, 61)
    ann = ba.RateNetwork(
        units=("cell",),
        channels=("drive", *REVERSAL),
        W_in=[[1.0, *map(weight, REVERSAL.values())]],
        activation=Tabulated(grid, rate(np.maximum(grid, 0)) / 100),
    )
    own = partial(ba.metrics.Metric, best=np.nan, unit="mV", alone=True)
    cells = ba.Population("cell", 10, "glutamate", cell=CELL)
    return ba.Pair(
        "sign_equivalence",
        ba.SpikingNetwork((cells,), (EXCITATION, *sets)),
        ann,
        ba.Correspondence((ba.Match("cell", "cell"),)),
        question="Is a positive transmitter times a receptor an output times a signed weight?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018)",
        stimulus=stimulus(),
        settle=100 * ms,
        trials=8,
        metrics=(
            ba.metrics.Metric(OFF, rmse, 0.0, unit="activation", where=dict.fromkeys(WITHIN, 0.0)),
            *(own(name, OfSpikingModel(turn)) for name, turn in zip(NAMES, TURNS, strict=True)),
            own(FURTHER, OfSpikingModel(Difference(TURNS[0], TURNS[-1]))),
        ),
        figures=(partial(draw_effects, reversal=REVERSAL, drives=DRIVES, rate=rate),),
        claims=CLAIMS,
    )
