"""The look that all figures share: colours, sizes, and the `Drawing` that every figure is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib.style
from matplotlib.figure import Figure

from bioann.reporting import document
from bioann.reporting.svg import to_svg

#: The two models, apart for every kind of colour vision.
SPIKING_COLOUR = "#0072B2"
RATE_COLOUR = "#C85200"
#: The two signs; all four colours stand out from white by 4.5:1, so that they can carry text.
EXCITATORY_COLOUR = "#00592D"
INHIBITORY_COLOUR = "#A0207A"
#: A connection whose sign cannot be told.
UNCLEAR_COLOUR = "#5A5A5A"
#: What frames a score: the ceiling (biology against itself), the chance level (signs shuffled).
CEILING_COLOUR = "#C4C4C4"
CHANCE_COLOUR = "#8C8C8C"
INK = "#222222"

#: Inches; 672 px in a browser, and the text width of an A4 page.
FIGURE_WIDTH = 7.0
#: Points; the smaller one is the smallest size in any figure.
FONT_SIZE = 9.0
SMALL_FONT_SIZE = 8.5
#: More marks than this are drawn as a picture: as vectors they would weigh a megabyte.
MAX_VECTOR_MARKS = 2000

#: Keyword arguments of a matplotlib artist.
ArtistKwargs = dict[str, Any]

_RC: ArtistKwargs = {
    "font.size": FONT_SIZE,
    "axes.titlesize": FONT_SIZE,
    "axes.labelsize": FONT_SIZE,
    "axes.titlelocation": "left",
    "xtick.labelsize": SMALL_FONT_SIZE,
    "ytick.labelsize": SMALL_FONT_SIZE,
    "legend.fontsize": SMALL_FONT_SIZE,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.formatter.useoffset": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "lines.linewidth": 1.5,
    "savefig.dpi": 200,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Set the look of the figures, whatever the user's own settings are, and put those back.

    Needed around drawing and around saving: matplotlib makes ticks when it saves.
    """
    with matplotlib.style.context(_RC, after_reset=True):
        yield


@dataclass(frozen=True)
class Drawing:
    """A figure with the words that belong to it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The picture.
    alt : str
        What a blind reader needs: what is drawn, and the key numbers.
    caption : str
        The message; the number of neurons, trials and conditions; what a band is.
    """

    figure: Figure
    alt: str
    caption: str


def make_subplots(
    nrows: int = 1,
    ncols: int = 1,
    *,
    width: float = FIGURE_WIDTH,
    height: float = 2.6,
    **options: Any,
) -> tuple[Figure, Any]:
    """Make a figure in the look of the reports, free of pyplot.

    Parameters
    ----------
    nrows, ncols : int
        Panels.
    width, height : float
        Size of the whole figure in inches; the default width fills a column of the report.
    **options
        Passed to `matplotlib.figure.Figure.subplots`.

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : matplotlib.axes.Axes or numpy.ndarray of them
    """
    with house_style():
        figure = Figure((width, height), layout="constrained")
        panels = figure.subplots(nrows, ncols, **options)
        for panel in figure.axes:
            # Said outright, because ticks are made later, perhaps under somebody else's settings.
            panel.tick_params(labelsize=SMALL_FONT_SIZE, colors=INK)
        return figure, panels


def format_label(text: object) -> str:
    """Make a name safe to draw: no math, and a true minus sign before a digit."""
    return re.sub(r"(?<![\w])-(?=[\d.])", "\N{MINUS SIGN}", str(text)).replace("$", r"\$")


def shorten_label(text: object, max_length: int = 18) -> str:
    """Cut a name to `max_length` characters in its middle, as names often differ at their ends."""
    name, head = str(text), max_length // 2
    return format_label(
        name if len(name) <= max_length else f"{name[:head]}…{name[head + 1 - max_length :]}"
    )


def format_condition_title(label: object, width: float) -> str:
    """Set a condition label as the title of a panel of `width` inches: a line per part."""
    text = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.3g}", str(label))
    return "\n".join(shorten_label(line, max(int(12 * width), 8)) for line in text.split(", ")[:3])


def format_count(n: int, noun: str) -> str:
    """Say a number of things: ``count(1, "trial")`` is "1 trial"."""
    return f"{n} {noun}" + ("" if n == 1 else "s")


def to_figure_block(drawing: Drawing, key: str) -> document.Figure:
    """Turn a drawing into a block."""
    with house_style():  # matplotlib makes ticks while it saves
        return document.Figure(to_svg(drawing.figure, key), drawing.alt, drawing.caption)
