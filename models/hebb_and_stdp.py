"""Hebb and STDP: does a synapse learn that both sides were active, or in which order?

Spiking model: a cell is made to fire 23 times, each time some ms after or before a spike arrives at
a synapse that learns by spike-timing-dependent plasticity (STDP, Song et al. 2000), and is too weak
to drive the cell. Rate model: two low-pass filtered spike trains joined by Hebb's rule. The
responses are changes of weights.

By closed form a pair changes the strength by 0.005 e^(-d / 20 ms) if the spike arrives d before the
cell fires, by -0.00525 e^(-d / 20 ms) if after. The product of two filtered spike trains does not
depend on the order. No number is random.
"""

from typing import Any

import numpy as np
from brian2 import Hz, ms, mV, nS

import bioann as ba
from bioann.claims.sources import FORUM_2018, OURS, Source
from bioann.metrics import AtLevels, ExponentialLobe, MeanResponse, Ratio

STEP_MS, CELL_STEP_MS = 2, 0.2
#: Spikes of the cell, and how much earlier a spike arrives, one value for each condition.
SPIKES_MS = np.arange(100, 5700, 250)
DELAYS_MS = np.r_[-36:0:STEP_MS, STEP_MS : 36 + STEP_MS : STEP_MS]
SONG = ba.plasticity.PairSTDP()
#: By when a spike arrives: after the spike of the cell, or before it.
AFTER, BEFORE = {"delay": (-36, -1)}, {"delay": (1, 36)}
CHANGE = ba.measure(MeanResponse(), "change of strength")
LATE = CHANGE.at_levels(" by arrival after the spike", **AFTER)
EARLY = CHANGE.at_levels(" by arrival before the spike", **BEFORE)
N_PAIRS, TAU_MS = len(SPIKES_MS), 20.0
LOBES = [
    ba.measure(
        ExponentialLobe("delay", side, is_area=unit == "ms"),
        f"{quantity} of the window, arrival {order} the spike",
        best=N_PAIRS * amplitude * scale,
        unit=unit,
    ).of("bio", match="pairing")
    for side, order, amplitude in (
        ("above", "before", SONG.A_plus),
        ("below", "after", -SONG.A_minus),
    )
    for quantity, scale, unit in (("amplitude", 1, ""), ("area", TAU_MS, "ms"))
]
ORDER = ba.measure(
    Ratio(AtLevels(MeanResponse(), AFTER), AtLevels(MeanResponse(), BEFORE)),
    "change by arrival after the spike over that before it",
)
CLAIMS = (
    FORUM_2018.claim(
        "C2a",
        "A passing pulse strengthens the connection.",
        EARLY.of("bio", match="pairing") >= 0.0,
        LATE.of("bio", match="pairing") >= 0.0,
        supported="That both were active, in any order",
        refuted="The order of spikes, and how its input goes with what the cell does. Not what "
        "the weight should be: that takes an error, and a minus sign",
    ),
    Source("Song, Miller and Abbott 2000").claim(
        "C2b",
        "A spike that arrives before the cell fires strengthens, one that arrives after it weakens "
        "the synapse, by 0.005 and 0.00525 of its strength, less by e per 20 ms.",
        *(lobe.within(0.02) for lobe in LOBES),
    ),
    OURS.claim(
        "C2c",
        "Hebb's rule on low-pass filtered spikes knows no order: it strengthens either way.",
        ORDER.of("ann", match="pairing").within(0.02, of=1),
    ),
)
AXES: Any = {"along": "delay", "match": "pairing", "xlabel": "spike minus arrival [ms]"}
FIGURE = ba.figures.Panels.of_figures(
    "STDP depends on the order of spikes, Hebb's rule on filtered spikes does not.",
    ba.figures.ResponseCurves(
        **AXES,
        models=("bio",),
        ylabel="change by a pair [0.1 %]",
        y_scale=1e3 / N_PAIRS,
        heading="STDP",
    ),
    ba.figures.ResponseCurves(
        **AXES, models=("ann",), ylabel="change [activation]", heading="Hebb's rule on rates"
    ),
)


def build_synapse(conditions: list[str]) -> ba.LearnedStrength:
    arrivals = [[SPIKES_MS - delay] * ms for delay in DELAYS_MS]
    times = dict(zip(conditions, arrivals, strict=True))
    # A step of 30 mV makes the cell fire in the next time step.
    step, one_step_before = ba.receptors.DeltaSynapse(), [SPIKES_MS - CELL_STEP_MS] * ms
    network = ba.SpikingNetwork.of_members(
        ba.Population("paired", 1, "glutamate"),
        ba.ScheduledAfferent(one_step_before, "paired", 30 * mV, receptor=step, name="drive"),
        ba.ScheduledAfferent(times, "paired", 1e-4 * nS, plasticity=SONG, name="pairing"),
        dt=CELL_STEP_MS * ms,
    )
    return ba.LearnedStrength(network, ("pairing",), as_change=True)


def build_unit() -> ba.LearnedStrength:
    units = ("pre", "post")
    network = ba.RateNetwork(units, channels=units, tau=20 * ms, activation="linear")
    rule = ba.learning.Hebb(("post",), sources=("pre",), rate=1 * Hz, name="pairing")
    learner = ba.learning.PlasticRateNetwork(network, (rule,))
    return ba.LearnedStrength(learner, ("pairing",), as_change=True)


def pair() -> ba.Pair:
    stimulus = ba.stimuli.pulse_trains(
        {"pre": [(SPIKES_MS - delay) * ms for delay in DELAYS_MS], "post": [SPIKES_MS * ms]},
        duration=6000 * ms,
        dt=STEP_MS * ms,
        coords={"delay": DELAYS_MS},
    )
    return ba.Pair(
        "hebb_and_stdp",
        build_synapse(stimulus.condition.values.tolist()),
        build_unit(),
        ba.Correspondence.of_names("pairing"),
        question="What does a synapse learn from activity on its two sides, and what does it not?",
        stimulus=stimulus,
        settle=5700 * ms,
        bin_width=100 * ms,
        trials=6,
        figures=(FIGURE,),
        claims=CLAIMS,
    )
