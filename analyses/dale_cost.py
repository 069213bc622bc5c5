"""Dale cost: what does Dale's principle cost in small and large networks?

Random stable ReLU networks: a share of their units has outgoing weights of both signs, the others
have positive ones only. A neuron releases one transmitter at all its terminals (Dale's principle),
so each mixed unit becomes a glutamatergic and a GABAergic neuron: twins, which get the same input,
or an interneuron that the other one drives. Every synapse onto a mixed unit is needed twice by
twins; an interneuron needs one synapse in addition. Neurons and synapses are counted for 4 and 32
units, the error of the steady responses for networks in which all units are mixed, with stimuli
that the calibration did not use. Every unit is one neuron here, or two: one spike in the 0.35 s of
a response is 3 Hz.

Control: the rate network without the negative weights of its mixed units. The pair `dale` judges
time courses and the delay of inhibition, for one network with four neurons per unit.
"""

import dataclasses

import numpy as np
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.base.randomness import make_rng
from bioann.correspondence import read_responses

REWRITES = ("twins", "interneurons")
SIZES, SHARES = (4, 32), (0.25, 0.5, 1.0)
MODELS = (*REWRITES, "no negative weights")
CHANNELS = ("a", "b", "c")
#: Time step of calibration and run, within which spikes are timed.
TIME_STEP = 0.5 * ms
#: Start of the steady response in seconds, six time constants of the units.
SETTLE_S = 0.25
#: Gain, offset and spread that replace a calibration where only neurons and synapses are counted.
NOMINAL_TRANSFERS = {"unit_glutamate": (1.0, 0.0, 0.1), "unit_GABA": (1.0, 0.0, 0.1)}


@dataclasses.dataclass(frozen=True)
class Settings:
    """Spectral radius of the networks, and number of stimuli."""

    radius: float = 0.4
    n_conditions: int = 24


DIMENSIONS = {
    "neurons": ("rewrite", "size", "share"),
    "synapses": ("rewrite", "size", "share"),
    "synapses_per_weight": ("rewrite", "size", "share"),
    "error": ("model", "size"),
}
COORDINATES = {"rewrite": REWRITES, "size": SIZES, "share": SHARES, "model": MODELS}


def draw_mixed_network(size: int, share: float, seed: int, settings: Settings) -> ba.RateNetwork:
    """Draw a rate network in which a share of the units has outgoing weights of both signs.

    Parameters
    ----------
    size : int
        Number of units, at least 3; each is connected to all others.
    share : float
        Share of mixed units, which are the first ones.
    seed : int
        Seed of the weights.
    settings : Settings
        Spectral radius of the weights.

    Returns
    -------
    RateNetwork
        ReLU units with a bias of 0.3 and a time constant of 40 ms.
    """
    rng = make_rng(seed, "dale cost", size)
    W = rng.normal(size=(size, size))
    np.fill_diagonal(W, 0.0)
    n_mixed = round(share * size)
    W[:, n_mixed:] = np.abs(W[:, n_mixed:])
    # In small networks all weights of a unit could have the same sign by chance.
    for j in range(n_mixed):
        W[(j + 1) % size, j] = np.abs(W[(j + 1) % size, j])
        W[(j + 2) % size, j] = -np.abs(W[(j + 2) % size, j])
    return ba.RateNetwork(
        units=tuple(f"unit[{i}]" for i in range(size)),
        channels=CHANNELS,
        W=W * settings.radius / np.abs(np.linalg.eigvals(W)).max(),
        W_in=rng.normal(0, 0.3, (size, len(CHANNELS))),
        bias=0.3,
        tau=40 * ms,
    )


def count_additions(ann: ba.RateNetwork, rewrite: str) -> tuple[int, int]:
    """Count the neurons and synapses that a rewrite adds to the units and weights."""
    translation = ba.to_bio(ann, dale=rewrite, inputs="current", transfers=NOMINAL_TRANSFERS)
    n_neurons = sum(population.n for population in translation.network.populations)
    n_synapses = int(translation.decided_number("synapses"))
    return n_neurons - len(ann.units), n_synapses - int((ann.W != 0).sum())


def predict_synapses(ann: ba.RateNetwork, rewrite: str) -> int:
    """Return the closed form of the added synapses."""
    is_mixed = (ann.W < 0).any(axis=0)
    # A twin gets all that its unit gets; an interneuron is driven by its unit alone.
    return int((ann.W[is_mixed] != 0).sum() if rewrite == "twins" else is_mixed.sum())


def compute_error(responses: np.ndarray, exact: np.ndarray) -> float:
    """Return the root mean square difference in percent of the root mean square response."""
    return 100 * float(np.sqrt(((responses - exact) ** 2).mean() / (exact**2).mean()))


def measure_errors(size: int, seed: int, settings: Settings) -> list[float]:
    """Return the errors of both rewrites and of the control, in the order of `MODELS`."""
    ann = draw_mixed_network(size, 1.0, seed, settings)
    rng = make_rng(seed, "dale cost", "stimulus")
    levels = rng.uniform(-1, 1, (len(CHANNELS), settings.n_conditions))
    stimulus = ba.steps(dict(zip(CHANNELS, levels, strict=True)), duration=600 * ms)

    def compute_activations(network: ba.RateNetwork) -> np.ndarray:
        activation = network.run(stimulus, trials=1, seed=seed).activation
        return activation.isel(trial=0, time=-1).transpose("condition", "unit").values

    exact, errors = compute_activations(ann), []
    for rewrite in REWRITES:
        translation = ba.to_bio(ann, dale=rewrite, inputs="current", seed=seed, dt=TIME_STEP)
        run = translation.network.run(stimulus, trials=1, seed=seed)
        rates = read_responses(run, translation.correspondence, "bio").isel(trial=0)
        steady = rates.sel(time=slice(SETTLE_S, None)).mean("time")
        errors.append(compute_error(steady.transpose("condition", "match").values, exact))
    positive = dataclasses.replace(ann, W=np.maximum(ann.W, 0.0))
    return [*errors, compute_error(compute_activations(positive), exact)]


def measure_costs(seed: int, settings: Settings) -> xr.Dataset:
    """Count neurons and synapses of all rewrites, and measure their errors, from one seed."""
    shape = tuple(len(COORDINATES[dim]) for dim in DIMENSIONS["neurons"])
    neurons, synapses, ratio = (np.zeros(shape) for _ in range(3))
    for i, j, k in np.ndindex(shape):
        ann = draw_mixed_network(SIZES[j], SHARES[k], seed, settings)
        n_neurons, n_synapses = count_additions(ann, REWRITES[i])
        n_weights = (ann.W != 0).sum()
        neurons[i, j, k] = n_neurons / (ann.W < 0).any(axis=0).sum()
        synapses[i, j, k] = n_synapses / predict_synapses(ann, REWRITES[i])
        ratio[i, j, k] = (n_weights + n_synapses) / n_weights
    errors = np.transpose([measure_errors(size, seed, settings) for size in SIZES])
    arrays = dict(zip(DIMENSIONS, (neurons, synapses, ratio, errors), strict=True))
    return xr.Dataset(
        {name: (DIMENSIONS[name], array) for name, array in arrays.items()},
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


NEURONS = ba.measure(
    lambda data: abs(data.neurons - 1).max(["size", "share"]),
    "largest deviation from one added neuron per mixed unit",
    best=0.0,
)
SYNAPSES = ba.measure(
    lambda data: abs(data.synapses - 1).max(["size", "share"]),
    "largest relative deviation of the added synapses from the closed form",
    best=0.0,
)
RATIO = ba.measure(lambda data: data.synapses_per_weight, "synapses per weight")
ERROR = ba.measure(
    lambda data: data.error, "error of the steady responses", unit="% of the response"
)
GROWTH = ba.measure(
    lambda data: data.error.sel(size=32, drop=True) - data.error.sel(size=4, drop=True),
    "error with 32 units minus that with 4",
    unit="% of the response",
)
DETAIL = "after Dale (1935) and Eccles et al. (1954)"
CLAIMS = (
    ba.Claim(
        "B2i",
        "Dale's principle costs one neuron for each unit with weights of both signs, in small "
        "and large networks and with twins as with interneurons.",
        "ours",
        *(NEURONS.at(rewrite=rewrite) <= 0.0 for rewrite in REWRITES),
        supported="A neuron for each unit with weights of both signs, in small and large networks",
        refuted="Not one neuron for each unit with weights of both signs",
        source_detail=DETAIL,
    ),
    ba.Claim(
        "B2j",
        "Twins need every synapse onto a mixed unit twice, interneurons one for each mixed unit.",
        "ours",
        *(SYNAPSES.at(rewrite=rewrite) <= 0.0 for rewrite in REWRITES),
        source_detail=DETAIL,
    ),
    ba.Claim(
        "B2k",
        "If all of 32 units are mixed, twins double the synapses and interneurons add less than a "
        "tenth.",
        "ours",
        RATIO.at(rewrite="twins", size=32, share=1.0).between(2.0, 2.0),
        RATIO.at(rewrite="interneurons", size=32, share=1.0) <= 1.1,
        source_detail=DETAIL,
    ),
    ba.Claim(
        "B2l",
        "With 4 and with 32 units both rewrites respond as the rate network does, to 5 % of the "
        "response; without the negative weights it differs by more.",
        "ours",
        *(ERROR.at(model=rewrite, size=n) <= 5.0 for rewrite in REWRITES for n in SIZES),
        *(ERROR.at(model=MODELS[-1], size=n) >= 5.0 for n in SIZES),
        source_detail=DETAIL,
    ),
    ba.Claim(
        "B2m",
        "The error does not grow with the size of the network, by more than 1 % of the response.",
        "ours",
        *(GROWTH.at(model=rewrite) <= 1.0 for rewrite in REWRITES),
        source_detail=DETAIL,
    ),
)
FIGURE = ba.figures.Panels(
    (
        ba.figures.StudyCurves(
            "synapses_per_weight",
            along="share",
            by="rewrite",
            where={"size": 32},
            heading="32 units",
            xlabel="share of mixed units [1]",
            ylabel="synapses per weight [1]",
        ),
        ba.figures.StudyCurves(
            lambda data: data.error.sel(model=list(REWRITES)),
            along="size",
            by="model",
            heading="all units mixed",
            xlabel="units",
            ylabel="error [% of the response]",
            y_lines=(5.0,),
        ),
    ),
    "Twins double the synapses onto mixed units, interneurons add few. Left: synapses for each "
    "weight of 32 units. Right: error of the steady responses; line: the limit of the claim.",
)


def study() -> ba.Study:
    return ba.Study(
        "dale_cost",
        measure_costs,
        DIMENSIONS,
        coordinates=COORDINATES,
        units={"error": "% of the response"},
        settings=Settings(),
        seeds=30,
        question="What does Dale's principle cost in small and large networks?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018); Eccles, Fatt and Koketsu 1954",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
