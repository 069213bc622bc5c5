r"""One number per synapse: does an effective weight predict responses at other operating points?

A weight matrix has one number for each connection, whatever the other inputs are. The effective
weight of a synapse, the change of its target's rate by the change of its source, is such a number
too, but it is measured at an operating point. The study measures it in leaky integrate-and-fire
cells without background inhibition, then adds inhibition, together with the excitation that a
noise-free cell needs to fire at the same rate, and changes the inputs of two synapses. Share of the
responses that the weights explain:

.. math:: R^2 = 1 - \sum (\Delta r - w \cdot \Delta x)^2 / \sum \Delta r^2

Background conductances shorten the membrane time constant. A cell that fires at an unchanged rate
is then closer to its threshold, where its f-I curve is steeper. With strong inhibition synaptic
noise raises the rate as well. How much the rate alone matters is measured without inhibition: more
excitation raises the rate into the linear part of the curve. Control: the same cells with
current-based synapses, whose weights are the charges of the conductances at the midpoint of reset
and threshold. They have no reason to change where the f-I curve is linear.
"""

from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.analyses.one_number_per_synapse_networks import (
    CHANNELS,
    CURRENT,
    KINDS,
    NOISY,
    SYNAPSES,
    TONIC,
    Settings,
    build_network,
    list_operating_points,
)
from bioann.translate.effective_weights.measure import tabulate_effective_weights

#: How responses are predicted: by weights measured without background inhibition, by those measured
#: with the inhibition of the responses, and by the former times a gain common to both synapses.
PREDICTIONS = (
    "weights at inhibition 0",
    "weights at the same inhibition",
    "weights at inhibition 0 times a gain",
)
#: Activations of excitation and inhibition; the first is the operating point.
INPUTS = np.array([(1, 1), (1.5, 1), (0.5, 1), (1, 2), (1, 0), (1.5, 2), (0.5, 0)])
#: Share of the responses from which on a number is called right.
ENOUGH = 0.9
SETTINGS = Settings()
DIMENSIONS = {
    "explained": ("kind", "prediction", "inhibition"),
    "explained_by_rate": ("kind", "rate"),
    "weight": ("kind", "synapse", "inhibition"),
}
COORDINATES: dict[str, tuple[Any, ...]] = {
    "kind": KINDS,
    "prediction": PREDICTIONS,
    "synapse": SYNAPSES,
    "inhibition": SETTINGS.inhibition,
    "rate": SETTINGS.rates,
}


def measure_weights(
    network: ba.SpikingNetwork, point: tuple[float, float], seed: int
) -> np.ndarray:
    """Measure the effective weights of both synapses, in Hz per activation, shape (2,)."""
    levels = xr.DataArray(
        [[1.0, 1.0, *point]],
        {"condition": ["point"], "channel": list(CHANNELS)},
        ("condition", "channel"),
    )
    table = tabulate_effective_weights(network, levels, seed=seed).set_index("source")
    return table.effective[list(SYNAPSES)].to_numpy()


def record_responses(
    network: ba.SpikingNetwork, points: list[tuple[float, float]], seed: int, trials: int
) -> np.ndarray:
    """Return the rates in Hz at each point with each of the inputs, shape (point, input)."""
    levels = np.array([(*inputs, *point) for point in points for inputs in INPUTS])
    stimulus = ba.steps(dict(zip(CHANNELS, levels.T, strict=True)), duration=450 * ms)
    recording = network.run(stimulus, trials=trials, seed=seed)
    rates = recording.rate.sel(unit="target", time=slice(0.15, None)).mean(["time", "trial"])
    return np.asarray(rates.values.reshape(len(points), len(INPUTS)))


def compute_explained_share(
    rates: np.ndarray, weights: np.ndarray, *, has_gain: bool = False
) -> np.ndarray:
    """Return the share of the responses that weights explain, at each point.

    Parameters
    ----------
    rates : numpy.ndarray, shape (point, input)
        Rates in Hz; the first input is that of the operating point.
    weights : numpy.ndarray, shape (2,) or (point, 2)
        Effective weights of both synapses in Hz per activation.
    has_gain : bool, optional
        Whether a factor common to both weights is fitted at each point.
    """
    changes = rates - rates[:, :1]
    predicted = np.broadcast_to(weights @ (INPUTS - INPUTS[0]).T, changes.shape)
    if has_gain:
        gain = (changes * predicted).sum(axis=1) / (predicted**2).sum(axis=1)
        predicted = gain[:, None] * predicted
    return np.asarray(1 - ((changes - predicted) ** 2).sum(axis=1) / (changes**2).sum(axis=1))


def measure_synapses(seed: int, settings: Settings) -> xr.Dataset:
    """Measure effective weights, and predict responses from those without background inhibition."""
    points, n = list_operating_points(settings), len(settings.inhibition)
    values: dict[str, list[np.ndarray]] = {name: [] for name in DIMENSIONS}
    for kind in KINDS:
        network = build_network(kind, settings)
        rates = record_responses(network, points, seed, settings.trials)
        # Other noise than that of the responses.
        weights = np.array([measure_weights(network, p, seed + 10**6) for p in points[:n]])
        shares = [
            compute_explained_share(rates[:n], weights[0]),
            compute_explained_share(rates[:n], weights),
            compute_explained_share(rates[:n], weights[0], has_gain=True),
        ]
        values["explained"].append(np.array(shares))
        values["explained_by_rate"].append(compute_explained_share(rates[n:], weights[0]))
        values["weight"].append(weights.T)
    return xr.Dataset(
        {name: (DIMENSIONS[name], np.array(arrays)) for name, arrays in values.items()},
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


def find_failure(data: xr.Dataset) -> xr.DataArray:
    """Return the inhibition at which weights measured without it first explain too little."""
    explained = data.explained.sel(kind=TONIC, prediction=PREDICTIONS[0], drop=True)
    return ba.metrics.find_first_below(explained, "inhibition", ENOUGH)


EXPLAINED = ba.measure(
    lambda data: data.explained, "R2 of predicted responses", best=1.0, limits=(-np.inf, 1.0)
)
BY_RATE = ba.measure(
    lambda data: data.explained_by_rate,
    "R2 of predicted responses at other rates",
    best=1.0,
    limits=(-np.inf, 1.0),
)
FAILURE = ba.measure(
    find_failure, f"background inhibition at which R2 falls below {ENOUGH}", unit="g_L"
)
WEIGHT = ba.measure(lambda data: data.weight, "effective weight", unit="Hz")
LEVELS = SETTINGS.inhibition


def require_enough(kind: str, prediction: str) -> tuple[ba.rules.Rule, ...]:
    """Return the rules that weights explain enough at every level of background inhibition."""
    return tuple(
        EXPLAINED.at(kind=kind, prediction=prediction, inhibition=level) >= ENOUGH
        for level in LEVELS
    )


CLAIMS = (
    ba.Claim(
        "E6a",
        "There is no numeric parameter array in a biological net: one number for each synapse does "
        "not predict its effect.",
        "AI Stack Exchange 2018",
        ba.rules.Boundary(FAILURE.at(), LEVELS[0], LEVELS[-1], holds="above"),
        supported="No: the number depends on the operating point at any background inhibition",
        refuted="Yes: one number predicts the responses at all levels of background inhibition",
        depends="Near the operating point at which it was measured; with more background "
        "inhibition the same synapse has another effect",
    ),
    ba.Claim(
        "E6b",
        "At each operating point an array of effective weights measured there predicts the "
        "responses.",
        "ours",
        *require_enough(TONIC, PREDICTIONS[1]),
    ),
    ba.Claim(
        "E6c",
        "Current-based synapses have one number for all operating points where the f-I curve is "
        "linear.",
        "ours",
        *require_enough(CURRENT, PREDICTIONS[0]),
    ),
    ba.Claim(
        "E6d",
        "If excitation alone raises the rate from 40 to 200 Hz, conductance-based synapses have "
        "one number, too.",
        "ours",
        *(BY_RATE.at(kind=TONIC, rate=r) >= ENOUGH for r in SETTINGS.rates),
    ),
    ba.Claim(
        "E6e",
        "What changes is the gain of the cell: one factor for all of its synapses repairs the "
        "prediction, as the slope of the activation does for the weights of a unit.",
        "ours",
        *require_enough(TONIC, PREDICTIONS[2]),
    ),
    ba.Claim(
        "E6f",
        "Background noise, which smooths the f-I curve, keeps effective weights nearly constant.",
        "ours",
        *require_enough(NOISY, PREDICTIONS[0]),
    ),
)
FIGURE = ba.figures.Panels(
    (
        ba.figures.StudyCurves(
            "explained",
            where={"prediction": PREDICTIONS[0]},
            along="inhibition",
            by="kind",
            heading="background inhibition",
            xlabel="background inhibition [g_L]",
            ylabel="R2 of predicted responses [1]",
            y_lines=(ENOUGH,),
        ),
        ba.figures.StudyCurves(
            "explained_by_rate",
            along="rate",
            by="kind",
            heading="excitation alone",
            xlabel="noise-free rate [Hz]",
            ylabel="R2 of predicted responses [1]",
            y_lines=(ENOUGH,),
        ),
    ),
    "Weights that were measured without background inhibition fail for conductances as a tonic "
    "background grows. They hold if excitation alone raises the rate, and for current-based "
    "synapses; with a noisy background they fail less. Horizontal line: R2 of 0.9.",
    share_y=True,
)
WEIGHTS_FIGURE = ba.figures.StudyCurves(
    lambda data: data.weight.sel(synapse="excitation", drop=True),
    along="inhibition",
    by="kind",
    xlabel="background inhibition [g_L]",
    ylabel="effective weight [Hz]",
    message="Effective weight of the excitatory synapse: a tonic background of conductances more "
    "than doubles it, at the same noise-free rate.",
)


def study() -> ba.Study:
    return ba.Study(
        "one_number_per_synapse",
        measure_synapses,
        DIMENSIONS,
        coordinates=COORDINATES,
        units={"weight": "Hz", "rate": "Hz"},
        settings=SETTINGS,
        seeds=5,
        question="Is one number for each synapse enough to predict what it does?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018)",
        claims=CLAIMS,
        measures=(WEIGHT,),
        figures=(FIGURE, WEIGHTS_FIGURE),
    )
