"""Published values: are the numbers of an article's tables typical, and what can they show?

The article prints weights, accuracies and times without the networks that they come from. Its
Table 1 has an input layer with three weights, all negative: inputs have no weights, so that those
of the first layer must be meant, and three weights of random signs are all negative in one of eight
cases. Table 6 heads the numbers -1, -0.5 and -0.8 "negative weights". Table 5 compares
accuracies that differ by one point. Table 7 compares two classes with ten, of which chance gets
50 % and 10 % right. Table 10 lists ImageNet among networks: it is a set of images, on which
networks are trained, and has no weights.

What is typical is measured on networks of three kinds that learned scikit-learn's digits, those of
the study `sign_census`: a value is typical of an array of weights if it lies between the 5 % and
the 95 % quantile of the trained weights. The quantiles are in the report, to judge any other value
by. Pixels that are blank in all images are left out of first layers. `sign_regimes` tests
Tables 5 and 7 with networks (D10).
"""

import functools

import numpy as np
import xarray as xr
from scipy.special import comb

import bioann as ba
from bioann.analyses import sign_census
from bioann.metrics.binomial import count_samples_needed

KINDS = ("feedforward", "convolutional", "radial basis")
#: All arrays of these networks but the centres, which are images.
ARRAYS = tuple(
    label for kind in KINDS for label in sign_census.LABELS[kind] if not label.endswith("centres")
)
FEEDFORWARD = ARRAYS[:3]
#: The numbers that Table 6 of the article heads "negative weights".
PRINTED_WEIGHTS = (-1.0, -0.8, -0.5)
#: Accuracies of Table 5, of which pairs differ by one point.
PRINTED_ACCURACIES = (0.92, 0.87, 0.78)
#: Number of classes and accuracy, Table 7.
PRINTED_CLASSES = ((2, 0.95), (10, 0.84))
QUANTILES = {"5 %": 0.05, "median": 0.5, "95 %": 0.95}
#: Weights of one unit in Table 1.
N_WEIGHTS = 3
DIMENSIONS = {
    "weight": ("array", "quantile"),
    "below": ("array", "printed_weight"),
    "all_negative": ("array",),
}
COORDINATES = {"array": ARRAYS, "quantile": tuple(QUANTILES), "printed_weight": PRINTED_WEIGHTS}


def compute_all_negative_share(weights: np.ndarray) -> float:
    """Return the probability that weights of one unit, drawn without replacement, are negative.

    Of `N_WEIGHTS` weights, and a mean over units. Weights of zero are left out.

    Parameters
    ----------
    weights : numpy.ndarray, shape (unit, ...)
        Incoming weights of each unit.
    """
    rows = weights.reshape(len(weights), -1)
    n_negative, n = (rows < 0).sum(axis=1), (rows != 0).sum(axis=1)
    is_enough = n >= N_WEIGHTS
    shares = comb(n_negative[is_enough], N_WEIGHTS) / comb(n[is_enough], N_WEIGHTS)
    return float(shares.mean())


def describe_weights(seed: int, settings: sign_census.Settings) -> xr.Dataset:
    """Train a network of each kind, and describe the weights of each array."""
    weights: sign_census.Weights = {}
    for kind in KINDS:
        trained = sign_census.KINDS[kind](seed, settings)[1]
        names = sign_census.ARRAYS[kind]
        weights |= dict(
            zip(sign_census.LABELS[kind], (trained[name] for name in names), strict=True)
        )
    values: dict[str, list[object]] = {name: [] for name in DIMENSIONS}
    for label in ARRAYS:
        array = weights[label]
        values["weight"].append(np.quantile(array, list(QUANTILES.values())))
        values["below"].append([(array <= printed).mean() for printed in PRINTED_WEIGHTS])
        values["all_negative"].append(compute_all_negative_share(array))
    return xr.Dataset(
        {name: (dims, np.array(values[name])) for name, dims in DIMENSIONS.items()},
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


def correct_for_chance(accuracy: float, n_classes: int) -> float:
    """Return 1 for all right and 0 for the accuracy of a guess among classes of equal size."""
    return (accuracy - 1 / n_classes) / (1 - 1 / n_classes)


def subtract_corrected() -> float:
    """Return the chance-corrected accuracy of two classes minus that of ten, Table 7."""
    two, ten = (correct_for_chance(accuracy, n) for n, accuracy in PRINTED_CLASSES)
    return two - ten


def compare_widths(data: xr.Dataset) -> xr.DataArray:
    """Return the range from 5 % to 95 % of the widest array relative to the narrowest."""
    width = data.weight.sel(quantile="95 %") - data.weight.sel(quantile="5 %")
    return width.max("array") / width.min("array")


CHANCE = ba.measure(
    lambda: 0.5**N_WEIGHTS, f"probability that {N_WEIGHTS} random signs are all negative"
)
ALL_NEGATIVE = ba.measure(
    lambda data: data.all_negative,
    f"probability that {N_WEIGHTS} weights of a unit are all negative",
    limits=(0, 1),
)
BELOW = ba.measure(
    lambda data: data.below, "share of trained weights at or below the printed one", limits=(0, 1)
)
WEIGHT = ba.measure(lambda data: data.weight, "quantile of the trained weights")
WIDTHS = ba.measure(compare_widths, "widest range of weights relative to the narrowest")
IMAGES = [
    ba.measure(
        functools.partial(count_samples_needed, accuracy, 0.01),
        f"test images that show a difference of one point at {100 * accuracy:.0f} % accuracy",
    )
    for accuracy in PRINTED_ACCURACIES
]
KAPPA = ba.measure(
    subtract_corrected, "printed accuracy corrected for chance, two classes minus ten"
)
ARTICLE = "'Can Weights Be Negative?'"
CLAIMS = (
    ba.Claim(
        "E19a",
        "A layer whose three weights are all negative is unusual: random signs have it in at most "
        "5 % of the cases.",
        "ours",
        CHANCE.at() <= 0.05,
        source_detail=f"on {ARTICLE}, Table 1",
    ),
    ba.Claim(
        "E19b",
        "In trained feedforward and convolutional networks, three weights of a unit are all "
        "negative as often as random signs, in one of eight cases, to within a factor of two.",
        "ours",
        *(ALL_NEGATIVE.at(array=label).between(1 / 16, 1 / 4) for label in ARRAYS[:6]),
    ),
    ba.Claim(
        "E19c",
        "-0.5, -0.8 and -1 are typical weights: at least 5 % of those of a trained network are as "
        "low.",
        ARTICLE,
        *(
            BELOW.at(array=label, printed_weight=printed) >= 0.05
            for printed in PRINTED_WEIGHTS
            for label in FEEDFORWARD
        ),
        supported="They are typical: at least 5 % of trained weights are as low",
        refuted="Not all are typical: fewer than 5 % of trained weights are as low as some of them",
        source_detail="Table 6",
    ),
    ba.Claim(
        "E19d",
        "A set of images, such as ImageNet, has typical weights: networks that learned the same "
        "images have the same range of weights, to within a factor of two.",
        ARTICLE,
        WIDTHS.at() <= 2.0,
        source_detail="Table 10",
    ),
    ba.Claim(
        "E19e",
        "The 10,000 test images of MNIST are enough to show that accuracies differ by one "
        "percentage point (5 % level, power 80 %).",
        "ours",
        *(images.at() <= 10_000 for images in IMAGES),
        source_detail=f"on {ARTICLE}, Table 5",
    ),
    ba.Claim(
        "E19f",
        "Corrected for chance, an accuracy of 95 % in two classes is still better than one of 84 % "
        "in ten classes, by at least four points.",
        ARTICLE,
        KAPPA.at() >= 0.04,  # as in D10b
        source_detail="Table 7",
    ),
)
FIGURE = ba.figures.StudyCurves(
    "weight",
    along="array",
    by="quantile",
    height=3.6,
    xlabel="array of weights",
    ylabel="trained weight [1]",
    y_lines=PRINTED_WEIGHTS,
    message="Quantiles of trained weights. Vertical lines: the numbers -1, -0.8 and -0.5, which "
    "the article heads 'negative weights'.",
)


def study() -> ba.Study:
    return ba.Study(
        "published_values",
        describe_weights,
        DIMENSIONS,
        coordinates=COORDINATES,
        settings=sign_census.SETTINGS,
        seeds=5,
        question="Are the negative weights that the article prints typical?",
        source=f"{ARTICLE} (web article), Tables 1, 5, 6, 7 and 10",
        claims=CLAIMS,
        measures=(WEIGHT,),
        figures=(FIGURE,),
    )
