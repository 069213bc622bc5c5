"""What the pair `input_inversion` shows: two ways to wire one input, and where they differ."""

import numpy as np

import bioann as ba
from bioann.reporting.style import (
    CEILING_COLOUR,
    INHIBITORY_COLOUR,
    INK,
    RATE_COLOUR,
    SPIKING_COLOUR,
    Drawing,
    make_subplots,
)


def draw_inverted_input(comparison: ba.Comparison, rheobase: float) -> Drawing:
    """Draw the responses of both cells and both units against light, and the difference.

    Parameters
    ----------
    comparison : Comparison
        Of the pair.
    rheobase : float
        Summed input, in activation, above which the mean makes the cell fire.
    """
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    steady = steady.sel(match=["plain", "inverted"])
    figure, (response_panel, difference_panel) = make_subplots(1, 2, height=3.0)
    summaries = []
    for level, mark in zip(np.unique(steady.other), "os", strict=True):
        at_level = steady.isel(condition=np.flatnonzero(steady.other == level))
        by_light, ceiling, by_darkness = (
            at_level[model].isel(match=0) for model in ("bio", "ceiling", "exchanged")
        )
        light = by_light.light.values
        label = f"other = {level:g}"
        response_panel.plot(
            light, by_light.mean("trial"), mark, color=SPIKING_COLOUR, label=f"by light, {label}"
        )
        response_panel.plot(
            light,
            by_darkness.mean("trial"),
            "x",
            color=INHIBITORY_COLOUR,
            label=f"by darkness, {label}",
        )
        response_panel.plot(light, at_level["ann"].isel(match=1), "--", color=RATE_COLOUR)
        difference = by_darkness.mean("trial") - by_light.mean("trial")
        difference_panel.plot(
            light + level / 2, difference, f"{mark}-", color=INHIBITORY_COLOUR, label=label
        )
        ceiling_difference = float(abs(ceiling.mean("trial") - by_light.mean("trial")).max())
        differences = ", ".join(f"{x:+.3f}" for x in difference.values)
        summaries.append(f"{label}: {differences}, itself {ceiling_difference:.3f}")
    response_panel.plot([], [], "--", color=RATE_COLOUR, label="both units")
    band = abs(steady["ceiling"].mean("trial") - steady["bio"].mean("trial")).max()
    difference_panel.axhspan(
        -band, band, color=CEILING_COLOUR, alpha=0.5, lw=0, label="biology against itself"
    )
    difference_panel.axhline(0, color=INK, lw=0.8)
    difference_panel.axvline(rheobase, ymax=0.75, color=INK, lw=0.8, ls=":", label="rheobase")
    response_panel.set(ylabel="response [activation]", title="two ways to wire one input")
    difference_panel.set(
        ylabel="by darkness minus by light [activation]", title="where they differ"
    )
    response_panel.set(xlabel="light [activation]", ylim=(-0.05, 2.2))
    difference_panel.set(xlabel="summed input, light + other / 2 [activation]")
    difference_panel.margins(y=0.3)
    for panel in (response_panel, difference_panel):
        panel.legend(loc="upper left", ncols=1 if panel is response_panel else 2)
    return Drawing(
        figure,
        "Left: responses against light. Right: response of the cell that darkness inhibits minus "
        f"that of the cell that light excites. {'; '.join(summaries)}.",
        "Above rheobase (light + other / 2 > 0.5) the two cells answer alike; below it only noise "
        "makes them fire, and inhibition brings more of it. The two units are one. n: 10 neurons, "
        f"{steady.sizes['trial']} trials. Band: largest difference to biology with another seed.",
    )
