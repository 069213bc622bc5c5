"""The data of a figure in long format: every mark that is drawn, in the units of its axes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import (
    Collection,
    LineCollection,
    PathCollection,
    PolyCollection,
    QuadMesh,
)
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import PathPatch
from matplotlib.ticker import FixedLocator, FuncFormatter

#: Columns that every row has; one more for each axis follows.
KEY_COLUMNS = ("panel", "title", "series", "mark")

Marks = Iterator[tuple[str, np.ndarray]]


def extract_figure_data(figure: Figure) -> pd.DataFrame:
    """Read what is drawn in a figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Any figure; reference lines and texts are left out.

    Returns
    -------
    pandas.DataFrame
        One row per point, with the number of its panel (from 1), the title of the panel, the name
        of the series as in the legend, and the kind of mark; then a column for each axis, named as
        in the figure, with its unit. The edges of bands and the ends of bars and intervals are
        rows with the marks ``low`` and ``high``. A column is empty where a panel lacks the axis.
    """
    tables = []
    for number, panel in enumerate((ax for ax in figure.axes if ax.axison and _has_data(ax)), 1):
        x_name, y_name = _name_axis(panel, "x"), _name_axis(panel, "y")
        if y_name == x_name:
            y_name = f"{y_name} (vertical)"
        for series, (mark, values) in _iterate_marks(panel):
            names = [x_name, y_name, "value"][: values.shape[1]]
            table = pd.DataFrame(values, columns=names)
            for column, axis in ((x_name, panel.xaxis), (y_name, panel.yaxis)):
                if labels := _list_tick_labels(axis):
                    table[f"{column} (label)"] = [labels.get(float(x), "") for x in table[column]]
            keys = (number, _find_title(panel), series, mark)
            for position, (column, key) in enumerate(zip(KEY_COLUMNS, keys, strict=True)):
                table.insert(position, column, key)
            tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=KEY_COLUMNS)


def _has_data(panel: Axes) -> bool:
    """Return whether a panel holds data: a colour bar does not."""
    return panel.get_label() != "<colorbar>" and panel.has_data()


def _name_axis(panel: Axes, which: str) -> str:
    """Return the label of an axis, that of the panel it shares it with, or of the figure."""
    shared = panel.get_shared_x_axes() if which == "x" else panel.get_shared_y_axes()
    for other in (panel, *reversed(shared.get_siblings(panel))):
        if label := (other.get_xlabel() if which == "x" else other.get_ylabel()):
            return " ".join(label.split())
    figure = panel.get_figure(root=True)
    assert figure is not None
    label = figure.get_supxlabel() if which == "x" else figure.get_supylabel()
    return label or which


def _find_title(panel: Axes) -> str:
    """Return the title of a panel, or of the one on top of its column."""
    slot, figure = panel.get_subplotspec(), panel.get_figure(root=True)
    assert figure is not None
    above = [
        other
        for other in figure.axes
        if slot and (subplot := other.get_subplotspec()) and subplot.colspan == slot.colspan
    ]
    titles = [ax.get_title(loc) for ax in (panel, *above[:1]) for loc in ("left", "center")]
    title = re.sub(r"^\$\\bf\{\w\}\$", "", next(filter(None, titles), ""))  # the letter
    return " ".join(title.split())


def _list_tick_labels(axis: Axis) -> dict[float, str]:
    """Return the names at an axis where they are set by hand, such as conditions, by position."""
    locator, formatter = axis.get_major_locator(), axis.get_major_formatter()
    # `set_xticks(positions, names)` makes a function of the positions.
    if not isinstance(locator, FixedLocator) or not isinstance(formatter, FuncFormatter):
        return {}
    return {float(x): formatter(x) for x in axis.get_majorticklocs()}


def _iterate_marks(panel: Axes) -> Iterator[tuple[str, tuple[str, np.ndarray]]]:
    """Iterate over the series of a panel: its name, then its kind of mark and its values."""
    for line in panel.lines:
        values = np.asarray(line.get_xydata(), dtype=float)
        if line.get_transform() == panel.transData and len(values):
            mark = "line" if line.get_linestyle() not in ("None", "none", "", " ") else "point"
            yield _name_series(line), (mark, values)
    for collection in panel.collections:
        for marks in _read_collection(collection):
            yield _name_series(collection), marks
    for bars in (c for c in panel.containers if isinstance(c, BarContainer)):
        tops = [(bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height()) for bar in bars]
        yield _name_series(bars), ("bar", np.array(tops))
    for artist in panel.artists:
        if isinstance(artist, PathPatch):  # spikes, each a short vertical line
            endpoints = np.asarray(artist.get_path().vertices, dtype=float)
            middles = endpoints.reshape(-1, 2, 2).mean(axis=1)
            yield str(artist.get_label()), ("spike", middles)
    for image in panel.images:
        yield _name_series(image), ("cell", _list_image_cells(image))


def _name_series(artist: Any) -> str:
    """Return the name of a series in the legend; empty for one without."""
    label = str(artist.get_label())
    return "" if label.startswith("_") else label


def _read_collection(collection: Collection) -> Marks:
    """Read bands, intervals, points and maps."""
    if isinstance(collection, QuadMesh):
        yield "cell", _list_mesh_cells(collection)
    elif isinstance(collection, LineCollection):
        segments = [path for path in collection.get_segments() if len(path) == 2]
        if segments:
            endpoints = np.asarray(segments, dtype=float)
            yield "low", endpoints[:, 0]
            yield "high", endpoints[:, 1]
    elif isinstance(collection, PathCollection):
        offsets = np.ma.filled(np.ma.asarray(collection.get_offsets(), dtype=float), np.nan)
        if len(offsets):
            yield "point", offsets
    elif isinstance(collection, PolyCollection):
        for path in collection.get_paths():
            yield from _read_band(np.asarray(path.vertices, dtype=float))


def _read_band(vertices: np.ndarray) -> Marks:
    """Split the outline of a band, from its first point along one edge and back along the other."""
    n = (len(vertices) - 3) // 2
    if n > 0:
        yield "low", vertices[1 : n + 1]
        yield "high", vertices[n + 2 : 2 * n + 2][::-1]


def _list_mesh_cells(mesh: QuadMesh) -> np.ndarray:
    corners = np.asarray(mesh.get_coordinates(), dtype=float)
    centres = (corners[1:, 1:] + corners[:-1, :-1]) / 2
    values = np.ma.filled(np.ma.asarray(mesh.get_array(), dtype=float), np.nan)
    return np.column_stack([centres.reshape(-1, 2), values.ravel()])


def _list_image_cells(image: AxesImage) -> np.ndarray:
    values = np.ma.filled(np.ma.asarray(image.get_array(), dtype=float), np.nan)
    if values.ndim != 2:
        return np.empty((0, 3))
    left, right, bottom, top = image.get_extent()
    rows, columns = values.shape
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = top + (np.arange(rows) + 0.5) * (bottom - top) / rows
    if image.origin == "lower":
        y = y[::-1]
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return np.column_stack([grid, values.ravel()])
