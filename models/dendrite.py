"""Dendrite: does a neuron add its inputs up in one flat sum?

Spiking model: a soma with two dendritic branches. Fibres reach either branch through NMDA
receptors, which magnesium blocks unless the branch is depolarised, and through AMPA receptors.
Rate model: `point` is a unit with one weighted sum of both inputs; `two_layer` has a hidden unit
per branch, a sigmoid, and sums these. Their numbers were fitted numerically to other samples of the
input (seed 3). Control: the same fibres without magnesium, at lower weights, so that the cell
fires in the same range; its branches are passive.

The same number of input spikes can arrive on one branch (clustered) or half on each (spread).
One flat sum cannot tell the two apart.
"""

import numpy as np
from brian2 import Quantity, mM, ms, mV, nS

import bioann as ba
from bioann.claims.sources import FORUM_2018, OURS, Source
from bioann.metrics import Contrast, OfMatch, SumExplained

BRANCHES = ("branch_1", "branch_2")
#: Rates per fibre on each branch, in activation (1 is 100 Hz).
LEVELS = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8])
#: Least explained variance of a model that counts as a description, as for `weighted_sum`.
DESCRIBES = 0.99
#: In activation: 10 Hz.
MARGIN = 0.1


# The branches are alike, so equal weights are the best. Weights that differ by 0.1 % give every
# condition a sum of its own, and so the function more freedom: it explains 0.974 (seed 1).
EXPLAINED_BY_SUM = ba.measure(
    OfMatch(SumExplained(dict.fromkeys(BRANCHES, 1.0)), "two_layer"),
    "variance explained by the sum of inputs",
)
EXPLAINED_BY_ANN = ba.measure(ba.metrics.monotone_r2, "variance explained by two layers").of(
    "bio", "ann", match="two_layer"
)
FEW, MANY = (
    ba.measure(
        Contrast({"branch_1": x, "branch_2": 0.0}, dict.fromkeys(BRANCHES, x / 2), "two_layer"),
        f"clustered minus spread, {100 * x:.0f} Hz in all",
        unit="activation",
    )
    for x in (0.4, 0.8)
)
CLAIMS = (
    FORUM_2018.claim(
        "B15a",
        "The surface that aggregates the inputs of a neuron is curved: no flat sum explains it.",
        EXPLAINED_BY_SUM.of("bio") <= DESCRIBES,
    ),
    Source("Mel 1993").claim(
        "B15b",
        "Clustered on one branch, few inputs count more than spread over two, and many count less.",
        FEW.of("bio") >= MARGIN,
        MANY.of("bio") <= -MARGIN,
        supported="No: few inputs count more on one branch than spread over two, many inputs count "
        "less",
    ),
    Source("Poirazi, Brannon and Mel 2003").claim(
        "B15c",
        "A network of two layers with a hidden unit per branch describes the neuron.",
        EXPLAINED_BY_ANN >= DESCRIBES,
        FEW.of("ann") >= MARGIN,
        MANY.of("ann") <= -MARGIN,
    ),
    OURS.claim(
        "B15d",
        "Without the magnesium block, clustered inputs count less at low and at high rates.",
        FEW.of("no_block") <= -MARGIN,
        MANY.of("no_block") <= -MARGIN,
    ),
    OURS.claim(
        "B15e",
        "Without the magnesium block, the neuron adds its inputs up in one flat sum.",
        EXPLAINED_BY_SUM.of("no_block") >= DESCRIBES,
    ),
)
FIGURE = ba.figures.ResponseCurves(
    dict.fromkeys(BRANCHES, 1.0),
    "two_layer",
    models={"bio": "neuron", "no_block": "without block", "ann": "two layers"},
    has_model_panels=True,
    curves={"clustered": {"branch_2": 0.0}, "spread": {"difference": 0.0}},
    xlabel="input to both branches [activation]",
    xlim=(0.0, 0.82),
    share_y=True,
    message="Few inputs make the neuron fire if all are on one branch, many if half are on each. "
    "Without the magnesium block, spread inputs win at all totals. A network of two layers behaves "
    "as the neuron does.",
)
MAPS = ba.figures.ResponseMap(
    *BRANCHES,
    match=("point", "two_layer"),
    message="Above the unit with one flat sum, below the network of two layers. Lines of equal "
    "response are straight only for the flat sum.",
    row_heights=(1.0, 1.0),
    height=6.0,
)


def build_neuron(weight: Quantity, magnesium: Quantity) -> ba.SpikingNetwork:
    cell = ba.cells.BranchedCell(branches=2, V_th=-56 * mV, V_r=-66 * mV)
    slow = {"tau": 50 * ms, "rise": 3 * ms, "magnesium": magnesium, "occupancy": 0.0}
    fibres: list[ba.Afferent] = []
    for branch in BRANCHES:
        nmda = ba.receptors.NMDA(**slow, compartment=branch)
        ampa = ba.receptors.AMPA(tau=2 * ms, compartment=branch)
        for receptor, peak in ((nmda, weight), (ampa, weight / 2)):
            fibres.append(ba.Afferent(branch, "cell", peak, receptor=receptor, fibres=20))
    return ba.SpikingNetwork.of_members(ba.Population("cell", 5, "glutamate", cell), *fibres)


def pair() -> ba.Pair:
    softplus = ba.activations.Softplus
    ann = ba.RateNetwork(
        units=("point", "hidden_1", "hidden_2", "two_layer"),
        channels=BRANCHES,
        W={"two_layer": {"hidden_1": 1.33, "hidden_2": 1.33}},
        W_in=[[1.72, 1.72], [9.8, 0], [0, 9.8], [0, 0]],
        bias=[-0.28, -2.86, -2.86, -0.51],
        activation=(softplus(0.2), "sigmoid", "sigmoid", softplus(0.05)),
    )
    levels = ba.stimuli.cross_levels(dict.fromkeys(BRANCHES, LEVELS))
    difference = np.subtract(levels["branch_1"], levels["branch_2"])
    return ba.Pair(
        "dendrite",
        build_neuron(0.5 * nS, 1 * mM),
        ann,
        ba.Correspondence.of_units(
            {"point": "cell", "two_layer": "cell"}, ann_only=("hidden_1", "hidden_2")
        ),
        question="Does a neuron add its inputs up in one flat sum?",
        stimulus=ba.steps(levels, duration=500 * ms, coords=levels | {"difference": difference}),
        settle=150 * ms,
        margin=ba.Margin(MARGIN, "a tenth of the response at 100 Hz, as in the claims"),
        trials=5,
        controls={"no_block": build_neuron(0.15 * nS, 0 * mM)},
        figures=(FIGURE, MAPS),
        claims=CLAIMS,
    )
