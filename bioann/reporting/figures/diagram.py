"""A circuit diagram: nodes, connections with the mark of their sign, and the key to the marks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, RegularPolygon
from matplotlib.path import Path

from bioann.reporting import style
from bioann.reporting.figures.layout import DiagramEdge, DiagramLayout, DiagramNode
from bioann.reporting.style import ArtistKwargs

#: In place of the sign of a connection: one unit multiplies the activation of another.
GATE = 2
#: What a sign is called, how its line ends, its colour.
SIGN_STYLES = {
    1: ("excitatory", "arrow", style.EXCITATORY_COLOUR),
    -1: ("inhibitory", "bar", style.INHIBITORY_COLOUR),
    0: ("sign unclear", "dot", style.UNCLEAR_COLOUR),
    GATE: ("gate", "diamond", style.UNCLEAR_COLOUR),
}
#: Inches for the title of a diagram, and around it.
TITLE_HEIGHT, MARGIN = 0.32, 0.08
#: Inches for a row of the key of signs, and for one entry of it.
KEY_ROW_HEIGHT, KEY_ENTRY_WIDTH = 0.32, 1.45

_ARROW_STYLES = {
    "arrow": "-|>,head_length=6,head_width=2.5",
    "bar": "-[,widthB=5,lengthB=0",
    "dot": "-",
    "diamond": "-",
}
# The edge of a canvas, and so its clip path, is at 0 or -0, depending on rounding.
_NOT_CLIPPED: ArtistKwargs = {"clip_on": False}
_CENTRED_TEXT: ArtistKwargs = {
    "fontsize": style.SMALL_FONT_SIZE,
    "ha": "center",
    "va": "center",
    "linespacing": 1.05,
}


def make_canvas(panel: SubFigure) -> Axes:
    """Cover a panel with axes whose data coordinates are inches, from its lower left corner."""
    box = panel.bbox.transformed(panel.dpi_scale_trans.inverted())
    canvas = panel.add_axes((0, 0, 1, 1), xlim=(0, box.width), ylim=(0, box.height))
    canvas.set_axis_off()
    return canvas


def draw_diagram(canvas: Axes, layout: DiagramLayout, title: str, colour: str) -> None:
    """Draw a laid-out circuit in the middle of a canvas of inches, under its title."""
    width, height = canvas.get_xlim()[1], canvas.get_ylim()[1]
    left, bottom = (layout.width - width) / 2, (layout.height + TITLE_HEIGHT - height) / 2
    canvas.set(xlim=(left, left + width), ylim=(bottom, bottom + height))
    canvas.text(left + 0.05, bottom + height - 0.2, title, weight="bold", color=colour)
    for edge in layout.edges:
        _draw_edge(canvas, edge)
        text_colour = SIGN_STYLES[edge.sign][2]
        canvas.text(*edge.label_position, edge.label, color=text_colour, zorder=4, **_CENTRED_TEXT)
    for node in layout.nodes:
        _draw_node(canvas, node, style.UNCLEAR_COLOUR if node.key[0] == "channel" else colour)


def _draw_node(canvas: Axes, node: DiagramNode, colour: str) -> None:
    if node.shape == "text":
        canvas.text(node.x, node.y, node.text, color=style.UNCLEAR_COLOUR, **_CENTRED_TEXT)
        return
    look: ArtistKwargs = {"facecolor": "white", "edgecolor": colour, "linewidth": 1.6, "zorder": 5}
    look |= _NOT_CLIPPED
    if node.shape == "circle":
        canvas.add_patch(Circle((node.x, node.y), node.width / 2, **look))
    else:
        corner = (node.x - node.width / 2, node.y - node.height / 2)
        rounding = "round,pad=0,rounding_size=0.07" if node.key[0] == "unit" else "square,pad=0"
        canvas.add_patch(FancyBboxPatch(corner, node.width, node.height, boxstyle=rounding, **look))
    font_style = "italic" if node.key[0] == "channel" else "normal"
    canvas.text(node.x, node.y, node.text, zorder=6, style=font_style, **_CENTRED_TEXT)


def _draw_edge(canvas: Axes, edge: DiagramEdge) -> None:
    """Draw the curve of a connection and the mark at its end."""
    _, mark, colour = SIGN_STYLES[edge.sign]
    path = Path(edge.points, [Path.MOVETO] + [Path.CURVE4] * (len(edge.points) - 1))
    name = f"{mark} {' '.join(edge.source)} -> {edge.target[1]}"
    width = 0.8 + 1.8 * edge.share
    arrow = FancyArrowPatch(
        path=path, arrowstyle=_ARROW_STYLES[mark], color=colour, linewidth=width, label=name,
        **_NOT_CLIPPED,
    )  # fmt: skip
    canvas.add_patch(arrow)
    end = (float(edge.points[-1][0]), float(edge.points[-1][1]))
    look: ArtistKwargs = {"facecolor": colour, "edgecolor": "none", **_NOT_CLIPPED}
    if mark == "dot":
        canvas.add_patch(Circle(end, 0.05, **look))
    elif mark == "diamond":
        canvas.add_patch(RegularPolygon(end, 4, radius=0.08, **look))


def draw_sign_key(canvas: Axes, signs: Iterable[int]) -> None:
    """Draw what the ends of lines mean, for the signs that occur, in as many rows as needed."""
    look: ArtistKwargs = {"va": "center", "fontsize": style.SMALL_FONT_SIZE}
    x, y, width = 0.1, canvas.get_ylim()[1] - KEY_ROW_HEIGHT / 2, canvas.get_xlim()[1]
    for sign in signs:
        points = np.linspace((x, y), (x + 0.38, y), 4)
        _draw_edge(canvas, DiagramEdge(("key", ""), ("key", ""), sign, 0.4, "", points))
        canvas.text(x + 0.5, y, SIGN_STYLES[sign][0], **look)
        x += KEY_ENTRY_WIDTH
        if x + KEY_ENTRY_WIDTH > width:
            x, y = 0.1, y - KEY_ROW_HEIGHT
    canvas.text(x, y, "thicker line: stronger", **look)


def compute_key_height(n_signs: int, width: float) -> float:
    """Compute the height in inches of the key for a number of signs."""
    entries_per_row = int((width - 0.1) // KEY_ENTRY_WIDTH)
    return float(KEY_ROW_HEIGHT * -(-(n_signs + 1) // entries_per_row))


def draw_text_box(canvas: Axes, text: str, title: str, colour: str) -> None:
    """Draw a model without a list of connections: a box with a text."""
    width, height = canvas.get_xlim()[1], canvas.get_ylim()[1]
    canvas.text(0.05, height - 0.2, title, weight="bold", color=colour)
    look: ArtistKwargs = {"boxstyle": "round,pad=0.8", "facecolor": "white", "edgecolor": colour}
    canvas.text(width / 2, height / 2 - 0.1, text, ha="center", va="center", bbox=look)
