"""Self-organising map: where are the minus signs of a network that orders itself?

Spiking model: 48 cells on a ring excite their neighbours, and inhibit each other over a pool. The
stimulus is a position on another ring; 12 groups of fibres, each for a range of positions, reach
all cells with random weights. At each spike of a cell its weights move towards the traces of the
fibres, as the weights of the winner and its neighbours move towards the input in Kohonen's
algorithm. After 200 stimuli of 100 ms, 24 neighbouring positions test the order.
Rate model: 12 units with positive weights between neighbours and negative ones between all others,
whose input weights follow Oja's rule; chosen by hand, on other stimuli.
Controls: no learning; no inhibition.

Kohonen's algorithm compares distances to choose the winner and needs no lateral weights. A step
takes the weights to a point between them and the input, so that they stay among the data.
"""

import functools
from typing import Any

import numpy as np
import xarray as xr
from brian2 import Hz, Quantity, ms, nS

import bioann as ba

N_PLACES, CELLS_PER_PLACE, FIBRES = 12, 4, 4
N_CELLS = N_PLACES * CELLS_PER_PLACE
PLACES = tuple(f"p{k}" for k in range(N_PLACES))
POSITIONS = tuple(f"x{k}" for k in range(N_PLACES))
N_TRAINING, N_TESTS = 200, 24
TEST_START = 0.1 * N_TRAINING  # s
#: Seeds of the stimuli and of the initial weights; those of Kohonen's maps.
STIMULUS_SEED, WEIGHT_SEED, MAP_SEED = 11, 12, 13
#: Chains over which the exponent is averaged: that of one chain differs by 0.03.
N_CHAINS = 10
ON_RING = ba.metrics.TopographicError((N_PLACES,), on_ring=True)


def make_patterns() -> np.ndarray:
    """Make the training stimuli at random positions, then the tests in the order of positions."""
    rng = np.random.default_rng(STIMULUS_SEED)
    tests = (np.arange(N_TESTS) + 0.5) * N_PLACES / N_TESTS - N_PLACES / 2
    centres = np.r_[rng.uniform(-N_PLACES / 2, N_PLACES / 2, N_TRAINING), tests]
    return ba.stimuli.make_bumps(centres, N_PLACES, width=1.2, on_ring=True).values


def select_tests(responses: xr.DataArray) -> xr.DataArray:
    """Return the responses to the tests, one bin each, as conditions."""
    tests = responses.isel(condition=0, drop=True)
    tests = tests.isel(time=np.flatnonzero(tests.time > TEST_START)).drop_vars("time")
    return tests.rename(time="condition")


def count_places_apart(responses: xr.DataArray) -> xr.DataArray:
    """Return the share of stimuli whose two largest responses are not of neighbours."""
    return ON_RING(select_tests(responses), responses).expand_dims("condition")


def count_jumps(responses: xr.DataArray) -> xr.DataArray:
    """Return the share of neighbouring stimuli whose winners are neither equal nor neighbours."""
    winner = select_tests(responses).argmax("match")
    step = abs(winner - winner.roll(condition=1))
    is_jump = (step > 1) & (step < N_PLACES - 1)
    return is_jump.mean("condition").expand_dims("condition")


def count_winners(responses: xr.DataArray) -> xr.DataArray:
    """Return the share of places that win for a test: one bump at a fixed place makes no map."""
    winner = select_tests(responses).argmax("match")
    has_won = [(winner == place).any("condition") for place in range(N_PLACES)]
    return xr.concat(has_won, "place").mean("place").expand_dims("condition")


@functools.cache
def train_maps() -> dict[str, np.ndarray]:
    """Train Kohonen's map on the training stimuli, and on the same data with mean 0."""
    data = make_patterns()[:N_TRAINING]
    inputs = {"positive": data, "centred": (data - data.mean(axis=0)) / data.std(axis=0)}
    sheet = ba.layers.SelfOrganisingMap.of_size(N_PLACES, 1, N_PLACES)
    return inputs | {
        f"map, {kind}": ba.training.train_som(sheet, x, seed=MAP_SEED, epochs=10).W
        for kind, x in inputs.items()
    }


def share_negative(kind: str) -> float:
    return float((train_maps()[f"map, {kind}"] < 0).mean())


def excess_negative() -> float:
    return share_negative("centred") - float((train_maps()["centred"] < 0).mean())


def share_lateral() -> float:
    W = build_rate_model().network.W
    return float((W < 0).sum() / (W != 0).sum())


def density(x: np.ndarray) -> np.ndarray:
    return 2 * x


def measure_magnification() -> float:
    """Train chains of 40 units on inputs with the density 2 x; drop three widths at the ends."""
    sheet, exponents = ba.layers.SelfOrganisingMap.of_size(1, 1, 40), []
    for seed in range(MAP_SEED, MAP_SEED + N_CHAINS):
        x = np.sqrt(np.random.default_rng(seed).uniform(0, 1, (4000, 1)))
        trained = ba.training.train_som(
            sheet, x, seed=seed, epochs=5, rate=(0.3, 0.01), radius=(10.0, 1.5)
        )
        exponents.append(ba.metrics.magnification_exponent(trained.W.ravel(), density, 5))
    return float(np.mean(exponents))


def average_tests(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    return response.mean("condition")


APART, JUMPS, WINNERS = (
    ba.measure(average_tests, name, prepare=count, per="pair", over="time", limits=(0.0, 1.0))
    for count, name in (
        (count_places_apart, "share of stimuli whose two largest responses are not of neighbours"),
        (count_jumps, "share of neighbouring stimuli whose winners are not neighbours"),
        (count_winners, "share of places that win for a stimulus"),
    )
)
NEGATIVE = ba.measure(
    functools.partial(share_negative, "positive"), "share of negative weights of a Kohonen map"
).of()
EXCESS = ba.measure(
    excess_negative, "share of negative weights minus that of the data, inputs with mean 0"
).of()
LATERAL = ba.measure(share_lateral, "share of negative weights between units").of()
MAGNIFICATION = ba.measure(
    measure_magnification, "mean magnification exponent of Kohonen chains"
).of()
MODELS = ("bio", "ann")
CLAIMS = (
    ba.Claim(
        "B9a",
        "Self-organising maps scatter negative weights over the whole network.",
        "'Can Weights Be Negative?'",
        NEGATIVE >= 0.05,
        supported="Among the input weights as well",
        refuted="Between the units only: input weights learned from data without minus signs have "
        "none",
        answer_score=NEGATIVE,
    ),
    ba.Claim(
        "B9b",
        "The input weights of a map copy the signs of its data.",
        "ours",
        NEGATIVE.between(0.0, 0.0),
        EXCESS.between(-0.1, 0.1),
    ),
    ba.Claim(
        "B9c",
        "Cells and units with lateral inhibition order their map as Kohonen's algorithm does.",
        "Kohonen 1982",
        APART.of("bio") <= 0.1,
        JUMPS.of_each(MODELS) <= 0.1,
        WINNERS.of_each(MODELS) >= 0.5,
        JUMPS.of("no_learning") >= 0.3,
    ),
    ba.Claim(
        "B9d",
        "The minus signs of the circuit are the lateral ones, and without them there is no map.",
        "ours",
        LATERAL >= 0.3,
        APART.of("no_inhibition") >= 0.3,
    ),
    ba.Claim(
        "B9e",
        "In one dimension the density of units follows that of the inputs to the power 2/3.",
        "Ritter and Schulten 1986",
        MAGNIFICATION.between(0.55, 0.72),
    ),
)


def trace_winners(model: str, comparison: Any) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the winner of each test in up to three trials, counted on around the ring."""
    responses = comparison.responses[model]
    if "trial" not in responses.dims:
        responses = responses.expand_dims("trial")
    winners = select_tests(responses).argmax("match").transpose("trial", "condition")
    angles = np.unwrap(winners.values[:3] * 2 * np.pi / N_PLACES, axis=1)
    x = (np.arange(angles.shape[1]) + 0.5) * N_PLACES / N_TESTS
    many = len(angles) > 1
    return {
        f"trial {k + 1}" if many else "": (x, row * N_PLACES / (2 * np.pi))
        for k, row in enumerate(angles)
    }


FIGURE = ba.figures.Panels(
    tuple(
        ba.figures.ComputedCurves(
            functools.partial(trace_winners, model),
            model=model,
            heading=heading,
            xlabel="stimulus [place]",
            ylabel="winner [place]",
        )
        for model, heading in (
            ("bio", "spiking model"),
            ("ann", "rate model"),
            ("no_learning", "no learning"),
            ("no_inhibition", "no inhibition"),
        )
    ),
    "Winners after learning, counted on around the ring: neighbouring stimuli have neighbouring "
    "winners, in either direction. Without learning or without inhibition they jump.",
    row_heights=(1.0, 1.0),
    height=4.6,
)


def build_circuit(eta: float = 0.02, inhibition: Quantity = 3 * nS) -> ba.SpikingNetwork:
    rng, ring = np.random.default_rng(WEIGHT_SEED), ba.connectivity.Ring()
    rule = ba.plasticity.InstarSTDP(eta, rate=80 * Hz)
    near = ba.connectivity.DistanceDependent(strength=ba.connectivity.GaussianKernel(0.12))
    return ba.SpikingNetwork(
        populations=(
            ba.Population("cells", N_CELLS, "glutamate", positions=ring),
            ba.Population("pool", 12, "GABA"),
        ),
        afferents=tuple(
            ba.Afferent(
                position,
                "cells",
                2.5 * nS,
                fibres=FIBRES,
                rate=80 * Hz,
                connectivity=ba.ExplicitMatrix(rng.uniform(0.2, 0.6, (N_CELLS, FIBRES))),
                plasticity=rule,
            )
            for position in POSITIONS
        ),
        projections=(
            ba.Projection("cells", "cells", 0.8 * nS, connectivity=near),
            ba.Projection("cells", "pool", 0.5 * nS),
            ba.Projection("pool", "cells", inhibition),
        ),
    )


def build_rate_model() -> ba.learning.PlasticRateNetwork:
    rng, places = np.random.default_rng(WEIGHT_SEED), np.arange(N_PLACES)
    distance = abs(np.subtract.outer(places, places))
    distance = np.minimum(distance, N_PLACES - distance)
    lateral = 0.5 * np.exp(-(distance**2) / (2 * 1.6**2)) - 0.4
    network = ba.RateNetwork(
        PLACES,
        W=lateral * (distance > 0),
        W_in=rng.uniform(0.2, 0.6, (N_PLACES, N_PLACES)),
        channels=POSITIONS,
        tau=50 * ms,
    )
    return ba.learning.PlasticRateNetwork(
        network, (ba.learning.Oja(PLACES, channels=POSITIONS, rate=2 * Hz),)
    )


def pair() -> ba.Pair:
    matches = tuple(
        ba.Match(f"cells[{k * CELLS_PER_PLACE}:{(k + 1) * CELLS_PER_PLACE}]", place, name=place)
        for k, place in enumerate(PLACES)
    )
    values = np.repeat(make_patterns(), 10, axis=0)[None]
    return ba.Pair(
        "self_organizing_map",
        build_circuit(),
        build_rate_model(),
        ba.Correspondence(matches, bio_only=("pool",)),
        question="Where are the minus signs of a network that orders itself?",
        source="Kohonen 1982; 'Neural Network: Can Weights Be Negative?' (web article)",
        stimulus=ba.stimuli.make_stimulus(values, channels=POSITIONS, dt=10 * ms),
        settle=TEST_START * 1e3 * ms,
        bin_width=100 * ms,
        trials=40,
        controls={
            "no_learning": build_circuit(eta=1e-9),
            "no_inhibition": build_circuit(inhibition=0 * nS),
        },
        figures=(FIGURE,),
        claims=CLAIMS,
    )
