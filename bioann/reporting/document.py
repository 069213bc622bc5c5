"""The content of a report without its layout: a document of a few kinds of blocks.

All text is already formatted. The renderers (`bioann.reporting.html`, `bioann.reporting.pdf`) read
a `Document` and nothing else, so the HTML and the PDF have the same content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError
from bioann.base.text import check_texts
from bioann.reporting.claim_scale import ClaimScale
from bioann.reporting.rich_text import RichText
from bioann.reporting.slider import Slider

TONES = ("note", "good", "warning", "bad")
ALIGNMENTS = ("left", "center", "right")

_SAFE_LINK = re.compile(r"(?:https?://|mailto:|#|(?![a-zA-Z][a-zA-Z0-9+.-]*:))\S+")
_UNSAFE_SVG = re.compile(
    r"""<script|<foreignObject|\son\w+\s*=|href\s*=\s*["'](?!\#|data:)|url\(\s*["']?(?!\#|data:)|@import""",
    re.IGNORECASE,
)
_SVG_ID = re.compile(r'\sid="([^"]+)"')
_BLANK = frozenset(("", "-", "–", "—", "n/a", "nan"))
# A number, an interval, or a number with its unit: "-0.5", "0.92 [0.88, 0.95]", "12 ms", "3e-04".
_NUMBER = re.compile(r"(?=.*\d)[\d\s.,;()\[\]+\-−–±×^eE%<>≤≥≈~/]*(?:\s?[A-Za-zµΩ]{1,3})?")


def _require_that(condition: object, obj: str, expected: str, got: object, remedy: str) -> None:
    if not condition:
        raise DescriptionError(obj, expected, str(got), remedy)


def _require_tone(obj: str, tone: str) -> None:
    _require_that(tone in TONES, obj, f"a tone among {TONES}", repr(tone), "Choose one of them.")


@dataclass(frozen=True)
class Badge:
    """A short coloured word such as a verdict; ``detail`` is the sentence printed beside it."""

    text: str
    tone: str
    detail: str = ""

    def __post_init__(self) -> None:
        check_texts("Badge", text=self.text)
        _require_tone(f"Badge {self.text!r}", self.tone)


@dataclass(frozen=True)
class Link:
    """A plain link: a relative path, an anchor, or a http(s) or mailto address."""

    text: str
    href: str

    def __post_init__(self) -> None:
        check_texts("Link", text=self.text)
        _require_that(
            _SAFE_LINK.fullmatch(self.href),
            f"Link {self.text!r}",
            "a relative, http(s) or mailto address without spaces",
            repr(self.href),
            "Other schemes could run code in the reader's browser.",
        )


TableCell = str | Badge | Link


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str

    def __post_init__(self) -> None:
        check_texts("Paragraph", text=self.text)


@dataclass(frozen=True)
class Table:
    """Rows under named columns.

    ``align`` holds "left", "center" or "right" per column; by default columns of numbers are
    aligned right and all others left. ``note`` is printed small under the table.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    note: str = ""
    align: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_texts("Table", caption=self.caption)
        obj, n = f"Table {self.caption!r}", len(self.columns)
        _require_that(n, obj, "at least one column", "none", "Name its columns.")
        for i, row in enumerate(self.rows):
            _require_that(
                len(row) == n,
                f"{obj}, row {i}",
                f"{n} cells, one per column",
                f"{len(row)}: {row!r}",
                "Fill missing cells with an empty string.",
            )
            for cell in row:
                remedy = "Format numbers first, with as many digits as they are worth."
                expected = "a string, a Badge or a Link"
                _require_that(
                    isinstance(cell, TableCell), f"{obj}, row {i}", expected, repr(cell), remedy
                )
        is_valid = len(self.align) in (0, n) and set(self.align) <= set(ALIGNMENTS)
        remedy = f"Use {ALIGNMENTS}, or leave it empty."
        _require_that(is_valid, obj, f"{n} alignments", repr(self.align), remedy)

    @property
    def alignment(self) -> tuple[str, ...]:
        """Alignment of every column: as given, or by its cells."""
        if self.align:
            return self.align
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.columns)
        return tuple("right" if _is_numeric(cells) else "left" for cells in columns)


def _is_numeric(cells: tuple[TableCell, ...]) -> bool:
    values = [c for c in cells if not (isinstance(c, str) and c.strip().lower() in _BLANK)]
    return bool(values) and all(isinstance(c, str) and _NUMBER.fullmatch(c) for c in values)


@dataclass(frozen=True)
class Figure:
    """A drawing as SVG text, with a description for readers who cannot see it.

    ``narrow_svg`` is the same drawn for a phone, empty if one drawing fits all; ``name`` that of
    the files of the figure, to which ``downloads`` link from an HTML page.
    """

    svg: str
    alt: str
    caption: str
    narrow_svg: str = ""
    name: str = ""
    downloads: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        check_texts("Figure", caption=self.caption)
        obj = f"Figure {self.caption!r}"
        check_texts(obj, alt=self.alt)
        remedy = "Draw it with bioann.reporting.svg.to_svg."
        for svg in (self.svg, self.narrow_svg or self.svg):
            is_svg = svg.lstrip().startswith(("<svg", "<?xml")) and "<svg" in svg
            _require_that(is_svg, obj, "SVG text", repr(svg[:40]), remedy)
            unsafe_match = _UNSAFE_SVG.search(svg)
            expected = "an SVG without scripts and without anything to be fetched"
            _require_that(
                not unsafe_match, obj, expected, repr(unsafe_match and unsafe_match[0]), remedy
            )

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id inside the drawing."""
        return tuple(_SVG_ID.findall(self.svg + self.narrow_svg))


@dataclass(frozen=True)
class Notice:
    """A warning or a limitation."""

    tone: str
    text: str

    def __post_init__(self) -> None:
        _require_tone("Notice", self.tone)
        check_texts("Notice", text=self.text)


Block = Paragraph | Equation | Table | Figure | Notice | RichText | Slider


@dataclass(frozen=True)
class Section:
    """A title and its blocks.

    With a `spread` of n, the first n blocks fill a left page of the PDF and the others the facing
    right page; each page is shrunk until it fits. Zero: no page breaks. A page in a browser shows
    only the title of a section that is not open, until the reader opens it; print shows all.
    """

    title: str
    blocks: tuple[Block, ...]
    spread: int = 0
    is_open: bool = True

    def __post_init__(self) -> None:
        check_texts("Section", title=self.title)
        kinds = ", ".join(kind.__name__ for kind in get_args(Block))
        for block in self.blocks:
            remedy = "Use one of these kinds."
            obj = f"Section {self.title!r}"
            _require_that(isinstance(block, Block), obj, kinds, type(block).__name__, remedy)


@dataclass(frozen=True)
class Document:
    """A whole report: the question and its answer first, then the sections that support it.

    The first screen of the HTML and the first page of the PDF hold the question, the ``summary``,
    which answers it, the ``key_figure``, which shows it, the ``scale_figure``, a small one that
    places the deciding number between its references, and the ``verdicts``, one badge per claim.
    ``contents`` lists the sections there, too, or on the next page if there is a key figure and so
    many sections that they need one.
    """

    title: str
    question: str
    summary: str
    verdicts: tuple[Badge, ...]
    sections: tuple[Section, ...]
    footer: str = ""
    contents: bool = True
    key_figure: Figure | None = None
    scale_figure: Figure | None = None

    def __post_init__(self) -> None:
        check_texts("Document", title=self.title)
        obj = f"Document {self.title!r}"
        check_texts(obj, question=self.question, summary=self.summary)
        _require_that(self.sections, obj, "at least one section", "none", "Add one.")
        earlier_ids: set[str] = set()
        for figure in self.iter_figures():
            repeated_ids = earlier_ids.intersection(figure.ids)
            remedy = "Give each figure its own key in to_svg."
            expected = "ids that no other figure has"
            _require_that(
                not repeated_ids,
                f"Figure {figure.caption!r}",
                expected,
                sorted(repeated_ids)[:3],
                remedy,
            )
            earlier_ids.update(figure.ids)

    def iter_figures(self) -> Iterator[Figure]:
        """Iterate over all figures in reading order."""
        yield from filter(None, (self.key_figure, self.scale_figure))
        for section in self.sections:
            yield from (block for block in section.blocks if isinstance(block, Figure))


@dataclass(frozen=True)
class IndexRow:
    """One claim of one pair, as a line of the index that links several reports.

    ``number`` is the deciding number, already formatted; ``links`` lead to the pair's reports.
    Rows of one pair stand together. ``label`` and ``sources`` of the claim, and the place in
    its source, ``source_detail``, may be missing.
    ``scale`` has the numbers of a small drawing of that number.
    """

    pair: str
    question: str
    claim: str
    verdict: Badge
    number: str
    links: tuple[Link, ...]
    label: str = ""
    sources: tuple[str, ...] = ()
    scale: ClaimScale | None = None
    source_detail: str = ""

    @property
    def source(self) -> str:
        """Who makes the claim, as one line."""
        return ", ".join(filter(None, ("; ".join(self.sources), self.source_detail)))

    @property
    def sentence(self) -> str:
        """The claim with its label and its source."""
        label = f"{self.label}: " if self.label else ""
        return f"{label}{self.claim}{f' ({self.source})' if self.source else ''}"
