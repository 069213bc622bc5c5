"""The steady response of both halves, condition by condition."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bioann.reporting import style
from bioann.reporting.figures import summaries
from bioann.reporting.style import ArtistKwargs, Drawing, format_count, house_style, shorten_label

MOST_MATCHES = 4
#: From here on conditions are drawn as a line with a band, without a mark for each.
_MANY = 30
_ENDS = ((np.min, np.inf), (np.max, -np.inf))
_BY_NAME = "condition by condition"


def draw_tuning(comparison: Any) -> Drawing:
    """Draw the mean response in the read-out window per condition, biology against ANN.

    The horizontal axis is the number that varies over conditions if there is exactly one; otherwise
    the conditions by name where names are few and short, or by rank of the ANN activation.

    Parameters
    ----------
    comparison : Comparison
        Read: ``responses`` (``bio``, ``ann``), ``window``, ``run["bio"]`` (``n_neurons``).
    """
    values = summaries.compute_window_means(comparison)
    matches, left_out = summaries.choose_worst_matches(values, MOST_MATCHES)
    rows, columns = (1, len(matches)) if len(matches) < 4 else (2, 2)
    with house_style():
        figure, panels = style.make_subplots(rows, columns, height=0.5 + 2.3 * rows, squeeze=False)
        for panel, m in zip(panels.flat, matches, strict=False):
            where = _draw_match(panel, values.isel(match=m), comparison.responses)
            panel.set_title(shorten_label(values["match"].values[m], 30))
            summaries.widen_flat_axis(panel)
        for panel in panels[:, 0]:
            panel.set_ylabel("response [activation]")
        for panel in panels.flat[len(matches) :]:
            panel.remove()
        handles, names = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=3)
    caption = _caption(comparison, values, where, left_out)
    return Drawing(figure, _describe(values, matches), caption)


def _draw_match(panel: Axes, values: xr.Dataset, responses: xr.Dataset) -> str:
    """Draw one match and return what the horizontal axis is."""
    bio = values["bio"].transpose("condition", "trial").values
    ann, n = values["ann"].values, len(bio)
    number = summaries.find_numeric_axis(responses)
    if number is not None:
        (x, label), where = number, f"against {number[1]}"
    elif summaries.label_condition_axis(panel, responses["condition"].values):
        x, label, where = np.arange(n), "condition", _BY_NAME
    else:
        x = np.empty(n)
        x[np.argsort(ann, kind="stable")] = np.arange(n)
        label, where = "condition [rank by ANN activation]", "by rank of ANN activation"
    order = np.argsort(x, kind="stable")
    x, bio, ann = x[order], bio[order], ann[order]
    # A line between conditions claims an order that names, or a number given twice, do not have.
    joined = where != _BY_NAME and np.unique(x).size == n
    _draw_biology(panel, x, bio, smooth=joined and number is not None and n > _MANY)
    look: ArtistKwargs = {"marker": "" if n > _MANY and joined else "D", "markersize": 2.5}
    line = "-" if joined else "none"
    panel.plot(x, ann, color=style.RATE_COLOUR, linestyle=line, **look, label="ANN", zorder=3)
    panel.set_xlabel(label)
    return where


def _draw_biology(panel: Axes, x: np.ndarray, bio: np.ndarray, smooth: bool) -> None:
    mean, several = bio.mean(axis=1), bio.shape[1] > 1
    low, high = summaries.compute_central_interval(bio, axis=1)
    name, interval = "biology" + ", mean of trials" * several, "central 95% of trials"
    if smooth:
        panel.plot(x, mean, color=style.SPIKING_COLOUR, label=name)
        if several:
            look: ArtistKwargs = {"color": style.SPIKING_COLOUR, "alpha": 0.25, "linewidth": 0}
            panel.fill_between(x, low, high, **look, label=interval)
        return
    size = 6 if len(x) <= _MANY else 3
    panel.plot(
        x, mean, "o", color=style.SPIKING_COLOUR, markersize=size, fillstyle="none", label=name
    )
    if several:
        wide = 1.5 if len(x) <= _MANY else 0.7
        panel.vlines(
            x, low, high, color=style.SPIKING_COLOUR, alpha=0.6, linewidth=wide, label=interval
        )


def _describe(values: xr.Dataset, matches: list[int]) -> str:
    error, bio, told = summaries.compute_rmse(values), values["bio"].mean("trial", skipna=False), []
    for m in matches:
        spans = []
        for name, v in (("biology", bio[:, m].values), ("ANN", values["ann"][:, m].values)):
            ends = [summaries.format_if_finite(f(v[np.isfinite(v)], initial=i)) for f, i in _ENDS]
            spans.append(f"{name} {ends[0]} to {ends[1]}")
        rmse = summaries.format_if_finite(error[m])
        told.append(f"{values['match'].values[m]}: {', '.join(spans)}, RMSE {rmse}.")
    n = format_count(values.sizes["condition"], "condition")
    return f"Steady response over {n}, in activation. {' '.join(told)}"


def _caption(comparison: Any, values: xr.Dataset, where: str, left_out: str) -> str:
    start, stop = comparison.window
    said = [f"Steady response ({start:g} to {stop:g} s) of both halves {where}."]
    if comparison.responses.sizes["trial"] > 1:
        said.append("Bars or band: central 95% of trials.")
    else:
        said.append("One trial, so there is no interval.")
    said += [
        summaries.describe_sample_sizes(comparison),
        left_out,
        summaries.describe_missing_values(values),
    ]
    return " ".join(filter(None, said))
