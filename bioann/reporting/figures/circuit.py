"""Both circuits side by side: who connects to whom, with which sign, how strongly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from bioann.reporting import style
from bioann.reporting.figures.diagram import (
    SIGN_STYLES,
    DiagramLayout,
    draw_diagram,
    draw_sign_key,
    draw_text_box,
    make_canvas,
)
from bioann.reporting.figures.labels import place_labels
from bioann.reporting.figures.layout import (
    DiagramEdge,
    compute_height,
    make_node,
    place_nodes,
    route_edges,
)
from bioann.reporting.figures.matrix import draw_matrix, matrix_height
from bioann.reporting.style import Drawing, format_count, format_label, house_style

#: Beyond either of these a diagram is a tangle, and the signed matrix says more.
MOST_UNITS = 10
MOST_CONNECTIONS = 24

# Inches; halves that stand above one another share what fits a page.
_KEY, _LOW, _TALLEST = 0.34, 5.6, 7.5


@dataclass(frozen=True)
class _Half:
    """What is drawn of a half; units are also those inside it that only its connections name."""

    kind: str
    channels: tuple[str, ...]
    units: tuple[str, ...]
    sizes: dict[str, int]


def _half(given: Any, table: pd.DataFrame) -> _Half:
    inside = table.target if len(table) else ()
    units = tuple(dict.fromkeys([*inside, *given.units]))
    if set(units) == set(given.units):
        units = tuple(given.units)
    kind, sizes = getattr(given, "kind", "half"), dict(getattr(given, "sizes", None) or {})
    return _Half(kind, tuple(given.channels), units, sizes)


@dataclass(frozen=True)
class _Side:
    """One half and how it will be drawn: by its plan, else as a matrix, else as a box."""

    name: str
    half: _Half
    colour: str
    table: pd.DataFrame
    plan: DiagramLayout | None

    @property
    def columns(self) -> int:
        if self.plan:
            return len({node.x for node in self.plan.nodes})
        return 3 if len(self.table) else 2

    @property
    def height(self) -> float:
        if self.plan:
            return self.plan.height
        return matrix_height(self.half, self.table) if len(self.table) else 1.6


def draw_circuits(bio: Any, ann: Any) -> Drawing:
    """Draw the biological half and the artificial half side by side.

    Excitatory connections end in arrows, inhibitory ones in bars, unclear ones in dots. The halves
    stand above one another where only that gives the labels room, and are drawn as matrices of
    signed strengths where a diagram would be a tangle.

    Parameters
    ----------
    bio, ann : Half
        Read: ``kind``, ``channels``, ``units``, ``connections()`` and, where there is one,
        ``sizes`` (neurons by population). A half without connections becomes a labelled box.
    """
    sides, widths = _arrange(bio, ann)
    with house_style():
        figure, panels = _panels(sides, widths)
        for panel, side in zip(panels, sides, strict=True):
            title = f"{side.name}: {side.half.kind}"
            if side.plan:
                draw_diagram(make_canvas(panel), side.plan, title, side.colour)
            elif len(side.table):
                draw_matrix(panel, side.half, side.table, title, side.colour)
            else:
                draw_text_box(make_canvas(panel), _inside(side.half), title, side.colour)
    return Drawing(figure, " ".join(map(_describe, sides)), _caption(sides))


def _arrange(bio: Any, ann: Any) -> tuple[list[_Side], tuple[float, ...]]:
    """Lay both halves out, and tell the width of their panels: the full one where they stack."""
    columns = [side.columns for side in _sides(bio, ann, (style.FIGURE_WIDTH / 2,) * 2)]
    left = style.FIGURE_WIDTH * float(np.clip(columns[0] / sum(columns), 0.4, 0.6))
    widths: tuple[float, ...] = (left, style.FIGURE_WIDTH - left)
    # As low as their labels allow, so that their print stays large where the page is shared.
    for tallest in (_LOW, _TALLEST):
        sides = _sides(bio, ann, widths, tallest)
        if not any(side.plan and side.plan.is_crowded for side in sides):
            break
    else:
        wide = _sides(bio, ann, (style.FIGURE_WIDTH,) * 2, _TALLEST / 2)
        if any(side.plan and not side.plan.is_crowded for side in wide):
            sides, widths = wide, (style.FIGURE_WIDTH,) * 2
    return [replace(s, plan=None) if s.plan and s.plan.is_crowded else s for s in sides], widths


def _sides(bio: Any, ann: Any, widths: Sequence[float], tallest: float = _TALLEST) -> list[_Side]:
    sides = []
    names, colours = ("Biology", "ANN"), (style.SPIKING_COLOUR, style.RATE_COLOUR)
    for name, given, colour, width in zip(names, (bio, ann), colours, widths, strict=True):
        list_them = getattr(given, "connections", None)
        table = list_them() if list_them else pd.DataFrame()
        half = _half(given, table)
        plan = None
        if 0 < len(table) <= MOST_CONNECTIONS and len(half.units) <= MOST_UNITS:
            plan = _plan(half, table, (width, tallest), "circle" if name == "Biology" else "box")
        sides.append(_Side(name, half, colour, table, plan))
    return sides


def _plan(half: _Half, table: pd.DataFrame, size: tuple[float, float], shape: str) -> DiagramLayout:
    notes = {u: f"n = {half.sizes[u]}" if u in half.sizes else "" for u in half.units}
    nodes = [make_node(("channel", name), "", "box") for name in half.channels]
    nodes += [make_node(("unit", name), notes[name], shape) for name in half.units]
    # Strengths compare only within one unit of measure.
    strongest = table.groupby("strength_unit")["strength"].transform("max").replace(0, 1)
    shares = (table["strength"] / strongest).fillna(0)
    edges = [
        DiagramEdge((r.source_kind, r.source), ("unit", r.target), r.sign, share, _break(r.label))
        for r, share in zip(table.itertuples(), shares, strict=True)
    ]
    placed = place_nodes(nodes, edges, size)
    routes = route_edges(placed, edges, size[0])
    boxes, crowded = place_labels(placed, routes, size[0], compute_height(placed))
    ends = [(thing.y - thing.height, thing.y + thing.height) for thing in boxes]
    ends += [(node.y - node.height, node.y + node.height) for node in placed]
    ys = np.concatenate([np.ravel(ends), *(line.points[:, 1] for line in routes)])
    return DiagramLayout(placed, routes, tuple(boxes), crowded, ys.min() - 0.1, ys.max() + 0.1)


def _break(label: object) -> str:
    """Break "GABA_A 0.1 nS" before its number, as short lines find a place, and lower its A."""
    timed = re.sub(r" x (?=\d)", " × ", format_label(label))
    broken = re.sub(r" (?=[\d.+\N{MINUS SIGN}])", "\n", timed, count=1)
    return re.sub(r"_([A-Z])\b", r"$_\\mathrm{\1}$", broken)


def _panels(sides: Sequence[_Side], widths: Sequence[float]) -> tuple[Figure, list[SubFigure]]:
    """Make the figure, draw the key of signs at its foot, and return a panel for each half."""
    heights = [side.height for side in sides]
    stacked = sum(widths) > style.FIGURE_WIDTH
    signs = {edge.edge.sign for side in sides if side.plan for edge in side.plan.routes}
    body, key = sum(heights) if stacked else max(heights), _KEY * bool(signs)
    figure = Figure((style.FIGURE_WIDTH, body + key), layout="constrained")
    if signs:
        top, foot = figure.subfigures(2, 1, height_ratios=(body, key), squeeze=False)[:, 0]
        draw_sign_key(make_canvas(foot), [sign for sign in SIGN_STYLES if sign in signs])
    else:
        top = figure.subfigures(1, 1, squeeze=False)[0, 0]
    if stacked:
        return figure, list(top.subfigures(2, 1, height_ratios=heights, squeeze=False)[:, 0])
    return figure, list(top.subfigures(1, 2, width_ratios=widths, squeeze=False)[0])


def _inside(half: _Half) -> str:
    return f"{_names(half.channels)}\n→ {_names(half.units)}\n(connections not listed)"


def _names(names: Sequence[str], most: int = 4) -> str:
    told = ", ".join(style.shorten_label(name) for name in names[:most])
    return told + (f" and {len(names) - most} more" if len(names) > most else "")


def _describe(side: _Side) -> str:
    """Say one half in words, connection by connection where there are few."""
    start = f"{side.name}, {side.half.kind}: "
    start += f"{format_count(len(side.half.channels), 'channel')}, {format_count(len(side.half.units), 'unit')}"
    if not len(side.table):
        return f"{start}, connections not listed."
    if len(side.table) > MOST_CONNECTIONS:
        signs = side.table["sign"].value_counts()
        parts = [f"{signs[s]} {word}" for s, (word, *_) in SIGN_STYLES.items() if s in signs]
        return f"{start}, {len(side.table)} connections ({', '.join(parts)}), drawn as a matrix."
    rows = [
        f"{r.source} to {r.target} {SIGN_STYLES[int(r.sign)][0]} ({r.label})"
        for r in side.table.itertuples()
    ]
    return f"{start}. Connections: {'; '.join(rows)}."


def _caption(sides: Sequence[_Side]) -> str:
    said = []
    for side in sides:
        sizes = side.half.sizes
        n = f"{format_count(sum(sizes.values()), 'neuron')} in " if sizes else ""
        thing = "population" if side.name == "Biology" else "unit"
        said.append(f"{side.name}: {n}{format_count(len(side.half.units), thing)}")
        said[-1] += f", {format_count(len(side.table), 'connection')}." if len(side.table) else "."
    how = " ".join(said)
    if any(side.plan for side in sides):
        how += (
            " Arrows excite, bars inhibit; in biology the sign belongs to the transmitter and the "
            "reversal potential, in the ANN to the weight. Line width grows with strength within a "
            "half."
        )
    if any(side.plan is None and len(side.table) for side in sides):
        how += " Matrix: colour is sign times strength, from source (row) to target (column)."
    return f"The two circuits that are compared. {how}"
