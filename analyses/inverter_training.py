"""Training of the inverter: does the unit become a step, and does weight decay prevent it?

A sigmoid unit learns by gradient descent of the logistic loss on two points: input 0 with target 1,
and input 1 with target 0. Once both are right, the errors fall as 1 / step, so the weight goes on
growing without end, by 2 for each factor e of steps (Soudry et al. 2018), and the bias by half of
that. Weight decay adds the penalty d w^2 / 2 to the summed loss. The bias then settles where both
errors are equal, at half the weight's size k, and k where the logistic function of -k / 2 is d k.
The derivative of a step function is zero wherever it exists, so that a step unit has no gradient to
follow.

Nothing is random, so that every verdict is exact. A circuit that inverts is in the pair `inverter`.
"""

from dataclasses import replace

import numpy as np
import xarray as xr
from scipy.optimize import brentq
from scipy.special import expit

import bioann as ba
from bioann.ann.training.sigmoid_unit import SigmoidUnit

UNIT = SigmoidUnit((0.0, 1.0), (1.0, 0.0), steps=100_000, rate=0.5)
#: Decays of the weight, per unit of the summed loss.
DECAYS = (0.0, 1e-3, 1e-2, 1e-1)
STEPS = (10, 30, 100, 300, 1000, 3000, 10_000, 20_000, 50_000, UNIT.steps)
#: Inputs and steps at which the output of the unit without decay is drawn.
INPUTS, DRAWN_STEPS = np.linspace(0.0, 1.0, 21), (100, 1000, UNIT.steps)
DIMENSIONS = {
    "weight_size": ("decay", "step"),
    "bias": ("decay", "step"),
    "output": ("drawn_step", "input"),
    "step_gradient": (),
}
COORDINATES = {"decay": DECAYS, "step": STEPS, "drawn_step": DRAWN_STEPS, "input": tuple(INPUTS)}
LAST_DECADE = {"decay": 0.0, "step": [UNIT.steps // 10, UNIT.steps]}


def train_inverters() -> xr.Dataset:
    """Train a unit with every decay; return weights, biases, outputs, and a step unit's gradient.

    The weight is negative; its size is minus the weight.
    """
    units = [replace(UNIT, decay=decay) for decay in DECAYS]
    trajectories = np.array([unit.trajectory[np.array(STEPS) - 1] for unit in units])
    values = {
        "weight_size": -trajectories[..., 0],
        "bias": trajectories[..., 1],
        "output": np.array([UNIT.compute_output(INPUTS, step) for step in DRAWN_STEPS]),
        "step_gradient": compute_largest_gradient(ba.activations.Threshold()),
    }
    return xr.Dataset(
        {name: (DIMENSIONS[name], array) for name, array in values.items()},
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


def compute_largest_gradient(activation: ba.activations.Activation) -> float:
    """Return the largest difference quotient of a unit's squared error on a grid.

    Weight and bias lie on a grid whose summed inputs are at least 0.1 away from zero, and move by
    1e-6.
    """
    x, target = np.array(UNIT.x), np.array(UNIT.target)

    def compute_error(w: np.ndarray, b: np.ndarray) -> np.ndarray:
        errors = activation(w[..., None] * x + b[..., None]) - target
        return np.asarray((errors**2).sum(axis=-1))

    w, b = np.meshgrid(np.arange(-10, 10), np.arange(-10, 10) + 0.5)
    change = 1e-6
    by_weight = compute_error(w + change, b) - compute_error(w - change, b)
    by_bias = compute_error(w, b + change) - compute_error(w, b - change)
    return float(np.abs([by_weight, by_bias]).max() / (2 * change))


def predict_weight_size(decay: float) -> float:
    """Return the size k at which a decay above 0 stops the weight: expit(-k / 2) = decay k."""
    return float(brentq(lambda k: expit(-k / 2) - decay * k, 0.0, 20.0))


def compute_decay_error(data: xr.Dataset) -> xr.DataArray:
    """Return the largest deviation of a decayed weight's size from its closed form."""
    sizes = data.weight_size.sel(decay=list(DECAYS[1:]), step=20_000, drop=True)
    closed_forms = xr.DataArray([predict_weight_size(d) for d in DECAYS[1:]], dims="decay")
    return np.abs(sizes - closed_forms).max("decay")


def compute_bias_ratio(data: xr.Dataset) -> xr.DataArray:
    """Return the growth of the bias over that of the weight's size, in the last decade of steps."""
    return compute_growth(data.bias) / compute_growth(data.weight_size)


def compute_growth(values: xr.DataArray) -> xr.DataArray:
    """Return the growth of a variable over the last decade of steps, without decay."""
    return values.sel(LAST_DECADE).diff("step").isel(step=0, drop=True)


GROWTH = ba.measure(
    lambda data: compute_growth(data.weight_size),
    "growth of the trained weight per decade of steps",
    best=2 * np.log(10),
)
BIAS_RATIO = ba.measure(
    compute_bias_ratio, "growth of the trained bias over that of the weight's size", best=0.5
)
DECAY_ERROR = ba.measure(
    compute_decay_error, "largest deviation of a decayed weight from its closed form", best=0.0
)
STEP_GRADIENT = ba.measure(
    lambda data: data.step_gradient, "largest gradient of a step unit's error", best=0.0
)
FORUM = "AI Stack Exchange 2023"
CLAIMS = (
    ba.Claim(
        "A7c",
        "Training without constraints makes the unit ever more like a Heaviside step.",
        FORUM,
        UNIT.weight_growth.within(0.1),
        UNIT.width_ratio <= 0.7,
    ),
    ba.Claim(
        "E20a",
        "Without weight decay the weight of the trained inverter grows by 2 ln 10 per decade of "
        "steps, and its bias by half of that.",
        "Soudry et al. 2018",
        GROWTH.at().within(0.1),
        BIAS_RATIO.at().within(0.01),
    ),
    ba.Claim(
        "E20b",
        "With weight decay the trained inverter does not become a step: its weight stops growing "
        "at the size that a closed form predicts.",
        FORUM,
        DECAY_ERROR.at() <= 1e-3,
        supported="Not with weight decay: the weight stops growing at the predicted size",
        refuted="Not as predicted with weight decay: the weight has another size at the end",
    ),
    ba.Claim(
        "E20c",
        "Gradient descent cannot train a unit that is a step: its gradient is zero.",
        FORUM,
        STEP_GRADIENT.at() <= 0.0,
    ),
)
FIGURE = ba.figures.Panels(
    (
        ba.figures.StudyCurves(
            "weight_size",
            along="step",
            by="decay",
            log_x=True,
            xlabel="steps of training [1]",
            ylabel="size of the weight [1]",
            y_lines=tuple(map(predict_weight_size, DECAYS[1:])),
        ),
        ba.figures.StudyCurves(
            lambda data: data.output.rename(drawn_step="steps"),
            along="input",
            by="steps",
            xlabel="input [activation]",
            ylabel="output [activation]",
        ),
    ),
    "Without decay the weight grows with the logarithm of the steps (a), and the sigmoid keeps "
    "steepening towards a step (b). With decay the weight stops at the size of the closed form "
    "(horizontal lines).",
)


def study() -> ba.Study:
    return ba.Study(
        "inverter_training",
        train_inverters,
        DIMENSIONS,
        coordinates=COORDINATES,
        question="Does training turn an inverter into a step, without weight decay and with it?",
        source="'How does a sigmoid neuron output 1 with 0 as input?' (AI Stack Exchange, 2023); "
        "Soudry et al. 2018",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
