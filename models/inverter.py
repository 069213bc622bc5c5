"""Inverter: does turning 0 into 1 and 1 into 0 take a negative weight, or an inhibitory synapse?

Biological half: a population that fires by itself, because of the bombardment it gets from outside
the circuit, and interneurons that silence it. Artificial half: one sigmoid unit with a positive
bias and one negative weight, the network of the question below.
"""

from __future__ import annotations

import numpy as np
from brian2 import Hz, ms, nS, second

import bioann as ba

SOURCE = "'How does a sigmoid neuron output 1 with 0 as input?' (AI Stack Exchange, 2023)"


def pair() -> ba.Pair:
    """Return the pair."""
    bio = ba.SpikingNetwork(
        populations=(
            ba.Population("interneurons", 20, transmitter="GABA", background=2 * nS),
            ba.Population("output", 50, transmitter="glutamate", background=7 * nS),
        ),
        afferents=(ba.Afferent("input", "interneurons", 0.6 * nS, fibres=20),),
        projections=(ba.Projection("interneurons", "output", 0.6 * nS),),
    )
    ann = ba.RateNetwork(
        units=("output",),
        channels=("input",),
        W_in=[[-10.0]],
        bias=5.0,
        tau=20 * ms,
        activation="sigmoid",
    )
    levels = np.linspace(0, 1, 11)
    return ba.Pair(
        "inverter",
        bio,
        ann,
        ba.Correspondence(
            (ba.Match("output", "output", scale=70 * Hz),), bio_only=("interneurons",)
        ),
        question="Does an inverter need a negative weight, or an inhibitory synapse?",
        source=SOURCE,
        stimulus=ba.steps({"input": levels}, duration=1 * second),
    )
