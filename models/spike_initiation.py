"""Spike initiation: which activation describes which cell?

Biological half: four cells that differ only in how a spike begins. At a threshold (`lif`); by an
exponential chain reaction, sharp or as smooth as that of real sodium channels (`eif_sharp`, `eif`);
and with an adaptation current added (`adex`). All start at the same current. Beside them, as the
control `channels`, the rate of a cell with sodium and potassium channels (Wang and Buzsaki 1996),
solved from its equations; its step of 0.01 ms would make a simulation slow. The noise is slow
against the membrane, so its rate under noise is the mean of the noise-free rate over the noise.

Artificial half: for each cell one unit whose activation is the best of five families (step, ReLU,
softplus, power law, exponential) for the noise-free rate in closed form; adaptation is a negative
weight to itself. The units do not know of the noise.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import xarray as xr
from brian2 import Hz, ms, mV, nS, pA, pF

import bioann as ba
from bioann.metrics.margin import Family, Margin
from bioann.metrics.select import mean_where
from bioann.reporting.figures.curves import COLOURS
from bioann.reporting.style import INK, Drawing, axes

UNIT, SCALE = 400 * pA, 100 * Hz  # of activation 1: 20 mV on the leak; rate
LEVELS = np.linspace(-0.25, 1.0, 26)  # steps of 1 mV; all cells start to fire at 1.62 mV
BELOW, FIRST = 0.06, (0.09, 0.21)  # levels below the threshold (0.081); the first 3 mV above it
#: One shot of noise, its duration and rate: a standard deviation of 2.5 mV on the leak.
SHOT, SLOW, SHOTS = 14 * pA, 40 * ms, 625 * Hz
SPREAD = float(SHOT / UNIT) * float(SHOTS * SLOW / 2) ** 0.5
WEIGHTS = {"drive": 1.0, "noise": float(SHOT / UNIT) * float(SHOTS * SLOW)}  # of the mean current
ALIKE = {"C": 200 * pF, "g_L": 20 * nS, "E_L": -65 * mV, "V_r": -68 * mV, "t_ref": 1.7 * ms}
EIF = ba.EIF()  # its numbers were fitted to the channels (Fourcaud-Trocme et al. 2003)
CELLS: dict[str, ba.Cell] = {
    "lif": ba.LIF(V_th=-63.38 * mV, **ALIKE),
    "eif_sharp": ba.EIF(Delta_T=0.87 * mV, V_T=-62.51 * mV),  # a quarter of the default
    "eif": EIF,
    "adex": ba.AdEx(V_T=-59.9 * mV, Delta_T=3.48 * mV, a=0 * nS, b=40 * pA, tau_w=40 * ms, **ALIKE),
}
#: Neurons of each cell: as many as the claims about noise take to be decided.
NEURONS = {"lif": 12, "eif_sharp": 12, "eif": 40, "adex": 40}
FITTED = ("step", "ReLU", "softplus", "power law", "exponential")
T = np.r_[-0.5:0:6j, 0.02:0.2:19j, 0.25:0.6:6j]  # thresholds, dense where the cells have theirs
FAMILIES = {
    "step": Family(2, [ba.Scaled(ba.Threshold(), threshold=t) for t in LEVELS - 0.025]),
    "ReLU": Family(2, [ba.Scaled(ba.Relu(), threshold=t) for t in T]),
    "softplus": Family(
        3,
        [ba.Scaled(ba.Softplus(s), threshold=t) for s in np.geomspace(0.01, 1, 20) for t in T],
    ),
    "power law": Family(
        3,
        [ba.Scaled(ba.PowerLaw(p), threshold=t) for p in np.geomspace(0.3, 6, 28) for t in T],
    ),
    "exponential": Family(2, [ba.Scaled(ba.Exponential(), gain=k) for k in np.geomspace(0.1, 30)]),
}


def exact(of: str, over: str) -> float:
    """Give the ratio that `Onset` measures, in closed form."""
    low, high = FIRST
    levels = LEVELS[(low < LEVELS) & (high > LEVELS)] * UNIT
    return float(CELLS[of].rate(levels).sum() / CELLS[over].rate(levels).sum())


def unit(cell: ba.Cell) -> ba.Activation:
    """Give the best activation for the noise-free rate of a cell."""
    rate = cell.rate(LEVELS * UNIT) / float(SCALE)
    return ba.fit_activations(LEVELS, rate, families=FITTED).activation[0]


def current(stimulus: xr.DataArray) -> xr.DataArray:
    """Give the mean current into a cell, that of the noise included."""
    noise = WEIGHTS["noise"] * stimulus.sel(channel="noise", drop=True)
    return stimulus.sel(channel="drive", drop=True) + noise


@functools.cache
def channels() -> tuple[np.ndarray, np.ndarray]:
    """Solve the cell with channels: levels, and the square of its rate, which begins as a line."""
    levels = np.r_[0.078, 0.08, 0.082, 0.085, 0.09, 0.1, 0.12, 0.16, np.arange(0.2, 1.6, 0.1)]
    rate = ba.WangBuzsaki().rate(levels * UNIT / 2)  # half the membrane of the other cells
    return levels, (rate / float(SCALE)) ** 2


def with_channels(stimulus: xr.DataArray, rng: np.random.Generator) -> np.ndarray:
    """Give the rate of the cell with channels, once for each of the cells."""
    z = np.linspace(-4, 4, 161)
    spread = SPREAD * np.sqrt(stimulus.sel(channel="noise").values)
    x = current(stimulus).values[..., None] + spread[..., None] * z
    rate = np.sqrt(np.interp(x, *channels(), left=0.0))
    mean = rate @ (np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum())
    return np.repeat(mean[..., None], len(CELLS), axis=-1)


@dataclasses.dataclass(frozen=True)
class Below:
    """Highest mean rate in Hz at drives below the threshold, with so much noise."""

    noise: float

    def __call__(self, bio: xr.DataArray, other: xr.DataArray, stim: xr.DataArray) -> xr.DataArray:
        """Return it."""
        kept = (stim.sel(channel="noise") == self.noise) & (current(stim) < BELOW)
        return bio.isel(condition=np.flatnonzero(kept)).max("condition") * float(SCALE)


@dataclasses.dataclass(frozen=True)
class Apart:
    """Largest difference from the cell with channels, in percent of its highest rate."""

    noise: float

    def __call__(self, bio: xr.DataArray, other: xr.DataArray, stim: xr.DataArray) -> xr.DataArray:
        """Return it."""
        kept = np.flatnonzero(stim.sel(channel="noise") == self.noise)
        off = abs(bio - other).isel(condition=kept).max("condition")
        return 100 * off / other.isel(condition=kept).max("condition")


@dataclasses.dataclass(frozen=True)
class Onset:
    """Rate of one cell over that of another, summed over the first levels above the threshold."""

    of: str
    over: str

    def __call__(self, bio: xr.DataArray, other: xr.DataArray, stim: xr.DataArray) -> xr.DataArray:
        """Return the ratio."""
        total = current(stim)
        at = (total > FIRST[0]) & (total < FIRST[1]) & (stim.sel(channel="noise") == 0)
        rate = mean_where(bio, at)
        return rate.sel(match=self.of) / rate.sel(match=self.over)


def curves_figure(comparison: ba.Comparison) -> Drawing:
    """Draw the onset, and the rates of all cells without and with noise."""
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    figure, panels = axes(1, 3, height=3.3)
    millivolt, hertz = 20 * LEVELS, float(SCALE)
    for noise, shown in ((0, panels[:2]), (1, panels[2:])):
        at = steady.isel(condition=np.flatnonzero(steady.noise == noise))
        for panel in shown:
            for name, colour in zip(CELLS, COLOURS, strict=False):
                rate = at["bio"].sel(match=name).mean("trial") * hertz
                panel.plot(millivolt, rate, "o", ms=3, color=colour, label=name)
                panel.plot(millivolt, at["ann"].sel(match=name) * hertz, "--", lw=0.6, color=colour)
            known = at["channels"].isel(match=0).mean("trial") * hertz
            panel.plot(millivolt, known, "-", color=INK, lw=1, label="channels")
    fine = np.linspace(0, 6, 241)
    for name, colour in zip(("lif", "eif_sharp", "eif"), COLOURS, strict=False):
        exact = CELLS[name].rate(fine / 20 * UNIT)
        panels[0].plot(fine, exact, color=colour, lw=1)
    panels[0].set(xlim=(0, 6), ylim=(-3, 85), title="onset, without noise", ylabel="rate [Hz]")
    panels[1].set(title="without noise", ylim=(-5, 270))
    panels[2].set(title="with noise", ylim=(-5, 270))
    for panel in panels:
        panel.set_xlabel("current / leak [mV]")
    handles = panels[1].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=5)
    told = comparison.scores.set_index(["metric", "match"]).value
    ratio = told["onset, eif_sharp over eif", ""]
    near = told["largest difference from channels", "eif"]
    return Drawing(
        figure,
        f"Rate against current. In the first 3 mV above threshold the sharper cell fires "
        f"{ratio:.2f} times as fast; the eif stays within {near:.1f} % of the cell with channels.",
        "A sharper chain reaction makes a steeper onset; beyond the onset the eif is the cell with "
        "channels. Circles: simulated; lines in the first panel: closed form; dashed: units, which "
        "do not know of the noise. n: 12 or 40 neurons, "
        f"{steady.sizes['trial']} trials.",
    )


def choice_figure(comparison: ba.Comparison) -> Drawing:
    """Draw how much worse than the best each activation describes each cell."""
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    figure, panels = axes(1, 2, height=2.7, sharey=True)
    told = []
    names = [*CELLS, "channels"]
    for noise, panel in zip((0, 1), panels, strict=True):
        at = steady.isel(condition=np.flatnonzero(steady.noise == noise))
        table = np.zeros((len(names), len(FITTED)))
        for row, name in enumerate(names):
            rate = at["channels"].isel(match=0) if name == "channels" else at["bio"].sel(match=name)
            rate = rate.mean("trial")
            found = ba.fit_activations(LEVELS, rate.values, families=FITTED).set_index("family")
            for column, family in enumerate(FITTED):
                table[row, column] = found.delta[family]
                text = f"{found.delta[family]:.0f}\n{found.r2[family]:.3f}"
                dark = found.delta[family] > 60
                panel.text(column, row, text, ha="center", va="center", fontsize=6,
                           color="white" if dark else INK)  # fmt: skip
            told.append(f"{name} {'with' if noise else 'without'} noise: {found.index[0]}")
        panel.imshow(table, cmap="cividis_r", vmin=0, vmax=200, aspect="auto")
        panel.set(xticks=range(len(FITTED)), title="with noise" if noise else "without noise")
        panel.set_xticklabels(FITTED, rotation=30, ha="right")
    panels[0].set(yticks=range(len(names)), yticklabels=names)
    return Drawing(
        figure,
        f"The best activation of five. {'; '.join(told)}.",
        "Which activation describes which cell: AICc above that of the best family (0: the best), "
        f"and below it the share of variance explained. Fits to {len(LEVELS)} drives.",
    )


def pair() -> ba.Pair:
    """Return the pair."""
    shots = functools.partial(
        ba.Afferent, "noise", weight=SHOT, receptor=ba.CurrentSynapse(tau=SLOW), fibres=5,
        rate=SHOTS / 5,
    )  # fmt: skip
    bio = ba.SpikingNetwork(
        tuple(ba.Population(n, NEURONS[n], "glutamate", cell=c) for n, c in CELLS.items()),
        (
            *(ba.CurrentAfferent("drive", n, UNIT) for n in CELLS),
            *(shots(n) for n in CELLS),
        ),
    )
    smooth, noise = unit(EIF), np.repeat([0.0, 1.0], len(LEVELS))
    # An adaptation current b tau_w per rate, as a share of the unit of current.
    itself = -float(40 * pA * 40 * ms * SCALE / UNIT)
    ann = ba.RateNetwork(
        units=tuple(CELLS),
        channels=("drive", "noise"),
        W=np.diag([0.0, 0.0, 0.0, itself]),
        W_in=[list(WEIGHTS.values())] * len(CELLS),
        tau=(None, None, None, SLOW),
        activation=(unit(CELLS["lif"]), unit(CELLS["eif_sharp"]), smooth, smooth),
    )
    quiet, noisy = {"noise": 0.0}, {"noise": 1.0}

    def margin(family: str, where: dict[str, float]) -> Margin:
        return Margin(family, FAMILIES, WEIGHTS, where)

    def best(metric: str, *cells: str) -> ba.AllOf:
        return ba.AllOf(tuple(ba.at_most(metric, 0.0, match=c) for c in cells))

    alone = functools.partial(ba.Metric, best=np.nan, alone=True)
    apart = functools.partial(ba.Metric, best=0.0, against="channels", unit="%")
    s1 = "AI Stack Exchange 2018"
    return ba.Pair(
        "spike_initiation",
        bio,
        ann,
        ba.Correspondence(tuple(ba.Match(n, n, SCALE) for n in CELLS)),
        question="Which activation describes which cell, with and without noise?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018); Fourcaud-Trocme et al. 2003",
        stimulus=ba.steps(
            {"drive": np.tile(LEVELS, 2) - WEIGHTS["noise"] * noise, "noise": noise},
            duration=350 * ms,
            coords={"current": np.tile(LEVELS, 2), "noise": noise},
        ),
        settle=120 * ms,
        trials=5,
        controls={"channels": ba.CallableHalf(with_channels, tuple(CELLS), ("drive", "noise"))},
        metrics=(
            alone("rate below threshold", Below(0.0), unit="Hz"),
            alone("rate below threshold, noise", Below(1.0), unit="Hz"),
            alone("step above the best", margin("step", quiet)),
            alone("exponential above the best", margin("exponential", quiet)),
            alone("power law above the best", margin("power law", quiet)),
            alone("power law above the best, noise", margin("power law", noisy)),
            alone("softplus above the best, noise", margin("softplus", noisy)),
            apart("largest difference from channels", Apart(0.0)),
            apart("largest difference from channels, noise", Apart(1.0)),
            *(
                ba.Metric(f"onset, {a} over {b}", Onset(a, b), exact(a, b), each="pair", alone=True)
                for a, b in (("eif_sharp", "eif"), ("lif", "eif_sharp"))
            ),
        ),
        figures=(curves_figure, choice_figure),
        claims=(
            ba.Claim(
                "A6a",
                "Firing has a threshold: below it a cell never fires.",
                s1,
                ba.AllOf(tuple(ba.at_most("rate below threshold", 0.1, match=n) for n in CELLS)),
            ),
            ba.Claim(
                "A6b",
                "So it has in a noisy cell.",
                s1,
                ba.AllOf(
                    tuple(ba.at_most("rate below threshold, noise", 0.1, match=n) for n in CELLS)
                ),
            ),
            ba.Claim(
                "A6c",
                "Above it firing is all or none: a step describes the cell.",
                s1,
                best("step above the best", *CELLS),
            ),
            ba.Claim(
                "A6d",
                "The chain reaction is exponential, and so is the rate.",
                s1,
                best("exponential above the best", "eif_sharp", "eif", "adex"),
            ),
            ba.Claim(
                "A6e",
                "The exponential stands for the channels: the rates agree to 5 % of the highest.",
                "Fourcaud-Trocme et al. 2003",
                ba.AllOf(
                    (
                        ba.at_most("largest difference from channels", 5, match="eif"),
                        ba.at_most("largest difference from channels, noise", 5, match="eif"),
                    )
                ),
            ),
            ba.Claim(
                "A6f",
                "The sharper the chain reaction, the sharper the onset of firing.",
                "Fourcaud-Trocme et al. 2003",
                ba.AllOf(
                    (
                        ba.at_least("onset, eif_sharp over eif", 1.0),
                        ba.at_least("onset, lif over eif_sharp", 1.0),
                    )
                ),
            ),
            ba.Claim(
                "A6g",
                "Without noise a power law describes every cell (a square root near the onset).",
                "ours",
                best("power law above the best", *CELLS),
            ),
            ba.Claim(
                "A6h",
                "With noise, too: a power law of the mean input.",
                "Miller and Troyer 2002; Hansel and van Vreeswijk 2002",
                best("power law above the best, noise", *CELLS),
            ),
            ba.Claim(
                "A6i",
                "With noise it is a softplus: a line with a rounded corner.",
                "ours",
                best("softplus above the best, noise", *CELLS),
            ),
        ),
    )
