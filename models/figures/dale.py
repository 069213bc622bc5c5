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


def rewrites_figure(
    comparison: ba.Comparison,
    *,
    late: RelayDelay,
    costs: Mapping[str, Sequence[float]],
    copies: int,
) -> Drawing:
    """Draw both rewrites against the ANN, how late inhibition comes, and the costs.

    Parameters
    ----------
    comparison : Comparison
        Scored.
    late : RelayDelay
        What was measured, and what theory says.
    costs : mapping of str to sequence of float
        Neurons and synapses of each rewrite.
    copies : int
        Neurons of a population.
    """
    shown = comparison.responses.mean("trial")
    trials = comparison.run["bio"].sizes["trial"]
    steady = shown.sel(time=slice(*comparison.window)).mean("time")
    ann = (len(late.network.W), int((late.network.W != 0).sum()))
    numbers: dict[str, Sequence[float]] = {"ANN": ann, **costs}
    drawn, (same, course, bars) = make_subplots(1, 3, height=2.9)
    _functions(same, steady)
    _delay(course, comparison, shown, late)
    _bars(bars, numbers)
    for panel in (same, course, bars):
        panel.legend(fontsize=6)
    told = comparison.scores.set_index("metric").value
    off, between = told["difference from the ANN"], told["difference of the rewrites"]
    added = told["delay added to inhibition"]
    return Drawing(
        drawn,
        f"Twins differ from the ANN by {off:.1f} %, from interneurons by {between:.1f} %. "
        f"Interneurons add {added:.0f} ms to inhibition. "
        + "; ".join(f"{k}: {v[0]:.0f} and {v[1]:.0f}" for k, v in numbers.items())
        + " units or neurons, weights or synapses.",
        f"Dale's principle costs a second neuron per unit; twins pay in synapses, interneurons in "
        f"time: {added:.0f} ms on all that is inhibited. Middle: mean over units and "
        f"stimuli, signed as predicted, over 90 ms. n: {copies} neurons a unit, "
        f"{steady.sizes['condition']} stimuli, {trials} trials.",
    )


def _functions(same: Axes, steady: xr.Dataset) -> None:
    """Draw the responses of both rewrites against those of the units."""
    looks = {
        "bio": (SPIKING_COLOUR, "twins", "o"),
        "interneurons": (INHIBITORY_COLOUR, "interneurons", "x"),
    }
    for half, (colour, label, mark) in looks.items():
        rates = steady[half].transpose(*steady["ann"].dims).values.ravel()
        same.plot(steady["ann"].values.ravel(), rates, mark, ms=3, color=colour, label=label)
    top = float(steady["ann"].max())
    same.plot((0, top), (0, top), color=INK, lw=0.8)
    same.set(xlabel="ANN [activation]", ylabel="biology [activation]", title="same function")


def _delay(course: Axes, comparison: ba.Comparison, shown: xr.Dataset, late: RelayDelay) -> None:
    """Draw what interneurons add, measured and by theory."""
    stim = shown["stimulus"].sel(stimulus_time=slice(*comparison.window)).mean("stimulus_time")
    found, model = late.added_time_courses(shown["bio"], shown["interneurons"], stim)
    sign = np.sign(model.isel(time=slice(2, 12)).mean("time"))  # more, where less is inhibited
    for course_of, colour, label in (
        (found, INHIBITORY_COLOUR, "measured"),
        (model, INK, f"{late.relay_lag} ms late"),
    ):
        mean = (course_of * sign).mean(["condition", "match"]).rolling(time=9, center=True).mean()
        course.plot(5 + 10 * np.arange(mean.size), mean, color=colour, label=label)
    course.axhline(0, color=INK, lw=0.5)
    course.set(xlabel="time after onset [ms]", ylabel="interneurons minus twins [activation]")
    course.set(title="inhibition comes late")


def _bars(bars: Axes, numbers: Mapping[str, Sequence[float]]) -> None:
    """Draw the counts of each network side by side."""
    for k, (label, values) in enumerate(numbers.items()):
        colour = (RATE_COLOUR, SPIKING_COLOUR, INHIBITORY_COLOUR)[k]
        drawn_bars = bars.bar(
            np.arange(2) + 0.27 * (k - 1), values, 0.25, color=colour, label=label
        )
        bars.bar_label(drawn_bars, fmt="%.0f", fontsize=6)
    bars.set(xticks=(0, 1), title="what it costs", ylabel="number")
    bars.set_xticklabels(("units or\nneurons", "weights or\nsynapses"))
