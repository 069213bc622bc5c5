"""Threshold balancing: does a published conversion keep more decisions than Dale's principle?

Trains ReLU classifiers (64-48-10) of scikit-learn's digits, one per seed, and converts each in
three ways: with weights balanced against the threshold of integrate-and-fire neurons (Diehl et al.
2015), the same with later improvements (Rueckauer et al. 2017), and to a conductance-based network
with a glutamatergic and a GABAergic neuron per unit. A balanced neuron excites some targets and
inhibits others, which Dale's principle rules out. All see the same held-out images for 0.5 s. Needs
the extras ``train`` and ``data``.
"""

import dataclasses

import numpy as np
import xarray as xr

import bioann as ba
from bioann.analyses.digits_networks import N_HELD_OUT, load_digit_sets, train_classifiers
from bioann.analyses.digits_translation import evaluate_translation
from bioann.analyses.integrate_and_fire import (
    RECIPES,
    STEP_S,
    balance_layers,
    list_layer_matrices,
    simulate_layers,
)
from bioann.base.randomness import make_rng

#: Duration of a presentation in seconds, as in `models/digits.py`.
DURATION_S = 0.5
DIEHL, RUECKAUER = RECIPES
MODELS = ("rate model", "spiking model", DIEHL, RUECKAUER)


@dataclasses.dataclass(frozen=True)
class Settings:
    """The network and its simulation."""

    kind: str = "dense"
    engine: str = "auto"


def evaluate_conversions(seed: int, settings: Settings) -> xr.Dataset:
    """Train a classifier, convert it in all ways, and let each choose a digit for every image."""
    training, held_out = load_digit_sets()
    (network,) = train_classifiers(settings.kind, (seed,))
    result = evaluate_translation(
        settings.kind, seed, network, training, held_out, engine=settings.engine, audit=False
    )
    layers = list_layer_matrices(network.to_rate_network(), 10)
    pixels, shown = (data.input.values.reshape(-1, 64) for data in (training, held_out))
    choices, spikes = [result.ann, result.bio], [0.0, result.spikes]
    for name, recipe in RECIPES.items():
        balanced = balance_layers(layers, pixels, recipe.percentile)
        rng = make_rng(seed, "threshold balancing", name)
        outputs = simulate_layers(balanced, shown, [round(DURATION_S / STEP_S)], recipe, rng)
        choices.append(outputs.choices[-1])
        spikes.append(float(outputs.spikes[-1]))
    return xr.Dataset(
        {
            "correct": (("model", "image"), np.array(choices) == result.labels),
            "equal": (("model", "image"), np.array(choices) == result.ann),
            "spikes": ("model", spikes),
        },
        {"model": list(MODELS), "image": range(N_HELD_OUT)},
    )


def select_model(data: xr.DataArray, model: str) -> xr.DataArray:
    return data.sel(model=model, drop=True)


LOSS = ba.measure(
    lambda data: 100 * (select_model(data.correct, MODELS[0]) - data.correct.astype(float)),
    "accuracy of the rate model minus that of the converted one",
    unit="percentage points",
    best=0.0,
)
AGREEMENT = ba.measure(
    lambda data: 100 * data.equal, "equal decisions", unit="%", best=100.0, limits=(0.0, 100.0)
)
PRICE = ba.measure(
    lambda data: 100 * (data.correct.astype(float) - select_model(data.correct, "spiking model")),
    "accuracy minus that of the translation",
    unit="percentage points",
)
SPIKES = ba.measure(
    lambda data: data.spikes / select_model(data.spikes, "spiking model"),
    "spikes per decision, relative to the translation",
)
CLAIMS = (
    ba.Claim(
        "D11e",
        "Balancing weights against the threshold loses at most half a point of accuracy.",
        "Diehl et al. 2015",
        LOSS.at(model=DIEHL) <= 0.5,
        supported="Balanced weights lose at most half a point of accuracy",
        refuted="Balanced weights lose more than half a point of accuracy",
    ),
    ba.Claim(
        "D11f",
        "Constant input currents and a reset by subtraction keep 99 % of the decisions.",
        "ours",
        AGREEMENT.at(model=RUECKAUER) >= 99,
        source_detail="after Rueckauer et al. 2017",
    ),
    ba.Claim(
        "D11g",
        "Neurons with one transmitter are at most half a point less accurate than balanced ones, "
        "whose connections have both signs.",
        "ours",
        *(PRICE.at(model=model) <= 0.5 for model in RECIPES),
    ),
    ba.Claim(
        "D11h",
        "A balanced network needs fewer spikes for a decision than neurons with one transmitter.",
        "ours",
        *(SPIKES.at(model=model) <= 1.0 for model in RECIPES),
    ),
)

FIGURE = ba.figures.Panels(
    (
        ba.figures.StudyCurves(
            "correct", along="model", scale=100, heading="decisions", ylabel="accuracy [%]"
        ),
        ba.figures.StudyCurves(
            "spikes", along="model", heading="cost", ylabel="spikes for a decision [1]"
        ),
    ),
    "What each conversion of a classifier keeps, and what it costs. The spiking model obeys Dale's "
    "principle; the neurons of the two published conversions excite some targets and inhibit "
    "others.",
)


def study() -> ba.Study:
    return ba.Study(
        "threshold_balancing",
        evaluate_conversions,
        {"correct": ("model", "image"), "equal": ("model", "image"), "spikes": ("model",)},
        coordinates={"model": MODELS, "image": range(N_HELD_OUT)},
        seeds=5,
        settings=Settings(),
        shared=("image",),
        question="Does a published conversion keep more decisions than Dale's principle allows?",
        source="Diehl et al. 2015 (Fast-classifying, high-accuracy spiking deep networks through "
        "weight and threshold balancing); Rueckauer et al. 2017; images: E. Alpaydin and C. Kaynak "
        "1998, by scikit-learn",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
