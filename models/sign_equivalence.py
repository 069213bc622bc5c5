"""Sign equivalence: is a positive transmitter times a receptor an output times a signed weight?

Biological half: one cell under excitatory bombardment that sets its operating point, and eight sets
of GABA fibres, alike but for the reversal potential of their receptor, from -80 mV to 0 mV. In each
condition one set fires. Artificial half: one unit; each set is a channel with one weight, computed
at the middle operating point, from the rate of the cell averaged over the noise of its conductances
(`bioann.adiabatic_rate`). Nothing is fitted.

A conductance that reverses below rest lowers the rate, one that reverses above threshold raises
it. Between rest and threshold it depolarises a silent cell and may yet lower the rate of a firing
one. Without noise the effect turns at threshold in a cell at rheobase, and in the middle of reset
and threshold, -55 mV, in one that is driven far above it; noise blurs the operating point.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import xarray as xr
from brian2 import Hz, ms, mV, nS

import bioann as ba
from bioann.ann.curves import Tabulated
from bioann.metrics.select import mean_where
from bioann.reporting.figures.curves import COLOURS
from bioann.reporting.style import INK, Drawing, axes, plain
from bioann.rules import spanned

REVERSAL = (-80.0, -70.0, -62.0, -58.0, -54.0, -50.0, -46.0, 0.0)  # mV
CHANNEL = {f"E_{'m' if e else ''}{abs(e):.0f}": e for e in REVERSAL}
DRIVES = (0.25, 0.6, 1.0)  # operating points: weak, middle, strong
CELL = ba.LIF()
EXCITATION = ba.Afferent("drive", "cell", 2 * nS, fibres=60, rate=20 * Hz)
FIBRES, GABA, TOP = 20, 2 * nS, 10 * Hz  # each set: 4 nS on average at activation 1


def rate(drive: Any, signal: float = 0.0, reversal: float = 0.0) -> np.ndarray:
    """Give the cell's rate in Hz, averaged over the noise of both conductances."""
    inputs = [ba.Bombardment(np.asarray(drive) * 1200 * Hz, 2 * nS, 5 * ms, 0 * mV)]
    inputs += (
        [ba.Bombardment(signal * FIBRES * TOP, GABA, 10 * ms, reversal * mV)] if signal else []
    )
    return ba.adiabatic_rate(CELL, inputs)


def weight(reversal: float) -> float:
    """Give the weight of a set: the change of drive with the same effect as the set at 1."""
    levels = np.linspace(0, 2, 201)
    same = np.interp(rate([DRIVES[1]], 1.0, reversal), rate(levels), levels)
    return float(same[0] - DRIVES[1])


@dataclasses.dataclass(frozen=True)
class Flip:
    """The reversal potential in mV at which the effect of GABA turns, at one operating point.

    By the theory of `rate`, a line through these three sets misses the turn by 0.2 mV at most.
    """

    drive: float

    def __call__(self, bio: xr.DataArray, other: xr.DataArray, stim: xr.DataArray) -> xr.DataArray:
        """Return where a line through the effects of sets that reverse near threshold is zero."""
        near = [k for k, e in enumerate(REVERSAL) if -60 < e < -48]
        e = xr.DataArray([REVERSAL[k] for k in near], dims="reversal")
        effect = effects(bio, stim, self.drive).isel(reversal=near)
        slope = xr.dot(e - e.mean(), effect, dim="reversal") / float(((e - e.mean()) ** 2).sum())
        return float(e.mean()) - effect.mean("reversal") / slope


@dataclasses.dataclass(frozen=True)
class Moved:
    """By how many mV the turn of the strongest drive lies below that of the weakest."""

    def __call__(self, bio: xr.DataArray, other: xr.DataArray, stim: xr.DataArray) -> xr.DataArray:
        """Return the difference of the two."""
        weak, strong = (Flip(drive)(bio, other, stim) for drive in (DRIVES[0], DRIVES[-1]))
        return weak - strong


def effects(response: xr.DataArray, stimulus: xr.DataArray, drive: float) -> xr.DataArray:
    """Give the response with each set at activation 1, minus that without any; by reversal."""
    here = np.isclose(stimulus.sel(channel="drive").values, drive)

    def at(level: dict[str, float]) -> xr.DataArray:
        found = here.copy()
        for name in CHANNEL:
            found &= np.isclose(stimulus.sel(channel=name).values, level.get(name, 0.0))
        return mean_where(response, found).drop_vars("condition", errors="ignore")

    return xr.concat([at({name: 1.0}) for name in CHANNEL], "reversal") - at({})


def outside(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """RMSE over the sets that reverse below rest or above threshold, and the drive alone."""
    within = [n for n, e in CHANNEL.items() if -65 <= e <= -50]
    kept = (stimulus.sel(channel=within) == 0).all("channel")
    return mean_where((bio - other) ** 2, kept) ** 0.5


def stimulus() -> xr.DataArray:
    """Make the conditions: each drive alone, and with each set at two activations."""
    rows = [(d, *np.zeros(len(REVERSAL))) for d in DRIVES]
    rows += [
        (d, *(x * np.eye(len(REVERSAL))[k]))
        for d in DRIVES
        for k in range(len(REVERSAL))
        for x in (0.5, 1.0)
    ]
    return ba.steps(
        dict(zip(("drive", *CHANNEL), np.array(rows).T, strict=True)), duration=500 * ms
    )


def sign_figure(comparison: ba.Comparison) -> Drawing:
    """Draw the effect of a set of GABA fibres against its reversal potential."""
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time").isel(match=0)
    stim = comparison.responses["stimulus"].mean("stimulus_time")
    flips = comparison.scores[comparison.scores.metric.str.startswith("E_rev of no effect at")]
    figure, panel = axes(width=5.6, height=3.4)
    told = []
    for drive, colour, flip in zip(DRIVES, COLOURS, flips.itertuples(), strict=False):
        bio, ann = (effects(steady[half], stim, drive) * 100 for half in ("bio", "ann"))
        alone = rate([drive])[0]
        label = f"cell at {alone:.0f} Hz: turns at {flip.value:.1f} mV"
        panel.plot(REVERSAL, bio.mean("trial"), "o", color=colour, ms=4, label=plain(label))
        panel.plot(REVERSAL, ann, color=colour, lw=1)
        told.append(f"at {alone:.0f} Hz: {spanned(flip.value, flip.low, flip.high)} mV")
    panel.axhline(0, color=INK, lw=0.6)
    for x, name in ((-65, "rest"), (-50, "threshold")):
        panel.axvline(x, color=INK, lw=0.6, ls=":")
        panel.annotate(name, (x, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom")
    panel.set(xlabel="reversal potential [mV]", ylabel="effect on the rate [Hz]", xlim=(-82, -40))
    panel.set_ylim(-45, 25)
    panel.legend(loc="lower right")
    return Drawing(
        figure,
        f"Effect of GABA on the rate against its reversal potential. It turns {'; '.join(told)}.",
        f"One transmitter, two signs: the effect turns near threshold ({'; '.join(told)}). "
        "Circles: biology; lines: the unit, with one weight per set. n: 10 neurons, "
        f"{steady.sizes['trial']} trials. The set that reverses at 0 mV is outside the picture.",
    )


def pair() -> ba.Pair:
    """Return the pair."""
    sets = tuple(
        ba.Afferent(name, "cell", GABA, "GABA", ba.GABA_A(reversal=e * mV), fibres=FIBRES, rate=TOP)
        for name, e in CHANNEL.items()
    )
    grid = np.linspace(-0.5, 2.5, 61)
    ann = ba.RateNetwork(
        units=("cell",),
        channels=("drive", *CHANNEL),
        W_in=[[1.0, *(weight(e) for e in REVERSAL)]],
        activation=Tabulated(grid, rate(np.maximum(grid, 0)) / 100),
    )
    own = functools.partial(ba.Metric, best=np.nan, unit="mV", alone=True)
    flips = [own(f"E_rev of no effect at drive {d:g}", Flip(d)) for d in DRIVES]
    clear = [n for n, e in CHANNEL.items() if not -65 <= e <= -50]
    off = "RMSE, E_rev outside rest to threshold"
    s1 = "AI Stack Exchange 2018"
    return ba.Pair(
        "sign_equivalence",
        ba.SpikingNetwork(
            (ba.Population("cell", 10, "glutamate", cell=CELL),), (EXCITATION, *sets)
        ),
        ann,
        ba.Correspondence((ba.Match("cell", "cell"),)),
        question="Is a positive transmitter times a receptor an output times a signed weight?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018)",
        stimulus=stimulus(),
        settle=100 * ms,
        trials=8,
        metrics=(
            ba.Metric(off, outside, best=0.0, unit="activation"),
            *flips,
            own("E_rev of no effect, weak minus strong drive", Moved()),
        ),
        figures=(sign_figure,),
        claims=(
            ba.Claim(
                "A5a",
                "Where the receptor reverses outside rest to threshold, its sign is the weight's.",
                s1,
                ba.AllOf(tuple(ba.at_least("sign agreement", 1.0, detail=n) for n in clear)),
            ),
            ba.Claim(
                "A5b",
                "And there the rates are those of the signed weight.",
                s1,
                ba.WithinCeiling(off, match="cell"),
            ),
            ba.Claim(
                "A5c",
                "The receptor decides the sign, as a low reversal potential inhibits whatever the "
                "cell is doing.",
                s1,
                ba.AllOf(tuple(ba.Boundary(m.name, -65, -46, holds="below") for m in flips)),
            ),
            ba.Claim(
                "A5d",
                "Where the effect turns depends on what the cell is doing: the more it fires, the "
                "further below threshold.",
                "ours",
                ba.at_least("E_rev of no effect, weak minus strong drive", 0.0),
            ),
        ),
    )
