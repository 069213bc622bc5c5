"""Inhibition-stabilised: does exciting inhibitory cells make them fire more?

Spiking model: an excitatory and an inhibitory population, each connected to itself and to the
other. Rate model: two units, the same connections as signed weights, chosen by hand. `drive`
excites E and sets the operating point; `push` excites I alone, and little. With weights w (all > 0)
and gains f' at the operating point, the change of I per push is proportional to 1 - w_EE f'_E
(Tsodyks et al. 1997). Where E would run away by itself (w_EE f'_E > 1), inhibition stabilises it,
and I *falls* when it is pushed: it loses more drive from E than it gains. No weight depends on the
condition. Control: the same cells without synapses from E to E.
"""

import numpy as np
from brian2 import Hz, Quantity, ms, nS

import bioann as ba
from bioann.claims.sources import OURS, Source

#: Operating points, in activation of the drive (1 is 100 Hz per fibre).
DRIVES = np.array([0.0, 0.1, 0.2, 0.3, 0.5, 0.8])
#: Weights of the synapses from E to E in nS; the weight of the rate model is proportional to them.
WEIGHTS_E_TO_E = (0.0, 0.2, 0.4, 0.6, 0.75)


def build_ei_circuit(weight_e_to_e: Quantity) -> ba.SpikingNetwork:
    return ba.SpikingNetwork.of_members(
        ba.Population("E", 20, "glutamate", background=2 * nS),
        ba.Population("I", 10, "GABA", background=2 * nS),
        ba.Afferent("drive", "E", 0.5 * nS, fibres=20),
        ba.Afferent("push", "I", 0.25 * nS, fibres=10),
        ba.Projection("E", "E", weight_e_to_e),
        ba.Projection("E", "I", 0.5 * nS),
        ba.Projection("I", "E", 1.4 * nS),
        ba.Projection("I", "I", 0.6 * nS),
    )


TURN = ba.measure(
    ba.metrics.EffectTurningLevel("push", "drive"), "drive at which the effect of the push turns"
)
LOWEST_EFFECT = ba.measure(ba.metrics.LowestEffect("push", "drive"), "lowest effect of the push")
CLAIMS = (
    OURS.claim(
        "B12a",
        "The sign of a connection is the sign of its effect: excited inhibitory cells fire more.",
        ba.rules.Boundary(TURN.of("bio", match="I"), 0.0, DRIVES[-1], "below"),
        ba.rules.Boundary(TURN.of("ann", match="I"), 0.0, DRIVES[-1], "below"),
    ),
    Source("Tsodyks et al. 1997").claim(
        "B12b",
        "In an inhibition-stabilised network, exciting the inhibitory cells lowers their rate "
        "(the paradoxical effect).",
        LOWEST_EFFECT.of_each(("bio", "ann"), "I") <= 0.0,
        LOWEST_EFFECT.of("without_E_to_E", match="I") >= 0.0,
        supported="No: where excitation alone would run away, it lowers their rate",
    ),
)
FIGURE = ba.figures.EffectCurves(
    "drive",
    ("E", "I"),
    input_name="push",
    models=("bio", "without_E_to_E", "ann"),
    message="Exciting I lowers its rate wherever E would run away by itself. Without synapses from "
    "E to E, I fires more at all drives. No weight depends on the drive.",
)


def pair() -> ba.Pair:
    ann = ba.RateNetwork(
        units=("E", "I"),
        channels=("drive", "push"),
        W=[[1.44, -2.0], [1.05, -0.5]],
        W_in=[[1.25, 0.0], [0.0, 0.2]],
        tau=10 * ms,
        activation=ba.activations.Softplus(0.1),
    )
    levels = ba.stimuli.cross_levels({"drive": DRIVES, "push": [0, 1]})
    return ba.Pair(
        "inhibition_stabilized",
        build_ei_circuit(0.6 * nS),
        ann,
        ba.Correspondence.of_names("E", "I"),
        question="Does exciting inhibitory cells make them fire more?",
        source="Tsodyks, Skaggs, Sejnowski and McNaughton 1997",
        stimulus=ba.steps(levels, duration=450 * ms),
        settle=150 * ms,
        margin=ba.Margin.of_spread({"E": 2.02 * Hz, "I": 1.28 * Hz}),
        trials=5,
        controls={"without_E_to_E": build_ei_circuit(0 * nS)},
        vary=ba.vary(
            "projection E -> E, weight",
            np.array(WEIGHTS_E_TO_E) * nS,
            linked={"unit E, weight from unit E": [1.44 / 0.6 * w for w in WEIGHTS_E_TO_E]},
            label="weight from E to E",
            trials=1,
        ),
        figures=(FIGURE,),
        claims=CLAIMS,
    )
