"""Sign regimes: do networks learn better with weights of both signs?

Classifiers of 8 x 8 images with 48 ReLU units, with free weights and under five sign constraints,
learn scikit-learn's digits and a generated task, edges in noise, from the same seeds in the same
number of steps. The hidden units of all of them start at threshold for the mean training image.
Beside it are two other starts: the usual biases of 0, at which units with weights >= 0 are active
for all images, so that the network is linear, and those with weights <= 0 would be silent; and
biases that suit a grey image, at which units with weights >= 0 are silent for most digits. One of
the trained networks of each regime is translated to a spiking one, for a subset of the images.

Each network is tested on the half of the images that it has not learned: two networks with 92 %
right would have to be tested with 11,554 images each to see a difference of one point (power 80 %),
so that small differences need the mean over seeds, and its interval includes the choice of images.
"""

import numpy as np
import xarray as xr

import bioann as ba
from bioann.analyses.sign_regimes_measures import (
    CURVE,
    DEPTH,
    IMAGES,
    INVERSE,
    KAPPA,
    LOSS,
    ORDER,
    SLOWING,
    SPARSENESS,
    SPIKING_LOSS,
    SYMMETRY,
    TRANSLATION_LOSS,
)
from bioann.analyses.sign_regimes_networks import (
    CONSTRAINTS,
    GREY_IMAGE,
    MEAN_IMAGE,
    N_IMAGES,
    STARTS,
    USUAL,
    Settings,
    build_network,
    compute_input_sparseness,
    load_halves,
    train_on_halves,
)
from bioann.analyses.sign_regimes_translation import translate_decisions

SETTINGS = Settings()
TASKS, REGIMES = ("digits", "edges"), tuple(CONSTRAINTS)
SIGNS = REGIMES[:2]
#: All but those whose inhibition divides, which no weighted sum has.
TRANSLATED = tuple(regime for regime in REGIMES if regime != "separate units")
DIMENSIONS = {
    "correct": ("task", "start", "regime", "image"),
    "steps": ("task", "start", "regime"),
    "sparseness": ("task", "signs"),
    "curve": ("signs", "size", "image"),
    "shallow": ("signs", "image"),
    "two_classes": ("image",),
    "translated_correct": ("translated", "model", "shown"),
}
COORDINATES = {
    "task": TASKS,
    "start": STARTS,
    "regime": REGIMES,
    "image": range(N_IMAGES),
    "signs": SIGNS,
    "size": SETTINGS.sizes,
    "translated": TRANSLATED,
    "model": ("rate model", "spiking model"),
    "shown": range(SETTINGS.shown),
}


def train_regimes(seed: int, settings: Settings) -> xr.Dataset:
    """Train all networks from one seed, translate some of them, and test both models."""
    values = {
        name: np.zeros([len(COORDINATES[dim]) for dim in dims]) for name, dims in DIMENSIONS.items()
    }
    network = build_network()
    for t, task in enumerate(TASKS):
        halves = load_halves(task)
        for index in np.ndindex(len(STARTS), len(REGIMES)):
            start, regime = STARTS[index[0]], REGIMES[index[1]]
            tested = train_on_halves(network, halves, regime, seed, settings, start)
            values["correct"][t, *index], values["steps"][t, *index] = tested.correct, tested.steps
            if start == MEAN_IMAGE and regime in SIGNS:
                sparseness = compute_input_sparseness(tested.networks, xr.concat(halves, "sample"))
                values["sparseness"][t, SIGNS.index(regime)] = sparseness
            if task == "digits" and start == MEAN_IMAGE and regime in TRANSLATED:
                decisions = translate_decisions(tested.networks[0], *halves[::-1], seed, settings)
                values["translated_correct"][TRANSLATED.index(regime)] = decisions
    halves = load_halves("digits")
    odd = (
        halves[0].assign(target=halves[0].target % 2),
        halves[1].assign(target=halves[1].target % 2),
    )
    values["two_classes"][:] = train_on_halves(network, odd, "free", seed, settings).correct
    for s, regime in enumerate(SIGNS):
        shallow = train_on_halves(build_network(0), halves, regime, seed, settings)
        values["shallow"][s] = shallow.correct
        for k, count in enumerate(settings.sizes):
            few = train_on_halves(network, halves, regime, seed, settings, count=count)
            values["curve"][s, k] = few.correct
    return xr.Dataset(
        {name: (DIMENSIONS[name], array) for name, array in values.items()},
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


ARTICLE = "'Can Weights Be Negative?'"
#: Half of the smallest difference of the article, 75 % against 68 %: three and a half points.
HALF = 3.5
#: What a reader would call no loss: the standard error of an accuracy of 92 % with 359 images, the
#: fifth of the digits that is often kept for tests.
NONE = 1.4
CLAIMS = (
    ba.Claim(
        "D3a",
        "Weights of both signs are right in 82 % of the cases, positive weights in 75 %.",
        ARTICLE,
        *(LOSS.at(task=task, start=MEAN_IMAGE, regime="weights >= 0") >= HALF for task in TASKS),
        SPIKING_LOSS.at(translated="weights >= 0") >= HALF,
        refuted="Not by as much as the article says: networks with weights >= 0 are less than "
        "three and a half points behind",
        supported="Yes: weights of both signs gain more than three and a half points",
    ),
    ba.Claim(
        "D3b",
        "Positive weights are right in 75 % of the cases, negative ones in 68 %.",
        ARTICLE,
        *(ORDER.at(task=task, start=MEAN_IMAGE) >= HALF for task in TASKS),
    ),
    ba.Claim(
        "D3c",
        "All-positive and all-negative weights are different models.",
        ARTICLE,
        SYMMETRY.at() >= 1e-9,
    ),
    ba.Claim(
        "D3d",
        "Weights that keep their random initial signs cost no accuracy: signs have to be mixed, "
        "not to change.",
        "ours",
        *(
            LOSS.at(task=task, start=MEAN_IMAGE, regime="signs frozen").between(-NONE, NONE)
            for task in TASKS
        ),
    ),
    ba.Claim(
        "D3e",
        "Dale's principle impairs learning.",
        "Cornford et al. 2021",
        *(LOSS.at(task=task, start=MEAN_IMAGE, regime="Dale columns") >= NONE for task in TASKS),
    ),
    ba.Claim(
        "D3f",
        "Networks of separate excitatory and inhibitory units learn as well as free ones.",
        "Cornford et al. 2021",
        *(LOSS.at(task=task, start=MEAN_IMAGE, regime="separate units") <= NONE for task in TASKS),
    ),
    ba.Claim(
        "D3g",
        "The start decides, not the signs: with weights >= 0 a network is at most half as far "
        "behind as the article says if its units start at threshold for the mean image, and "
        "further behind if they start at biases of 0 or at those of a grey image.",
        "ours",
        *(LOSS.at(task=task, start=MEAN_IMAGE, regime="weights >= 0") <= HALF for task in TASKS),
        LOSS.at(task="edges", start=USUAL, regime="weights >= 0") >= HALF,
        LOSS.at(task="digits", start=GREY_IMAGE, regime="weights >= 0") >= HALF,
        source_detail="stated after a first run",
    ),
    ba.Claim(
        "D3h",
        "Networks of all regimes keep their accuracy as spiking neurons.",
        "ours",
        *(TRANSLATION_LOSS.at(translated=regime) <= NONE for regime in TRANSLATED),
    ),
    ba.Claim(
        "D4",
        "Negative weights slow training: 69 s instead of 54 s.",
        ARTICLE,
        # A step costs the same in both, so that steps are compared; half of the article's 28 %.
        *(SLOWING.at(task=task, start=MEAN_IMAGE, regime="free") >= 1.14 for task in TASKS),
    ),
    ba.Claim(
        "D10a",
        "Differences of one point between classes show an effect of the sign.",
        ARTICLE,
        IMAGES.at() <= float(N_IMAGES),
        source_detail="Table 5",
    ),
    ba.Claim(
        "D10b",
        "Two classes are easier than ten: 95 % against 84 %, 0.90 against 0.82 beyond chance.",
        ARTICLE,
        KAPPA.at() >= 0.04,
        source_detail="Table 7",
    ),
    ba.Claim(
        "E14",
        "Networks with negative weights need more data: with few images, weights >= 0 are better.",
        ARTICLE,
        CURVE.at(size=SETTINGS.sizes[0]) <= -NONE,
    ),
    ba.Claim(
        "E17a",
        "Only negative weights capture inverse relations.",
        ARTICLE,
        INVERSE.at() <= 1e-9,
    ),
    ba.Claim(
        "E17b",
        "Negative weights do not make a network easier to interpret: features >= 0 are sparser.",
        (ARTICLE, "Ayinde and Zurada 2018"),
        *(SPARSENESS.at(task=task, signs="weights >= 0") >= 0.05 for task in TASKS),
    ),
    ba.Claim(
        "E23",
        "Hidden layers help.",
        ARTICLE,
        *(DEPTH.at(signs=signs) >= NONE for signs in SIGNS),
    ),
)
FIGURE = ba.figures.Panels(
    tuple(
        ba.figures.StudyCurves(
            "correct",
            "regime",
            by="start",
            where={"task": task},
            scale=100,
            ylabel=f"accuracy on {task} [%]",
            xlabel="signs",
        )
        for task in TASKS
    ),
    "Digits and edges are learned under every constraint on signs by units that start at threshold "
    "for the mean image. From other biases networks with weights >= 0 learn only one of the tasks.",
)
CURVES = ba.figures.StudyCurves(
    "curve",
    "size",
    by="signs",
    scale=100,
    ylabel="accuracy on digits [%]",
    xlabel="training images [1]",
)


def study() -> ba.Study:
    return ba.Study(
        "sign_regimes",
        train_regimes,
        DIMENSIONS,
        coordinates=COORDINATES,
        settings=SETTINGS,
        seeds=6,
        shared=("image", "shown"),
        question="Do networks learn better with weights of both signs?",
        source=f"{ARTICLE} (web article), Tables 5 and 7 among others",
        claims=CLAIMS,
        figures=(FIGURE, CURVES),
    )
