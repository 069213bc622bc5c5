"""What the pair `dale` shows: one function, late inhibition, and what both rewrites cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

import bioann as ba
from bioann.metrics.relay_delay import RelayDelay
from bioann.reporting.style import (
    INHIBITORY_COLOUR,
    INK,
    RATE_COLOUR,
    SPIKING_COLOUR,
    Drawing,
    make_subplots,
)


def draw_rewrites(
    comparison: ba.Comparison,
    *,
    relay_delay: RelayDelay,
    costs: Mapping[str, Sequence[float]],
    neurons_per_unit: int,
) -> Drawing:
    """Draw both rewrites against the ANN, how late inhibition comes, and the costs.

    Parameters
    ----------
    comparison : Comparison
        Scored.
    relay_delay : RelayDelay
        What was measured, and what theory says.
    costs : mapping of str to sequence of float
        Neurons and synapses of each rewrite.
    neurons_per_unit : int
        Neurons of a population.
    """
    responses = comparison.responses.mean("trial")
    trials = comparison.run["bio"].sizes["trial"]
    steady = responses.sel(time=slice(*comparison.window)).mean("time")
    ann = (len(relay_delay.network.W), int((relay_delay.network.W != 0).sum()))
    counts: dict[str, Sequence[float]] = {"ANN": ann, **costs}
    figure, (response_panel, delay_panel, cost_panel) = make_subplots(1, 3, height=2.9)
    _draw_responses(response_panel, steady)
    _draw_added_delay(delay_panel, comparison, responses, relay_delay)
    _draw_costs(cost_panel, counts)
    for panel in (response_panel, delay_panel, cost_panel):
        panel.legend(fontsize=6)
    scores = comparison.scores.set_index("metric").value
    from_ann = scores["relative RMSE of twins and rate model"]
    between_rewrites = scores["relative RMSE of twins and interneurons"]
    added_delay = scores["delay of inhibition by interneurons"]
    return Drawing(
        figure,
        f"Twins differ from the ANN by {from_ann:.1f} %, from interneurons by "
        f"{between_rewrites:.1f} %. Interneurons add {added_delay:.0f} ms to inhibition. "
        + "; ".join(f"{name}: {count[0]:.0f} and {count[1]:.0f}" for name, count in counts.items())
        + " units or neurons, weights or synapses.",
        f"Dale's principle costs a second neuron per unit; twins pay in synapses, interneurons in "
        f"time: {added_delay:.0f} ms on all that is inhibited. Middle: mean over units and "
        f"stimuli, signed as predicted, over 90 ms. n: {neurons_per_unit} neurons a unit, "
        f"{steady.sizes['condition']} stimuli, {trials} trials.",
    )


def _draw_responses(panel: Axes, steady: xr.Dataset) -> None:
    """Draw the responses of both rewrites against those of the units."""
    styles = {
        "bio": (SPIKING_COLOUR, "twins", "o"),
        "interneurons": (INHIBITORY_COLOUR, "interneurons", "x"),
    }
    for model, (colour, label, mark) in styles.items():
        rates = steady[model].transpose(*steady["ann"].dims).values.ravel()
        panel.plot(steady["ann"].values.ravel(), rates, mark, ms=3, color=colour, label=label)
    top = float(steady["ann"].max())
    panel.plot((0, top), (0, top), color=INK, lw=0.8)
    panel.set(xlabel="ANN [activation]", ylabel="biology [activation]", title="same function")


def _draw_added_delay(
    panel: Axes, comparison: ba.Comparison, responses: xr.Dataset, relay_delay: RelayDelay
) -> None:
    """Draw what interneurons add, measured and by theory."""
    stimulus = responses["stimulus"].sel(stimulus_time=slice(*comparison.window))
    stimulus = stimulus.mean("stimulus_time")
    measured, predicted = relay_delay.added_time_courses(
        responses["bio"], responses["interneurons"], stimulus
    )
    sign = np.sign(predicted.isel(time=slice(2, 12)).mean("time"))  # more, where less is inhibited
    for difference, colour, label in (
        (measured, INHIBITORY_COLOUR, "measured"),
        (predicted, INK, f"{relay_delay.relay_lag} ms late"),
    ):
        mean = (difference * sign).mean(["condition", "match"]).rolling(time=9, center=True).mean()
        panel.plot(5 + 10 * np.arange(mean.size), mean, color=colour, label=label)
    panel.axhline(0, color=INK, lw=0.5)
    panel.set(xlabel="time after onset [ms]", ylabel="interneurons minus twins [activation]")
    panel.set(title="inhibition comes late")


def _draw_costs(panel: Axes, counts: Mapping[str, Sequence[float]]) -> None:
    """Draw the counts of each network side by side."""
    for k, (label, values) in enumerate(counts.items()):
        colour = (RATE_COLOUR, SPIKING_COLOUR, INHIBITORY_COLOUR)[k]
        bars = panel.bar(np.arange(2) + 0.27 * (k - 1), values, 0.25, color=colour, label=label)
        panel.bar_label(bars, fmt="%.0f", fontsize=6)
    panel.set(xticks=(0, 1), title="what it costs", ylabel="number")
    panel.set_xticklabels(("units or\nneurons", "weights or\nsynapses"))
