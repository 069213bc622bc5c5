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

import numpy as np
from brian2 import Hz, Quantity, ms, nS

import bioann as ba
from bioann import metrics
from bioann.claims.sources import ARTICLE, OURS, Source

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


def make_patterns() -> np.ndarray:
    """Make the training stimuli at random positions, then the tests in the order of positions."""
    rng = np.random.default_rng(STIMULUS_SEED)
    tests = (np.arange(N_TESTS) + 0.5) * N_PLACES / N_TESTS - N_PLACES / 2
    centres = np.r_[rng.uniform(-N_PLACES / 2, N_PLACES / 2, N_TRAINING), tests]
    return ba.stimuli.make_bumps(centres, N_PLACES, width=1.2, on_ring=True).values


@functools.cache
def train_map(*, is_centred: bool) -> tuple[np.ndarray, np.ndarray]:
    """Train Kohonen's map on the training stimuli, perhaps with mean 0; return weights and data."""
    data = make_patterns()[:N_TRAINING]
    if is_centred:
        data = (data - data.mean(axis=0)) / data.std(axis=0)
    sheet = ba.layers.SelfOrganisingMap.of_size(N_PLACES, 1, N_PLACES)
    return ba.training.train_som(sheet, data, seed=MAP_SEED, epochs=10).W, data


def share_negative() -> float:
    return float((train_map(is_centred=False)[0] < 0).mean())


def excess_negative() -> float:
    weights, data = train_map(is_centred=True)
    return float((weights < 0).mean() - (data < 0).mean())


def share_lateral() -> float:
    W = build_rate_model().network.W
    return float((W < 0).sum() / (W != 0).sum())


def measure_magnification() -> float:
    """Train chains of 40 units on inputs with the density 2 x; drop three widths at the ends."""
    sheet, exponents = ba.layers.SelfOrganisingMap.of_size(1, 1, 40), []
    for seed in range(MAP_SEED, MAP_SEED + N_CHAINS):
        x = np.sqrt(np.random.default_rng(seed).uniform(0, 1, (4000, 1)))
        trained = ba.training.train_som(
            sheet, x, seed=seed, epochs=5, rate=(0.3, 0.01), radius=(10.0, 1.5)
        )
        exponents.append(metrics.magnification_exponent(trained.W.ravel(), lambda x: 2 * x, 5))
    return float(np.mean(exponents))


# Each trial has a map of its own, perhaps in another direction.
APART, JUMPS, WINNERS = (
    ba.measure(metrics.MeanResponse(of=metrics.InEachTrial(metric, TEST_START)), f"share of {what}")
    for metric, what in (
        (
            metrics.TopographicError((N_PLACES,), on_ring=True),
            "stimuli whose two largest responses are not of neighbours",
        ),
        (
            metrics.WinnerJumps(on_ring=True),
            "neighbouring stimuli whose winners are not neighbours",
        ),
        (metrics.WinnerShare(), "places that win for a stimulus"),
    )
)
NEGATIVE, EXCESS, LATERAL, MAGNIFICATION = (
    ba.measure(function, name).of()
    for function, name in (
        (share_negative, "share of negative weights of a Kohonen map"),
        (excess_negative, "share of negative weights minus that of the data, inputs with mean 0"),
        (share_lateral, "share of negative weights between units"),
        (measure_magnification, "mean magnification exponent of Kohonen chains"),
    )
)
CLAIMS = (
    ARTICLE.claim(
        "B9a",
        "Self-organising maps scatter negative weights over the whole network.",
        NEGATIVE >= 0.05,
        supported="Among the input weights as well",
        refuted="Between the units only: input weights learned from data without minus signs have "
        "none",
    ),
    OURS.claim(
        "B9b",
        "The input weights of a map copy the signs of its data.",
        NEGATIVE.between(0.0, 0.0),
        EXCESS.between(-0.1, 0.1),
    ),
    Source("Kohonen 1982").claim(
        "B9c",
        "Cells and units with lateral inhibition order their map as Kohonen's algorithm does.",
        APART.of("bio") <= 0.1,
        JUMPS.of_each() <= 0.1,
        WINNERS.of_each() >= 0.5,
        JUMPS.of("no_learning") >= 0.3,
    ),
    OURS.claim(
        "B9d",
        "The minus signs of the circuit are the lateral ones, and without them there is no map.",
        LATERAL >= 0.3,
        APART.of("no_inhibition") >= 0.3,
    ),
    Source("Ritter and Schulten 1986").claim(
        "B9e",
        "In one dimension the density of units follows that of the inputs to the power 2/3.",
        MAGNIFICATION.between(0.55, 0.72),
    ),
)
FIGURE = ba.figures.ActivityMap(
    ("bio", "ann", "no_learning", "no_inhibition"),
    start=TEST_START,
    xlabel="time after learning [s]",
    ylabel="place [number]",
    message="Responses to 24 neighbouring stimuli, one after the other: after learning their "
    "winners are neighbours as well, in either direction around the ring. Without learning the "
    "winners jump; without inhibition all places respond alike.",
    row_heights=(1.0, 1.0),
    height=4.6,
)


def build_circuit(eta: float = 0.02, inhibition: Quantity = 3 * nS) -> ba.SpikingNetwork:
    rng, ring = np.random.default_rng(WEIGHT_SEED), ba.connectivity.Ring()
    near = ba.connectivity.DistanceDependent(strength=ba.connectivity.GaussianKernel(0.12))
    weights = {x: ba.ExplicitMatrix(rng.uniform(0.2, 0.6, (N_CELLS, FIBRES))) for x in POSITIONS}
    options = {"rate": 80 * Hz, "plasticity": ba.plasticity.InstarSTDP(eta, rate=80 * Hz)}
    return ba.SpikingNetwork.of_members(
        ba.Population("cells", N_CELLS, "glutamate", positions=ring),
        ba.Population("pool", 12, "GABA"),
        *(
            ba.Afferent(x, "cells", 2.5 * nS, fibres=FIBRES, connectivity=matrix, **options)
            for x, matrix in weights.items()
        ),
        ba.Projection("cells", "cells", 0.8 * nS, connectivity=near),
        ba.Projection("cells", "pool", 0.5 * nS),
        ba.Projection("pool", "cells", inhibition),
    )


def build_rate_model() -> ba.learning.PlasticRateNetwork:
    rng = np.random.default_rng(WEIGHT_SEED)
    distance = ba.connectivity.make_distance_matrix(ba.connectivity.Ring(N_PLACES), N_PLACES)
    lateral = 0.5 * ba.connectivity.GaussianKernel(1.6)(distance) - 0.4
    network = ba.RateNetwork(
        PLACES,
        W=lateral * (distance > 0),
        W_in=rng.uniform(0.2, 0.6, (N_PLACES, N_PLACES)),
        channels=POSITIONS,
        tau=50 * ms,
    )
    rule = ba.learning.Oja(PLACES, channels=POSITIONS, rate=2 * Hz)
    return ba.learning.PlasticRateNetwork(network, (rule,))


def pair() -> ba.Pair:
    n = CELLS_PER_PLACE
    cells = {place: f"cells[{n * k}:{n * (k + 1)}]" for k, place in enumerate(PLACES)}
    values = np.repeat(make_patterns(), 10, axis=0)[None]
    return ba.Pair(
        "self_organizing_map",
        build_circuit(),
        build_rate_model(),
        ba.Correspondence.of_units(cells, bio_only=("pool",)),
        question="Where are the minus signs of a network that orders itself?",
        stimulus=ba.stimuli.make_stimulus(values, channels=POSITIONS, dt=10 * ms),
        settle=TEST_START * 1e3 * ms,
        bin_width=100 * ms,
        trials=40,
        controls={
            "no_learning": build_circuit(1e-9),
            "no_inhibition": build_circuit(inhibition=0 * nS),
        },
        figures=(FIGURE,),
        claims=CLAIMS,
    )
