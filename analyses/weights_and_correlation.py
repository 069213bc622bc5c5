r"""Weights and correlation: what do the sign and the size of a weight tell about its input?

Sign: the best weight of x2 for :math:`y = x_1 - a x_2` is :math:`-a` at every correlation
:math:`\rho` of two inputs of variance 1, but the covariance of x2 and y is :math:`\rho - a`. An
input that helps by subtracting what it shares with others, a suppressor, correlates positively with
what it has a negative weight for if :math:`\rho > a`. Softmax regressions of scikit-learn's digits
with several penalties show how many weights differ in sign from the covariance of pixel and class;
the weights of the strongest penalty are proportional to it. Control: a linear regression of
uncorrelated (whitened) pixels, whose weights are covariances. Spiking model: cells that x1 excites
and x2 inhibits.

Size: the mean squared error of a linear regression rises by :math:`w^2 s^2` if an input of standard
deviation `s` is held at its mean. Classifiers of digits, 64-48-10, and their spiking translations
are shown images with one pixel held at its mean. The size of a pixel's weights is their root mean
square over hidden units. With another unit of the input the network is the same, and its weights
are not.
"""

from typing import Any

import numpy as np
import xarray as xr

import bioann as ba
from bioann.analyses.weights_and_correlation_fits import (
    CORRELATIONS,
    INPUTS,
    LOG_PENALTIES,
    Settings,
    measure_occlusion_gap,
    measure_signs,
    measure_spiking_suppressor,
    measure_suppressor,
)
from bioann.analyses.weights_and_correlation_occlusion import (
    DECAYS,
    EFFECTS,
    N_PIXELS,
    PREDICTORS,
    measure_sizes,
)

MODELS = ("spiking model", "rate model")
SETTINGS = Settings()
DIMENSIONS = {
    "mismatch": ("log_penalty",),
    "alignment": ("log_penalty",),
    "linear_mismatch": ("input",),
    "weight": ("model", "correlation"),
    "first_weight": ("model", "correlation"),
    "covariance": ("model", "correlation"),
    "rank": ("decay", "predictor", "effect"),
    "rank_of_output": ("model", "predictor"),
    "agreement": (),
    "rescaled_rank": ("predictor",),
    "gap": (),
}
COORDINATES: dict[str, tuple[Any, ...]] = {
    "log_penalty": LOG_PENALTIES,
    "input": INPUTS,
    "model": MODELS,
    "correlation": CORRELATIONS,
    "decay": DECAYS,
    "predictor": PREDICTORS,
    "effect": EFFECTS,
}


def measure_weights(seed: int, settings: Settings) -> xr.Dataset:
    """Fit, train, occlude and simulate from one seed, which also splits the digits."""
    data, test = ba.tasks.split_samples(ba.tasks.digits(), settings.held_out, seed=seed)
    x, labels = data.input.values.reshape(-1, N_PIXELS), data.target.values
    x = x[:, x.std(axis=0) > 0]
    suppressors = np.stack(
        [measure_spiking_suppressor(seed, settings), measure_suppressor(seed, settings)]
    )
    values = {
        **measure_signs(x, labels, settings),
        **measure_sizes(data, test, seed, settings),
        "first_weight": suppressors[..., 0],
        "weight": suppressors[..., 1],
        "covariance": suppressors[..., 2],
        "gap": measure_occlusion_gap(x, labels),
    }
    return xr.Dataset(
        {name: (DIMENSIONS[name], array) for name, array in values.items()},
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


def find_penalty(data: xr.Dataset) -> xr.DataArray:
    """Return the logarithm of the penalty from which less than 5 % of the signs differ."""
    return ba.metrics.find_first_below(data.mismatch.mean("seed"), "log_penalty", SMALL_SHARE)


def find_turn(data: xr.Dataset) -> xr.DataArray:
    """Return the correlation of the inputs from which x2 correlates positively with y."""
    return ba.metrics.find_first_below(-data.covariance.mean("seed"), "correlation", 0.0)


def compare_turn(data: xr.Dataset) -> xr.DataArray:
    """Return that correlation minus the ratio of the weights at uncorrelated inputs."""
    first = data.sel(correlation=0.0, drop=True).mean("seed")
    return find_turn(data) + first.weight / first.first_weight


#: One weight in twenty.
SMALL_SHARE = 0.05
PENALTY = ba.measure(
    find_penalty, "decimal logarithm of the penalty at which 5 % of the signs differ"
)
MISMATCH = ba.measure(
    lambda data: data.mismatch,
    "share of weights with another sign than the covariance",
    limits=(0, 1),
)
LINEAR = ba.measure(
    lambda data: data.linear_mismatch,
    "share of weights with another sign than the covariance, linear regression",
    limits=(0, 1),
)  # fmt: skip
ALIGNMENT = ba.measure(
    lambda data: data.alignment, "cosine of the angle between weights and covariances", best=1.0
)
WEIGHT = ba.measure(
    lambda data: data.weight / data.first_weight, "weight of x2 relative to that of x1"
)
TURN = ba.measure(
    lambda data: find_turn(data),
    "correlation of inputs at which the covariance of x2 and y turns positive",
)
TURN_ERROR = ba.measure(
    compare_turn, "correlation of inputs at that turn minus the ratio of weights", best=0.0
)
RANK = ba.measure(
    lambda data: data["rank"], "rank correlation with the effect of occlusion", best=1.0
)
RANK_OF_OUTPUT = ba.measure(
    lambda data: data.rank_of_output,
    "rank correlation with the change of outputs by occlusion",
    best=1.0,
)
AGREEMENT = ba.measure(
    lambda data: data.agreement,
    "rank correlation of the effects of occlusion in both models",
    best=1.0,
)
UNITS = ba.measure(
    lambda data: data.rescaled_rank - data["rank"].sel(decay=0.0, effect="loss", drop=True),
    "change of the rank correlation if inputs are in other units",
)
GAP = ba.measure(
    lambda data: data.gap, "share of the rise of the error that (weight times s.d.) squared misses"
)
#: Ranks that correlate by 0.7 share half of their variance, 0.7 squared.
HIGH_RANK = 0.7
ARTICLE = "'Can Weights Be Negative?'"
SIZE, PRODUCT = PREDICTORS
CLAIMS = (
    ba.Claim(
        "E11a",
        "A positive weight means a positive correlation of input and output, a negative one an "
        "inverse correlation.",
        ARTICLE,
        ba.rules.Boundary(PENALTY.at(), LOG_PENALTIES[0], LOG_PENALTIES[-1], "above"),
        supported="Yes, with any penalty on the weights: at most 5 % of the signs differ",
        refuted="No, with none of the penalties tested: more than 5 % of the signs differ",
        depends="The sign tells it only if a strong penalty keeps weights from subtracting what "
        "inputs share",
    ),
    ba.Claim(
        "E11b",
        "A suppressor, an input with the weight -a beside another with the weight 1, correlates "
        "positively with the output if and only if both inputs correlate by more than a.",
        "ours",
        TURN.at(model="rate model").within(0.02, of=SETTINGS.suppression),
        *(WEIGHT.at(model="rate model", correlation=c).within(0.05, of=-SETTINGS.suppression)
          for c in CORRELATIONS),
    ),
    ba.Claim(
        "E11c",
        "The inhibitory input of a spiking cell correlates positively with its rate if the "
        "correlation of both inputs exceeds the ratio of their effective weights.",
        "ours",
        TURN_ERROR.at(model="spiking model").between(-0.05, 0.05),
        *(WEIGHT.at(model="spiking model", correlation=c) <= -0.1 for c in CORRELATIONS),
    ),
    ba.Claim(
        "E11d",
        "The strongest penalty makes weights proportional to the covariances of input and class, "
        "so that both have the same signs.",
        "ours",
        ALIGNMENT.at(log_penalty=LOG_PENALTIES[-1]) >= 0.99,
        MISMATCH.at(log_penalty=LOG_PENALTIES[-1]) <= 0.01,
    ),
    ba.Claim(
        "E11e",
        "Correlation between inputs makes the signs of weights and covariances differ: in a linear "
        "regression of whitened inputs they never do.",
        "ours",
        LINEAR.at(input=INPUTS[0]) >= SMALL_SHARE,
        LINEAR.at(input=INPUTS[1]) <= 0.0,
    ),
    ba.Claim(
        "E12a",
        "The size of a weight reflects the importance of its input.",
        ARTICLE,
        *(RANK.at(decay=d, predictor=SIZE, effect="loss") >= HIGH_RANK for d in DECAYS),
    ),
    ba.Claim(
        "E12b",
        "The size of a weight times the standard deviation of its input reflects importance.",
        "ours",
        *(RANK.at(decay=d, predictor=PRODUCT, effect=e) >= HIGH_RANK
          for d in DECAYS for e in EFFECTS),
    ),
    ba.Claim(
        "E12c",
        "In a linear regression, holding an input at its mean raises the squared error by exactly "
        "the squared product of weight and standard deviation.",
        "ours",
        GAP.at() <= 1e-9,
    ),
    ba.Claim(
        "E12d",
        "Inputs in other units leave the network's function as it is, but spoil the ranks of its "
        "weights; they keep those of weight times standard deviation.",
        "ours",
        UNITS.at(predictor=SIZE) <= -0.1,
        UNITS.at(predictor=PRODUCT).between(-0.001, 0.001),
    ),
    ba.Claim(
        "E12e",
        "The same inputs are important in a classifier and in its spiking translation.",
        "ours",
        AGREEMENT.at() >= 0.9,
        RANK_OF_OUTPUT.at(model="spiking model", predictor=PRODUCT) >= HIGH_RANK,
    ),
)  # fmt: skip
FIGURE = ba.figures.Panels(
    (
        ba.figures.StudyCurves(
            "mismatch",
            "log_penalty",
            scale=100,
            xlabel="decimal logarithm of the penalty [1]",
            ylabel="signs that differ [%]",
            heading="digits",
            y_lines=(100 * SMALL_SHARE,),
        ),
        ba.figures.StudyCurves(
            lambda data: data.covariance / data.first_weight,
            "correlation",
            by="model",
            xlabel="correlation of both inputs [1]",
            ylabel="covariance of x2, over weight of x1 [1]",
            heading="suppressor",
            y_lines=(0.0,),
        ),
        ba.figures.StudyCurves(
            lambda data: data["rank"].sel(effect="loss", decay=0.0, drop=True),
            "predictor",
            xlabel="predictor",
            ylabel="rank correlation with importance [1]",
            heading="importance",
        ),
        ba.figures.StudyCurves(
            "rank_of_output",
            "predictor",
            by="model",
            xlabel="predictor",
            ylabel="rank correlation with output changes [1]",
            heading="both models",
        ),
    ),
    "Many weights have another sign than the correlation of input and class, unless a penalty "
    "keeps them small (line: 5 %): an input with a negative weight correlates positively with the "
    "output if its correlation with another input is strong enough. The size of a weight reflects "
    "importance, the rise of the loss by occlusion, less than its product with the s.d. of its "
    "input does.",
    row_heights=(1.0, 1.0),
    height=5.0,
)


def study() -> ba.Study:
    return ba.Study(
        "weights_and_correlation",
        measure_weights,
        DIMENSIONS,
        coordinates=COORDINATES,
        settings=SETTINGS,
        seeds=6,
        question="Does the sign of a weight tell how its input correlates with the output, and its "
        "size how much the input matters?",
        source="'Neural Network: Can Weights Be Negative?' (web article)",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
