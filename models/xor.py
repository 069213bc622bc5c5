"""XOR: does it take a hidden layer and a minus sign to respond to one input, not to none or two?

Spiking model: `any` fires when either input does, `both` only when both do; `any` excites the
output, and `both`, which releases GABA, inhibits it. Control: the same circuit, `both` releasing
glutamate. Rate model: three units with the same connections and signed weights.

Beside them, networks of one to three hidden layers are trained on the four points, from 20 seeds
each, with free signs and with weights kept >= 0 (biases are free). An increasing activation of a
sum with weights >= 0 never falls when an input rises, nor does a chain of them, so such a network
with one output gets at most three of the points right (Wang et al. 2023). A network with two
outputs whose response is the larger one needs no negative weight: the comparison subtracts one
output from the other.
"""

from dataclasses import replace

import numpy as np
from brian2 import ms, nS

import bioann as ba
from bioann.ann.training.logistic import TrainedNetworks
from bioann.claims.sources import ARTICLE, OURS

POINTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
FREE = TrainedNetworks(
    label="free signs",
    x=POINTS,
    target=np.array([0.0, 1.0, 1.0, 0.0]),
    depths=(1, 2, 3),
    hidden_units=6,
    count=20,
    key=(6, "xor"),
    steps=3000,
    rate=0.5,
)
NONNEGATIVE = replace(FREE, label="weights >= 0", positive=True)
COMPARED = replace(
    NONNEGATIVE, label="weights >= 0 and two outputs compared", depths=(1,), outputs=2
)


def build_xor_circuit(transmitter_of_both: str) -> ba.SpikingNetwork:
    transmitters = {"any": "glutamate", "both": transmitter_of_both, "output": "glutamate"}
    # One input makes `any` fire; `both` takes two.
    weights = (("any", 0.6 * nS), ("both", 0.25 * nS))
    return ba.SpikingNetwork.of_members(
        *(ba.Population(name, 10, transmitter) for name, transmitter in transmitters.items()),
        *(ba.Afferent(c, target, w, fibres=20) for c in "ab" for target, w in weights),
        ba.Projection("any", "output", 1.4 * nS),
        ba.Projection("both", "output", 5 * nS),
    )


XOR = ba.metrics.ShareCorrect(active=({"a": 0, "b": 1}, {"a": 1, "b": 0}))
POINTS_RIGHT = ba.measure(XOR, "points right")
CLAIMS = (
    ba.Claim(
        "B6a",
        "Without negative weights no network with one output responds to exactly one input, "
        "however deep it is.",
        (ARTICLE.name, "Wang et al. 2023"),
        NONNEGATIVE.best_share <= 0.75,
        NONNEGATIVE.steepest_fall >= 0.0,  # it never falls: the network is monotone
        POINTS_RIGHT.of("glutamate_only", match="output") <= 0.75,
    ),
    ARTICLE.claim(
        "B6b",
        "A hidden layer and weights of both signs suffice, and so do excitation and inhibition.",
        FREE.best_share >= 1.0,
        POINTS_RIGHT.of_each(("ann", "bio"), "output") >= 1.0,
    ),
    OURS.claim(
        "B6c",
        "A network with two outputs that are compared responds to exactly one input without "
        "negative weights: the comparison is a hidden minus sign.",
        COMPARED.worst_share >= 1.0,
    ),
)
FIGURE = ba.figures.Panels.of_figures(
    "With inhibition the circuit responds to one input alone. Without negative weights no network "
    "with one output gets more than 75 % of the points right (20 networks for each depth).",
    ba.figures.ConditionBars(
        "output", ("a", "b"), models=("bio", "glutamate_only", "ann"), y_lines=(0.5,)
    ),
    ba.figures.ComputedPoints(
        lambda _: {group.label: group.shares_correct for group in (FREE, NONNEGATIVE, COMPARED)},
        xlabel="hidden layers [1]",
        ylabel="points right [share]",
        y_lines=(0.75,),
    ),
)


def pair() -> ba.Pair:
    units = ("any", "both", "output")
    ann = ba.RateNetwork(
        units,
        channels=("a", "b"),
        W=[[0, 0, 0], [0, 0, 0], [1.0, -3.0, 0]],
        W_in=[[1.0, 1.0], [1.0, 1.0], [0, 0]],
        bias=[0.0, -1.0, 0.0],  # a threshold of 1 for `both`
        tau=10 * ms,
    )
    return ba.Pair(
        "xor",
        build_xor_circuit("GABA"),
        ann,
        ba.Correspondence.of_names(*units),
        question="Does it take a hidden layer and a minus sign to respond to exactly one input?",
        stimulus=ba.steps({"a": POINTS[:, 0], "b": POINTS[:, 1]}, duration=600 * ms),
        margin=ba.Margin(0.1, "a threshold at one half reads the same from a tenth more or less"),
        controls={"glutamate_only": build_xor_circuit("glutamate")},
        figures=(FIGURE,),
        claims=CLAIMS,
    )
