"""What the pair `negative_output` shows: what an output does in four readings, and their costs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

import bioann as ba
from bioann.metrics.input_effects import effect_of_level
from bioann.reporting.style import (
    INK,
    RATE_COLOUR,
    SPIKING_COLOUR,
    Drawing,
    format_label,
    make_subplots,
)

#: Readings: which half of the run, which match of it, and the receivers per unit, in a sum.
READINGS = {
    "baseline": ("bio", "baseline", ["tonic"]),
    "opponent": ("bio", "opponent", ["on", "off"]),
    "potential": ("potential", "no spike", ["quiet"]),
    "no spike": ("bio", "no spike", ["quiet"]),
}


def readings_figure(
    comparison: ba.Comparison, *, signs: Mapping[str, int], outputs: np.ndarray, onset: float
) -> Drawing:
    """Draw the effect of an output through both weights in the four readings, and their costs.

    Parameters
    ----------
    comparison : Comparison
        Scored.
    signs : mapping of str to int
        Channels, and the sign of the weight that each stands for.
    outputs : numpy.ndarray
        Levels of the output.
    onset : float
        Seconds before which nothing is sent.
    """
    shown = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    stimulus = comparison.responses["stimulus"].sel(stimulus_time=slice(*comparison.window))
    stimulus = stimulus.mean("stimulus_time")
    figure, panels = make_subplots(1, 4, height=2.9, sharey=True)
    told = []
    for panel, (name, (half, match, _)) in zip(panels, READINGS.items(), strict=True):
        response = shown[half].sel(match=match)
        for (channel, sign), look in zip(signs.items(), ("o-", "s--"), strict=True):
            found = [effect_of_level(response, stimulus, channel, o).mean() for o in outputs]
            label = f"weight {'+' if sign > 0 else chr(0x2212)}"
            panel.plot(outputs, found, look, color=SPIKING_COLOUR, ms=3, lw=0.8, label=label)
            unit = "tanh unit" if sign > 0 else None
            panel.plot(outputs, np.tanh(sign * outputs), color=RATE_COLOUR, lw=0.8, label=unit)
        kept, cost, late = _costs(comparison, name, onset)
        panel.set_title(f"{name}: {kept} of 4\n{cost.replace(', ', chr(10))}\n{late}")
        told.append(f"{name}: {kept} of 4 products, {cost}, {late}")
        panel.axhline(0, color=INK, lw=0.5)
        panel.set_xlabel("output o")
    panels[0].set_ylabel("effect [activation]")
    handles = panels[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=3)
    return Drawing(
        figure,
        f"Effect of an output through a positive and a negative weight. {'; '.join(told)}.",
        "A negative output survives as a rate below a baseline, which costs spikes all the time, "
        "or in a second cell, which costs a cell; the potential below threshold has it, the "
        "spikes of a cell without baseline have not. In the titles: products of the signs of "
        "output and weight that come out right; spikes per unit, with nothing sent; latency, by "
        "how much later than a step the effect comes on the whole, below zero where it overshoots. "
        f"n: 10 neurons each, {shown.sizes['trial']} trials.",
    )


def _costs(comparison: ba.Comparison, name: str, onset: float) -> tuple[str, str, str]:
    """Say of a reading how many products it keeps, its cells and spikes, and its latency."""
    half, match, cells = READINGS[name]
    scores = comparison.scores.set_index(["metric", "match"]).value
    potential = half == "potential"
    kept = scores["products kept by the potential" if potential else "products kept", match]
    lag = scores[f"latency of {'the potential' if potential else 'a negative output'}", match]
    before = comparison.run["bio"].rate.sel(time=slice(0, onset), unit=cells)
    rate = float(before.mean(["condition", "trial", "time"]).sum())
    cost = f"{len(cells)} cell{'s' * (len(cells) > 1)}, {rate:.0f} spikes/s at rest"
    late = "no effect" if np.isnan(lag) else format_label(f"latency {lag:.0f} ms")
    return f"{kept:.0f}", cost, late
