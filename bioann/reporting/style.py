"""The style of all figures: colours, sizes, and `Drawing`, a figure with its caption."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bioann.base.description import DescriptionType

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: The two models; distinguishable with every kind of colour vision.
SPIKING_COLOUR = "#0072B2"
RATE_COLOUR = "#C85200"
#: The two signs; all four colours have a contrast of 4.5:1 on white, enough for text.
EXCITATORY_COLOUR = "#00592D"
INHIBITORY_COLOUR = "#A0207A"
#: A connection of unclear sign.
UNCLEAR_COLOUR = "#5A5A5A"
#: Noise ceiling (spiking model against itself) and chance level (shuffled signs).
CEILING_COLOUR = "#C4C4C4"
CHANCE_COLOUR = "#8C8C8C"
INK = "#222222"
#: Controls, which are variants of the spiking model, in the order in which the pair has them.
CONTROL_COLOURS = (INHIBITORY_COLOUR, "#7A6A00", INK)

#: Inches; 672 px in a browser, and the text width of an A4 page.
FIGURE_WIDTH = 7.0
#: Inches; 336 px, what a report has on a phone of 390 px.
PHONE_WIDTH = 3.5
#: Points; the smaller one is the smallest size in any figure.
FONT_SIZE = 9.0
SMALL_FONT_SIZE = 8.5
#: More marks than this are rasterised: as vectors they would take a megabyte.
MAX_VECTOR_MARKS = 800

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


def choose_model_colour(model: str, controls: Sequence[str] = ()) -> str:
    """Choose the colour of a model, the same in every figure.

    Parameters
    ----------
    model : str
        ``bio``, ``ann``, ``ceiling``, ``chance`` or a control.
    controls : sequence of str, optional
        All controls of the pair.
    """
    colours = dict(zip(controls, itertools.cycle(CONTROL_COLOURS), strict=False))
    colours |= {"bio": SPIKING_COLOUR, "ann": RATE_COLOUR}
    return colours.get(model, CHANCE_COLOUR if model == "chance" else CEILING_COLOUR)


@contextmanager
def house_style() -> Iterator[None]:
    """Apply the style of the figures, and restore the user's settings afterwards.

    Needed for drawing and for saving, because matplotlib creates ticks when it saves.
    """
    import matplotlib.style

    with matplotlib.style.context(_RC, after_reset=True):
        yield


@dataclass(frozen=True)
class Drawing(metaclass=DescriptionType):
    """A figure with its description and its caption.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The drawn figure, not closed.
    alt : str
        Description for readers who cannot see it: what is drawn, and the key numbers.
    caption : str
        What is drawn; the numbers of neurons, trials and conditions; what a band is.
    narrow : callable, optional
        Draws the same for a phone, about `PHONE_WIDTH` wide; without it one drawing does for all.
    data : pandas.DataFrame, optional
        What is drawn, in long format with units in the names of the columns; read from the figure
        (`bioann.reporting.figure_data`) unless given.
    """

    figure: Figure
    alt: str
    caption: str
    narrow: Callable[[], Figure] | None = None
    data: pd.DataFrame | None = None


def draw_for_widths(draw: Callable[[float], Drawing], phone_width: float = PHONE_WIDTH) -> Drawing:
    """Draw a figure for a page, and keep how it is drawn for a phone.

    Parameters
    ----------
    draw : callable
        ``draw(width)`` draws the figure, `width` inches wide.
    phone_width : float, optional
        Width in inches for a phone; a page shows it `PHONE_WIDTH` wide, with smaller letters.
    """
    return replace(draw(FIGURE_WIDTH), narrow=lambda: draw(phone_width).figure)


def make_subplots(
    nrows: int = 1,
    ncols: int = 1,
    *,
    width: float = FIGURE_WIDTH,
    height: float = 2.6,
    **options: Any,
) -> tuple[Figure, Any]:
    """Make a figure in the style of the reports, without pyplot.

    Parameters
    ----------
    nrows, ncols : int
        Rows and columns of panels.
    width, height : float
        Size of the whole figure in inches; the default width fills a column of the report.
    **options
        Keyword arguments of `matplotlib.figure.Figure.subplots`.

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : matplotlib.axes.Axes or numpy.ndarray of them
    """
    import matplotlib.figure

    with house_style():
        figure = matplotlib.figure.Figure((width, height), layout="constrained")
        panels = figure.subplots(nrows, ncols, **options)
        for panel in figure.axes:
            # Set here, because matplotlib creates ticks later, perhaps with other settings.
            panel.tick_params(labelsize=SMALL_FONT_SIZE, colors=INK)
        return figure, panels


def letter_panels(panels: Iterable[Axes]) -> None:
    """Letter the panels of a figure a, b, c before their titles, if there are several.

    Parameters
    ----------
    panels : iterable of matplotlib.axes.Axes
        In reading order, with their titles set.
    """
    several = list(panels)
    for letter, panel in zip(
        string.ascii_lowercase, several if len(several) > 1 else (), strict=False
    ):
        title = panel.get_title(loc="left")
        panel.set_title(f"{format_letter(letter)}{title}".rstrip(), loc="left")


def format_letter(letter: str) -> str:
    """Format the letter of a panel, to stand before its title."""
    return rf"$\bf{{{letter}}}$  "


def add_rate_axis(panel: Axes, scale_hz: float) -> None:
    """Add an axis in Hz on the right of a panel whose vertical axis is activation.

    Parameters
    ----------
    panel : matplotlib.axes.Axes
        Panel beside which the axis in Hz is drawn.
    scale_hz : float
        Firing rate in Hz that corresponds to activation 1.
    """
    rate_axis = panel.secondary_yaxis(
        "right",
        functions=(
            lambda activation: np.asarray(activation) * scale_hz,
            lambda rate: np.asarray(rate) / scale_hz,
        ),
    )
    rate_axis.set_ylabel("rate [Hz]")
    # A firing rate is never negative, even where the activation of a model is.
    rate_axis.yaxis.set_major_formatter(lambda rate, _: "" if rate < 0 else f"{rate:g}")
    rate_axis.tick_params(labelsize=SMALL_FONT_SIZE, colors=INK)


def add_rate_axes(grid: np.ndarray, scales_hz: np.ndarray) -> None:
    """Add an axis in Hz to the last panel of each row, or to all panels if their scales differ.

    Parameters
    ----------
    grid : numpy.ndarray of matplotlib.axes.Axes, shape (row, column)
        Panels whose vertical axes are activation; some at the end may be empty.
    scales_hz : numpy.ndarray, shape (panel,)
        Firing rate in Hz that corresponds to activation 1, for each panel that is not empty.
    """
    n_columns = grid.shape[1]
    for k, (panel, scale) in enumerate(zip(grid.flat, scales_hz, strict=False)):
        is_last = k % n_columns == n_columns - 1 or k == len(scales_hz) - 1
        if is_last or len(set(scales_hz)) > 1:
            add_rate_axis(panel, float(scale))


def format_label(text: object) -> str:
    """Prepare a name for matplotlib: no math, and a true minus sign before a digit."""
    return re.sub(r"(?<![\w])-(?=[\d.])", "\N{MINUS SIGN}", str(text)).replace("$", r"\$")


def shorten_label(text: object, max_length: int = 18) -> str:
    """Shorten a name to `max_length` characters in its middle, as names often differ at the end."""
    name, head = str(text), max_length // 2
    return format_label(
        name if len(name) <= max_length else f"{name[:head]}…{name[head + 1 - max_length :]}"
    )


def format_condition_title(label: object, width: float) -> str:
    """Format a condition label as the title of a panel of `width` inches, a line per part.

    A coordinate that the condition does not have (NaN) is left out.
    """
    text = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.3g}", str(label))
    lines = [line for line in text.split(", ") if not line.endswith("=nan")]
    return "\n".join(shorten_label(line, max(int(12 * width), 8)) for line in lines[:3])
