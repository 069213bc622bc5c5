"""Memory trace: do recurrent networks need negative weights to retain a cue, and to forget it?

Spiking model: `persistent` cells excite each other through NMDA receptors and share a pool of
inhibitory cells (Wang 1999); a cue of 250 ms makes them fire, and they go on. `fading` cells excite
each other less, and nothing inhibits them. After the cue a weaker pulse distracts, or GABA clears.
Rate model: `persistent` gets the output of a slow unit that saturates as NMDA receptors do;
`fading` excites itself with weight w, so that its time constant is tau / (1 - w). Only the clearing
input has a negative weight. All weights of the rate model are chosen by hand, on other trials.
Controls: the same cells without inhibition, without recurrence, and with fast synapses (AMPA)
between persistent cells.

Of `fading` cells the trace is that of their synapses: it lasts longer than their membrane
remembers (20 ms), not longer than NMDA receptors stay open (100 ms).
"""

import numpy as np
from brian2 import Hz, Quantity, ms, nS

import bioann as ba
from bioann.claims.sources import ARTICLE, OURS, Source

WEIGHTS = np.array([0.3, 0.38, 0.45, 0.57, 0.7]) * nS
#: At 40 Hz and -55 mV a spike opens as much AMPA as NMDA conductance of 0.57 nS, most of which is
#: blocked or bound already.
WEIGHT, FAST_WEIGHT = WEIGHTS[3], 0.405 * nS
TAU, SELF_WEIGHT = 10 * ms, 0.8
#: Start and end of each input. What is retained is read 900 ms after the cue.
ONSETS = {"cue": 100 * ms, "distractor": 700 * ms, "clear": 700 * ms}
OFFSETS = {"cue": 350 * ms, "distractor": 950 * ms, "clear": 900 * ms}
NO_CUE = dict.fromkeys(ONSETS, 0.0)
CUE = NO_CUE | {"cue": 1.0}
DISTRACTED, CLEARED = CUE | {"distractor": 0.25}, CUE | {"clear": 1.0}
RATE = ba.measure(ba.metrics.MeanResponse(100), "rate", unit="Hz")
RETAINED = RATE.at_levels(" after the cue", **CUE)
CHANGE = ba.measure(
    ba.metrics.Contrast(DISTRACTED, CUE, relative=True), "change of the rate by the distractor"
)
DECAY = ba.measure(ba.metrics.DecayTime(0.35, 0.65), "decay time after the cue").at_levels(cue=1)
#: A cell that fires less than once per second is silent beside 10 to 50 Hz.
ONE_HERTZ = 1.0
CLAIMS = (
    ARTICLE.claim(
        "B10d",
        "A recurrent network needs negative weights between its cells to retain a cue.",
        RETAINED.of_each(("without_inhibition", "ann"), "persistent") <= ONE_HERTZ,
        refuted="No: positive weights alone retain a cue, and weaker ones forget it. A negative "
        "weight clears it at a chosen time",
    ),
    ARTICLE.claim(
        "B10e",
        "A recurrent network needs negative weights between its cells to forget a cue.",
        RETAINED.of_each(matches="fading") >= ONE_HERTZ,
    ),
    Source("Wang 1999").claim(
        "B10f",
        "Recurrent excitation retains a cue at 10 to 50 Hz, and only a cue; a distractor of a "
        "quarter of its strength changes the rate by less than 10 %, and inhibition clears it.",
        RETAINED.of_each(matches="persistent").between(10, 50),
        RETAINED.of("without_recurrence", match="persistent") <= ONE_HERTZ,
        RATE.at_levels(" without cue", **NO_CUE).of_each(matches="persistent") <= ONE_HERTZ,
        RATE.at_levels(" after clearing", **CLEARED).of_each(matches="persistent") <= ONE_HERTZ,
        CHANGE.of_each(matches="persistent").between(-0.1, 0.1),
    ),
    Source("Wang 1999").claim(
        "B10g",
        "The excitation has to be slow: fast synapses of the same charge lose the cue, and those "
        "of a quarter more retain it at rates above 50 Hz.",
        RETAINED.of("fast_synapses", match="persistent") <= ONE_HERTZ,
        RETAINED.of("stronger_fast_synapses", match="persistent") >= 50.0,
    ),
    OURS.claim(
        "B10h",
        "Recurrence that is too weak to retain a cue prolongs it: in a unit to tau / (1 - w), in "
        "cells beyond the time constant of their membrane, 20 ms.",
        DECAY.of("ann", match="fading").within(0.05, of=TAU / ms / (1 - SELF_WEIGHT)),
        DECAY.of("bio", match="fading") >= 20.0,
        DECAY.of("without_recurrence", match="fading") <= 20.0,
    ),
)
FIGURE = ba.figures.Panels.of_figures(
    "Cells that excite each other strongly go on firing after a cue (0.1 to 0.35 s), through a "
    "weak distractor (from 0.7 s) but not through inhibition. With weaker synapses they fall "
    "silent by themselves. Without inhibition the cue is retained at a higher rate; fast synapses "
    "lose it, or the cells fire far too fast.",
    ba.figures.TimeCourses(
        match="persistent", facets={"distractor": DISTRACTED, "clearing": CLEARED}
    ),
    ba.figures.TimeCourses(
        match="fading",
        where=CUE,
        models=("bio", "without_recurrence", "ann"),
        heading="weaker synapses",
        xlim=(0.0, 0.65),
    ),
    ba.figures.TimeCourses(
        match="persistent",
        where=CUE,
        models=("bio", "without_inhibition", "fast_synapses", "stronger_fast_synapses"),
        heading="controls",
    ),
    row_heights=(1.0, 1.0),
    height=5.4,
)


def build_circuit(
    persistent: Quantity = WEIGHT,
    fading: Quantity = 0.3 * nS,
    inhibition: Quantity = 0.8 * nS,
    receptor: str = "NMDA",
) -> ba.SpikingNetwork:
    cells = ("persistent", "fading")
    return ba.SpikingNetwork.of_members(
        *(ba.Population(name, 40, "glutamate", background=1.25 * nS) for name in cells),
        ba.Population("pool", 10, "GABA", background=2 * nS),
        *(ba.Afferent(c, n, 1 * nS, fibres=20) for n in cells for c in ("cue", "distractor")),
        ba.Afferent("clear", "persistent", 2 * nS, transmitter="GABA", fibres=15),
        ba.Projection("persistent", "persistent", persistent, receptor),
        ba.Projection("fading", "fading", fading, "NMDA"),
        ba.Projection("persistent", "pool", 0.15 * nS),
        ba.Projection("pool", "persistent", inhibition),
    )


def pair() -> ba.Pair:
    # The slow unit is the share of bound receptors where Poisson spikes bind p = 0.63 of the free
    # ones: rate * tau * p / (1 + rate * tau * p), with tau = 100 ms.
    ann = ba.RateNetwork(
        units=("persistent", "synapse", "fading"),
        channels=tuple(ONSETS),
        W=[[0, 0.98, 0], [6.3, 0, 0], [0, 0, SELF_WEIGHT]],
        W_in=[[1, 1, -1], [0, 0, 0], [0.3, 0.3, 0]],
        bias={"persistent": -0.3},
        tau={"synapse": 100 * ms, "fading": TAU},
        activation={"synapse": ba.activations.Softsign()},
    )
    levels = ba.stimuli.join_levels(NO_CUE, CUE, DISTRACTED, CLEARED)
    return ba.Pair(
        "memory_trace",
        build_circuit(),
        ann,
        ba.Correspondence.of_names(
            "persistent", "fading", bio_only=("pool",), ann_only=("synapse",)
        ),
        question="Do recurrent networks need negative weights to retain a cue, and to forget it?",
        stimulus=ba.steps(levels, onset=ONSETS, offset=OFFSETS, duration=1650 * ms),
        settle=1250 * ms,
        margin=ba.Margin(4 * Hz, "a tenth of the rate at which the cue is retained"),
        trials=8,
        controls={
            "without_recurrence": build_circuit(0 * nS, 0 * nS),
            "without_inhibition": build_circuit(inhibition=0 * nS),
            "fast_synapses": build_circuit(FAST_WEIGHT, receptor="AMPA"),
            "stronger_fast_synapses": build_circuit(1.25 * FAST_WEIGHT, receptor="AMPA"),
        },
        vary=ba.vary(
            "projection persistent -> persistent, weight",
            WEIGHTS,
            linked={"unit persistent, weight from unit synapse": 0.98 * WEIGHTS / WEIGHT},
            label="weight between persistent cells",
            trials=1,
        ),
        figures=(FIGURE,),
        claims=CLAIMS,
    )
