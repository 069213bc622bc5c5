"""Figures of a sweep: heat maps over two parameters, and slices along each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from bioann.base.text import format_setting
from bioann.reporting import style
from bioann.reporting.style import Drawing, house_style

#: Outcomes of claims and of equivalence, with their colours and the sign that stands for them.
OUTCOME_COLOURS = {
    **dict.fromkeys(("supported", "equivalent"), style.EXCITATORY_COLOUR),
    **dict.fromkeys(("refuted", "different"), style.INHIBITORY_COLOUR),
    "depends": "#E0B000",
    "undecided": style.CEILING_COLOUR,
    "": "white",
}
#: Most panels of slices side by side.
MAX_SLICES = 3


def list_parameters(dataset: xr.Dataset) -> list[str]:
    """Return the names of the parameters of a sweep, those with most values first."""
    names = [str(n) for n in dataset.coords if "address" in dataset[n].attrs]
    return sorted(names, key=lambda name: -dataset[name].size)


def label_parameter(dataset: xr.Dataset, name: str) -> str:
    """Return the label of an axis: the address with its unit, in two lines if it is long."""
    unit = dataset[name].attrs["units"]
    text = style.format_label(name if len(name) < 34 else name.replace(", ", ",\n", 1))
    return f"{text} [{unit or '1'}]"


def cut_plane(values: xr.DataArray, x: str, y: str) -> tuple[xr.DataArray, str]:
    """Return the plane of two parameters, with the others at their middle value, in words, too."""
    others = [str(d) for d in values.dims if d not in (x, y)]
    middle = {name: values.sizes[name] // 2 for name in others}
    texts = [
        f"{name} = {format_setting(float(values[name][k]), values[name].attrs['units'])}"
        for name, k in middle.items()
    ]
    return values.isel(middle).transpose(y, x), ", ".join(texts)


def draw_score_maps(
    dataset: xr.Dataset,
    maps: Sequence[tuple[str, xr.DataArray, float | None]],
    is_narrow: bool = False,
) -> Drawing:
    """Draw scores over the two parameters with most values.

    Parameters
    ----------
    dataset : xarray.Dataset
        Results of a grid of at least two parameters with several values.
    maps : sequence of (str, xarray.DataArray, float or None)
        Title and values of each panel, and the level of its contour.
    is_narrow : bool, optional
        Whether to draw for a phone.
    """
    x, y = list_parameters(dataset)[:2]
    cut = ""
    with house_style():
        figure, panels = make_panels(len(maps), is_narrow)
        for panel, (title, values, level) in zip(panels, maps, strict=True):
            plane, cut = cut_plane(values, x, y)
            mesh = panel.pcolormesh(
                plane[x], plane[y], plane, shading="nearest", cmap="cividis", rasterized=True
            )
            figure.colorbar(mesh, ax=panel, location="top", shrink=0.8)
            draw_contour(panel, plane, x, y, level)
            finish_panel(panel, dataset, x, y, title)
    names = "; ".join(title for title, *_ in maps)
    alt = f"Heat maps over {x} and {y}: {names}."
    caption = (
        f"{names}. White lines: where the difference of the models equals the margin."
        f"{f' At {cut}.' if cut else ''}"
    )
    if is_narrow:
        return Drawing(figure, alt, caption)
    return Drawing(figure, alt, caption, narrow=lambda: draw_score_maps(dataset, maps, True).figure)


def draw_contour(panel: Axes, plane: xr.DataArray, x: str, y: str, level: float | None) -> None:
    """Draw the line at which a score has a level, if it passes it."""
    if level is None or min(plane.shape) < 2:
        return
    values = plane.values[np.isfinite(plane.values)]
    if values.size and values.min() < level < values.max():
        panel.contour(plane[x], plane[y], plane, [level], colors="white", linewidths=1.6)


def draw_outcome_maps(
    dataset: xr.Dataset, maps: Sequence[tuple[str, xr.DataArray]], is_narrow: bool = False
) -> Drawing:
    """Draw verdicts over the two parameters with most values, and the boundary of each claim.

    Parameters
    ----------
    dataset : xarray.Dataset
        Results of a grid of at least two parameters with several values.
    maps : sequence of (str, xarray.DataArray)
        Title and outcomes of each panel.
    is_narrow : bool, optional
        Whether to draw for a phone.
    """
    x, y = list_parameters(dataset)[:2]
    colours = list(dict.fromkeys(OUTCOME_COLOURS.values()))
    cut, outcomes = "", set[str]()
    with house_style():
        figure, panels = make_panels(len(maps), is_narrow)
        for panel, (title, values) in zip(panels, maps, strict=True):
            plane, cut = cut_plane(values, x, y)
            texts = plane.values.astype(str)
            outcomes |= set(texts.ravel())
            codes = np.vectorize(lambda t: colours.index(OUTCOME_COLOURS.get(t, "white")))(texts)
            norm = BoundaryNorm(np.arange(len(colours) + 1) - 0.5, len(colours))
            panel.pcolormesh(
                plane[x], plane[y], codes, shading="nearest", cmap=ListedColormap(colours),
                norm=norm, rasterized=True,
            )  # fmt: skip
            best = np.isin(texts, ("supported", "equivalent")).astype(float)
            draw_contour(panel, plane.copy(data=best), x, y, 0.5)
            finish_panel(panel, dataset, x, y, title)
        handles = [
            Patch(
                facecolor=OUTCOME_COLOURS.get(o, "white"), edgecolor=style.INK, label=o or "failed"
            )
            for o in sorted(outcomes)
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=len(handles))
    names = "; ".join(title for title, _ in maps)
    alt = f"Verdicts over {x} and {y}: {names}."
    caption = (
        f"Verdicts over two parameters: {names}. White lines: the boundary of the region in which "
        f"a claim is supported, or the models are equivalent.{f' At {cut}.' if cut else ''}"
    )
    if is_narrow:
        return Drawing(figure, alt, caption)
    return Drawing(
        figure, alt, caption, narrow=lambda: draw_outcome_maps(dataset, maps, True).figure
    )


def make_panels(n: int, is_narrow: bool) -> tuple[Figure, list[Axes]]:
    """Make up to two panels side by side, in rows; on a phone one below the other."""
    n_columns = 1 if is_narrow else min(n, 2)
    n_rows = -(-n // n_columns)
    width = style.PHONE_WIDTH if is_narrow else style.FIGURE_WIDTH
    figure = Figure((width, 3.6 * n_rows), layout="constrained")
    panels = list(figure.subplots(n_rows, n_columns, squeeze=False).flat)
    for panel in panels[n:]:
        panel.set_visible(False)
    return figure, panels[:n]


def finish_panel(panel: Axes, dataset: xr.Dataset, x: str, y: str, title: str) -> None:
    """Label the axes of a map."""
    panel.set(xlabel=label_parameter(dataset, x), ylabel=label_parameter(dataset, y))
    panel.set_title(style.format_label(title))


def draw_slices(
    dataset: xr.Dataset,
    title: str,
    numbers: tuple[Any, Any, Any],
    level: float | None,
    is_narrow: bool = False,
) -> Drawing:
    """Draw a score along each parameter: means over a grid, or all points of a sample.

    Parameters
    ----------
    dataset : xarray.Dataset
        Results of a sweep.
    title : str
        What is drawn, with its unit.
    numbers : tuple of xarray.DataArray
        Value, low and high of the score.
    level : float or None
        Level that is drawn as a line, such as the margin.
    is_narrow : bool, optional
        Whether to draw for a phone.
    """
    names = list_parameters(dataset)[:MAX_SLICES]
    value, low, high = numbers
    is_sample = "point" in value.dims
    with house_style():
        width = style.PHONE_WIDTH if is_narrow else style.FIGURE_WIDTH
        shape = (len(names), 1) if is_narrow else (1, len(names))
        figure = Figure((width, 2.6 * shape[0] + 0.3), layout="constrained")
        panels = list(figure.subplots(*shape, squeeze=False, sharey=True).flat)
        for panel, name in zip(panels, names, strict=True):
            if is_sample:
                panel.plot(value[name], value, "o", ms=3, color=style.SPIKING_COLOUR)
            else:
                others = [d for d in value.dims if d != name]
                panel.plot(value[name], value.mean(others), "o-", ms=3, color=style.SPIKING_COLOUR)
                band = (low.mean(others), high.mean(others))
                panel.fill_between(value[name], *band, alpha=0.25, color=style.SPIKING_COLOUR, lw=0)
            if level is not None:
                panel.axhline(level, color=style.INK, ls="--", lw=1)
            panel.set_xlabel(label_parameter(dataset, name))
        for panel in panels if is_narrow else panels[:1]:
            panel.set_ylabel(style.format_label(title))
    content = (
        "every point" if is_sample else "mean over the other parameters, with the mean 95 % CI"
    )
    line = " Dashed: the margin." if level is not None else ""
    alt = f"{title} along {'; '.join(names)}."
    caption = f"{title} along each parameter: {content}.{line}"
    if is_narrow:
        return Drawing(figure, alt, caption)
    return Drawing(
        figure, alt, caption,
        narrow=lambda: draw_slices(dataset, title, numbers, level, True).figure,
    )  # fmt: skip
