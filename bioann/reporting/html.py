"""A document as one HTML file: it asks for nothing from outside and reads well on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bioann.reporting.document import Document, IndexRow, Link, TableCell
from bioann.reporting.svg import equation_svg

_WIDTH = re.compile(r'\swidth="([\d.]+)(pt|px|)"')


def render_html(document: Document) -> str:
    """Render a report as one self-contained page.

    Parameters
    ----------
    document : Document
        What to say.

    Returns
    -------
    str
        The page; the same text for the same document.

    Raises
    ------
    DescriptionError
        If an equation is not Typst math.
    """
    return _template_environment().get_template("report.html").render(document=document)


def render_index(
    title: str, rows: Iterable[IndexRow], answer: str = "", links: Iterable[Link] = ()
) -> str:
    """Render the page that links several reports, one line per claim.

    Parameters
    ----------
    title : str
        The heading of the page.
    rows : iterable of IndexRow
        The claims, those of one pair next to each other.
    answer : str, optional
        What all of them together say.
    links : iterable of Link, optional
        Where the same is in other forms.

    Returns
    -------
    str
        The page; the same text for the same rows.
    """
    pairs = [list(group) for _, group in groupby(rows, key=lambda row: row.pair)]
    return (
        _template_environment()
        .get_template("index.html")
        .render(title=title, pairs=pairs, answer=answer, links=tuple(links))
    )


@cache
def _template_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bioann.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        kind=_kind_of,
        width_class=_width_class,
        labelled=_label_svg,
        width=_natural_width,
        equation=_render_equation,
    )
    return environment


def _kind_of(block: object) -> str:
    return type(block).__name__


def _width_class(cell: TableCell) -> str:
    """Class of a cell that should not be squeezed to the width of its longest word."""
    text = cell if isinstance(cell, str) else cell.text + getattr(cell, "detail", "")
    return " prose" if len(text) > 32 else " text" if len(text) > 16 else ""


def _label_svg(svg: str, label: str) -> Markup:
    """Drop what stands before the drawing, and make it an image with a name."""
    # The document has checked that the drawing holds neither scripts nor anything to be fetched.
    drawing = svg[svg.index("<svg") + len("<svg") :]
    return Markup(f'<svg role="img" aria-label="{escape(label)}"{drawing}')


def _render_equation(typst_math: str, label: str, inline: bool = False) -> Markup:
    return _label_svg(equation_svg(typst_math, inline=inline), label)


def _natural_width(svg: str) -> str:
    """Natural width of a drawing as a CSS length."""
    match = _WIDTH.search(svg[: svg.index(">", svg.index("<svg"))])
    return f"{match[1]}{match[2] or 'px'}" if match else "100%"
