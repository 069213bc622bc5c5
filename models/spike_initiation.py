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

import numpy as np
from brian2 import Hz, ms, mV, nS, pA, pF

import bioann as ba
from bioann.ann.activation_grids import make_activation_grids
from bioann.bio.theory.slow_noise import SlowNoise
from bioann.claims.measure import Measure
from bioann.metrics.agreement import max_difference_percent
from bioann.metrics.aicc_difference import AiccDifference
from bioann.metrics.selection import PeakResponse, RatioOfMatches

CURRENT_SCALE, RATE_SCALE = 400 * pA, 100 * Hz  # of activation 1: 20 mV on the leak; rate
CURRENT_LEVELS = np.linspace(-0.25, 1.0, 26)  # steps of 1 mV; all cells start to fire at 1.62 mV
#: One shot of noise, its duration and rate: a standard deviation of 2.5 mV on the leak.
SHOT_CURRENT, SLOW_TAU, SHOT_RATE = 14 * pA, 40 * ms, 625 * Hz
SHOT_SIZE = float(SHOT_CURRENT / CURRENT_SCALE)
#: Of the mean current.
INPUT_WEIGHTS = {"drive": 1.0, "noise": SHOT_SIZE * float(SHOT_RATE * SLOW_TAU)}
NOISE_STD = SHOT_SIZE * float(SHOT_RATE * SLOW_TAU / 2) ** 0.5
SHARED = {"C": 200 * pF, "g_L": 20 * nS, "E_L": -65 * mV, "V_r": -68 * mV, "t_ref": 1.7 * ms}
CELLS = {
    "lif": ba.cells.LIF(V_th=-63.38 * mV, **SHARED),
    "eif_sharp": ba.cells.EIF(Delta_T=0.87 * mV, V_T=-62.51 * mV),  # a quarter of the default
    "eif": ba.cells.EIF(),  # fitted to the channels (Fourcaud-Trocme et al. 2003)
    "adex": ba.cells.AdEx(
        V_T=-59.9 * mV, Delta_T=3.48 * mV, a=0 * nS, b=40 * pA, tau_w=SLOW_TAU, **SHARED
    ),
}
N_NEURONS = {"lif": 12, "eif_sharp": 12, "eif": 40, "adex": 40}  # so that all claims are decided
#: The cell with channels is solved at these currents, dense where it begins to fire.
SOLVED_CURRENTS = np.r_[0.078, 0.08, 0.082, 0.085, 0.09, 0.1, 0.12, 0.16, 0.2:1.6:0.1]
#: All curves that are tried; thresholds (6 from -0.5 to 0, ...) are dense where the cells' are.
FAMILIES = make_activation_grids(
    np.r_[-0.5:0:6j, 0.02:0.2:19j, 0.25:0.6:6j], steps=CURRENT_LEVELS - 0.025
)


def build_noisy_cells() -> ba.SpikingNetwork:
    """Build the spiking model: each cell gets a current, and shots of current as noise."""
    receptor = ba.receptors.CurrentSynapse(tau=SLOW_TAU)
    noise = {"receptor": receptor, "fibres": 5, "rate": SHOT_RATE / 5}
    populations = (
        ba.Population(name, N_NEURONS[name], "glutamate", cell=cell) for name, cell in CELLS.items()
    )
    drives = (ba.CurrentAfferent("drive", name, CURRENT_SCALE) for name in CELLS)
    shots = (ba.Afferent("noise", name, weight=SHOT_CURRENT, **noise) for name in CELLS)
    return ba.SpikingNetwork(tuple(populations), (*drives, *shots))


def build_fitted_units() -> ba.RateNetwork:
    """Build the rate model: the best activation for the noise-free rate of each cell."""
    activations = []
    for name in ("lif", "eif_sharp", "eif"):
        rate = CELLS[name].rate(CURRENT_LEVELS * CURRENT_SCALE) / float(RATE_SCALE)
        fits = ba.translate.fit_activations(CURRENT_LEVELS, rate, families=tuple(FAMILIES))
        activations.append(fits.activation[0])
    # b tau_w per rate, as a share of the current.
    adaptation_weight = -float(40 * pA * SLOW_TAU * RATE_SCALE / CURRENT_SCALE)
    return ba.RateNetwork(
        units=tuple(CELLS),
        channels=tuple(INPUT_WEIGHTS),
        W=np.diag([0.0, 0.0, 0.0, adaptation_weight]),
        W_in=[list(INPUT_WEIGHTS.values())] * len(CELLS),
        tau=(None, None, None, SLOW_TAU),
        activation=(*activations, activations[-1]),  # without adaptation, adex is eif
    )


SUBTHRESHOLD_RATE = ba.measure(
    PeakResponse(RATE_SCALE / Hz),
    "rate below threshold",
    unit="Hz",
    where={"current": (-0.25, 0.06)},
)
CHANNEL_DIFFERENCE = ba.measure(
    max_difference_percent, "largest difference", best=0.0, unit="% of the highest rate"
)
#: How much worse each family describes the rates than the best of the others.
AICC_DIFFERENCES = {
    name: ba.measure(
        AiccDifference(name, FAMILIES, "current"),
        f"AICc of the best {name} minus that of the best other activation",
    )
    for name in ("step", "exponential", "power law", "softplus")
}
#: Rates 2 to 4 mV above the leak, just above threshold, one cell over another; the best is their
#: ratio in closed form.
ONSET_LEVELS = CURRENT_LEVELS[7:10]
ONSET_RATES = {name: cell.rate(ONSET_LEVELS * CURRENT_SCALE).sum() for name, cell in CELLS.items()}
ONSET_RATIOS = tuple(
    ba.measure(
        RatioOfMatches(a, b),
        f"rate just above threshold, {a} over {b}",
        best=float(ONSET_RATES[a] / ONSET_RATES[b]),
        per="pair",
        where={"current": (ONSET_LEVELS[0], ONSET_LEVELS[-1]), "noise": 0.0},
    )
    for a, b in (("eif_sharp", "eif"), ("lif", "eif_sharp"))
)


def require_at_most(
    measure: Measure, bound: float, noise: bool = False, cells: Iterable[str] = CELLS
) -> tuple[ba.rules.Rule, ...]:
    """Require that a measure is at most `bound` in each of some cells, with noise or without."""
    at_noise = measure.at_levels(" with noise" if noise else "", noise=float(noise))
    return tuple(at_noise.of("bio", match=cell) <= bound for cell in cells)


def require_rates_of_channels(noise: bool) -> ba.rules.Rule:
    """Require that the eif differs by at most 5 % from the cell with channels."""
    name = "largest difference from the cell with channels" + ", with noise" * noise
    at_noise = CHANNEL_DIFFERENCE.at_levels(noise=float(noise))
    return at_noise.of("bio", "channels", match="eif", name=name) <= 5


FORUM, FOURCAUD_TROCME = "AI Stack Exchange 2018", "Fourcaud-Trocme et al. 2003"
POWER_LAW_PAPERS = "Miller and Troyer 2002; Hansel and van Vreeswijk 2002"
CLAIMS = (
    ba.Claim(
        "A6a",
        "Firing has a threshold: below it a cell never fires.",
        FORUM,
        *require_at_most(SUBTHRESHOLD_RATE, 0.1),
    ),
    ba.Claim(
        "A6b",
        "A noisy cell has such a threshold, too.",
        FORUM,
        *require_at_most(SUBTHRESHOLD_RATE, 0.1, noise=True),
    ),
    ba.Claim(
        "A6c",
        "Above threshold, firing is all or none: a step describes the cell.",
        FORUM,
        *require_at_most(AICC_DIFFERENCES["step"], 0.0),
    ),
    ba.Claim(
        "A6d",
        "The chain reaction is exponential, and so is the rate.",
        FORUM,
        *require_at_most(AICC_DIFFERENCES["exponential"], 0.0, cells=("eif_sharp", "eif", "adex")),
    ),
    ba.Claim(
        "A6e",
        "The exponential stands for the channels: the rates agree to 5 % of the highest.",
        FOURCAUD_TROCME,
        *(require_rates_of_channels(noise) for noise in (False, True)),
    ),
    ba.Claim(
        "A6f",
        "The sharper the chain reaction, the sharper the onset of firing.",
        FOURCAUD_TROCME,
        *(ratio.of("bio") >= 1.0 for ratio in ONSET_RATIOS),
    ),
    ba.Claim(
        "A6g",
        "Without noise a power law describes every cell (a square root near the onset).",
        "ours",
        *require_at_most(AICC_DIFFERENCES["power law"], 0.0),
    ),
    ba.Claim(
        "A6h",
        "With noise, too, the rate is a power law of the mean input.",
        POWER_LAW_PAPERS,
        *require_at_most(AICC_DIFFERENCES["power law"], 0.0, noise=True),
    ),
    ba.Claim(
        "A6i",
        "With noise it is a softplus: a line with a rounded corner.",
        "ours",
        *require_at_most(AICC_DIFFERENCES["softplus"], 0.0, noise=True),
    ),
)
BY_NOISE = {"without noise": {"noise": 0.0}, "with noise": {"noise": 1.0}}
RATE_CURVES = ba.figures.ResponseCurves(
    "current",
    by="match",
    once=("channels",),
    facets={"onset, without noise": {"noise": 0.0, "current": (0.0, 0.3)}, **BY_NOISE},
    xlabel="current / leak [mV]",
    ylabel="rate [Hz]",
    x_scale=CURRENT_SCALE / (20 * nS) / mV,
    y_scale=RATE_SCALE / Hz,
    message="A sharper chain reaction makes a steeper onset of firing. Beyond the onset the eif "
    "fires as the cell with channels does.",
)
FITS = ba.figures.ActivationFits(
    "current",
    by="match",
    once=("channels",),
    facets=BY_NOISE,
    share_y=True,
    message="A power law describes the rates best, with and without noise.",
)


def pair() -> ba.Pair:
    """Return the pair."""
    current = np.tile(CURRENT_LEVELS, 2)
    noise = np.repeat([0.0, 1.0], len(CURRENT_LEVELS))
    inputs = {"drive": current - INPUT_WEIGHTS["noise"] * noise, "noise": noise}
    # Its membrane is half as large.
    membrane = {"unit": CURRENT_SCALE / 2, "hertz": float(RATE_SCALE), "copies": len(CELLS)}
    rates = SlowNoise(
        ba.cells.WangBuzsaki(), INPUT_WEIGHTS, "noise", NOISE_STD, SOLVED_CURRENTS, **membrane
    )
    return ba.Pair(
        "spike_initiation",
        build_noisy_cells(),
        build_fitted_units(),
        ba.Correspondence(tuple(ba.Match(name, name, RATE_SCALE) for name in CELLS)),
        question="Which activation describes which cell, with and without noise?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018); Fourcaud-Trocme et al. 2003",
        stimulus=ba.steps(inputs, duration=350 * ms, coords={"current": current, "noise": noise}),
        settle=120 * ms,
        trials=5,
        controls={"channels": ba.FunctionModel(rates, tuple(CELLS), tuple(INPUT_WEIGHTS))},
        figures=(RATE_CURVES, FITS),
        claims=CLAIMS,
    )
