"""Neuromodulation: does chemistry do to a network what a bias or a gain does to units?

Spiking model: `excited` cells receive a current from x, and a drug opens a further current in them.
`amplified` receives fibres from x, through synapses whose conductances dopamine, which `vta` cells
release, multiplies by one number. Rate model: a unit with the dose-response curve of the drug adds
to the input of `excited`; one with that of dopamine multiplies the weights of `amplified`.

The concentration of dopamine is rate x cells x release x clearance time, and the effect of a
concentration follows the dose-response curve of the receptor (Gaddum 1937): both predict by how
much curves move or stretch. A rate unit has neither receptors nor a clearance time. Weights and
drugs were chosen by hand.
"""

import numpy as np
from brian2 import Hz, ms, nS, pA, uM

import bioann as ba
from bioann.claims.sources import FORUM_2018

N_VTA = 10
INPUTS = np.round(np.arange(0, 1.65, 0.1), 1)
#: In activation; the drug in units of its EC50.
NO_DRUG = {"agonist": 0.0, "vta": 0.0}
DRUG, DOPAMINE = NO_DRUG | {"agonist": 32.0}, NO_DRUG | {"vta": 1.0}
CURRENT, DRUG_CURRENT, FACTOR, VTA_CURRENT = 200 * pA, 120 * pA, 2.0, 250 * pA
SITE = ba.modulation.Hill(1 * uM)
RELEASED = ba.modulation.Modulator(
    "dopamine", clearance=30 * ms, population="vta", release=0.15 * uM
)
#: Effect of the dopamine at the rate of the `vta` cells, which have no noise.
VTA_RATE = ba.cells.LIF().rate(VTA_CURRENT)
DOPAMINE_DOSE = float(RELEASED.compute_steady_concentration(VTA_RATE, N_VTA) / SITE.ec50)
GAIN = 1 + (FACTOR - 1) * DOPAMINE_DOSE / (1 + DOPAMINE_DOSE)
#: What a drug changes, in activation of x, by the closed form.
SHIFT = float(32 / 33 * DRUG_CURRENT / CURRENT)

GAIN_OF_DRUG, OFFSET_OF_DRUG = (
    ba.measure(
        ba.metrics.CurveShift.of_match("excited", DRUG, NO_DRUG, "x", 0.05, 0.9, parameter),
        f"{parameter} by the drug",
        best=best,
    )
    for parameter, best in (("gain", 1.0), ("offset", -SHIFT))
)
GAIN_OF_DOPAMINE = ba.measure(
    ba.metrics.CurveShift.of_match("amplified", DOPAMINE, NO_DRUG, "x", 0.05, 1.1),
    "gain of the input by dopamine",
    best=GAIN,
)
CLAIMS = (
    FORUM_2018.claim(
        "C3d",
        "Neuromodulators change the excitability of cells or the strength of synapses: a current "
        "moves the response curve as a bias does, a factor on synapses scales its input.",
        GAIN_OF_DRUG.of_each(("bio", "ann")).between(0.98, 1.02),
        OFFSET_OF_DRUG.of_each(("bio", "ann")).within(0.05),
        GAIN_OF_DOPAMINE.of_each(("bio", "ann")).within(0.1),
    ),
)
FIGURE = ba.figures.Panels.of_figures(
    "In both models a drug that opens a current moves the response curve; dopamine scales it.",
    ba.figures.ResponseCurves(
        "x", "excited", curves={"no drug": NO_DRUG, "drug": DRUG}, heading="drug: bias"
    ),
    ba.figures.ResponseCurves(
        *("x", "amplified"),
        curves={"no dopamine": NO_DRUG, "dopamine": DOPAMINE},
        heading="dopamine: gain",
    ),
)


def build_cells() -> ba.SpikingNetwork:
    excitability = ba.modulation.Excitability("excited", DRUG_CURRENT)
    return ba.SpikingNetwork.of_members(
        ba.Population("excited", 40, "glutamate"),
        ba.Population("amplified", 20, "glutamate"),
        ba.Population("vta", N_VTA, "glutamate"),
        ba.CurrentAfferent("x", "excited", CURRENT),
        ba.Afferent("x", "amplified", 0.4 * nS, fibres=50, rate=50 * Hz, name="synapses"),
        ba.CurrentAfferent("vta", "vta", VTA_CURRENT),
        ba.modulation.Modulation(ba.modulation.Modulator("agonist"), SITE, excitability),
        ba.modulation.Modulation(RELEASED, SITE, ba.modulation.SynapticGain("synapses", FACTOR)),
        dt=0.2 * ms,
    )


def build_units() -> ba.RateNetwork:
    slope, dose = 1.3, DOPAMINE_DOSE
    network = ba.RateNetwork(
        ("excited", "amplified", "receptor", "occupancy", "gain"),
        channels=("x", "agonist", "vta"),
        W={
            "excited": {"receptor": slope * float(DRUG_CURRENT / CURRENT)},
            "gain": {"occupancy": FACTOR - 1},
        },
        W_in=[[slope, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, dose], [0, 0, 0]],
        bias=[-0.83, -0.4, 0, 0, 1],
        divisive_in=[[0, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, dose], [0, 0, 0]],
        activation=(*[ba.activations.Softplus(0.05)] * 2, *["linear"] * 3),
    )
    return network.add_regional_gain("synapses", {"x": ("amplified",)}, "gain")


def pair() -> ba.Pair:
    units, names = build_units(), ("excited", "amplified")
    states = ({"x": INPUTS, **state} for state in (NO_DRUG, DRUG, DOPAMINE))
    return ba.Pair(
        "neuromodulation",
        build_cells(),
        units,
        ba.Correspondence.of_names(*names, bio_only=("vta",), ann_only=units.units[2:]),
        question="Does chemistry do to a network what a bias or a gain does to units?",
        source=f"{FORUM_2018.citation}; Gaddum 1937",
        stimulus=ba.steps(ba.stimuli.join_levels(*states), duration=400 * ms),
        margin=ba.Margin(0.05, "5 Hz, a tenth of the rates at which drugs are compared"),
        trials=8,
        figures=(FIGURE,),
        claims=CLAIMS,
    )
