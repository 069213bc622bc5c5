"""Inverter: does turning 0 into 1 and 1 into 0 take a negative weight, or an inhibitory synapse?

Spiking model: a population `output` that fires by itself, because of background input, and
`interneurons` that the input excites and that silence it. Rate model: one sigmoid unit with a
positive bias and one negative weight, as in the question. Controls: interneurons that release
glutamate; a synapse 16 times stronger; and that synapse with next to no noise.

The unit is trained, too, by gradient descent of the logistic loss on two points: input 0 with
target 1, and input 1 with target 0. Once both are right, the errors fall as 1 / step, so the weight
goes on growing without end, by 2 for each factor e of steps (Soudry et al. 2018), and the bias by
half of that. With a decay of the weight, the penalty d w^2 / 2 of the summed loss, the bias settles
where both errors are equal, at half the weight's size k, and the weight where the logistic function
of -k / 2 is d k. The derivative of a step function is zero wherever it exists, so that a step unit
has no gradient to follow.
"""

from dataclasses import replace

import numpy as np
from brian2 import ms, nS
from scipy.optimize import brentq
from scipy.special import expit

import bioann as ba
from bioann.ann.training.sigmoid_unit import SigmoidUnit

#: Levels of the input in activation (1 is 100 Hz): closest where the circuit turns over.
INPUT_LEVELS = (0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.42, 0.44, 0.46, 0.5, 0.6, 0.8, 1)
#: Weights of the inhibitory synapse in nS; the weight of the unit is proportional to them.
INHIBITORY_WEIGHTS = np.array([0.0, 0.15, 0.3, 0.6, 1.2])
#: In the controls the synapse is this much stronger, and noise is made of quanta this much smaller.
SYNAPSE_FACTOR, NOISE_DIVISOR = 16, 16
UNIT = SigmoidUnit((0.0, 1.0), (1.0, 0.0), steps=100_000, rate=0.5)
#: Decays of the weight in the regularised training, per unit of the summed loss.
DECAYS = (1e-3, 1e-2, 1e-1)


def build_inverter_circuit(
    transmitter: str, synapse_factor: int = 1, noise_divisor: int = 1
) -> ba.SpikingNetwork:
    # 6.6 nS is 2.2 times what brings the cell to threshold: it fires at about 100 Hz.
    background = ba.Background(6.6 * nS, quantum=1 / noise_divisor * nS)
    # 20 fibres at up to 100 Hz each; below an input of 0.3 the interneurons stay silent.
    fibres, kind = 20 * noise_divisor, "poisson" if noise_divisor == 1 else "regular"
    weight = 0.72 / noise_divisor * nS
    return ba.SpikingNetwork(
        (
            ba.Population("interneurons", 20, transmitter),
            ba.Population("output", 20, "glutamate", background=background),
        ),
        (ba.Afferent("input", "interneurons", weight, fibres=fibres, kind=kind),),
        (ba.Projection("interneurons", "output", 0.6 * synapse_factor * nS),),
    )


def trace_output(comparison: ba.Comparison) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    x = np.linspace(0, 1, 201)
    return {f"{n:,} steps": (x, UNIT.compute_output(x, n)) for n in (UNIT.steps, 1000, 100)}


def compute_decade_growth() -> float:
    """Return the growth of the trained weight's size over the last decade of steps."""
    return UNIT.compute_weight_growth() * float(np.log(10))


def compute_bias_ratio() -> float:
    """Return the growth of the trained bias over that of the weight's size, in the last decade."""
    earlier, last = UNIT.trajectory[[UNIT.steps // 10 - 1, -1]]
    return float((last[1] - earlier[1]) / (earlier[0] - last[0]))


def compute_decay_error() -> float:
    """Return the largest deviation of a decayed weight's size from its closed form."""
    errors = []
    for decay in DECAYS:
        unit = replace(UNIT, steps=20_000, decay=decay)
        closed_form = brentq(lambda k, d=decay: expit(-k / 2) - d * k, 0.0, 20.0)
        errors.append(abs(-unit.trajectory[-1, 0] - closed_form))
    return float(max(errors))


def compute_step_gradient() -> float:
    """Return the largest difference quotient of a step unit's squared error.

    Weight and bias lie on a grid whose summed inputs are at least 0.1 away from the step, and move
    by 1e-6.
    """
    x, target = np.array(UNIT.x), np.array(UNIT.target)
    step_function = ba.activations.Threshold()

    def compute_error(w: np.ndarray, b: np.ndarray) -> np.ndarray:
        errors = step_function(w[..., None] * x + b[..., None]) - target
        return np.asarray((errors**2).sum(axis=-1))

    w, b = np.meshgrid(np.arange(-10, 10), np.arange(-10, 10) + 0.5)
    change = 1e-6
    by_weight = compute_error(w + change, b) - compute_error(w - change, b)
    by_bias = compute_error(w, b + change) - compute_error(w, b - change)
    return float(np.abs([by_weight, by_bias]).max() / (2 * change))


#: The response at input 0 minus that at 1; the width from 90% to 10% of the response at 0.
INVERSION = ba.measure(ba.metrics.TransitionHeight("input"), "inversion", best=1)
WIDTH = ba.measure(
    ba.metrics.TransitionWidth("input"), "transition width", best=0, unit="activation"
)
NONNEGATIVE_INVERSION = ba.measure(
    replace(UNIT, positive=True).compute_separation,
    "inversion of the trained unit with a weight >= 0",
    best=1,
)
DECADE_GROWTH = ba.measure(
    compute_decade_growth, "growth of the trained weight per decade of steps", best=2 * np.log(10)
)
BIAS_RATIO = ba.measure(
    compute_bias_ratio, "growth of the trained bias over that of the weight's size", best=0.5
)
DECAY_ERROR = ba.measure(
    compute_decay_error, "deviation of decayed weights from the closed form", best=0.0
)
STEP_GRADIENT = ba.measure(compute_step_gradient, "gradient of a step unit's error", best=0.0)
FORUM = "AI Stack Exchange 2023"
CLAIMS = (
    ba.Claim(
        "A7a",
        "An inverter (1 for input 0, 0 for input 1) can be built from one sigmoid unit.",
        FORUM,
        INVERSION.of_each(("ann", "bio")) >= 0.9,
    ),
    ba.Claim(
        "A7b",
        "It needs a negative weight, as the circuit needs an inhibitory synapse.",
        FORUM,
        INVERSION.of("ann").chance <= 0.0,
        NONNEGATIVE_INVERSION.of() <= 0.0,
        INVERSION.of("glutamate_interneurons") <= 0.05,
        supported="It needs one of them in each model: with excitatory interneurons the circuit "
        "does not invert, nor does a unit without a negative weight",
        refuted="No: one of the models inverts without it",
        answer_score=INVERSION.of("glutamate_interneurons"),
    ),
    ba.Claim(
        "A7c",
        "Training without constraints makes the unit ever more like a Heaviside step.",
        FORUM,
        UNIT.weight_growth.within(0.1),
        UNIT.width_ratio <= 0.7,
    ),
    ba.Claim(
        "A7d",
        f"A synapse {SYNAPSE_FACTOR} times stronger makes a step of the circuit's response, too.",
        "ours",
        WIDTH.of("stronger", name="transition width with the strong synapse") <= 0.05,
    ),
    ba.Claim(
        "A7e",
        "The remaining width is set by noise.",
        "ours",
        WIDTH.of("quiet", name="transition width without input noise") <= 0.05,
    ),
    ba.Claim(
        "E20a",
        "Without regularisation the weight of the trained inverter grows by 2 ln 10 per decade of "
        "steps, and its bias by half of that.",
        "Soudry et al. 2018",
        DECADE_GROWTH.of().within(0.1),
        BIAS_RATIO.of().within(0.01),
    ),
    ba.Claim(
        "E20b",
        "With regularisation the trained inverter does not become a step: its weight stops growing "
        "at a closed form.",
        FORUM,
        DECAY_ERROR.of() <= 1e-3,
    ),
    ba.Claim(
        "E20c",
        "Gradient descent cannot train a unit that is a step: its gradient is zero.",
        FORUM,
        STEP_GRADIENT.of() <= 0.0,
    ),
)
FIGURE = ba.figures.Panels(
    (
        ba.figures.ResponseCurves(
            "input",
            models={
                "bio": "inhibitory interneurons",
                "glutamate_interneurons": "excitatory interneurons",
                "ann": "rate model",
            },
            heading="both models",
        ),
        ba.figures.ComputedCurves(trace_output, heading="the unit", xlabel="input [activation]"),
        ba.figures.ResponseCurves(
            "input",
            models={"bio": "as it is", "stronger": "strong synapse", "quiet": "and without noise"},
            normalised=True,
            heading="the circuit",
        ),
    ),
    "The circuit inverts its input if its interneurons inhibit, as the unit does with a negative "
    "weight. With continued training the sigmoid keeps steepening towards a step. A synapse "
    f"{SYNAPSE_FACTOR} times stronger makes the circuit steeper only until noise sets the width.",
)


def pair() -> ba.Pair:
    # 1 / (1 + e^-5) = 0.993 at input 0, and 0.007 at input 1.
    ann = ba.RateNetwork(
        ("output",), channels=("input",), W_in=[[-10]], bias=5, tau=20 * ms, activation="sigmoid"
    )
    return ba.Pair(
        "inverter",
        build_inverter_circuit("GABA"),
        ann,
        ba.Correspondence((ba.Match("output", "output"),), bio_only=("interneurons",)),
        question="Does an inverter need a negative weight, or an inhibitory synapse?",
        source="'How does a sigmoid neuron output 1 with 0 as input?' (AI Stack Exchange, 2023)",
        stimulus=ba.steps({"input": INPUT_LEVELS}, duration=600 * ms),
        settle=200 * ms,
        margin=ba.Margin(0.1, "a threshold at one half reads the same from a tenth more or less"),
        controls={
            "glutamate_interneurons": build_inverter_circuit("glutamate"),
            "stronger": build_inverter_circuit("GABA", SYNAPSE_FACTOR),
            "quiet": build_inverter_circuit("GABA", SYNAPSE_FACTOR, NOISE_DIVISOR),
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
