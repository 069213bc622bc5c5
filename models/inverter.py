"""Inverter: does turning 0 into 1 and 1 into 0 take a negative weight, or an inhibitory synapse?

Spiking model: a population `output` that fires by itself, because of the bombardment it gets from
outside the circuit, and `interneurons` that the input excites and that silence it. Rate model:
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
from bioann.ann.training.logistic import train_sigmoid_unit
from bioann.metrics.measures import ComputedNumber, OfOtherModel, OfSpikingModel
from bioann.metrics.transition import TransitionHeight, TransitionWidth
from bioann.models.figures.inverter import draw_training_and_transition

#: Levels of the input in activation (1 is 100 Hz): closest where the circuit turns over.
INPUT_LEVELS = (0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.42, 0.44, 0.46, 0.5, 0.6, 0.8, 1)
#: Steps of the training, and their size; what is measured of the trained unit.
N_STEPS, LEARNING_RATE = 100_000, 0.5
NONNEGATIVE_INVERSION = "trained inversion, weight >= 0"
WEIGHT_GROWTH = "weight per factor e of steps"
WIDTH_RATIO = "trained width, last to early"
#: In the controls the synapse is this much stronger, and noise is made of quanta this much smaller.
SYNAPSE_FACTOR, NOISE_DIVISOR = 16, 16


def build_inverter_circuit(
    transmitter: str, synapse_factor: int = 1, noise_divisor: int = 1
) -> ba.SpikingNetwork:
    """Build the spiking model with interneurons that release the given transmitter."""
    # 6.6 nS is 2.2 times what brings the cell to threshold: it fires at about 100 Hz.
    background = ba.Background(6.6 * nS, quantum=1 / noise_divisor * nS)
    # 20 fibres at up to 100 Hz each; below an input of 0.3 the interneurons stay silent.
    fibres, kind = 20 * noise_divisor, "poisson" if noise_divisor == 1 else "regular"
    weight = 0.72 / noise_divisor * nS
    afferent = ba.Afferent("input", "interneurons", weight, fibres=fibres, kind=kind)
    return ba.SpikingNetwork(
        (
            ba.Population("interneurons", 20, transmitter),
            ba.Population("output", 20, "glutamate", background=background),
        ),
        (afferent,),
        (ba.Projection("interneurons", "output", 0.6 * synapse_factor * nS),),
    )


@cache
def train_inverter(signed: bool = True) -> np.ndarray:
    """Train the unit from zero; give weight and bias after each step, shape (step, 2)."""
    return train_sigmoid_unit(
        (0.0, 1.0), (1.0, 0.0), steps=N_STEPS, rate=LEARNING_RATE, positive=not signed
    )


def measure_trained_unit(quantity: str) -> float:
    """Give one of three numbers that say what the unit has learned."""
    early, later, last = (train_inverter()[N_STEPS // divisor - 1] for divisor in (100, 10, 1))
    w, b = train_inverter(signed=False)[-1]
    numbers = {
        # The output at 0 minus that at 1, where the weight was kept >= 0.
        NONNEGATIVE_INVERSION: 1 / (1 + exp(-b)) - 1 / (1 + exp(-w - b)),
        # Over the last factor of ten, in which the logarithm of the step grows by ln 10.
        WEIGHT_GROWTH: (later[0] - last[0]) / log(10),
        # The width of a sigmoid from 90% to 10% is 2 ln 9 / |w|.
        WIDTH_RATIO: early[0] / last[0],
    }
    return float(numbers[quantity])


FORUM = "AI Stack Exchange 2023"
CLAIMS = (
    ba.Claim(
        "A7a",
        "An inverter (1 for input 0, 0 for input 1) can be built from one sigmoid unit.",
        FORUM,
        ba.rules.at_least(("inversion of the unit", "inversion of biology"), 0.9),
    ),
    ba.Claim(
        "A7b",
        "It needs a negative weight, as the circuit needs an inhibitory synapse.",
        FORUM,
        ba.rules.AllOf(
            (
                ba.rules.Between("inversion of the unit", high=0.0, column="chance"),
                ba.rules.at_most(NONNEGATIVE_INVERSION, 0.0),
                ba.rules.at_most("inversion without GABA", 0.05),
            )
        ),
    ),
    ba.Claim(
        "A7c",
        "Unrestricted training drives the unit toward a Heaviside step.",
        FORUM,
        ba.rules.AllOf(
            (ba.rules.Between(WEIGHT_GROWTH, 1.8, 2.2), ba.rules.at_most(WIDTH_RATIO, 0.7))
        ),
    ),
    ba.Claim(
        "A7d",
        f"A synapse {SYNAPSE_FACTOR} times stronger drives the circuit to a step as well.",
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
    activation_metric = partial(ba.metrics.Metric, unit="activation")
    pair_metric = partial(ba.metrics.Metric, per="pair")
    best_values = {NONNEGATIVE_INVERSION: 1, WEIGHT_GROWTH: 2, WIDTH_RATIO: 0}
    return ba.Pair(
        "inverter",
        build_inverter_circuit("GABA"),
        ann,
        ba.Correspondence((ba.Match("output", "output"),), bio_only=("interneurons",)),
        question="Does an inverter need a negative weight, or an inhibitory synapse?",
        source="'How does a sigmoid neuron output 1 with 0 as input?' (AI Stack Exchange, 2023)",
        stimulus=ba.steps({"input": INPUT_LEVELS}, duration=600 * ms),
        settle=200 * ms,
        trials=5,
        controls={
            "glutamate_interneurons": build_inverter_circuit("glutamate"),
            "stronger": build_inverter_circuit("GABA", SYNAPSE_FACTOR),
            "quiet": build_inverter_circuit("GABA", SYNAPSE_FACTOR, NOISE_DIVISOR),
        },
        metrics=(
            activation_metric("inversion of biology", OfSpikingModel(fall), 1, alone=True),
            activation_metric("inversion of the unit", OfOtherModel(fall), 1),
            activation_metric(
                "inversion without GABA", OfOtherModel(fall), 1, against="glutamate_interneurons"
            ),
            *(
                pair_metric(name, ComputedNumber(partial(measure_trained_unit, name)), best)
                for name, best in best_values.items()
            ),
            activation_metric("width of biology", OfSpikingModel(width), 0, alone=True),
            activation_metric("width, strong synapse", OfOtherModel(width), 0, against="stronger"),
            activation_metric("width, and no noise", OfOtherModel(width), 0, against="quiet"),
        ),
        figures=(
            partial(
                draw_training_and_transition,
                train_inverter=train_inverter,
                synapse_factor=SYNAPSE_FACTOR,
            ),
        ),
        claims=CLAIMS,
    )
