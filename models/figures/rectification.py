"""What the pair `rectification` shows: the course of a potential, and what is left for a probe."""

from __future__ import annotations

import numpy as np

import bioann as ba
from bioann.metrics.memory import response_loss
from bioann.reporting.figures.curves import CURVE_COLOURS
from bioann.reporting.style import Drawing, make_subplots


def draw_memory(comparison: ba.Comparison) -> Drawing:
    """Draw the potential under inhibition, and what is left of it when a probe comes."""
    responses = comparison.responses
    depths, delays = np.unique(responses.depth)[1:], np.unique(responses.delay)
    # Those of which the potential is drawn.
    weakest, longest = responses.strength.values.min(), delays[-2]
    probe_ms = comparison.window[0] * 1e3
    steady = responses.sel(time=slice(*comparison.window)).mean("time")
    models = (
        (steady["bio"].isel(match=0), "o", 0),
        (steady["ann"].sel(match="leaky sum"), "-", 1),
        (steady["ann"].sel(match="static"), ":", 1.5),
    )
    figure, (potential_panel, probe_panel) = make_subplots(1, 2, height=3.1)
    for depth, colour in zip(depths, CURVE_COLOURS, strict=False):
        chosen = (
            (responses.depth == depth)
            & (responses.delay == longest)
            & (responses.strength == weakest)
        )
        potential = responses["potential"].isel(condition=np.flatnonzero(chosen), match=0)
        v = potential.mean(["condition", "trial"]) * 15 - 65
        potential_panel.plot(
            v.time * 1e3 - probe_ms + longest, v, color=colour, label=f"depth {depth:g}"
        )
        for response, mark, width in models:
            lost_response = [
                float(response_loss(response, "depth", depth, d).mean()) for d in delays
            ]
            label = f"depth {depth:g}" if mark == "o" else None
            probe_panel.plot(delays, lost_response, mark, color=colour, label=label, lw=width)
    potential_panel.set(xlabel="time after the end of inhibition [ms]", ylabel="potential [mV]")
    potential_panel.set(title="the potential has no floor", xlim=(-140, 60))
    probe_panel.set(xlabel="delay of the probe [ms]", ylabel="response lost [activation]")
    probe_panel.set(title="what is left of inhibition")
    for panel in (potential_panel, probe_panel):
        panel.legend()
    scores = comparison.scores.set_index("metric")
    memory = scores.loc["time constant of the memory of depth, spiking model"]
    neurons = comparison.run["bio"].n_neurons.values[0]
    return Drawing(
        figure,
        "Left: mean potential during and after inhibition of two depths. Right: response lost to "
        f"a probe against its delay; it decays with {memory.value:.1f} ms in biology.",
        "Nothing fires during inhibition, and yet its depth shows afterwards: what a probe loses "
        f"decays with {memory.value:.1f} ms (membrane: {memory.best:.1f} ms). Circles: biology; "
        "line: ReLU of a leaky sum, silent until enough has leaked; dotted: static ReLU, on which "
        f"inhibition that is over leaves nothing. n: {neurons} neurons, {steady.sizes['trial']} "
        f"trials, {len(np.unique(responses.strength))} probes.",
    )
