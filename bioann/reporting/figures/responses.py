"""What both halves answer: over time, and condition by condition in the read-out window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from bioann.reporting import style
from bioann.reporting.figures import summaries
from bioann.reporting.style import (
    ArtistKwargs,
    Drawing,
    format_condition_title,
    format_count,
    house_style,
    shorten_label,
)

MOST_CONDITIONS = 4
MOST_MATCHES = 4
#: More bins than this are joined, as neighbouring bins of a noisy rate hide its course.
MOST_BINS = 80
#: More neurons than this would paint the band of a population solid.
MOST_NEURONS = 30
_DASHED = (0, (4, 1.2))
_SHADE: ArtistKwargs = {"color": "#888888", "alpha": 0.13, "linewidth": 0}


def draw_responses(comparison: Any) -> Drawing:
    """Draw spikes, biological rate and ANN activation over time, for up to four conditions.

    Parameters
    ----------
    comparison : Comparison
        Read: ``responses`` (``bio``, ``ann``, ``scale_hz``), ``run["bio"]`` (spikes of trial 0 and
        ``n_neurons``; without spikes there is no raster), ``window`` and, for the colour of a
        population's spikes, ``pair.bio.connections()``.
    """
    responses, window = comparison.responses, comparison.window
    values = summaries.steady(comparison)
    matches, left_out = summaries.worst_matches(values, MOST_MATCHES)
    conditions = summaries.evenly(responses.sizes["condition"], MOST_CONDITIONS)
    rates, width = _joined(responses)
    spiking = "spike_time" in comparison.run["bio"]
    with house_style():
        figure, panels = _grid(comparison, len(matches), len(conditions), spiking)
        for column, i in zip(panels.T, conditions, strict=True):
            title = format_condition_title(responses["condition"].values[i], 5.6 / len(conditions))
            column[0].set_title(title)
            if spiking:
                _draw_raster(column[0], comparison, i)
            for panel, m in zip(column[spiking:], matches, strict=True):
                _draw_rate(panel, rates.isel(condition=i, match=m))
            for panel in column:
                panel.axvspan(*window, **_SHADE, zorder=0)
        panels[0, 0].set_xlim(*_span(responses["time"].values))
        _label_rates(figure, panels[spiking:], responses, matches)
    shown = [str(responses["condition"].values[i]) for i in conditions]
    return Drawing(
        figure,
        _describe(comparison, values, matches, conditions, spiking),
        _caption(comparison, shown, spiking, width, left_out),
    )


def _span(time: np.ndarray) -> tuple[float, float]:
    half = (time[-1] - time[0]) / max(len(time) - 1, 1) / 2
    return (time[0] - half, time[-1] + half) if half else (time[0] - 0.5, time[0] + 0.5)


def _joined(responses: xr.Dataset) -> tuple[xr.Dataset, float]:
    """Join time bins until few are left; also return the bin width in seconds."""
    time = responses["time"].values
    step = float(time[1] - time[0]) if len(time) > 1 else float("nan")
    join = max(-(-len(time) // MOST_BINS), 1)
    rates = responses[["bio", "ann"]].coarsen(time=join, boundary="trim").mean()
    return rates, step * join


def _grid(comparison: Any, matches: int, conditions: int, spiking: bool) -> tuple[Figure, Any]:
    populations = comparison.run["bio"].sizes["unit"] if spiking else 0
    heights = [_raster_height(populations)] * spiking + [1.25] * matches
    figure, panels = style.make_subplots(
        *(len(heights), conditions),
        height=sum(heights) + 0.95,
        sharex=True,
        sharey="row",
        squeeze=False,
        height_ratios=heights,
    )
    figure.supxlabel("time [s]", fontsize=style.FONT_SIZE)
    return figure, panels


def _raster_height(populations: int) -> float:
    return float(np.clip(0.5 * populations, 0.6, 3))


def _draw_raster(panel: Axes, comparison: Any, condition: int) -> None:
    """Draw the spikes of trial 0, one band per population, the first on top."""
    bio = comparison.run["bio"]
    names = [str(name) for name in bio["unit"].values]
    n = np.minimum(bio["n_neurons"].values, MOST_NEURONS)
    lane = (bio["spike_condition"].values == condition) & (bio["spike_trial"].values == 0)
    lane &= bio["spike_neuron"].values < MOST_NEURONS
    unit, neuron = bio["spike_unit"].values[lane], bio["spike_neuron"].values[lane]
    time = bio["spike_time"].values[lane]
    many = len(time) > style.MAX_VECTOR_MARKS
    tall = 72 * _raster_height(len(names)) / len(names)
    for u, (name, colour) in enumerate(zip(names, _colours(comparison, names), strict=True)):
        panel.axhspan(u, u + 1, color=colour, alpha=0.07, linewidth=0)
        panel.axhline(u, color="white", linewidth=2, zorder=3)
        mine = unit == u
        # Bands are equally high, so that one neuron beside a hundred can still be seen.
        half = np.clip(0.8 * tall / n[u], 1, 10) / tall / 2
        spikes = _ticks(time[mine], u + (neuron[mine] + 0.5) / n[u], half)
        look: ArtistKwargs = {
            "edgecolor": colour,
            "linewidth": 0.5 if many else 0.8,
            "rasterized": many,
        }
        # Not as a patch, of which matplotlib would look for the limits: they are set.
        panel.add_artist(PathPatch(spikes, fill=False, **look, label=f"spikes of {name}"))
    panel.set_ylim(len(names), 0)
    labels = [shorten_label(name, 14) if len(names) <= 16 else "" for name in names]
    panel.set_yticks(np.arange(len(names)) + 0.5, labels)
    panel.tick_params("y", length=0)


def _ticks(x: np.ndarray, y: np.ndarray, half: float) -> Path:
    """Give short upright lines as one path: as marks each would be an element of the drawing."""
    ends = np.stack([np.stack([x, y - half], axis=1), np.stack([x, y + half], axis=1)], axis=1)
    path = Path(ends.reshape(-1, 2), np.tile([Path.MOVETO, Path.LINETO], len(x)).astype(np.uint8))
    path.should_simplify = False
    return path


def _colours(comparison: Any, names: Sequence[str]) -> list[str]:
    """Colour a population by what it does to its targets, or as biology where that is open."""
    list_them = getattr(comparison.pair.bio, "connections", None)
    table = list_them() if list_them else None
    if table is None or not len(table):
        return [style.SPIKING_COLOUR] * len(names)
    table = table[table["source_kind"] == "unit"]
    does = {name: set(signs) for name, signs in table.groupby("source")["sign"]}
    of = {frozenset((1,)): style.EXCITATORY_COLOUR, frozenset((-1,)): style.INHIBITORY_COLOUR}
    return [of.get(frozenset(does.get(name, ())), style.SPIKING_COLOUR) for name in names]


def _draw_rate(panel: Axes, rates: xr.Dataset) -> None:
    time, bio = rates["time"].values, rates["bio"].transpose("trial", "time").values
    if len(bio) > 1:
        low, high = summaries.central(bio, axis=0)
        look: ArtistKwargs = {"color": style.SPIKING_COLOUR, "alpha": 0.25, "linewidth": 0}
        panel.fill_between(time, low, high, **look, label="central 95% of trials")
    mean = "biology" if len(bio) == 1 else "biology, mean of trials"
    panel.plot(time, bio.mean(axis=0), color=style.SPIKING_COLOUR, label=mean)
    panel.plot(time, rates["ann"].values, color=style.RATE_COLOUR, linestyle=_DASHED, label="ANN")


def _label_rates(
    figure: Figure, panels: Any, responses: xr.Dataset, matches: Sequence[int]
) -> None:
    for row, m in zip(panels, matches, strict=True):
        summaries.give_room(row[0])
        scale = float(responses["scale_hz"].values[m])
        row[0].set_ylabel(f"{shorten_label(responses['match'].values[m], 16)}\n[activation]")
        hertz = row[-1].secondary_yaxis(
            "right", functions=(lambda a, s=scale: a * s, lambda r, s=scale: r / s)
        )
        hertz.set_ylabel("rate [Hz]")
        hertz.tick_params(labelsize=style.SMALL_FONT_SIZE, colors=style.INK)
    handles, names = panels.flat[0].get_legend_handles_labels()
    handles.append(figure.axes[0].patches[-1])
    names.append("read-out window")
    figure.legend(handles, names, loc="outside upper center", ncols=4)


def _describe(
    comparison: Any, values: xr.Dataset, matches: Sequence[int], shown: Sequence[int], spiking: bool
) -> str:
    start = "Spike raster above, then response over time" if spiking else "Response over time"
    bio, told = values["bio"].mean("trial", skipna=False), []
    for m in matches:
        pairs = [
            f"{values['condition'].values[i]}: {summaries.figure_of(float(bio[i, m]))} and "
            f"{summaries.figure_of(float(values['ann'][i, m]))}"
            for i in shown
        ]
        told.append(f"{values['match'].values[m]}: {'; '.join(pairs)}.")
    return (
        f"{start}, for {format_count(len(shown), 'condition')}. Mean activation in the read-out window, "
        f"biology and ANN. {' '.join(told)}"
    )


def _caption(
    comparison: Any, shown: Sequence[str], spiking: bool, width: float, left_out: str
) -> str:
    responses, window = comparison.responses, comparison.window
    said = ["Responses of both halves over time, on one axis."]
    if len(shown) < (n := responses.sizes["condition"]):
        said.append(f"Shown: {len(shown)} of {n} conditions, evenly chosen.")
    if spiking:
        said.append(
            "Top: spikes of one trial, a band per population (green excites, purple inhibits its "
            "targets, blue neither or both)."
        )
        if (comparison.run["bio"]["n_neurons"] > MOST_NEURONS).any():
            said.append(f"A band shows at most {MOST_NEURONS} neurons.")
    if responses.sizes["trial"] > 1:
        said.append("Band: central 95% of trials.")
    else:
        said.append("One trial, so there is no band.")
    said.append(f"Bins of {1e3 * width:.3g} ms.")
    said.append(f"Grey: read-out window, {window[0]:g} to {window[1]:g} s.")
    return " ".join([*said, summaries.sizes(comparison), left_out]).strip()
