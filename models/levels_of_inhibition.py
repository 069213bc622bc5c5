"""Levels of inhibition: does it matter whether a cell inhibits itself, its group, or all groups?

Spiking model: three kinds of cells. `inside`: each spike opens a potassium conductance of the cell
itself, which decays with 100 ms (spike-frequency adaptation). `local`: two groups with inhibitory
cells of their own. `blanket`: two groups that share their inhibitory cells. One current drives all
groups; another excites the second groups only.
Rate model: a static unit with adaptation, units that a unit of their own group inhibits, and units
that one unit inhibits together; `static` has only the steady gain of adaptation, as its weight. The
weights of the pools are chosen by hand, on other trials (seed 3).
Controls: no adaptation; GABA receptors blocked.

With the gain G of input to rate and the inhibition b per rate, all three kinds have the steady gain
G / (1 + G b), so that no steady curve can tell them apart. Adaptation gets there with the time
constant tau / (1 + G b) (Benda and Herz 2003). Here b is the conductance per spike, times tau,
times the mean distance from the potassium potential: 0.6 nS * 100 ms * 25 mV, or 1.5 pA per Hz.
"""

import numpy as np
import xarray as xr
from brian2 import Quantity, ms, nS, pA

import bioann as ba

KINDS = ("inside", "local", "blanket")
#: The groups that each pool of inhibitory cells receives from and inhibits.
POOLS = {
    "local_pool": ("local",),
    "local_other_pool": ("local_other",),
    "blanket_pool": ("blanket", "blanket_other"),
}
OTHERS = ("local_other", "blanket_other")
GROUPS = (*KINDS, *OTHERS)
#: Levels of the drive; in the middle the second groups are excited, and probes are given.
DRIVES, MIDDLE = np.array([0.55, 0.7, 0.85, 1.0]), 0.85
#: Of adaptation, in ms, and in activation per activation: 1.5 pA per Hz at 100 Hz and 300 pA.
TAU, STRENGTH = 100.0, 1.5 * 100 / 300
#: Gain of the cells without inhibition (seed 3), in activation per activation.
GAIN = 1.02
FACTOR = 1 + GAIN * STRENGTH
ONSET, PROBE, END, BURST = 100, 640, 700, 300  # ms
PROBE_DELAYS = (50, 300)


def make_stimulus() -> xr.DataArray:
    """Build steps of the drive, one with input to the second groups, and probes after a burst."""
    time = np.arange(END)
    step, probe = time >= ONSET, time >= PROBE
    ends = [PROBE - delay for delay in PROBE_DELAYS]
    probes = [probe, *(probe | (time >= end - BURST) & (time < end) for end in ends)]
    drive = [level * step for level in (*DRIVES, MIDDLE)] + [MIDDLE * course for course in probes]
    other = np.zeros_like(drive)
    other[len(DRIVES)] = step
    no_step, no_probe = [np.nan] * len(probes), [np.nan] * (len(DRIVES) + 1)
    coords = {
        "level": [*DRIVES, MIDDLE, *no_step],
        "excited": [*np.zeros_like(DRIVES), 1, *no_step],
        "delay": [*no_probe, 0, *PROBE_DELAYS],
    }
    return ba.stimuli.make_stimulus(
        np.stack([drive, other], axis=-1), channels=("drive", "other"), coords=coords
    )


GAIN_RATIO = ba.measure(
    ba.metrics.ModelRatio(ba.metrics.ResponseSlope("level")),
    "steady gain over that without inhibition",
).at_levels(excited=0.0)
TIME = ba.measure(
    ba.metrics.RelaxationTime(0.12, END / 1e3), "time constant of adaptation"
).at_levels(excited=0.0)
EXCESS = ba.measure(
    ba.metrics.EarlyExcess((0.12, 0.16), (0.5, END / 1e3)),
    "relative excess of the rate 20 to 60 ms after the onset",
).at_levels(excited=0.0)
MIDDLE_ALONE, BOTH = ({"level": MIDDLE, "excited": other} for other in (0.0, 1.0))
REACH = ba.measure(
    ba.metrics.Contrast(BOTH, MIDDLE_ALONE), "effect of exciting the other group", unit="activation"
)
LOSS = {
    delay: ba.measure(
        ba.metrics.Contrast({"delay": 0.0}, {"delay": float(delay)}, relative=True),
        f"share of a response that is lost {delay} ms after a burst",
        over="time",
        prepare=ba.metrics.MeanBetween(PROBE / 1e3, END / 1e3),
    )
    for delay in PROBE_DELAYS
}
MODELS, FORUM = ("bio", "ann"), "AI Stack Exchange 2018"
CLAIMS = (
    ba.Claim(
        "B5a",
        "Inhibition works at several levels: inside the cell, between cells, and over structures.",
        FORUM,
        GAIN_RATIO.of("bio", "no_adaptation", match="inside") <= 0.9,
        GAIN_RATIO.of("bio", "blocked_GABA", match="local") <= 0.9,
        GAIN_RATIO.of("bio", "blocked_GABA", match="blanket") <= 0.9,
    ),
    ba.Claim(
        "B5b",
        "Adaptation divides the steady gain G by 1 + G b, to within 20 %.",
        "Benda and Herz 2003",
        GAIN_RATIO.of("bio", "no_adaptation", match="inside").within(0.2, of=1 / FACTOR),
    ),
    ba.Claim(
        "B5c",
        "An adapting rate approaches its steady value with the time constant tau / (1 + G b), in a "
        "cell as in a unit with a second state.",
        "Benda and Herz 2003",
        TIME.of_each(MODELS, "inside").within(0.1, of=TAU / FACTOR),
    ),
    ba.Claim(
        "B5d",
        "The time course tells inhibition inside the cell: its rate falls over tens of "
        "milliseconds. That of a group is steady after 20 ms, and a static unit has no course.",
        "ours",
        EXCESS.of_each(MODELS, "inside") >= 0.1,
        EXCESS.of_each(MODELS, ("local", "blanket")).between(-0.1, 0.1),
        EXCESS.of("ann", match="static").between(-0.001, 0.001),
        supported="Not in the steady state. Inhibition inside the cell takes tens of milliseconds "
        "to develop, and outlasts the activity; within a group it does not",
        refuted="Not as predicted: the time course does not tell inhibition inside the cell",
    ),
    ba.Claim(
        "B5e",
        "The reach tells blanket inhibition: only there does input to another group inhibit.",
        "ours",
        REACH.of_each(MODELS, "blanket") <= -0.05,
        REACH.of_each(MODELS, "local").between(-0.05, 0.05),
    ),
    ba.Claim(
        "B5f",
        "Only the cell that inhibits itself remembers a burst 50 ms later, and forgets it after "
        "300 ms.",
        "ours",
        LOSS[50].of_each(MODELS, "inside") >= 0.1,
        LOSS[50].of_each(MODELS, ("local", "blanket")).between(-0.1, 0.1),
        LOSS[300].of_each(MODELS, "inside").between(-0.1, 0.1),
    ),
)
FIGURE = ba.figures.Panels(
    (
        ba.figures.TimeCourses(
            match={
                "inside": "inside the cell",
                "local": "within the group",
                "blanket": "over both groups",
            },
            where={"level": 1.0, "excited": 0.0},
            models=("bio", "no_adaptation", "blocked_GABA", "ann"),
            xlim=(0.05, 0.5),
            ylim=(0.0, None),
        ),
        ba.figures.ResponseCurves(
            "level",
            KINDS,
            where={"excited": 0.0},
            xlabel="drive [activation]",
        ),
    ),
    "Three kinds of inhibition with nearly the same steady rates (lower row). After the onset of "
    "the drive (at 0.1 s) only inhibition inside the cell takes time to develop. A control that "
    "does not concern a kind of cell lies on the spiking model.",
    row_heights=(1.0, 1.0),
    height=5.0,
)


def build_circuit(
    adaptation: Quantity = 0.6 * nS, inhibition: Quantity = 1 * nS
) -> ba.SpikingNetwork:
    cells: dict[str, ba.cells.Cell] = dict.fromkeys(GROUPS, ba.cells.LIF())
    cells["inside"] = ba.cells.AdaptingLIF(delta_g=adaptation)
    return ba.SpikingNetwork(
        populations=(
            *(
                # The time constant of `inside` needs more spikes than the rates do.
                ba.Population(n, 200 if n == "inside" else 20, "glutamate", c, background=2 * nS)
                for n, c in cells.items()
            ),
            *(ba.Population(name, 10, "GABA", background=2 * nS) for name in POOLS),
        ),
        afferents=(
            *(ba.CurrentAfferent("drive", name, 300 * pA) for name in GROUPS),
            *(ba.CurrentAfferent("other", name, 200 * pA) for name in OTHERS),
        ),
        projections=tuple(
            projection
            for pool, groups in POOLS.items()
            for group in groups
            for projection in (
                ba.Projection(group, pool, 0.25 * nS),
                # The blanket pool receives twice as much, so that its cells fire at the same rate
                # and inhibit half as much per input.
                ba.Projection(pool, group, inhibition / len(groups)),
            )
        ),
    )


def build_rate_model() -> ba.RateNetwork:
    W = {pool: dict.fromkeys(groups, 1.0) for pool, groups in POOLS.items()}
    W |= {group: {p: -0.5 / len(groups)} for p, groups in POOLS.items() for group in groups}
    gains = dict.fromkeys(GROUPS, GAIN) | {"static": GAIN / FACTOR}
    return ba.RateNetwork(
        (*GROUPS, *POOLS, "static"),
        W=W,
        W_in={
            unit: {"drive": gain, "other": 200 / 300 * gain * (unit in OTHERS)}
            for unit, gain in gains.items()
        },
        channels=("drive", "other"),
        bias={unit: 0.147 * gain for unit, gain in gains.items()},
        tau={unit: 10 * ms for unit in (*GROUPS, *POOLS) if unit != "inside"},
    ).add_adaptation("inside", GAIN * STRENGTH, TAU * ms)


def pair() -> ba.Pair:
    ann = build_rate_model()
    return ba.Pair(
        "levels_of_inhibition",
        build_circuit(),
        ann,
        ba.Correspondence.of_units(
            dict(zip(KINDS, KINDS, strict=True)) | {"static": "inside"},
            bio_only=(*OTHERS, *POOLS),
            ann_only=tuple(name for name in ann.units if name not in (*KINDS, "static")),
        ),
        question="Does it matter whether a cell inhibits itself, its group, or all groups?",
        source="'How to implement inhibition / negative input?' (AI Stack Exchange, 2018); Benda "
        "and Herz 2003",
        stimulus=make_stimulus(),
        settle=500 * ms,
        margin=ba.Margin(0.1, "a tenth of the response to the largest drive without inhibition"),
        trials=49,
        controls={
            "no_adaptation": build_circuit(adaptation=0 * nS),
            "blocked_GABA": build_circuit(inhibition=0 * nS),
        },
        figures=(FIGURE,),
        claims=CLAIMS,
    )
