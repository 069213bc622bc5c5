"""Agreement of the models by condition, with noise ceiling and chance level."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bioann.base.text import format_count, format_number, format_setting
from bioann.reporting import style
from bioann.reporting.ceiling_text import describe_repetition
from bioann.reporting.figures import summaries
from bioann.reporting.style import ArtistKwargs, Drawing, house_style, shorten_label

MAX_MATCHES = 4


def draw_agreement(comparison: Any, *, single_row: bool = False) -> Drawing:
    """Draw the spiking model against the rate model, a point per condition.

    The noise ceiling is a band around the identity line with 95 % of the differences between two
    runs of the spiking model (trial means, over conditions). Faint crosses are rate models with
    shuffled signs, within a quarter of the data's span around the data.

    Parameters
    ----------
    comparison : Comparison
        Read: ``responses`` (``bio``, ``ann``, ``scale_hz``, perhaps ``ceiling``,
        ``chance``), ``window``, ``run["bio"]`` (``n_neurons``).
    single_row : bool, optional
        Put more than two panels in one row, to save height.
    """
    return style.draw_for_widths(lambda width: _draw_agreement(comparison, single_row, width))


def _draw_agreement(comparison: Any, single_row: bool, width: float) -> Drawing:
    values = summaries.compute_window_means(comparison)
    matches, omission = summaries.choose_worst_matches(values, MAX_MATCHES)
    errors, ceilings, n_hidden = summaries.compute_rmse(values), {}, 0
    is_narrow = width < style.FIGURE_WIDTH
    single_row = single_row and len(matches) > 2 and not is_narrow
    rows, columns = (1, max(len(matches), 2)) if single_row or len(matches) < 3 else (2, 2)
    if is_narrow:
        rows, columns = len(matches), 1
    # Square panels with legend, title and label; with less height the labels are cut.
    height = (style.FIGURE_WIDTH - 0.9) / columns + 1.35 if single_row else 3.3 * rows + 0.2
    if is_narrow:
        height = 2.9 * rows + 0.9
    with house_style():
        figure, panels = style.make_subplots(
            rows, columns, width=width, height=height, squeeze=False
        )
        for panel, m in zip(panels.flat, matches, strict=False):
            ceilings[m], n_out = _draw_agreement_panel(panel, values.isel(match=m))
            n_hidden += n_out
            name = shorten_label(values["match"].values[m], 16)
            error_text = f"RMSE {format_number(errors[m])}"
            panel.set_title(f"{name}\n{error_text}" if single_row else f"{name}: {error_text}")
            panel.locator_params(nbins=3 if columns > 3 else 5)  # so that numbers do not touch
        if single_row:
            _share_axis_labels(figure, panels[0])
        style.letter_panels(panels.flat[: len(matches)])
        if not single_row:
            style.add_rate_axes(panels, comparison.responses["scale_hz"].values[matches])
        _add_legend(figure, panels, len(matches), 2 if is_narrow else 3)
    sentences = [
        f"{values['match'].values[m]}: RMSE {format_number(errors[m])} activation, "
        f"noise ceiling ±{format_number(ceilings[m])}."
        for m in matches
    ]
    n = format_count(values.sizes["condition"], "condition")
    alt = f"Scatter plot of both models over {n}, with the identity line. {' '.join(sentences)}"
    return Drawing(figure, alt, _write_agreement_caption(comparison, values, omission, n_hidden))


def _share_axis_labels(figure: Figure, panels: np.ndarray) -> None:
    """Label the axes of a row once: its panels are too narrow for labels of their own."""
    for k, panel in enumerate(panels):
        panel.set_xlabel("")
        panel.set_ylabel("spiking model [activation]" if k == 0 else "")
    figure.supxlabel("rate model [activation]", fontsize=style.FONT_SIZE)


def _add_legend(figure: Figure, panels: np.ndarray, n_matches: int, ncols: int) -> None:
    """Draw the legend in a free panel, or above all panels."""
    handles, names = panels[0, 0].get_legend_handles_labels()
    for panel in panels.flat[n_matches:]:
        panel.set_axis_off()
    if n_matches < panels.size:
        legend = panels.flat[n_matches].legend(handles, names, loc="center left")
    else:
        legend = figure.legend(handles, names, loc="outside upper center", ncols=ncols)
    for mark in legend.legend_handles:
        mark.set_alpha(max(mark.get_alpha() or 1, 0.5))


def _draw_agreement_panel(panel: Axes, values: xr.Dataset) -> tuple[float, int]:
    """Draw a response; return the half-width of the noise ceiling and the chance points outside."""
    bio_trials = values["bio"].transpose("condition", "trial").values
    bio, ann = bio_trials.mean(axis=1), values["ann"].values
    ceiling = _ceiling_half_width(values, bio)
    chance = np.empty((0, 2))
    if "chance" in values:
        shuffled_ann = values["chance"].transpose("shuffle", "condition").values
        chance = np.stack([shuffled_ann.ravel(), np.tile(bio, len(shuffled_ann))], axis=1)
        chance = chance[np.isfinite(chance).all(axis=1)]
    sd = bio_trials.std(axis=1, ddof=1) if bio_trials.shape[1] > 1 else np.zeros(len(bio))
    low, high = _fit_axis_limits(bio - sd, bio + sd, ann, chance[:, 0])
    is_visible = (chance[:, 0] >= low) & (chance[:, 0] <= high)
    diagonal = np.array([low, high])
    band: ArtistKwargs = {"color": style.CEILING_COLOUR, "alpha": 0.6, "linewidth": 0, "zorder": 0}
    if np.isfinite(ceiling):
        panel.fill_between(
            *(diagonal, diagonal - ceiling, diagonal + ceiling),
            **band,
            label="noise ceiling",
        )
    panel.plot(diagonal, diagonal, color=style.INK, linewidth=0.8, zorder=1, label="identity line")
    _draw_condition_points(panel, ann, bio, sd, chance[is_visible])
    panel.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    panel.set(xlabel="rate model [activation]", ylabel="spiking model [activation]")
    return ceiling, int((~is_visible).sum())


def _ceiling_half_width(values: xr.Dataset, bio: np.ndarray) -> float:
    """Return the half-width of the noise ceiling; NaN unless the spiking model ran twice."""
    if "ceiling" not in values:
        return float("nan")
    differences = np.abs(values["ceiling"].mean("trial", skipna=False).values - bio)
    differences = differences[np.isfinite(differences)]
    return float(np.quantile(differences, 0.95)) if differences.size else float("nan")


def _draw_condition_points(
    panel: Axes, ann: np.ndarray, bio: np.ndarray, sd: np.ndarray, chance: np.ndarray
) -> None:
    if len(chance):
        alpha = float(np.clip(150 / len(chance), 0.1, 0.4))
        faint: ArtistKwargs = {
            "color": style.CHANCE_COLOUR,
            "alpha": alpha,
            "markersize": 3,
            "zorder": 2,
        }
        rasterized = len(chance) > style.MAX_VECTOR_MARKS
        panel.plot(
            *chance.T,
            "x",
            **faint,
            rasterized=rasterized,
            label="chance level",
        )
    if sd.any():
        look: ArtistKwargs = {
            "color": style.SPIKING_COLOUR,
            "linewidth": 0.8,
            "alpha": 0.6,
            "zorder": 3,
        }
        panel.vlines(ann, bio - sd, bio + sd, **look, label="SD over trials")
    size = 5 if len(bio) <= 60 else 3
    panel.plot(
        ann,
        bio,
        "o",
        color=style.SPIKING_COLOUR,
        markersize=size,
        zorder=4,
        label="condition",
    )


def _fit_axis_limits(
    low: np.ndarray, high: np.ndarray, ann: np.ndarray, chance: np.ndarray
) -> tuple[float, float]:
    """Fit the axes to the data, and to chance points that are not too far from them."""
    data = np.concatenate([low, high, ann])
    data = data[np.isfinite(data)] if np.isfinite(data).any() else np.zeros(1)
    data_min, data_max = float(data.min()), float(data.max())
    span = max(data_max - data_min, 0.1)
    if chance.size:
        chance_range = np.clip(
            [chance.min(), chance.max()], data_min - span / 4, data_max + span / 4
        )
        data_min, data_max = min(data_min, chance_range[0]), max(data_max, chance_range[1])
    pad = 0.06 * span + max(0.1 - (data_max - data_min), 0) / 2
    return data_min - pad, data_max + pad


def _write_agreement_caption(
    comparison: Any, values: xr.Dataset, omission: str, n_hidden: int
) -> str:
    start, stop = comparison.window
    sentences = [
        "Mean response of both models in the read-out window "
        f"({format_setting(start)} to {format_setting(stop)} s), a point per condition."
    ]
    if "ceiling" in values:
        sentences.append(
            "Grey band, the noise ceiling: 95 % of the conditions of a second run of the spiking "
            f"model {describe_repetition(comparison)} differ from the first run by less."
        )
    if values.sizes["trial"] > 1:
        sentences.append("Bars: SD over trials.")
    if "chance" in values:
        shuffles = format_count(values.sizes["shuffle"], "shuffle")
        sentences.append(f"Crosses, the chance level: rate models with shuffled signs, {shuffles}.")
    if n_hidden:
        sentences.append(f"Crosses outside the axes: {n_hidden}.")
    sentences += [
        summaries.describe_sample_sizes(comparison),
        omission,
        summaries.describe_missing_values(values),
    ]
    return " ".join(filter(None, sentences))
