"""What the pair `balanced` shows: cells that fire irregularly, and their mean that does not."""

import numpy as np

import bioann as ba
from bioann.reporting.style import (
    EXCITATORY_COLOUR,
    INHIBITORY_COLOUR,
    RATE_COLOUR,
    SPIKING_COLOUR,
    Drawing,
    make_subplots,
)

CELLS = 25  # of each kind that are drawn


def draw_spikes_and_rates(comparison: ba.Comparison) -> Drawing:
    """Draw spikes of single cells, and the rates of both halves, under a changing input."""
    shown = int(np.flatnonzero(comparison.responses.sample > 0)[0])
    courses = comparison.responses.isel(condition=shown)
    spikes = comparison.run["bio"].to_dataset()
    drawn, (top, bottom) = make_subplots(2, 1, height=4.2, sharex=True)
    of_lane = (spikes.spike_condition == shown) & (spikes.spike_trial == 0)
    for unit, (name, color) in enumerate((("E", EXCITATORY_COLOUR), ("I", INHIBITORY_COLOUR))):
        own = of_lane & (spikes.spike_unit == unit) & (spikes.spike_neuron < CELLS)
        at = spikes.spike_neuron[own] + CELLS * unit
        top.plot(spikes.spike_time[own], at, "|", color=color, ms=4, label=f"{name} cells")
    bio, ann = courses["bio"].sel(match="E"), courses["ann"]
    bottom.fill_between(
        bio.time, bio.min("trial"), bio.max("trial"), color=SPIKING_COLOUR, alpha=0.2, lw=0
    )
    bottom.plot(bio.time, bio.mean("trial"), color=SPIKING_COLOUR, label="biology, E")
    bottom.plot(ann.time, ann.sel(match="E"), "--", color=RATE_COLOUR, label="ANN, unit E")
    bottom.plot(ann.time, ann.sel(match="alone"), ":", color=RATE_COLOUR, label="ANN, alone")
    top.set(ylabel="cell", yticks=[], title="spikes of single cells: irregular")
    bottom.set(xlabel="time [s]", ylabel="response [activation]", title="their mean: predictable")
    bottom.set(ylim=(0, None))
    for panel in (top, bottom):
        panel.legend(loc="lower right", bbox_to_anchor=(1, 0.98), ncols=3, markerscale=2)
    n_e, n_i = spikes.n_neurons.values
    found = comparison.scores.set_index(["metric", "match"]).value
    said = f"correlation {found['tracking', 'E']:.2f}"
    return Drawing(
        drawn,
        f"Above: spikes of {CELLS} E and {CELLS} I cells. Below: the rate of E against time in "
        f"biology and in the ANN, {said}.",
        "Every cell fires irregularly, their mean follows the input: sooner than a membrane of "
        f"20 ms alone would (dotted). n: {n_e} E and {n_i} I neurons, "
        f"{courses.sizes['trial']} trials. Band: smallest to largest of the trials.",
    )
