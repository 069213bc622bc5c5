"""Figures that pairs choose from: what they share, and several of them in one picture."""

from __future__ import annotations

import abc
import dataclasses
import string
import textwrap
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.base.description import Description
from bioann.base.text import format_interval
from bioann.claims.rules.score import Score
from bioann.reporting import style
from bioann.reporting.figures import summaries
from bioann.reporting.style import Drawing, house_style

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Width in inches of a picture with a single panel.
SINGLE_WIDTH = 5.0
#: The usual vertical axis.
RESPONSE_LABEL = "response [activation]"
#: Values of both signs are drawn where the smaller extreme has at least this share of the larger.
_LEAST_SHARE = 0.02


@dataclasses.dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class PanelFigure(Description, abc.ABC):
    """A picture of one panel: ``figure(comparison)`` draws it, `Panels` joins several.

    Parameters
    ----------
    message : str, optional
        What the picture shows, in full sentences; the caption begins with it.
    heading : str, optional
        Title of the panel.
    scores : tuple of Score, optional
        Scores that the caption quotes, with their intervals.
    height : float, optional
        Height of the whole picture in inches.
    row_heights : tuple of float, optional
        Relative height of each row of its panels, in a picture of its own.
    xlabel, ylabel : str, optional
        Names of the axes, each with its unit in brackets; by default what the figure draws.
    xlim, ylim : tuple of float, optional
        Range of an axis; None for an end that follows the data.
    log_x : bool, optional
        Whether the horizontal axis is logarithmic.
    y_lines : tuple of float, optional
        Horizontal reference lines; zero has one wherever values of both signs are drawn.
    x_lines : mapping of str to float, optional
        Vertical reference lines, by the name that is written above.
    share_y : bool, optional
        Several panels have the same vertical axis.
    """

    message: str = ""
    heading: str = ""
    scores: tuple[Score, ...] = ()
    height: float = 3.0
    row_heights: tuple[float, ...] = (1.0,)
    xlabel: str = ""
    ylabel: str = ""
    xlim: tuple[float | None, float | None] | None = None
    ylim: tuple[float | None, float | None] | None = None
    log_x: bool = False
    y_lines: tuple[float, ...] = ()
    x_lines: Mapping[str, float] = dataclasses.field(default_factory=dict)
    share_y: bool = False

    @abc.abstractmethod
    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw into a panel and return what a blind reader needs: what is drawn, key numbers."""

    def name_axes(self) -> tuple[str, str]:
        """Return the names of the axes, with units, where the pair gives none."""
        return "", RESPONSE_LABEL

    @property
    def axis_labels(self) -> tuple[str, str]:
        """Names of the horizontal and the vertical axis."""
        x, y = self.name_axes()
        return self.xlabel or x, self.ylabel or y

    def label_axes(self, panel: Axes) -> None:
        """Set names and ranges of the axes, and draw the reference lines."""
        low, high = panel.dataLim.intervaly
        zero = (0.0,) if -low > _LEAST_SHARE * high and high > -_LEAST_SHARE * low else ()
        for y in dict.fromkeys((*self.y_lines, *zero)):
            panel.axhline(y, color=style.INK, lw=0.6)
        for name, x in self.x_lines.items():
            panel.axvline(x, color=style.INK, lw=0.6, ls=":")
            where: style.ArtistKwargs = {"xycoords": ("data", "axes fraction"), "ha": "center"}
            panel.annotate(name, (x, 1), va="bottom", **where)
        if self.log_x:
            panel.set_xscale("log")
        xlabel, ylabel = self.axis_labels
        panel.set(xlabel=xlabel, ylabel=ylabel)
        panel.set_xlim(*self.xlim or ())
        if self.ylim:
            panel.set_ylim(*self.ylim)
        else:
            summaries.widen_flat_axis(panel, 0.02)

    def describe_axes(self, texts: Sequence[str]) -> str:
        """Describe the axes and list the curves, for a reader who cannot see the figure."""
        title = f"{self.heading}, " if self.heading else ""
        xlabel, ylabel = self.axis_labels
        axes = f"{ylabel} against {xlabel}".replace("\n", " ")
        return f"{title}{axes}. {'; '.join(texts)}."

    def split(self) -> tuple[PanelFigure, ...]:
        """Return one figure for each panel."""
        return (self,)

    def describe_marks(self, comparison: Any) -> str:
        """Explain bands and marks, for the caption."""
        return ""

    def __call__(self, comparison: Any) -> Drawing:
        """Draw the figure alone.

        Parameters
        ----------
        comparison : Comparison
            Of a run with the models that the figure reads.
        """
        return Panels(
            (self,),
            self.message,
            self.row_heights,
            self.height,
            scores=self.scores,
            share_y=self.share_y,
        )(comparison)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Panels(Description):
    """Several figures in one picture, side by side or in rows.

    Parameters
    ----------
    figures : tuple of PanelFigure
        Filled row by row.
    message : str
        What the picture shows, in full sentences; the caption begins with it.
    row_heights : tuple of float, optional
        Relative height of each row of panels.
    height : float, optional
        Height of the whole picture in inches.
    scores : tuple of Score, optional
        Scores that the caption quotes, with their intervals.
    share_x, share_y : bool, optional
        All panels have the same horizontal or vertical axis.
    """

    figures: tuple[PanelFigure, ...]
    message: str
    row_heights: tuple[float, ...] = (1.0,)
    height: float = 3.0
    scores: tuple[Score, ...] = ()
    share_x: bool = False
    share_y: bool = False

    @classmethod
    def of_figures(cls, message: str, *figures: PanelFigure, **options: Any) -> Panels:
        """Return a picture of several figures.

        Parameters
        ----------
        message, *figures, **options
            Fields of `Panels`; its figures one by one, its options by name.
        """
        return cls(figures, message, **options)

    def __call__(self, comparison: Any) -> Drawing:
        """Draw the panels.

        Parameters
        ----------
        comparison : Comparison
            Of a run with the models that the figures read.
        """
        return style.draw_for_widths(lambda width: self._draw(comparison, width))

    def _draw(self, comparison: Any, page_width: float) -> Drawing:
        quotes = quote_scores(comparison, self.scores)
        contents = [content for figure in self.figures for content in figure.split()]
        columns = -(-len(contents) // len(self.row_heights))
        heights = np.array(self.row_heights) * self.height / sum(self.row_heights)
        is_narrow = page_width < style.FIGURE_WIDTH
        if is_narrow and columns > 1:
            heights, columns = np.repeat(heights, columns)[: len(contents)], 1
        width = page_width if len(contents) > 1 else min(SINGLE_WIDTH, page_width)
        with house_style():
            figure, grid = style.make_subplots(
                *(len(heights), columns),
                width=width,
                height=float(sum(heights)) + (0.4 if is_narrow else 0),
                squeeze=False,
                height_ratios=heights,
                sharex=self.share_x,
                sharey=self.share_y,
            )
            slots = list(zip(contents, grid.flat, strict=False))
            texts = [content.draw_panel(panel, comparison) for content, panel in slots]
            _add_rate_axes([panel for _, panel in slots], columns, comparison)
            for (_, panel), panel_height in zip(slots, np.repeat(heights, columns), strict=False):
                _wrap_axis_labels(panel, width / columns, float(panel_height))
            _add_titles_and_legends(figure, slots, columns)
        for panel in (*grid[:-1].flat,) if self.share_x else ():
            panel.set_xlabel("")
        for panel in (*grid[:, 1:].flat,) if self.share_y else ():
            panel.set_ylabel("")
        for panel in grid.flat[len(contents) :]:
            panel.remove()
        marks = dict.fromkeys(content.describe_marks(comparison) for content in contents)
        sizes = summaries.describe_sample_sizes(comparison)
        caption = " ".join(filter(None, (self.message, quotes, *marks, sizes)))
        return Drawing(figure, " ".join(texts), caption)


def quote_scores(comparison: Any, scores: Sequence[Score]) -> str:
    """Write scores with their intervals as one sentence.

    Parameters
    ----------
    comparison : Comparison
        The comparison whose table of scores is read.
    scores : sequence of Score
        Scores of the pair.
    """
    texts = []
    for score in scores:
        row = score.find_row(comparison.scores)
        interval = format_interval(row.value, row.low, row.high)
        texts.append(f"{score.text} {interval} {row.unit}".strip())
    return style.format_label(f"Scores: {'; '.join(texts)}.") if texts else ""


def _wrap_axis_labels(panel: Axes, width: float, height: float) -> None:
    """Break long names of axes into two lines; sizes in inches of the panel with its margins."""
    xlabel, ylabel = (
        textwrap.fill(label, max(int(14 * (size - 0.6)), 16), break_long_words=False)
        for label, size in ((panel.get_xlabel(), width), (panel.get_ylabel(), height))
    )
    panel.set(xlabel=xlabel, ylabel=ylabel)


def _add_rate_axes(panels: Sequence[Axes], columns: int, comparison: Any) -> None:
    """Add an axis in Hz to the last panel of each row that has the usual axis of activation."""
    if not any(panel.get_ylabel() == RESPONSE_LABEL for panel in panels):
        return
    scales = set(comparison.responses["scale_hz"].values.tolist())
    for k, panel in enumerate(panels):
        is_last = k % columns == columns - 1 or k == len(panels) - 1
        if is_last and len(scales) == 1 and panel.get_ylabel() == RESPONSE_LABEL:
            style.add_rate_axis(panel, *scales)


def _add_titles_and_legends(
    figure: Figure, slots: Sequence[tuple[PanelFigure, Axes]], columns: int
) -> None:
    """Draw one legend above panels that share it, else one above each; never over data."""
    characters_per_line = 14.5 * figure.get_figwidth()
    legends = [dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True)) for _, ax in slots]
    longest = max(legends, key=len)
    if longest and all(legend.keys() <= longest.keys() for legend in legends):
        most = min(len(longest), 5 if len(slots) > 1 else 4)
        fitting = int(characters_per_line // (max(map(len, longest)) + 5))
        ncols = max(1, min(most, fitting))
        figure.legend(longest.values(), longest, loc="outside upper center", ncols=ncols)
        legends = [{} for _ in slots]
    letters = map(style.format_letter, string.ascii_lowercase) if len(slots) > 1 else repeat("")
    for (content, panel), handles, letter in zip(slots, legends, letters, strict=False):
        above = 1.07 if content.x_lines else 1.0  # whose names stand above the panel
        title = f"{letter}{content.heading}".rstrip()
        if not handles:
            panel.set_title(title, y=above if content.x_lines else None)
            continue
        # A legend above a panel begins at its axis, right of the numbers there.
        characters_above = characters_per_line / columns - 10
        characters = max(map(len, handles)) + 5
        panel.legend(
            *(handles.values(), handles),
            title=title or None,
            title_fontsize=style.FONT_SIZE,
            alignment="left",
            ncols=max(1, min(3, int(characters_above // characters))),
            loc="lower left",
            bbox_to_anchor=(-0.02, above),
            borderpad=0.1,
            columnspacing=1.0,
        )
