"""Inverter: does turning 0 into 1 and 1 into 0 take a negative weight, or an inhibitory synapse?

Biological half: a population `output` that fires by itself, because of the bombardment it gets from
outside the circuit, and `interneurons` that the input excites and that silence it. Artificial half:
one sigmoid unit with a positive bias and one negative weight, the network that the question was
asked about. Controls: the same biological circuit with interneurons that release glutamate; with a
synapse 16 times stronger; and with that synapse and next to no noise.

The unit is trained, too, by gradient descent of the logistic loss on two points: input 0 with
target 1, and input 1 with target 0. Once both are right, the errors fall as 1 / step, so the weight
goes on growing without end, by 2 for each factor e of steps (Soudry et al. 2018).
"""

from functools import cache, partial
from math import exp, log

import numpy as np
from brian2 import ms, nS

import bioann as ba
from bioann.ann.training.logistic import course
from bioann.metrics.measures import ComputedNumber, OfOtherModel, OfSpikingModel
from bioann.metrics.transition import TransitionHeight, TransitionWidth
from bioann.models.figures.inverter import draw_inverter

#: Levels of the input in activation (1 is 100 Hz): closest where the circuit turns over.
INPUTS = (0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.42, 0.44, 0.46, 0.5, 0.6, 0.8, 1)
#: Steps of the training, and their size; what is measured of the trained unit.
STEPS, RATE = 100_000, 0.5
POSITIVE, GROWTH = "trained inversion, weight >= 0", "weight per factor e of steps"
SHARPER = "trained width, last to early"
#: In the controls the synapse is this much stronger, and noise is made of quanta this much smaller.
STRONGER, QUIETER = 16, 16


def circuit(transmitter: str, stronger: int = 1, quieter: int = 1) -> ba.SpikingNetwork:
    """Build the biological half with interneurons that release the given transmitter."""
    # 6.6 nS is 2.2 times what brings the cell to threshold: it fires at about 100 Hz.
    drive = ba.Background(6.6 * nS, quantum=1 / quieter * nS)
    # 20 fibres at up to 100 Hz each; below an input of 0.3 the interneurons stay silent.
    fibres, kind = 20 * quieter, "poisson" if quieter == 1 else "regular"
    return ba.SpikingNetwork(
        (
            ba.Population("interneurons", 20, transmitter),
            ba.Population("output", 20, "glutamate", background=drive),
        ),
        (ba.Afferent("input", "interneurons", 0.72 / quieter * nS, fibres=fibres, kind=kind),),
        (ba.Projection("interneurons", "output", 0.6 * stronger * nS),),
    )


@cache
def training(signed: bool = True) -> np.ndarray:
    """Train the unit from zero; give weight and bias after each step, shape (step, 2)."""
    return course((0.0, 1.0), (1.0, 0.0), steps=STEPS, rate=RATE, positive=not signed)


def learned(what: str) -> float:
    """Give one of three numbers that say what the unit has learned."""
    early, later, last = (training()[STEPS // share - 1] for share in (100, 10, 1))
    w, b = training(signed=False)[-1]
    numbers = {
        # The output at 0 minus that at 1, where the weight was kept >= 0.
        POSITIVE: 1 / (1 + exp(-b)) - 1 / (1 + exp(-w - b)),
        # Over the last factor of ten, in which the logarithm of the step grows by ln 10.
        GROWTH: (later[0] - last[0]) / log(10),
        # The width of a sigmoid from 90% to 10% is 2 ln 9 / |w|.
        SHARPER: early[0] / last[0],
    }
    return float(numbers[what])


ASKED = "AI Stack Exchange 2023"
CLAIMS = (
    ba.Claim(
        "A7a",
        "An inverter (1 for input 0, 0 for input 1) can be built from one sigmoid unit.",
        ASKED,
        ba.rules.at_least(("inversion of the unit", "inversion of biology"), 0.9),
    ),
    ba.Claim(
        "A7b",
        "It needs a negative weight, as the circuit needs an inhibitory synapse.",
        ASKED,
        ba.rules.AllOf(
            (
                ba.rules.Between("inversion of the unit", high=0.0, column="chance"),
                ba.rules.at_most(POSITIVE, 0.0),
                ba.rules.at_most("inversion without GABA", 0.05),
            )
        ),
    ),
    ba.Claim(
        "A7c",
        "Unrestricted training drives the unit toward a Heaviside step.",
        ASKED,
        ba.rules.AllOf((ba.rules.Between(GROWTH, 1.8, 2.2), ba.rules.at_most(SHARPER, 0.7))),
    ),
    ba.Claim(
        "A7d",
        f"A synapse {STRONGER} times stronger drives the circuit to a step as well.",
        "ours",
        ba.rules.at_most("width, strong synapse", 0.05),
    ),
    ba.Claim(
        "A7e",
        "What is left of its width is noise.",
        "ours",
        ba.rules.at_most("width, and no noise", 0.05),
    ),
)


def pair() -> ba.Pair:
    """Return the pair."""
    # 1 / (1 + e^-5) = 0.993 at input 0, and 0.007 at input 1.
    ann = ba.RateNetwork(
        ("output",), channels=("input",), W_in=[[-10]], bias=5, tau=20 * ms, activation="sigmoid"
    )
    # Inversion: the response at input 0 minus that at 1. Width: from 90% to 10% of that at 0.
    fall, width = TransitionHeight("input"), TransitionWidth("input")
    measured = partial(ba.metrics.Metric, unit="activation")
    trained = partial(ba.metrics.Metric, per="pair")
    best = {POSITIVE: 1, GROWTH: 2, SHARPER: 0}
    return ba.Pair(
        "inverter",
        circuit("GABA"),
        ann,
        ba.Correspondence((ba.Match("output", "output"),), bio_only=("interneurons",)),
        question="Does an inverter need a negative weight, or an inhibitory synapse?",
        source="'How does a sigmoid neuron output 1 with 0 as input?' (AI Stack Exchange, 2023)",
        stimulus=ba.steps({"input": INPUTS}, duration=600 * ms),
        settle=200 * ms,
        trials=5,
        controls={
            "glutamate_interneurons": circuit("glutamate"),
            "stronger": circuit("GABA", STRONGER),
            "quiet": circuit("GABA", STRONGER, QUIETER),
        },
        metrics=(
            measured("inversion of biology", OfSpikingModel(fall), 1, alone=True),
            measured("inversion of the unit", OfOtherModel(fall), 1),
            measured(
                "inversion without GABA", OfOtherModel(fall), 1, against="glutamate_interneurons"
            ),
            *(trained(what, ComputedNumber(partial(learned, what)), best[what]) for what in best),
            measured("width of biology", OfSpikingModel(width), 0, alone=True),
            measured("width, strong synapse", OfOtherModel(width), 0, against="stronger"),
            measured("width, and no noise", OfOtherModel(width), 0, against="quiet"),
        ),
        figures=(partial(draw_inverter, training=training, stronger=STRONGER),),
        claims=CLAIMS,
    )
