"""XOR: does it take a hidden layer and a minus sign to answer 1 to one input, and 0 to none or two?

Biological half: `any` fires when either input does, `both` only when both do; `any` excites the
output, and `both`, which releases GABA, inhibits it. Control: the same circuit, `both` releasing
glutamate. Artificial half: three units with the same connections and signed weights.

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
from bioann.metrics.measures import ComputedNumber, OfOtherModel, OfSpikingModel
from bioann.models.figures.xor import draw_xor

POINTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0.0, 1.0, 1.0, 0.0])
#: Of the training: networks of each kind, units in a hidden layer, numbers of hidden layers.
SEEDS, HIDDEN, DEPTHS = 20, 6, (1, 2, 3)


@cache
def trained(depth: int, signed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Train networks; give the share of points right and the steepest fall of each, by seed."""
    rng = make_rng(6, "xor", depth, signed)
    sizes = [2, *(HIDDEN,) * depth, 1]
    start = [rng.normal(size=(SEEDS, below + 1, above)) for below, above in pairwise(sizes)]
    layers = descend_gradient(start, POINTS, XOR, steps=3000, rate=0.5, positive=not signed)
    right = (compute_activities(layers, POINTS)[-1][..., 0] > 0.5) == XOR
    return right.mean(axis=1), find_steepest_fall(layers)


def best(signed: bool) -> float:
    """Share of points that the best of all networks gets right, over depths and seeds."""
    return float(max(trained(depth, signed)[0].max() for depth in DEPTHS))


def steepest() -> float:
    """Steepest fall of any network without negative weights where an input rises."""
    return float(min(trained(depth, False)[1].min() for depth in DEPTHS))


def right(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Share of conditions in which a response is on the right side of half an activation."""
    wanted = response.a + response.b == 1
    return ((response > 0.5) == wanted).mean("condition")


def circuit(both: str) -> ba.SpikingNetwork:
    """Build the biological half; `both` releases the given transmitter."""
    releases = {"any": "glutamate", "both": both, "output": "glutamate"}
    return ba.SpikingNetwork(
        populations=tuple(ba.Population(name, 10, sent) for name, sent in releases.items()),
        # One input makes `any` fire, but not `both`, which takes two.
        afferents=tuple(
            ba.Afferent(channel, to, weight, fibres=20)
            for channel in "ab"
            for to, weight in (("any", 0.6 * nS), ("both", 0.25 * nS))
        ),
        projections=(
            ba.Projection("any", "output", 1.4 * nS),
            ba.Projection("both", "output", 5 * nS),
        ),
    )


SAID = "'Can Weights Be Negative?'"
CLAIMS = (
    ba.Claim(
        "B6a",
        "Without negative weights no network answers to one input alone, however deep.",
        f"{SAID}; Wang et al. 2023",
        ba.rules.AllOf(
            (
                ba.rules.at_most("best of trained, weights >= 0", 0.75),
                ba.rules.at_least("steepest fall, weights >= 0", 0.0),  # never: it is monotone
                ba.rules.at_most("points right, no GABA", 0.75, match="output"),
            )
        ),
    ),
    ba.Claim(
        "B6b",
        "A hidden layer and weights of both signs suffice, and so do excitation and inhibition.",
        SAID,
        ba.rules.AllOf(
            (
                ba.rules.at_least("best of trained, free signs", 1.0),
                ba.rules.at_least("points right, ANN", 1.0, match="output"),
                ba.rules.at_least("points right, biology", 1.0, match="output"),
            )
        ),
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
    computed = partial(ba.metrics.Metric, per="pair")
    return ba.Pair(
        "xor",
        circuit("GABA"),
        ann,
        ba.Correspondence(tuple(ba.Match(name, name) for name in units)),
        question="Does it take a hidden layer and a minus sign to answer to one input alone?",
        source="'Neural Network: Can Weights Be Negative?' (web article); Wang et al. 2023",
        stimulus=ba.steps({"a": POINTS[:, 0], "b": POINTS[:, 1]}, duration=600 * ms),
        settle=200 * ms,
        trials=10,
        controls={"glutamate_only": circuit("glutamate")},
        metrics=(
            ba.metrics.Metric("points right, biology", OfSpikingModel(right), 1, alone=True),
            ba.metrics.Metric("points right, ANN", OfOtherModel(right), 1),
            ba.metrics.Metric(
                "points right, no GABA", OfOtherModel(right), 1, against="glutamate_only"
            ),
            computed("best of trained, free signs", ComputedNumber(partial(best, True)), 1),
            computed("best of trained, weights >= 0", ComputedNumber(partial(best, False)), 1),
            computed("steepest fall, weights >= 0", ComputedNumber(steepest), 0),
        ),
        figures=(partial(draw_xor, trained=trained, depths=DEPTHS),),
        claims=CLAIMS,
    )
