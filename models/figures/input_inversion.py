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


def draw_inversion(comparison: ba.Comparison, rheobase: float) -> Drawing:
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
    drawn, (left, right) = make_subplots(1, 2, height=3.0)
    told = []
    for level, mark in zip(np.unique(steady.other), "os", strict=True):
        at = steady.isel(condition=np.flatnonzero(steady.other == level))
        one, again, turned = (at[k].isel(match=0) for k in ("bio", "ceiling", "exchanged"))
        light = one.light.values
        label = f"other = {level:g}"
        left.plot(light, one.mean("trial"), mark, color=SPIKING_COLOUR, label=f"by light, {label}")
        left.plot(
            light, turned.mean("trial"), "x", color=INHIBITORY_COLOUR, label=f"by darkness, {label}"
        )
        left.plot(light, at["ann"].isel(match=1), "--", color=RATE_COLOUR)
        off = turned.mean("trial") - one.mean("trial")
        right.plot(light + level / 2, off, f"{mark}-", color=INHIBITORY_COLOUR, label=label)
        itself = float(abs(again.mean("trial") - one.mean("trial")).max())
        told.append(f"{label}: {', '.join(f'{x:+.3f}' for x in off.values)}, itself {itself:.3f}")
    left.plot([], [], "--", color=RATE_COLOUR, label="both units")
    most = abs(steady["ceiling"].mean("trial") - steady["bio"].mean("trial")).max()
    right.axhspan(
        -most, most, color=CEILING_COLOUR, alpha=0.5, lw=0, label="biology against itself"
    )
    right.axhline(0, color=INK, lw=0.8)
    right.axvline(rheobase, ymax=0.75, color=INK, lw=0.8, ls=":", label="rheobase")
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
