"""Regional chemistry: does a substance change all connections of a region by one number?

Spiking model: the cells of two populations receive fibres from x, and lie in one region. Dopamine,
which `vta` cells release, multiplies the conductances of all synapses there by one number: its
concentration is rate x cells x release x clearance time, and the receptor has a dose-response
curve. Rate model: a unit with this activation multiplies the weights of both units. Control: only
the synapses of one of the populations lie in the region.

The factor of each synapse is measured in a circuit of its own, whose weights are lognormal: the
change of the weights of a region then has rank one, and one value. Weights and release were chosen
by hand.
"""

import functools

import numpy as np
from brian2 import Hz, ms, mV, nS, pA, uM

import bioann as ba
from bioann.claims.sources import FORUM_2018, OURS
from bioann.metrics import CurveShift, Difference, ResponseCurve

N_VTA = 10
INPUTS = tuple(np.round(np.arange(0, 1.65, 0.1), 1))
#: Highest response at which curves are compared, in activation.
HIGHEST = {"amplified": 1.1, "second": 0.8}
WEIGHTS = {"amplified": 0.4 * nS, "second": 0.3 * nS}
FACTOR, VTA_CURRENT = 2.0, 250 * pA
SITE = ba.modulation.Hill(1 * uM)
RELEASED = ba.modulation.Modulator(
    "dopamine", clearance=30 * ms, population="vta", release=0.15 * uM
)
#: Effect of the dopamine at the rate of the `vta` cells, which have no noise.
VTA_RATE = ba.cells.LIF().rate(VTA_CURRENT)
DOPAMINE_DOSE = float(RELEASED.compute_steady_concentration(VTA_RATE, N_VTA) / SITE.ec50)
GAIN = 1 + (FACTOR - 1) * DOPAMINE_DOSE / (1 + DOPAMINE_DOSE)


def modulate_region(*projections: str) -> ba.modulation.Modulation:
    region = ba.modulation.Region("cortex", projections)
    return ba.modulation.Modulation(RELEASED, SITE, ba.modulation.SynapticGain(region, FACTOR))


@functools.cache
def measure_uniformity() -> float:
    """Return by how much the factor of a single synapse in the region differs from the mean."""
    kick = {"weight": 60 * mV, "receptor": ba.receptors.DeltaSynapse()}
    means = {"one": 0.3 * nS, "two": 0.6 * nS}
    network = ba.SpikingNetwork.of_members(
        ba.Population("vta", N_VTA, "glutamate"),
        *(ba.Population(name, 20, "glutamate") for name in ("pre", *means)),
        ba.CurrentAfferent("vta", "vta", VTA_CURRENT),
        ba.ScheduledAfferent([[150] * ms], "pre", **kick),
        *(
            ba.Projection("pre", name, ba.LogNormal(w, 0.5 * w), connectivity=ba.OneToOne())
            for name, w in means.items()
        ),
        modulate_region("pre_to_one", "pre_to_two"),
        dt=0.2 * ms,
    )
    record = ba.Record(states={n: {"g_AMPA": range(20)} for n in means}, interval=0.2 * ms)
    stimulus = ba.steps({"vta": [0.0, 1.0]}, duration=160 * ms)
    recording = network.run(stimulus, trials=1, seed=1, record=record)
    peaks = [recording[f"state_{n}_g_AMPA"].max("sample_time").values[:, 0] for n in means]
    without, with_dopamine = np.concatenate(peaks, axis=1)
    factors = with_dopamine / without
    return float(np.abs(factors / factors.mean() - 1).max())


UNIFORMITY = ba.measure(
    measure_uniformity, "largest deviation of one synapse's factor from the region's"
)
SHIFTS = {
    match: CurveShift(
        ResponseCurve(match, {"vta": 1.0}), ResponseCurve(match, {"vta": 0.0}), "x", 0.05, highest
    )
    for match, highest in HIGHEST.items()
}
GAINS = [
    ba.measure(shift, f"gain of the input by dopamine, {match}", best=GAIN)
    for match, shift in SHIFTS.items()
]
DIFFERENCE = ba.measure(
    Difference(*SHIFTS.values()), "gain of the input by dopamine, amplified minus second"
)
CLAIMS = (
    FORUM_2018.claim(
        "E7a",
        "Chemistry acts on the network regionally: it changes all connections of a region by one "
        "number.",
        UNIFORMITY.of() <= 0.01,
        DIFFERENCE.of_each().between(-0.1, 0.1),
        DIFFERENCE.of("one_population") >= 0.5,
    ),
    OURS.claim(
        "E7b",
        "That number follows from the rate of the cells that release the substance.",
        *(gain.of("bio").within(0.1) for gain in GAINS),
    ),
)
FIGURE = ba.figures.ResponseCurves(
    "x",
    tuple(HIGHEST),
    curves={"no dopamine": {"vta": 0.0}, "dopamine": {"vta": 1.0}},
    models=("bio", "one_population", "ann"),
    xlabel="input x [activation]",
    message="Dopamine scales the input of both populations of the region by the same number, in "
    "both models. Where only the synapses of one population lie in the region, the other one keeps "
    "its response.",
)


def build_cells(*in_region: str) -> ba.SpikingNetwork:
    return ba.SpikingNetwork.of_members(
        *(ba.Population(name, 20, "glutamate") for name in WEIGHTS),
        ba.Population("vta", N_VTA, "glutamate"),
        ba.CurrentAfferent("vta", "vta", VTA_CURRENT),
        *(
            ba.Afferent("x", name, weight, fibres=50, rate=50 * Hz, name=f"to_{name}")
            for name, weight in WEIGHTS.items()
        ),
        modulate_region(*(f"to_{name}" for name in in_region)),
        dt=0.2 * ms,
    )


def build_units() -> ba.RateNetwork:
    network = ba.RateNetwork(
        ("amplified", "second", "occupancy", "gain"),
        channels=("x", "vta"),
        W={"gain": {"occupancy": FACTOR - 1}},
        W_in={"amplified": {"x": 1}, "second": {"x": 0.75}, "occupancy": {"vta": DOPAMINE_DOSE}},
        bias=[-0.4, -0.4, 0, 1],
        divisive_in=[[0, 0], [0, 0], [0, DOPAMINE_DOSE], [0, 0]],
        activation=(*[ba.activations.Softplus(0.05)] * 2, *["linear"] * 2),
    )
    return network.add_regional_gain("cortex", {"x": tuple(WEIGHTS)}, "gain")


def pair() -> ba.Pair:
    units, levels = build_units(), ba.stimuli.cross_levels({"x": INPUTS, "vta": (0.0, 1.0)})
    return ba.Pair(
        "regional_chemistry",
        build_cells(*WEIGHTS),
        units,
        ba.Correspondence.of_names(*WEIGHTS, bio_only=("vta",), ann_only=units.units[2:]),
        question="Does a substance change all connections of a region by one number?",
        stimulus=ba.steps(levels, duration=400 * ms),
        margin=ba.Margin(0.05, "5 Hz, a tenth of the rates at which curves are compared"),
        trials=50,  # E7a needs 49, by a pilot with seed 20000
        controls={"one_population": build_cells("amplified")},
        figures=(FIGURE,),
        claims=CLAIMS,
    )
