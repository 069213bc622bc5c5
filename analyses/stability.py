r"""Stability: do negative weights destabilise a network?

Four answers, each from a network of its own.

1. Random matrices of 320 excitatory and 80 inhibitory columns (Dale's law) whose means cancel in
   every row. If the random parts sum to zero in every row, the eigenvalues lie in a circle of
   radius :math:`\sigma \sqrt N` (Rajan and Abbott 2006), here 0.3. By the theorem of Perron and
   Frobenius no matrix has a larger spectral radius than that of its magnitudes.
2. A linear unit that inhibits itself after a delay oscillates from a weight on that the delay
   sets (`bioann.ann.delayed_loop`); without a delay it never does.
3. Spiking networks: excitation and inhibition with the inhibitory weights multiplied by 0 to 2, and
   cells that inhibit each other after a delay, against the same cells without that inhibition.
4. Recurrent networks trained to remember a cue, with decay of the weights or with dropout.
"""

import dataclasses
import functools
from typing import Any

import numpy as np
import xarray as xr
from brian2 import Hz, Quantity, ms, nS, siemens

import bioann as ba
from bioann.ann.delayed_loop import compute_hopf_weight, simulate_growth
from bioann.ann.training.options import TrainingOptions
from bioann.base.randomness import make_rng

MATRICES = ("E and I, zero row sums", "E and I", "magnitudes")
#: Decay and dropout of each training. A decay of 0.1 shrinks weights by a tenth in 200 steps.
TRAININGS = {
    "none": (0.0, 0.0),
    "decay 0.1": (0.1, 0.0),
    "decay 1": (1.0, 0.0),
    "dropout 0.5": (0.0, 0.5),
}
NETWORKS = ("inhibition with a delay", "without inhibition")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Sizes of the matrices, of the loop (delays in time constants), and of the networks."""

    n_excitatory: int = 320
    n_inhibitory: int = 80
    radius: float = 0.3
    delays: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0)
    inhibition: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0)
    epochs: int = 30
    units: int = 32


SETTINGS = Settings()
COORDINATES: dict[str, list[Any]] = {
    "matrix": list(MATRICES),
    "delay": list(SETTINGS.delays),
    "inhibition": list(SETTINGS.inhibition),
    "network": list(NETWORKS),
    "training": list(TRAININGS),
}


def compute_radius(W: np.ndarray) -> float:
    """Return the spectral radius of a matrix."""
    return float(np.abs(np.linalg.eigvals(W)).max())


def draw_radii(seed: int, settings: Settings) -> list[float]:
    """Return the spectral radius of one random matrix without and with its signs."""
    n_e, n_i = settings.n_excitatory, settings.n_inhibitory
    n = n_e + n_i
    random = make_rng(seed, "stability").normal(0, settings.radius / np.sqrt(n), (n, n))
    mean = 1 / np.sqrt(n)
    means = np.r_[np.full(n_e, mean), np.full(n_i, -mean * n_e / n_i)]
    zero_sums = random - random.mean(axis=1, keepdims=True)
    return [compute_radius(W) for W in (zero_sums + means, random + means, abs(random + means))]


@functools.cache  # the same for all seeds
def find_simulated_boundary(delay: float) -> float:
    """Return the weight at which a simulated loop neither grows nor decays."""
    weights = compute_hopf_weight(delay) * np.linspace(0.9, 1.1, 5)
    growth = xr.DataArray(simulate_growth(weights, delay), {"weight": weights}, ["weight"])
    return float(ba.metrics.find_crossing(growth, weights, "weight"))


def build_balanced_network(factor: float) -> ba.SpikingNetwork:
    """Build the network of the pair `balanced`, its inhibitory weights multiplied by a factor."""
    network = ba.load("balanced").bio
    projections = (
        dataclasses.replace(p, weight=p.weight * (factor if p.source == "I" else 1.0) * siemens)
        for p in network.projections
    )
    return dataclasses.replace(network, projections=tuple(projections))


def build_delayed_network(weight: Quantity) -> ba.SpikingNetwork:
    """Build cells that inhibit each other after 5 ms."""
    return ba.SpikingNetwork(
        (ba.Population("I", 100, "GABA", background=4 * nS),),
        (ba.Afferent("input", "I", 0.5 * nS, fibres=40, rate=100 * Hz),),
        (ba.Projection("I", "I", weight, delay=5 * ms),),
    )


def run_network(network: ba.SpikingNetwork, seed: int, population: str) -> tuple[float, float]:
    """Return the rate of a population in Hz, and the Fano factor of its spikes in bins of 2 ms."""
    stimulus = ba.steps({"input": [1.0]}, duration=600 * ms)
    recording = network.run(stimulus, trials=1, seed=seed, bin_width=2 * ms)
    rates = recording.rate.sel(unit=population).isel(condition=0, trial=0)
    rate = rates.sel(time=slice(0.2, None))
    counts = rate * 2e-3 * recording.n_neurons.sel(unit=population)
    return float(rate.mean()), float(counts.var() / counts.mean())


def train_recurrent(seed: int, settings: Settings) -> np.ndarray:
    """Train recurrent networks; return spectral radius and norm, shape (2, training)."""
    data = ba.tasks.delayed_memory(200, seed=seed)
    values = []
    for decay, dropout in TRAININGS.values():
        layers: tuple[ba.layers.Layer, ...] = (ba.layers.Recurrent.of_size(5, settings.units),)
        layers += (ba.layers.Dropout(dropout),) * (dropout > 0)
        readout = ba.layers.Dense.of_size(settings.units, 4, "linear")
        network = ba.LayeredNetwork((*layers, readout), shape=(5,))
        options = TrainingOptions(epochs=settings.epochs, rate=5e-3, decay=decay)
        trained = ba.train(network, data, options, seeds=(seed,), progress=False).networks[0]
        U = trained.layers[0].parameters["U"]
        values.append((compute_radius(U), float(np.linalg.norm(U))))
    return np.transpose(values)


def measure_stability(seed: int, settings: Settings) -> xr.Dataset:
    """Compute all four answers for one seed."""
    balanced = [
        run_network(build_balanced_network(factor), seed, "E")[0] for factor in settings.inhibition
    ]
    delayed = [
        run_network(build_delayed_network(weight), seed, "I")[1] for weight in (1 * nS, 0 * nS)
    ]
    radius, norm = train_recurrent(seed, settings)
    return xr.Dataset(
        {
            "matrix_radius": ("matrix", draw_radii(seed, settings)),
            "boundary": ("delay", [find_simulated_boundary(d) for d in settings.delays]),
            "rate": ("inhibition", balanced),
            "fano_factor": ("network", delayed),
            "radius": ("training", radius),
            "norm": ("training", norm),
        },
        COORDINATES,
    )


def compare_boundaries(data: xr.Dataset) -> xr.DataArray:
    """Return the simulated boundary of oscillation over the closed form, for each delay."""
    return data.boundary / [compute_hopf_weight(delay) for delay in data.delay.values]


def compare_radii(data: xr.Dataset) -> xr.DataArray:
    """Return the radius with minus signs, minus that with all signs turned to plus."""
    return data.matrix_radius - data.matrix_radius.sel(matrix="magnitudes", drop=True)


def compare_trainings(data: xr.Dataset) -> xr.DataArray:
    """Return the spectral radius after training, over that of plain training."""
    return data.radius / data.radius.sel(training="none", drop=True)


RADIUS = ba.measure(lambda data: data.matrix_radius, "spectral radius")
DIFFERENCE = ba.measure(compare_radii, "spectral radius minus that of the magnitudes")
HOPF = ba.measure(
    compare_boundaries, "weight of the first oscillation over the closed form", best=1
)
RATE = ba.measure(lambda data: data.rate, "rate of the excitatory cells", unit="Hz")
FANO = ba.measure(lambda data: data.fano_factor, "Fano factor of the population in bins of 2 ms")
RATIO = ba.measure(compare_trainings, "spectral radius over that after plain training")
ARTICLE = "'Can Weights Be Negative?'"
CLAIMS = (
    ba.Claim(
        "D9a",
        "Negative weights destabilise a network: with minus signs its spectral radius is larger.",
        ARTICLE,
        *(DIFFERENCE.at(matrix=matrix) >= 0.0 for matrix in MATRICES[:2]),
        supported="Yes: with its minus signs a network has a larger spectral radius",
        refuted="Not by themselves: turning them into plus raises the spectral radius. They "
        "make a network oscillate if they act after a delay",
    ),
    ba.Claim(
        "D9b",
        "Minus signs that cancel the excitation keep the spectral radius at that of the random "
        "part of the weights, if that sums to zero in each row.",
        "Rajan and Abbott 2006",
        RADIUS.at(matrix=MATRICES[0]).within(0.1, of=SETTINGS.radius),
        RADIUS.at(matrix="magnitudes") >= 1.0,
    ),
    ba.Claim(
        "D9c",
        "A negative loop oscillates only if it is delayed, from a weight on that follows from the "
        "delay.",
        "ours",
        *(HOPF.at(delay=delay).between(0.99, 1.01) for delay in SETTINGS.delays),
    ),
    ba.Claim(
        "D9d",
        "A spiking network without its inhibition runs away to half of its highest rate or more; "
        "with more inhibition than it has it does not.",
        "ours",
        RATE.at(inhibition=0.0) >= 100.0,
        *(RATE.at(inhibition=factor) <= 50.0 for factor in (1.0, 2.0)),
    ),
    ba.Claim(
        "D9e",
        "Delayed inhibition makes spiking cells fire in synchrony.",
        "Brunel and Hakim 1999",
        FANO.at(network=NETWORKS[0]) >= 2.0,
        FANO.at(network=NETWORKS[1]) <= 1.2,
    ),
    ba.Claim(
        "D9f",
        "Weight decay helps: it lowers the spectral radius of trained recurrent weights.",
        ARTICLE,
        RATIO.at(training="decay 1") <= 1.0,
    ),
    ba.Claim(
        "D9g",
        "Dropout helps as well.",
        ARTICLE,
        RATIO.at(training="dropout 0.5") <= 1.0,
    ),
)


def trace_boundary(settings: Settings) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the closed form of the weight from which a delayed loop oscillates."""
    delays = np.linspace(settings.delays[0], settings.delays[-1], 50)
    return {"closed form": (delays, np.array([compute_hopf_weight(d) for d in delays]))}


FIGURE = ba.figures.Panels(
    (
        ba.figures.StudyCurves(
            "rate",
            along="inhibition",
            heading="spiking network",
            xlabel="inhibitory weights [share of the original]",
            ylabel="rate of the excitatory cells [Hz]",
        ),
        ba.figures.StudyCurves(
            "boundary",
            along="delay",
            references=trace_boundary,
            heading="negative loop",
            xlabel="delay [time constants]",
            ylabel="weight of the first oscillation [1]",
        ),
    ),
    "Without its inhibition the spiking network runs away to its highest rate. A negative loop "
    "oscillates if it is both strong and delayed.",
)


def study() -> ba.Study:
    return ba.Study(
        "stability",
        measure_stability,
        {
            "matrix_radius": ("matrix",),
            "boundary": ("delay",),
            "rate": ("inhibition",),
            "fano_factor": ("network",),
            "radius": ("training",),
            "norm": ("training",),
        },
        coordinates=COORDINATES,
        units={"rate": "Hz"},
        settings=SETTINGS,
        seeds=10,
        question="Do negative weights destabilise a network?",
        source="'Neural Network: Can Weights Be Negative?' (web article); Rajan and Abbott 2006",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
