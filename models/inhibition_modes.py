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

import numpy as np
import xarray as xr
from brian2 import Hz, ms, mV, nS, pA

import bioann as ba
from bioann.ann.curves import LIFRate, Scaled
from bioann.metrics.crossing import crossing
from bioann.metrics.curve_shift import Curve, CurveShift
from bioann.reporting.style import ANN, BIOLOGY, INHIBITORY, Drawing, axes

CELL = ba.LIF(V_r=-65 * mV)  # resets to rest, as the closed forms assume
DRIVE, MINUS, G = 1400 * pA, 37.5 * pA, 5 * nS
NEAR, FAR = np.arange(0, 0.46, 0.03), np.arange(0.5, 1.01, 0.05)  # driving currents, x 1400 pA
MIDDLE = (CELL.V_th + CELL.V_r) / 2  # mean of threshold and reset: -57.5 mV
REVERSAL = {"hyperpolarising": -80 * mV, "shunting": -65 * mV}
#: What a conductance subtracts far from rheobase, in pA: g (middle - E); for the shunt, whose E is
#: the reset, this is g (V_th - V_r) / 2 (Holt and Koch 1997).
SUBTRACTED = {k: float(G) * (MIDDLE - float(e)) * 1e12 for k, e in REVERSAL.items()}
NOISE = (1.0, 2.0, 3.0)  # balanced bombardment, in units of 4 nS excitation and 10 nS inhibition


def network(n: int = 6) -> ba.SpikingNetwork:
    """Build the three cells, `n` neurons of each."""
    names = ("control", *REVERSAL)
    afferents = [ba.CurrentAfferent("drive", name, DRIVE) for name in names]
    afferents.append(ba.CurrentAfferent("minus", "control", -MINUS))
    # At -57 mV the means are equal and opposite: 4 nS pull to 0 mV, 10 nS to -80 mV.
    afferents.append(ba.Afferent("noise", "control", 2 * nS, fibres=8, rate=50 * Hz))
    afferents.append(ba.Afferent("noise", "control", 2 * nS, "GABA", fibres=10, rate=50 * Hz))
    return ba.SpikingNetwork(
        tuple(ba.Population(name, n, "glutamate", cell=CELL) for name in names),
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
    return ba.steps({"drive": drive, "minus": minus, "noise": noise}, duration=400 * ms)


def shift(match: str, part: str = "gain", minus: float = 0.0, noise: float = 0.0) -> CurveShift:
    """Compare a curve with that of the control cell: without noise, or at noise 1."""
    curve = Curve(match, {"minus": minus, "noise": noise})
    reference = Curve("control", {"minus": 0.0, "noise": min(noise, 1.0)})
    low, high = (0.1, 0.7) if noise else (1.2, 2.3)  # near threshold; far from rheobase
    return CurveShift(curve, reference, "drive", low, high, part, float(DRIVE) * 1e12)


MODES = {"current": shift("control", minus=1.0)} | {k: shift(k) for k in REVERSAL}
WANTED = {"current": float(MINUS) * 1e12} | SUBTRACTED


@dataclasses.dataclass(frozen=True)
class Crossing:
    """The noise level at which the gain falls through a bound, by linear interpolation."""

    bound: float = 0.85

    def __call__(self, bio: xr.DataArray, other: xr.DataArray, stim: xr.DataArray) -> xr.DataArray:
        """Return the level; beyond the last one if the gain never falls that far."""
        gains = [shift("control", noise=x)(bio, other, stim) for x in NOISE]
        return crossing(xr.concat(gains, "level"), NOISE, "level", self.bound)


def division(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Depolarisation by a current below rheobase, over that of the shunted cell."""
    drive = stimulus.sel(channel="drive").values
    one = other.isel(condition=np.flatnonzero(np.isclose(drive, 0.09))).isel(condition=0)
    return one.sel(match="control") / one.sel(match="shunting")


def family_figure(comparison: ba.Comparison) -> Drawing:
    """Draw the f-I curves of the modes, and of the control cell at four levels of noise."""
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    stim = comparison.responses["stimulus"].mean("stimulus_time")
    pa, scores = float(DRIVE) * 1e12, comparison.scores.set_index("metric")
    figure, (left, right) = axes(1, 2, height=3.2, sharey=False)
    looks = {
        "control": BIOLOGY,
        "current": ANN,
        "hyperpolarising": INHIBITORY,
        "shunting": "#7A6A00",
    }
    for name, colour in looks.items():
        where = {"minus": float(name == "current"), "noise": 0.0}
        curve = Curve("control" if name == "current" else name, where)
        for half, look in (("bio", "o"), ("ann", "-")):
            x, f = curve.of(steady[half], stim, "drive")
            f = f.mean("trial") if half == "bio" else f
            label = name if half == "bio" else None
            left.plot(x * pa, f * 100, look, color=colour, ms=3, lw=1, label=label)
    for level, alpha in zip((0.0, *NOISE), (0.25, 0.5, 0.75, 1.0), strict=True):
        x, f = Curve("control", {"minus": 0.0, "noise": level}).of(steady["bio"], stim, "drive")
        near = x < 0.46
        f = f.mean("trial")[near] * 100
        right.plot(
            x[near] * pa, f, "o-", color=BIOLOGY, alpha=alpha, ms=3, label=f"noise x {level:g}"
        )
    left.set(title="without noise: moved, not flattened", ylabel="rate [Hz]")
    right.set(title="balanced noise: flattened", ylabel="rate [Hz]")
    for panel in (left, right):
        panel.set(xlabel="driving current [pA]")
        panel.legend()
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
        "conductance (circles: biology; lines: units with a negative bias). Balanced noise "
        f"flattens it: gain {steep:.2f} at three times the noise. n: 6 neurons, "
        f"{steady.sizes['trial']} trials per point.",
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
    one = {"each": "pair", "alone": True}
    metrics = [ba.Metric(f"gain, {k}", m, best=1.0, **one) for k, m in MODES.items()]
    metrics += [
        ba.Metric(
            f"offset, {k}", dataclasses.replace(m, part="offset"), best=WANTED[k], unit="pA", **one
        )
        for k, m in MODES.items()
    ]
    metrics += [
        ba.Metric(f"gain at noise {x:g}", shift("control", noise=x), best=1.0, **one)
        for x in NOISE[1:]
    ]
    metrics.append(ba.Metric("noise at gain 0.85", Crossing(), best=np.nan, unit="x", **one))
    divided = ba.Metric(
        "EPSP without over with shunt",
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
        metrics=(*metrics, divided),
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
                ba.AllOf((*subtracts("hyperpolarising"), *subtracts("shunting"))),
            ),
            ba.Claim(
                "A4c",
                "A shunt divides excitation: an EPSP shrinks by 1 + g_sh / g_L.",
                "Holt and Koch 1997",
                ba.Between("EPSP without over with shunt", 1.47, 1.53),
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
