"""Inhibition modes: does a conductance inhibit as an injected negative current does?

Biological half: three leaky integrate-and-fire cells get the same driving current. `pulled_down`
has a constant conductance that pulls to -80 mV, `shunted` one that pulls to rest. `control` has
neither; it gets a negative current in some conditions, and balanced noise in others: excitatory and
inhibitory bombardment that grow together. Artificial half: for each cell one unit with the
noise-free f-I curve of the cell (rate against current); inhibition is a negative weight or bias,
computed from the conductance. The signed sum of balanced noise is zero.

At one rate the cell needs the current I and the cell without inhibition the current I0. The line
I0 = gain * I + const over a band of rates has gain 1 for a subtraction, and less for a division;
the offset is the mean of I - I0 (`bioann.metrics.curve_shift`). To divide is also what a shunt does
to an excitatory postsynaptic potential (EPSP); that is measured where the cell does not fire.
"""

import dataclasses
from functools import partial

import numpy as np
import xarray as xr
from brian2 import Hz, ms, mV, nS, pA

import bioann as ba
from bioann.ann.curves import LIFRate, Scaled
from bioann.metrics.crossing import CrossingLevel
from bioann.metrics.curve_shift import Curve, CurveShift
from bioann.metrics.select import TaperedMean, at_levels, mean_where
from bioann.models.figures.inhibition_modes import draw_modes

CELL = ba.LIF(V_r=-65 * mV)  # resets to rest, as the closed forms assume
DRIVE, MINUS, G = 2400 * pA, 37.5 * pA, 5 * nS
#: Driving currents in units of DRIVE: around rheobase (150 pA), and far above it.
NEAR, FAR = np.arange(0, 640, 42) / 2400, np.linspace(0.5, 1, 51)
REVERSAL = {"pulled_down": -80 * mV, "shunted": -65 * mV}
NAMES = ("control", *REVERSAL)
#: What each mode subtracts in pA; far from rheobase a conductance takes g (middle - E), the middle
#: being that of threshold and reset, -57.5 mV (Holt and Koch 1997).
MIDDLE = (CELL.V_th + CELL.V_r) / 2
WANTED = {"current": 37.5} | {k: float(G) * (MIDDLE - float(e)) * 1e12 for k, e in REVERSAL.items()}
NOISE = (1.0, 2.0, 3.0)  # balanced bombardment, in units of 4 nS excitation and 10 nS inhibition


def network(n: int = 2) -> ba.SpikingNetwork:
    """Build the three cells, `n` neurons of each, and three times as many of the control."""
    populations = [ba.Population("control", 3 * n, "glutamate", cell=CELL)]  # noise asks for more
    populations += [ba.Population(name, n, "glutamate", cell=CELL) for name in REVERSAL]
    afferents: list[ba.CurrentAfferent | ba.Afferent] = [
        *(ba.CurrentAfferent("drive", name, DRIVE) for name in NAMES),
        ba.CurrentAfferent("minus", "control", -MINUS),
        # At -57 mV the means are equal and opposite: 4 nS pull to 0 mV, 10 nS to -80 mV.
        ba.Afferent("noise", "control", 2 * nS, fibres=8, rate=50 * Hz),
        ba.Afferent("noise", "control", 4 * nS, "GABA", fibres=5, rate=50 * Hz),
    ]
    held = [
        ba.Injection(k, conductance=G, receptor=ba.GABA_A(reversal=e)) for k, e in REVERSAL.items()
    ]
    return ba.SpikingNetwork(tuple(populations), tuple(afferents), injections=tuple(held))


def stimulus() -> xr.DataArray:
    """Make the conditions: f-I curves without noise, with the negative current, with noise."""
    blocks = [(np.r_[NEAR, FAR], 0.0, 0.0), (FAR, 1.0, 0.0), *((NEAR, 0.0, x) for x in NOISE)]
    rows = [(d, minus, noise) for drives, minus, noise in blocks for d in drives]
    drive, minus, noise = np.array(rows).T
    return ba.steps({"drive": drive, "minus": minus, "noise": noise}, duration=500 * ms)


def shift(match: str, minus: float = 0.0, noise: float = 0.0) -> CurveShift:
    """Compare a curve with that of the control cell: without noise, or at noise 1."""
    curve = Curve(match, {"minus": minus, "noise": noise})
    reference = Curve("control", {"minus": 0.0, "noise": min(noise, 1.0)})
    low, high = (0.1, 0.7) if noise else (2.2, 2.95)  # near threshold; far from rheobase
    return CurveShift(curve, reference, "drive", low, high, scale=float(DRIVE) * 1e12)


MODES = {"current": shift("control", minus=1.0)} | {k: shift(k) for k in REVERSAL}
GAINS = {x: shift("control", noise=x) for x in NOISE}


def division(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Depolarisation by a current below rheobase, over that of the shunted cell."""
    below = at_levels(stimulus, {"drive": NEAR[3], "minus": 0, "noise": 0})
    depolarised = mean_where(other, below)
    return depolarised.sel(match="control") / depolarised.sel(match="shunted")


def subtracts(*modes: str) -> ba.AllOf:
    """Make the rule that modes leave the gain as it is, and subtract what they should to 10%."""
    rules: list[ba.Between] = []
    for mode in modes:
        rules.append(ba.Between(f"gain, {mode}", 0.98, 1.02))
        rules.append(ba.Between(f"offset, {mode}", 0.9 * WANTED[mode], 1.1 * WANTED[mode]))
    return ba.AllOf(tuple(rules))


ASKED, SHUNT = "AI Stack Exchange 2018", "Holt and Koch 1997"
CLAIMS = (
    ba.Claim("A4a", "Inhibition can be an injected negative current: it subtracts.",
             ASKED, subtracts("current")),
    ba.Claim("A4b", "Or a low reversal potential: it subtracts as well, "
             "g (middle of reset and threshold - E_rev).",
             f"{ASKED}; {SHUNT}", subtracts("pulled_down", "shunted")),
    ba.Claim("A4c", "A shunt divides excitation: an EPSP shrinks by 1 + g_sh / g_L.",
             SHUNT, ba.Between("EPSP division by the shunt", 1.47, 1.53)),
    ba.Claim("A4d", "Three times as much balanced noise divides: the gain falls below 0.85.",
             "Chance, Abbott and Reyes 2002", ba.at_most("gain at noise 3", 0.85)),
    ba.Claim("A4e",
             "Conductances leave the gain as it is (above 0.85), so a bias can stand for them.",
             SHUNT, ba.Boundary("noise at gain 0.85", NOISE[0], NOISE[-1], holds="below")),
)  # fmt: skip


def metrics() -> list[ba.Metric]:
    """List what is measured: gain and offset of each mode, gain under noise, the EPSP."""
    own = partial(ba.Metric, each="pair", alone=True)
    exact = partial(own, over="time", prepare=TaperedMean(start=0.1))
    found = [exact(f"gain, {k}", mode, 1.0) for k, mode in MODES.items()]
    for k, mode in MODES.items():
        offset = dataclasses.replace(mode, part="offset")
        found.append(exact(f"offset, {k}", offset, WANTED[k], unit="pA"))
    found += [own(f"gain at noise {x:g}", gain, 1.0) for x, gain in GAINS.items() if x > 1]
    found.append(own("noise at gain 0.85", CrossingLevel(GAINS, 0.85), np.nan))
    shrunk = 1 + float(G / CELL.g_L)
    epsp = partial(ba.Metric, each="pair", against="potential")
    return [*found, epsp("EPSP division by the shunt", division, shrunk)]


def pair() -> ba.Pair:
    """Return the pair."""
    rheobase = float(CELL.g_L) * (float(CELL.V_th) - float(CELL.E_L)) / float(DRIVE)
    ann = ba.RateNetwork(
        units=NAMES,
        channels=("drive", "minus", "noise"),
        W_in=[[1, -float(MINUS / DRIVE), 0], [1, 0, 0], [1, 0, 0]],
        bias=[0, *(-WANTED[k] * 1e-12 / float(DRIVE) for k in REVERSAL)],
        # The cell's own f-I curve: 2 of 20 ms refractory, and a spike per 20 ms is 50 Hz.
        activation=Scaled(LIFRate(refractory=0.1), 0.5, gain=1 / rheobase, threshold=rheobase),
    )
    return ba.Pair(
        "inhibition_modes",
        network(),
        ann,
        ba.Correspondence(tuple(ba.Match(name, name) for name in NAMES)),
        question="Does a conductance inhibit as an injected negative current does?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018); Holt and Koch 1997; Chance, Abbott and Reyes 2002",
        stimulus=stimulus(),
        settle=100 * ms,
        trials=5,
        controls={"potential": ba.Potential(network(n=1))},
        metrics=tuple(metrics()),
        figures=(partial(draw_modes, modes=MODES, noises=NOISE, wanted=WANTED),),
        claims=CLAIMS,
    )
