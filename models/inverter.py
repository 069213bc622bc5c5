"""Inverter: does turning 0 into 1 and 1 into 0 take a negative weight, or an inhibitory synapse?

Spiking model: a population `output` that fires by itself, because of background input, and
`interneurons` that the input excites and that silence it. Rate model: one sigmoid unit with a
positive bias and one negative weight, as in the question. Controls: interneurons that release
glutamate; a synapse 16 times stronger; and that synapse with next to no noise.

A unit whose weight is kept at 0 or more is trained, too, on two points: input 0 with target 1, and
input 1 with target 0. The study `inverter_training` trains a unit with a free weight.
"""

import numpy as np
from brian2 import ms, nS

import bioann as ba
from bioann.ann.training.sigmoid_unit import SigmoidUnit
from bioann.claims.sources import FORUM_2023, OURS
from bioann.metrics import TransitionHeight, TransitionWidth

#: Levels of the input in activation (1 is 100 Hz): closest where the circuit turns over.
INPUT_LEVELS = (0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.42, 0.44, 0.46, 0.5, 0.6, 0.8, 1)
#: Weights of the inhibitory synapse in nS; the weight of the unit is proportional to them.
INHIBITORY_WEIGHTS = np.array([0.0, 0.15, 0.3, 0.6, 1.2])
#: In the controls the synapse is this much stronger, and noise is made of quanta this much smaller.
SYNAPSE_FACTOR, NOISE_DIVISOR = 16, 16
NONNEGATIVE_UNIT = SigmoidUnit((0.0, 1.0), (1.0, 0.0), steps=100_000, rate=0.5, positive=True)


def build_circuit(transmitter: str, factor: int = 1, divisor: int = 1) -> ba.SpikingNetwork:
    # 6.6 nS is 2.2 times what brings the cell to threshold: it fires at about 100 Hz.
    background = ba.Background(6.6 * nS, quantum=1 / divisor * nS)
    # 20 fibres at up to 100 Hz each; below an input of 0.3 the interneurons stay silent.
    fibres, weight = 20 * divisor, 0.72 / divisor * nS
    kind = "poisson" if divisor == 1 else "regular"
    output = ba.Population("output", 20, "glutamate", background=background)
    interneurons = ba.Population("interneurons", 20, transmitter)
    afferent = ba.Afferent("input", "interneurons", weight, fibres=fibres, kind=kind)
    projection = ba.Projection("interneurons", "output", 0.6 * factor * nS)
    return ba.SpikingNetwork((interneurons, output), (afferent,), (projection,))


#: The response at input 0 minus that at 1; the width from 90% to 10% of the response at 0.
INVERSION = ba.measure(TransitionHeight("input"), "inversion", best=1)
WIDTH = ba.measure(TransitionWidth("input"), "transition width", best=0, unit="activation")
NONNEGATIVE_INVERSION = ba.measure(
    NONNEGATIVE_UNIT.compute_separation, "inversion of the trained unit with a weight >= 0", best=1
)
CLAIMS = (
    FORUM_2023.claim(
        "A7a",
        "An inverter (1 for input 0, 0 for input 1) can be built from one sigmoid unit.",
        INVERSION.of_each(("ann", "bio")) >= 0.9,
    ),
    FORUM_2023.claim(
        "A7b",
        "An inverter needs a negative weight, as the circuit needs an inhibitory synapse.",
        INVERSION.of("ann").chance <= 0.0,
        NONNEGATIVE_INVERSION.of() <= 0.0,
        INVERSION.of("glutamate_interneurons") <= 0.05,
        supported="Yes, one of them in each model: without it neither inverts",
        answer_score=INVERSION.of("glutamate_interneurons"),
    ),
    OURS.claim(
        "A7d",
        f"A synapse {SYNAPSE_FACTOR} times stronger makes a step of the circuit's response, too.",
        WIDTH.of("stronger", name="transition width with the strong synapse") <= 0.05,
    ),
    OURS.claim(
        "A7e",
        "The width that remains of the strong synapse's transition is set by noise.",
        WIDTH.of("quiet", name="transition width without input noise") <= 0.05,
    ),
)
FIGURE = ba.figures.Panels.of_figures(
    "The circuit inverts if its interneurons inhibit, as the unit does with a negative weight. A "
    f"synapse {SYNAPSE_FACTOR} times stronger makes it steeper only until noise sets the width.",
    ba.figures.ResponseCurves("input", models=("bio", "glutamate_interneurons", "ann")),
    ba.figures.ResponseCurves(
        "input",
        models={"bio": "circuit", "stronger": "strong synapse", "quiet": "and without noise"},
        normalised=True,
    ),
)


def pair() -> ba.Pair:
    # 1 / (1 + e^-5) = 0.993 at input 0, and 0.007 at input 1.
    ann = ba.RateNetwork(
        ("output",), channels=("input",), W_in=[[-10]], bias=5, tau=20 * ms, activation="sigmoid"
    )
    return ba.Pair(
        "inverter",
        build_circuit("GABA"),
        ann,
        ba.Correspondence((ba.Match("output", "output"),), bio_only=("interneurons",)),
        question="Does an inverter need a negative weight, or an inhibitory synapse?",
        stimulus=ba.steps({"input": INPUT_LEVELS}, duration=600 * ms),
        margin=ba.Margin(0.1, "a threshold at one half reads the same from a tenth more or less"),
        controls={
            "glutamate_interneurons": build_circuit("glutamate"),
            "stronger": build_circuit("GABA", SYNAPSE_FACTOR),
            "quiet": build_circuit("GABA", SYNAPSE_FACTOR, NOISE_DIVISOR),
        },
        vary=ba.vary(
            "projection interneurons -> output, weight",
            INHIBITORY_WEIGHTS * nS,
            linked={"unit output, weight from channel input": INHIBITORY_WEIGHTS * -10 / 0.6},
            label="weight of the inhibitory synapse",
            trials=1,
        ),
        metrics=(WIDTH.of("bio"),),
        figures=(FIGURE,),
        claims=CLAIMS,
    )
