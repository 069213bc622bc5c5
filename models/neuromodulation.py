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

N_VTA, TOP = 10, 32.0
INPUTS = tuple(np.round(np.arange(0, 1.65, 0.1), 1))
NO_DRUG, DRUG, DOPAMINE = (
    {"agonist": TOP * (k == 1), "vta": float(k == 2)} for k in range(3)
)  # in activation; the drug in units of its EC50
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
SHIFT = float(TOP / (1 + TOP) * DRUG_CURRENT / CURRENT)


def compare_curves(
    match: str, state: dict[str, float], highest: float, parameter: str = "gain"
) -> ba.metrics.CurveShift:
    curve, reference = (ba.metrics.ResponseCurve(match, levels) for levels in (state, NO_DRUG))
    return ba.metrics.CurveShift(curve, reference, "x", 0.05, highest, parameter)


GAIN_OF_DRUG, OFFSET_OF_DRUG = (
    ba.measure(compare_curves("excited", DRUG, 0.9, p), f"{p} by the drug", best=best)
    for p, best in (("gain", 1.0), ("offset", -SHIFT))
)
GAIN_OF_DOPAMINE = ba.measure(
    compare_curves("amplified", DOPAMINE, 1.1), "gain of the input by dopamine", best=GAIN
)
MODELS = ("bio", "ann")
CLAIMS = (
    ba.Claim(
        "C3d",
        "Neuromodulators change the excitability of cells or the strength of synapses: a current "
        "moves the response curve as a bias does, a factor on synapses scales its input.",
        "AI Stack Exchange 2018",
        *(GAIN_OF_DRUG.of(model).between(0.98, 1.02) for model in MODELS),
        *(OFFSET_OF_DRUG.of(model).within(0.05) for model in MODELS),
        *(GAIN_OF_DOPAMINE.of(model).within(0.1) for model in MODELS),
        supported="Yes: a drug that opens a current moves the response, dopamine scales it",
        refuted="No: the drug changes the gain, or dopamine does not scale the input",
    ),
)
FIGURE = ba.figures.Panels(
    tuple(
        ba.figures.ResponseCurves(
            "x", (match,), curves=curves, xlabel="input x [activation]", heading=heading
        )
        for match, heading, curves in (
            ("excited", "drug: bias", {"no drug": NO_DRUG, "drug": DRUG}),
            ("amplified", "dopamine: gain", {"no dopamine": NO_DRUG, "dopamine": DOPAMINE}),
        )
    ),
    "A drug that opens a current moves the response curve, dopamine scales its input, in both "
    "models.",
)


def build_cells() -> ba.SpikingNetwork:
    drug = ba.modulation.Modulator("agonist")
    return ba.SpikingNetwork(
        (
            ba.Population("excited", 40, "glutamate"),
            ba.Population("amplified", 20, "glutamate"),
            ba.Population("vta", N_VTA, "glutamate"),
        ),
        (
            ba.CurrentAfferent("x", "excited", CURRENT),
            ba.Afferent("x", "amplified", 0.4 * nS, fibres=50, rate=50 * Hz, name="synapses"),
            ba.CurrentAfferent("vta", "vta", VTA_CURRENT),
        ),
        modulations=tuple(
            ba.modulation.Modulation(modulator, SITE, effect)
            for modulator, effect in (
                (drug, ba.modulation.Excitability("excited", DRUG_CURRENT)),
                (RELEASED, ba.modulation.SynapticGain("synapses", FACTOR)),
            )
        ),
        dt=0.2 * ms,
    )


def build_units() -> ba.RateNetwork:
    slope, dose = 1.3, DOPAMINE_DOSE
    bias_of_drug = slope * float(DRUG_CURRENT / CURRENT)
    network = ba.RateNetwork(
        ("excited", "amplified", "receptor", "occupancy", "gain"),
        channels=("x", "agonist", "vta"),
        W=[[0, 0, bias_of_drug, 0, 0], *[[0] * 5] * 3, [0, 0, 0, FACTOR - 1, 0]],
        W_in=[[slope, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, dose], [0, 0, 0]],
        bias=[-0.83, -0.4, 0, 0, 1],
        divisive_in=[[0, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, dose], [0, 0, 0]],
        activation=(*[ba.activations.Softplus(0.05)] * 2, *["linear"] * 3),
    )
    return network.add_regional_gain("synapses", {"x": ("amplified",)}, "gain")


def pair() -> ba.Pair:
    units = build_units()
    matches = tuple(ba.Match(name, name, scale=100 * Hz) for name in units.units[:2])
    levels = ba.stimuli.join_levels(
        *({"x": INPUTS, **state} for state in (NO_DRUG, DRUG, DOPAMINE))
    )
    return ba.Pair(
        "neuromodulation",
        build_cells(),
        units,
        ba.Correspondence(matches, bio_only=("vta",), ann_only=units.units[2:]),
        question="Does chemistry do to a network what a bias or a gain does to units?",
        source="'How to implement inhibition / negative input?' (AI Stack Exchange, 2018); Gaddum "
        "1937",
        stimulus=ba.steps(levels, duration=400 * ms),
        settle=200 * ms,
        margin=ba.Margin(0.05, "5 Hz, a tenth of the rates at which drugs are compared"),
        trials=8,
        figures=(FIGURE,),
        claims=CLAIMS,
    )
