"""Input inversion: is an input turned upside down, with its weight's sign flipped, the same input?

Biological half: a cell that `light` excites. Control `exchanged`: the same cell without that
afferent; `dark`, which is 1 - light, inhibits it, and it gets all along the excitation that full
light would bring. `other` excites both alike. The peak conductance of inhibition follows from that
of excitation by the driving forces and decay times; nothing is fitted. Artificial half: two units,

    plain:    relu( w light + v other + b)
    inverted: relu(-w dark  + v other + b + w)

whose weights are sums of powers of two, so that no rounding hides a difference.

Two cells are the same if they differ no more than one cell does from itself with another seed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms, mV, nS

import bioann as ba
from bioann.reporting.style import ANN, BIOLOGY, CEILING, INHIBITORY, INK, Drawing, axes

LIGHT = np.arange(9) / 8
OTHER = (0.0, 1.0)
FIBRES = 20
#: With full light the mean conductance is FIBRES * 100 Hz * 5 ms * QUANTUM = 6 nS; what brings the
#: cell's mean potential to threshold is g_L (V_th - E_L) / (0 - V_th) = 3 nS: a sum of 0.5.
QUANTUM, FULL, RHEOBASE = 0.6 * nS, 6 * nS, 0.5


def cell(exchanged: bool) -> ba.SpikingNetwork:
    """Build a cell that light excites, or one that darkness inhibits."""
    ampa, gaba = ba.AMPA(), ba.GABA_A()
    # Equal and opposite mean currents half-way from the middle of reset and threshold to threshold.
    v = -52.5 * mV
    ratio = (0 * mV - v) / (v + 80 * mV) * (ampa.tau / gaba.tau)
    constant = ba.Background(FULL, receptor=ampa, quantum=QUANTUM)
    from_dark = ba.Afferent("dark", "cell", ratio * QUANTUM, "GABA", receptor=gaba, fibres=FIBRES)
    from_light = ba.Afferent("light", "cell", QUANTUM, receptor=ampa, fibres=FIBRES)
    return ba.SpikingNetwork(
        (ba.Population("cell", 10, "glutamate", background=constant if exchanged else ()),),
        (
            from_dark if exchanged else from_light,
            ba.Afferent("other", "cell", QUANTUM, receptor=ampa, fibres=FIBRES // 2),
        ),
    )


def inversion(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Largest difference between the two units."""
    return abs(other.sel(match="plain") - other.sel(match="inverted")).max("condition")


def driven(stimulus: xr.DataArray) -> xr.DataArray:
    """Mark the conditions in which the mean input is above rheobase."""
    total = stimulus.sel(channel="light") + stimulus.sel(channel="other") / 2
    return total.drop_vars("condition") > RHEOBASE


def relative(bio: xr.DataArray, other: xr.DataArray, where: xr.DataArray) -> xr.DataArray:
    """Root mean square difference of the cells over the root mean square response, in percent."""
    off = ((bio - other) ** 2).where(where).mean("condition")
    return 100 * (off / (bio**2).where(where).mean("condition")) ** 0.5


def above(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Relative difference of the cells where the mean input is above rheobase."""
    return relative(bio, other, driven(stimulus))


def below(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Relative difference of the cells where only noise makes them fire."""
    return relative(bio, other, ~driven(stimulus))


def figure(comparison: ba.Comparison) -> Drawing:
    """Draw the responses of both cells and both units against light, and the difference."""
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    steady = steady.sel(match=["plain", "inverted"])
    drawn, (left, right) = axes(1, 2, height=3.0)
    told = []
    for level, mark in zip(OTHER, "os", strict=True):
        at = steady.isel(condition=np.flatnonzero(steady.other == level))
        one, again, turned = (at[k].isel(match=0) for k in ("bio", "again", "exchanged"))
        label = f"other = {level:g}"
        left.plot(LIGHT, one.mean("trial"), mark, color=BIOLOGY, label=f"by light, {label}")
        left.plot(LIGHT, turned.mean("trial"), "x", color=INHIBITORY, label=f"by darkness, {label}")
        left.plot(LIGHT, at["ann"].isel(match=1), "--", color=ANN)
        off = turned.mean("trial") - one.mean("trial")
        right.plot(LIGHT + level / 2, off, f"{mark}-", color=INHIBITORY, label=label)
        itself = float(abs(again.mean("trial") - one.mean("trial")).max())
        told.append(f"{label}: {', '.join(f'{x:+.3f}' for x in off.values)}, itself {itself:.3f}")
    left.plot([], [], "--", color=ANN, label="both units")
    most = abs(steady["again"].mean("trial") - steady["bio"].mean("trial")).max()
    right.axhspan(-most, most, color=CEILING, alpha=0.5, lw=0, label="biology against itself")
    right.axhline(0, color=INK, lw=0.8)
    right.axvline(RHEOBASE, color=INK, lw=0.8, ls=":", label="rheobase")
    left.set(ylabel="response [activation]", title="two ways to wire one input")
    right.set(ylabel="by darkness minus by light [activation]", title="where they differ")
    left.set(xlabel="light [activation]", ylim=(-0.05, 2.2))
    right.set(xlabel="summed input, light + other / 2 [activation]")
    right.margins(y=0.3)
    for panel in (left, right):
        panel.legend(loc="upper left", ncols=1 if panel is left else 2)
    return Drawing(
        drawn,
        "Left: responses against light. Right: response of the cell that darkness inhibits minus "
        f"that of the cell that light excites. {'; '.join(told)}.",
        "Above rheobase (light + other / 2 > 0.5) the two cells answer alike; below it only noise "
        "makes them fire, and inhibition brings more of it. The two units are one. n: 10 neurons, "
        f"{steady.sizes['trial']} trials. Band: largest difference to biology with another seed.",
    )


def pair() -> ba.Pair:
    """Return the pair."""
    w, v, b = 1.5, 0.75, -0.75
    of_cells: dict[str, Any] = {"best": 0.0, "unit": "%", "against": "exchanged"}
    levels = ba.grid({"light": LIGHT, "other": OTHER})
    levels["dark"] = [1 - light for light in levels["light"]]
    return ba.Pair(
        "input_inversion",
        cell(exchanged=False),
        ba.RateNetwork(
            units=("plain", "inverted"),
            channels=("light", "other", "dark"),
            W_in=[[w, v, 0.0], [0.0, v, -w]],
            bias=[b, b + w],
        ),
        ba.Correspondence((ba.Match("cell", "plain"), ba.Match("cell", "inverted"))),
        question="Is an input turned upside down, with its weight's sign flipped, the same input?",
        source="'Negative weights in deep convolutional networks with ReLU?' (Cross Validated, "
        "2015)",
        stimulus=ba.steps(
            levels, duration=500 * ms, coords={k: levels[k] for k in ("light", "other")}
        ),
        settle=150 * ms,
        trials=5,
        controls={"exchanged": cell(exchanged=True)},
        metrics=(
            ba.Metric("difference of the units", inversion, best=0.0, each="pair"),
            ba.Metric("difference above rheobase", above, **of_cells),
            ba.Metric("difference below rheobase", below, **of_cells),
        ),
        figures=(figure,),
        claims=(
            ba.Claim(
                "B3a",
                "Inverting an input and flipping its weights (and adding the weight to the bias) "
                "is the same network.",
                "Cross Validated 2015",
                ba.Between("difference of the units", low=0.0, high=0.0),
            ),
            ba.Claim(
                "B3b",
                "So it is for a neuron that fires by its mean input: light that excites, or "
                "darkness that inhibits.",
                "ours",
                ba.WithinCeiling("difference above rheobase", match="plain"),
            ),
            ba.Claim(
                "B3c",
                "So it is for a neuron that fires by noise alone.",
                "ours",
                ba.WithinCeiling("difference below rheobase", match="plain"),
            ),
        ),
    )
