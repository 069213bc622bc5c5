"""Weighted sum: is a neuron's rate one function of one signed sum of what reaches it?

Spiking model: one conductance-based cell with Poisson input, over a grid of excitatory
and inhibitory rates. Rate model: one unit, derived from the cell by theory. Its weights are
number of synapses x conductance x duration x driving force over the charge that a spike costs, and
its activation is the f-I curve under noise; nothing is fitted to the simulation.

Where the unit fails is mapped along both of the ways in which a sum of conductances may be no sum
of currents: towards strong inhibition (the high-conductance state) and towards saturation.
"""

import numpy as np
from brian2 import Hz, nS, second

import bioann as ba
from bioann.claims.sources import OURS

TOP_RATE, RATE_SCALE = 40 * Hz, 100 * Hz  # of every fibre, and of the cell, at activation 1
CELL = ba.SpikingNetwork.of_members(
    ba.Population("cell", 1, "glutamate"),
    ba.Afferent("excitation", "cell", 3 * nS, fibres=80, rate=TOP_RATE),
    ba.Afferent("inhibition", "cell", 6 * nS, "GABA", fibres=20, rate=TOP_RATE),
)
#: The unit fails where it misses by more than this share of the highest rate.
ERROR_CRITERION = 0.05
FAILING_INHIBITION = ba.measure(
    ba.metrics.LowestFailingInput("inhibition", ERROR_CRITERION, scale=float(TOP_RATE)),
    "lowest inhibitory rate at which the unit fails",
    best=float(TOP_RATE),
    unit="Hz per fibre",
)
FAILING_RATE = ba.measure(
    ba.metrics.HighestFailingResponse(ERROR_CRITERION, scale=float(RATE_SCALE)),
    "highest rate at which the unit fails",
    best=0.0,
    unit="Hz",
)
FIGURE = ba.figures.ResponseMap(
    "excitation",
    "inhibition",
    xlabel="excitatory rate per fibre [Hz]",
    ylabel="inhibitory rate per fibre [Hz]",
    x_scale=float(TOP_RATE),
    y_scale=float(TOP_RATE),
    scale=float(RATE_SCALE),
    unit="Hz",
    message="The rate follows the predicted signed sum. The unit fails where the mean input is "
    "near threshold and noise decides, most of all at high conductance.",
)


def make_claims(unit: ba.RateNetwork) -> tuple[ba.Claim, ...]:
    measured_ratio = ba.measure(
        ba.metrics.WeightRatio("inhibition", "excitation", low=-1.0, high=-0.1),
        "inhibitory over excitatory weight",
        best=float(unit.W_in[0, 1] / unit.W_in[0, 0]),
    )
    return (
        ba.Claim(
            "A1a",
            "A neuron adds its inputs with signed weights, as a unit does: phi(sum of w o).",
            ("AI Stack Exchange 2018", "AI Stack Exchange 2019"),
            ba.Score(ba.metrics.MONOTONE_R2) >= 0.99,
            measured_ratio.of("bio").within(0.1),
        ),
        OURS.claim(
            "A1b",
            "However strong inhibition is, the rate follows from that sum to 5% of the highest.",
            ba.rules.Boundary(FAILING_INHIBITION.of("bio", "ann"), 0.0, float(TOP_RATE), "below"),
        ),
        OURS.claim(
            "A1c",
            "The same holds at all firing rates.",
            ba.rules.Boundary(FAILING_RATE.of("bio", "ann"), 0.0, 350.0, "above"),
        ),
    )


def derive_pair(cell: ba.SpikingNetwork) -> ba.Pair:
    """Return the pair of a cell and the unit that follows from it, with the weights predicted."""
    unit, correspondence = ba.to_ann(cell, scale=RATE_SCALE)
    levels = dict.fromkeys(("excitation", "inhibition"), np.linspace(0, 1, 9))
    return ba.Pair(
        "weighted_sum",
        cell,
        unit,
        correspondence,
        question="Is a neuron's rate one function of one signed sum of its inputs?",
        stimulus=ba.steps(ba.stimuli.cross_levels(levels), duration=1.8 * second),
        settle=0.3 * second,
        margin=ba.Margin(18 * Hz, "5 % of the highest rate, the error that the claims allow"),
        figures=(FIGURE,),
        claims=make_claims(unit),
        derive=derive_pair,
    )


def pair() -> ba.Pair:
    return derive_pair(CELL)
