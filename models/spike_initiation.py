"""Spike initiation: which activation describes which cell?

Biological half: four cells that start to fire at the same current, and differ in how a spike
begins: at a threshold (`lif`), or by an exponential chain reaction, sharp or as smooth as that of
real sodium channels (`eif_sharp`, `eif`), with an adaptation current added in `adex`. Control
`channels`: the rate of a cell with sodium and potassium channels (Wang and Buzsaki 1996), solved
from its equations. Noise is slow against the membrane, so there its rate is averaged over it.

Artificial half: for each cell one unit whose activation is the best of five families (step, ReLU,
softplus, power law, exponential) for the noise-free rate in closed form; adaptation is a negative
weight to itself. The units do not know of the noise.
"""

from functools import partial

import numpy as np
from brian2 import Hz, ms, mV, nS, pA, pF

import bioann as ba
from bioann.ann.activation_grids import make_activation_grids
from bioann.bio.theory.slow_noise import SlowNoise
from bioann.metrics.agreement import largest_difference
from bioann.metrics.fit_margin import aicc_metrics
from bioann.metrics.measures import OfSpikingModel
from bioann.metrics.selection import PeakResponse, RatioOfMatches
from bioann.models.figures.spike_initiation import choice_figure, curves_figure

UNIT, SCALE = 400 * pA, 100 * Hz  # of activation 1: 20 mV on the leak; rate
LEVELS = np.linspace(-0.25, 1.0, 26)  # steps of 1 mV; all cells start to fire at 1.62 mV
BELOW, FIRST = (-0.25, 0.06), LEVELS[7:10]  # below the threshold (0.081); 2 to 4 mV, above it
#: One shot of noise, its duration and rate: a standard deviation of 2.5 mV on the leak.
SHOT, SLOW, SHOTS = 14 * pA, 40 * ms, 625 * Hz
WEIGHTS = {"drive": 1.0, "noise": float(SHOT / UNIT) * float(SHOTS * SLOW)}  # of the mean current
SPREAD = float(SHOT / UNIT) * float(SHOTS * SLOW / 2) ** 0.5
ALIKE = {"C": 200 * pF, "g_L": 20 * nS, "E_L": -65 * mV, "V_r": -68 * mV, "t_ref": 1.7 * ms}
CELLS = {
    "lif": ba.cells.LIF(V_th=-63.38 * mV, **ALIKE),
    "eif_sharp": ba.cells.EIF(Delta_T=0.87 * mV, V_T=-62.51 * mV),  # a quarter of the default
    "eif": ba.cells.EIF(),  # fitted to the channels (Fourcaud-Trocme et al. 2003)
    "adex": ba.cells.AdEx(
        V_T=-59.9 * mV, Delta_T=3.48 * mV, a=0 * nS, b=40 * pA, tau_w=SLOW, **ALIKE
    ),
}
NEURONS = {"lif": 12, "eif_sharp": 12, "eif": 40, "adex": 40}  # so that all claims are decided
#: The cell with channels is solved at these currents, dense where it begins to fire.
SOLVED = np.r_[0.078, 0.08, 0.082, 0.085, 0.09, 0.1, 0.12, 0.16, 0.2:1.6:0.1]
#: All curves that are tried; thresholds (6 from -0.5 to 0, ...) are dense where the cells' are.
FAMILIES = make_activation_grids(np.r_[-0.5:0:6j, 0.02:0.2:19j, 0.25:0.6:6j], steps=LEVELS - 0.025)


def neurons() -> ba.SpikingNetwork:
    """Build the biological half: each cell gets a current, and shots of current as noise."""
    noise = {"receptor": ba.receptors.CurrentSynapse(tau=SLOW), "fibres": 5, "rate": SHOTS / 5}
    cells = (ba.Population(n, NEURONS[n], "glutamate", cell=c) for n, c in CELLS.items())
    drives = (ba.CurrentAfferent("drive", name, UNIT) for name in CELLS)
    shots = (ba.Afferent("noise", name, weight=SHOT, **noise) for name in CELLS)
    return ba.SpikingNetwork(tuple(cells), (*drives, *shots))


def units() -> ba.RateNetwork:
    """Build the artificial half: the best activation for the noise-free rate of each cell."""
    noise_free = [CELLS[n].rate(LEVELS * UNIT) / float(SCALE) for n in ("lif", "eif_sharp", "eif")]
    fits = (
        ba.translate.fit_activations(LEVELS, rate, families=tuple(FAMILIES)) for rate in noise_free
    )
    best = [fit.activation[0] for fit in fits]  # without adaptation, adex is eif
    itself = -float(40 * pA * SLOW * SCALE / UNIT)  # b tau_w per rate, as a share of the current
    return ba.RateNetwork(
        units=tuple(CELLS),
        channels=tuple(WEIGHTS),
        W=np.diag([0.0, 0.0, 0.0, itself]),
        W_in=[list(WEIGHTS.values())] * len(CELLS),
        tau=(None, None, None, SLOW),
        activation=(*best, best[-1]),
    )


LEVEL, OFF = "rate below threshold", "largest difference from channels"
highest, below = OfSpikingModel(PeakResponse(float(SCALE))), {"current": BELOW}
low = ba.metrics.Metric(LEVEL, highest, np.nan, unit="Hz", alone=True, where=below)
off = ba.metrics.Metric(OFF, largest_difference, 0.0, against="channels", unit="%")
worse = aicc_metrics(FAMILIES, "current")  # by how much each family is above the best of the others
# Rates just above threshold, one cell over another; the best is their ratio in closed form.
above = {name: float(cell.rate(FIRST * UNIT).sum()) for name, cell in CELLS.items()}
onsets = (
    ba.metrics.Metric(
        f"onset, {a} over {b}",
        OfSpikingModel(RatioOfMatches(a, b)),
        above[a] / above[b],
        per="pair",
        alone=True,
        where={"current": (FIRST[0], FIRST[-1])},
    )
    for a, b in (("eif_sharp", "eif"), ("lif", "eif_sharp"))
)
quiet = (low, off, *onsets, worse["step"], worse["exponential"], worse["power law"])
noisy = (low, off, worse["power law"], worse["softplus"])
METRICS = (
    *(m.at_levels(noise=0.0) for m in quiet),
    *(m.at_levels(", noise", noise=1.0) for m in noisy),
)

every = partial(ba.rules.at_most, match=CELLS)
S1, AFTER = "AI Stack Exchange 2018", "Fourcaud-Trocme et al. 2003"
LAW = "Miller and Troyer 2002; Hansel and van Vreeswijk 2002"
CLAIMS = (
    ba.Claim("A6a", "Firing has a threshold: below it a cell never fires.", S1, every(LEVEL, 0.1)),
    ba.Claim("A6b", "So it has in a noisy cell.", S1, every(f"{LEVEL}, noise", 0.1)),
    ba.Claim(
        "A6c",
        "Above it firing is all or none: a step describes the cell.",
        S1,
        every("step above the best", 0.0),
    ),
    ba.Claim(
        "A6d",
        "The chain reaction is exponential, and so is the rate.",
        S1,
        ba.rules.at_most("exponential above the best", 0.0, match=("eif_sharp", "eif", "adex")),
    ),
    ba.Claim(
        "A6e",
        "The exponential stands for the channels: the rates agree to 5 % of the highest.",
        AFTER,
        ba.rules.at_most((OFF, f"{OFF}, noise"), 5, match="eif"),
    ),
    ba.Claim(
        "A6f",
        "The sharper the chain reaction, the sharper the onset of firing.",
        AFTER,
        ba.rules.at_least(("onset, eif_sharp over eif", "onset, lif over eif_sharp"), 1.0),
    ),
    ba.Claim(
        "A6g",
        "Without noise a power law describes every cell (a square root near the onset).",
        "ours",
        every("power law above the best", 0.0),
    ),
    ba.Claim(
        "A6h",
        "With noise, too: a power law of the mean input.",
        LAW,
        every("power law above the best, noise", 0.0),
    ),
    ba.Claim(
        "A6i",
        "With noise it is a softplus: a line with a rounded corner.",
        "ours",
        every("softplus above the best, noise", 0.0),
    ),
)


def pair() -> ba.Pair:
    """Return the pair."""
    mean = {"current": np.tile(LEVELS, 2), "noise": np.repeat([0.0, 1.0], len(LEVELS))}
    sent = {"drive": mean["current"] - WEIGHTS["noise"] * mean["noise"], "noise": mean["noise"]}
    membrane = {"unit": UNIT / 2, "hertz": float(SCALE), "copies": len(CELLS)}  # half as large
    rates = SlowNoise(ba.cells.WangBuzsaki(), WEIGHTS, "noise", SPREAD, SOLVED, **membrane)
    return ba.Pair(
        "spike_initiation",
        neurons(),
        units(),
        ba.Correspondence(tuple(ba.Match(n, n, SCALE) for n in CELLS)),
        question="Which activation describes which cell, with and without noise?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018); Fourcaud-Trocme et al. 2003",
        stimulus=ba.steps(sent, duration=350 * ms, coords=mean),
        settle=120 * ms,
        trials=5,
        controls={"channels": ba.FunctionModel(rates, tuple(CELLS), tuple(WEIGHTS))},
        metrics=METRICS,
        figures=(curves_figure, choice_figure),
        claims=CLAIMS,
    )
