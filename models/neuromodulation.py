"""Neuromodulation: does chemistry do to a network what a bias or a gain does to units?

Spiking model: `excited` cells receive a current from x, and a drug opens a further current in them,
against which an antagonist competes for the receptor. `amplified` and `second` receive fibres from
x, through synapses of one region: dopamine, which `vta` cells release, multiplies their
conductances by one number. Rate model: a unit divided by one plus both doses is the receptor, whose
activation adds to the input of `excited`; another one multiplies the weights of the region.

An antagonist that competes multiplies the dose for an equal effect, whatever follows the effect,
by 1 + [B]/K_B (Gaddum 1937). The concentration of dopamine is rate x cells x release x clearance
time. A rate unit has neither receptors nor a clearance time, and no eligibility unless a learning
rule gives it one. Weights and drugs were chosen by hand.
"""

import functools

import numpy as np
import xarray as xr
from brian2 import Hz, ms, mV, nS, pA, uM

import bioann as ba

SCALE_HZ, N_VTA, N_CELLS, N_FIBRES = 100, 10, 20, 200
#: Doses in units of EC50 and K_B; they rise by factors of 2, as do the dose ratios 2, 4 and 8.
DOSES, TOP, ANTAGONIST = tuple(2.0 ** np.arange(-3, 6)), 32.0, (1.0, 3.0, 7.0)
INPUTS = tuple(np.round(np.arange(0, 1.65, 0.1), 1))
#: Input at which doses are compared, and the three chemical states, in activation.
TEST_INPUT = 0.8
NO_DRUG, DRUG, DOPAMINE = (
    {"agonist": TOP * (k == 1), "antagonist": 0.0, "vta": float(k == 2)} for k in range(3)
)
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
#: In activation: 2 Hz.
NO_CHANGE = 0.02


def compare_doses(
    response: xr.DataArray, stimulus: xr.DataArray, *, antagonist: float
) -> xr.DataArray:
    """Return the factor between doses with and without antagonist that give equal rates."""

    def find_ratio(f: np.ndarray, f0: np.ndarray) -> float:
        if not len(f) == len(f0) == len(DOSES):
            return np.nan
        reference = np.maximum.accumulate(f0)
        is_inside = (f > reference[1]) & (f < reference[-2])
        if not is_inside.any():
            return np.nan
        log_dose = np.interp(f[is_inside], reference, np.log(DOSES))
        return float(np.exp((np.log(DOSES)[is_inside] - log_dose).mean()))

    curves = []
    for name, level in (("point", antagonist), ("reference", 0.0)):
        levels: dict[str, float | tuple[float, float]] = {
            "x": TEST_INPUT,
            "vta": 0.0,
            "antagonist": level,
            "agonist": (DOSES[0], TOP),
        }
        curve = ba.metrics.ResponseCurve("excited", levels)
        curves.append(curve.select_from(response, stimulus, "agonist")[1].rename(condition=name))
    dims = [["point"], ["reference"]]
    return xr.apply_ufunc(find_ratio, *curves, input_core_dims=dims, vectorize=True)


def fit_schild_slope(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the slope of log(dose ratio - 1) against log([B]/K_B)."""
    x = np.log(ANTAGONIST)
    weights = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    ratios = [compare_doses(response, stimulus, antagonist=b) for b in ANTAGONIST]
    return sum(w * np.log(ratio - 1) for w, ratio in zip(weights, ratios, strict=True))


DOSE_RATIOS = [
    ba.measure(
        functools.partial(compare_doses, antagonist=b),
        f"dose ratio at [B]/K_B = {b:g}",
        per="pair",
        best=1 + b,
    )
    for b in ANTAGONIST
]
SCHILD = ba.measure(fit_schild_slope, "Schild slope", per="pair")
AT_TEST = {**NO_DRUG, "x": TEST_INPUT}
LOSS_OF_TOP, ALONE = (
    ba.measure(ba.metrics.Contrast(*levels, match="excited"), name, per="pair", unit="activation")
    for levels, name in (
        (
            ({**AT_TEST, "agonist": TOP}, {**AT_TEST, "agonist": TOP, "antagonist": 1.0}),
            "rate that an antagonist takes at the highest dose",
        ),
        (({**AT_TEST, "antagonist": 7.0}, AT_TEST), "effect of the antagonist alone"),
    )
)


#: Ends of the bands of responses in which curves are compared, in activation.
HIGHEST = {"excited": 0.9, "amplified": 1.1, "second": 0.8}


def compare_curves(
    match: str, state: dict[str, float], parameter: str = "gain"
) -> ba.metrics.CurveShift:
    curve, reference = (ba.metrics.ResponseCurve(match, levels) for levels in (state, NO_DRUG))
    return ba.metrics.CurveShift(curve, reference, "x", 0.05, HIGHEST[match], parameter)


GAIN_OF_DRUG, OFFSET_OF_DRUG = (
    ba.measure(compare_curves("excited", DRUG, p), f"{p} by the drug", best=best)
    for p, best in (("gain", 1.0), ("offset", -SHIFT))
)
GAINS_OF_DOPAMINE = {
    match: ba.measure(
        compare_curves(match, DOPAMINE), f"gain of the input by dopamine, {match}", best=GAIN
    )
    for match in ("amplified", "second")
}


def compare_gains(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    amplified, second = (compare_curves(m, DOPAMINE) for m in ("amplified", "second"))
    return amplified(response, stimulus) - second(response, stimulus)


DIFFERENCE = ba.measure(
    compare_gains, "gain of the input by dopamine, amplified minus second", per="pair"
)
TAU_E, LATE = 200 * ms, (0.0, 0.5, 1.0, 3.0)  # delays in units of the eligibility's decay


def build_learner() -> ba.SpikingNetwork:
    """Return two cells that fire once each, and a synapse whose change a reward reads out."""
    kick = {"weight": 60 * mV, "receptor": ba.receptors.DeltaSynapse()}
    rule = ba.plasticity.PairSTDP(A_plus=0.01, A_minus=0)
    learning = ba.plasticity.RewardSTDP("reward", rule, tau_e=TAU_E, gain=10 * Hz)
    return ba.SpikingNetwork(
        (ba.Population("pre", 1, "glutamate"), ba.Population("post", 1, "glutamate")),
        (
            ba.ScheduledAfferent([[10] * ms], "pre", **kick),
            ba.ScheduledAfferent([[20] * ms], "post", **kick),
        ),
        (ba.Projection("pre", "post", 0.001 * nS, plasticity=learning, name="learned"),),
        dt=0.5 * ms,
    )


def build_rate_learner() -> ba.learning.PlasticRateNetwork:
    network = ba.RateNetwork(("y",), channels=("x",), W_in=[[1.0]], activation="linear")
    rule = ba.learning.ThreeFactor(
        ("y",), channels=("x",), rate=10 * Hz, factor="reward", tau_e=TAU_E, name="learned"
    )
    return ba.learning.PlasticRateNetwork(network, (rule,))


@functools.cache
def measure_late_rewards(model: str) -> tuple[float, ...]:
    """Return what rewards of different delays teach, relative to the first."""
    steps = [60 + round(late * TAU_E / ms) for late in LATE]
    values = np.zeros((len(LATE), steps[-1] + 20, 2))
    values[:, 10:20, 0] = 1.0  # x
    for condition, step in enumerate(steps):
        values[condition, step : step + 10, 1] = 1.0
    stimulus = ba.stimuli.make_stimulus(values, channels=("x", "reward"), dt=1 * ms)
    learner, weight = (build_learner(), 1e-12) if model == "bio" else (build_rate_learner(), 1.0)
    recording = learner.run(stimulus, trials=1, seed=1, bin_width=20 * ms)
    changes = recording.weight_learned.values.ravel() / weight - 1
    return tuple(changes / changes[0])


def compare_late_reward(model: str, k: int) -> float:
    return measure_late_rewards(model)[k]


LATE_REWARDS = [
    ba.measure(
        functools.partial(compare_late_reward, model, k),
        f"learning by a reward {late:g} decay times later, over that at once, {name}",
        best=float(np.exp(-late)),
    )
    for model, name in (("bio", "spiking model"), ("ann", "rate model"))
    for k, late in enumerate(LATE)
    if k
]


@functools.cache
def measure_uniformity() -> float:
    """Return by how much the factor of a single synapse in the region differs from the mean."""
    weights = (ba.LogNormal(mean * nS, 0.5 * mean * nS) for mean in (0.3, 0.6))
    kick = {"weight": 60 * mV, "receptor": ba.receptors.DeltaSynapse()}
    targets = ("one", "two")
    region = ba.modulation.Region("cortex", tuple(f"pre_to_{name}" for name in targets))
    network = ba.SpikingNetwork(
        (
            ba.Population("vta", N_VTA, "glutamate"),
            *(ba.Population(name, 20, "glutamate") for name in ("pre", *targets)),
        ),
        (
            ba.CurrentAfferent("vta", "vta", VTA_CURRENT),
            ba.ScheduledAfferent([[150] * ms], "pre", **kick),
        ),
        tuple(
            ba.Projection("pre", name, weight, connectivity=ba.OneToOne())
            for name, weight in zip(targets, weights, strict=True)
        ),
        modulations=(
            ba.modulation.Modulation(RELEASED, SITE, ba.modulation.SynapticGain(region, FACTOR)),
        ),
        dt=0.2 * ms,
    )
    record = ba.Record(states={n: {"g_AMPA": range(20)} for n in targets}, interval=0.2 * ms)
    stimulus = ba.steps({"vta": [0.0, 1.0]}, duration=160 * ms)
    recording = network.run(stimulus, trials=1, seed=1, record=record)
    peaks = [recording[f"state_{n}_g_AMPA"].max("sample_time").values[:, 0] for n in targets]
    without, with_dopamine = np.concatenate(peaks, axis=1)
    factors = with_dopamine / without
    return float(np.abs(factors / factors.mean() - 1).max())


UNIFORMITY = ba.measure(
    measure_uniformity, "largest deviation of one synapse's factor from the region's"
)


FORUM, MATCHES = "AI Stack Exchange 2018", ("excited", "amplified", "second")
MODELS = ("bio", "ann")
CLAIMS = (
    ba.Claim(
        "C3a",
        "Agonists and antagonists act on a common receptor: an antagonist multiplies the dose for "
        "an equal effect by 1 + [B]/K_B, with a Schild slope of 1.",
        "Schild 1949",
        # 10 % of a dose ratio is a seventh of a factor of 2 between doses.
        *(ratio.of(model).within(0.1) for ratio in DOSE_RATIOS for model in MODELS),
        *(SCHILD.of(model).between(0.95, 1.05) for model in MODELS),
    ),
    ba.Claim(
        "C3b",
        "What competes cannot take the effect of the highest dose; what acts against the effect "
        "by another receptor can.",
        "Gaddum 1937",
        # The closed form: 3 % of the drug's current, 1 Hz.
        *(LOSS_OF_TOP.of(model).between(-NO_CHANGE, 2 * NO_CHANGE) for model in MODELS),
        LOSS_OF_TOP.of("functional") >= 0.1,
    ),
    ba.Claim(
        "C3c",
        "An antagonist without an agonist does nothing; what acts by another receptor does.",
        "ours",
        *(ALONE.of(model).between(-NO_CHANGE, NO_CHANGE) for model in MODELS),
        ALONE.of("functional") <= -0.1,
    ),
    ba.Claim(
        "C3d",
        "Neuromodulators change the excitability of cells or the strength of synapses: a current "
        "moves the response curve as a bias does, a factor on synapses scales its input.",
        FORUM,
        *(GAIN_OF_DRUG.of(model).between(0.98, 1.02) for model in MODELS),
        *(OFFSET_OF_DRUG.of(model).within(0.05) for model in MODELS),
        *(GAINS_OF_DOPAMINE["amplified"].of(model).within(0.1) for model in MODELS),
        supported="Yes: a drug that opens a current moves the response, dopamine scales it",
        refuted="No: the drug changes the gain, or dopamine does not scale the input",
    ),
    ba.Claim(
        "C3e",
        "A reward gates learning: one that comes d later teaches exp(-d/tau_e) of it, 5 % after "
        "three decay times of the eligibility.",
        "Izhikevich 2007",
        *(reward.of().within(0.05) for reward in LATE_REWARDS),
    ),
    ba.Claim(
        "E7a",
        "Chemistry acts on the network regionally: it changes all connections of a region by one "
        "number.",
        FORUM,
        UNIFORMITY.of() <= 0.01,
        *(DIFFERENCE.of(model).between(-0.1, 0.1) for model in MODELS),
        DIFFERENCE.of("functional") >= 0.5,
    ),
    ba.Claim(
        "E7b",
        "That number follows from the rate of the cells that release the substance.",
        "ours",
        *(GAINS_OF_DOPAMINE[match].of("bio").within(0.1) for match in MATCHES[1:]),
    ),
)
FIGURE = ba.figures.Panels(
    (
        ba.figures.ResponseCurves(
            "agonist",
            ("excited",),
            curves={
                f"[B]/K_B = {b:g}": {"x": TEST_INPUT, "vta": 0.0, "antagonist": b}
                for b in (0.0, *ANTAGONIST)
            },
            xlabel="agonist [EC50]",
            heading="antagonist: dose ratio",
        ),
        ba.figures.ResponseCurves(
            "x",
            ("excited",),
            curves={"no drug": NO_DRUG, "drug": DRUG},
            xlabel="input x [activation]",
            heading="drug: bias",
        ),
        ba.figures.ResponseCurves(
            "x",
            ("amplified",),
            curves={"no dopamine": NO_DRUG, "dopamine": DOPAMINE},
            xlabel="input x [activation]",
            heading="dopamine: gain",
        ),
    ),
    "An antagonist moves the dose-response curve to higher doses and keeps its top. A drug that "
    "opens a current moves the response curve, dopamine scales its input, in both models.",
)


def build_cells(*, is_competitive: bool = True) -> ba.SpikingNetwork:
    """Return cells, a drug that acts on some of them, and a region that dopamine reaches.

    An antagonist that does not compete is a functional one: another receptor takes the current of
    the drug away. In that network the region is one projection.
    """
    names = ("to_amplified", "to_second")[: 1 + is_competitive]
    region = ba.modulation.Region("cortex", names)
    agonist, antagonist = (ba.modulation.Modulator(name) for name in ("agonist", "antagonist"))
    drug_site = ba.modulation.Hill(1 * uM, antagonist=antagonist, k_b=1 * uM)
    effects = (
        (agonist, drug_site if is_competitive else SITE, DRUG_CURRENT),
        (antagonist, SITE, -DRUG_CURRENT * (not is_competitive)),
    )
    relay = ba.cells.LIF(t_ref=0.1 * ms)  # one spike per input spike
    kick = {"fibres": 1, "rate": 50 * Hz, "receptor": ba.receptors.DeltaSynapse()}
    matrix = np.zeros((N_CELLS, N_FIBRES))  # 50 fibres to each cell, in a ring
    for cell in range(N_CELLS):
        matrix[cell, (cell * N_FIBRES // N_CELLS + np.arange(50)) % N_FIBRES] = 1.0
    ring = ba.ExplicitMatrix(matrix)
    return ba.SpikingNetwork(
        (
            ba.Population("excited", 40, "glutamate"),
            ba.Population("amplified", N_CELLS, "glutamate"),
            ba.Population("second", N_CELLS, "glutamate"),
            ba.Population("fibres", N_FIBRES, "glutamate", relay),
            ba.Population("vta", N_VTA, "glutamate"),
        ),
        (
            ba.CurrentAfferent("x", "excited", CURRENT),
            ba.Afferent("x", "fibres", 40 * mV, **kick),
            ba.CurrentAfferent("vta", "vta", VTA_CURRENT),
        ),
        (
            ba.Projection("fibres", "amplified", 0.4 * nS, name="to_amplified", connectivity=ring),
            ba.Projection("fibres", "second", 0.3 * nS, name="to_second", connectivity=ring),
        ),
        modulations=(
            *(
                ba.modulation.Modulation(drug, site, ba.modulation.Excitability("excited", current))
                for drug, site, current in effects
            ),
            ba.modulation.Modulation(RELEASED, SITE, ba.modulation.SynapticGain(region, FACTOR)),
        ),
        dt=0.2 * ms,
    )


def build_units() -> ba.RateNetwork:
    units = ("excited", "amplified", "second", "receptor", "occupancy", "gain")
    row = {name: k for k, name in enumerate(units)}
    slope = 1.3
    W, W_in, divisive = np.zeros((6, 6)), np.zeros((6, 4)), np.zeros((6, 4))
    W[row["excited"], row["receptor"]] = slope * float(DRUG_CURRENT / CURRENT)
    W[row["gain"], row["occupancy"]] = FACTOR - 1
    W_in[:3, 0] = slope, 1.0, 0.75
    W_in[row["receptor"], 1] = 1.0
    divisive[row["receptor"], 1:3] = 1.0
    W_in[row["occupancy"], 3] = divisive[row["occupancy"], 3] = DOPAMINE_DOSE
    network = ba.RateNetwork(
        units,
        channels=("x", "agonist", "antagonist", "vta"),
        W=W,
        W_in=W_in,
        bias=[-0.83, -0.4, -0.4, 0, 0, 1],
        divisive_in=divisive,
        activation=(*[ba.activations.Softplus(0.05)] * 3, *["linear"] * 3),
    )
    return network.add_regional_gain("cortex", {"x": ("amplified", "second")}, "gain")


def pair() -> ba.Pair:
    levels = ba.stimuli.join_levels(
        {"x": TEST_INPUT, "agonist": DOSES, "antagonist": (0.0, *ANTAGONIST), "vta": 0.0},
        {**AT_TEST, "antagonist": 7.0},
        *({"x": INPUTS, **state} for state in (NO_DRUG, DOPAMINE)),
        {**DRUG, "x": [x for x in INPUTS if x != TEST_INPUT]},
    )
    units = build_units()
    return ba.Pair(
        "neuromodulation",
        build_cells(),
        units,
        ba.Correspondence(
            tuple(ba.Match(name, name, scale=SCALE_HZ * Hz) for name in MATCHES),
            bio_only=("fibres", "vta"),
            ann_only=units.units[3:],
        ),
        question="Does chemistry do to a network what a bias or a gain does to units?",
        source="'How to implement inhibition / negative input?' (AI Stack Exchange, 2018); Gaddum "
        "1937; Schild 1949; Izhikevich 2007",
        stimulus=ba.steps(levels, duration=400 * ms),
        settle=200 * ms,
        margin=ba.Margin(0.05, "5 Hz, a tenth of the rates at which drugs are compared"),
        trials=8,
        controls={"functional": build_cells(is_competitive=False)},
        figures=(FIGURE,),
        claims=CLAIMS,
    )
