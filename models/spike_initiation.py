"""Spike initiation: which activation describes which cell?

Spiking model: four cells that start to fire at the same current, and differ in how a spike
begins: at a threshold (`lif`), or by an exponential chain reaction, sharp or as smooth as that of
real sodium channels (`eif_sharp`, `eif`), with an adaptation current added in `adex`. Control
`channels`: the rate of a cell with sodium and potassium channels (Wang and Buzsaki 1996), solved
from its equations. Noise is slow against the membrane, so there its rate is averaged over it.

Rate model: for each cell one unit whose activation is the best of five families (step, ReLU,
softplus, power law, exponential) for the noise-free rate in closed form; adaptation is a negative
weight to itself. The units do not know of the noise.
"""

from collections.abc import Iterable
from functools import partial

import numpy as np
from brian2 import Hz, ms, mV, nS, pA, pF

import bioann as ba
from bioann.ann.activation_grids import make_activation_grids
from bioann.claims.sources import FORUM_2018, OURS, Source

CURRENT_SCALE, RATE_SCALE = 400 * pA, 100 * Hz  # of activation 1: 20 mV on the leak; rate
CURRENT_LEVELS = np.linspace(-0.25, 1.0, 26)  # steps of 1 mV; all cells start to fire at 1.62 mV
#: One shot of noise, its duration and rate: a standard deviation of 2.5 mV on the leak.
SHOT_CURRENT, SLOW_TAU, SHOT_RATE = 14 * pA, 40 * ms, 625 * Hz
SHOT_SIZE = float(SHOT_CURRENT / CURRENT_SCALE)
MEAN_CURRENT = {"drive": 1.0, "noise": SHOT_SIZE * float(SHOT_RATE * SLOW_TAU)}  # at activation 1
ADAPTATION = 40 * pA  # per spike
SHARED = {"C": 200 * pF, "g_L": 20 * nS, "E_L": -65 * mV, "V_r": -68 * mV, "t_ref": 1.7 * ms}
SMOOTH = {"V_T": -59.9 * mV, "Delta_T": 3.48 * mV}  # those of the default EIF
CELLS = {
    "lif": ba.cells.LIF(V_th=-63.38 * mV, **SHARED),
    "eif_sharp": ba.cells.EIF(Delta_T=0.87 * mV, V_T=-62.51 * mV),  # a quarter of the default
    "eif": ba.cells.EIF(),  # fitted to the channels (Fourcaud-Trocme et al. 2003)
    "adex": ba.cells.AdEx(a=0 * nS, b=ADAPTATION, tau_w=SLOW_TAU, **SMOOTH, **SHARED),
}
#: In Hz, without noise, in closed form: shape (level,).
RATES = {name: cell.rate(CURRENT_LEVELS * CURRENT_SCALE) for name, cell in CELLS.items()}
#: All curves that are tried; thresholds (6 from -0.5 to 0, ...) are dense where the cells' are.
FAMILIES = make_activation_grids(
    np.r_[-0.5:0:6j, 0.02:0.2:19j, 0.25:0.6:6j], steps=CURRENT_LEVELS - 0.025
)
BY_NOISE = {"without noise": {"noise": 0.0}, "with noise": {"noise": 1.0}}
PEAK_RATE = ba.measure(ba.metrics.PeakResponse(RATE_SCALE / Hz), "rate below threshold", unit="Hz")
SUBTHRESHOLD_RATE = PEAK_RATE.at_levels(current=(-0.25, 0.06))


def describe_best(family: str, cells: Iterable[str] = CELLS, noise: float = 0.0) -> ba.rules.AllOf:
    """Require that no other family describes the rate of any of the cells better."""
    aicc_difference = ba.measure(
        ba.metrics.AiccDifference(family, FAMILIES, "current"),
        f"AICc of the best {family} minus that of the best other activation",
    )
    suffix = " with noise" * bool(noise)
    return aicc_difference.at_levels(suffix, noise=noise).of_each("bio", cells) <= 0.0


def compare_onsets(sharper: str, smoother: str) -> ba.Score:
    """Return the ratio of rates 2 to 4 mV above the leak; best is that in closed form."""
    # Levels 7 to 9 of the current.
    return ba.measure(
        ba.metrics.RatioOfMatches(sharper, smoother),
        f"rate just above threshold, {sharper} over {smoother}",
        best=float(RATES[sharper][7:10].sum() / RATES[smoother][7:10].sum()),
        where={"current": (0.1, 0.2), "noise": 0.0},
    ).of("bio")


CHANNEL_DIFFERENCE = ba.measure(
    ba.metrics.max_difference_percent,
    "largest difference from the cell with channels",
    best=0.0,
    unit="% of the highest rate",
)
FOURCAUD_TROCME = Source("Fourcaud-Trocme et al. 2003")
CLAIMS = (
    FORUM_2018.claim(
        "A6a",
        "Firing has a threshold: below it a cell never fires.",
        SUBTHRESHOLD_RATE.at_levels(noise=0.0).of_each("bio", CELLS) <= 0.1,
    ),
    FORUM_2018.claim(
        "A6b",
        "A noisy cell has a threshold below which it never fires, too.",
        SUBTHRESHOLD_RATE.at_levels(" with noise", noise=1.0).of_each("bio", CELLS) <= 0.1,
    ),
    FORUM_2018.claim(
        "A6c",
        "Above threshold, firing is all or none: a step describes the cell.",
        describe_best("step"),
    ),
    FORUM_2018.claim(
        "A6d",
        "The chain reaction is exponential, and so is the rate.",
        describe_best("exponential", ("eif_sharp", "eif", "adex")),
    ),
    FOURCAUD_TROCME.claim(
        "A6e",
        "The exponential stands for the channels: the rates agree to 5 % of the highest.",
        CHANNEL_DIFFERENCE.at_levels(noise=0.0).against("channels", "eif") <= 5,
        CHANNEL_DIFFERENCE.at_levels(", with noise", noise=1.0).against("channels", "eif") <= 5,
    ),
    FOURCAUD_TROCME.claim(
        "A6f",
        "The sharper the chain reaction, the sharper the onset of firing.",
        compare_onsets("eif_sharp", "eif") >= 1.0,
        compare_onsets("lif", "eif_sharp") >= 1.0,
    ),
    OURS.claim(
        "A6g",
        "Without noise a power law describes every cell (a square root near the onset).",
        describe_best("power law"),
    ),
    ba.Claim(
        "A6h",
        "With noise, too, the rate is a power law of the mean input.",
        ("Miller and Troyer 2002", "Hansel and van Vreeswijk 2002"),
        describe_best("power law", noise=1.0),
        supported="With noise, too, a power law of the mean input describes every cell best",
    ),
    OURS.claim(
        "A6i",
        "With noise the rate is a softplus of the mean input: a line with a rounded corner.",
        describe_best("softplus", noise=1.0),
    ),
)
CURVES = {"along": "current", "by": "match", "x_scale": CURRENT_SCALE / SHARED["g_L"] / mV}
FIGURES = (
    ba.figures.ActivationFits(
        **CURVES,
        facets=BY_NOISE,
        once=("channels",),
        share_y=True,
        message="A power law describes the rates best, with and without noise.",
    ),
    ba.figures.ResponseCurves(
        **CURVES,
        facets={"onset, without noise": {"noise": 0.0, "current": (0.0, 0.3)}, **BY_NOISE},
        xlabel="current / leak [mV]",
        once=("channels",),
        message="A sharper chain reaction: a steeper onset. Beyond it eif fires as channels do.",
    ),
)


def fit_units() -> ba.RateNetwork:
    fit_curve = partial(ba.translate.fit_activations, CURRENT_LEVELS, families=tuple(FAMILIES))
    # Without adaptation, adex is eif.
    fits = {name: fit_curve(RATES["eif" if name == "adex" else name] / 100) for name in CELLS}
    # The adaptation current per rate is b tau_w; as a share of the current it is a weight.
    adaptation_weight = -float(ADAPTATION * SLOW_TAU * RATE_SCALE / CURRENT_SCALE)
    return ba.RateNetwork(
        units=tuple(CELLS),
        channels=tuple(MEAN_CURRENT),
        W={"adex": {"adex": adaptation_weight}},
        W_in=dict.fromkeys(CELLS, MEAN_CURRENT),
        tau={"adex": SLOW_TAU},
        activation={name: fit.activation[0] for name, fit in fits.items()},
    )


def pair() -> ba.Pair:
    n_neurons = {
        "lif": 12,
        "eif_sharp": 12,
        "eif": 40,
        "adex": 40,
    }  # so that all claims are decided
    slow = ba.receptors.CurrentSynapse(tau=SLOW_TAU)
    shots = {"receptor": slow, "fibres": 5, "rate": SHOT_RATE / 5}
    bio = ba.SpikingNetwork.of_members(
        *(ba.Population(name, n_neurons[name], "glutamate", CELLS[name]) for name in CELLS),
        *(ba.CurrentAfferent("drive", name, CURRENT_SCALE) for name in CELLS),
        *(ba.Afferent("noise", name, SHOT_CURRENT, **shots) for name in CELLS),
    )
    # Solved at these currents, dense where it begins to fire. Its membrane is half as large.
    currents = np.r_[0.078, 0.08, 0.082, 0.085, 0.09, 0.1, 0.12, 0.16, 0.2:1.6:0.1]
    spread = SHOT_SIZE * float(SHOT_RATE * SLOW_TAU / 2) ** 0.5
    units = {"unit": CURRENT_SCALE / 2, "hertz": float(RATE_SCALE), "copies": len(CELLS)}
    cell = ba.cells.WangBuzsaki()
    channels = ba.theory.SlowNoise(cell, MEAN_CURRENT, "noise", spread, currents, **units)
    current, noise = np.tile(CURRENT_LEVELS, 2), np.repeat([0.0, 1.0], len(CURRENT_LEVELS))
    levels = {"drive": current - MEAN_CURRENT["noise"] * noise, "noise": noise}
    spreads = {"lif": 2.93 * Hz, "eif_sharp": 2.09 * Hz, "eif": 0.683 * Hz, "adex": 0.565 * Hz}
    return ba.Pair(
        "spike_initiation",
        bio,
        fit_units(),
        ba.Correspondence.of_names(*CELLS, scale=RATE_SCALE),
        question="Which activation describes which cell, with and without noise?",
        stimulus=ba.steps(levels, duration=350 * ms, coords={"current": current, "noise": noise}),
        settle=120 * ms,
        margin=ba.Margin.of_spread(spreads),
        controls={"channels": ba.FunctionModel(channels, tuple(CELLS), tuple(MEAN_CURRENT))},
        figures=FIGURES,
        claims=CLAIMS,
    )
