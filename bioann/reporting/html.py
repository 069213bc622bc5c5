"""A document as one self-contained HTML file that also fits a phone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bioann.base.printable import clean_text
from bioann.reporting.claim_scale import ClaimScale, describe_claim_scale, draw_claim_scale
from bioann.reporting.document import Document, Figure, IndexRow, Link, TableCell
from bioann.reporting.slider import Slider, hash_slider_script, read_slider_script
from bioann.reporting.svg import equation_svg

#: A mark for each verdict, because colours alone do not tell them apart for everybody.
VERDICT_MARKS = {"supported": "✓", "refuted": "✗", "depends": "◐", "undecided": "?"}
_WIDTH = re.compile(r'\swidth="([\d.]+)(pt|px|)"')


def render_html(document: Document) -> str:
    """Render a report as one self-contained page.

    Parameters
    ----------
    document : Document
        The content of the report.

    Returns
    -------
    str
        The page; deterministic.

    Raises
    ------
    DescriptionError
        If an equation is not Typst math.
    """
    blocks = [block for section in document.sections for block in section.blocks]
    has_slider = any(isinstance(block, Slider) for block in blocks)
    return (
        _template_environment()
        .get_template("report.html")
        .render(
            document=document,
            script=Markup(read_slider_script()) if has_slider else "",
            script_hash=hash_slider_script(),
        )
    )


def render_index(
    title: str, rows: Iterable[IndexRow], summary: str = "", links: Iterable[Link] = ()
) -> str:
    """Render the page that links several reports, with a row per claim.

    Parameters
    ----------
    title : str
        The heading of the page.
    rows : iterable of IndexRow
        The claims, those of one pair in consecutive rows.
    summary : str, optional
        The results of all pairs in a sentence.
    links : iterable of Link, optional
        Links to the same content in other formats.

    Returns
    -------
    str
        The page; deterministic.
    """
    pairs = [list(group) for _, group in groupby(rows, key=lambda row: row.pair)]
    return (
        _template_environment()
        .get_template("index.html")
        .render(title=title, pairs=pairs, summary=summary, links=tuple(links))
    )


def render_atlas(
    title: str,
    groups: Sequence[Any],
    summary: str = "",
    links: Iterable[Link] = (),
    figure: Figure | None = None,
) -> str:
    """Render the index of the atlas: the claims of each source document in order.

    Parameters
    ----------
    title : str
        The heading of the page.
    groups : sequence of SourceGroup
        Claims by source document (`bioann.batch.atlas_sources`).
    summary : str, optional
        The results of all pairs in a few sentences.
    links : iterable of Link, optional
        Links to the same content in other formats.
    figure : Figure, optional
        Figure of all verdicts, under the summary.

    Returns
    -------
    str
        The page; deterministic.
    """
    template = _template_environment().get_template("atlas.html")
    return template.render(
        title=title, groups=groups, summary=summary, links=tuple(links), figure=figure
    )


def render_slides(title: str, groups: Sequence[Any], slides: Sequence[Any]) -> str:
    """Render the atlas for a projector: a screen of all verdicts, then a few sentences a screen.

    Parameters
    ----------
    title : str
        The heading of the first screen.
    groups : sequence of SourceGroup
        Claims by source document, for the first screen.
    slides : sequence of Slide
        The claims of the other screens (`bioann.batch.atlas_sources`).

    Returns
    -------
    str
        The page; deterministic, without scripts.
    """
    rows = [row for group in groups for row in group.rows]
    counts = Counter(row.verdict for row in rows)
    order = {"good": 0, "warning": 1, "bad": 2, "note": 3}
    tally = sorted(counts.items(), key=lambda item: (order[item[0].tone], item[0].text))
    anchors = {
        row.pair + row.label: f"slide-{number}"
        for number, slide in enumerate(slides, 2)
        for row in slide.rows
    }
    template = _template_environment().get_template("slides.html")
    return template.render(
        title=title, groups=groups, slides=slides, tally=tally, anchors=anchors, marks=VERDICT_MARKS
    )


def render_notebook_view(view: Any) -> str:
    """Render what a notebook shows for an object.

    Parameters
    ----------
    view : NotebookView
        Its text, figures and tables (`bioann.reporting.notebook`).

    Returns
    -------
    str
        A fragment of a page without scripts.
    """
    return _template_environment().get_template("notebook.html").render(view=view)


@cache
def _template_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bioann.reporting", "templates"),
        autoescape=True,
        finalize=_clean_value,
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
        claim_scale=_render_claim_scale,
        slider_data=_write_slider_data,
    )
    return environment


def _clean_value(value: object) -> object:
    """Clean every text that a template prints; drawings were cleaned when they were made."""
    return clean_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _kind_of(block: object) -> str:
    return type(block).__name__


def _width_class(cell: TableCell) -> str:
    """Return the CSS class of a cell whose text must not shrink to its longest word."""
    text = cell if isinstance(cell, str) else cell.text + getattr(cell, "detail", "")
    return " prose" if len(text) > 32 else " text" if len(text) > 16 else ""


def _label_svg(svg: str, label: str) -> Markup:
    """Drop the XML prolog of a drawing and label it as an image."""
    # The document has checked that the drawing holds neither scripts nor anything to be fetched.
    drawing = svg[svg.index("<svg") + len("<svg") :]
    return Markup(f'<svg role="img" aria-label="{escape(clean_text(label))}"{drawing}')


def _render_equation(typst_math: str, label: str, inline: bool = False) -> Markup:
    return _label_svg(equation_svg(typst_math, inline=inline), label)


def _render_claim_scale(scale: ClaimScale) -> Markup:
    """Draw the scale of a claim, which holds nothing but numbers."""
    return _label_svg(draw_claim_scale(scale), describe_claim_scale(scale))


def _write_slider_data(slider: Slider) -> Markup:
    """Return numbers for a script element that is not executed; nothing in them can end it."""
    return Markup(slider.safe_data)


def _natural_width(svg: str) -> str:
    """Return the natural width of a drawing as a CSS length."""
    match = _WIDTH.search(svg[: svg.index(">", svg.index("<svg"))])
    return f"{match[1]}{match[2] or 'px'}" if match else "100%"
