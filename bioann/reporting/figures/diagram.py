"""A circuit diagram: nodes, connections with the mark of their sign, and the key to the marks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, Polygon

from bioann.reporting import style
from bioann.reporting.figures.labels import LabelBox
from bioann.reporting.figures.layout import DiagramEdge, DiagramNode, Route
from bioann.reporting.style import ArtistKwargs

#: What a sign is called, how its line ends, its colour.
SIGN_STYLES = {
    1: ("excitatory", "arrow", style.EXCITATORY_COLOUR),
    -1: ("inhibitory", "bar", style.INHIBITORY_COLOUR),
    0: ("sign unclear", "dot", style.UNCLEAR_COLOUR),
}
#: Inches for the title of a diagram.
TITLE_HEIGHT = 0.32


@dataclass(frozen=True)
class DiagramLayout:
    """A diagram laid out for a panel of some width; the boxes hold the labels of the routes."""

    nodes: tuple[DiagramNode, ...]
    routes: tuple[Route, ...]
    boxes: tuple[LabelBox, ...]
    is_crowded: bool
    bottom: float
    top: float

    @property
    def height(self) -> float:
        """Inches that it asks for, with its title."""
        return self.top - self.bottom + TITLE_HEIGHT


def make_canvas(panel: SubFigure) -> Axes:
    """Cover a panel with axes whose data coordinates are inches, from its lower left corner."""
    box = panel.bbox.transformed(panel.dpi_scale_trans.inverted())
    canvas = panel.add_axes((0, 0, 1, 1), xlim=(0, box.width), ylim=(0, box.height))
    canvas.set_axis_off()
    return canvas


def draw_diagram(canvas: Axes, layout: DiagramLayout, title: str, colour: str) -> None:
    """Draw a laid-out circuit with its title on a canvas of inches."""
    height = canvas.get_ylim()[1]
    # A panel that is taller than its diagram shows it half-way up.
    bottom = layout.bottom - (height - layout.height) / 2
    canvas.set_ylim(bottom, bottom + height)
    canvas.text(0.05, bottom + height - 0.2, title, weight="bold", color=colour)
    for route in layout.routes:
        _draw_route(canvas, route)
    for route, box in zip(layout.routes, layout.boxes, strict=True):
        canvas.text(
            *(box.x, box.y, route.edge.label),
            color=SIGN_STYLES[route.edge.sign][2],
            fontsize=style.SMALL_FONT_SIZE,
            ha="center",
            va="center",
            linespacing=1.05,
            zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )
    for node in layout.nodes:
        _draw_node(canvas, node, style.UNCLEAR_COLOUR if node.key[0] == "channel" else colour)


def _draw_node(canvas: Axes, node: DiagramNode, colour: str) -> None:
    look: ArtistKwargs = {"facecolor": "white", "edgecolor": colour, "linewidth": 1.6, "zorder": 5}
    if node.is_round:
        canvas.add_patch(Circle((node.x, node.y), node.width, **look))
    else:
        corner = (node.x - node.width, node.y - node.height)
        rounding = "round,pad=0,rounding_size=0.07" if node.key[0] == "unit" else "square,pad=0"
        size = (2 * node.width, 2 * node.height)
        canvas.add_patch(FancyBboxPatch(corner, *size, boxstyle=rounding, **look))
    canvas.text(
        *(node.x, node.y, node.text),
        fontsize=style.SMALL_FONT_SIZE,
        ha="center",
        va="center",
        zorder=6,
        linespacing=1.05,
        style="italic" if node.key[0] == "channel" else "normal",
    )


def _draw_route(canvas: Axes, route: Route) -> None:
    """Draw the curve of a connection and the mark at its end."""
    word, mark, colour = SIGN_STYLES[route.edge.sign]
    name = f"{mark} {' '.join(route.edge.source)} -> {route.edge.target[1]}"
    line_width = 0.8 + 1.8 * route.edge.share
    points, tip = route.points, route.points[-1]
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
        bar = np.array([tip - 0.09 * across, tip + 0.09 * across])
        canvas.add_line(Line2D(*bar.T, color=colour, linewidth=2.4, zorder=3, label=name))
    else:
        canvas.add_patch(Circle(tip, 0.05, facecolor=colour, edgecolor="none", label=name))
    canvas.add_line(Line2D(*points.T, color=colour, linewidth=line_width, zorder=2, label=word))


def draw_sign_key(canvas: Axes, signs: Iterable[int]) -> None:
    """Draw what the ends of lines mean, in a row, for the signs that occur."""
    x = 0.1
    for sign in signs:
        edge = DiagramEdge(("key", ""), ("key", ""), sign, 0.4, "")
        _draw_route(canvas, Route(edge, np.linspace((x, 0.16), (x + 0.38, 0.16), 40)))
        canvas.text(
            x + 0.5, 0.16, SIGN_STYLES[sign][0], va="center", fontsize=style.SMALL_FONT_SIZE
        )
        x += 1.45
    canvas.text(x, 0.16, "thicker line: stronger", va="center", fontsize=style.SMALL_FONT_SIZE)


def draw_text_box(canvas: Axes, text: str, title: str, colour: str) -> None:
    """Draw a model that nobody can look into: a box with a text."""
    width, height = canvas.get_xlim()[1], canvas.get_ylim()[1]
    canvas.text(0.05, height - 0.2, title, weight="bold", color=colour)
    look: ArtistKwargs = {"boxstyle": "round,pad=0.8", "facecolor": "white", "edgecolor": colour}
    canvas.text(width / 2, height / 2 - 0.1, text, ha="center", va="center", bbox=look)
