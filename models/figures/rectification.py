"""What the pair `rectification` shows: the course of a potential, and what is left for a probe."""

from __future__ import annotations

import numpy as np

import bioann as ba
from bioann.metrics.memory import response_loss
from bioann.reporting.figures.curves import COLOURS
from bioann.reporting.style import Drawing, make_subplots


def memory_figure(comparison: ba.Comparison) -> Drawing:
    """Draw the potential under inhibition, and what is left of it when a probe comes."""
    shown = comparison.responses
    depths, delays = np.unique(shown.depth)[1:], np.unique(shown.delay)
    weakest, longest = shown.strength.values.min(), delays[-2]  # of which the potential is drawn
    start = comparison.window[0] * 1e3  # ms; that of the probe
    steady = shown.sel(time=slice(*comparison.window)).mean("time")
    readings = (
        (steady["bio"].isel(match=0), "o", 0),
        (steady["ann"].sel(match="leaky sum"), "-", 1),
        (steady["ann"].sel(match="static"), ":", 1.5),
    )
    figure, (potential, probes) = make_subplots(1, 2, height=3.1)
    for depth, colour in zip(depths, COLOURS, strict=False):
        kept = (shown.depth == depth) & (shown.delay == longest) & (shown.strength == weakest)
        course = shown["potential"].isel(condition=np.flatnonzero(kept), match=0)
        v = course.mean(["condition", "trial"]) * 15 - 65
        potential.plot(v.time * 1e3 - start + longest, v, color=colour, label=f"depth {depth:g}")
        for response, mark, wide in readings:
            left = [float(response_loss(response, "depth", depth, d).mean()) for d in delays]
            label = f"depth {depth:g}" if mark == "o" else None
            probes.plot(delays, left, mark, color=colour, label=label, lw=wide)
    potential.set(xlabel="time after the end of inhibition [ms]", ylabel="potential [mV]")
    potential.set(title="the potential has no floor", xlim=(-140, 60))
    probes.set(xlabel="delay of the probe [ms]", ylabel="response lost [activation]")
    probes.set(title="what is left of inhibition")
    for panel in (potential, probes):
        panel.legend()
    memory = comparison.scores.set_index("metric").loc["memory of depth"]
    neurons = comparison.run["bio"].n_neurons.values[0]
    return Drawing(
        figure,
        "Left: mean potential during and after inhibition of two depths. Right: response lost to "
        f"a probe against its delay; it decays with {memory.value:.1f} ms in biology.",
        "Nothing fires during inhibition, and yet its depth shows afterwards: what a probe loses "
        f"decays with {memory.value:.1f} ms (membrane: {memory.best:.1f} ms). Circles: biology; "
        "line: ReLU of a leaky sum, silent until enough has leaked; dotted: static ReLU, on which "
        f"inhibition that is over leaves nothing. n: {neurons} neurons, {steady.sizes['trial']} "
        f"trials, {len(np.unique(shown.strength))} probes.",
    )
