"""Layout of a circuit diagram by Graphviz: sizes and positions in inches, no drawing.

Graphviz gets the sizes of nodes and labels but no text, so a layout does not depend on the fonts of
a computer. Columns follow from the number of connections between the stimulus channels and a node;
every label has a place of its own.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from bioann.reporting.style import SMALL_FONT_SIZE, format_label

NodeKey = tuple[str, str]  # (kind, name): a channel and a unit may share a name

_LINE_HEIGHT = SMALL_FONT_SIZE * 1.2 / 72
_GAP = 0.05  # between a node and the end of a connection
_LABEL = (
    '<<TABLE BORDER="0" CELLPADDING="0" FIXEDSIZE="TRUE" WIDTH="{:.0f}" HEIGHT="{:.0f}">'
    "<TR><TD></TD></TR></TABLE>>"
)


@dataclass(frozen=True)
class DiagramNode:
    """A channel (box), population (circle), unit (rounded box) or constant input (text only).

    Sizes and the position of the centre are in inches.
    """

    key: NodeKey
    text: str
    shape: Literal["box", "circle", "text"]
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True)
class DiagramEdge:
    """A connection: its sign (+1, -1 or 0 for unclear) and its share of the greatest strength.

    `points` are the control points of its cubic Bézier curves, shape (3 k + 1, 2), from source to
    target; the label is centred on `label_position`.
    """

    source: NodeKey
    target: NodeKey
    sign: int
    share: float
    label: str
    points: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    label_position: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class DiagramLayout:
    """Placed nodes and connections, and the size of the whole diagram."""

    nodes: tuple[DiagramNode, ...]
    edges: tuple[DiagramEdge, ...]
    width: float
    height: float


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


def make_node(key: NodeKey, note: str, shape: Literal["box", "circle"]) -> DiagramNode:
    """Size a node by its name and `note`, a second line."""
    name = key[1].replace("_", "_ ").replace("-", "- ")
    lines = textwrap.wrap(name, 14, max_lines=2, placeholder="…") or [""]
    text = "\n".join([format_label(line).replace("_ ", "_").replace("- ", "-") for line in lines])
    text += f"\n{note}" * bool(note)
    width, height = measure_text(text)
    if shape == "circle":
        diameter = min(max(0.58, math.hypot(width, height * 0.7) + 0.06), 1.28)
        return DiagramNode(key, text, shape, diameter, diameter)
    return DiagramNode(key, text, shape, max(width + 0.14, 0.44), height + 0.12)


def make_text_node(key: NodeKey, text: str) -> DiagramNode:
    """Size a node that is only a text, for an input from outside the circuit."""
    width, height = measure_text(text)
    return DiagramNode(key, text, "text", width + 0.04, height + 0.04)


def compute_depths(
    nodes: Sequence[DiagramNode], edges: Sequence[DiagramEdge]
) -> dict[NodeKey, int]:
    """Count the connections from the nearest channel to every node that a channel reaches."""
    depths = {node.key: 0 for node in nodes if node.key[0] == "channel"}
    while targets := {e.target for e in edges if e.source in depths} - depths.keys():
        depths |= dict.fromkeys(targets, max(depths.values()) + 1)
    return depths


def lay_out_diagram(
    nodes: Sequence[DiagramNode],
    edges: Sequence[DiagramEdge],
    *,
    direction: Literal["LR", "TB"] = "LR",
) -> DiagramLayout:
    """Place the nodes from left to right, or from top to bottom, and route the connections.

    Parameters
    ----------
    nodes : sequence of DiagramNode
        With their sizes; positions are ignored.
    edges : sequence of DiagramEdge
        Several may join the same two nodes, and a node may connect to itself.
    direction : {'LR', 'TB'}, optional
        Where the activity flows: to the right, or down.

    Returns
    -------
    DiagramLayout
        The same nodes and edges in the same order, placed.
    """
    names = {node.key: str(i) for i, node in enumerate(nodes)}
    graph = _make_graph(nodes, edges, names, direction)
    graph.layout("dot")
    placed_nodes = []
    for node in nodes:
        x, y = _read_points(graph.get_node(names[node.key]).attr["pos"])[0]
        placed_nodes.append(replace(node, x=x, y=y))
    placed_edges = []
    for i, edge in enumerate(edges):
        attributes = graph.get_edge(names[edge.source], names[edge.target], str(i)).attr
        x, y = _read_points(attributes["lp"])[0] if edge.label else (0.0, 0.0)
        points = _read_points(attributes["pos"])
        placed_edges.append(replace(edge, points=points, label_position=(x, y)))
    (left, bottom), (right, top) = _read_points(graph.graph_attr["bb"]).reshape(2, 2)
    return DiagramLayout(tuple(placed_nodes), tuple(placed_edges), right - left, top - bottom)


def _make_graph(
    nodes: Sequence[DiagramNode],
    edges: Sequence[DiagramEdge],
    names: dict[NodeKey, str],
    direction: str,
) -> Any:
    """Describe a circuit to Graphviz; feedback connections do not influence the columns."""
    import pygraphviz  # only diagrams need it

    graph = pygraphviz.AGraph(
        directed=True, strict=False, rankdir=direction, nodesep=0.2, ranksep=0.25
    )
    graph.node_attr.update(fixedsize="true", label="")
    graph.edge_attr.update(arrowhead="none")
    for node in nodes:
        size = {"width": node.width + 2 * _GAP, "height": node.height + 2 * _GAP}
        shape = "circle" if node.shape == "circle" else "box"
        graph.add_node(names[node.key], shape=shape, **size)
    graph.add_subgraph([name for key, name in names.items() if key[0] == "channel"], rank="source")
    depths = compute_depths(nodes, edges)
    for i, edge in enumerate(edges):
        width, height = measure_text(edge.label)
        is_forward = depths.get(edge.target, 0) >= depths.get(edge.source, 0)
        options: dict[str, object] = {"constraint": is_forward}
        if edge.label:
            options["label"] = _LABEL.format(72 * width + 6, 72 * height + 6)
        graph.add_edge(names[edge.source], names[edge.target], key=str(i), **options)
    return graph


def _read_points(text: str) -> np.ndarray:
    """Read coordinates that Graphviz wrote in points; return them in inches, shape (n, 2)."""
    return np.array(text.replace(",", " ").split(), dtype=float).reshape(-1, 2) / 72
