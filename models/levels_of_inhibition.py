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
from bioann import metrics
from bioann.claims.sources import FORUM_2018, OURS, Source

KINDS = {"inside": "inside the cell", "local": "within the group", "blanket": "over both groups"}
#: The groups that each pool of inhibitory cells receives from and inhibits.
POOLS = {
    "local_pool": ("local",),
    "local_other_pool": ("local_other",),
    "blanket_pool": ("blanket", "blanket_other"),
}
OTHERS = ("local_other", "blanket_other")
GROUPS = (*KINDS, *OTHERS)
#: Levels of the drive; in the middle the second groups are excited, and probes are given.
DRIVES, MIDDLE = (0.55, 0.7, 0.85, 1.0), 0.85
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
    bursts = [(time >= PROBE - d - BURST) & (time < PROBE - d) for d in PROBE_DELAYS]
    drive = [level * step for level in (*DRIVES, MIDDLE)]
    drive += [MIDDLE * course for course in (probe, *(burst | probe for burst in bursts))]
    other = [is_excited * step for is_excited in (0, 0, 0, 0, 1, 0, 0, 0)]
    no_step, no_probe = [np.nan] * 3, [np.nan] * 5
    coords = {
        "level": [*DRIVES, MIDDLE, *no_step],
        "excited": [0, 0, 0, 0, 1, *no_step],
        "delay": [*no_probe, 0, *PROBE_DELAYS],
    }
    values = np.stack([drive, other], axis=-1)
    return ba.stimuli.make_stimulus(values, channels=("drive", "other"), coords=coords)


GAIN_RATIO = ba.measure(
    metrics.ModelRatio(metrics.ResponseSlope("level")), "steady gain over that without inhibition"
).at_levels(excited=0.0)
TIME = ba.measure(
    metrics.RelaxationTime(0.12, END / 1e3), "time constant of adaptation", where={"excited": 0.0}
)
EXCESS = ba.measure(
    metrics.EarlyExcess((0.12, 0.16), (0.5, END / 1e3)),
    "relative excess of the rate 20 to 60 ms after the onset",
).at_levels(excited=0.0)
REACH = ba.measure(
    metrics.Contrast({"level": MIDDLE, "excited": 1.0}, {"level": MIDDLE, "excited": 0.0}),
    "effect of exciting the other group",
    unit="activation",
)
LOSS = {
    delay: ba.measure(
        metrics.Contrast({"delay": 0.0}, {"delay": float(delay)}, relative=True),
        f"share of a response that is lost {delay} ms after a burst",
        over="time",
        prepare=metrics.MeanBetween(PROBE / 1e3, END / 1e3),
    )
    for delay in PROBE_DELAYS
}
CLAIMS = (
    FORUM_2018.claim(
        "B5a",
        "Inhibition works at several levels: inside the cell, between cells, and over structures.",
        GAIN_RATIO.of("bio", "no_adaptation", match="inside") <= 0.9,
        *(GAIN_RATIO.of("bio", "blocked_GABA", match=m) <= 0.9 for m in ("local", "blanket")),
    ),
    Source("Benda and Herz 2003").claim(
        "B5b",
        "Adaptation divides the steady gain G by 1 + G b, to within 20 %.",
        GAIN_RATIO.of("bio", "no_adaptation", match="inside").within(0.2, of=1 / FACTOR),
    ),
    Source("Benda and Herz 2003").claim(
        "B5c",
        "An adapting rate approaches its steady value with the time constant tau / (1 + G b), in a "
        "cell as in a unit with a second state.",
        TIME.of_each(matches="inside").within(0.1, of=TAU / FACTOR),
    ),
    OURS.claim(
        "B5d",
        "The time course tells inhibition inside the cell: its rate falls over tens of "
        "milliseconds. That of a group is steady after 20 ms, and a static unit has no course.",
        EXCESS.of_each(matches="inside") >= 0.1,
        EXCESS.of_each(matches=("local", "blanket")).between(-0.1, 0.1),
        EXCESS.of("ann", match="static").between(-0.001, 0.001),
        supported="Not in the steady state. Inhibition inside the cell takes tens of milliseconds "
        "to develop, and outlasts the activity; within a group it does not",
    ),
    OURS.claim(
        "B5e",
        "The reach tells blanket inhibition: only there does input to another group inhibit.",
        REACH.of_each(matches="blanket") <= -0.05,
        REACH.of_each(matches="local").between(-0.05, 0.05),
    ),
    OURS.claim(
        "B5f",
        "Only the cell that inhibits itself remembers a burst 50 ms later, and forgets it after "
        "300 ms.",
        LOSS[50].of_each(matches="inside") >= 0.1,
        LOSS[50].of_each(matches=("local", "blanket")).between(-0.1, 0.1),
        LOSS[300].of_each(matches="inside").between(-0.1, 0.1),
    ),
)
FIGURE = ba.figures.TimeCourses(
    match=KINDS,
    where={"level": 1.0, "excited": 0.0},
    models=("bio", "no_adaptation", "blocked_GABA", "ann"),
    xlim=(0.05, 0.5),
    ylim=(0.0, None),
    message="Three kinds of inhibition with nearly the same steady rates. After the onset of the "
    "drive (at 0.1 s) only inhibition inside the cell takes time to develop. A control that does "
    "not concern a kind of cell lies on the spiking model.",
)


def build_circuit(
    adaptation: Quantity = 0.6 * nS, inhibition: Quantity = 1 * nS
) -> ba.SpikingNetwork:
    adapting = ba.cells.AdaptingLIF(delta_g=adaptation)
    projections = []
    for pool, group in ((pool, group) for pool, groups in POOLS.items() for group in groups):
        # The blanket pool receives twice as much, so that its cells fire at the same rate and
        # inhibit half as much per input.
        projections.append(ba.Projection(group, pool, 0.25 * nS))
        projections.append(ba.Projection(pool, group, inhibition / len(POOLS[pool])))
    return ba.SpikingNetwork.of_members(
        # Its time constant needs more spikes than rates do.
        ba.Population("inside", 200, "glutamate", adapting, background=2 * nS),
        *(ba.Population(name, 20, "glutamate", background=2 * nS) for name in GROUPS[1:]),
        *(ba.Population(name, 10, "GABA", background=2 * nS) for name in POOLS),
        *(ba.CurrentAfferent("drive", name, 300 * pA) for name in GROUPS),
        *(ba.CurrentAfferent("other", name, 200 * pA) for name in OTHERS),
        *projections,
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
            {kind: kind for kind in KINDS} | {"static": "inside"},
            bio_only=(*OTHERS, *POOLS),
            ann_only=tuple(name for name in ann.units if name not in (*KINDS, "static")),
        ),
        question="Does it matter whether a cell inhibits itself, its group, or all groups?",
        stimulus=make_stimulus(),
        settle=500 * ms,
        margin=ba.Margin(0.1, "a tenth of the response to the largest drive without inhibition"),
        trials=49,
        controls={
            "no_adaptation": build_circuit(0 * nS),
            "blocked_GABA": build_circuit(inhibition=0 * nS),
        },
        figures=(FIGURE,),
        claims=CLAIMS,
    )
