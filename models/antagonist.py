"""Antagonist: does a substance without an effect of its own act as a negative input does?

Spiking model: cells receive a current from x, and a drug (agonist) opens a further current in them,
against which an antagonist competes for the receptor. Rate model: a unit divided by one plus both
doses is the receptor, whose activation adds to the input of another unit. Control: a functional
antagonist, which takes the current of the drug away by a receptor of its own.

An antagonist that competes multiplies the dose for an equal effect, whatever follows the effect,
by 1 + [B]/K_B (Gaddum 1937); subtraction, of which the control is an example, does not. Currents
were chosen by hand.
"""

import numpy as np
from brian2 import ms, pA, uM

import bioann as ba
from bioann.claims.sources import OURS, Source
from bioann.metrics import Contrast, DoseRatio, ResponseCurve, SchildSlope

#: Doses in units of EC50 and K_B; they rise by factors of 2, as do the dose ratios 2, 4 and 8.
DOSES, TOP, ANTAGONIST = tuple(2.0 ** np.arange(-3, 6)), 32.0, (1.0, 3.0, 7.0)
CURRENT, DRUG_CURRENT = 200 * pA, 120 * pA
#: Input at which doses are compared, in activation.
TEST_INPUT = 0.8
#: In activation: 2 Hz.
NO_CHANGE = 0.02

CURVES = {b: ResponseCurve("excited", {"antagonist": float(b)}) for b in (0, *ANTAGONIST)}
RATIOS = tuple(DoseRatio(CURVES[b], CURVES[0], "agonist") for b in ANTAGONIST)
DOSE_RATIOS = [
    ba.measure(ratio, f"dose ratio at [B]/K_B = {b:g}", best=1 + b)
    for ratio, b in zip(RATIOS, ANTAGONIST, strict=True)
]
SCHILD = ba.measure(SchildSlope(RATIOS, ANTAGONIST), "Schild slope")
NO_DRUG, ONLY_ANTAGONIST, TOP_DOSE, TOP_AND_ANTAGONIST = (
    {"agonist": agonist, "antagonist": antagonist}
    for agonist, antagonist in ((0.0, 0.0), (0.0, 7.0), (TOP, 0.0), (TOP, 1.0))
)
LOSS_OF_TOP, ALONE = (
    ba.measure(Contrast(levels, minus), name, unit="activation")
    for levels, minus, name in (
        (TOP_DOSE, TOP_AND_ANTAGONIST, "rate that an antagonist takes at the highest dose"),
        (ONLY_ANTAGONIST, NO_DRUG, "effect of the antagonist alone"),
    )
)
CLAIMS = (
    Source("Schild 1949").claim(
        "C3a",
        "Agonists and antagonists act on a common receptor: an antagonist multiplies the dose for "
        "an equal effect by 1 + [B]/K_B, with a Schild slope of 1.",
        *(ratio.of_each().within(0.1) for ratio in DOSE_RATIOS),
        SCHILD.of_each().between(0.95, 1.05),
        supported="No: it divides the dose of the agonist, and does nothing alone",
    ),
    Source("Gaddum 1937").claim(
        "C3b",
        "What competes cannot take the effect of the highest dose; what acts against the effect "
        "by another receptor can.",
        LOSS_OF_TOP.of_each().between(-NO_CHANGE, 2 * NO_CHANGE),
        LOSS_OF_TOP.of("functional") >= 0.1,
    ),
    OURS.claim(
        "C3c",
        "An antagonist without an agonist does nothing; what acts by another receptor does.",
        ALONE.of_each().between(-NO_CHANGE, NO_CHANGE),
        ALONE.of("functional") <= -0.1,
    ),
)
FIGURE = ba.figures.Panels.of_figures(
    "An antagonist that competes moves the dose-response curve to higher doses and keeps its top. "
    "One that acts by another receptor takes the same from the response to every dose.",
    *(
        ba.figures.ResponseCurves(
            "agonist",
            ("excited",),
            curves={f"[B]/K_B = {b:g}": curve.where for b, curve in CURVES.items()},
            models=models,
            xlabel="agonist [EC50]",
            heading=heading,
        )
        for models, heading in (
            (("bio", "ann"), "antagonist"),
            (("functional",), "functional antagonist"),
        )
    ),
)


def build_cells(*, is_competitive: bool = True) -> ba.SpikingNetwork:
    agonist, antagonist = (ba.modulation.Modulator(name) for name in ("agonist", "antagonist"))
    alone = ba.modulation.Hill(1 * uM)
    shared = ba.modulation.Hill(1 * uM, antagonist=antagonist, k_b=1 * uM)
    drugs = [(agonist, shared if is_competitive else alone, DRUG_CURRENT)]
    if not is_competitive:
        drugs.append((antagonist, alone, -DRUG_CURRENT))
    return ba.SpikingNetwork.of_members(
        ba.Population("excited", 40, "glutamate"),
        ba.CurrentAfferent("x", "excited", CURRENT),
        *(
            ba.modulation.Modulation(drug, site, ba.modulation.Excitability("excited", current))
            for drug, site, current in drugs
        ),
        dt=0.2 * ms,
    )


def build_units() -> ba.RateNetwork:
    slope = 1.3
    return ba.RateNetwork(
        ("excited", "receptor"),
        channels=("x", "agonist", "antagonist"),
        W=[[0, slope * float(DRUG_CURRENT / CURRENT)], [0, 0]],
        W_in=[[slope, 0, 0], [0, 1, 0]],
        bias=[-0.83, 0],
        divisive_in=[[0, 0, 0], [0, 1, 1]],
        activation=(ba.activations.Softplus(0.05), "linear"),
    )


def pair() -> ba.Pair:
    levels = ba.stimuli.join_levels(
        {"x": TEST_INPUT, "agonist": DOSES, "antagonist": (0.0, *ANTAGONIST)},
        *({"x": TEST_INPUT, **levels} for levels in (NO_DRUG, ONLY_ANTAGONIST)),
    )
    return ba.Pair(
        "antagonist",
        build_cells(),
        build_units(),
        ba.Correspondence.of_names("excited", ann_only=("receptor",)),
        question="Does an antagonist act as a negative input does?",
        source="'How to implement inhibition / negative input?' (AI Stack Exchange, 2018); Gaddum "
        "1937; Schild 1949",
        stimulus=ba.steps(levels, duration=400 * ms),
        margin=ba.Margin(0.05, "5 Hz, a tenth of the rates at which drugs are compared"),
        trials=20,  # C3a needs 17, by a pilot with seed 20000
        controls={"functional": build_cells(is_competitive=False)},
        figures=(FIGURE,),
        claims=CLAIMS,
    )
