"""Translated digits: does a classifier keep its decisions when its weights become synapses?

Trains ReLU classifiers (64-48-10) of scikit-learn's digits, one per seed, translates each to a
conductance-based network with a glutamatergic and a GABAergic neuron per unit, and shows both
models the same held-out images for 0.5 s. Gains are calibrated on images of the training set. Needs
the extras ``train`` and ``data``.
"""

import dataclasses

import xarray as xr

import bioann as ba
from bioann.analyses.digits_networks import N_HELD_OUT, load_digit_sets, train_classifiers
from bioann.analyses.digits_translation import evaluate_translation


@dataclasses.dataclass(frozen=True)
class Settings:
    """The network and its simulation."""

    kind: str = "dense"
    engine: str = "auto"


MODELS = ("rate model", "spiking model")


def evaluate_classifier(seed: int, settings: Settings) -> xr.Dataset:
    """Train a classifier, translate it, and let both models choose a digit for every image."""
    training, held_out = load_digit_sets()
    (network,) = train_classifiers(settings.kind, (seed,))
    result = evaluate_translation(
        settings.kind, seed, network, training, held_out, engine=settings.engine, audit=False
    )
    is_correct = [choices == result.labels for choices in (result.ann, result.bio)]
    return xr.Dataset(
        {"correct": (("model", "image"), is_correct), "equal": ("image", result.ann == result.bio)},
        {"model": list(MODELS), "image": range(N_HELD_OUT)},
    )


ACCURACY = ba.measure(lambda data: 100 * data.correct, "accuracy", unit="%", limits=(0.0, 100.0))
LOSS = ba.measure(
    lambda data: (
        100
        * (
            data.correct.sel(model=MODELS[0], drop=True)
            - data.correct.sel(model=MODELS[1], drop=True)
        )
    ),
    "accuracy of the rate model minus that of the spiking model",
    unit="percentage points",
    best=0.0,
)
AGREEMENT = ba.measure(
    lambda data: 100 * data.equal, "equal decisions", unit="%", best=100.0, limits=(0.0, 100.0)
)
FORUM = "AI Stack Exchange 2023"
CLAIMS = (
    ba.Claim(
        "D11b",
        "A signed network loses at most half a point of accuracy when its weights become synapses.",
        FORUM,
        LOSS.at() <= 0.5,
        supported="It loses at most half a point of accuracy",
        refuted="It loses more than half a point of accuracy",
    ),
    ba.Claim(
        "D11c", "Both models choose the same digit for 99 % of images.", FORUM, AGREEMENT.at() >= 99
    ),
    ba.Claim(
        "D11d",
        "A signed network classifies digits.",
        FORUM,
        *(ACCURACY.at(model=model) >= 90 for model in MODELS),
    ),
)

FIGURE = ba.figures.StudyCurves(
    "correct",
    along="model",
    scale=100,
    ylabel="accuracy [%]",
    message="Accuracy on held-out digits, of the classifiers and of their translations.",
)


def study() -> ba.Study:
    return ba.Study(
        "translated_digits",
        evaluate_classifier,
        {"correct": ("model", "image"), "equal": ("image",)},
        coordinates={"model": MODELS, "image": range(N_HELD_OUT)},
        seeds=5,
        settings=Settings(),
        shared=("image",),
        question="Does a classifier of digits keep its decisions when its weights become synapses?",
        source="'How does a sigmoid neuron output 1 with 0 as input?' (AI Stack Exchange, 2023); "
        "images: E. Alpaydin and C. Kaynak 1998, by scikit-learn",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
