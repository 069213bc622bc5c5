"""Mean response of both models by condition."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bioann.base.text import format_count, format_number, format_setting
from bioann.reporting import style
from bioann.reporting.figures import summaries
from bioann.reporting.figures.response_references import describe_references, draw_references
from bioann.reporting.style import ArtistKwargs, Drawing, house_style, shorten_label

MAX_MATCHES = 4
#: More conditions than this are drawn as a line with a band instead of marks.
_MANY_CONDITIONS = 30
_EXTREMES = ((np.min, np.inf), (np.max, -np.inf))
_BY_NAME = "by condition"


def draw_tuning(comparison: Any) -> Drawing:
    """Draw the mean response of both models in the read-out window by condition.

    The horizontal axis is the numeric coordinate of the conditions if exactly one varies, else
    their labels if these are few and short, else their rank by the response of the rate model.

    Parameters
    ----------
    comparison : Comparison
        Read: ``responses`` (``bio``, ``ann``, ``scale_hz``), ``window``, ``run["bio"]``
        (``n_neurons``).
    """
    return style.draw_for_widths(lambda width: _draw_tuning(comparison, width))


def _draw_tuning(comparison: Any, width: float) -> Drawing:
    values = summaries.compute_window_means(comparison)
    matches, omission = summaries.choose_worst_matches(values, MAX_MATCHES)
    is_narrow = width < style.FIGURE_WIDTH
    rows, columns = (1, len(matches)) if len(matches) < 4 else (2, 2)
    if is_narrow:
        rows, columns = len(matches), 1
    height = 0.5 + 2.3 * rows + 0.4 * is_narrow
    with house_style():
        figure, panels = style.make_subplots(
            rows, columns, width=width, height=height, squeeze=False
        )
        for panel, m in zip(panels.flat, matches, strict=False):
            axis_text = _draw_tuning_panel(panel, values.isel(match=m), comparison.responses)
            panel.set_title(shorten_label(values["match"].values[m], 30))
            summaries.widen_flat_axis(panel)
        _label_responses(panels, comparison.responses["scale_hz"].values[matches])
        for panel in panels.flat[len(matches) :]:
            panel.remove()
        style.letter_panels(panels.flat[: len(matches)])
        handles, names = panels[0, 0].get_legend_handles_labels()
        ncols = 1 if is_narrow else 3
        figure.legend(handles, names, loc="outside upper center", ncols=ncols)
    caption = _write_tuning_caption(comparison, values, axis_text, omission)
    return Drawing(figure, _describe_tuning(values, matches), caption)


def _label_responses(panels: np.ndarray, scales_hz: np.ndarray) -> None:
    """Label the vertical axes, in activation on the left and in Hz on the right of each row."""
    for panel in panels[:, 0]:
        panel.set_ylabel("response [activation]")
    style.add_rate_axes(panels, scales_hz)


def _draw_tuning_panel(panel: Axes, values: xr.Dataset, responses: xr.Dataset) -> str:
    """Draw a response; return a phrase that names the horizontal axis."""
    ann, n = values["ann"].values, values.sizes["condition"]
    numeric_axis = summaries.find_numeric_axis(responses)
    if numeric_axis is not None:
        (x, label), axis_text = numeric_axis, f"against {numeric_axis[1]}"
    elif summaries.label_condition_axis(panel, responses["condition"].values):
        x, label, axis_text = np.arange(n), "condition", _BY_NAME
    else:
        x = np.empty(n)
        x[np.argsort(ann, kind="stable")] = np.arange(n)
        label, axis_text = "condition [rank by rate model]", "by rank of the rate model's response"
    order = np.argsort(x, kind="stable")
    x, ann, values = x[order], ann[order], values.isel(condition=order)
    bio = values["bio"].transpose("condition", "trial").values
    # Labels, and numbers that occur twice, have no order that a line could show.
    is_joined = axis_text != _BY_NAME and np.unique(x).size == n
    _draw_spiking_responses(
        panel, x, bio, smooth=is_joined and numeric_axis is not None and n > _MANY_CONDITIONS
    )
    look: ArtistKwargs = {
        "marker": "" if n > _MANY_CONDITIONS and is_joined else "D",
        "markersize": 2.5,
    }
    linestyle = "-" if is_joined else "none"
    panel.plot(
        x, ann, color=style.RATE_COLOUR, linestyle=linestyle, **look, label="rate model", zorder=3
    )
    draw_references(panel, x, values, is_joined)
    panel.set_xlabel(label)
    return axis_text


def _draw_spiking_responses(panel: Axes, x: np.ndarray, bio: np.ndarray, smooth: bool) -> None:
    mean, has_trials = bio.mean(axis=1), bio.shape[1] > 1
    low, high = summaries.compute_central_interval(bio, axis=1)
    name, interval = "spiking model" + ", mean of trials" * has_trials, "central 95 % of trials"
    if smooth:
        panel.plot(x, mean, color=style.SPIKING_COLOUR, label=name)
        if has_trials:
            look: ArtistKwargs = {"color": style.SPIKING_COLOUR, "alpha": 0.25, "linewidth": 0}
            panel.fill_between(x, low, high, **look, label=interval)
        return
    size = 6 if len(x) <= _MANY_CONDITIONS else 3
    panel.plot(
        x, mean, "o", color=style.SPIKING_COLOUR, markersize=size, fillstyle="none", label=name
    )
    if has_trials:
        line_width = 1.5 if len(x) <= _MANY_CONDITIONS else 0.7
        panel.vlines(
            x,
            low,
            high,
            color=style.SPIKING_COLOUR,
            alpha=0.6,
            linewidth=line_width,
            label=interval,
        )


def _describe_tuning(values: xr.Dataset, matches: list[int]) -> str:
    errors, bio = summaries.compute_rmse(values), values["bio"].mean("trial", skipna=False)
    sentences = []
    for m in matches:
        spans = []
        for name, v in (
            ("spiking model", bio[:, m].values),
            ("rate model", values["ann"][:, m].values),
        ):
            extremes = [format_number(f(v[np.isfinite(v)], initial=i)) for f, i in _EXTREMES]
            spans.append(f"{name} {extremes[0]} to {extremes[1]}")
        rmse = format_number(errors[m])
        sentences.append(f"{values['match'].values[m]}: {', '.join(spans)}, RMSE {rmse}.")
    n = format_count(values.sizes["condition"], "condition")
    return f"Mean response over {n}, in activation. {' '.join(sentences)}"


def _write_tuning_caption(
    comparison: Any, values: xr.Dataset, axis_text: str, omission: str
) -> str:
    start, stop = comparison.window
    sentences = [
        f"Mean response of both models ({format_setting(start)} to {format_setting(stop)} s) "
        f"{axis_text}."
    ]
    if comparison.responses.sizes["trial"] > 1:
        sentences.append("Bars or band: central 95 % of trials.")
    else:
        sentences.append("One trial, hence no interval.")
    sentences += [
        describe_references(comparison, values),
        summaries.describe_sample_sizes(comparison),
        omission,
        summaries.describe_missing_values(values),
    ]
    return " ".join(filter(None, sentences))
