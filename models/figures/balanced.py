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

N_DRAWN = 25  # cells of each kind


def draw_spikes_and_rates(comparison: ba.Comparison) -> Drawing:
    """Draw spikes of single cells, and the rates of both models, under a changing input."""
    condition = int(np.flatnonzero(comparison.responses.sample > 0)[0])
    responses = comparison.responses.isel(condition=condition)
    spikes = comparison.run["bio"].to_dataset()
    figure, (spike_panel, rate_panel) = make_subplots(2, 1, height=4.2, sharex=True)
    in_lane = (spikes.spike_condition == condition) & (spikes.spike_trial == 0)
    for unit, (population, color) in enumerate(
        (("E", EXCITATORY_COLOUR), ("I", INHIBITORY_COLOUR))
    ):
        in_rows = in_lane & (spikes.spike_unit == unit) & (spikes.spike_neuron < N_DRAWN)
        rows = spikes.spike_neuron[in_rows] + N_DRAWN * unit
        spike_panel.plot(
            spikes.spike_time[in_rows], rows, "|", color=color, ms=4, label=f"{population} cells"
        )
    bio, ann = responses["bio"].sel(match="E"), responses["ann"]
    rate_panel.fill_between(
        bio.time, bio.min("trial"), bio.max("trial"), color=SPIKING_COLOUR, alpha=0.2, lw=0
    )
    rate_panel.plot(bio.time, bio.mean("trial"), color=SPIKING_COLOUR, label="biology, E")
    rate_panel.plot(ann.time, ann.sel(match="E"), "--", color=RATE_COLOUR, label="ANN, unit E")
    rate_panel.plot(ann.time, ann.sel(match="alone"), ":", color=RATE_COLOUR, label="ANN, alone")
    spike_panel.set(ylabel="cell", yticks=[], title="spikes of single cells: irregular")
    rate_panel.set(
        xlabel="time [s]", ylabel="response [activation]", title="their mean: predictable"
    )
    rate_panel.set(ylim=(0, None))
    for panel in (spike_panel, rate_panel):
        panel.legend(loc="lower right", bbox_to_anchor=(1, 0.98), ncols=3, markerscale=2)
    n_e, n_i = spikes.n_neurons.values
    scores = comparison.scores.set_index(["metric", "match"]).value
    correlation = scores["correlation of time courses under a changing input", "E"]
    return Drawing(
        figure,
        f"Above: spikes of {N_DRAWN} E and {N_DRAWN} I cells. Below: the rate of E against time in "
        f"biology and in the ANN, correlation {correlation:.2f}.",
        "Every cell fires irregularly, their mean follows the input: sooner than a membrane of "
        f"20 ms alone would (dotted). n: {n_e} E and {n_i} I neurons, "
        f"{responses.sizes['trial']} trials. Band: smallest to largest of the trials.",
    )
