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

import numpy as np
from brian2 import Hz, ms, mV, nS, pA

import bioann as ba
from bioann.claims.sources import FORUM_2018, Source
from bioann.metrics import CurveShift, ResponseCurve

CELL = ba.cells.LIF(V_r=-65 * mV)  # resets to rest, as the closed forms assume
DRIVE_CURRENT, NEGATIVE_CURRENT, CONDUCTANCE = 2400 * pA, 37.5 * pA, 5 * nS
#: Driving currents in units of DRIVE_CURRENT: around rheobase (150 pA), and far above it.
NEAR_RHEOBASE, FAR_ABOVE_RHEOBASE = np.arange(0, 640, 42) / 2400, np.linspace(0.5, 1, 51)
REVERSALS = {"pulled_down": -80 * mV, "shunted": -65 * mV}
CELL_NAMES = ("control", *REVERSALS)
NO_INHIBITION = {"minus": 0.0, "noise": 0.0}
#: Balanced synaptic noise, in units of 4 nS excitation and 10 nS inhibition.
BALANCED = {noise: NO_INHIBITION | {"noise": noise} for noise in (1.0, 2.0, 3.0)}
CONTROL = ResponseCurve("control", NO_INHIBITION)
CURVES = {
    "a negative current": ResponseCurve("control", {"minus": 1.0, "noise": 0.0}),
    "GABA at -80 mV": ResponseCurve("pulled_down", NO_INHIBITION),
    "a shunt": ResponseCurve("shunted", NO_INHIBITION),
}
#: What each mode subtracts in pA; far from rheobase a conductance takes g (middle - E), 5 nS times
#: the distance from the middle of threshold and reset, -57.5 mV (Holt and Koch 1997).
OFFSETS_PA = {"a negative current": 37.5, "GABA at -80 mV": 5 * 22.5, "a shunt": 5 * 7.5}


def measure_shift(mode: str, parameter: str, name: str, best: float, unit: str = "") -> ba.Score:
    """Return the score of a curve against that of the control cell, far from rheobase."""
    scale = float(DRIVE_CURRENT / pA)
    shift = CurveShift(CURVES[mode], CONTROL, "drive", 2.2, 2.95, parameter, scale)
    options = {"over": "time", "prepare": ba.metrics.TaperedMean(start=0.1)}
    return ba.measure(shift, f"{name} {mode}", best=best, unit=unit, **options).of("bio")


GAINS = {mode: measure_shift(mode, "gain", "gain under", 1.0) for mode in CURVES}


def require_subtraction(mode: str) -> ba.rules.AllOf:
    """Require that a mode keeps the gain, and subtracts the expected current to 10 %."""
    offset = measure_shift(mode, "offset", "current offset by", OFFSETS_PA[mode], "pA")
    return ba.rules.AllOf((GAINS[mode].within(0.02), offset.within(0.1)))


#: Against the control cell at noise 1, near threshold.
GAIN_BY_NOISE = {
    noise: CurveShift.of_match("control", levels, BALANCED[1.0], "drive", 0.1, 0.7)
    for noise, levels in BALANCED.items()
}


NOISY_GAIN = ba.measure(GAIN_BY_NOISE[3.0], "gain under 3 times the noise", best=1.0).of("bio")
NOISE_OF_DIVISION = ba.measure(
    ba.metrics.CrossingLevel(GAIN_BY_NOISE, 0.85), "balanced noise at which the gain falls to 0.85"
)
#: Of depolarisations by a current that makes no spike.
EPSP_DIVISION = ba.measure(
    ba.metrics.RatioOfMatches("control", "shunted"),
    "division of an EPSP by the shunt",
    best=1 + float(CONDUCTANCE / CELL.g_L),
).at_levels(drive=NEAR_RHEOBASE[3], minus=0.0, noise=0.0)
HOLT_KOCH = Source("Holt and Koch 1997")
CLAIMS = (
    FORUM_2018.claim(
        "A4a",
        "Inhibition can be an injected negative current: it subtracts.",
        require_subtraction("a negative current"),
    ),
    ba.Claim(
        "A4b",
        "Inhibition can be a conductance with a low reversal potential: it subtracts g (middle of "
        "reset and threshold - E_rev).",
        (FORUM_2018.name, HOLT_KOCH.name),
        require_subtraction("GABA at -80 mV"),
        require_subtraction("a shunt"),
    ),
    HOLT_KOCH.claim(
        "A4c",
        "A shunt divides excitation: an EPSP shrinks by 1 + g_sh / g_L.",
        EPSP_DIVISION.of("potential").within(0.02),
    ),
    ba.Claim(
        "A4d",
        "Three times as much balanced noise divides: the gain falls below 0.85.",
        "Chance, Abbott and Reyes 2002",
        NOISY_GAIN <= 0.85,
    ),
    HOLT_KOCH.claim(
        "A4e",
        "Conductances leave the gain as it is (above 0.85), so a bias can stand for them.",
        ba.rules.Boundary(NOISE_OF_DIVISION.of("bio"), 1.0, 3.0, holds="below"),
        depends="Yes, up to a level of balanced noise: beyond it conductances lower the gain, too",
    ),
)
AXES = {"along": "drive", "xlabel": "driving current [pA]", "x_scale": DRIVE_CURRENT / pA}
FIGURE = ba.figures.Panels.of_figures(
    "A current and a conductance shift the f-I curve; balanced noise lowers its gain.",
    ba.figures.ResponseCurves(
        **AXES,
        curves={"control": CONTROL, **CURVES},
        where={"drive": (0.5, 0.75)},
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
    scores=(*GAINS.values(), NOISY_GAIN),
    height=3.5,
)


def build_three_cells(n_neurons: int) -> ba.SpikingNetwork:
    sizes = {"control": 3 * n_neurons, **dict.fromkeys(REVERSALS, n_neurons)}
    gaba = {name: ba.receptors.GABA_A(reversal=E) for name, E in REVERSALS.items()}
    return ba.SpikingNetwork.of_members(
        *(ba.Population(name, n, "glutamate", cell=CELL) for name, n in sizes.items()),
        *(ba.CurrentAfferent("drive", name, DRIVE_CURRENT) for name in sizes),
        ba.CurrentAfferent("minus", "control", -NEGATIVE_CURRENT),
        # At -57 mV the means are equal and opposite: 4 nS pull to 0 mV, 10 nS to -80 mV.
        ba.Afferent("noise", "control", 2 * nS, fibres=8, rate=50 * Hz),
        ba.Afferent("noise", "control", 4 * nS, "GABA", fibres=5, rate=50 * Hz),
        *(ba.Injection(name, conductance=CONDUCTANCE, receptor=gaba[name]) for name in gaba),
    )


def pair() -> ba.Pair:
    rheobase = float(CELL.g_L) * (float(CELL.V_th) - float(CELL.E_L)) / float(DRIVE_CURRENT)
    # 2 of 20 ms refractory, and a spike per 20 ms is 50 Hz.
    rate = ba.activations.LIFRate(refractory=0.1)
    ann = ba.RateNetwork(
        units=CELL_NAMES,
        channels=("drive", "minus", "noise"),
        W_in=[[1, -float(NEGATIVE_CURRENT / DRIVE_CURRENT), 0], [1, 0, 0], [1, 0, 0]],
        bias=[0, *(-OFFSETS_PA[mode] / 2400 for mode in ("GABA at -80 mV", "a shunt"))],
        activation=ba.activations.Scaled(rate, 0.5, gain=1 / rheobase, threshold=rheobase),
    )
    levels = ba.stimuli.join_levels(
        {"drive": np.r_[NEAR_RHEOBASE, FAR_ABOVE_RHEOBASE]},
        {"drive": FAR_ABOVE_RHEOBASE, "minus": 1.0},
        *({"drive": NEAR_RHEOBASE, **levels} for levels in BALANCED.values()),
    )
    spreads = {"control": 2.08 * Hz, "pulled_down": 0.556 * Hz, "shunted": 0.579 * Hz}
    return ba.Pair(
        "inhibition_modes",
        build_three_cells(2),
        ann,
        ba.Correspondence.of_names(*CELL_NAMES),
        question="Does a conductance inhibit as an injected negative current does?",
        stimulus=ba.steps(levels, duration=500 * ms),
        settle=100 * ms,
        margin=ba.Margin.of_spread(spreads),
        controls={"potential": ba.Potential(build_three_cells(1))},
        figures=(FIGURE,),
        claims=CLAIMS,
    )
