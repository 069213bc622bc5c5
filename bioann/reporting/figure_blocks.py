"""Convert drawings to blocks of a document: at once, or all together on two cores."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from matplotlib.figure import Figure

from bioann.base.cores import count_cores
from bioann.base.forked_tasks import SharedTasks
from bioann.reporting import document
from bioann.reporting.document import Document, Section
from bioann.reporting.style import Drawing, house_style
from bioann.reporting.svg import to_svg

#: Stands in a document for a figure that is not drawn yet.
_BLANK = "<svg></svg>"


@dataclasses.dataclass(frozen=True, eq=False)
class DeferredFigure:
    """A figure that stands in a document as a blank, and is drawn by `complete_document`.

    Parameters
    ----------
    block : document.Figure
        Its blank, with caption, alt text and name.
    drawing : Drawing
        The figure with its caption.
    key : str
        Prefix of its ids.
    """

    block: document.Figure
    drawing: Drawing
    key: str

    def list_tasks(self) -> list[Callable[[], bytes]]:
        """Return what draws it for a page, and for a phone if that is another drawing."""
        wide = functools.partial(_draw_svg, lambda: self.drawing.figure, self.key)
        narrow = self.drawing.narrow
        if narrow is None:
            return [wide]
        return [wide, functools.partial(_draw_svg, narrow, f"{self.key}-narrow")]


_DEFERRED: ContextVar[list[DeferredFigure] | None] = ContextVar("deferred", default=None)


def to_figure_block(drawing: Drawing, key: str, name: str = "") -> document.Figure:
    """Convert a drawing to a block of a document.

    Parameters
    ----------
    drawing : Drawing
        The figure with its caption.
    key : str
        Prefix of its ids, which no other figure of the document has.
    name : str, optional
        Name of the files of the figure; the key by default.

    Returns
    -------
    document.Figure
        The figure as SVG; inside `draw_together` a blank for it.
    """
    block = document.Figure(_BLANK, drawing.alt, drawing.caption, "", name or key)
    deferred = DeferredFigure(block, drawing, key)
    pending = _DEFERRED.get()
    if pending is not None:
        pending.append(deferred)
        return block
    return _complete_block(deferred, [task() for task in deferred.list_tasks()])


def _draw_svg(draw: Callable[[], Figure], key: str) -> bytes:
    with house_style():  # matplotlib creates ticks when it saves
        return to_svg(draw(), key).encode()


def _complete_block(deferred: DeferredFigure, contents: list[bytes]) -> document.Figure:
    """Return the block of a figure that has been drawn, as its tasks returned it."""
    svg, narrow_svg = (*(data.decode() for data in contents), "")[:2]
    return dataclasses.replace(deferred.block, svg=svg, narrow_svg=narrow_svg)


def draw_together(make_page: Callable[[], Document]) -> Document:
    """Make a document, and then draw all its figures on two cores.

    Parameters
    ----------
    make_page : callable
        ``make_page()`` returns the document; its figures come from `to_figure_block`.

    Returns
    -------
    Document
        The document with its figures, the same as without this function.
    """
    with _defer_figures() as pending:
        page = make_page()
    return complete_document(page, pending)


@contextmanager
def _defer_figures() -> Iterator[list[DeferredFigure]]:
    pending: list[DeferredFigure] = []
    token = _DEFERRED.set(pending)
    try:
        yield pending
    finally:
        _DEFERRED.reset(token)


def complete_document(page: Document, pending: list[DeferredFigure]) -> Document:
    """Draw the figures of a document in the places of their blanks.

    Parameters
    ----------
    page : Document
        Document with blanks.
    pending : list of DeferredFigure
        Figures that the blanks stand for.

    Returns
    -------
    Document
        The document with its figures.
    """
    tasks = [deferred.list_tasks() for deferred in pending]
    with SharedTasks(
        [task for figure_tasks in tasks for task in figure_tasks], count_cores()
    ) as shared:
        results = iter(shared.finish())
    blocks = {
        id(deferred.block): _complete_block(deferred, [next(results) for _ in figure_tasks])
        for deferred, figure_tasks in zip(pending, tasks, strict=True)
    }

    def complete_section(section: Section) -> Section:
        completed = tuple(blocks.get(id(block), block) for block in section.blocks)
        return dataclasses.replace(section, blocks=completed)

    return dataclasses.replace(
        page,
        sections=tuple(map(complete_section, page.sections)),
        key_figure=blocks.get(id(page.key_figure), page.key_figure),
        scale_figure=blocks.get(id(page.scale_figure), page.scale_figure),
    )
