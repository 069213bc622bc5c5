"""Both circuits side by side: who connects to whom, with which sign, how strongly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, Polygon

from bioann.report import style
from bioann.report.figures.labels import Box, place_labels
from bioann.report.figures.layout import Edge, Node, Route, extent, make_node, place, route
from bioann.report.figures.matrix import draw_matrix, matrix_height
from bioann.report.style import Drawing, count, house_style, plain

#: Beyond either of these a diagram is a tangle, and the signed matrix says more.
MOST_UNITS = 10
MOST_CONNECTIONS = 24

_SIGNS = {
    1: ("excitatory", "arrow", style.EXCITATORY),
    -1: ("inhibitory", "bar", style.INHIBITORY),
    0: ("sign unclear", "dot", style.UNCLEAR),
}
# Inches; both halves of a stacked diagram share what fits a page.
_TITLE, _KEY, _TALLEST = 0.32, 0.34, 7.5


@dataclass(frozen=True)
class _Plan:
    """A diagram laid out for a panel of some width; the boxes hold the labels of the routes."""

    nodes: tuple[Node, ...]
    routes: tuple[Route, ...]
    boxes: tuple[Box, ...]
    crowded: bool
    bottom: float
    top: float


@dataclass(frozen=True)
class _Side:
    """One half and how it will be drawn: by its plan, else as a matrix, else as a box."""

    name: str
    half: Any
    colour: str
    table: pd.DataFrame
    plan: _Plan | None

    @property
    def columns(self) -> int:
        return len({node.x for node in self.plan.nodes}) if self.plan else 3 if len(self.table) else 2

    @property
    def height(self) -> float:
        if self.plan:
            return self.plan.top - self.plan.bottom + _TITLE
        return matrix_height(self.half, self.table) if len(self.table) else 1.6


def draw_circuits(bio: Any, ann: Any) -> Drawing:
    """Draw the biological half and the artificial half side by side.

    Excitatory connections end in arrows, inhibitory ones in bars, unclear ones in dots. The halves
    stand above one another where only that gives the labels room, and are drawn as matrices of
    signed strengths where a diagram would be a tangle.

    Parameters
    ----------
    bio, ann : Half
        Read: ``kind``, ``channels``, ``units``, ``connections()`` and, where there is one, ``sizes``
        (neurons by population). A half without connections becomes a labelled box.
    """
    sides, widths = _arrange(bio, ann)
    with house_style():
        figure, panels = _panels(sides, widths)
        for panel, side in zip(panels, sides, strict=True):
            title = f"{side.name}: {getattr(side.half, 'kind', 'half')}"
            if side.plan:
                _draw_plan(_canvas(panel), side, title)
            elif len(side.table):
                draw_matrix(panel, side.half, side.table, title, side.colour)
            else:
                _draw_box(_canvas(panel), side, title)
    return Drawing(figure, " ".join(map(_describe, sides)), _caption(sides))


def _arrange(bio: Any, ann: Any) -> tuple[list[_Side], tuple[float, ...]]:
    """Lay both halves out, and tell the width of their panels: the full one where they stack."""
    columns = [side.columns for side in _sides(bio, ann, (style.WIDTH / 2,) * 2)]
    left = style.WIDTH * float(np.clip(columns[0] / sum(columns), 0.4, 0.6))
    widths: tuple[float, ...] = (left, style.WIDTH - left)
    sides = _sides(bio, ann, widths)
    if any(side.plan and side.plan.crowded for side in sides):
        wide = _sides(bio, ann, (style.WIDTH,) * 2, _TALLEST / 2)
        if any(side.plan and not side.plan.crowded for side in wide):
            sides, widths = wide, (style.WIDTH,) * 2
    return [replace(s, plan=None) if s.plan and s.plan.crowded else s for s in sides], widths


def _sides(bio: Any, ann: Any, widths: Sequence[float], tallest: float = _TALLEST) -> list[_Side]:
    sides = []
    names, colours = ("Biology", "ANN"), (style.BIOLOGY, style.ANN)
    for name, half, colour, width in zip(names, (bio, ann), colours, widths, strict=True):
        list_them = getattr(half, "connections", None)
        table = list_them() if list_them else pd.DataFrame()
        plan = None
        if 0 < len(table) <= MOST_CONNECTIONS and len(half.units) <= MOST_UNITS:
            plan = _plan(half, table, (width, tallest), "circle" if name == "Biology" else "box")
        sides.append(_Side(name, half, colour, table, plan))
    return sides


def _plan(half: Any, table: pd.DataFrame, size: tuple[float, float], shape: str) -> _Plan:
    sizes = getattr(half, "sizes", None) or {}
    notes = {unit: f"n = {sizes[unit]}" if unit in sizes else "" for unit in half.units}
    nodes = [make_node(("channel", name), "", "box") for name in half.channels]
    nodes += [make_node(("unit", name), notes[name], shape) for name in half.units]
    # Strengths compare only within one unit of measure.
    strongest = table.groupby("strength_unit")["strength"].transform("max").replace(0, 1)
    edges = [
        Edge((row.source_kind, row.source), ("unit", row.target), int(row.sign), share, label)
        for row, share, label in zip(
            table.itertuples(), table["strength"] / strongest, map(_break, table["label"]), strict=True
        )
    ]
    placed = place(nodes, edges, size)
    routes = route(placed, edges, size[0])
    boxes, crowded = place_labels(placed, routes, size[0], extent(placed))
    marks = [np.array([(b.y - b.height, b.y + b.height) for b in (*boxes, *placed)]).ravel()]
    ys = np.concatenate(marks + [line.points[:, 1] for line in routes])
    return _Plan(placed, routes, tuple(boxes), crowded, ys.min() - 0.1, ys.max() + 0.1)


def _break(label: object) -> str:
    """Break "GABA_A 0.1 nS" before its number, as short lines find a place, and lower its A."""
    broken = re.sub(r" (?=[\d.+\N{MINUS SIGN}])", "\n", plain(label), count=1)
    return re.sub(r"_([A-Z])\b", r"$_\\mathrm{\1}$", broken)


def _panels(sides: Sequence[_Side], widths: Sequence[float]) -> tuple[Figure, list[SubFigure]]:
    """Make the figure, draw the key of signs at its foot, and return a panel for each half."""
    heights = [side.height for side in sides]
    stacked = sum(widths) > style.WIDTH
    signs = {edge.edge.sign for side in sides if side.plan for edge in side.plan.routes}
    body, key = sum(heights) if stacked else max(heights), _KEY * bool(signs)
    figure = Figure((style.WIDTH, body + key), layout="constrained")
    if signs:
        top, foot = figure.subfigures(2, 1, height_ratios=(body, key))
        _draw_key(_canvas(foot), [sign for sign in _SIGNS if sign in signs])
    else:
        top = figure.subfigures(1, 1)
    if stacked:
        return figure, list(top.subfigures(2, 1, height_ratios=heights))
    return figure, list(top.subfigures(1, 2, width_ratios=widths))


def _canvas(panel: SubFigure) -> Axes:
    """Cover a panel with axes whose data coordinates are inches, from its lower left corner."""
    box = panel.bbox.transformed(panel.dpi_scale_trans.inverted())
    canvas = panel.add_axes((0, 0, 1, 1), xlim=(0, box.width), ylim=(0, box.height))
    canvas.set_axis_off()
    return canvas


def _draw_plan(canvas: Axes, side: _Side, title: str) -> None:
    assert side.plan is not None
    high = canvas.get_ylim()[1]
    # A panel that is taller than its diagram shows it half-way up.
    low = side.plan.bottom - (high - side.height) / 2
    canvas.set_ylim(low, low + high)
    canvas.text(0.05, low + high - 0.2, title, weight="bold", color=side.colour)
    for line in side.plan.routes:
        _draw_route(canvas, line)
    for line, box in zip(side.plan.routes, side.plan.boxes, strict=True):
        canvas.text(
            *(box.x, box.y, line.edge.label),
            color=_SIGNS[line.edge.sign][2],
            fontsize=style.SMALL,
            ha="center",
            va="center",
            linespacing=1.05,
            zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )
    for node in side.plan.nodes:
        _draw_node(canvas, node, style.UNCLEAR if node.key[0] == "channel" else side.colour)


def _draw_node(canvas: Axes, node: Node, colour: str) -> None:
    look = {"facecolor": "white", "edgecolor": colour, "linewidth": 1.6, "zorder": 5}
    if node.round:
        canvas.add_patch(Circle((node.x, node.y), node.width, **look))
    else:
        corner = (node.x - node.width, node.y - node.height)
        rounding = "round,pad=0,rounding_size=0.07" if node.key[0] == "unit" else "square,pad=0"
        size = (2 * node.width, 2 * node.height)
        canvas.add_patch(FancyBboxPatch(corner, *size, boxstyle=rounding, **look))
    canvas.text(
        *(node.x, node.y, node.text),
        fontsize=style.SMALL,
        ha="center",
        va="center",
        zorder=6,
        linespacing=1.05,
        style="italic" if node.key[0] == "channel" else "normal",
    )


def _draw_route(canvas: Axes, line: Route) -> None:
    """Draw the curve of a connection and the mark at its end."""
    word, mark, colour = _SIGNS[line.edge.sign]
    name = f"{mark} {line.edge.source[1]} -> {line.edge.target[1]}"
    wide = 0.8 + 1.8 * line.edge.share
    points, tip = line.points, line.points[-1]
    along = tip - points[-4]
    along = along / np.hypot(*along)
    across = np.array([-along[1], along[0]])
    if mark == "arrow":
        back = tip - 0.13 * along
        corners = [tip, back + 0.055 * across, back - 0.055 * across]
        canvas.add_patch(Polygon(corners, facecolor=colour, edgecolor="none", zorder=3, label=name))
        # The line must not show beside the point of its arrow.
        points = points[np.hypot(*(points - tip).T) > 0.1]
    elif mark == "bar":
        ends = np.array([tip - 0.09 * across, tip + 0.09 * across])
        canvas.add_line(Line2D(*ends.T, color=colour, linewidth=2.4, zorder=3, label=name))
    else:
        canvas.add_patch(Circle(tip, 0.05, facecolor=colour, edgecolor="none", label=name))
    canvas.add_line(Line2D(*points.T, color=colour, linewidth=wide, zorder=2, label=word))


def _draw_key(canvas: Axes, signs: Iterable[int]) -> None:
    x = 0.1
    for sign in signs:
        edge = Edge(("key", ""), ("key", ""), sign, 0.4, "")
        _draw_route(canvas, Route(edge, np.linspace((x, 0.16), (x + 0.38, 0.16), 40)))
        canvas.text(x + 0.5, 0.16, _SIGNS[sign][0], va="center", fontsize=style.SMALL)
        x += 1.45
    canvas.text(x, 0.16, "thicker line: stronger", va="center", fontsize=style.SMALL)


def _draw_box(canvas: Axes, side: _Side, title: str) -> None:
    width, height = canvas.get_xlim()[1], canvas.get_ylim()[1]
    canvas.text(0.05, height - 0.2, title, weight="bold", color=side.colour)
    inner = f"{_names(side.half.channels)}\n→ {_names(side.half.units)}"
    look = {"boxstyle": "round,pad=0.8", "facecolor": "white", "edgecolor": side.colour}
    text = f"{inner}\n(connections not listed)"
    canvas.text(width / 2, height / 2 - 0.1, text, ha="center", va="center", bbox=look)


def _names(names: Sequence[str], most: int = 4) -> str:
    told = ", ".join(style.short(name) for name in names[:most])
    return told + (f" and {len(names) - most} more" if len(names) > most else "")


def _describe(side: _Side) -> str:
    """Say one half in words, connection by connection where there are few."""
    start = f"{side.name}, {getattr(side.half, 'kind', 'half')}: "
    start += f"{count(len(side.half.channels), 'channel')}, {count(len(side.half.units), 'unit')}"
    if not len(side.table):
        return f"{start}, connections not listed."
    if len(side.table) > MOST_CONNECTIONS:
        signs = side.table["sign"].value_counts()
        parts = [f"{signs[s]} {word}" for s, (word, *_) in _SIGNS.items() if s in signs]
        return f"{start}, {len(side.table)} connections ({', '.join(parts)}), drawn as a matrix."
    rows = [
        f"{r.source} to {r.target} {_SIGNS[int(r.sign)][0]} ({r.label})"
        for r in side.table.itertuples()
    ]
    return f"{start}. Connections: {'; '.join(rows)}."


def _caption(sides: Sequence[_Side]) -> str:
    said = []
    for side in sides:
        sizes = getattr(side.half, "sizes", None) or {}
        n = f"{sum(sizes.values())} neurons in " if sizes else ""
        thing = "population" if side.name == "Biology" else "unit"
        said.append(f"{side.name}: {n}{count(len(side.half.units), thing)}")
        said[-1] += f", {count(len(side.table), 'connection')}." if len(side.table) else "."
    how = " ".join(said)
    if any(side.plan for side in sides):
        how += (
            " Arrows excite, bars inhibit; in biology the sign belongs to the transmitter and the "
            "reversal potential, in the ANN to the weight. Line width grows with strength within a half."
        )
    if any(side.plan is None and len(side.table) for side in sides):
        how += " Matrix: colour is sign times strength, from source (row) to target (column)."
    return f"The two circuits that are compared. {how}"
