"""Levels of inhibition: does it matter whether a cell inhibits itself, its group, or all groups?

Spiking model: three kinds of cells, two groups of each. `inside`: each spike opens a potassium
conductance of the cell itself, which decays with 100 ms (spike-frequency adaptation). `local`: each
group has inhibitory cells of its own. `blanket`: both groups share their inhibitory cells. One
current drives all groups; another excites the second groups only.
Rate model: static units with adaptation, units that a unit of their own group inhibits, and units
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
from brian2 import Hz, Quantity, ms, nS, pA

import bioann as ba

KINDS = ("inside", "local", "blanket")
POOLS = {
    "local": "local_pool",
    "local_other": "local_other_pool",
    "blanket": "blanket_pool",
    "blanket_other": "blanket_pool",
}
GROUPS = tuple(name for kind in KINDS for name in (kind, f"{kind}_other"))
#: Levels of the drive; in the middle the second groups are excited, and probes are given.
DRIVES, MIDDLE = np.array([0.55, 0.7, 0.85, 1.0]), 0.85
#: Of adaptation, in ms, and in activation per activation: 1.5 pA per Hz at 100 Hz and 300 pA.
TAU, STRENGTH = 100.0, 1.5 * 100 / 300
#: Gain of the cells without inhibition, in activation per activation.
GAIN = 1.02
ONSET, PROBE, END, BURST = 100, 640, 700, 300  # ms
PROBE_DELAYS = (50, 300)


def make_stimulus() -> xr.DataArray:
    """Build steps of the drive, one with input to the second groups, and probes after a burst."""
    time = np.arange(END)
    steps = [(drive, other) for drive, other in (*((d, 0.0) for d in DRIVES), (MIDDLE, 1.0))]
    values = [[(time >= ONSET) * level for level in levels] for levels in steps]
    for delay in (0, *PROBE_DELAYS):
        end = PROBE - delay
        has_burst = (delay > 0) & (time >= end - BURST) & (time < end)
        values.append([MIDDLE * (has_burst | (time >= PROBE)), 0 * time])
    no_probe, no_step = [np.nan] * len(steps), [np.nan] * (1 + len(PROBE_DELAYS))
    return ba.stimuli.make_stimulus(
        np.transpose(values, (0, 2, 1)),
        channels=("drive", "other"),
        coords={
            "level": [*(drive for drive, _ in steps), *no_step],
            "excited": [*(other for _, other in steps), *no_step],
            "delay": [*no_probe, 0, *PROBE_DELAYS],
        },
    )


EARLY, LATE = ba.metrics.MeanBetween(0.12, 0.16), ba.metrics.MeanBetween(0.5, END / 1e3)
RELAXATION = ba.metrics.RelaxationTime(0.12, END / 1e3)


def compute_gain(response: xr.DataArray) -> xr.DataArray:
    level = response["level"] - response["level"].mean()
    return xr.dot(level, response, dim="condition") / float((level**2).sum())


def gain_ratio(bio: xr.DataArray, control: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    return compute_gain(bio) / compute_gain(control)


def theory_factor(control: xr.DataArray) -> xr.DataArray:
    return 1 + compute_gain(control) * STRENGTH


def gain_over_theory(
    bio: xr.DataArray, control: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    return gain_ratio(bio, control, stimulus) * theory_factor(control)


def time_over_theory(
    bio: xr.DataArray, control: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    return RELAXATION(bio, stimulus) * theory_factor(LATE(control)) / TAU


def early_excess(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    return EARLY(response).mean("condition") / LATE(response).mean("condition") - 1


GAIN_RATIO, GAIN_THEORY, TIME_THEORY, EXCESS, TIME = (
    ba.measure(function, name, **options).at_levels(excited=0.0)
    for function, name, options in (
        (gain_ratio, "steady gain over that without inhibition", {}),
        (gain_over_theory, "steady gain over G / (1 + G b)", {}),
        (
            time_over_theory,
            "time constant of adaptation over tau / (1 + G b)",
            {"over": "time", "estimator": "resampled"},
        ),
        (
            early_excess,
            "relative excess of the rate 20 to 60 ms after the onset",
            {"over": "time"},
        ),
        (RELAXATION, "time constant of adaptation", {}),
    )
)
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
        "Adaptation divides the steady gain G by 1 + G b, as any inhibition in proportion to the "
        "rate does: a steady curve does not tell its level.",
        "Benda and Herz 2003",
        GAIN_THEORY.of("bio", "no_adaptation", match="inside").within(0.2, of=1.0),
    ),
    ba.Claim(
        "B5c",
        "An adapting rate approaches its steady value with the time constant tau / (1 + G b), in a "
        "cell as in a unit with a second state.",
        "Benda and Herz 2003",
        TIME_THEORY.of("bio", "no_adaptation", match="inside").within(0.1, of=1.0),
        TIME.of("ann", match="inside").within(0.1, of=TAU / (1 + GAIN * STRENGTH)),
    ),
    ba.Claim(
        "B5d",
        "The time course tells inhibition inside the cell: its rate falls over tens of "
        "milliseconds. That of a group is steady after 20 ms, and a static unit has no course.",
        "ours",
        EXCESS.of_each(MODELS, "inside") >= 0.1,
        EXCESS.of("blocked_GABA", match="inside") >= 0.1,
        EXCESS.of_each(MODELS, ("local", "blanket")).between(-0.1, 0.1),
        EXCESS.of("ann", match="static").between(-0.001, 0.001),
    ),
    ba.Claim(
        "B5e",
        "The reach tells blanket inhibition: only there does input to another group inhibit.",
        "ours",
        REACH.of_each(MODELS, "blanket") <= -0.05,
        REACH.of_each(MODELS, ("inside", "local")).between(-0.05, 0.05),
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
        *(
            ba.figures.TimeCourses(
                match=kind,
                where={"level": 1.0, "excited": 0.0},
                models=("bio", control, "ann"),
                heading=heading,
                xlim=(0.05, 0.5),
                ylim=(0.0, None),
            )
            for kind, control, heading in (
                ("inside", "no_adaptation", "inside the cell"),
                ("local", "blocked_GABA", "within the group"),
                ("blanket", "blocked_GABA", "over both groups"),
            )
        ),
        ba.figures.ResponseCurves(
            "level",
            KINDS,
            where={"excited": 0.0},
            xlabel="drive [activation]",
        ),
    ),
    "Three kinds of inhibition with nearly the same steady rates (lower row). After the onset of "
    "the drive (at 0.1 s) only inhibition inside the cell takes time to develop.",
    row_heights=(1.0, 1.0),
    height=5.0,
)


def build_circuit(
    adaptation: Quantity = 0.6 * nS, inhibition: Quantity = 1 * nS
) -> ba.SpikingNetwork:
    cells: dict[str, ba.cells.Cell] = {name: ba.cells.LIF() for name in GROUPS}
    cells["inside"] = cells["inside_other"] = ba.cells.AdaptingLIF(delta_g=adaptation)
    pools = dict.fromkeys(POOLS.values())
    return ba.SpikingNetwork(
        populations=(
            *(
                # The time constant of `inside` needs more spikes than the rates do.
                ba.Population(n, 200 if n == "inside" else 20, "glutamate", c, background=2 * nS)
                for n, c in cells.items()
            ),
            *(ba.Population(name, 10, "GABA", background=2 * nS) for name in pools),
        ),
        afferents=(
            *(ba.CurrentAfferent("drive", name, 300 * pA) for name in GROUPS),
            *(ba.CurrentAfferent("other", f"{kind}_other", 200 * pA) for kind in KINDS),
        ),
        projections=(
            *(ba.Projection(group, pool, 0.25 * nS) for group, pool in POOLS.items()),
            # The blanket pool receives twice as much, so that its cells fire at the same rate
            # and inhibit half as much per input.
            *(
                ba.Projection(pool, group, inhibition / (2 if pool == "blanket_pool" else 1))
                for group, pool in POOLS.items()
            ),
        ),
    )


def build_rate_model() -> ba.RateNetwork:
    units = (*GROUPS, *dict.fromkeys(POOLS.values()), "static")
    index = {name: k for k, name in enumerate(units)}
    W = np.zeros((len(units), len(units)))
    for group, pool in POOLS.items():
        W[index[pool], index[group]] = 1.0
        W[index[group], index[pool]] = -0.25 if pool == "blanket_pool" else -0.5
    excited = [name.endswith("_other") for name in units]
    gains = np.array([GAIN * (name in GROUPS) for name in units])
    gains[-1] = GAIN / (1 + GAIN * STRENGTH)
    network = ba.RateNetwork(
        units,
        W=W,
        W_in=np.stack([gains, 200 / 300 * gains * excited], axis=1),
        channels=("drive", "other"),
        bias=0.147 * gains,
        tau=tuple(None if n in ("inside", "inside_other", "static") else 10 * ms for n in units),
    )
    for name in ("inside", "inside_other"):
        network = network.add_adaptation(name, GAIN * STRENGTH, TAU * ms)
    return network


def pair() -> ba.Pair:
    ann = build_rate_model()
    matches = (*((kind, kind) for kind in KINDS), ("inside", "static"))
    cells = (*GROUPS, *POOLS.values())
    return ba.Pair(
        "levels_of_inhibition",
        build_circuit(),
        ann,
        ba.Correspondence(
            tuple(ba.Match(cell, unit, 100 * Hz, unit) for cell, unit in matches),
            bio_only=tuple(dict.fromkeys(name for name in cells if name not in KINDS)),
            ann_only=tuple(name for name in ann.units if name not in (*KINDS, "static")),
        ),
        question="Does it matter whether a cell inhibits itself, its group, or all groups?",
        source="'How to implement inhibition / negative input?' (AI Stack Exchange, 2018); "
        "Benda and Herz 2003",
        stimulus=make_stimulus(),
        settle=500 * ms,
        margin=ba.Margin(0.1, "a tenth of the response to the largest drive without inhibition"),
        trials=30,
        controls={
            "no_adaptation": build_circuit(adaptation=0 * nS),
            "blocked_GABA": build_circuit(inhibition=0 * nS),
        },
        figures=(FIGURE,),
        key_figure=FIGURE,
        answer=CLAIMS[3].to_answer(
            supported="Not in the steady state. Inhibition inside the cell takes tens of "
            "milliseconds to develop, and outlasts the activity; within a group it does not",
            refuted="Not as predicted: the time course does not tell inhibition inside the cell",
        ),
        claims=CLAIMS,
    )
