"""Inhibition-stabilised: does exciting inhibitory cells make them fire more?

Biological half: an excitatory and an inhibitory population, each connected to itself and to the
other. Artificial half: two units, the same four connections as signed weights, which were chosen by
hand. `drive` excites E and sets the operating point; `push` excites I alone, and little. No weight
changes from one condition to the next.

With weights w (all > 0) and gains f' at the operating point, the change of I per push is
proportional to 1 - w_EE f'_E (Tsodyks et al. 1997). Where E would run away by itself
(w_EE f'_E > 1), inhibition stabilises it, and I *falls* when it is pushed: it loses more drive from
E than it gains. Control: the same cells without synapses from E to E.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import ms, nS

import bioann as ba
from bioann.reporting.style import ANN, BIOLOGY, INK, Drawing, axes

#: Operating points, in activation of the drive.
DRIVES = np.array([0.0, 0.1, 0.2, 0.3, 0.5, 0.8])


def circuit(within_e: float) -> ba.SpikingNetwork:
    """Build the biological half with a conductance (in nS) from each E cell to the others."""
    return ba.SpikingNetwork(
        populations=(
            ba.Population("E", 20, "glutamate", background=2 * nS),
            ba.Population("I", 10, "GABA", background=2 * nS),
        ),
        afferents=(
            ba.Afferent("drive", "E", 0.5 * nS, fibres=20),
            ba.Afferent("push", "I", 0.25 * nS, fibres=10),
        ),
        projections=(
            ba.Projection("E", "E", within_e * nS),
            ba.Projection("E", "I", 0.5 * nS),
            ba.Projection("I", "E", 1.4 * nS),
            ba.Projection("I", "I", 0.6 * nS),
        ),
    )


def effect(response: xr.DataArray) -> xr.DataArray:
    """Response with the push minus response without, at each drive."""
    by_drive = response.swap_dims(condition="drive").drop_vars("condition")
    on, off = (by_drive.isel(drive=np.flatnonzero(response.push == push)) for push in (1, 0))
    # Not every drive is there when a part of the stimulus is run.
    on, off = (one.drop_vars("push").reindex(drive=DRIVES) for one in (on, off))
    return on - off


def turn(response: xr.DataArray) -> xr.DataArray:
    """Drive at which the effect first falls below zero, between two by a line; else the last."""
    at = effect(response)
    after = (at < 0).argmax("drive")
    first = after.clip(1)
    a, b = (at.isel(drive=first - k).drop_vars("drive") for k in (1, 0))
    x, y = (at.drive.drop_vars("drive").isel(drive=first - k) for k in (1, 0))
    crossed = xr.where(after == 0, DRIVES[0], x + (y - x) * a / (a - b))
    return xr.where((at < 0).any("drive"), crossed, DRIVES[-1])


def turn_bio(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Where the effect turns in biology."""
    return turn(bio)


def turn_ann(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Where the effect turns in the artificial half."""
    return turn(other)


def lowest_bio(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Give the most negative effect over drives, in biology."""
    return effect(bio).min("drive")


def lowest_other(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Give the most negative effect over drives, in the half that biology is compared with."""
    return effect(other).min("drive")


def figure(comparison: ba.Comparison) -> Drawing:
    """Draw what a push on I does to E and to I at every drive."""
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    drawn, panels = axes(1, 2, height=2.9, sharex=True)
    told = []
    for name, panel in zip("EI", panels, strict=True):
        for half, look, label in (
            ("bio", {"color": BIOLOGY, "marker": "o"}, "biology"),
            ("without_E_to_E", {"color": BIOLOGY, "marker": "v", "ls": ":"}, "biology, no E to E"),
            ("ann", {"color": ANN, "marker": "s", "ls": "--"}, "ANN"),
        ):
            found = effect(steady[half].sel(match=name))
            mean = found.mean("trial") if "trial" in found.dims else found
            panel.plot(DRIVES, mean, label=label, **look)
            if "trial" in found.dims:
                ends = found.min("trial"), found.max("trial")
                panel.fill_between(DRIVES, *ends, color=BIOLOGY, alpha=0.15, lw=0)
            told.append(f"{label}, {name}: {', '.join(f'{v:+.3f}' for v in mean.values)}")
        panel.axhline(0, color=INK, lw=0.8)
        panel.set(xlabel="drive to E [activation]", title=f"effect of the push on {name}")
    panels[0].set(ylabel="with push minus without\n[activation]")
    drawn.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return Drawing(
        drawn,
        f"Effect of pushing I, at drives {', '.join(f'{d:g}' for d in DRIVES)}. {'; '.join(told)}.",
        "I is excited by the push, yet fires less wherever E would run away by itself; without "
        "synapses from E to E it fires more everywhere. The weights are the same at every drive. "
        f"n: 20 E and 10 I neurons, {steady.sizes['trial']} trials. Band: smallest to largest of "
        "the trials.",
    )


def pair() -> ba.Pair:
    """Return the pair."""
    ann = ba.RateNetwork(
        units=("E", "I"),
        channels=("drive", "push"),
        W=[[1.44, -2.0], [1.05, -0.5]],
        W_in=[[1.25, 0.0], [0.0, 0.2]],
        tau=10 * ms,
        activation=ba.Softplus(0.1),
    )
    unit = "activation"
    return ba.Pair(
        "inhibition_stabilized",
        circuit(0.6),
        ann,
        ba.Correspondence((ba.Match("E", "E"), ba.Match("I", "I"))),
        question="Does exciting inhibitory cells make them fire more?",
        source="Tsodyks, Skaggs, Sejnowski and McNaughton 1997",
        stimulus=ba.steps(ba.grid({"drive": DRIVES, "push": [0, 1]}), duration=450 * ms),
        settle=150 * ms,
        trials=5,
        controls={"without_E_to_E": circuit(0.0)},
        metrics=(
            ba.Metric("turn in biology", turn_bio, best=np.nan, unit=unit, alone=True),
            ba.Metric("turn in the ANN", turn_ann, best=np.nan, unit=unit),
            ba.Metric("lowest effect in biology", lowest_bio, best=np.nan, unit=unit, alone=True),
            ba.Metric("lowest effect in the ANN", lowest_other, best=np.nan, unit=unit),
            ba.Metric(
                "lowest effect without E to E",
                lowest_other,
                best=np.nan,
                unit=unit,
                against="without_E_to_E",
            ),
        ),
        figures=(figure,),
        claims=(
            ba.Claim(
                "B12a",
                "The sign of a connection is the sign of its effect: excite inhibitory cells, and "
                "they fire more.",
                "ours",
                ba.AllOf(
                    (
                        ba.Boundary("turn in biology", 0.0, DRIVES[-1], "below", match="I"),
                        ba.Boundary("turn in the ANN", 0.0, DRIVES[-1], "below", match="I"),
                    )
                ),
            ),
            ba.Claim(
                "B12b",
                "Exciting the inhibitory cells of a network that they stabilise lowers their rate.",
                "Tsodyks et al. 1997",
                ba.AllOf(
                    (
                        ba.at_most("lowest effect in biology", 0.0, match="I"),
                        ba.at_most("lowest effect in the ANN", 0.0, match="I"),
                        ba.at_least("lowest effect without E to E", 0.0, match="I"),
                    )
                ),
            ),
        ),
    )
