"""What the pair `spike_initiation` shows: rates against currents, and which activation is best."""

from __future__ import annotations

import numpy as np
from brian2 import mV, siemens

import bioann as ba
from bioann.reporting.figures.curves import CURVE_COLOURS
from bioann.reporting.style import INK, Drawing, make_subplots

#: In the order of their columns.
FAMILIES = ("step", "ReLU", "softplus", "power law", "exponential")


def draw_rate_curves(comparison: ba.Comparison) -> Drawing:
    """Draw the onset, and the rates of all cells without and with noise.

    Parameters
    ----------
    comparison : Comparison
        Scored. An activation of 1 is 20 mV on the leak of a cell.
    """
    cells = {population.name: population.cell for population in comparison.pair.bio.populations}
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    figure, panels = make_subplots(1, 3, height=3.3)
    scale_hz = 100.0  # of activation 1
    for noise, noise_panels in ((0, panels[:2]), (1, panels[2:])):
        at_noise = steady.isel(condition=np.flatnonzero(steady.noise == noise))
        millivolt = 20 * at_noise.current
        for panel in noise_panels:
            for name, colour in zip(cells, CURVE_COLOURS, strict=False):
                rate = at_noise["bio"].sel(match=name).mean("trial") * scale_hz
                panel.plot(millivolt, rate, "o", ms=3, color=colour, label=name)
                panel.plot(
                    millivolt,
                    at_noise["ann"].sel(match=name) * scale_hz,
                    "--",
                    lw=0.6,
                    color=colour,
                )
            channel_rate = at_noise["channels"].isel(match=0).mean("trial") * scale_hz
            panel.plot(millivolt, channel_rate, "-", color=INK, lw=1, label="channels")
    fine_currents = np.linspace(0, 6, 241)
    for name, colour in zip(("lif", "eif_sharp", "eif"), CURVE_COLOURS, strict=False):
        exact = cells[name].rate(fine_currents * mV * float(cells[name].g_L) * siemens)
        panels[0].plot(fine_currents, exact, color=colour, lw=1)
    panels[0].set(xlim=(0, 6), ylim=(-3, 85), title="onset, without noise", ylabel="rate [Hz]")
    panels[1].set(title="without noise", ylim=(-5, 270))
    panels[2].set(title="with noise", ylim=(-5, 270))
    for panel in panels:
        panel.set_xlabel("current / leak [mV]")
    handles = panels[1].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=5)
    scores = comparison.scores.set_index(["metric", "match"]).value
    ratio = scores["rate just above threshold, eif_sharp over eif, spiking model", ""]
    largest_difference = scores["largest difference from the cell with channels", "eif"]
    return Drawing(
        figure,
        f"Rate against current. In the first 3 mV above threshold the sharper cell fires "
        f"{ratio:.2f} times as fast; the eif stays within {largest_difference:.1f} % of the "
        "cell with channels.",
        "A sharper chain reaction makes a steeper onset; beyond the onset the eif is the cell with "
        "channels. Circles: simulated; lines in the first panel: closed form; dashed: units, which "
        "do not know of the noise. n: 12 or 40 neurons, "
        f"{steady.sizes['trial']} trials.",
    )


def draw_activation_choice(comparison: ba.Comparison) -> Drawing:
    """Draw how much worse than the best each of several activations describes each cell."""
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    figure, panels = make_subplots(1, 2, height=2.7, sharey=True)
    summaries = []
    names = [*steady.match.values, "channels"]
    levels = np.unique(steady.current)
    for noise, panel in zip((0, 1), panels, strict=True):
        at_noise = steady.isel(condition=np.flatnonzero(steady.noise == noise))
        deltas = np.zeros((len(names), len(FAMILIES)))
        for row, name in enumerate(names):
            rate = (
                at_noise["channels"].isel(match=0)
                if name == "channels"
                else at_noise["bio"].sel(match=name)
            )
            rate = rate.mean("trial")
            fits = ba.translate.fit_activations(levels, rate.values, families=FAMILIES)
            fits = fits.set_index("family")
            for column, family in enumerate(FAMILIES):
                deltas[row, column] = fits.delta[family]
                text = f"{fits.delta[family]:.0f}\n{fits.r2[family]:.3f}"
                is_dark = fits.delta[family] > 60
                panel.text(column, row, text, ha="center", va="center", fontsize=7,
                           color="white" if is_dark else INK)  # fmt: skip
            summaries.append(f"{name} {'with' if noise else 'without'} noise: {fits.index[0]}")
        panel.imshow(deltas, cmap="cividis_r", vmin=0, vmax=200, aspect="auto")
        panel.set(xticks=range(len(FAMILIES)), title="with noise" if noise else "without noise")
        panel.set_xticklabels(FAMILIES, rotation=30, ha="right")
    panels[0].set(yticks=range(len(names)), yticklabels=names)
    return Drawing(
        figure,
        f"The best activation of five. {'; '.join(summaries)}.",
        "Which activation describes which cell: AICc above that of the best family (0: the best), "
        f"and below it the share of variance explained. Fits to {len(levels)} drives.",
    )
