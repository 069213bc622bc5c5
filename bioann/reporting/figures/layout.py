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

NodeKey = tuple[str, str]  # (kind, name): a channel and a unit may share a name

_LINE_HEIGHT = SMALL_FONT_SIZE * 1.2 / 72
_GAP = 0.06  # between a node and the end of a line that comes or goes
_ROW_HEIGHT = 1.55
_COLUMN_WIDTH = 2.5
_CURVE_SAMPLES = 81


@dataclass(frozen=True)
class DiagramNode:
    """A channel (box), population (circle) or unit (rounded box) with its centre and half-size."""

    key: NodeKey
    text: str
    width: float
    height: float
    is_round: bool
    x: float = 0.0
    y: float = 0.0

    def contains(self, points: np.ndarray, margin: float = 0.0) -> np.ndarray:
        """Tell which of `points`, shape (n, 2), lie inside the node or nearer than `margin`."""
        distance = np.abs(points - (self.x, self.y))
        if self.is_round:
            return np.asarray(np.hypot(*distance.T) < self.width + margin)
        return np.asarray((distance < (self.width + margin, self.height + margin)).all(axis=1))


@dataclass(frozen=True)
class DiagramEdge:
    """A connection to be drawn: +1, -1 or 0 (unclear) as `sign`, `share` of the strongest."""

    source: NodeKey
    target: NodeKey
    sign: int
    share: float
    label: str


@dataclass(frozen=True)
class Route:
    """The curve of an edge from rim to rim, shape (n, 2)."""

    edge: DiagramEdge
    points: np.ndarray


@cache
def measure_text(text: str) -> tuple[float, float]:
    """Measure a text of one or more lines in the small size: width and height in inches."""
    lines = text.split("\n")
    font = FontProperties(family="DejaVu Sans")
    line_widths = [
        TextPath((0, 0), t, size=SMALL_FONT_SIZE, prop=font).get_extents().x1
        for t in lines
        if t.strip()
    ]
    return max(line_widths, default=0.0) / 72, len(lines) * _LINE_HEIGHT


def make_node(key: NodeKey, note: str, shape: str) -> DiagramNode:
    """Size a node by its name and `note`, a second line; `shape` is "circle" or "box"."""
    name = key[1].replace("_", "_ ").replace("-", "- ")
    lines = textwrap.wrap(name, 14, max_lines=2, placeholder="…") or [""]
    text = "\n".join([format_label(line).replace("_ ", "_").replace("- ", "-") for line in lines])
    text += f"\n{note}" * bool(note)
    width, height = (extent / 2 for extent in measure_text(text))
    if shape == "circle":
        radius = min(max(0.29, math.hypot(width, height * 0.7) + 0.03), 0.64)
        return DiagramNode(key, text, radius, radius, True)
    return DiagramNode(key, text, max(width + 0.07, 0.22), height + 0.06, False)


def compute_depths(nodes: Sequence[NodeKey], edges: Sequence[DiagramEdge]) -> dict[NodeKey, int]:
    """Count connections from the nearest channel to every node; what none reaches starts at 1."""
    depth = {key: 0 for key in nodes if key[0] == "channel"}
    queue = deque(depth)
    for start in (None, *nodes):
        if start is not None and start not in depth:
            depth[start] = 1
            queue.append(start)
        while queue:
            current = queue.popleft()
            for edge in edges:
                if edge.source == current and edge.target not in depth:
                    depth[edge.target] = depth[current] + 1
                    queue.append(edge.target)
    return depth


def place_nodes(
    nodes: Sequence[DiagramNode], edges: Sequence[DiagramEdge], size: tuple[float, float]
) -> tuple[DiagramNode, ...]:
    """Put nodes into columns by depth, from the origin up and to the right.

    They stay inside the width of `size`, and inside its height as far as nodes can be stacked.
    """
    width, height = size
    depth = compute_depths([node.key for node in nodes], edges)
    columns = [[n for n in nodes if depth[n.key] == d] for d in range(max(depth.values()) + 1)]
    columns = [column for column in columns if column]
    total_height = max(_column_height(column, height) for column in columns)
    first_width, last_width = (
        max(n.width for n in column) + 0.08 for column in (columns[0], columns[-1])
    )
    pitch = min((width - first_width - last_width) / max(len(columns) - 1, 1), _COLUMN_WIDTH)
    start = (width - first_width - last_width - pitch * (len(columns) - 1)) / 2 + first_width
    placed_nodes = [
        replace(node, x=start + i * pitch, y=total_height * (1 - (j + 0.5) / len(column)))
        for i, column in enumerate(columns)
        for j, node in enumerate(column)
    ]
    # A self-loop and its label stand above or below the column.
    margin = 0.78 if any(edge.source == edge.target for edge in edges) else 0.25
    lowest = min(node.y - node.height for node in placed_nodes)
    return tuple(replace(node, y=node.y - lowest + margin) for node in placed_nodes)


def _column_height(column: Sequence[DiagramNode], height: float) -> float:
    """Tell the height of a column: with room for labels, less of it where rows are many."""
    n_rows, node_height = len(column), 2 * max(node.height for node in column)
    return n_rows * max(
        node_height + 0.25, min(max(node_height + 0.55, _ROW_HEIGHT), height / n_rows)
    )


def compute_diagram_height(nodes: Sequence[DiagramNode]) -> float:
    """Tell the height that placed nodes ask for: as much air above the top one as below."""
    return max(n.y for n in nodes) + min(n.y for n in nodes)


def route_edges(
    nodes: Sequence[DiagramNode], edges: Sequence[DiagramEdge], width: float
) -> tuple[Route, ...]:
    """Draw a curve for every edge between placed nodes, inside a panel of `width`."""
    node_by_key = {node.key: node for node in nodes}
    size = (width, compute_diagram_height(nodes))
    bends = _compute_bends(edges, node_by_key)
    curves = {
        i: _curve_between(node_by_key[edge.source], node_by_key[edge.target], bends[i], nodes, size)
        for i, edge in enumerate(edges)
        if edge.source != edge.target
    }
    for i, edge in enumerate(edges):
        if i not in curves:
            curves[i] = _curve_to_itself(node_by_key[edge.source], list(curves.values()), size)
    return tuple(Route(edge, curves[i]) for i, edge in enumerate(edges))


def _compute_bends(
    edges: Sequence[DiagramEdge], node_by_key: dict[NodeKey, DiagramNode]
) -> list[float]:
    """Spread the edges of each pair of nodes: bends around 0, turned so that they never touch."""
    bends = []
    for i, edge in enumerate(edges):
        pair = {edge.source, edge.target}
        parallel = [j for j, other in enumerate(edges) if {other.source, other.target} == pair]
        bend = (parallel.index(i) - (len(parallel) - 1) / 2) * 0.55
        endpoints = node_by_key[edge.source], node_by_key[edge.target]
        bends.append(-bend if endpoints[0] is min(endpoints, key=lambda n: (n.x, -n.y)) else bend)
    return bends


def _curve_between(
    a: DiagramNode,
    b: DiagramNode,
    bend: float,
    nodes: Sequence[DiagramNode],
    size: tuple[float, float],
) -> np.ndarray:
    """Bend from `a` to `b` by `bend`, or more if other nodes are in the way."""
    endpoints = np.array([(a.x, a.y), (b.x, b.y)])
    # Mirrored about the middle, so that a symmetric circuit looks symmetric.
    mirror = 1 if endpoints[:, 1].mean() >= size[1] / 2 - 1e-6 else -1
    others = [node for node in nodes if node.key not in (a.key, b.key)]

    def is_free(points: np.ndarray) -> bool:
        inside = ((points > 0) & (points < size)).all()
        return bool(inside) and not any(node.contains(points, 0.05).any() for node in others)

    candidates = [
        _sample_bezier(endpoints, mirror * (bend + extra))
        for extra in (0, 0.4, -0.4, 0.7, -0.7, 1.1, -1.1)
    ]
    return _trim_to_rims(next(filter(is_free, candidates), candidates[0]), a, b)


def _sample_bezier(endpoints: np.ndarray, bend: float) -> np.ndarray:
    """Sample a quadratic Bezier curve that leaves its chord by `bend` / 2 chord lengths."""
    (x0, y0), (x1, y1) = endpoints
    control = endpoints.mean(axis=0) + bend * np.array([y0 - y1, x1 - x0])
    t = np.linspace(0, 1, _CURVE_SAMPLES)[:, None]
    return (1 - t) ** 2 * endpoints[0] + 2 * t * (1 - t) * control + t**2 * endpoints[1]


def _curve_to_itself(
    node: DiagramNode, curves: Sequence[np.ndarray], size: tuple[float, float]
) -> np.ndarray:
    """Leave a node and come back, on the side where it has the fewest other lines."""
    centre = np.array([node.x, node.y])
    endpoints = [end - centre for points in curves for end in (points[0], points[-1])]
    occupied_angles = [
        math.atan2(y, x) for x, y in endpoints if math.hypot(x, y) < 1.5 * node.width + _GAP
    ]
    reach = 2 * node.width

    def score_turn(turn: float) -> float:
        angle = outward + turn
        gaps = [abs(math.remainder(angle - other, math.tau)) for other in occupied_angles]
        outside = not 0 < node.x + reach * math.cos(angle) < size[0]
        # Away from the middle reads best, so that turning from there has a price.
        return min(*gaps, 1.6, 1.6) - 0.15 * abs(turn) - 9 * outside

    outward = math.pi / 2 if node.y >= size[1] / 2 - 1e-6 else -math.pi / 2
    eighth = math.pi / 4
    angle = outward + max((0, eighth, -eighth, 2 * eighth, -2 * eighth, 4 * eighth), key=score_turn)
    t = np.linspace(0, 1, _CURVE_SAMPLES)[:, None]
    polar_points = [(angle + s, r) for s, r in ((0.6, 0.7), (0.7, 3.3), (-0.7, 3.3), (-0.6, 0.7))]
    p = [node.width * r * np.array([math.cos(s), math.sin(s)]) for s, r in polar_points]
    cubic = (1 - t) ** 3 * p[0] + 3 * t * (1 - t) ** 2 * p[1]
    cubic = cubic + 3 * t**2 * (1 - t) * p[2] + t**3 * p[3]
    return _trim_to_rims(cubic + centre, node, node)


def _trim_to_rims(points: np.ndarray, a: DiagramNode, b: DiagramNode) -> np.ndarray:
    """Keep the part of a curve between the rims of its nodes."""
    half = len(points) // 2
    inside = (
        a.contains(points[:half], _GAP).nonzero()[0],
        b.contains(points[half:], _GAP).nonzero()[0],
    )
    start = inside[0][-1] + 1 if len(inside[0]) else 0
    stop = half + inside[1][0] if len(inside[1]) else len(points)
    return points[start:stop] if stop - start > 3 else points
