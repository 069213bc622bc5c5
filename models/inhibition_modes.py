"""Inhibition modes: does a conductance inhibit as an injected negative current does?

Spiking model: three leaky integrate-and-fire cells with the same driving current. `pulled_down`
has a constant conductance that pulls to -80 mV, `shunted` one that pulls to rest. `control` has
none, but a negative current in some conditions, and in others balanced noise: excitation and
inhibition that grow together. Rate model: for each cell a unit with its noise-free f-I curve;
inhibition is a negative weight or bias, computed from the conductance; balanced noise sums to zero.

To fire at some rate a cell needs the current I, and without inhibition the current I0. The line
I0 = gain * I + const has gain 1 for a subtraction, and less for a division; the offset is the mean
of I - I0. An excitatory postsynaptic potential (EPSP) is compared where the cell does not fire.
"""

from dataclasses import replace
from functools import partial

import numpy as np
from brian2 import Hz, ms, mV, nS, pA

import bioann as ba

CELL = ba.cells.LIF(V_r=-65 * mV)  # resets to rest, as the closed forms assume
DRIVE_CURRENT, NEGATIVE_CURRENT, CONDUCTANCE = 2400 * pA, 37.5 * pA, 5 * nS
#: Driving currents in units of DRIVE_CURRENT: around rheobase (150 pA), and far above it.
NEAR_RHEOBASE, FAR_ABOVE_RHEOBASE = np.arange(0, 640, 42) / 2400, np.linspace(0.5, 1, 51)
REVERSALS = {"pulled_down": -80 * mV, "shunted": -65 * mV}
CELL_NAMES = ("control", *REVERSALS)
#: Balanced synaptic noise, in units of 4 nS excitation and 10 nS inhibition.
NOISE_LEVELS = (1.0, 2.0, 3.0)


def build_three_cells(n_neurons: int) -> ba.SpikingNetwork:
    sizes = {"control": 3 * n_neurons, **dict.fromkeys(REVERSALS, n_neurons)}
    return ba.SpikingNetwork(
        tuple(ba.Population(name, n, "glutamate", cell=CELL) for name, n in sizes.items()),
        (
            *(ba.CurrentAfferent("drive", name, DRIVE_CURRENT) for name in sizes),
            ba.CurrentAfferent("minus", "control", -NEGATIVE_CURRENT),
            # At -57 mV the means are equal and opposite: 4 nS pull to 0 mV, 10 nS to -80 mV.
            ba.Afferent("noise", "control", 2 * nS, fibres=8, rate=50 * Hz),
            ba.Afferent("noise", "control", 4 * nS, "GABA", fibres=5, rate=50 * Hz),
        ),
        injections=tuple(
            ba.Injection(name, conductance=CONDUCTANCE, receptor=ba.receptors.GABA_A(reversal=E))
            for name, E in REVERSALS.items()
        ),
    )


def compare_with_control(match: str, minus: float = 0, noise: float = 0) -> ba.metrics.CurveShift:
    """Compare a curve with that of the control cell: without noise, or at noise 1."""
    curve = ba.metrics.ResponseCurve(match, {"minus": minus, "noise": noise})
    control = ba.metrics.ResponseCurve("control", {"minus": 0.0, "noise": min(noise, 1.0)})
    band = (0.1, 0.7) if noise else (2.2, 2.95)  # near threshold; far from rheobase
    return ba.metrics.CurveShift(curve, control, "drive", *band, scale=float(DRIVE_CURRENT) * 1e12)


GAIN_BY_NOISE = {noise: compare_with_control("control", noise=noise) for noise in NOISE_LEVELS}
SHIFTS = {"current": compare_with_control("control", minus=1.0)}
SHIFTS |= {mode: compare_with_control(mode) for mode in REVERSALS}
#: What each mode subtracts in pA; far from rheobase a conductance takes g (middle - E), the middle
#: being that of threshold and reset, -57.5 mV (Holt and Koch 1997).
V_MIDDLE = (CELL.V_th + CELL.V_r) / 2
EXPECTED_OFFSETS_PA = {"current": 37.5} | {
    mode: float(CONDUCTANCE) * (V_MIDDLE - float(E)) * 1e12 for mode, E in REVERSALS.items()
}
LABELS = {"current": "a negative current", "pulled_down": "GABA at -80 mV", "shunted": "a shunt"}
measure_curve = partial(ba.measure, over="time", prepare=ba.metrics.TaperedMean(start=0.1))
GAINS = {
    mode: measure_curve(shift, f"gain under {LABELS[mode]}", best=1.0).of("bio")
    for mode, shift in SHIFTS.items()
}


def require_subtraction(mode: str) -> ba.rules.AllOf:
    """Require that a mode keeps the gain, and subtracts the expected current to 10 %."""
    shift, name = replace(SHIFTS[mode], parameter="offset"), f"current offset by {LABELS[mode]}"
    offset = measure_curve(shift, name, best=EXPECTED_OFFSETS_PA[mode], unit="pA").of("bio")
    return ba.rules.AllOf((GAINS[mode].within(0.02), offset.within(0.1)))


GAIN_AT_STRONG_NOISE = ba.measure(GAIN_BY_NOISE[3.0], "gain under 3 times the noise", best=1.0)
NOISE_OF_DIVISION = ba.measure(
    ba.metrics.CrossingLevel(GAIN_BY_NOISE, 0.85), "balanced noise at which the gain falls to 0.85"
)
#: Of depolarisations by a current that makes no spike.
EPSP_DIVISION = ba.measure(
    ba.metrics.RatioOfMatches("control", "shunted"),
    "division of an EPSP by the shunt",
    best=1 + float(CONDUCTANCE / CELL.g_L),
    where={"drive": NEAR_RHEOBASE[3], "minus": 0.0, "noise": 0.0},
)
FORUM, HOLT_KOCH = "AI Stack Exchange 2018", "Holt and Koch 1997"
CLAIMS = (
    ba.Claim(
        "A4a",
        "Inhibition can be an injected negative current: it subtracts.",
        FORUM,
        require_subtraction("current"),
    ),
    ba.Claim(
        "A4b",
        "Inhibition can be a conductance with a low reversal potential: it subtracts g (middle of "
        "reset and threshold - E_rev).",
        (FORUM, HOLT_KOCH),
        *map(require_subtraction, REVERSALS),
    ),
    ba.Claim(
        "A4c",
        "A shunt divides excitation: an EPSP shrinks by 1 + g_sh / g_L.",
        HOLT_KOCH,
        EPSP_DIVISION.of("potential").within(0.02),
    ),
    ba.Claim(
        "A4d",
        "Three times as much balanced noise divides: the gain falls below 0.85.",
        "Chance, Abbott and Reyes 2002",
        GAIN_AT_STRONG_NOISE.of("bio") <= 0.85,
    ),
    ba.Claim(
        "A4e",
        "Conductances leave the gain as it is (above 0.85), so a bias can stand for them.",
        HOLT_KOCH,
        ba.rules.Boundary(NOISE_OF_DIVISION.of("bio"), 1.0, 3.0, holds="below"),
        supported="Yes: a conductance leaves the gain as it is at all levels of noise tested",
        refuted="No: a conductance lowers the gain at all levels of noise tested",
        depends="Yes, it subtracts, up to a level of balanced noise: beyond it conductances lower "
        "the gain, too",
    ),
)
AXES = {"along": "drive", "xlabel": "driving current [pA]", "x_scale": DRIVE_CURRENT / pA}
FIGURE = ba.figures.Panels(
    (
        ba.figures.ResponseCurves(
            **AXES,
            curves={"control": SHIFTS["current"].reference}
            | {mode: shift.curve for mode, shift in SHIFTS.items()},
            where={"drive": (0.5, 0.75), "noise": 0.0},
            heading="without noise: shifted",
        ),
        ba.figures.ResponseCurves(
            **AXES,
            by="noise",
            models=("bio",),
            once=("ann",),
            where={"drive": (0.0, 0.27), "minus": 0.0},
            heading="balanced noise: flattened",
        ),
    ),
    "Without noise, inhibition shifts the f-I curve without changing its gain, by a current or by "
    "a conductance. Balanced noise lowers the gain.",
    scores=(*GAINS.values(), GAIN_AT_STRONG_NOISE.of("bio")),
    height=3.5,
)


def pair() -> ba.Pair:
    rheobase = float(CELL.g_L) * (float(CELL.V_th) - float(CELL.E_L)) / float(DRIVE_CURRENT)
    # 2 of 20 ms refractory, and a spike per 20 ms is 50 Hz.
    rate = ba.activations.LIFRate(refractory=0.1)
    ann = ba.RateNetwork(
        units=CELL_NAMES,
        channels=("drive", "minus", "noise"),
        W_in=[[1, -float(NEGATIVE_CURRENT / DRIVE_CURRENT), 0], [1, 0, 0], [1, 0, 0]],
        bias=[0, *(-EXPECTED_OFFSETS_PA[m] * 1e-12 / float(DRIVE_CURRENT) for m in REVERSALS)],
        activation=ba.activations.Scaled(rate, 0.5, gain=1 / rheobase, threshold=rheobase),
    )
    levels = ba.stimuli.join_levels(
        {"drive": np.r_[NEAR_RHEOBASE, FAR_ABOVE_RHEOBASE]},
        {"drive": FAR_ABOVE_RHEOBASE, "minus": 1.0},
        *({"drive": NEAR_RHEOBASE, "noise": noise} for noise in NOISE_LEVELS),
    )
    spreads = {"control": 2.08 * Hz, "pulled_down": 0.556 * Hz, "shunted": 0.579 * Hz}
    return ba.Pair(
        "inhibition_modes",
        build_three_cells(2),
        ann,
        ba.Correspondence.of_names(*CELL_NAMES),
        question="Does a conductance inhibit as an injected negative current does?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018); Holt and Koch 1997; Chance, Abbott and Reyes 2002",
        stimulus=ba.steps(levels, duration=500 * ms),
        settle=100 * ms,
        margin=ba.Margin.of_spread(spreads),
        controls={"potential": ba.Potential(build_three_cells(1))},
        figures=(FIGURE,),
        claims=CLAIMS,
    )
