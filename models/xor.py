"""XOR: does it take a hidden layer and a minus sign to respond to one input, not to none or two?

Spiking model: `any` fires when either input does, `both` only when both do; `any` excites the
output, and `both`, which releases GABA, inhibits it. Control: the same circuit, `both` releasing
glutamate. Rate model: three units with the same connections and signed weights.

Beside them, networks of one to three hidden layers are trained on the same four points by gradient
descent (logistic loss, full batch), from 20 seeds each: with free signs, and with every weight
kept >= 0. An increasing activation of a sum with weights >= 0 never falls when an input rises, and
neither does a chain of them, so such a network gets at most three of XOR's four points right (Wang
et al. 2023). Biases are free.
"""

from functools import cache, partial
from itertools import pairwise

import numpy as np
import xarray as xr
from brian2 import ms, nS

import bioann as ba
from bioann.ann.training.logistic import compute_activities, descend_gradient, find_steepest_fall
from bioann.base.randomness import make_rng

POINTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = np.array([0.0, 1.0, 1.0, 0.0])
#: Of the training: networks of each kind, units in a hidden layer, numbers of hidden layers.
N_SEEDS, N_HIDDEN, DEPTHS = 20, 6, (1, 2, 3)


@cache
def train_networks(depth: int, signed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Train networks; return the share of points right and the steepest fall of each, by seed."""
    rng = make_rng(6, "xor", depth, signed)
    sizes = [2, *(N_HIDDEN,) * depth, 1]
    initial_layers = [
        rng.normal(size=(N_SEEDS, below + 1, above)) for below, above in pairwise(sizes)
    ]
    layers = descend_gradient(
        initial_layers, POINTS, TARGETS, steps=3000, rate=0.5, positive=not signed
    )
    correct = (compute_activities(layers, POINTS)[-1][..., 0] > 0.5) == TARGETS
    return correct.mean(axis=1), find_steepest_fall(layers)


def find_best_share(signed: bool) -> float:
    """Return the share of points that the best network gets right, over depths and seeds."""
    return float(max(train_networks(depth, signed)[0].max() for depth in DEPTHS))


def find_nonnegative_fall() -> float:
    """Return the steepest fall of a network without negative weights where an input rises."""
    return float(min(train_networks(depth, False)[1].min() for depth in DEPTHS))


def list_shares_correct(comparison: ba.Comparison) -> dict[str, dict[int, np.ndarray]]:
    """List the percentage of points that each trained network gets right, by depth."""
    return {
        label: {depth: 100 * train_networks(depth, signed)[0] for depth in DEPTHS}
        for label, signed in (("free signs", True), ("weights >= 0", False))
    }


def compute_share_correct(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the share of conditions with a response on the right side of half an activation."""
    targets = response.a + response.b == 1
    return ((response > 0.5) == targets).mean("condition")


def build_xor_circuit(transmitter_of_both: str) -> ba.SpikingNetwork:
    """Build the spiking model; `both` releases the given transmitter."""
    transmitters = {"any": "glutamate", "both": transmitter_of_both, "output": "glutamate"}
    return ba.SpikingNetwork(
        populations=tuple(
            ba.Population(name, 10, transmitter) for name, transmitter in transmitters.items()
        ),
        # One input makes `any` fire, but not `both`, which takes two.
        afferents=tuple(
            ba.Afferent(channel, target, weight, fibres=20)
            for channel in "ab"
            for target, weight in (("any", 0.6 * nS), ("both", 0.25 * nS))
        ),
        projections=(
            ba.Projection("any", "output", 1.4 * nS),
            ba.Projection("both", "output", 5 * nS),
        ),
    )


POINTS_RIGHT = ba.measure(compute_share_correct, "points right", best=1)
BEST_NONNEGATIVE = ba.measure(
    partial(find_best_share, False),
    "points right, best of the trained networks with weights >= 0",
    best=1,
)
BEST_FREE = ba.measure(
    partial(find_best_share, True),
    "points right, best of the trained networks with free signs",
    best=1,
)
STEEPEST_FALL = ba.measure(
    find_nonnegative_fall,
    "steepest fall of the output with weights >= 0 as an input rises",
    best=0,
)
ARTICLE = "'Can Weights Be Negative?'"
CLAIMS = (
    ba.Claim(
        "B6a",
        "Without negative weights no network responds to exactly one input, however deep it is.",
        f"{ARTICLE}; Wang et al. 2023",
        BEST_NONNEGATIVE.of() <= 0.75,
        STEEPEST_FALL.of() >= 0.0,  # it never falls: the network is monotone
        POINTS_RIGHT.of("glutamate_only", match="output") <= 0.75,
    ),
    ba.Claim(
        "B6b",
        "A hidden layer and weights of both signs suffice, and so do excitation and inhibition.",
        ARTICLE,
        BEST_FREE.of() >= 1.0,
        POINTS_RIGHT.of("ann", match="output") >= 1.0,
        POINTS_RIGHT.of("bio", match="output") >= 1.0,
    ),
)


def pair() -> ba.Pair:
    """Return the pair."""
    units = ("any", "both", "output")
    ann = ba.RateNetwork(
        units,
        channels=("a", "b"),
        W=[[0, 0, 0], [0, 0, 0], [1.0, -3.0, 0]],
        W_in=[[1.0, 1.0], [1.0, 1.0], [0, 0]],
        bias=[0.0, -1.0, 0.0],  # a threshold of 1 for `both`
        tau=(10 * ms, 10 * ms, 10 * ms),
    )
    return ba.Pair(
        "xor",
        build_xor_circuit("GABA"),
        ann,
        ba.Correspondence(tuple(ba.Match(name, name) for name in units)),
        question="Does it take a hidden layer and a minus sign to respond to exactly one input?",
        source="'Neural Network: Can Weights Be Negative?' (web article); Wang et al. 2023",
        stimulus=ba.steps({"a": POINTS[:, 0], "b": POINTS[:, 1]}, duration=600 * ms),
        settle=200 * ms,
        trials=10,
        controls={"glutamate_only": build_xor_circuit("glutamate")},
        figures=(
            ba.figures.Panels(
                (
                    ba.figures.ConditionBars(
                        "output",
                        ("a", "b"),
                        {
                            "bio": "spiking model",
                            "glutamate_only": "without GABA",
                            "ann": "rate model",
                        },
                        xlabel="inputs a, b [activation]",
                        ylabel="output [activation]",
                        y_lines=(0.5,),
                    ),
                    ba.figures.ComputedPoints(
                        list_shares_correct,
                        xlabel="hidden layers [1]",
                        ylabel="points right [%]",
                        y_lines=(75.0,),
                        ylim=(20, 108),
                    ),
                ),
                "With inhibition the circuit responds to one input alone. No network without "
                "negative weights gets more than 75 % of the points right, however deep "
                f"({N_SEEDS} networks for each depth).",
            ),
        ),
        claims=CLAIMS,
    )
