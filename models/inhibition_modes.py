"""Inhibition modes: does a conductance inhibit as an injected negative current does?

Biological half: three leaky integrate-and-fire cells get the same driving current. One has a
constant conductance that pulls to -80 mV, one a constant conductance that pulls to rest: a shunt.
The control cell has neither; it gets a negative current in some conditions, and balanced noise in
others: excitatory and inhibitory bombardment that grow together.
Artificial half: for each cell one unit with the noise-free f-I curve of the cell; inhibition is a
negative weight or bias, computed from the conductance. The signed sum of balanced noise is zero.

At one rate the cell needs the current I and the cell without inhibition the current I0. The line
I0 = gain * I + const over a band of rates has gain 1 for a subtraction, and less for a division;
the offset is the mean of I - I0 (`bioann.metrics.curve_shift`).
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import xarray as xr
from brian2 import Hz, ms, mV, nS, pA

import bioann as ba
from bioann.ann.curves import LIFRate, Scaled
from bioann.metrics.crossing import CrossingLevel
from bioann.metrics.curve_shift import Curve, CurveShift
from bioann.metrics.select import mean_where
from bioann.reporting.figures.curves import Panel, draw_curves
from bioann.reporting.style import Drawing

CELL = ba.LIF(V_r=-65 * mV)  # resets to rest, as the closed forms assume
DRIVE, MINUS, G = 2400 * pA, 37.5 * pA, 5 * nS
NEAR, FAR = np.arange(0, 640, 42) / 2400, np.linspace(0.5, 1, 51)  # driving currents, x DRIVE
MIDDLE = (CELL.V_th + CELL.V_r) / 2  # mean of threshold and reset: -57.5 mV
REVERSAL = {"pulled_down": -80 * mV, "shunted": -65 * mV}
#: What a conductance subtracts far from rheobase, in pA: g (middle - E); for the shunt, whose E is
#: the reset, this is g (V_th - V_r) / 2 (Holt and Koch 1997).
SUBTRACTED = {k: float(G) * (MIDDLE - float(e)) * 1e12 for k, e in REVERSAL.items()}
NOISE = (1.0, 2.0, 3.0)  # balanced bombardment, in units of 4 nS excitation and 10 nS inhibition


def network(n: int = 2) -> ba.SpikingNetwork:
    """Build the three cells, `n` neurons of each, and three times as many of the control."""
    names = ("control", *REVERSAL)
    afferents: list[Any] = [ba.CurrentAfferent("drive", name, DRIVE) for name in names]
    afferents.append(ba.CurrentAfferent("minus", "control", -MINUS))
    # At -57 mV the means are equal and opposite: 4 nS pull to 0 mV, 10 nS to -80 mV.
    afferents.append(ba.Afferent("noise", "control", 2 * nS, fibres=8, rate=50 * Hz))
    afferents.append(ba.Afferent("noise", "control", 4 * nS, "GABA", fibres=5, rate=50 * Hz))
    return ba.SpikingNetwork(
        (
            ba.Population("control", 3 * n, "glutamate", cell=CELL),  # noise asks for more of them
            *(ba.Population(name, n, "glutamate", cell=CELL) for name in REVERSAL),
        ),
        tuple(afferents),
        injections=tuple(
            ba.Injection(name, conductance=G, receptor=ba.GABA_A(reversal=e))
            for name, e in REVERSAL.items()
        ),
    )


def stimulus() -> xr.DataArray:
    """Make the conditions: f-I curves without noise, with the negative current, with noise."""
    blocks = [(np.r_[NEAR, FAR], 0.0, 0.0), (FAR, 1.0, 0.0), *((NEAR, 0.0, x) for x in NOISE)]
    rows = [(d, minus, noise) for drives, minus, noise in blocks for d in drives]
    drive, minus, noise = np.array(rows).T
    return ba.steps({"drive": drive, "minus": minus, "noise": noise}, duration=500 * ms)


def shift(match: str, part: str = "gain", minus: float = 0.0, noise: float = 0.0) -> CurveShift:
    """Compare a curve with that of the control cell: without noise, or at noise 1."""
    curve = Curve(match, {"minus": minus, "noise": noise})
    reference = Curve("control", {"minus": 0.0, "noise": min(noise, 1.0)})
    low, high = (0.1, 0.7) if noise else (2.2, 2.95)  # near threshold; far from rheobase
    return CurveShift(curve, reference, "drive", low, high, part, float(DRIVE) * 1e12)


MODES = {"current": shift("control", minus=1.0)} | {k: shift(k) for k in REVERSAL}
GAINS = {x: shift("control", noise=x) for x in NOISE}
WANTED = {"current": float(MINUS) * 1e12} | SUBTRACTED


def tapered(response: xr.DataArray) -> xr.DataArray:
    """Average over time with weights that rise and fall, which no spike at an edge can move.

    A plain count over 400 ms would be off by up to one spike, 2.5 Hz, by the phase of the train.
    """
    late = response.isel(time=np.flatnonzero(response.time > 0.1))
    n = late.sizes["time"]
    weight = xr.DataArray(np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2, dims="time")
    return xr.dot(late, weight / weight.sum(), dim="time")


def division(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Depolarisation by a current below rheobase, over that of the shunted cell."""
    drive = stimulus.sel(channel="drive").values
    still = (stimulus.drop_sel(channel="drive") == 0).all("channel").values
    one = mean_where(other, still & np.isclose(drive, NEAR[3]))
    return one.sel(match="control") / one.sel(match="shunted")


def family_figure(comparison: ba.Comparison) -> Drawing:
    """Draw the f-I curves of the modes, and of the control cell at four levels of noise."""
    scores = comparison.scores.set_index("metric")
    still = {"minus": 0.0, "noise": 0.0}
    modes = {"control": Curve("control", still)}
    for name, moved in MODES.items():
        gain, offset = (scores.value[f"{part}, {name}"] for part in ("gain", "offset"))
        modes[f"{name}: x {gain:.3f}, {-offset:+.0f} pA"] = moved.curve
    noisy = {f"noise x {x:g}": Curve("control", still | {"noise": x}) for x in (0.0, *NOISE)}
    panels = (
        Panel("without noise: moved", modes),
        Panel("balanced noise: flattened", noisy, most=0.27),
    )
    figure = draw_curves(
        comparison, panels, along="drive", xlabel="driving current [pA]", scale=float(DRIVE) * 1e12
    )
    told = [
        f"{k}: gain {scores.value[f'gain, {k}']:.3f}, offset {scores.value[f'offset, {k}']:.1f} pA "
        f"(closed form {w:.1f})"
        for k, w in WANTED.items()
    ]
    steep = scores.value["gain at noise 3"]
    return Drawing(
        figure,
        f"Rate against driving current. Left, without noise: {'; '.join(told)}. Right: control "
        f"cell with balanced noise; at three times the noise it has {steep:.2f} of the gain.",
        "Inhibition without noise moves the f-I curve and keeps its gain, by current or by "
        "conductance (gain and shift in the legend; circles: biology; lines: units with a "
        "negative bias). Balanced noise "
        f"flattens it: gain {steep:.2f} at three times the noise. n: 2 neurons (control 6), "
        f"{comparison.run['bio'].sizes['trial']} trials per point.",
    )


def pair() -> ba.Pair:
    """Return the pair."""
    names = ("control", *REVERSAL)
    rheobase = float(CELL.g_L) * (float(CELL.V_th) - float(CELL.E_L)) / float(DRIVE)
    curve = Scaled(
        LIFRate(refractory=0.1),  # 2 of 20 ms
        height=0.5,  # a spike per 20 ms is 50 Hz
        gain=1 / rheobase,  # g_L (V_th - V_r) is the rheobase, as the cell resets to rest
        threshold=rheobase,
    )
    ann = ba.RateNetwork(
        units=names,
        channels=("drive", "minus", "noise"),
        W_in=[[1, -float(MINUS / DRIVE), 0], [1, 0, 0], [1, 0, 0]],
        bias=[0, *(-pa * 1e-12 / float(DRIVE) for pa in SUBTRACTED.values())],
        activation=curve,
    )
    own = functools.partial(ba.Metric, each="pair", alone=True)
    exact = functools.partial(own, over="time", prepare=tapered)
    gains = [exact(f"gain, {k}", m, best=1.0) for k, m in MODES.items()]
    offsets = [
        exact(f"offset, {k}", dataclasses.replace(m, part="offset"), best=WANTED[k], unit="pA")
        for k, m in MODES.items()
    ]
    noisy = [own(f"gain at noise {x:g}", m, best=1.0) for x, m in GAINS.items()][1:]
    noisy.append(own("noise at gain 0.85", CrossingLevel(GAINS, 0.85), best=np.nan))
    divided = ba.Metric(
        "EPSP division by the shunt",
        division,
        1 + float(G / CELL.g_L),
        each="pair",
        against="potential",
    )

    def subtracts(mode: str) -> tuple[ba.Between, ba.Between]:
        return (
            ba.Between(f"gain, {mode}", 0.98, 1.02),
            ba.Between(f"offset, {mode}", 0.9 * WANTED[mode], 1.1 * WANTED[mode]),
        )

    s1 = "AI Stack Exchange 2018"
    return ba.Pair(
        "inhibition_modes",
        network(),
        ann,
        ba.Correspondence(tuple(ba.Match(n, n) for n in names)),
        question="Does a conductance inhibit as an injected negative current does?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018); Holt and Koch 1997; Chance, Abbott and Reyes 2002",
        stimulus=stimulus(),
        settle=100 * ms,
        trials=5,
        controls={"potential": ba.Potential(network(n=1))},
        metrics=(*gains, *offsets, *noisy, divided),
        figures=(family_figure,),
        claims=(
            ba.Claim(
                "A4a",
                "Inhibition can be an injected negative current: it subtracts.",
                s1,
                ba.AllOf(subtracts("current")),
            ),
            ba.Claim(
                "A4b",
                "Or a conductance with a low reversal potential: it subtracts as well, "
                "g (middle of reset and threshold - E_rev).",
                s1 + "; Holt and Koch 1997",
                ba.AllOf((*subtracts("pulled_down"), *subtracts("shunted"))),
            ),
            ba.Claim(
                "A4c",
                "A shunt divides excitation: an EPSP shrinks by 1 + g_sh / g_L.",
                "Holt and Koch 1997",
                ba.Between("EPSP division by the shunt", 1.47, 1.53),
            ),
            ba.Claim(
                "A4d",
                "Three times as much balanced noise divides: the gain falls below 0.85.",
                "Chance, Abbott and Reyes 2002",
                ba.at_most("gain at noise 3", 0.85),
            ),
            ba.Claim(
                "A4e",
                "Conductances leave the gain as it is (above 0.85), so a bias can stand for them.",
                "Holt and Koch 1997",
                ba.Boundary("noise at gain 0.85", NOISE[0], NOISE[-1], holds="below"),
            ),
        ),
    )
