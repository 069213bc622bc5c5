"""A section with the figures and texts that a user adds to a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from bioann.base.errors import DescriptionError
from bioann.base.user_code import name_user_errors
from bioann.claims.judged_run import JudgedRun
from bioann.reporting.document import Block, Section
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.figures.named_figures import draw_user_figure
from bioann.reporting.markdown import parse_markdown
from bioann.reporting.style import Drawing


def make_extra_sections(comparison: JudgedRun, extra: Sequence[Any]) -> tuple[Section, ...]:
    """Make the section of what a user adds; none without additions.

    Parameters
    ----------
    comparison : Comparison or StudyResult
        What the report is about; figures that are functions are drawn from it.
    extra : sequence of str, matplotlib.figure.Figure, Drawing or callable
        Markdown, and figures: drawn, drawn with alt text and caption, or to be drawn.

    Returns
    -------
    tuple of Section
        At most one, with the additions in their order.

    Raises
    ------
    DescriptionError
        For anything else, or an empty text.
    UserCodeError
        If a figure raises an exception.
    """
    blocks: list[Block] = []
    for k, item in enumerate(extra):
        blocks += _make_blocks(comparison, item, f"report, extra[{k}]", f"extra-{k}")
    return (Section("Additions by the author", tuple(blocks)),) if blocks else ()


def _make_blocks(comparison: JudgedRun, item: Any, obj: str, key: str) -> Sequence[Block]:
    """Convert one addition to blocks."""
    if isinstance(item, str):
        blocks = parse_markdown(item)
        if blocks:
            return blocks
    if isinstance(item, Figure):
        item = _describe_figure(item)
    elif callable(item):
        item = draw_user_figure(item, comparison, obj)
    if not isinstance(item, Drawing):
        raise DescriptionError(
            obj,
            "a Matplotlib figure, a bioann.figures.Drawing, a figure of bioann.figures, or "
            "Markdown with words in it",
            f"{type(item).__name__} {item!r:.40}",
            "Pass figure objects (not axes or paths), and text as a string.",
        )
    with name_user_errors(obj, "a figure that can be drawn"):
        return (to_figure_block(item, key),)


def _describe_figure(figure: Figure) -> Drawing:
    """Describe a figure by its titles and axes, as its author gave no caption."""
    titles = [figure.get_suptitle(), *(panel.get_title() for panel in figure.axes)]
    caption = "; ".join(dict.fromkeys(filter(None, titles))) or "Figure added by the author"
    axes = [
        f"{panel.get_ylabel() or 'no label'} against {panel.get_xlabel() or 'no label'}"
        for panel in figure.axes
    ]
    alt = f"{caption}. Axes: {'; '.join(dict.fromkeys(axes)) or 'none'}."
    return Drawing(figure, alt, f"{caption.rstrip('.')}.")
