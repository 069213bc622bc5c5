"""How well the halves agree: condition by condition, against ceiling and chance level."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bioann.reporting import style
from bioann.reporting.figures import summaries
from bioann.reporting.style import ArtistKwargs, Drawing, format_count, house_style, shorten_label

MOST_MATCHES = 4


def draw_agreement(comparison: Any, *, row: bool = False) -> Drawing:
    """Draw biology against ANN, a point per condition, with identity line, ceiling and chance.

    The ceiling is drawn as a band around identity that holds 95% of the differences between two
    biological runs (trial means, over conditions); chance as faint points of the sign-shuffled
    ANN, as far as it lies within a quarter of the data's span around them.

    Parameters
    ----------
    comparison : Comparison
        Read: ``responses`` (``bio``, ``ann``, perhaps ``again``, ``shuffled``), ``window``,
        ``run["bio"]`` (``n_neurons``).
    row : bool, optional
        Put more than two panels in one row, where there is little height.
    """
    values = summaries.steady(comparison)
    matches, left_out = summaries.worst_matches(values, MOST_MATCHES)
    error, bands, unseen = summaries.rmse(values), {}, 0
    row = row and len(matches) > 2
    rows, columns = (1, max(len(matches), 2)) if row or len(matches) < 3 else (2, 2)
    # Square panels, with legend, title and label: a layout that is squeezed would cut the labels.
    height = (style.FIGURE_WIDTH - 0.9) / columns + 1.35 if row else 3.3 * rows + 0.2
    with house_style():
        figure, panels = style.make_subplots(rows, columns, height=height, squeeze=False)
        for panel, m in zip(panels.flat, matches, strict=False):
            bands[m], out = _draw_match(panel, values.isel(match=m))
            unseen += out
            name, off = (
                shorten_label(values["match"].values[m], 16),
                f"RMSE {summaries.figure_of(error[m])}",
            )
            panel.set_title(f"{name}\n{off}" if row else f"{name}: {off}")
            panel.locator_params(nbins=3 if columns > 3 else 5)  # so that numbers keep apart
        for panel in panels.flat[1:] if row else ():
            panel.set_ylabel("")
        _explain(figure, panels, len(matches))
    told = [
        f"{values['match'].values[m]}: RMSE {summaries.figure_of(error[m])} activation, "
        f"ceiling band ±{summaries.figure_of(bands[m])}."
        for m in matches
    ]
    n = format_count(values.sizes["condition"], "condition")
    alt = f"Scatter of biology against ANN over {n}, around the identity line. {' '.join(told)}"
    return Drawing(figure, alt, _caption(comparison, values, left_out, unseen))


def _explain(figure: Figure, panels: np.ndarray, used: int) -> None:
    """Put the legend where a panel is free, else above all."""
    handles, names = panels[0, 0].get_legend_handles_labels()
    for panel in panels.flat[used:]:
        panel.set_axis_off()
    if used < panels.size:
        legend = panels.flat[used].legend(handles, names, loc="center left")
    else:
        legend = figure.legend(handles, names, loc="outside upper center", ncols=3)
    for mark in legend.legend_handles:
        mark.set_alpha(max(mark.get_alpha() or 1, 0.5))


def _draw_match(panel: Axes, values: xr.Dataset) -> tuple[float, int]:
    """Draw one match; return the half-width of the ceiling and the chance points out of sight."""
    trials = values["bio"].transpose("condition", "trial").values
    bio, ann = trials.mean(axis=1), values["ann"].values
    ceiling = _ceiling(values, bio)
    chance = np.empty((0, 2))
    if "chance" in values:
        shuffled = values["chance"].transpose("shuffle", "condition").values
        chance = np.stack([shuffled.ravel(), np.tile(bio, len(shuffled))], axis=1)
        chance = chance[np.isfinite(chance).all(axis=1)]
    spread = trials.std(axis=1, ddof=1) if trials.shape[1] > 1 else np.zeros(len(bio))
    low, high = _limits(bio - spread, bio + spread, ann, chance[:, 0])
    seen = (chance[:, 0] >= low) & (chance[:, 0] <= high)
    ends = np.array([low, high])
    band: ArtistKwargs = {"color": style.CEILING_COLOUR, "alpha": 0.6, "linewidth": 0, "zorder": 0}
    if np.isfinite(ceiling):
        panel.fill_between(
            *(ends, ends - ceiling, ends + ceiling), **band, label="ceiling: biology against itself"
        )
    panel.plot(ends, ends, color=style.INK, linewidth=0.8, zorder=1, label="identity")
    _draw_points(panel, ann, bio, spread, chance[seen])
    panel.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    panel.set(xlabel="ANN [activation]", ylabel="biology [activation]")
    return ceiling, int((~seen).sum())


def _ceiling(values: xr.Dataset, bio: np.ndarray) -> float:
    """Give the half-width of the ceiling; not a number where biology was not run twice."""
    if "ceiling" not in values:
        return float("nan")
    apart = np.abs(values["ceiling"].mean("trial", skipna=False).values - bio)
    apart = apart[np.isfinite(apart)]
    return float(np.quantile(apart, 0.95)) if apart.size else float("nan")


def _draw_points(
    panel: Axes, ann: np.ndarray, bio: np.ndarray, spread: np.ndarray, chance: np.ndarray
) -> None:
    if len(chance):
        thin = float(np.clip(150 / len(chance), 0.1, 0.4))
        faint: ArtistKwargs = {
            "color": style.CHANCE_COLOUR,
            "alpha": thin,
            "markersize": 3,
            "zorder": 2,
        }
        many = len(chance) > style.MAX_VECTOR_MARKS
        panel.plot(
            *chance.T, "x", **faint, rasterized=many, label="chance level: ANN with shuffled signs"
        )
    if spread.any():
        look: ArtistKwargs = {
            "color": style.SPIKING_COLOUR,
            "linewidth": 0.8,
            "alpha": 0.6,
            "zorder": 3,
        }
        panel.vlines(ann, bio - spread, bio + spread, **look, label="SD over trials")
    size = 5 if len(bio) <= 60 else 3
    panel.plot(
        ann, bio, "o", color=style.SPIKING_COLOUR, markersize=size, zorder=4, label="a condition"
    )


def _limits(
    low: np.ndarray, high: np.ndarray, ann: np.ndarray, chance: np.ndarray
) -> tuple[float, float]:
    """Fit the data, and the chance points as far as it does not squeeze them into a corner."""
    data = np.concatenate([low, high, ann])
    data = data[np.isfinite(data)] if np.isfinite(data).any() else np.zeros(1)
    a, b = float(data.min()), float(data.max())
    span = max(b - a, 0.1)
    if chance.size:
        near = np.clip([chance.min(), chance.max()], a - span / 4, b + span / 4)
        a, b = min(a, near[0]), max(b, near[1])
    pad = 0.06 * span + max(0.1 - (b - a), 0) / 2
    return a - pad, b + pad


def _caption(comparison: Any, values: xr.Dataset, left_out: str, unseen: int) -> str:
    start, stop = comparison.window
    said = [
        f"Mean response in the read-out window ({start:g} to {stop:g} s) of both halves, a point "
        "per condition: the nearer to the line of identity, the better they agree."
    ]
    if "ceiling" in values:
        said.append(
            "Grey band: 95% of the conditions of a second biological run with another seed lie "
            "this near to the first."
        )
    if values.sizes["trial"] > 1:
        said.append("Bars: standard deviation over trials.")
    if "chance" in values:
        shuffles = format_count(values.sizes["shuffle"], "shuffle")
        said.append(f"Crosses, the chance level: the ANN with its signs shuffled, {shuffles}.")
    if unseen:
        said.append(f"Floor points beyond the axes: {unseen}.")
    said += [summaries.sizes(comparison), left_out, summaries.missing(values)]
    return " ".join(filter(None, said))
