"""Where the parts of a circuit diagram go: pure geometry, in inches, no drawing.

Nodes stand in columns by their distance from the stimulus channels. A connection is a curve from
node to node; connections between the same two nodes fan out, and a curve bends around the nodes
that it does not mean.
"""

from __future__ import annotations

import math
import textwrap
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from bioann.reporting.style import SMALL_FONT_SIZE, format_label

Key = tuple[str, str]  # (kind, name): a channel and a unit may share a name

_LINE = SMALL_FONT_SIZE * 1.2 / 72
_GAP = 0.06  # between a node and the end of a line that comes or goes
_ROW = 1.55
_COLUMN = 2.5
_SAMPLES = 81


@dataclass(frozen=True)
class Node:
    """A channel (box), population (circle) or unit (rounded box) with its centre and half-size."""

    key: Key
    text: str
    width: float
    height: float
    round: bool
    x: float = 0.0
    y: float = 0.0

    def holds(self, points: np.ndarray, margin: float = 0.0) -> np.ndarray:
        """Tell which of `points`, shape (n, 2), lie inside the node or nearer than `margin`."""
        away = np.abs(points - (self.x, self.y))
        if self.round:
            return np.asarray(np.hypot(*away.T) < self.width + margin)
        return np.asarray((away < (self.width + margin, self.height + margin)).all(axis=1))


@dataclass(frozen=True)
class Edge:
    """A connection to be drawn: +1, -1 or 0 (unclear) as `sign`, `share` of the strongest."""

    source: Key
    target: Key
    sign: int
    share: float
    label: str


@dataclass(frozen=True)
class Route:
    """The curve of an edge from rim to rim, shape (n, 2)."""

    edge: Edge
    points: np.ndarray


@cache
def text_size(text: str) -> tuple[float, float]:
    """Measure a text of one or more lines in the small size: width and height in inches."""
    lines = text.split("\n")
    font = FontProperties(family="DejaVu Sans")
    ends = [
        TextPath((0, 0), t, size=SMALL_FONT_SIZE, prop=font).get_extents().x1
        for t in lines
        if t.strip()
    ]
    return max(ends, default=0.0) / 72, len(lines) * _LINE


def make_node(key: Key, note: str, shape: str) -> Node:
    """Size a node by its name and `note`, a second line; `shape` is "circle" or "box"."""
    spaced = key[1].replace("_", "_ ").replace("-", "- ")
    lines = textwrap.wrap(spaced, 14, max_lines=2, placeholder="…") or [""]
    text = "\n".join([format_label(line).replace("_ ", "_").replace("- ", "-") for line in lines])
    text += f"\n{note}" * bool(note)
    width, height = (extent / 2 for extent in text_size(text))
    if shape == "circle":
        radius = min(max(0.29, math.hypot(width, height * 0.7) + 0.03), 0.64)
        return Node(key, text, radius, radius, True)
    return Node(key, text, max(width + 0.07, 0.22), height + 0.06, False)


def depths(nodes: Sequence[Key], edges: Sequence[Edge]) -> dict[Key, int]:
    """Count connections from the nearest channel to every node; what none reaches starts at 1."""
    depth = {key: 0 for key in nodes if key[0] == "channel"}
    queue = deque(depth)
    for extra in (None, *nodes):
        if extra is not None and extra not in depth:
            depth[extra] = 1
            queue.append(extra)
        while queue:
            here = queue.popleft()
            for edge in edges:
                if edge.source == here and edge.target not in depth:
                    depth[edge.target] = depth[here] + 1
                    queue.append(edge.target)
    return depth


def place(
    nodes: Sequence[Node], edges: Sequence[Edge], size: tuple[float, float]
) -> tuple[Node, ...]:
    """Put nodes into columns by depth, from the origin up and to the right.

    They stay inside the width of `size`, and inside its height as far as nodes can be stacked.
    """
    width, height = size
    depth = depths([node.key for node in nodes], edges)
    columns = [[n for n in nodes if depth[n.key] == d] for d in range(max(depth.values()) + 1)]
    columns = [column for column in columns if column]
    tall = max(_asked(column, height) for column in columns)
    first, last = (max(n.width for n in column) + 0.08 for column in (columns[0], columns[-1]))
    pitch = min((width - first - last) / max(len(columns) - 1, 1), _COLUMN)
    start = (width - first - last - pitch * (len(columns) - 1)) / 2 + first
    placed = [
        replace(node, x=start + i * pitch, y=tall * (1 - (j + 0.5) / len(column)))
        for i, column in enumerate(columns)
        for j, node in enumerate(column)
    ]
    # A self-loop and its label stand above or below the column.
    room = 0.78 if any(edge.source == edge.target for edge in edges) else 0.25
    lowest = min(node.y - node.height for node in placed)
    return tuple(replace(node, y=node.y - lowest + room) for node in placed)


def _asked(column: Sequence[Node], height: float) -> float:
    """Tell the height of a column: with room for labels, less of it where rows are many."""
    rows, thick = len(column), 2 * max(node.height for node in column)
    return rows * max(thick + 0.25, min(max(thick + 0.55, _ROW), height / rows))


def extent(nodes: Sequence[Node]) -> float:
    """Tell the height that placed nodes ask for: as much air above the top one as below."""
    return max(n.y for n in nodes) + min(n.y for n in nodes)


def route(nodes: Sequence[Node], edges: Sequence[Edge], width: float) -> tuple[Route, ...]:
    """Draw a curve for every edge between placed nodes, inside a panel of `width`."""
    at = {node.key: node for node in nodes}
    size = (width, extent(nodes))
    fans = _fans(edges, at)
    curves = {
        i: _curve(at[edge.source], at[edge.target], fans[i], nodes, size)
        for i, edge in enumerate(edges)
        if edge.source != edge.target
    }
    for i, edge in enumerate(edges):
        if i not in curves:
            curves[i] = _loop(at[edge.source], list(curves.values()), size)
    return tuple(Route(edge, curves[i]) for i, edge in enumerate(edges))


def _fans(edges: Sequence[Edge], at: dict[Key, Node]) -> list[float]:
    """Spread the edges of each pair of nodes: bends around 0, turned so that they never touch."""
    fans = []
    for i, edge in enumerate(edges):
        pair = {edge.source, edge.target}
        same = [j for j, other in enumerate(edges) if {other.source, other.target} == pair]
        bend = (same.index(i) - (len(same) - 1) / 2) * 0.55
        ends = at[edge.source], at[edge.target]
        fans.append(-bend if ends[0] is min(ends, key=lambda n: (n.x, -n.y)) else bend)
    return fans


def _curve(
    a: Node, b: Node, fan: float, nodes: Sequence[Node], size: tuple[float, float]
) -> np.ndarray:
    """Bend from `a` to `b` by `fan`, or more if other nodes are in the way."""
    ends = np.array([(a.x, a.y), (b.x, b.y)])
    # Mirrored about the middle, so that a symmetric circuit looks symmetric.
    mirror = 1 if ends[:, 1].mean() >= size[1] / 2 - 1e-6 else -1
    others = [node for node in nodes if node.key not in (a.key, b.key)]

    def free(points: np.ndarray) -> bool:
        inside = ((points > 0) & (points < size)).all()
        return bool(inside) and not any(node.holds(points, 0.05).any() for node in others)

    tries = [_bow(ends, mirror * (fan + more)) for more in (0, 0.4, -0.4, 0.7, -0.7, 1.1, -1.1)]
    return _trim(next(filter(free, tries), tries[0]), a, b)


def _bow(ends: np.ndarray, bend: float) -> np.ndarray:
    """Sample a quadratic Bezier curve that leaves its chord by `bend` / 2 chord lengths."""
    (x0, y0), (x1, y1) = ends
    control = ends.mean(axis=0) + bend * np.array([y0 - y1, x1 - x0])
    t = np.linspace(0, 1, _SAMPLES)[:, None]
    return (1 - t) ** 2 * ends[0] + 2 * t * (1 - t) * control + t**2 * ends[1]


def _loop(node: Node, curves: Sequence[np.ndarray], size: tuple[float, float]) -> np.ndarray:
    """Leave a node and come back, on the side where it has the fewest other lines."""
    centre = np.array([node.x, node.y])
    ends = [end - centre for points in curves for end in (points[0], points[-1])]
    busy = [math.atan2(y, x) for x, y in ends if math.hypot(x, y) < 1.5 * node.width + _GAP]
    reach = 2 * node.width

    def worth(turn: float) -> float:
        side = up + turn
        gaps = [abs(math.remainder(side - other, math.tau)) for other in busy]
        outside = not 0 < node.x + reach * math.cos(side) < size[0]
        # Away from the middle reads best, so that turning from there has a price.
        return min(*gaps, 1.6, 1.6) - 0.15 * abs(turn) - 9 * outside

    up = math.pi / 2 if node.y >= size[1] / 2 - 1e-6 else -math.pi / 2
    eighth = math.pi / 4
    side = up + max((0, eighth, -eighth, 2 * eighth, -2 * eighth, 4 * eighth), key=worth)
    t = np.linspace(0, 1, _SAMPLES)[:, None]
    way = [(side + s, r) for s, r in ((0.6, 0.7), (0.7, 3.3), (-0.7, 3.3), (-0.6, 0.7))]
    p = [node.width * r * np.array([math.cos(s), math.sin(s)]) for s, r in way]
    cubic = (1 - t) ** 3 * p[0] + 3 * t * (1 - t) ** 2 * p[1]
    cubic = cubic + 3 * t**2 * (1 - t) * p[2] + t**3 * p[3]
    return _trim(cubic + centre, node, node)


def _trim(points: np.ndarray, a: Node, b: Node) -> np.ndarray:
    """Keep the part of a curve between the rims of its nodes."""
    half = len(points) // 2
    inside = a.holds(points[:half], _GAP).nonzero()[0], b.holds(points[half:], _GAP).nonzero()[0]
    start = inside[0][-1] + 1 if len(inside[0]) else 0
    stop = half + inside[1][0] if len(inside[1]) else len(points)
    return points[start:stop] if stop - start > 3 else points
