"""Sign gauge: what can be inferred from a unit whose output is negative, or zero?

Units of an odd activation have a sign gauge: negating all weights and the bias of a tanh unit, and
its outgoing weights, leaves every output as it was, since -w tanh(-x) = w tanh(x). The 2^H patterns
of signs of H units are one network. A sigmoid has the gauge if the output's bias takes up the
outgoing weight, since s(-x) = 1 - s(x). Activations that are zero on one side have none.

A unit whose output is zero passes nothing on, and the gradient of its outgoing weight, its output
times the back-propagated error, is zero. The gradient of its incoming weights also contains the
slope: 1 for tanh at an input of zero, and 0 for a ReLU below its threshold.

Spiking model: cells that an afferent excites or, with the sign negated, inhibits; and cells that
fire tonically, inhibit others, and are silenced by the same afferent.
"""

import dataclasses
import itertools
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms, nS

import bioann as ba
from bioann.base.randomness import make_rng

ACTIVATIONS = {
    "tanh": ba.activations.Tanh(),
    "sigmoid": ba.activations.Sigmoid(),
    "ReLU": ba.activations.Relu(),
    "LIF rate": ba.activations.LIFRate(),
}
#: Bias at which a unit without incoming weights is silent.
SILENT_INPUTS = {"tanh": 0.0, "ReLU": -1.0}
WEIGHTS = ("incoming", "outgoing")
CELLS = ("excited", "negated", "tonic", "target")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Inputs, hidden units and samples of the networks."""

    n_inputs: int = 4
    n_hidden: int = 6
    n_samples: int = 64


SETTINGS = Settings()
DIMENSIONS = {
    "difference": ("activation",),
    "gradient": ("silent_unit", "weights"),
    "rate": ("cell", "input"),
}
COORDINATES: dict[str, tuple[Any, ...]] = {
    "activation": tuple(ACTIVATIONS),
    "silent_unit": tuple(SILENT_INPUTS),
    "weights": WEIGHTS,
    "cell": CELLS,
    "input": (0.0, 1.0),
}


def compare_gauges(seed: int, settings: Settings, activation: ba.activations.Activation) -> float:
    """Return by how much negated units change the output, relative to its standard deviation.

    For activations without a gauge this is the pattern of signs that changes the output least; for
    tanh and sigmoid, the one that changes it most.
    """
    rng = make_rng(seed, "sign_gauge", "network")
    x = rng.normal(size=(settings.n_samples, settings.n_inputs))
    w = rng.normal(size=(settings.n_hidden, settings.n_inputs)) / np.sqrt(settings.n_inputs)
    bias, readout = rng.normal(size=w.shape[0]), rng.choice([-1.0, 1.0], w.shape[0])
    output = activation(x @ w.T + bias) @ readout
    changes = []
    for pattern in itertools.product((1.0, -1.0), repeat=settings.n_hidden):
        signs = np.array(pattern)
        if (signs < 0).any():
            negated = activation(x @ (w * signs[:, None]).T + bias * signs) @ (readout * signs)
            if isinstance(activation, ba.activations.Sigmoid):
                negated = negated + readout[signs < 0].sum()
            changes.append(np.sqrt(((negated - output) ** 2).mean()) / output.std())
    has_gauge = isinstance(activation, ba.activations.Tanh | ba.activations.Sigmoid)
    return float(max(changes) if has_gauge else min(changes))


def measure_gradients(seed: int, settings: Settings) -> np.ndarray:
    """Return the largest change of a silent unit's weights by one step: (silent unit, weights)."""
    rng = make_rng(seed, "sign_gauge", "gradient")
    data = xr.Dataset(
        {
            "input": (("sample", "feature"), rng.normal(size=(settings.n_samples, 4))),
            "target": (("sample", "output"), rng.normal(size=(settings.n_samples, 1))),
        }
    )
    options = ba.training.TrainingOptions(
        "sgd", 0.1, "mse", epochs=1, batch=settings.n_samples, initialisation=None
    )
    changes = []
    for name, silent_input in SILENT_INPUTS.items():
        w, bias = rng.normal(size=(settings.n_hidden, 4)), rng.normal(size=settings.n_hidden)
        w[0], bias[0] = 0.0, silent_input
        hidden = ba.layers.Dense(w, bias, ACTIVATIONS[name])
        readout = ba.layers.Dense(rng.choice([-1.0, 1.0], (1, settings.n_hidden)), 0.0, "linear")
        network = ba.LayeredNetwork((hidden, readout), shape=(4,))
        trained = ba.train(network, data, options, seeds=(seed,), progress=False).networks[0]
        before, after = network.parameters, trained.parameters
        incoming = np.abs(after[0]["W"] - np.asarray(before[0]["W"], np.float32))[0].max()
        outgoing = np.abs(after[1]["W"] - before[1]["W"])[0, 0]
        changes.append((incoming, outgoing))
    return np.array(changes)


def build_circuit() -> ba.SpikingNetwork:
    """Return silent cells with an input of either sign, and tonic cells that inhibit others."""
    # 6.6 nS is 2.2 times what brings the cell to threshold, as in the pair `inverter`.
    background = ba.Background(6.6 * nS)
    return ba.SpikingNetwork(
        (
            ba.Population("excited", 10, "glutamate"),
            ba.Population("negated", 10, "GABA"),
            ba.Population("tonic", 10, "GABA", background=background),
            ba.Population("target", 10, "glutamate", background=background),
        ),
        (
            ba.Afferent("input", "excited", 0.72 * nS, fibres=20),
            ba.Afferent("input", "negated", 0.72 * nS, fibres=20, transmitter="GABA"),
            ba.Afferent("input", "tonic", 2 * nS, fibres=20, transmitter="GABA"),
        ),
        (ba.Projection("tonic", "target", 0.6 * nS),),
    )


def measure_gauges(seed: int, settings: Settings) -> xr.Dataset:
    """Negate units, train silent ones for a step, and simulate cells, from one seed."""
    stimulus = ba.steps({"input": COORDINATES["input"]}, duration=300 * ms)
    run = build_circuit().run(stimulus, trials=1, seed=seed, engine="numpy")
    rates = run.rate.sel(time=slice(0.1, None)).mean(["time", "trial"])
    differences = [compare_gauges(seed, settings, a) for a in ACTIVATIONS.values()]
    values = {
        "difference": np.array(differences),
        "gradient": measure_gradients(seed, settings),
        "rate": rates.sel(unit=list(CELLS)).transpose("unit", "condition").values,
    }
    return xr.Dataset(
        {name: (DIMENSIONS[name], array) for name, array in values.items()},
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


DIFFERENCE = ba.measure(
    lambda data: data.difference, "change of the output by negated units", unit="s.d.", best=0.0
)
GRADIENT = ba.measure(
    lambda data: data.gradient, "largest change of a silent unit's weights in a step"
)
RESPONSE = ba.measure(
    lambda data: data.rate.sel(input=1.0, drop=True) - data.rate.sel(input=0.0, drop=True),
    "response of the cells to the input",
    unit="Hz",
)
FORUM = "AI Stack Exchange 2019"
CLAIMS = (
    ba.Claim(
        "E1a",
        "From one negative unit very little can be inferred.",
        FORUM,
        DIFFERENCE.at(activation="tanh") <= 0.0,
        supported="Nothing for tanh units: all patterns of their signs are one function",
        refuted="No: negated tanh units change the function",
    ),
    ba.Claim(
        "E1b",
        "Units of a sigmoid have the same freedom, if the output's bias is adapted.",
        "ours",
        DIFFERENCE.at(activation="sigmoid") <= 1e-12,
    ),
    ba.Claim(
        "E1c",
        "The sign of a ReLU unit, or of a neuron by its rate, cannot be negated unnoticed.",
        "ours",
        DIFFERENCE.at(activation="ReLU") >= 0.1,
        DIFFERENCE.at(activation="LIF rate") >= 0.1,
    ),
    ba.Claim(
        "E1d",
        "A silent spiking cell responds to an excitatory input, and not to one of negated sign.",
        "ours",
        RESPONSE.at(cell="excited") >= 5.0,
        RESPONSE.at(cell="negated").between(0.0, 0.0),
    ),
    ba.Claim(
        "E2a",
        "An output of zero has no effect: neither on learning nor if it is the silence of a cell.",
        FORUM,
        *(GRADIENT.at(silent_unit=n, weights="outgoing") <= 0.0 for n in SILENT_INPUTS),
        RESPONSE.at(cell="target").between(-5.0, 5.0),
    ),
    ba.Claim(
        "E2b",
        "The outgoing weight of a unit at zero does not learn. The incoming weights of a tanh unit "
        "do, those of a ReLU below threshold do not.",
        "ours",
        *(GRADIENT.at(silent_unit=n, weights="outgoing") <= 0.0 for n in SILENT_INPUTS),
        GRADIENT.at(silent_unit="tanh", weights="incoming") >= 1e-4,
        GRADIENT.at(silent_unit="ReLU", weights="incoming") <= 0.0,
    ),
    ba.Claim(
        "E2c",
        "A tonically active inhibitory cell has an effect when it falls silent.",
        "ours",
        RESPONSE.at(cell="tonic") <= -5.0,
        RESPONSE.at(cell="target") >= 5.0,
    ),
)
FIGURE = ba.figures.StudyCurves(
    "rate",
    along="input",
    by="cell",
    xlabel="input [activation]",
    ylabel="firing rate [Hz]",
    message="A cell does not respond to an input of negated sign, and the silence of a tonic "
    "inhibitory cell raises the rate of its target.",
)


def study() -> ba.Study:
    return ba.Study(
        "sign_gauge",
        measure_gauges,
        DIMENSIONS,
        coordinates=COORDINATES,
        units={"rate": "Hz"},
        settings=SETTINGS,
        seeds=5,
        question="What can be inferred from a unit whose output is negative or zero?",
        source="'What effect does a negative output of a neuron have on neighbouring neurons?' (AI "
        "Stack Exchange, 2019)",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
