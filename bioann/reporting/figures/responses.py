"""Responses of both models over time, with the spikes of the spiking model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from bioann.base.text import format_count, format_number, format_setting
from bioann.model import connections_of
from bioann.reporting import style
from bioann.reporting.figures import summaries
from bioann.reporting.style import (
    ArtistKwargs,
    Drawing,
    format_condition_title,
    house_style,
    shorten_label,
)

#: Conditions that are drawn on a page, and on a phone.
MAX_CONDITIONS, MAX_PHONE_CONDITIONS = 4, 2
MAX_MATCHES = 4
#: More bins than this are averaged in groups, because narrow bins of a rate are noisy.
MAX_BINS = 80
#: Neurons per population in the raster at most.
MAX_NEURONS = 30
_DASHES = (0, (4, 1.2))
_SHADE: ArtistKwargs = {"color": "#888888", "alpha": 0.13, "linewidth": 0}


def draw_responses(comparison: Any) -> Drawing:
    """Draw the spikes and the responses of both models over time, for up to four conditions.

    Parameters
    ----------
    comparison : Comparison
        Read: ``responses`` (``bio``, ``ann``, ``scale_hz``), ``run["bio"]`` (spikes of trial 0 and
        ``n_neurons``; without spikes there is no raster), ``window`` and, for the colour of a
        population's spikes, ``pair.bio.connections()``.
    """
    return style.draw_for_widths(lambda width: _draw_responses(comparison, width))


def _draw_responses(comparison: Any, width: float) -> Drawing:
    responses, window = comparison.responses, comparison.window
    values = summaries.compute_window_means(comparison)
    matches, omission = summaries.choose_worst_matches(values, MAX_MATCHES)
    max_conditions = MAX_PHONE_CONDITIONS if width < style.FIGURE_WIDTH else MAX_CONDITIONS
    conditions = summaries.choose_evenly(responses.sizes["condition"], max_conditions)
    rates, bin_width = _join_bins(responses)
    has_spikes = "spike_time" in comparison.run["bio"]
    with house_style():
        figure, panels = _make_response_panels(
            comparison, len(matches), len(conditions), has_spikes, width
        )
        for column, i in zip(panels.T, conditions, strict=True):
            title_width = (width - 1.4) / len(conditions)
            column[0].set_title(
                format_condition_title(responses["condition"].values[i], title_width)
            )
            if has_spikes:
                draw_raster(column[0], comparison, i)
            for panel, m in zip(column[has_spikes:], matches, strict=True):
                _draw_rate(panel, rates.isel(condition=i, match=m))
            for panel in column:
                panel.axvspan(*window, **_SHADE, zorder=0)
        panels[0, 0].set_xlim(*_time_limits(responses["time"].values))
        style.letter_panels(panels[0])
        _label_rates(figure, panels[has_spikes:], responses, matches)
    condition_names = [str(responses["condition"].values[i]) for i in conditions]
    return Drawing(
        figure,
        _describe_responses(comparison, values, matches, conditions, has_spikes),
        _write_response_caption(comparison, condition_names, has_spikes, bin_width, omission),
    )


def _time_limits(time: np.ndarray) -> tuple[float, float]:
    half_bin = (time[-1] - time[0]) / max(len(time) - 1, 1) / 2
    return (time[0] - half_bin, time[-1] + half_bin) if half_bin else (time[0] - 0.5, time[0] + 0.5)


def _join_bins(responses: xr.Dataset) -> tuple[xr.Dataset, float]:
    """Average time bins in groups until few are left; also return their width in seconds."""
    time = responses["time"].values
    step = float(time[1] - time[0]) if len(time) > 1 else float("nan")
    bins_per_group = max(-(-len(time) // MAX_BINS), 1)
    rates = responses[["bio", "ann"]].coarsen(time=bins_per_group, boundary="trim").mean()
    return rates, step * bins_per_group


def _make_response_panels(
    comparison: Any, n_matches: int, n_conditions: int, has_spikes: bool, width: float
) -> tuple[Figure, Any]:
    n_populations = comparison.run["bio"].sizes["unit"] if has_spikes else 0
    heights = [_raster_height(n_populations)] * has_spikes + [1.25] * n_matches
    figure, panels = style.make_subplots(
        *(len(heights), n_conditions),
        width=width,
        height=sum(heights) + (0.95 if width >= style.FIGURE_WIDTH else 1.6),
        sharex=True,
        sharey="row",
        squeeze=False,
        height_ratios=heights,
    )
    figure.supxlabel("time [s]", fontsize=style.FONT_SIZE)
    return figure, panels


def _raster_height(n_populations: int) -> float:
    return float(np.clip(0.5 * n_populations, 0.6, 3))


def draw_raster(panel: Axes, comparison: Any, condition: int) -> None:
    """Draw the spikes of trial 0, a band per population, the first on top."""
    bio = comparison.run["bio"]
    names = [str(name) for name in bio["unit"].values]
    n = np.minimum(bio["n_neurons"].values, MAX_NEURONS)
    lane = (bio["spike_condition"].values == condition) & (bio["spike_trial"].values == 0)
    lane &= bio["spike_neuron"].values < MAX_NEURONS
    unit, neuron = bio["spike_unit"].values[lane], bio["spike_neuron"].values[lane]
    time = bio["spike_time"].values[lane]
    rasterized = len(time) > style.MAX_VECTOR_MARKS
    band_height = 72 * _raster_height(len(names)) / len(names)
    for u, (name, colour) in enumerate(
        zip(names, _choose_population_colours(comparison, names), strict=True)
    ):
        panel.axhspan(u, u + 1, color=colour, alpha=0.07, linewidth=0)
        panel.axhline(u, color="white", linewidth=2, zorder=3)
        in_population = unit == u
        # Bands have equal heights, so that a single neuron beside a hundred stays visible.
        half_height = np.clip(0.8 * band_height / n[u], 1, 10) / band_height / 2
        spikes = _make_tick_path(
            time[in_population], u + (neuron[in_population] + 0.5) / n[u], half_height
        )
        look: ArtistKwargs = {
            "edgecolor": colour,
            "linewidth": 0.5 if rasterized else 0.8,
            "rasterized": rasterized,
        }
        # Not add_patch, which would update the axis limits: they are set.
        panel.add_artist(PathPatch(spikes, fill=False, **look, label=f"spikes of {name}"))
    panel.set_ylim(len(names), 0)
    figure = panel.get_figure(root=True)
    assert figure is not None
    max_length = 14 if figure.get_figwidth() >= style.FIGURE_WIDTH else 9
    labels = [shorten_label(name, max_length) if len(names) <= 16 else "" for name in names]
    panel.set_yticks(np.arange(len(names)) + 0.5, labels)
    panel.tick_params("y", length=0)


def _make_tick_path(x: np.ndarray, y: np.ndarray, half_height: float) -> Path:
    """Make one path of short vertical lines; markers would each be an element of the SVG."""
    endpoints = np.stack(
        [np.stack([x, y - half_height], axis=1), np.stack([x, y + half_height], axis=1)], axis=1
    )
    path = Path(
        endpoints.reshape(-1, 2), np.tile([Path.MOVETO, Path.LINETO], len(x)).astype(np.uint8)
    )
    path.should_simplify = False
    return path


def _choose_population_colours(comparison: Any, names: Sequence[str]) -> list[str]:
    """Colour a population by the sign of its synapses; in the model's colour if that is mixed."""
    table = connections_of(comparison.pair.bio)
    table = table[table["source_kind"] == "unit"]
    signs_by_source = {name: set(signs) for name, signs in table.groupby("source")["sign"]}
    colour_by_signs = {
        frozenset((1,)): style.EXCITATORY_COLOUR,
        frozenset((-1,)): style.INHIBITORY_COLOUR,
    }
    return [
        colour_by_signs.get(frozenset(signs_by_source.get(name, ())), style.SPIKING_COLOUR)
        for name in names
    ]


def _draw_rate(panel: Axes, rates: xr.Dataset) -> None:
    time, bio = rates["time"].values, rates["bio"].transpose("trial", "time").values
    if len(bio) > 1:
        low, high = summaries.compute_central_interval(bio, axis=0)
        look: ArtistKwargs = {"color": style.SPIKING_COLOUR, "alpha": 0.25, "linewidth": 0}
        panel.fill_between(time, low, high, **look, label="central 95 % of trials")
    mean = "spiking model" + ", mean of trials" * (len(bio) > 1)
    panel.plot(time, bio.mean(axis=0), color=style.SPIKING_COLOUR, label=mean)
    panel.plot(
        time, rates["ann"].values, color=style.RATE_COLOUR, linestyle=_DASHES, label="rate model"
    )


def _label_rates(
    figure: Figure, panels: Any, responses: xr.Dataset, matches: Sequence[int]
) -> None:
    for row, m in zip(panels, matches, strict=True):
        summaries.widen_flat_axis(row[0])
        scale = float(responses["scale_hz"].values[m])
        row[0].set_ylabel(f"{shorten_label(responses['match'].values[m], 16)}\n[activation]")
        style.add_rate_axis(row[-1], scale)
    handles, names = panels.flat[0].get_legend_handles_labels()
    handles.append(figure.axes[0].patches[-1])
    names.append("read-out window")
    ncols = 4 if figure.get_figwidth() >= style.FIGURE_WIDTH else 1
    figure.legend(handles, names, loc="outside upper center", ncols=ncols)


def _describe_responses(
    comparison: Any,
    values: xr.Dataset,
    matches: Sequence[int],
    conditions: Sequence[int],
    has_spikes: bool,
) -> str:
    start = "Spike raster above, then response over time" if has_spikes else "Response over time"
    bio, sentences = values["bio"].mean("trial", skipna=False), []
    for m in matches:
        values_by_condition = [
            f"{values['condition'].values[i]}: {format_number(float(bio[i, m]))} and "
            f"{format_number(float(values['ann'][i, m]))}"
            for i in conditions
        ]
        sentences.append(f"{values['match'].values[m]}: {'; '.join(values_by_condition)}.")
    return (
        f"{start}, for {format_count(len(conditions), 'condition')}. Mean activation in the "
        f"read-out window, spiking model and rate model. {' '.join(sentences)}"
    )


def _write_response_caption(
    comparison: Any, condition_names: Sequence[str], has_spikes: bool, width: float, omission: str
) -> str:
    responses, window = comparison.responses, comparison.window
    sentences = ["Responses of both models over time."]
    if len(condition_names) < (n := responses.sizes["condition"]):
        sentences.append(
            f"Shown: {len(condition_names)} of {n} conditions, evenly spaced (on a phone "
            f"{min(MAX_PHONE_CONDITIONS, n)})."
        )
    if has_spikes:
        sentences.append(
            "Top: spikes of one trial, a band per population (green: excitatory, purple: "
            "inhibitory, blue: neither or both)."
        )
        if (comparison.run["bio"]["n_neurons"] > MAX_NEURONS).any():
            sentences.append(f"At most {MAX_NEURONS} neurons per population.")
    if responses.sizes["trial"] > 1:
        sentences.append("Shaded band: central 95 % of trials.")
    else:
        sentences.append("One trial, hence no band.")
    sentences.append(f"Bin width: {format_setting(1e3 * width, 'ms', digits=3)}.")
    sentences.append(
        f"Grey: read-out window, {format_setting(window[0])} to {format_setting(window[1])} s."
    )
    return " ".join([*sentences, summaries.describe_sample_sizes(comparison), omission]).strip()
