"""Inhibitory plasticity: does learned inhibition decide on what a neuron transmits?

Spiking model: eight groups of excitatory fibres drive cells, those in the middle most, and eight
groups of inhibitory cells learn by the rule of Vogels et al. (2011): pairs of spikes in either
order strengthen a synapse, and every presynaptic spike weakens it by eta 2 rho0 tau. Cells `five`
and `ten` have the targets 5 and 10 Hz; `quick` learns twice as fast as `five`. The activity moves
around the groups once in 200 ms. An inhibitory cell repeats the spikes of one fibre. Control:
`strength` is that of the inhibitory synapses, of each group onto `five` and of all onto each cell.
Rate model: each inhibitory weight of a unit follows dw/dt = -eta x (y - y0), the gradient descent
of (y - y0)^2 / 2. Control: these `weights`. The unit lacks spikes: its rule has no window in time,
it does not fire irregularly, and nothing correlates with a single spike. Cells fire somewhat above
the target, because fewer spikes than by chance follow an inhibitory one.

Conditions: two drives; half the inhibitory rate; and inhibitory spikes displaced, each by a random
time between -100 and 100 ms. Spikes of a Poisson process that are displaced independently are one
with the rate convolved with the distribution of the displacement (Kingman 1993), here the mean over
one cycle: they are drawn at a constant rate. A displaced spike inhibits, and teaches, displaced.
"""

import numpy as np
import xarray as xr
from brian2 import Hz, ms, mV, nS, second

import bioann as ba
from bioann.claims.sources import FORUM_2018, OURS, Source
from bioann.metrics import AtLevels, OfMatch, Ratio, RelaxationTime

N_GROUPS, CYCLE, STEP = 8, 0.2, 0.005
#: Of the steady responses, in seconds.
START, STOP = 8.0, 16.0
CHANNELS = tuple(f"{kind}{k}" for kind in "ei" for k in range(N_GROUPS))
GROUPS = tuple(f"I{k}" for k in range(N_GROUPS))
#: Target in Hz, and learning speed relative to that of `five`.
CELLS = {"five": (5.0, 1), "ten": (10.0, 1), "quick": (5.0, 2)}
TARGETS = ("five", "ten")
#: Excitation by each group, relative to the mean.
TUNING = 1 - 0.5 * np.cos(2 * np.pi * np.arange(N_GROUPS) / N_GROUPS)
#: Of each condition; the displacement is in ms.
DRIVE, INHIBITORY_RATE = (1.0, 1.3, 1.0, 1.3, 1.0), (1.0, 1.0, 1.0, 1.0, 0.5)
LEVELS = {"drive": DRIVE, "inhibitory_rate": INHIBITORY_RATE, "displacement": (0, 0, 100, 100, 0)}
TIMED, DISPLACED = ({"inhibitory_rate": 1.0, "displacement": d} for d in (0.0, 100.0))
SPIKES = {"in time": TIMED, "displaced": DISPLACED}


def build_stimulus() -> xr.DataArray:
    """Return the moving activity: channels e0 to e7 excite, i0 to i7 drive inhibitory cells."""
    n_steps = round(CYCLE / STEP)
    centres = np.arange(n_steps) * N_GROUPS / n_steps - N_GROUPS / 2
    moving = ba.stimuli.make_bumps(centres, N_GROUPS, width=1.0, on_ring=True).values
    course = np.tile(moving / moving.mean(axis=0), (round(STOP / CYCLE), 1))
    rows = [
        np.hstack([drive * course, rate * (np.ones_like(course) if displacement else course)])
        for drive, rate, displacement in zip(*LEVELS.values(), strict=True)
    ]
    return ba.stimuli.make_stimulus(rows, channels=CHANNELS, dt=STEP * second, coords=LEVELS)


def find_relaxation(cells: str, stop: float, inhibitory_rate: float = 1) -> OfMatch:
    """Return the measure of the time constant of learning; `stop` is some four of them, in s."""
    levels = {"drive": 1, "inhibitory_rate": inhibitory_rate, "displacement": 0}
    return OfMatch(AtLevels(RelaxationTime(0, stop), levels), cells)


RATE = ba.measure(ba.metrics.MeanResponse(scale=100.0), "rate", unit="Hz")
#: What the larger drive adds, relative to the response to it.
EFFECT = ba.metrics.Contrast({**TIMED, "drive": 1.3}, minus={**TIMED, "drive": 1}, relative=True)
FIRST_CYCLE = {"over": "time", "prepare": ba.metrics.MeanBetween(0, CYCLE)}
BEFORE = ba.measure(EFFECT, "relative effect of the drive before learning", **FIRST_CYCLE)
AFTER = ba.measure(EFFECT, "relative effect of the drive after learning")
PROFILE = dict(zip(GROUPS, TUNING.tolist(), strict=True))
CORRELATION = ba.measure(
    ba.metrics.ProfileCorrelation(PROFILE), "correlation of inhibition with excitation", where=TIMED
)
SLOPE = ba.measure(ba.metrics.ProfileSlope(PROFILE), "relative slope of inhibition on excitation")
BY_ETA, BY_RATE = (
    ba.measure(
        Ratio(find_relaxation("five", 16, 0.5), fast),
        f"speed of convergence at twice the {factor} over that at once",
    )
    for fast, factor in (
        (find_relaxation("quick", 8, 0.5), "learning rate"),
        (find_relaxation("five", 4), "inhibitory rate"),
    )
)


def list_rates(model: str, label: str) -> list[tuple[ba.Score, float]]:
    """Return the rate of cells of each target at each drive, and the target, in Hz."""
    rates = (
        RATE.at_levels(f", drive {drive:g}, spikes {label}", **SPIKES[label], drive=drive)
        for drive in DRIVE[:2]
    )
    return [(score, CELLS[score.match][0]) for r in rates for score in r.of_each(model, TARGETS)]


def hold_target(model: str, label: str) -> list[ba.rules.Between]:
    return [rate.within(0.1, of=target) for rate, target in list_rates(model, label)]


VOGELS = Source("Vogels et al. 2011")
LEARNERS = ("strength", "weights")
CLAIMS = (
    FORUM_2018.claim(
        "C5a",
        "Learned inhibition decides on transmission: before learning a larger drive adds a fifth "
        "of the response or more, after learning less than a tenth.",
        BEFORE.of_each("bio", TARGETS) >= 0.2,
        AFTER.of_each("bio", TARGETS).between(-0.1, 0.1),
        answer_score=AFTER.of("bio", match="five"),
    ),
    VOGELS.claim(
        "C5b",
        "Inhibition grows until the cell fires at the target, to within 10 %, at either drive.",
        *hold_target("bio", "in time"),
    ),
    VOGELS.claim(
        "C5c", "Inhibition learns the tuning of excitation.", CORRELATION.of("strength") >= 0.9
    ),
    VOGELS.claim(
        "C5d",
        "Like the change of one weight, the speed of convergence is proportional to eta and to the "
        "inhibitory rate.",
        BY_ETA.of("strength").within(0.2, of=2),
        BY_RATE.of("strength").within(0.2, of=2),
    ),
    OURS.claim(
        "C5e",
        "The speed goes with the square of the inhibitory rate: a spike changes the weight, and "
        "the next one inhibits by it.",
        BY_RATE.of_each(LEARNERS).within(0.2, of=4),
    ),
    FORUM_2018.claim(
        "C5f",
        "Spike timing is the first axiom: inhibitory spikes that are displaced by up to 100 ms "
        "leave the rate a tenth above the target.",
        *(rate >= 1.1 * target for rate, target in list_rates("bio", "displaced")),
    ),
    OURS.claim(
        "C5g",
        "Timing decides on the tuning, not on the rate: displaced spikes hold it without tuning.",
        *hold_target("bio", "displaced"),
        SLOPE.at_levels(", spikes in time", **TIMED).of_each(LEARNERS) >= 0.5,
        SLOPE.at_levels(", spikes displaced", **DISPLACED).of_each(LEARNERS).between(-0.1, 0.1),
    ),
    VOGELS.claim(
        "C5h",
        "Cells whose rate inhibition holds fire irregularly, with a CV above 0.8.",
        *(ba.Score(ba.metrics.CV_OF_ISI, detail=cells) >= 0.8 for cells in TARGETS),
    ),
    OURS.claim(
        "C5i",
        "A rate unit with the local rule w += eta x (y0 - y) has the same fixed point, though "
        "neither spikes nor a window in time.",
        *hold_target("ann", "in time"),
        *hold_target("ann", "displaced"),
        CORRELATION.of("weights") >= 0.9,
    ),
)


FIGURE = ba.figures.Panels.of_figures(
    "Inhibition grows until the cells fire at their target, here 5 Hz, whatever the drive, and "
    "follows the tuning of excitation. If its spikes are displaced the target stays and the tuning "
    "is lost. The rate model learns the same, but has neither spikes nor irregular firing.",
    ba.figures.TimeCourses(
        match="five", by="drive", where=TIMED, models=("bio",), y_lines=(0.05,), xlim=(0, 4)
    ),
    ba.figures.ResponseProfile(
        GROUPS,
        TUNING.tolist(),
        curves={f"spikes {label}": levels for label, levels in SPIKES.items()},
        is_relative=True,
        models={"strength": "synapses", "weights": "rate model"},
        xlabel="excitation by a group [of the mean]",
        ylabel="inhibition [of the mean]",
    ),
)


def build_circuit() -> ba.SpikingNetwork:
    cells = [ba.Population(name, 10, "glutamate", background=1.5 * nS) for name in CELLS]
    # A step of 30 mV makes an inhibitory cell fire with its fibre.
    relay, step = ba.cells.LIF(t_ref=0 * ms), ba.receptors.DeltaSynapse()
    spikes, rates = {"receptor": step, "rate": 40 * Hz}, {"fibres": 10, "rate": 20 * Hz}
    excitation = [(f"e{k}", cell, 0.4 * x * nS) for k, x in enumerate(TUNING) for cell in CELLS]
    rules = {
        name: ba.plasticity.InhibitorySTDP(0.2 * speed, rate=target * Hz)
        for name, (target, speed) in CELLS.items()
    }
    return ba.SpikingNetwork.of_members(
        *cells,
        *(ba.Population(group, 10, "GABA", relay) for group in GROUPS),
        *(ba.Afferent(f"i{k}", group, 30 * mV, **spikes) for k, group in enumerate(GROUPS)),
        *(ba.Afferent(x, cell, weight, **rates) for x, cell, weight in excitation),
        *(
            ba.Projection(group, name, 0.02 * nS, plasticity=rule)
            for name, rule in rules.items()
            for group in GROUPS
        ),
        dt=0.25 * ms,
    )


def build_learner() -> ba.learning.PlasticRateNetwork:
    excitation = dict(zip(CHANNELS[:N_GROUPS], 0.05 * TUNING, strict=True))
    relays = {group: {f"i{k}": 1.0} for k, group in enumerate(GROUPS)}
    network = ba.RateNetwork(
        (*CELLS, *GROUPS),
        channels=CHANNELS,
        W=dict.fromkeys(CELLS, dict.fromkeys(GROUPS, -1e-3)),
        W_in=dict.fromkeys(CELLS, excitation) | relays,
    )
    rules = (
        ba.learning.Homeostatic(
            (cells,), (group,), rate=0.12 * speed * Hz, goal=y / 100, name=f"{group}_to_{cells}"
        )
        for cells, (y, speed) in CELLS.items()
        for group in GROUPS
    )
    return ba.learning.PlasticRateNetwork(network, tuple(rules))


def pair() -> ba.Pair:
    bio, ann = build_circuit(), build_learner()
    strengths = {cells: tuple(f"{group}_to_{cells}" for group in GROUPS) for cells in CELLS}
    strengths |= {group: (f"{group}_to_five",) for group in GROUPS}
    scales = {name: (100 if name in CELLS else 40) * Hz for name in strengths}
    return ba.Pair(
        "inhibitory_plasticity",
        bio,
        ann,
        ba.Correspondence(tuple(ba.Match(n, n, scale) for n, scale in scales.items())),
        question="Does learned inhibition decide on what a neuron transmits?",
        stimulus=build_stimulus(),
        settle=START * second,
        bin_width=CYCLE * second,
        controls={
            "strength": ba.LearnedStrength(bio, strengths),
            "weights": ba.LearnedStrength(ann, strengths),
        },
        figures=(FIGURE,),
        claims=CLAIMS,
    )
