r"""Weight updates: does a positive change strengthen a path, and may a synapse change by addition?

An update :math:`\Delta w` changes the size of a weight by
:math:`\mathrm{sign}(\Delta w)\,\mathrm{sign}(2 w + \Delta w)`: a positive update weakens the path
if the mean of the weight before and after is negative. Classifiers of digits learn by four kinds of
updates: added to the weights, multiplied with them (exponentiated gradients), added and clipped
where a weight would change its sign, and added to conductances, which are 0 or more. All but the
conductances start from weights of equal size and random sign, so that the distribution of their
sizes is due to the updates. Updates of a size that is random, with skewness 2, are the case with a
closed form: after n of them with standard deviation s, a gamma distribution.

Spiking model: cells that fire tonically receive an excitatory or an inhibitory input by synapses of
several strengths, up to half more and down to none.
"""

from typing import Any

import numpy as np
import xarray as xr

import bioann as ba
from bioann.analyses.sign_crossings import LAYERS
from bioann.analyses.weight_updates_networks import (
    LEARNERS,
    SETTINGS,
    STRENGTHS,
    TRANSMITTERS,
    UPDATES,
    Settings,
    compute_log_moments,
    draw_random_updates,
    measure_rates,
    predict_turned_share,
    record_updates,
)

DIMENSIONS = {
    "against": ("learner", "layer", "step"),
    "below_zero": ("learner", "layer", "step"),
    "update_ratio": ("layer",),
    "changed": ("learner", "layer"),
    "zero": ("learner", "layer"),
    "turned": ("update",),
    "skewness": ("update", "origin"),
    "kurtosis": ("update", "origin"),
    "unit_kurtosis": ("update", "layer"),
    "accuracy": ("learner",),
    "rate": ("transmitter", "strength"),
}
COORDINATES: dict[str, tuple[Any, ...]] = {
    "learner": LEARNERS,
    "layer": LAYERS,
    "step": SETTINGS.steps,
    "update": UPDATES,
    "origin": ("random", *LAYERS),
    "transmitter": TRANSMITTERS,
    "strength": STRENGTHS,
}


def measure_updates(seed: int, settings: Settings) -> xr.Dataset:
    """Train, draw random updates, and simulate cells, from one seed."""
    values = record_updates(seed, settings)
    drawn = draw_random_updates(seed, settings)
    random = np.array([compute_log_moments(drawn[update]) for update in UPDATES])
    for name, column in (("skewness", 0), ("kurtosis", 1)):
        learned = values[name][: len(UPDATES)]
        values[name] = np.concatenate([random[:, column, None], learned], axis=1)
    values["unit_kurtosis"] = values["unit_kurtosis"][: len(UPDATES)]
    values |= {
        "turned": np.array([(drawn[update] < 0).mean() for update in UPDATES]),
        "rate": measure_rates(seed),
    }
    return xr.Dataset(
        {name: (DIMENSIONS[name], array) for name, array in values.items()},
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


def measure_path(data: xr.Dataset) -> xr.DataArray:
    """Return by how much the input changes the rate, in either direction."""
    return np.abs(data.rate - data.rate.sel(strength=0.0))


AGAINST = ba.measure(
    lambda data: data.against.mean("step"),
    "share of updates opposite to the change of a weight's size",
)
IDENTITY = ba.measure(
    lambda data: np.abs(data.against - data.below_zero).max("step"),
    "that share minus the share of weights whose mean before and after is below zero", best=0.0,
)  # fmt: skip
RATIO = ba.measure(
    lambda data: data.update_ratio,
    "size of updates of negative weights over that of positive ones",
    best=1.0,
)
CHANGED = ba.measure(
    lambda data: data.changed, "share of weights with the opposite sign after training"
)
ZERO = ba.measure(lambda data: data.zero, "share of weights of exactly zero")
TURNED = ba.measure(
    lambda data: data.turned - predict_turned_share(),
    "share of signs turned by random updates minus that predicted",
)
SKEWNESS = ba.measure(lambda data: data.skewness, "skewness of log weights", best=0.0)
LOSS = ba.measure(
    lambda data: data.accuracy.sel(learner="additive", drop=True) - data.accuracy,
    "accuracy below that of the additive learner", unit="percentage points", best=0.0,
)  # fmt: skip
UNIT_KURTOSIS = ba.measure(
    lambda data: data.unit_kurtosis, "excess kurtosis of the log weights of a unit", best=0.0
)
KURTOSIS = ba.measure(lambda data: data.kurtosis, "excess kurtosis of log weights", best=0.0)
RATE = ba.measure(
    lambda data: data.rate.sel(strength=0.5, drop=True) - data.rate.sel(strength=1.0, drop=True),
    "change of rate by depression of the synapse", unit="Hz",
)  # fmt: skip
PATH = ba.measure(
    lambda data: measure_path(data).sel(strength=0.5, drop=True)
    - measure_path(data).sel(strength=1.0, drop=True),
    "change of the path's effect by depression of the synapse", unit="Hz",
)  # fmt: skip
#: Bounds of skewness and excess kurtosis. The sum of 100 random updates with skewness 2 has 2 / 10
#: and 6 / 100; the logarithm of the size of a normal variable has -1.5 and 4.
NORMAL_SKEWNESS, NORMAL_KURTOSIS = 0.5, 1.0
FORUM, ARTICLE = "AI Stack Exchange 2018", "'Can Weights Be Negative?'"
CLAIMS = (
    ba.Claim(
        "E3a",
        "A positive change of a weight decreases attenuation, a negative one increases it.",
        FORUM,
        *(AGAINST.at(learner="additive", layer=k) <= 0.05 for k in LAYERS),
        supported="Yes: it strengthens the path of any weight",
        refuted="Only that of a positive weight: it weakens the path of a negative weight",
    ),
    ba.Claim(
        "E3b",
        "An update, added or multiplied, acts against its sign (a positive one weakens the path, a "
        "negative one strengthens it) if the mean of the weight before and after it is negative, "
        "and only then.",
        "ours",
        *(IDENTITY.at(learner=n, layer=k).between(0.0, 0.0) for n in UPDATES for k in LAYERS),
    ),
    ba.Claim(
        "E3c",
        "A positive change of a conductance always strengthens its path: conductances are 0 or "
        "more.",
        "ours",
        *(AGAINST.at(learner="conductances", layer=k) <= 0.0 for k in LAYERS),
    ),
    ba.Claim(
        "E3d",
        "Depression of an inhibitory synapse raises the rate of its target, as a positive change "
        "of a negative weight would, and weakens its path.",
        "ours",
        RATE.at(transmitter="GABA") >= 1.0,
        RATE.at(transmitter="glutamate") <= -1.0,
        *(PATH.at(transmitter=t) <= -1.0 for t in TRANSMITTERS),
    ),
    ba.Claim(
        "E3e",
        "Gradient descent updates negative weights as much as positive ones, to a factor of 1.25.",
        ARTICLE,
        *(RATIO.at(layer=k).between(0.8, 1.25) for k in LAYERS),
    ),
    ba.Claim(
        "E10a",
        "An additive adjustment is absurd in a brain: it would turn excitatory synapses "
        "inhibitory, or inhibitory ones excitatory.",
        FORUM,
        *(CHANGED.at(learner="additive", layer=k) >= 0.01 for k in LAYERS),
    ),
    ba.Claim(
        "E10b",
        "Additive updates that are clipped at zero are possible in a brain: all synapses keep "
        "their signs, at the cost of at most two percentage points of accuracy.",
        "ours",
        *(CHANGED.at(learner="clipped at zero", layer=k) <= 0.0 for k in LAYERS),
        LOSS.at(learner="clipped at zero") <= 2.0,
    ),
    ba.Claim(
        "E10c",
        "A weight that learns by multiplicative updates neither crosses zero nor reaches it.",
        "Kivinen and Warmuth 1997",
        *(CHANGED.at(learner="multiplicative", layer=k) <= 0.0 for k in LAYERS),
        *(ZERO.at(learner="multiplicative", layer=k) <= 0.0 for k in LAYERS),
    ),
    ba.Claim(
        "E10d",
        "Random updates make weights log-normal if they are multiplied; if they are added, they "
        "turn the sign of as many weights as a gamma distribution predicts.",
        "ours",
        SKEWNESS.at(update="multiplicative", origin="random").between(
            -NORMAL_SKEWNESS, NORMAL_SKEWNESS
        ),
        KURTOSIS.at(update="multiplicative", origin="random").between(
            -NORMAL_KURTOSIS, NORMAL_KURTOSIS
        ),
        SKEWNESS.at(update="additive", origin="random") <= -NORMAL_SKEWNESS,
        # Of 20,000 synapses the share of 0.15 has a standard error of 0.0025.
        TURNED.at(update="additive").between(-0.01, 0.01),
    ),
    ba.Claim(
        "E10e",
        "Weights that learn by multiplicative updates become log-normal.",
        "Pogodin et al. 2024",
        *(
            measure.at(update="multiplicative", origin=k).between(-bound, bound)
            for measure, bound in ((SKEWNESS, NORMAL_SKEWNESS), (KURTOSIS, NORMAL_KURTOSIS))
            for k in LAYERS
        ),
    ),
    ba.Claim(
        "E10f",
        "Weights that learn by additive updates do not become log-normal: their logarithms are "
        "skewed.",
        "Pogodin et al. 2024",
        *(SKEWNESS.at(update="additive", origin=k) <= -NORMAL_SKEWNESS for k in LAYERS),
    ),
)
FIGURE = ba.figures.Panels(
    (
        ba.figures.StudyCurves(
            lambda data: data.against.mean("step"),
            "learner",
            by="layer",
            scale=100,
            xlabel="updates",
            ylabel="opposite to the change of size [%]",
            heading="updates of classifiers",
        ),
        ba.figures.StudyCurves(
            "rate",
            "strength",
            by="transmitter",
            xlabel="strength of the synapse [1]",
            ylabel="rate of the target [Hz]",
            heading="spiking model",
        ),
        ba.figures.StudyCurves(
            "skewness",
            "origin",
            by="update",
            xlabel="weights",
            ylabel="skewness of log weights [1]",
            heading="distribution of sizes",
        ),
        ba.figures.StudyCurves(
            "changed",
            "learner",
            by="layer",
            scale=100,
            xlabel="updates",
            ylabel="weights that changed sign [%]",
            heading="changes of sign",
        ),
    ),
    "Half of the updates have the sign opposite to the change of the weight's size (a), and "
    "depression of an inhibitory synapse raises the rate of its target (b). The logarithms of "
    "weights that learned by multiplication are hardly skewed (c); only unclipped additions change "
    "signs (d).",
    row_heights=(1.0, 1.0),
    height=5.0,
)


def study() -> ba.Study:
    return ba.Study(
        "weight_updates",
        measure_updates,
        DIMENSIONS,
        coordinates=COORDINATES,
        units={"rate": "Hz", "accuracy": "%"},
        settings=SETTINGS,
        seeds=8,
        question="Does a positive change of a weight strengthen its path?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018); Pogodin et al. 2024",
        claims=CLAIMS,
        measures=(UNIT_KURTOSIS,),
        figures=(FIGURE,),
    )
