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


def draw_readings(
    comparison: ba.Comparison, *, signs: Mapping[str, int], levels: np.ndarray, onset_s: float
) -> Drawing:
    """Draw the effect of an output through both weights in the four readings, and their costs.

    Parameters
    ----------
    comparison : Comparison
        Scored.
    signs : mapping of str to int
        Channels, and the sign of the weight that each stands for.
    levels : numpy.ndarray
        Levels of the output.
    onset_s : float
        Seconds before which nothing is sent.
    """
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    stimulus = comparison.responses["stimulus"].sel(stimulus_time=slice(*comparison.window))
    stimulus = stimulus.mean("stimulus_time")
    figure, panels = make_subplots(1, 4, height=2.9, sharey=True)
    summaries = []
    for panel, (name, (model, match, _)) in zip(panels, READINGS.items(), strict=True):
        response = steady[model].sel(match=match)
        for (channel, sign), style in zip(signs.items(), ("o-", "s--"), strict=True):
            effects = [
                effect_of_level(response, stimulus, channel, level).mean() for level in levels
            ]
            label = f"weight {'+' if sign > 0 else chr(0x2212)}"
            panel.plot(levels, effects, style, color=SPIKING_COLOUR, ms=3, lw=0.8, label=label)
            unit = "tanh unit" if sign > 0 else None
            panel.plot(levels, np.tanh(sign * levels), color=RATE_COLOUR, lw=0.8, label=unit)
        n_kept, cost, latency = _summarise_costs(comparison, name, onset_s)
        panel.set_title(f"{name}: {n_kept} of 4\n{cost.replace(', ', chr(10))}\n{latency}")
        summaries.append(f"{name}: {n_kept} of 4 products, {cost}, {latency}")
        panel.axhline(0, color=INK, lw=0.5)
        panel.set_xlabel("output o")
    panels[0].set_ylabel("effect [activation]")
    handles = panels[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=3)
    return Drawing(
        figure,
        f"Effect of an output through a positive and a negative weight. {'; '.join(summaries)}.",
        "A negative output survives as a rate below a baseline, which costs spikes all the time, "
        "or in a second cell, which costs a cell; the potential below threshold has it, the "
        "spikes of a cell without baseline have not. In the titles: products of the signs of "
        "output and weight that come out right; spikes per unit, with nothing sent; latency, by "
        "how much later than a step the effect comes on the whole, below zero where it overshoots. "
        f"n: 10 neurons each, {steady.sizes['trial']} trials.",
    )


def _summarise_costs(comparison: ba.Comparison, name: str, onset_s: float) -> tuple[str, str, str]:
    """Say of a reading how many products it keeps, its cells and spikes, and its latency."""
    model, match, cells = READINGS[name]
    scores = comparison.scores.set_index(["metric", "match"]).value
    by_potential = model == "potential"
    label = "potential" if by_potential else "spiking model"
    n_kept = scores[f"correct products of signs, {label}", match]
    latency_ms = scores[f"latency of an output of -1, {label}", match]
    unstimulated = comparison.run["bio"].rate.sel(time=slice(0, onset_s), unit=cells)
    rate = float(unstimulated.mean(["condition", "trial", "time"]).sum())
    cost = f"{len(cells)} cell{'s' * (len(cells) > 1)}, {rate:.0f} spikes/s at rest"
    latency = "no effect" if np.isnan(latency_ms) else format_label(f"latency {latency_ms:.0f} ms")
    return f"{n_kept:.0f}", cost, latency
